"""Explanations of jobs that are stopped, or held, or have several nodes, and of those that wait for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from batchmock import BatchMock, fail, hang, succeed

from ...builders import provisioned_mock, register_nodes, submit


@pytest.fixture
def batch_mock() -> Iterator[BatchMock]:
    """A mock that has `queue` and `definition`, and a grace period."""
    with provisioned_mock(stop_grace_seconds=30) as (mock, _):
        yield mock


def test_explain_of_a_main_node(batch_mock: BatchMock, client: Any) -> None:
    """The explanation of a main node agrees with that of its job; another node ends with it."""
    register_nodes(client)
    batch_mock.script("*", fail(1, after=300), node_index=0)
    batch_mock.script("*", hang(), node_index=1)
    job_id = submit(client, jobDefinition="nodes", timeout={"attemptDurationSeconds": 900})
    batch_mock.run_until(job_id, "RUNNING")
    batch_mock.tick(1)
    job, main, other = (batch_mock.job(job_id + end).explain() for end in ("", "#0", "#1"))
    assert job.splitlines()[1:] == main.splitlines()[1:]
    assert other.splitlines()[1:] == [
        "Attempt 1 of 1 hangs.",
        "It is stopped when the main node ends.",
    ]
    batch_mock.run()
    assert batch_mock.job(f"{job_id}#1").explain().splitlines()[1:] == [
        "Attempt 1 of 1 exited with code 137 (Main node of the multi-node parallel job exited)."
    ]


@pytest.mark.parametrize("stop", ["TerminateJob", "timeout"])
def test_explain_of_a_job_that_is_being_stopped(
    batch_mock: BatchMock, client: Any, stop: str
) -> None:
    """It says so, and that dependents cannot start."""
    batch_mock.script("first", hang())
    timeout = {"timeout": {"attemptDurationSeconds": 60}} if stop == "timeout" else {}
    job_id = submit(client, "first", **timeout)
    dependent = submit(client, "then", dependsOn=[{"jobId": job_id}])
    batch_mock.run_until(job_id, "RUNNING")
    if stop == "TerminateJob":
        client.terminate_job(jobId=job_id, reason="enough")
        batch_mock.tick(1)
    else:
        batch_mock.tick(61)
    assert "Attempt 1 of 1 is being stopped" in batch_mock.job(job_id).explain()
    assert (
        batch_mock.job(dependent)
        .explain()
        .endswith("To let it start: nothing does, because 'first' is being stopped.")
    )


def test_explain_of_a_dependent_of_a_cancelled_job(batch_mock: BatchMock, client: Any) -> None:
    """A job that was cancelled while PENDING fails its dependents, whatever it waits for."""
    batch_mock.script("first", succeed(after=20))
    first = submit(client, "first")
    second = submit(client, "second", dependsOn=[{"jobId": first}])
    third = submit(client, "third", dependsOn=[{"jobId": second}])
    batch_mock.tick(5)
    client.cancel_job(jobId=second, reason="no")
    batch_mock.tick(1)
    assert "nothing does, because 'second' is being stopped." in batch_mock.job(third).explain()


def test_explain_of_a_hold_with_a_timeout(batch_mock: BatchMock, client: Any) -> None:
    """A hold at RUNNING does not keep a job from its timeout."""
    batch_mock.hold("job", at="RUNNING")
    job_id = submit(client, timeout={"attemptDurationSeconds": 60})
    batch_mock.run_until(job_id, "RUNNING")
    batch_mock.tick(30)
    explained = batch_mock.job(job_id).explain()
    assert "release('job') lets it continue.\nIts timeout is due at" in explained
