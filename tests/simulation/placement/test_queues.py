from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import pytest

from batchmock.simulation.placement.environments import ComputeEnvironment
from batchmock.simulation.placement.queues import JobQueue
from batchmock.simulation.placement.status_index import StatusIndex

from ...builders import described, names, provisioned_mock, status_of, submit


def job(sequence: int, status: str = "SUBMITTED") -> Any:
    """Return a stand-in with the attributes of a job that a queue uses."""
    return SimpleNamespace(sequence=sequence, status=status)


def listed(index: StatusIndex, before: int | None = None) -> list[int]:
    """Return the sequence numbers that an index lists."""
    return [member.sequence for member in index.newest_first(before)]


def test_newest_first() -> None:
    """Jobs are listed newest first, whatever the order in which they reached the status."""
    index = StatusIndex()
    for sequence in (3, 1, 2):
        index.join(job(sequence))
    assert listed(index) == [3, 2, 1]
    assert len(index) == 3


@pytest.mark.parametrize(("before", "expected"), [(4, [3, 2, 1]), (3, [2, 1]), (1, []), (0, [])])
def test_before(before: int, expected: list[int]) -> None:
    """A listing continues after the last job of a page, even if that job has left."""
    index = StatusIndex()
    for sequence in (1, 2, 3):
        index.join(job(sequence))
    assert listed(index, before) == expected


def test_left_and_come_back() -> None:
    """A job that left is not listed, and one that returned is listed once."""
    index = StatusIndex()
    jobs = [job(sequence) for sequence in range(5)]
    for member in jobs:
        index.join(member)
    assert listed(index) == [4, 3, 2, 1, 0]
    index.leave(jobs[2])
    index.leave(jobs[4])
    index.join(jobs[2])
    assert listed(index) == [3, 2, 1, 0]


def test_against_a_set() -> None:
    """After any sequence of changes, the listing is the members, newest first."""
    chance = random.Random(0)
    index, jobs = StatusIndex(), [job(sequence) for sequence in range(300)]
    members: set[int] = set()
    for number in range(5000):
        member = chance.choice(jobs)
        if member.sequence in members:
            members.remove(member.sequence)
            index.leave(member)
        else:
            members.add(member.sequence)
            index.join(member)
        if number % 37 == 0:
            assert listed(index) == sorted(members, reverse=True)


def test_jobs_of_a_queue() -> None:
    """A queue keeps each job in the index of its status."""
    queue, member = JobQueue("queue", "arn"), job(1)
    queue.add(member)
    member.status = "RUNNABLE"
    queue.moved.append(member)
    assert (listed(queue.with_status("SUBMITTED")), listed(queue.with_status("RUNNABLE"))) == (
        [],
        [1],
    )
    queue.remove(member)
    assert (listed(queue.with_status("RUNNABLE")), queue.jobs) == ([], {})


@pytest.mark.parametrize(
    ("enabled", "valid", "accepts"),
    [(True, True, True), (True, False, False), (False, True, False)],
)
def test_environment(enabled: bool, valid: bool, accepts: bool) -> None:
    """A compute environment takes jobs if it is ENABLED and VALID."""
    environment = ComputeEnvironment("ce", "EC2", "cluster")
    environment.enabled, environment.valid = enabled, valid
    assert environment.accepts_jobs is accepts


def test_reprs() -> None:
    """Queues and environments have their names in their reprs."""
    assert repr(JobQueue("queue", "arn")) == "<JobQueue 'queue'>"
    environment = ComputeEnvironment("ce", "FARGATE", "cluster")
    assert repr(environment) == "<ComputeEnvironment 'ce' FARGATE>"


def set_environment(client: Any, state: str) -> None:
    """Enable or disable the only compute environment."""
    client.update_compute_environment(computeEnvironment="compute-environment", state=state)


def test_waiting_jobs() -> None:
    """Without an enabled environment jobs stay RUNNABLE, and later start in the order of submission."""
    with provisioned_mock() as (mock, client):
        set_environment(client, "DISABLED")
        for name in ("a", "b", "c"):
            submit(client, name)
        mock.run()
        assert names(client, jobStatus="RUNNABLE") == ["a", "b", "c"]
        set_environment(client, "ENABLED")
        moves = [mock.job(move.job_id).name for move in mock.run() if move.to_status == "STARTING"]
    assert moves == ["a", "b", "c"]


def test_waiting_job_of_a_deleted_queue() -> None:
    """A waiting job ends with its queue."""
    with provisioned_mock() as (mock, client):
        set_environment(client, "DISABLED")
        job_id = submit(client)
        mock.run()
        client.update_job_queue(jobQueue="queue", state="DISABLED")
        client.delete_job_queue(jobQueue="queue")
        mock.run()
        job = described(client, job_id)
    assert (job["status"], job["statusReason"], job["attempts"]) == (
        "FAILED",
        "JobQueue deleted",
        [],
    )


def test_running_job_of_a_deleted_queue() -> None:
    """A running job is killed with its queue and not retried, and its dependents fail."""
    with provisioned_mock() as (mock, client):
        mock.provision(job_queue="other")
        job_id = submit(client, retryStrategy={"attempts": 3})
        dependent = submit(client, "b", jobQueue="other", dependsOn=[{"jobId": job_id}])
        mock.run_until(job_id, "RUNNING")
        client.update_job_queue(jobQueue="queue", state="DISABLED")
        client.delete_job_queue(jobQueue="queue")
        mock.run()
        job = described(client, job_id)
        assert status_of(client, dependent) == "FAILED"
    assert (job["statusReason"], job["container"]["exitCode"]) == ("JobQueue deleted", 137)
    assert len(job["attempts"]) == 1
