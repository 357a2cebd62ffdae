from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from batchmock import BatchMock, BatchMockError, fail, hang
from batchmock.simulation.jobs.holds import Hold, Holds

from ...builders import START_MS, provisioned_mock, status_of, submit


def job(name: str = "train-1", job_id: str = "id") -> Any:
    """Return a job with the attributes that holds use."""
    return SimpleNamespace(name=name, id=job_id)


@pytest.mark.parametrize(
    ("pattern", "covered"),
    [
        ("id", True),
        ("train-1", True),
        ("train-*", True),
        ("*", True),
        ("train", False),
        ("Train-*", False),
        ("i*", False),
    ],
)
def test_which_jobs(pattern: str, covered: bool) -> None:
    """A hold applies to a job id, a job name, or a glob of names."""
    assert Hold(pattern, "RUNNABLE").covers(job()) is covered


def test_statuses() -> None:
    """A job is held at the status of every hold that applies to it."""
    holds = Holds()
    assert holds.statuses_for(job()) == frozenset()
    for pattern, status in (("train-*", "RUNNABLE"), ("id", "RUNNING"), ("other", "STARTING")):
        holds.add(Hold(pattern, status))
    assert holds.statuses_for(job()) == {"RUNNABLE", "RUNNING"}


@pytest.mark.parametrize(
    ("pattern", "left"),
    [("train-*", ["other"]), ("train-1", ["train-*", "other"]), ("*", []), ("nope", None)],
)
def test_remove(pattern: str, left: list[str] | None) -> None:
    """A hold is removed by its own pattern, or by a pattern that matches it."""
    holds = Holds()
    for held in ("train-*", "train-1", "other"):
        holds.add(Hold(held, "RUNNABLE"))
    expected = ["train-*", "train-1", "other"] if left is None else left
    assert holds.remove(pattern) == 3 - len(expected)
    assert holds.patterns() == expected


def test_release_by_the_same_glob() -> None:
    """A glob with a range of characters is released by itself, for jobs submitted later too."""
    with provisioned_mock() as (mock, client):
        mock.hold("step-[12]")
        mock.release("step-[12]")
        job_id = submit(client, "step-1")
        mock.run()
        assert status_of(client, job_id) == "SUCCEEDED"


@pytest.mark.parametrize("status", ["SUBMITTED", "RUNNABLE", "STARTING", "RUNNING"])
def test_hold_and_release(status: str) -> None:
    """A held job stays at its status until it is released, and continues at that instant."""
    with provisioned_mock() as (mock, client):
        mock.hold("job", at=status)
        job_id = submit(client)
        mock.run()
        mock.tick(1000)
        assert status_of(client, job_id) == status
        released_at = mock.clock.epoch_ms
        mock.release("job")
        assert status_of(client, job_id) == status
        first, *_ = mock.run()
        assert (first.from_status, first.at_ms) == (status, released_at)
        assert status_of(client, job_id) == "SUCCEEDED"


def test_hold_at_pending() -> None:
    """A job held at PENDING stays there when its dependencies have SUCCEEDED."""
    with provisioned_mock() as (mock, client):
        mock.hold("second", at="PENDING")
        first = submit(client, "first")
        second = submit(client, "second", dependsOn=[{"jobId": first}])
        mock.run()
        assert (status_of(client, first), status_of(client, second)) == ("SUCCEEDED", "PENDING")
        mock.release("second")
        mock.run()
        assert status_of(client, second) == "SUCCEEDED"


def test_release_at_pending_before_the_dependency_ended() -> None:
    """A PENDING job that is released before its dependencies have ended still waits for them."""
    with provisioned_mock() as (mock, client):
        mock.script("first", hang())
        mock.hold("second", at="PENDING")
        first = submit(client, "first")
        second = submit(client, "second", dependsOn=[{"jobId": first}])
        mock.run()
        mock.release("second")
        mock.run()
        assert status_of(client, second) == "PENDING"
        client.terminate_job(jobId=first, reason="enough")
        mock.run()
        assert status_of(client, second) == "FAILED"


def test_hold_by_id() -> None:
    """A job can be held by its id before it reaches the status, and other jobs continue."""
    with provisioned_mock() as (mock, client):
        held, free = submit(client), submit(client)
        mock.hold(held, at="STARTING")
        mock.run()
        assert (status_of(client, held), status_of(client, free)) == ("STARTING", "SUCCEEDED")
        mock.release(held)
        mock.run()
        assert status_of(client, held) == "SUCCEEDED"


def test_hold_at_two_statuses() -> None:
    """A release lifts all holds of a job."""
    with provisioned_mock() as (mock, client):
        mock.hold("job", at="RUNNABLE")
        mock.hold("job", at="RUNNING")
        job_id = submit(client)
        mock.run()
        assert status_of(client, job_id) == "RUNNABLE"
        mock.release("job")
        mock.run()
        assert status_of(client, job_id) == "SUCCEEDED"


def test_hold_in_each_attempt() -> None:
    """A hold applies to each attempt of a job."""
    with provisioned_mock() as (mock, client):
        mock.script("job", fail())
        mock.hold("job", at="RUNNING")
        job_id = submit(client, retryStrategy={"attempts": 2})
        mock.run()
        assert len(mock.job(job_id).history) == 3
        mock.release("job")
        mock.run()
        assert [attempt.exit_code for attempt in mock.job(job_id).attempts] == [1, 1]


def test_held_running_job_times_out() -> None:
    """A job held at RUNNING still has its timeout."""
    with provisioned_mock() as (mock, client):
        mock.hold("job", at="RUNNING")
        job_id = submit(client, timeout={"attemptDurationSeconds": 60})
        mock.run()
        assert mock.job(job_id).status_reason == "Job attempt duration exceeded timeout"
        assert mock.clock.epoch_ms == START_MS + 63000


def test_release_before_it_is_parked() -> None:
    """A hold that is removed before the job reaches the status has no effect."""
    with provisioned_mock() as (mock, client):
        mock.hold("job", at="RUNNING")
        job_id = submit(client)
        mock.release("*")
        mock.run()
        assert status_of(client, job_id) == "SUCCEEDED"


@pytest.mark.parametrize(
    ("status", "hint"),
    [("SUCCEEDED", ""), ("FAILED", ""), ("WAITING", "Did you mean 'STARTING'? ")],
)
def test_bad_status(batch_mock: BatchMock, status: str, hint: str) -> None:
    """A job can be held at a status that is not terminal."""
    with pytest.raises(BatchMockError) as caught:
        batch_mock.hold("job", at=status)
    assert str(caught.value) == (
        f"batchmock: {status!r} is not a status of this kind of job. {hint}"
        "Use one of SUBMITTED, PENDING, RUNNABLE, SCHEDULED, STARTING, RUNNING."
    )


def test_hold_too_late() -> None:
    """A job cannot be held at a status that it has left."""
    with provisioned_mock() as (mock, client):
        job_id = submit(client)
        mock.run_until(job_id, "RUNNING")
        with pytest.raises(BatchMockError) as caught:
            mock.hold(job_id, at="RUNNABLE")
    assert str(caught.value) == (
        f"batchmock: job 'job' ({job_id}) can't be held at RUNNABLE: it is already RUNNING. "
        "Hold it earlier, or by its name before it is submitted."
    )


@pytest.mark.parametrize(
    ("held", "exists"), [([], "Nothing is held"), (["a", "b*"], "The holds are 'a', 'b*'")]
)
def test_nothing_to_release(batch_mock: BatchMock, held: list[str], exists: str) -> None:
    """The error for a release that matches nothing lists the holds."""
    for pattern in held:
        batch_mock.hold(pattern)
    with pytest.raises(BatchMockError) as caught:
        batch_mock.release("nope")
    assert str(caught.value) == (
        f"batchmock: release('nope') found no hold to release. {exists}. "
        'Hold a job first: hold("train-*", at="RUNNABLE").'
    )
