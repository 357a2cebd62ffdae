from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from batchmock import BatchMock, fail, hang, succeed

from ...builders import (
    ESSENTIAL,
    START_MS,
    UNKNOWN_JOB,
    described,
    everything,
    provisioned_mock,
    refused,
    status_of,
    submit,
    wrapped,
)

BOTH = pytest.mark.parametrize("operation", ["cancel_job", "terminate_job"])
FLAGS = {"cancel_job": "isCancelled", "terminate_job": "isTerminated"}
RETRIES = {"attempts": 3}


@pytest.fixture(autouse=True)
def provisioned(batch_mock: BatchMock) -> None:
    """A queue named queue and a job definition named definition."""
    batch_mock.provision(job_queue="queue", job_definition="definition")


def stop(client: Any, operation: str, job_id: str, reason: str = "enough") -> None:
    """Cancel or terminate a job, and check that the reply is empty."""
    reply = getattr(client, operation)(jobId=job_id, reason=reason)
    del reply["ResponseMetadata"]
    assert reply == {}


def flags(job: dict[str, Any]) -> set[str]:
    """Return which of isCancelled and isTerminated a job has, which are never false."""
    assert all(job[name] is True for name in job if name.startswith("is"))
    return {name for name in job if name.startswith("is")}


@BOTH
@pytest.mark.parametrize(("seconds", "status"), [(0, "SUBMITTED"), (1, "RUNNABLE")])
def test_before_starting(
    client: Any, batch_mock: BatchMock, operation: str, seconds: int, status: str
) -> None:
    """A job that has not reached STARTING is FAILED with the caller's reason, without an attempt."""
    job_id = submit(client, retryStrategy=RETRIES)
    batch_mock.tick(seconds)
    assert status_of(client, job_id) == status
    stop(client, operation, job_id)
    batch_mock.run()
    job = described(client, job_id)
    assert (job["status"], job["statusReason"]) == ("FAILED", "enough")
    assert (job["attempts"], job["stoppedAt"]) == ([], START_MS + 1000 * seconds)
    assert flags(job) == {FLAGS[operation]}


@BOTH
def test_acts_as_time_moves(client: Any, batch_mock: BatchMock, operation: str) -> None:
    """The call sets a flag at once, and the job ends as soon as time moves."""
    job_id = submit(client)
    stop(client, operation, job_id)
    job = described(client, job_id)
    assert (job["status"], flags(job)) == ("SUBMITTED", {FLAGS[operation]})
    batch_mock.tick(0)
    assert status_of(client, job_id) == "FAILED"


@pytest.mark.parametrize(("seconds", "status"), [(2, "STARTING"), (3, "RUNNING")])
def test_cancel_from_starting_on(
    client: Any, batch_mock: BatchMock, seconds: int, status: str
) -> None:
    """CancelJob of a STARTING or RUNNING job is a successful no-op."""
    job_id = submit(client)
    batch_mock.tick(seconds)
    before = described(client, job_id)
    assert before["status"] == status
    stop(client, "cancel_job", job_id)
    assert described(client, job_id) == before
    batch_mock.run()
    job = described(client, job_id)
    assert (job["status"], flags(job)) == ("SUCCEEDED", set())


def test_terminate_starting(client: Any, batch_mock: BatchMock) -> None:
    """A job terminated in STARTING has an attempt that never started, and no exit code."""
    job_id = submit(client, retryStrategy=RETRIES)
    batch_mock.tick(2)
    stop(client, "terminate_job", job_id)
    batch_mock.run()
    job = described(client, job_id)
    (attempt,) = job["attempts"]
    assert (job["status"], job["statusReason"]) == ("FAILED", "enough")
    assert (attempt["statusReason"], attempt["stoppedAt"]) == ("enough", START_MS + 2000)
    assert "startedAt" not in attempt
    assert "exitCode" not in attempt["container"]


def test_terminate_running(client: Any, batch_mock: BatchMock) -> None:
    """A job terminated while RUNNING is killed with 137 and the caller's reason, and is not retried."""
    batch_mock.script("job", hang())
    job_id = submit(client, retryStrategy=RETRIES)
    batch_mock.tick(10)
    stop(client, "terminate_job", job_id)
    batch_mock.run()
    job = described(client, job_id)
    (attempt,) = job["attempts"]
    assert (job["status"], job["statusReason"]) == ("FAILED", "enough")
    assert (job["container"]["exitCode"], job["stoppedAt"]) == (137, START_MS + 10000)
    assert (attempt["container"]["exitCode"], attempt["statusReason"]) == (137, "enough")
    assert flags(job) == {"isTerminated"}


@BOTH
@pytest.mark.parametrize("outcome", [succeed(), fail()])
def test_after_the_end(client: Any, batch_mock: BatchMock, operation: str, outcome: Any) -> None:
    """A job that has ended is unchanged, and the call succeeds."""
    batch_mock.script("job", outcome)
    job_id = submit(client)
    batch_mock.run()
    before = described(client, job_id)
    stop(client, operation, job_id)
    batch_mock.run()
    assert described(client, job_id) == before


@BOTH
def test_unknown_job(client: Any, operation: str) -> None:
    """A well-formed unknown id is accepted."""
    submit(client)
    before = everything(client)
    stop(client, operation, UNKNOWN_JOB)
    assert everything(client) == before


@BOTH
def test_between_attempts(client: Any, batch_mock: BatchMock, operation: str) -> None:
    """A job stopped while RUNNABLE again keeps its attempts and gets no other."""
    batch_mock.script("job", fail(3))
    job_id = submit(client, retryStrategy=RETRIES)
    batch_mock.tick(4)
    stop(client, operation, job_id)
    batch_mock.run()
    job = described(client, job_id)
    assert (job["status"], job["statusReason"]) == ("FAILED", "enough")
    assert [attempt["statusReason"] for attempt in job["attempts"]] == [ESSENTIAL]
    assert "exitCode" not in job["container"]


@BOTH
def test_pending(client: Any, batch_mock: BatchMock, operation: str) -> None:
    """A stopped PENDING job shows the reason until its dependencies have finished and is then FAILED."""
    batch_mock.script("first", succeed(after=100))
    first = submit(client, "first")
    job_id = submit(client, dependsOn=[{"jobId": first}])
    batch_mock.tick(10)
    stop(client, operation, job_id)
    batch_mock.tick(10)
    job = described(client, job_id)
    assert (job["status"], flags(job)) == ("PENDING", {FLAGS[operation]})
    assert job["statusReason"] == "enough"
    batch_mock.run()
    job = described(client, job_id)
    assert (job["status"], job["statusReason"]) == ("FAILED", "enough")
    assert (job["attempts"], job["stoppedAt"]) == ([], described(client, first)["stoppedAt"])
    assert flags(job) == {FLAGS[operation]}


@BOTH
def test_pending_behind_a_failing_job(client: Any, batch_mock: BatchMock, operation: str) -> None:
    """A stopped PENDING job keeps the caller's reason even if its dependency fails."""
    batch_mock.script("first", fail(after=100))
    job_id = submit(client, dependsOn=[{"jobId": submit(client, "first")}])
    batch_mock.tick(10)
    stop(client, operation, job_id)
    batch_mock.run()
    assert described(client, job_id)["statusReason"] == "enough"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("cancel_job", "cancel_job"),
        ("terminate_job", "cancel_job"),
        ("terminate_job", "terminate_job"),
    ],
)
def test_first_reason_wins(client: Any, batch_mock: BatchMock, first: str, second: str) -> None:
    """A second request that is not stronger changes neither the reason nor the flag (assumed)."""
    job_id = submit(client)
    stop(client, first, job_id, "the first")
    stop(client, second, job_id, "the second")
    batch_mock.run()
    job = described(client, job_id)
    assert (job["statusReason"], flags(job)) == ("the first", {FLAGS[first]})


def test_termination_after_a_cancellation(client: Any, batch_mock: BatchMock) -> None:
    """TerminateJob takes effect after CancelJob, and its flag and reason are described too."""
    first = submit(client, "first")
    job_id = submit(client, dependsOn=[{"jobId": first}])
    batch_mock.run_until(job_id, "PENDING")
    stop(client, "cancel_job", job_id, "not needed")
    stop(client, "terminate_job", job_id, "really not needed")
    job = described(client, job_id)
    assert (job["status"], job["statusReason"]) == ("PENDING", "really not needed")
    assert flags(job) == {"isCancelled", "isTerminated"}
    batch_mock.run()
    job = described(client, job_id)
    assert (job["status"], job["statusReason"]) == ("FAILED", "really not needed")


def test_terminate_twice_while_it_is_dying() -> None:
    """A second TerminateJob within the grace changes neither the reason nor the end."""
    with provisioned_mock(stop_grace_seconds=30) as (batch_mock, client):
        batch_mock.script("job", hang())
        job_id = submit(client)
        batch_mock.tick(10)
        stop(client, "terminate_job", job_id, "the first")
        batch_mock.tick(10)
        stop(client, "terminate_job", job_id, "the second")
        batch_mock.run()
        job = described(client, job_id)
    assert (job["statusReason"], job["stoppedAt"]) == ("the first", START_MS + 40000)


def test_grace() -> None:
    """With a grace period, a terminated job is RUNNING and flagged from SIGTERM until SIGKILL."""
    with provisioned_mock(stop_grace_seconds=30) as (batch_mock, client):
        batch_mock.script("job", hang())
        job_id = submit(client)
        batch_mock.tick(10)
        stop(client, "terminate_job", job_id)
        batch_mock.tick(29.999)
        job = described(client, job_id)
        assert (job["status"], flags(job)) == ("RUNNING", {"isTerminated"})
        batch_mock.tick(0.001)
        job = described(client, job_id)
    assert (job["status"], job["statusReason"]) == ("FAILED", "enough")
    assert (job["container"]["exitCode"], job["stoppedAt"]) == (137, START_MS + 40000)


def test_grace_before_starting() -> None:
    """A job without a container yet gets no grace period."""
    with provisioned_mock(stop_grace_seconds=30) as (batch_mock, client):
        job_id = submit(client)
        stop(client, "terminate_job", job_id)
        batch_mock.run()
        assert described(client, job_id)["stoppedAt"] == START_MS


@pytest.mark.parametrize("outcome", [hang, succeed])
def test_answer_to_sigterm(outcome: Callable[..., Any]) -> None:
    """A container that handles SIGTERM ends with its own exit code."""
    with provisioned_mock(stop_grace_seconds=30) as (batch_mock, client):
        options = {} if outcome is hang else {"after": 1000}
        batch_mock.script("job", outcome(on_sigterm=143, **options))
        job_id = submit(client, retryStrategy=RETRIES)
        batch_mock.tick(10)
        stop(client, "terminate_job", job_id)
        batch_mock.run()
        job = described(client, job_id)
    assert (job["status"], job["statusReason"]) == ("FAILED", "enough")
    assert [attempt["container"]["exitCode"] for attempt in job["attempts"]] == [143]


@pytest.mark.parametrize("outcome", [hang(on_sigterm=0), succeed(after=1000, on_sigterm=0)])
def test_good_end_on_sigterm(client: Any, batch_mock: BatchMock, outcome: Any) -> None:
    """A container that answers SIGTERM by exiting 0 has succeeded, though it was terminated."""
    batch_mock.script("job", outcome)
    job_id = submit(client, retryStrategy=RETRIES)
    batch_mock.tick(10)
    stop(client, "terminate_job", job_id)
    batch_mock.run()
    job = described(client, job_id)
    assert (job["status"], job["statusReason"]) == ("SUCCEEDED", ESSENTIAL)
    assert [attempt["container"]["exitCode"] for attempt in job["attempts"]] == [0]
    assert flags(job) == {"isTerminated"}


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (succeed(after=20), ("SUCCEEDED", ESSENTIAL, 0)),
        (fail(3, after=20), ("FAILED", "enough", 3)),
    ],
)
def test_end_within_the_grace(outcome: Any, expected: tuple[str, str, int]) -> None:
    """A job that exits 0 within the grace succeeds, and one that fails has the caller's reason."""
    with provisioned_mock(stop_grace_seconds=30) as (batch_mock, client):
        batch_mock.script("job", outcome)
        job_id = submit(client, retryStrategy=RETRIES)
        batch_mock.tick(10)
        stop(client, "terminate_job", job_id)
        batch_mock.run()
        job = described(client, job_id)
    assert (job["status"], job["statusReason"], job["container"]["exitCode"]) == expected
    assert (job["stoppedAt"], len(job["attempts"])) == (START_MS + 23000, 1)
    assert flags(job) == {"isTerminated"}


@BOTH
@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ({"jobId": ""}, "jobId must have a length of at least 1."),
        ({"reason": ""}, "reason must have a length of at least 1."),
        ({"reason": "x" * 1025}, "reason must be at most 1024 characters long, got 1025."),
    ],
    ids=["empty id", "empty reason", "long reason"],
)
def test_refusals(client: Any, operation: str, request_: dict[str, str], text: str) -> None:
    """The id must not be empty, and the reason must have 1 to 1,024 characters (moto 5394 for the empty)."""
    given = {"jobId": submit(client), "reason": "enough", **request_}
    assert refused(client, operation, **given) == wrapped(text)


@BOTH
def test_longest_reason(client: Any, batch_mock: BatchMock, operation: str) -> None:
    """A reason of 1,024 characters is described in full."""
    job_id = submit(client)
    stop(client, operation, job_id, "x" * 1024)
    batch_mock.run()
    assert described(client, job_id)["statusReason"] == "x" * 1024


@BOTH
def test_held_job(client: Any, batch_mock: BatchMock, operation: str) -> None:
    """A held job can be stopped."""
    batch_mock.hold("job", at="RUNNABLE")
    job_id = submit(client)
    batch_mock.run()
    stop(client, operation, job_id)
    batch_mock.run()
    assert status_of(client, job_id) == "FAILED"


@BOTH
def test_job_without_a_place(client: Any, batch_mock: BatchMock, operation: str) -> None:
    """A job that waits for a compute environment can be stopped and is not placed later."""
    client.update_compute_environment(computeEnvironment="compute-environment", state="DISABLED")
    job_id = submit(client)
    batch_mock.run()
    assert status_of(client, job_id) == "RUNNABLE"
    stop(client, operation, job_id)
    batch_mock.run()
    client.update_compute_environment(computeEnvironment="compute-environment", state="ENABLED")
    batch_mock.run()
    assert described(client, job_id)["statusReason"] == "enough"


@BOTH
@pytest.mark.parametrize("job_id", ["nonexisting_job", UNKNOWN_JOB + ":x", "arn:aws:batch:job/x"])
def test_ids_of_no_job(client: Any, operation: str, job_id: str) -> None:
    """An id that is not a UUID is accepted like an unknown one (moto 5394)."""
    reply = getattr(client, operation)(jobId=job_id, reason="late")
    assert reply["ResponseMetadata"]["HTTPStatusCode"] == 200


@BOTH
def test_arn(batch_mock: BatchMock, client: Any, operation: str) -> None:
    """A job can be named by its ARN: torchx 0.7.0 passes the ARNs from ListJobs."""
    job = client.submit_job(jobName="job", jobQueue="queue", jobDefinition="definition")
    getattr(client, operation)(jobId=job["jobArn"], reason="late")
    batch_mock.run()
    (shown,) = client.describe_jobs(jobs=[job["jobId"]])["jobs"]
    assert (shown["status"], shown["statusReason"]) == ("FAILED", "late")


@pytest.mark.parametrize(
    ("stops_after", "seconds", "exit_code"), [(5, 5, 3), (10, 10, 3), (11, 10, 137)]
)
def test_container_that_needs_time_to_stop(
    stops_after: float, seconds: int, exit_code: int
) -> None:
    """A container that handles SIGTERM ends when it is done, if the grace period allows (documented)."""
    with provisioned_mock(stop_grace_seconds=10) as (batch_mock, client):
        batch_mock.script("job", hang(on_sigterm=3, stops_after=stops_after))
        job_id = submit(client)
        batch_mock.run_until(job_id, "RUNNING")
        stop(client, "terminate_job", job_id)
        batch_mock.run()
        job = described(client, job_id)
    assert (job["status"], job["statusReason"]) == ("FAILED", "enough")
    assert job["container"]["exitCode"] == exit_code
    assert job["stoppedAt"] == job["startedAt"] + seconds * 1000


def test_container_that_stops_well() -> None:
    """A container that exits with 0 after SIGTERM has succeeded."""
    with provisioned_mock(stop_grace_seconds=30) as (batch_mock, client):
        batch_mock.script("job", hang(on_sigterm=0, stops_after=5.0))
        job_id = submit(client)
        batch_mock.run_until(job_id, "RUNNING")
        stop(client, "terminate_job", job_id)
        batch_mock.run()
        job = described(client, job_id)
    assert (job["status"], job["stoppedAt"]) == ("SUCCEEDED", job["startedAt"] + 5000)
