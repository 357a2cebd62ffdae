from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import boto3
import pytest

from batchmock import (
    BatchMock,
    Outcome,
    cannot_start,
    fail,
    hang,
    mock_batch,
    reclaim_spot,
    succeed,
)
from batchmock.observe.jobs.explain import clock_time

Submit = Callable[..., str]
RETRY_OUT_OF_MEMORY = {
    "attempts": 3,
    "evaluateOnExit": [
        {"onReason": "OutOfMemory*", "action": "RETRY"},
        {"onExitCode": "3", "onStatusReason": "Essential*", "action": "EXIT"},
    ],
}
EXITED = "Essential container in task exited"


def said(batch_mock: BatchMock, job_id: str) -> list[str]:
    """Return the lines of an explanation after the first, which names the job."""
    head, *lines = batch_mock.job(job_id).explain().split("\n")
    job = batch_mock.job(job_id)
    assert head.startswith(f"job {job.name!r} ({job_id}) has been {job.status} since 2026-01-02 ")
    return lines


@pytest.mark.parametrize(
    ("epoch_ms", "text"),
    [(1767323045000, "2026-01-02 03:04:05"), (1767323045010, "2026-01-02 03:04:05.010")],
)
def test_clock_time(epoch_ms: int, text: str) -> None:
    """An instant has milliseconds only if there are any."""
    assert clock_time(epoch_ms) == text


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (
            "SUBMITTED",
            "has been SUBMITTED since 2026-01-02 03:04:05.\nIt leaves SUBMITTED at 2026-01-02 03:04:06.",
        ),
        (
            "RUNNABLE",
            "has been RUNNABLE since 2026-01-02 03:04:06.\n"
            "It waits to be placed as attempt 1, at 2026-01-02 03:04:07.",
        ),
        (
            "STARTING",
            "has been STARTING since 2026-01-02 03:04:07.\n"
            "Attempt 1 of 1 starts at 2026-01-02 03:04:08.",
        ),
        (
            "RUNNING",
            "has been RUNNING since 2026-01-02 03:04:08.\n"
            "Attempt 1 of 1 runs and ends at 2026-01-02 03:04:09.",
        ),
        (
            "SUCCEEDED",
            "has been SUCCEEDED since 2026-01-02 03:04:09.\nAttempt 1 of 1 exited with code 0.",
        ),
    ],
)
def test_on_its_way(submit: Submit, batch_mock: BatchMock, status: str, text: str) -> None:
    """The explanation of a job that progresses by itself says when."""
    job_id = submit()
    batch_mock.run_until(job_id, status)
    assert batch_mock.job(job_id).explain() == f"job 'job' ({job_id}) {text}"


def test_waiting_for_jobs(submit: Submit, batch_mock: BatchMock) -> None:
    """The explanation of a PENDING job names only its unfinished dependencies."""
    batch_mock.script("b", hang())
    batch_mock.hold("c")
    a, b, c = submit("a"), submit("b"), submit("c")
    job_id = submit(dependsOn=[{"jobId": dependency} for dependency in (a, b, c)])
    batch_mock.run()
    assert said(batch_mock, job_id) == [
        f"It waits for job 'b' ({b}), which is RUNNING.",
        f"It waits for job 'c' ({c}), which is RUNNABLE.",
        "To let it start: release 'c', which is held; script an outcome that ends for 'b', which hangs.",
    ]


@pytest.mark.parametrize("status", ["SUBMITTED", "RUNNABLE", "STARTING", "RUNNING"])
def test_held_later(submit: Submit, batch_mock: BatchMock, status: Any) -> None:
    """A job that will be held does not go on by itself, so its explanation names the release."""
    job_id = submit()
    batch_mock.run_until(job_id, status)
    due = clock_time(batch_mock.clock.epoch_ms + 1000)
    batch_mock.hold(job_id, at=status)
    assert said(batch_mock, job_id) == [
        f"It is held at {status} from {due} on; release('job') lets it continue."
    ]
    assert ("RUNNING, held from 4s on" in batch_mock.report()) == (status == "RUNNING")


def test_held_after_a_wait(submit: Submit, batch_mock: BatchMock) -> None:
    """A hold keeps a job that waits for others, too, and the others if they will be held."""
    first = submit("first")
    job_id = submit(dependsOn=[{"jobId": first}])
    batch_mock.run_until(job_id, "PENDING")
    batch_mock.hold(job_id, at="PENDING")
    batch_mock.hold(first, at="RUNNING")
    assert said(batch_mock, job_id) == [
        f"It waits for job 'first' ({first}), which is RUNNABLE.",
        "To let it start: release 'first', which is held.",
        "It is held at PENDING, too; release('job') lets it continue after that.",
    ]


def test_waiting_for_room_of_a_job_that_will_be_held(batch_mock: BatchMock, client: Any) -> None:
    """The advice for a job that waits for room names the release of the job that has it."""
    batch_mock.provision(max_vcpus=1)
    members = {"jobQueue": "job-queue", "jobDefinition": "job-definition"}
    first = client.submit_job(jobName="first", **members)["jobId"]
    second = client.submit_job(jobName="second", **members)["jobId"]
    batch_mock.run_until(first, "STARTING")
    batch_mock.hold(first, at="RUNNING")
    assert said(batch_mock, second)[-1] == "To let it start: release 'first', which is held."


def test_failed_dependency(submit: Submit, batch_mock: BatchMock) -> None:
    """The explanation of a job that failed with its dependency names the dependency and its reason."""
    batch_mock.script("first", fail(3))
    first = submit("first")
    job_id = submit(dependsOn=[{"jobId": first}])
    batch_mock.run()
    assert said(batch_mock, job_id) == [
        f"It depended on job 'first' ({first}), which FAILED: {EXITED}."
    ]


@pytest.mark.parametrize("held", [False, True])
def test_dependency_that_has_just_failed(submit: Submit, batch_mock: BatchMock, held: bool) -> None:
    """A job whose dependency has FAILED fails next, and no other dependency lets it start."""
    batch_mock.script("first", fail(3))
    first, other = submit("first"), submit("other", arrayProperties={"size": 2})
    depends_on = [{"jobId": first}, {"jobId": other}]
    job_id = submit("second", dependsOn=depends_on, arrayProperties={"size": 2})
    if held:
        batch_mock.hold(f"{job_id}:0", at="PENDING")
    batch_mock.run_until(first, "FAILED")
    if held:
        batch_mock.tick(0)
    when = "after its release" if held else "at this instant, once time moves"
    assert said(batch_mock, f"{job_id}:0")[-1] == (
        f"It depends on job 'first' ({first}), which FAILED: {EXITED}. So it fails {when}."
    )


def test_no_environment_enabled(submit: Submit, batch_mock: BatchMock, client: Any) -> None:
    """The explanation of a job that no compute environment accepts has the reason of each."""
    job_id = submit()
    client.update_compute_environment(computeEnvironment="compute-environment", state="DISABLED")
    batch_mock.run()
    assert said(batch_mock, job_id) == [
        "It is the first in job queue 'job-queue'.",
        "Compute environment 'compute-environment' takes no jobs: its state is DISABLED.",
        "To let it start: enable compute environment 'compute-environment'.",
    ]


def test_held(submit: Submit, batch_mock: BatchMock) -> None:
    """The explanation of a held job says how to release it."""
    batch_mock.hold("job", at="STARTING")
    job_id = submit()
    batch_mock.run()
    assert said(batch_mock, job_id) == [
        "It is held at STARTING; release('job') lets it continue, and nothing else does."
    ]


@pytest.mark.parametrize(
    ("outcome", "timeout", "lines"),
    [
        (
            hang(),
            {},
            [
                "Attempt 1 of 1 hangs.",
                "It has no timeout, so only a TerminateJob ends it.",
            ],
        ),
        (
            hang(),
            {"attemptDurationSeconds": 60},
            ["Attempt 1 of 1 hangs.", "Its timeout is due at 2026-01-02 03:05:08."],
        ),
        (
            succeed(after=5),
            {"attemptDurationSeconds": 60},
            [
                "Attempt 1 of 1 runs and ends at 2026-01-02 03:04:13.",
                "Its timeout is due at 2026-01-02 03:05:08.",
            ],
        ),
    ],
)
def test_running(
    submit: Submit,
    batch_mock: BatchMock,
    outcome: Outcome,
    timeout: dict[str, int],
    lines: list[str],
) -> None:
    """The explanation of a running job has the end of its attempt and its timeout."""
    batch_mock.script("job", outcome)
    job_id = submit(timeout=timeout) if timeout else submit()
    batch_mock.run_until(job_id, "RUNNING")
    assert said(batch_mock, job_id) == lines


@pytest.mark.parametrize(
    ("outcomes", "retry", "lines"),
    [
        (
            [fail(3)],
            {"attempts": 1},
            [
                f"Attempt 1 of 1 exited with code 3 ({EXITED}). It was not retried: "
                "attempt 1 of 1 was the last.",
            ],
        ),
        (
            [fail(3), succeed()],
            {"attempts": 2},
            [
                f"Attempt 1 of 2 exited with code 3 ({EXITED}). It was retried: "
                "no evaluateOnExit rules and 1 of 2 attempts were left.",
                "Attempt 2 of 2 exited with code 0.",
            ],
        ),
        (
            [cannot_start("CannotPullContainerError: no")],
            {"attempts": 1},
            [
                "Attempt 1 of 1 never started (Task failed to start; CannotPullContainerError: no). "
                "It was not retried: attempt 1 of 1 was the last.",
            ],
        ),
        (
            [fail(137, reason="OutOfMemoryError: killed"), fail(4), fail(3)],
            RETRY_OUT_OF_MEMORY,
            [
                f"Attempt 1 of 3 exited with code 137 ({EXITED}; OutOfMemoryError: killed). "
                "It was retried: evaluateOnExit rule 1 (RETRY on onReason 'OutOfMemory*').",
                f"Attempt 2 of 3 exited with code 4 ({EXITED}). It was retried: "
                "no evaluateOnExit rule matched and 1 of 3 attempts were left.",
                f"Attempt 3 of 3 exited with code 3 ({EXITED}). It was not retried: "
                "attempt 3 of 3 was the last.",
            ],
        ),
        (
            [fail(3)],
            RETRY_OUT_OF_MEMORY,
            [
                f"Attempt 1 of 3 exited with code 3 ({EXITED}). It was not retried: evaluateOnExit "
                "rule 2 (EXIT on onStatusReason 'Essential*', onExitCode '3').",
            ],
        ),
    ],
)
def test_attempts(
    submit: Submit,
    batch_mock: BatchMock,
    outcomes: list[Outcome],
    retry: dict[str, Any],
    lines: list[str],
) -> None:
    """Each attempt is explained: how it ended, whether it was retried, and which rule decided."""
    batch_mock.script("job", *outcomes)
    job_id = submit(retryStrategy=retry)
    batch_mock.run()
    assert said(batch_mock, job_id) == lines


def test_lost_host(submit: Submit, batch_mock: BatchMock) -> None:
    """An attempt whose host was lost ended without an exit code."""
    batch_mock.script("job", reclaim_spot())
    job_id = submit()
    batch_mock.run()
    (attempt,) = batch_mock.job(job_id).attempts
    assert said(batch_mock, job_id) == [
        f"Attempt 1 of 1 ended without an exit code ({attempt.status_reason}). "
        "It was not retried: attempt 1 of 1 was the last."
    ]


def test_timed_out(submit: Submit, batch_mock: BatchMock) -> None:
    """A timeout is never retried, and the explanation says so."""
    batch_mock.script("job", hang())
    job_id = submit(timeout={"attemptDurationSeconds": 60}, retryStrategy={"attempts": 2})
    batch_mock.run()
    assert said(batch_mock, job_id) == [
        "Attempt 1 of 2 exited with code 137 (Job attempt duration exceeded timeout). "
        "It was not retried: the attempt timed out, which is never retried."
    ]


def test_timed_out_and_exited_well(submit: Submit, batch_mock: BatchMock) -> None:
    """A container that answers SIGTERM with exit code 0 has still timed out."""
    batch_mock.script("job", hang(on_sigterm=0))
    job_id = submit(timeout={"attemptDurationSeconds": 60})
    batch_mock.run()
    assert batch_mock.job(job_id).status == "FAILED"
    assert said(batch_mock, job_id) == [
        "Attempt 1 of 1 exited with code 0 (Job attempt duration exceeded timeout). "
        "It was not retried: the attempt timed out, which is never retried."
    ]


def test_terminated(submit: Submit, batch_mock: BatchMock, client: Any) -> None:
    """The explanation of a terminated job says why its attempt was not retried."""
    batch_mock.script("job", hang())
    job_id = submit(retryStrategy={"attempts": 2})
    batch_mock.run()
    client.terminate_job(jobId=job_id, reason="enough")
    batch_mock.run()
    assert said(batch_mock, job_id) == [
        "Attempt 1 of 2 exited with code 137 (enough). "
        "It was not retried: the job was terminated, which is never retried."
    ]


def test_deleted_queue(submit: Submit, batch_mock: BatchMock, client: Any) -> None:
    """The explanation of a job whose queue was deleted says why its attempt was not retried."""
    batch_mock.script("job", hang())
    job_id = submit(retryStrategy={"attempts": 2})
    batch_mock.run()
    client.update_job_queue(jobQueue="job-queue", state="DISABLED")
    client.delete_job_queue(jobQueue="job-queue")
    batch_mock.run()
    assert said(batch_mock, job_id) == [
        "Attempt 1 of 2 exited with code 137 (JobQueue deleted). "
        "It was not retried: the job queue was deleted, which is never retried."
    ]


@pytest.mark.parametrize(
    ("operation", "request_name"),
    [("cancel_job", "CancelJob"), ("terminate_job", "TerminateJob")],
)
def test_stop_that_waits(
    submit: Submit, batch_mock: BatchMock, client: Any, operation: str, request_name: str
) -> None:
    """A stopped PENDING job ends after its dependencies, and its explanation names them."""
    batch_mock.script("first", hang())
    first = submit("first")
    job_id = submit(dependsOn=[{"jobId": first}])
    batch_mock.run()
    getattr(client, operation)(jobId=job_id, reason="enough")
    batch_mock.run()
    assert said(batch_mock, job_id) == [
        f"A {request_name} was accepted: 'enough'.",
        f"It waits for job 'first' ({first}), which is RUNNING.",
    ]


def test_stopped_before_an_attempt(submit: Submit, batch_mock: BatchMock, client: Any) -> None:
    """The explanation of a job that ended before it started says that it had no attempt."""
    job_id = submit()
    client.cancel_job(jobId=job_id, reason="enough")
    batch_mock.run()
    assert said(batch_mock, job_id) == ["It ended without another attempt: enough."]


def test_stopped_between_attempts(submit: Submit, batch_mock: BatchMock, client: Any) -> None:
    """The explanation of a job that was stopped between attempts has the first attempt and the stop."""
    batch_mock.script("job", fail(3))
    job_id = submit(retryStrategy={"attempts": 2})
    batch_mock.tick(4)
    client.cancel_job(jobId=job_id, reason="enough")
    batch_mock.run()
    assert said(batch_mock, job_id) == [
        f"Attempt 1 of 2 exited with code 3 ({EXITED}). It was retried: "
        "no evaluateOnExit rules and 1 of 2 attempts were left.",
        "It ended without another attempt: enough.",
    ]


def test_stop_during_its_grace() -> None:
    """The explanation of a terminated job names the termination until the job is killed."""
    with mock_batch(start="2026-01-02T03:04:05Z", stop_grace_seconds=30) as batch_mock:
        batch_mock.provision()
        batch_mock.script("job", hang())
        client = boto3.client("batch")
        names = {"jobQueue": "job-queue", "jobDefinition": "job-definition"}
        job_id = client.submit_job(jobName="job", **names)["jobId"]
        batch_mock.run()
        client.terminate_job(jobId=job_id, reason="enough")
        batch_mock.tick(timedelta(seconds=29))
    assert said(batch_mock, job_id)[0] == "A TerminateJob was accepted: 'enough'."


def test_no_environment(submit: Submit, batch_mock: BatchMock) -> None:
    """The explanation of a job whose queue has no compute environment says so."""
    job_id = submit()
    batch_mock._simulation.jobs[job_id].queue.environments.clear()
    batch_mock.run()
    assert said(batch_mock, job_id) == [
        "It is the first in job queue 'job-queue'.",
        "Job queue 'job-queue' has no compute environment.",
        "To let it start: give its queue a compute environment.",
    ]
