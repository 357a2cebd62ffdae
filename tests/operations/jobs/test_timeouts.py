from __future__ import annotations

from typing import Any

import pytest

from batchmock import BatchMock, Policies, docker_timeout, fail, hang, succeed

from ...builders import ESSENTIAL, START_MS, described, provisioned_mock, register, submit

TIMED_OUT = "Job attempt duration exceeded timeout"
MINUTE = {"attemptDurationSeconds": 60}


@pytest.fixture(autouse=True)
def provisioned(batch_mock: BatchMock) -> None:
    """A queue named queue and a job definition named definition."""
    batch_mock.provision(job_queue="queue", job_definition="definition")


def test_timeout(client: Any, batch_mock: BatchMock) -> None:
    """An attempt that exceeds its timeout is killed with 137 and the reason on job and attempt."""
    batch_mock.script("job", hang())
    job_id = submit(client, timeout=MINUTE)
    batch_mock.run()
    job = described(client, job_id)
    (attempt,) = job["attempts"]
    assert (job["status"], job["statusReason"]) == ("FAILED", TIMED_OUT)
    assert (job["startedAt"], job["stoppedAt"]) == (START_MS + 3000, START_MS + 63000)
    assert (attempt["statusReason"], attempt["container"]["exitCode"]) == (TIMED_OUT, 137)
    assert job.keys() & {"isCancelled", "isTerminated"} == set()


@pytest.mark.parametrize(
    ("after", "status", "reason"),
    [
        (59.999, "SUCCEEDED", ESSENTIAL),
        (60, "SUCCEEDED", ESSENTIAL),
        (60.001, "FAILED", TIMED_OUT),
    ],
)
def test_limit(client: Any, batch_mock: BatchMock, after: float, status: str, reason: str) -> None:
    """A container that has exited by the limit has not timed out."""
    batch_mock.script("job", succeed(after=after))
    job_id = submit(client, timeout=MINUTE)
    batch_mock.run()
    job = described(client, job_id)
    assert (job["status"], job["statusReason"]) == (status, reason)


def test_counts_from_running(client: Any, batch_mock: BatchMock) -> None:
    """Time in RUNNABLE and STARTING does not count."""
    batch_mock.script("job", succeed(after=50, runnable=100, starting=100))
    job_id = submit(client, timeout=MINUTE)
    batch_mock.run()
    assert described(client, job_id)["status"] == "SUCCEEDED"


def test_counts_for_each_attempt(client: Any, batch_mock: BatchMock) -> None:
    """The retry of a failed attempt restarts the countdown."""
    batch_mock.script("job", fail(after=50), hang())
    job_id = submit(client, timeout=MINUTE, retryStrategy={"attempts": 3})
    batch_mock.run()
    job = described(client, job_id)
    assert [attempt["statusReason"] for attempt in job["attempts"]] == [ESSENTIAL, TIMED_OUT]
    assert job["stoppedAt"] - job["startedAt"] == 60000


def test_failed_start(client: Any, batch_mock: BatchMock) -> None:
    """An attempt that never runs cannot time out."""
    batch_mock.script("job", docker_timeout(starting=240))
    job_id = submit(client, timeout=MINUTE)
    batch_mock.run()
    assert described(client, job_id)["statusReason"] == "Task failed to start"


@pytest.mark.parametrize(
    ("registered", "submitted", "seconds"),
    [(60, None, 60), (None, 90, 90), (60, 90, 90), (90, 60, 60)],
)
def test_submit_replaces(
    client: Any,
    batch_mock: BatchMock,
    registered: int | None,
    submitted: int | None,
    seconds: int,
) -> None:
    """A timeout given at submission replaces the definition's."""

    def timeout(limit: int | None) -> dict[str, Any]:
        return {"timeout": {"attemptDurationSeconds": limit}} if limit else {}

    batch_mock.script("job", hang())
    register(client, "d", **timeout(registered))
    job_id = submit(client, jobDefinition="d", **timeout(submitted))
    batch_mock.run()
    job = described(client, job_id)
    assert job["timeout"] == {"attemptDurationSeconds": seconds}
    assert job["stoppedAt"] - job["startedAt"] == 1000 * seconds


def test_no_timeout(client: Any, batch_mock: BatchMock) -> None:
    """Without a timeout a job runs until it exits."""
    batch_mock.script("job", succeed(after=1_000_000))
    job_id = submit(client)
    batch_mock.run()
    assert described(client, job_id)["status"] == "SUCCEEDED"


def test_grace() -> None:
    """With a grace period, the container can answer SIGTERM with its own code before SIGKILL."""
    with provisioned_mock(stop_grace_seconds=30) as (batch_mock, client):
        batch_mock.script("job", hang(on_sigterm=143))
        job_id = submit(client, timeout=MINUTE)
        batch_mock.tick(63)
        assert described(client, job_id)["status"] == "RUNNING"
        batch_mock.run()
        job = described(client, job_id)
    assert (job["statusReason"], job["container"]["exitCode"]) == (TIMED_OUT, 143)
    assert job["stoppedAt"] == START_MS + 93000


@pytest.mark.parametrize(("outcome", "exit_code"), [(fail(3, after=70), 3), (succeed(after=70), 0)])
def test_end_within_the_grace(outcome: Any, exit_code: int) -> None:
    """However a container ends after the SIGTERM of its timeout, it has timed out and is not retried."""
    with provisioned_mock(stop_grace_seconds=30) as (batch_mock, client):
        batch_mock.script("job", outcome)
        job_id = submit(client, timeout=MINUTE, retryStrategy={"attempts": 3})
        batch_mock.run()
        job = described(client, job_id)
    assert (job["status"], job["statusReason"], len(job["attempts"])) == ("FAILED", TIMED_OUT, 1)
    assert (job["container"]["exitCode"], job["stoppedAt"]) == (exit_code, START_MS + 73000)


@pytest.mark.parametrize(
    ("seconds", "reason", "stopped"), [(55, "enough", 85), (70, TIMED_OUT, 93)]
)
def test_terminated_and_timed_out(seconds: int, reason: str, stopped: int) -> None:
    """The earlier of TerminateJob and timeout sets the reason."""
    with provisioned_mock(stop_grace_seconds=30) as (batch_mock, client):
        batch_mock.script("job", hang())
        job_id = submit(client, timeout=MINUTE)
        batch_mock.tick(seconds)
        client.terminate_job(jobId=job_id, reason="enough")
        batch_mock.run()
        job = described(client, job_id)
    assert (job["statusReason"], job["stoppedAt"]) == (reason, START_MS + 1000 * stopped)


def test_flag_by_policy() -> None:
    """The policy timeout_sets_is_terminated=True flags a job that timed out."""
    with provisioned_mock(policies=Policies(timeout_sets_is_terminated=True)) as (mock, client):
        mock.script("job", hang())
        job_id = submit(client, timeout=MINUTE)
        mock.run()
        assert described(client, job_id)["isTerminated"] is True


def test_container_that_stops_well() -> None:
    """A container that exits with 0 soon after the limit has timed out nevertheless (documented)."""
    with provisioned_mock(stop_grace_seconds=30) as (batch_mock, client):
        batch_mock.script("job", hang(on_sigterm=0, stops_after=5.0))
        job_id = submit(client, timeout=MINUTE)
        batch_mock.run()
        job = described(client, job_id)
    assert (job["status"], job["statusReason"]) == ("FAILED", TIMED_OUT)
    assert (job["container"]["exitCode"], job["stoppedAt"]) == (0, job["startedAt"] + 65_000)
