from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from batchmock import BatchMock, fail, hang, succeed

from ...builders import START_MS, described, provisioned_mock, refused, status_of, submit

DEPENDENT = "Dependent Job failed"


@pytest.fixture(autouse=True)
def provisioned(batch_mock: BatchMock) -> None:
    """A queue named queue and a job definition named definition."""
    batch_mock.provision(job_queue="queue", job_definition="definition")


def on(*job_ids: str) -> list[dict[str, str]]:
    """Return a dependsOn."""
    return [{"jobId": job_id} for job_id in job_ids]


def moves(batch_mock: BatchMock, job_id: str) -> list[tuple[str, int]]:
    """Return the statuses of a job with the seconds at which it entered them."""
    history = batch_mock.job(job_id).history
    return [(move.to_status, (move.at_ms - START_MS) // 1000) for move in history]


def test_waits_and_runs(client: Any, batch_mock: BatchMock) -> None:
    """A job is PENDING until its dependencies have SUCCEEDED, and RUNNABLE at that instant."""
    batch_mock.script("first", succeed(after=100))
    first = submit(client, "first")
    second = submit(client, "second", dependsOn=on(first))
    batch_mock.run()
    assert described(client, first)["stoppedAt"] == START_MS + 103000
    assert moves(batch_mock, second) == [
        ("PENDING", 1),
        ("RUNNABLE", 103),
        ("STARTING", 104),
        ("RUNNING", 105),
        ("SUCCEEDED", 106),
    ]


def test_waits_for_all(client: Any, batch_mock: BatchMock) -> None:
    """A job with several dependencies waits for the last of them."""
    batch_mock.script("slow", succeed(after=100))
    ids = [submit(client, name) for name in ("slow", "quick", "other")]
    job_id = submit(client, dependsOn=on(*ids))
    batch_mock.tick(50)
    assert status_of(client, job_id) == "PENDING"
    batch_mock.run()
    assert moves(batch_mock, job_id)[1] == ("RUNNABLE", 103)


@pytest.mark.parametrize(
    "given",
    [
        lambda first: on(first),
        lambda first: [{"jobId": first, "type": "SEQUENTIAL"}],
        lambda first: on(first, first),
    ],
    ids=["plain", "sequential", "twice"],
)
def test_shown_as_given(client: Any, batch_mock: BatchMock, given: Any) -> None:
    """DescribeJobs returns dependsOn as sent, and SEQUENTIAL with a jobId is a plain dependency."""
    first = submit(client, "first")
    job_id = submit(client, dependsOn=given(first))
    assert described(client, job_id)["dependsOn"] == given(first)
    batch_mock.run()
    assert status_of(client, job_id) == "SUCCEEDED"


def test_twenty(client: Any, batch_mock: BatchMock) -> None:
    """A job can depend on twenty others."""
    ids = [submit(client, "first") for _ in range(20)]
    job_id = submit(client, dependsOn=on(*ids))
    batch_mock.run()
    assert status_of(client, job_id) == "SUCCEEDED"


def test_failure(client: Any, batch_mock: BatchMock) -> None:
    """When a dependency fails, the job is FAILED at that instant without an attempt or a start."""
    batch_mock.script("first", fail())
    first = submit(client, "first")
    second = submit(client, "second", dependsOn=on(first), retryStrategy={"attempts": 5})
    batch_mock.run()
    job = described(client, second)
    assert (job["status"], job["statusReason"], job["attempts"]) == ("FAILED", DEPENDENT, [])
    assert job["stoppedAt"] == described(client, first)["stoppedAt"]
    assert "startedAt" not in job
    assert "exitCode" not in job["container"]


def test_failure_of_one_is_enough(client: Any, batch_mock: BatchMock) -> None:
    """One failed dependency fails the job though others are still running."""
    batch_mock.script("hangs", hang())
    batch_mock.script("fails", fail())
    job_id = submit(client, dependsOn=on(submit(client, "hangs"), submit(client, "fails")))
    batch_mock.run()
    assert described(client, job_id)["statusReason"] == DEPENDENT


def test_cascade(client: Any, batch_mock: BatchMock) -> None:
    """A failure propagates through the whole tree at one instant, dependencies before dependents."""
    batch_mock.script("a", fail())
    a = submit(client, "a")
    b = submit(client, "b", dependsOn=on(a))
    c = submit(client, "c", dependsOn=on(b))
    d = submit(client, "d", dependsOn=on(a, c))
    batch_mock.run()
    failed = [move for move in batch_mock.transitions if move.to_status == "FAILED"]
    order = [batch_mock.job(move.job_id).name for move in failed]
    assert sorted(order) == ["a", "b", "c", "d"]
    assert order.index("b") < order.index("c")
    assert {move.at_ms for move in failed} == {START_MS + 4000}
    assert [described(client, job)["statusReason"] for job in (b, c, d)] == [DEPENDENT] * 3


def test_retried_dependency(client: Any, batch_mock: BatchMock) -> None:
    """A retried dependency has not failed, and the job keeps waiting."""
    batch_mock.script("first", fail(), succeed())
    first = submit(client, "first", retryStrategy={"attempts": 2})
    second = submit(client, "second", dependsOn=on(first))
    batch_mock.run_until(first, "RUNNING")
    batch_mock.tick(1)
    assert (status_of(client, first), status_of(client, second)) == ("RUNNABLE", "PENDING")
    batch_mock.run()
    assert status_of(client, second) == "SUCCEEDED"


def test_dependency_out_of_attempts(client: Any, batch_mock: BatchMock) -> None:
    """The job fails at the instant at which the dependency has failed for good."""
    batch_mock.script("first", fail())
    first = submit(client, "first", retryStrategy={"attempts": 2})
    second = submit(client, "second", dependsOn=on(first))
    batch_mock.run()
    assert moves(batch_mock, second) == [("PENDING", 1), ("FAILED", 7)]


def test_finished_before(client: Any, batch_mock: BatchMock) -> None:
    """A dependency that has already SUCCEEDED causes no wait."""
    first = submit(client, "first")
    batch_mock.run()
    second = submit(client, "second", dependsOn=on(first))
    batch_mock.run()
    assert [status for status, _ in moves(batch_mock, second)] == [
        "RUNNABLE",
        "STARTING",
        "RUNNING",
        "SUCCEEDED",
    ]


def test_failed_before(client: Any, batch_mock: BatchMock) -> None:
    """A job with a dependency that has already FAILED is accepted and then FAILED."""
    batch_mock.script("first", fail())
    first = submit(client, "first")
    batch_mock.run()
    second = submit(client, "second", dependsOn=on(first))
    assert status_of(client, second) == "SUBMITTED"
    batch_mock.run()
    job = described(client, second)
    assert (job["status"], job["statusReason"], job["attempts"]) == ("FAILED", DEPENDENT, [])


def test_finished_while_submitted(client: Any, batch_mock: BatchMock) -> None:
    """A dependency that ends while the job is still SUBMITTED counts as well."""
    first = submit(client, "first")
    batch_mock.tick(3.5)
    second = submit(client, "second", dependsOn=on(first))
    batch_mock.run()
    assert moves(batch_mock, second)[0] == ("RUNNABLE", 4)


@pytest.mark.parametrize("operation", ["cancel_job", "terminate_job"])
def test_stopped_dependency(client: Any, batch_mock: BatchMock, operation: str) -> None:
    """A cancelled or terminated dependency has FAILED and fails its dependents."""
    first = submit(client, "first")
    second = submit(client, "second", dependsOn=on(first))
    getattr(client, operation)(jobId=first, reason="enough")
    batch_mock.run()
    assert described(client, first)["statusReason"] == "enough"
    assert described(client, second)["statusReason"] == DEPENDENT


def test_timed_out_dependency(client: Any, batch_mock: BatchMock) -> None:
    """A dependency that timed out fails its dependents."""
    batch_mock.script("first", hang())
    first = submit(client, "first", timeout={"attemptDurationSeconds": 60})
    second = submit(client, "second", dependsOn=on(first))
    batch_mock.run()
    assert described(client, second)["statusReason"] == DEPENDENT


def test_across_queues(client: Any, batch_mock: BatchMock) -> None:
    """Jobs can depend on jobs in other queues."""
    batch_mock.provision(job_queue="other")
    batch_mock.script("first", succeed(after=100))
    first = submit(client, "first", jobQueue="other")
    second = submit(client, "second", dependsOn=on(first))
    batch_mock.tick(50)
    assert status_of(client, second) == "PENDING"
    batch_mock.run()
    assert status_of(client, second) == "SUCCEEDED"


def test_expired_dependency() -> None:
    """A job cannot depend on an expired job."""
    with provisioned_mock(retention=timedelta(hours=1)) as (batch_mock, client):
        first = submit(client, "first")
        batch_mock.run()
        batch_mock.tick(3600)
        given = {"jobName": "job", "jobQueue": "queue", "jobDefinition": "definition"}
        message = refused(client, "submit_job", **given, dependsOn=on(first))
    assert message == f"Dependent job {first} does not exist."


@pytest.mark.parametrize(
    ("outcome", "status"), [(succeed(), "SUCCEEDED"), (fail(), "FAILED")], ids=str
)
def test_long_chain(client: Any, batch_mock: BatchMock, outcome: Any, status: str) -> None:
    """A chain of 2,000 jobs ends, one after another or all at once, without deep recursion."""
    batch_mock.script("link-0", outcome)
    job_id = submit(client, "link-0")
    for number in range(1, 2000):
        job_id = submit(client, f"link-{number}", dependsOn=on(job_id))
    batch_mock.run()
    assert status_of(client, job_id) == status
    assert {job.status for job in batch_mock.jobs} == {status}


def test_wide_fan_in(client: Any, batch_mock: BatchMock) -> None:
    """One job releases 1,000 dependents at one instant."""
    first = submit(client, "first")
    for _ in range(1000):
        submit(client, "dependent", dependsOn=on(first))
    batch_mock.run()
    runnable = [
        move.at_ms
        for job in batch_mock.jobs.named("dependent")
        for move in job.history
        if move.to_status == "RUNNABLE"
    ]
    assert runnable == [START_MS + 4000] * 1000


def test_worked_example(client: Any, batch_mock: BatchMock) -> None:
    """B depends on A, whose two attempts fail: B is PENDING through both and FAILED with the second."""
    batch_mock.script("A", fail(1))
    a = submit(client, "A", retryStrategy={"attempts": 2})
    b = submit(client, "B", dependsOn=on(a))
    seen = []
    for _ in range(8):
        seen.append((status_of(client, a), status_of(client, b)))
        batch_mock.tick()
    assert seen == [
        ("SUBMITTED", "SUBMITTED"),
        ("RUNNABLE", "PENDING"),
        ("STARTING", "PENDING"),
        ("RUNNING", "PENDING"),
        ("RUNNABLE", "PENDING"),
        ("STARTING", "PENDING"),
        ("RUNNING", "PENDING"),
        ("FAILED", "FAILED"),
    ]
