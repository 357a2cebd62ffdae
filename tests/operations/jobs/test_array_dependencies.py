"""Dependencies between jobs, array jobs, their children and multi-node jobs."""

from __future__ import annotations

from typing import Any

import pytest

from batchmock import BatchMock, fail, hang, succeed

from ..family_requests import (
    SEQUENTIAL,
    START_MS,
    after,
    child_statuses,
    describe,
    n_to_n,
    register_nodes,
    status,
    submit,
    submit_array,
    summary,
)

DEPENDENT_FAILED = ("FAILED", "Dependent Job failed")


@pytest.fixture(autouse=True)
def _resources(batch_mock: BatchMock) -> None:
    batch_mock.provision()


def started(client: Any, *job_ids: str) -> list[float]:
    """Return the start times of jobs, in seconds after the mock's start."""
    return [(describe(client, job_id)["startedAt"] - START_MS) / 1000 for job_id in job_ids]


def children(parent: str, size: int) -> list[str]:
    """Return the ids of all children."""
    return [f"{parent}:{index}" for index in range(size)]


class TestPlain:
    def test_pending_until_all_succeeded(self, batch_mock: BatchMock, client: Any) -> None:
        """A job is PENDING until the last of its dependencies has SUCCEEDED, then RUNNABLE at once."""
        batch_mock.script("slow", succeed(after=10))
        fast, slow = submit(client, "fast"), submit(client, "slow")
        job = submit(client, dependsOn=after(fast, slow))
        batch_mock.tick(12)
        assert status(client, job) == ("PENDING", None)
        batch_mock.tick(1)
        assert [status(client, item)[0] for item in (slow, job)] == ["SUCCEEDED", "RUNNABLE"]

    def test_shown(self, batch_mock: BatchMock, client: Any) -> None:
        """DescribeJobs returns dependsOn as sent."""
        first = submit_array(client, 2)
        sent = [*n_to_n(first), *SEQUENTIAL]
        assert describe(client, submit_array(client, 2, dependsOn=sent))["dependsOn"] == sent

    def test_retrying_dependency(self, batch_mock: BatchMock, client: Any) -> None:
        """A retried dependency has not failed."""
        batch_mock.script("first", fail(1), fail(1))
        first = submit(client, "first", retryStrategy={"attempts": 2})
        job = submit(client, dependsOn=after(first))
        batch_mock.run_until(first, "RUNNING")
        batch_mock.tick(1)
        assert (status(client, first)[0], status(client, job)[0]) == ("RUNNABLE", "PENDING")
        batch_mock.run()
        assert status(client, job) == DEPENDENT_FAILED

    def test_failure_cascades(self, batch_mock: BatchMock, client: Any) -> None:
        """A failed job fails all its dependents at the same instant and without an attempt."""
        batch_mock.script("first", fail(1))
        first = submit(client, "first")
        second = submit(client, "second", dependsOn=after(first))
        third = submit(client, "third", dependsOn=after(second))
        batch_mock.run()
        ends = [describe(client, job) for job in (second, third)]
        assert [(job["status"], job["statusReason"]) for job in ends] == [DEPENDENT_FAILED] * 2
        assert [job["attempts"] for job in ends] == [[], []]
        assert batch_mock.job(third).history[-1].at == batch_mock.job(first).stopped_at

    def test_fails_with_the_first_failure(self, batch_mock: BatchMock, client: Any) -> None:
        """A job fails with its first failed dependency, though another has not ended."""
        batch_mock.script("bad", fail(1))
        batch_mock.script("slow", hang())
        bad, slow = submit(client, "bad"), submit(client, "slow")
        job = submit(client, dependsOn=after(slow, bad))
        batch_mock.run()
        assert status(client, job) == DEPENDENT_FAILED
        assert "'bad'" in batch_mock.job(job).explain()

    @pytest.mark.parametrize("operation", ["cancel_job", "terminate_job"])
    def test_stopped_dependency(self, batch_mock: BatchMock, client: Any, operation: str) -> None:
        """A cancelled or terminated dependency counts as FAILED."""
        first = submit(client, "first")
        job = submit(client, dependsOn=after(first))
        getattr(client, operation)(jobId=first, reason="not needed")
        batch_mock.run()
        assert status(client, job) == DEPENDENT_FAILED

    def test_timed_out_dependency(self, batch_mock: BatchMock, client: Any) -> None:
        """A dependency that exceeded its timeout counts as FAILED."""
        batch_mock.script("first", hang())
        first = submit(client, "first", timeout={"attemptDurationSeconds": 60})
        job = submit(client, dependsOn=after(first))
        batch_mock.run()
        assert status(client, job) == DEPENDENT_FAILED

    def test_succeeded_dependency(self, batch_mock: BatchMock, client: Any) -> None:
        """A dependency that has already SUCCEEDED does not delay the job (assumed)."""
        first = submit(client, "first")
        batch_mock.run()
        job = submit(client, dependsOn=after(first))
        batch_mock.tick(1)
        assert status(client, job) == ("RUNNABLE", None)

    def test_failed_dependency(self, batch_mock: BatchMock, client: Any) -> None:
        """A dependency that has already FAILED is accepted and fails the job (assumed)."""
        batch_mock.script("first", fail(1))
        first = submit(client, "first")
        batch_mock.run()
        job = submit(client, dependsOn=after(first))
        batch_mock.run()
        assert status(client, job) == DEPENDENT_FAILED

    def test_unknown_dependency(self, batch_mock: BatchMock, client: Any) -> None:
        """An unknown dependency is refused at SubmitJob (assumed)."""
        with pytest.raises(client.exceptions.ClientException, match=r"Dependent job x does not"):
            submit(client, dependsOn=after("x"))
        assert len(batch_mock.jobs) == 0

    def test_unknown_child(self, batch_mock: BatchMock, client: Any) -> None:
        """A dependency on a child beyond the size of its array is refused."""
        parent = submit_array(client, 2)
        with pytest.raises(client.exceptions.ClientException, match="does not exist"):
            submit(client, dependsOn=after(f"{parent}:2"))

    def test_expired_dependency(self, batch_mock: BatchMock, client: Any) -> None:
        """An expired dependency is refused as unknown (assumed)."""
        first = submit(client, "first")
        batch_mock.tick(8 * 86400)
        with pytest.raises(client.exceptions.ClientException, match="does not exist"):
            submit(client, dependsOn=after(first))

    def test_sequential_with_a_job(self, batch_mock: BatchMock, client: Any) -> None:
        """SEQUENTIAL with a job id is a plain dependency on any job (assumed)."""
        first = submit(client, "first")
        job = submit(client, dependsOn=[{"jobId": first, "type": "SEQUENTIAL"}])
        batch_mock.run()
        assert started(client, first, job) == [3, 6]

    def test_same_job_twice(self, batch_mock: BatchMock, client: Any) -> None:
        """A job named twice is waited for once."""
        first = submit(client, "first")
        job = submit(client, dependsOn=after(first, first))
        batch_mock.run()
        assert status(client, job)[0] == "SUCCEEDED"

    def test_twenty(self, batch_mock: BatchMock, client: Any) -> None:
        """A job can depend on twenty jobs."""
        jobs = [submit(client) for _ in range(20)]
        last = submit(client, dependsOn=after(*jobs))
        batch_mock.run()
        assert status(client, last)[0] == "SUCCEEDED"

    def test_more_than_twenty(self, batch_mock: BatchMock, client: Any) -> None:
        """More than twenty dependencies are refused."""
        jobs = [submit(client) for _ in range(21)]
        with pytest.raises(client.exceptions.ClientException) as refused:
            submit(client, dependsOn=after(*jobs))
        assert "Job cannot have more than 20 dependencies" in str(refused.value)

    def test_across_queues(self, batch_mock: BatchMock, client: Any) -> None:
        """A dependency can be in another queue."""
        batch_mock.provision(job_queue="other")
        first = submit(client, "first")
        job = client.submit_job(
            jobName="job", jobQueue="other", jobDefinition="job-definition", dependsOn=after(first)
        )["jobId"]
        batch_mock.run()
        assert started(client, first, job) == [3, 6]


class TestStopBehindDependency:
    @pytest.mark.parametrize("operation", ["cancel_job", "terminate_job"])
    def test_plain_job(self, batch_mock: BatchMock, client: Any, operation: str) -> None:
        """A stopped job stays PENDING until its dependencies have ended and is then FAILED."""
        batch_mock.script("first", succeed(after=60))
        first = submit(client, "first")
        job = submit(client, dependsOn=after(first))
        batch_mock.tick(2)
        getattr(client, operation)(jobId=job, reason="not needed")
        batch_mock.tick(10)
        flag = {"cancel_job": "isCancelled", "terminate_job": "isTerminated"}[operation]
        assert (status(client, job)[0], describe(client, job)[flag]) == ("PENDING", True)
        batch_mock.run()
        assert status(client, job) == ("FAILED", "not needed")
        assert batch_mock.job(job).stopped_at == batch_mock.job(first).stopped_at

    @pytest.mark.parametrize("operation", ["cancel_job", "terminate_job"])
    def test_array(self, batch_mock: BatchMock, client: Any, operation: str) -> None:
        """A stopped array job and its children stay PENDING until the dependency has ended."""
        batch_mock.script("first", succeed(after=60))
        first = submit(client, "first")
        parent = submit_array(client, 3, dependsOn=after(first))
        batch_mock.tick(2)
        getattr(client, operation)(jobId=parent, reason="not needed")
        batch_mock.tick(10)
        assert (status(client, parent)[0], summary(client, parent)) == ("PENDING", {"PENDING": 3})
        batch_mock.run()
        assert status(client, parent) == ("FAILED", "not needed")
        assert status(client, f"{parent}:2") == ("FAILED", "not needed")

    def test_array_behind_a_failure(self, batch_mock: BatchMock, client: Any) -> None:
        """A cancelled array job keeps the caller's reason, though its dependency FAILED."""
        batch_mock.script("first", fail(1, after=60))
        first = submit(client, "first")
        parent = submit_array(client, 2, dependsOn=after(first))
        batch_mock.tick(2)
        client.cancel_job(jobId=parent, reason="not needed")
        batch_mock.run()
        assert status(client, parent) == ("FAILED", "not needed")

    def test_one_child(self, batch_mock: BatchMock, client: Any) -> None:
        """A cancelled child waits for its array's dependency and is then FAILED, and its siblings run."""
        batch_mock.script("first", succeed(after=60))
        first = submit(client, "first")
        parent = submit_array(client, 2, dependsOn=after(first))
        batch_mock.tick(2)
        client.cancel_job(jobId=f"{parent}:0", reason="bad shard")
        batch_mock.tick(10)
        assert child_statuses(client, parent) == ["PENDING", "PENDING"]
        batch_mock.run()
        assert child_statuses(client, parent) == ["FAILED", "SUCCEEDED"]
        assert status(client, f"{parent}:0") == ("FAILED", "bad shard")

    def test_sequential(self, batch_mock: BatchMock, client: Any) -> None:
        """In a cancelled SEQUENTIAL array, the running child finishes and all later ones are FAILED."""
        batch_mock.script("array", succeed(after=60))
        parent = submit_array(client, 3, dependsOn=SEQUENTIAL)
        batch_mock.tick(10)
        client.cancel_job(jobId=parent, reason="not needed")
        batch_mock.tick(10)
        assert child_statuses(client, parent) == ["RUNNING", "PENDING", "PENDING"]
        batch_mock.run()
        assert child_statuses(client, parent) == ["SUCCEEDED", "FAILED", "FAILED"]
        assert status(client, f"{parent}:2") == ("FAILED", "not needed")


class TestArrays:
    def test_parent_gate(self, batch_mock: BatchMock, client: Any) -> None:
        """An array with a plain dependency and all its children are PENDING until it has SUCCEEDED."""
        batch_mock.script("first", succeed(after=10))
        first = submit(client, "first")
        parent = submit_array(client, 3, dependsOn=after(first))
        batch_mock.tick(12)
        assert (status(client, parent)[0], summary(client, parent)) == ("PENDING", {"PENDING": 3})
        batch_mock.tick(1)
        assert (status(client, parent)[0], summary(client, parent)) == ("PENDING", {"RUNNABLE": 3})
        batch_mock.run()
        assert status(client, parent)[0] == "SUCCEEDED"

    def test_failed_gate(self, batch_mock: BatchMock, client: Any) -> None:
        """If the dependency of an array fails, its children and the array fail for that reason."""
        batch_mock.script("first", fail(1))
        first = submit(client, "first")
        parent = submit_array(client, 2, dependsOn=after(first))
        batch_mock.run()
        assert status(client, parent) == DEPENDENT_FAILED
        assert status(client, f"{parent}:1") == DEPENDENT_FAILED
        assert describe(client, f"{parent}:1")["attempts"] == []

    def test_gate_that_had_failed(self, batch_mock: BatchMock, client: Any) -> None:
        """An array that depends on a job that has already FAILED fails too."""
        batch_mock.script("first", fail(1))
        first = submit(client, "first")
        batch_mock.run()
        parent = submit_array(client, 2, dependsOn=after(first))
        batch_mock.run()
        assert status(client, parent) == DEPENDENT_FAILED

    def test_dependency_on_a_parent(self, batch_mock: BatchMock, client: Any) -> None:
        """A job that depends on an array job starts when its last child has SUCCEEDED."""
        batch_mock.script("array", succeed(after=30), array_index=1)
        parent = submit_array(client, 3)
        job = submit(client, dependsOn=after(parent))
        batch_mock.run()
        assert started(client, job) == [35]

    def test_dependency_on_a_failing_parent(self, batch_mock: BatchMock, client: Any) -> None:
        """A job that depends on an array job fails when the array does, with its last child."""
        batch_mock.script("array", succeed(after=30))
        batch_mock.script("array", fail(1), array_index=0)
        parent = submit_array(client, 2)
        job = submit(client, dependsOn=after(parent))
        batch_mock.tick(20)
        assert status(client, job)[0] == "PENDING"
        batch_mock.run()
        assert status(client, job) == DEPENDENT_FAILED

    def test_dependency_on_a_child(self, batch_mock: BatchMock, client: Any) -> None:
        """A job can depend on a single child, regardless of its siblings."""
        batch_mock.script("array", fail(1), array_index=0)
        batch_mock.script("array", hang(), array_index=2)
        parent = submit_array(client, 3)
        good = submit(client, dependsOn=after(f"{parent}:1"))
        bad = submit(client, dependsOn=after(f"{parent}:0"))
        batch_mock.run()
        assert status(client, good)[0] == "SUCCEEDED"
        assert status(client, bad) == DEPENDENT_FAILED

    def test_explain_waiting_child(self, batch_mock: BatchMock, client: Any) -> None:
        """The explanation of a child names the dependencies of its array."""
        batch_mock.script("first", hang())
        first = submit(client, "first")
        parent = submit_array(client, 2, dependsOn=after(first))
        batch_mock.run()
        waits = f"It waits for job 'first' ({first}), which is RUNNING."
        assert waits in batch_mock.job(f"{parent}:1").explain()
        assert waits in batch_mock.job(parent).explain()


class TestSequential:
    def test_one_after_another(self, batch_mock: BatchMock, client: Any) -> None:
        """Each child is PENDING until the one before it has SUCCEEDED."""
        parent = submit_array(client, 3, dependsOn=SEQUENTIAL)
        batch_mock.tick(3)
        assert child_statuses(client, parent) == ["RUNNING", "PENDING", "PENDING"]
        batch_mock.run()
        assert started(client, *children(parent, 3)) == [3, 6, 9]
        assert status(client, parent) == ("SUCCEEDED", None)

    def test_failure(self, batch_mock: BatchMock, client: Any) -> None:
        """When a child fails, all later ones fail without an attempt."""
        batch_mock.script("array", fail(1), array_index=1)
        parent = submit_array(client, 4, dependsOn=SEQUENTIAL)
        batch_mock.run()
        assert child_statuses(client, parent) == ["SUCCEEDED", "FAILED", "FAILED", "FAILED"]
        assert status(client, f"{parent}:3") == DEPENDENT_FAILED
        assert describe(client, f"{parent}:3")["attempts"] == []
        assert status(client, parent) == ("FAILED", "Array Child Job failed")

    def test_retry(self, batch_mock: BatchMock, client: Any) -> None:
        """The next child runs after a child was retried and SUCCEEDED."""
        batch_mock.script("array", fail(1), succeed(), array_index=0)
        parent = submit_array(client, 2, dependsOn=SEQUENTIAL, retryStrategy={"attempts": 2})
        batch_mock.run()
        assert started(client, *children(parent, 2)) == [6, 9]

    def test_cancelled_child(self, batch_mock: BatchMock, client: Any) -> None:
        """A cancelled waiting child fails after its predecessor has ended, and so do all later ones."""
        parent = submit_array(client, 4, dependsOn=SEQUENTIAL)
        batch_mock.tick(3)
        client.cancel_job(jobId=f"{parent}:2", reason="bad shard")
        batch_mock.run()
        ends = [status(client, child) for child in children(parent, 4)]
        assert ends[2:] == [("FAILED", "bad shard"), DEPENDENT_FAILED]
        assert [end[0] for end in ends[:2]] == ["SUCCEEDED", "SUCCEEDED"]

    def test_needs_an_array(self, batch_mock: BatchMock, client: Any) -> None:
        """SEQUENTIAL without a job id has no effect on a job other than an array job (assumed)."""
        job = submit(client, dependsOn=SEQUENTIAL)
        batch_mock.run()
        assert status(client, job)[0] == "SUCCEEDED"

    @pytest.mark.parametrize("outcome", [succeed(), fail(1)], ids=["succeed", "fail"])
    def test_long_chain(self, batch_mock: BatchMock, client: Any, outcome: Any) -> None:
        """The 10,000 children of a SEQUENTIAL array end one after another, however deep the chain."""
        batch_mock.script("array", outcome)
        parent = submit_array(client, 10000, dependsOn=SEQUENTIAL)
        batch_mock.run()
        ended = "SUCCEEDED" if outcome.exit_code == 0 else "FAILED"
        assert summary(client, parent) == {ended: 10000}

    def test_long_chain_of_jobs(self, batch_mock: BatchMock, client: Any) -> None:
        """A failure propagates through a chain of a thousand jobs or more."""
        batch_mock.script("first", fail(1))
        job = submit(client, "first")
        for _ in range(1500):
            job = submit(client, dependsOn=after(job))
        batch_mock.run()
        assert status(client, job) == DEPENDENT_FAILED


class TestNToN:
    def test_child_by_child(self, batch_mock: BatchMock, client: Any) -> None:
        """Each child waits for the child of its own index in the other array."""
        for index in range(3):
            batch_mock.script("map", succeed(after=10 * (3 - index)), array_index=index)
        first = submit_array(client, 3, "map")
        second = submit_array(client, 3, "reduce", dependsOn=n_to_n(first))
        batch_mock.run()
        assert started(client, *children(second, 3)) == [35, 25, 15]
        assert status(client, second) == ("SUCCEEDED", None)

    def test_failure(self, batch_mock: BatchMock, client: Any) -> None:
        """Only the child whose counterpart failed fails, and the parent fails after its last child."""
        batch_mock.script("map", fail(1), array_index=1)
        first = submit_array(client, 3, "map")
        second = submit_array(client, 3, "reduce", dependsOn=n_to_n(first))
        batch_mock.tick(5)
        assert child_statuses(client, second) == ["STARTING", "FAILED", "STARTING"]
        assert status(client, second)[0] == "PENDING"
        batch_mock.run()
        assert child_statuses(client, second) == ["SUCCEEDED", "FAILED", "SUCCEEDED"]
        assert status(client, f"{second}:1") == DEPENDENT_FAILED
        assert status(client, second) == ("FAILED", "Array Child Job failed")

    def test_all_failed(self, batch_mock: BatchMock, client: Any) -> None:
        """If all children fail with their counterparts, their array's reason is that a child failed."""
        batch_mock.script("map", fail(1))
        first = submit_array(client, 2, "map")
        second = submit_array(client, 2, "reduce", dependsOn=n_to_n(first))
        batch_mock.run()
        assert status(client, second) == ("FAILED", "Array Child Job failed")

    def test_after_the_other_has_ended(self, batch_mock: BatchMock, client: Any) -> None:
        """The summary of an ended array counts each child by its final status."""
        batch_mock.script("map", fail(1), array_index=0)
        first = submit_array(client, 2, "map")
        batch_mock.run()
        second = submit_array(client, 2, "reduce", dependsOn=n_to_n(first))
        batch_mock.run()
        assert child_statuses(client, second) == ["FAILED", "SUCCEEDED"]

    def test_cancelled_parent(self, batch_mock: BatchMock, client: Any) -> None:
        """Cancelling the first array fails the children of the second."""
        first = submit_array(client, 2, "map")
        second = submit_array(client, 2, "reduce", dependsOn=n_to_n(first))
        client.cancel_job(jobId=first, reason="not needed")
        batch_mock.run()
        assert child_statuses(client, second) == ["FAILED", "FAILED"]

    def test_two_arrays(self, batch_mock: BatchMock, client: Any) -> None:
        """A child can wait for its counterparts in several arrays."""
        batch_mock.script("b", succeed(after=10), array_index=0)
        batch_mock.script("a", succeed(after=20), array_index=1)
        first, second = submit_array(client, 2, "a"), submit_array(client, 2, "b")
        last = submit_array(client, 2, "c", dependsOn=[*n_to_n(first), *n_to_n(second)])
        batch_mock.run()
        assert started(client, *children(last, 2)) == [15, 25]

    def test_sizes_unequal(self, batch_mock: BatchMock, client: Any) -> None:
        """N_TO_N between arrays of unequal size is a dependency on the whole array (assumed)."""
        batch_mock.script("map", succeed(after=10))
        first = submit_array(client, 2, "map")
        second = submit_array(client, 3, "reduce", dependsOn=n_to_n(first))
        batch_mock.run()
        assert started(client, *children(second, 3)) == [15, 15, 15]

    def test_on_a_plain_job(self, batch_mock: BatchMock, client: Any) -> None:
        """N_TO_N on a job other than an array job is a dependency on that job (assumed)."""
        batch_mock.script("map", succeed(after=10))
        first = submit(client, "map")
        second = submit_array(client, 2, "reduce", dependsOn=n_to_n(first))
        batch_mock.run()
        assert started(client, *children(second, 2)) == [15, 15]

    def test_of_a_plain_job(self, batch_mock: BatchMock, client: Any) -> None:
        """N_TO_N of a job other than an array job is a dependency on the whole array (assumed)."""
        first = submit_array(client, 2)
        second = submit(client, dependsOn=n_to_n(first))
        batch_mock.run()
        assert started(client, second) == [6]

    def test_on_a_child(self, batch_mock: BatchMock, client: Any) -> None:
        """N_TO_N on a child is a dependency on that child (assumed)."""
        batch_mock.script("map", succeed(after=10), array_index=0)
        first = submit_array(client, 2, "map")
        second = submit_array(client, 2, "reduce", dependsOn=n_to_n(f"{first}:0"))
        batch_mock.run()
        assert started(client, *children(second, 2)) == [15, 15]


class TestMixed:
    def test_plain_and_sequential(self, batch_mock: BatchMock, client: Any) -> None:
        """The first child waits for the job, and each later one also for the child before it."""
        batch_mock.script("first", succeed(after=10))
        first = submit(client, "first")
        parent = submit_array(client, 2, dependsOn=[*after(first), *SEQUENTIAL])
        batch_mock.run()
        assert started(client, *children(parent, 2)) == [15, 18]

    def test_sequential_and_n_to_n(self, batch_mock: BatchMock, client: Any) -> None:
        """A child waits for both its counterpart and the child before it."""
        batch_mock.script("map", succeed(after=1))
        batch_mock.script("map", succeed(after=20), array_index=1)
        first = submit_array(client, 3, "map")
        second = submit_array(client, 3, dependsOn=[*n_to_n(first), *SEQUENTIAL])
        batch_mock.run()
        assert started(client, *children(second, 3)) == [6, 25, 28]

    def test_gate_and_n_to_n(self, batch_mock: BatchMock, client: Any) -> None:
        """A child whose counterpart FAILED does not wait for its array's plain dependency."""
        batch_mock.script("map", fail(1), array_index=0)
        batch_mock.script("gate", succeed(after=60))
        first, gate = submit_array(client, 2, "map"), submit(client, "gate")
        second = submit_array(client, 2, dependsOn=[*after(gate), *n_to_n(first)])
        batch_mock.tick(20)
        assert child_statuses(client, second) == ["FAILED", "PENDING"]
        batch_mock.run()
        assert child_statuses(client, second) == ["FAILED", "SUCCEEDED"]

    def test_plain_and_n_to_n_on_one_array(self, batch_mock: BatchMock, client: Any) -> None:
        """If an array depends on another both as a whole and child by child, the whole decides."""
        batch_mock.script("map", succeed(after=20), array_index=1)
        first = submit_array(client, 2, "map")
        second = submit_array(client, 2, dependsOn=[*after(first), *n_to_n(first)])
        batch_mock.run()
        assert started(client, *children(second, 2)) == [25, 25]

    @pytest.mark.parametrize("by", ["id", "name"])
    def test_held_parent(self, batch_mock: BatchMock, client: Any, by: str) -> None:
        """An array held at PENDING stays there though its dependency has SUCCEEDED."""
        first = submit(client, "first")
        parent = submit_array(client, 2, dependsOn=after(first))
        held = parent if by == "id" else batch_mock.job(parent).name
        batch_mock.hold(held, at="PENDING")
        batch_mock.run()
        assert summary(client, parent) == {"PENDING": 2}
        batch_mock.release(held)
        batch_mock.run()
        assert status(client, parent)[0] == "SUCCEEDED"


class TestNodes:
    def test_on_a_multi_node_job(self, batch_mock: BatchMock, client: Any) -> None:
        """A job that depends on a multi-node job starts when its main node has exited with 0."""
        register_nodes(client)
        batch_mock.script("nodes", succeed(after=10), node_index=0)
        nodes = submit(client, "nodes", "nodes")
        jobs = [submit(client, dependsOn=after(nodes)) for _ in range(3)]
        batch_mock.run()
        assert started(client, *jobs) == [15, 15, 15]

    def test_on_a_failing_multi_node_job(self, batch_mock: BatchMock, client: Any) -> None:
        """All dependents of a multi-node job fail when it does, but not while it is retried."""
        register_nodes(client)
        batch_mock.script("nodes", fail(1), node_index=0)
        nodes = submit(client, "nodes", "nodes", retryStrategy={"attempts": 2})
        jobs = [submit(client, dependsOn=after(nodes)) for _ in range(3)]
        batch_mock.tick(5)
        assert {status(client, job)[0] for job in jobs} == {"PENDING"}
        batch_mock.run()
        assert {status(client, job) for job in jobs} == {DEPENDENT_FAILED}

    def test_of_a_multi_node_job(self, batch_mock: BatchMock, client: Any) -> None:
        """A multi-node job waits for its dependencies before any of its nodes exists."""
        register_nodes(client)
        batch_mock.script("first", succeed(after=10))
        first = submit(client, "first")
        nodes = submit(client, "nodes", "nodes", dependsOn=after(first))
        batch_mock.tick(12)
        assert (status(client, nodes)[0], len(batch_mock.job(nodes).nodes)) == ("PENDING", 0)
        batch_mock.run()
        assert started(client, nodes) == [15]

    @pytest.mark.parametrize("index", [0, 1])
    def test_on_a_node(self, batch_mock: BatchMock, client: Any, index: int) -> None:
        """A job can depend on an existing node, and waits until it has ended for good (assumed)."""
        register_nodes(client, nodes=2)
        batch_mock.script("nodes", fail(1, after=5), succeed(after=5), node_index=0)
        nodes = submit(client, "nodes", "nodes", retryStrategy={"attempts": 2})
        batch_mock.tick(4)
        job = submit(client, dependsOn=after(f"{nodes}#{index}"))
        batch_mock.tick(5)
        assert status(client, job)[0] == "PENDING"
        batch_mock.run()
        assert status(client, job)[0] == "SUCCEEDED"

    def test_on_a_failed_node(self, batch_mock: BatchMock, client: Any) -> None:
        """A job that depends on a failed node fails too, though the whole job SUCCEEDED (assumed)."""
        register_nodes(client, nodes=2)
        batch_mock.script("nodes", succeed(after=10), node_index=0)
        batch_mock.script("nodes", fail(1), node_index=1)
        nodes = submit(client, "nodes", "nodes")
        batch_mock.tick(4)
        job = submit(client, dependsOn=after(f"{nodes}#1"))
        batch_mock.run()
        assert status(client, nodes)[0] == "SUCCEEDED"
        assert status(client, job) == DEPENDENT_FAILED

    def test_on_a_node_to_be(self, batch_mock: BatchMock, client: Any) -> None:
        """A dependency on a node that does not exist yet is refused (assumed)."""
        register_nodes(client)
        nodes = submit(client, "nodes", "nodes")
        with pytest.raises(client.exceptions.ClientException, match="does not exist"):
            submit(client, dependsOn=after(f"{nodes}#1"))
