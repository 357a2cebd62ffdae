"""The order of starts within a queue and among queues that share an environment."""

from __future__ import annotations

from typing import Any

import pytest

from batchmock import BatchMock, Policies, fail, hang, mock_batch, succeed

from ...builders import START_MS, register, shared_client, status_of, submit
from .builders import asks, make_environment, make_queue, order_of_starts, starts


def test_first_in_first_out(client: Any, batch_mock: BatchMock) -> None:
    """Jobs start in the order of submission, including those released by their dependencies."""
    make_queue(client, make_environment(client, "other", 1), name="other")
    make_queue(client, make_environment(client, max_vcpus=1))
    batch_mock.script(succeed(after=10))
    first = submit(client, "first", jobQueue="other")
    submit(client, "a")
    submit(client, "dependent", dependsOn=[{"jobId": first}])
    submit(client, "b")
    submit(client, "c")
    batch_mock.run()
    assert order_of_starts(batch_mock) == ["first", "a", "dependent", "b", "c"]


def test_head_of_line(client: Any, batch_mock: BatchMock) -> None:
    """A job that does not fit yet holds up the jobs behind it, even if they would fit."""
    make_queue(client, make_environment(client, max_vcpus=4))
    batch_mock.script("running", succeed(after=60))
    submit(client, "running", containerOverrides=asks(2))
    submit(client, "large", containerOverrides=asks(4))
    submit(client, "small")
    batch_mock.run()
    assert starts(batch_mock) == [("running", 2), ("large", 63), ("small", 65)]


def test_whatever_fits() -> None:
    """With head_of_line_blocks=False, every job that fits starts."""
    with mock_batch(
        region="us-east-1",
        start="2026-01-02T03:04:05Z",
        policies=Policies(head_of_line_blocks=False),
    ) as mock:
        client = shared_client()
        register(client)
        make_queue(client, make_environment(client, max_vcpus=4))
        mock.script("running", succeed(after=60))
        submit(client, "running", containerOverrides=asks(2))
        submit(client, "large", containerOverrides=asks(4))
        for name in ("small", "smaller", "smallest"):
            submit(client, name)
        mock.run()
        assert starts(mock) == [
            ("running", 2),
            ("small", 2),
            ("smaller", 2),
            ("smallest", 4),
            ("large", 63),
        ]


def test_cancelled_head_lets_the_next_go(client: Any, batch_mock: BatchMock) -> None:
    """When the head is cancelled, the next job starts at the same instant."""
    make_queue(client, make_environment(client, max_vcpus=1))
    large = submit(client, "large", containerOverrides=asks(4))
    submit(client, "small")
    batch_mock.tick(10)
    assert order_of_starts(batch_mock) == []
    client.cancel_job(jobId=large, reason="too large")
    batch_mock.run()
    assert starts(batch_mock) == [("small", 10)]


def test_since_when_a_job_has_its_position(client: Any, batch_mock: BatchMock) -> None:
    """A job that leaves moves up only the jobs behind it, and one that arrives ahead moves them back."""
    make_queue(client, make_environment(client, max_vcpus=1))
    batch_mock.script(hang())
    batch_mock.hold("late", at="SUBMITTED")
    submit(client, "running")
    batch_mock.tick(5)
    jobs = {submit(client, name): name for name in ("late", "a", "b", "c")}

    def since() -> dict[str, int]:
        front = client.get_job_queue_snapshot(jobQueue="queue")["frontOfQueue"]["jobs"]
        return {
            jobs[item["jobArn"].rpartition("/")[2]]: item["earliestTimeAtPosition"] - START_MS
            for item in front
        }

    batch_mock.tick(5)
    assert since() == {"a": 6000, "b": 6000, "c": 6000}
    client.cancel_job(jobId=next(job for job in jobs if jobs[job] == "b"), reason="enough")
    batch_mock.tick(5)
    assert since() == {"a": 6000, "c": 10_000}
    batch_mock.release("late")
    batch_mock.tick(5)
    assert since() == {"late": 15_000, "a": 15_000, "c": 15_000}


def test_retried_job_keeps_its_place(client: Any, batch_mock: BatchMock) -> None:
    """A retried job is ahead of later jobs, even while its RUNNABLE stage lasts."""
    make_queue(client, make_environment(client, max_vcpus=1))
    batch_mock.script("first", fail(1), succeed())
    submit(client, "first", retryStrategy={"attempts": 2})
    submit(client, "second")
    submit(client, "third")
    batch_mock.run()
    assert order_of_starts(batch_mock) == ["first", "first", "second", "third"]


def test_held_job_does_not_block(client: Any, batch_mock: BatchMock) -> None:
    """A job held at RUNNABLE lets others pass and returns to its place when released."""
    make_queue(client, make_environment(client, max_vcpus=1))
    batch_mock.script("running", succeed(after=10))
    submit(client, "running")
    held = submit(client, "held")
    submit(client, "a")
    submit(client, "b")
    batch_mock.tick(5)
    batch_mock.hold(held)
    batch_mock.tick(9)
    assert order_of_starts(batch_mock) == ["running", "a"]
    batch_mock.release(held)
    batch_mock.run()
    assert order_of_starts(batch_mock) == ["running", "a", "held", "b"]


@pytest.mark.parametrize(
    ("priorities", "expected"),
    [((1, 10), ["high", "high", "low", "low"]), ((10, 10), ["low", "low", "high", "high"])],
)
def test_priority_of_queues(
    client: Any, batch_mock: BatchMock, priorities: tuple[int, int], expected: list[str]
) -> None:
    """The queue of higher priority goes first, and of equal ones the older."""
    environment = make_environment(client, max_vcpus=1)
    for name, priority in zip(("low", "high"), priorities, strict=True):
        make_queue(client, environment, name=name, priority=priority)
    for name in ("low", "low", "high", "high"):
        submit(client, name, jobQueue=name)
    batch_mock.run()
    assert order_of_starts(batch_mock) == expected


def test_changed_priority(client: Any, batch_mock: BatchMock) -> None:
    """A raised priority applies from then on."""
    environment = make_environment(client, max_vcpus=1)
    for name in ("old", "new"):
        make_queue(client, environment, name=name)
        for _ in range(2):
            submit(client, name, jobQueue=name)
    batch_mock.tick(2)
    client.update_job_queue(jobQueue="new", priority=2)
    batch_mock.run()
    assert order_of_starts(batch_mock) == ["old", "new", "new", "old"]


def test_blocked_head_blocks_its_own_queue_only(client: Any, batch_mock: BatchMock) -> None:
    """Room that the head of a queue cannot use goes to queues of lower priority."""
    environment = make_environment(client, max_vcpus=2)
    make_queue(client, environment, name="high", priority=2)
    make_queue(client, environment, name="low", priority=1)
    batch_mock.script("running", succeed(after=10))
    submit(client, "running", jobQueue="low")
    batch_mock.tick(5)
    submit(client, "large", jobQueue="high", containerOverrides=asks(2))
    submit(client, "small", jobQueue="low")
    batch_mock.run()
    assert order_of_starts(batch_mock) == ["running", "small", "large"]


def test_job_that_never_fits_blocks_its_own_queue_only(client: Any, batch_mock: BatchMock) -> None:
    """A job that can never start does not hold up queues of lower priority."""
    environment = make_environment(client, max_vcpus=2)
    make_queue(client, environment, name="high", priority=2)
    make_queue(client, environment, name="low", priority=1)
    stuck = submit(client, "stuck", jobQueue="high", containerOverrides=asks(3))
    submit(client, "small", jobQueue="low")
    batch_mock.run()
    assert (order_of_starts(batch_mock), status_of(client, stuck)) == (["small"], "RUNNABLE")


def test_listener_that_raises(client: Any, batch_mock: BatchMock) -> None:
    """An error of a listener in the middle of a pass does not cost any job its turn."""
    make_queue(client, make_environment(client, max_vcpus=2))
    batch_mock.script("running", succeed(after=10))
    submit(client, "running", containerOverrides=asks(2))
    for name in ("a", "b"):
        submit(client, name)
    batch_mock.tick(5)

    def raise_once(job: Any, move: Any) -> None:
        if move.to_status == "STARTING":
            batch_mock._simulation.jobs.listeners.clear()
            raise ValueError("once")

    batch_mock._simulation.jobs.listeners.append(raise_once)
    with pytest.raises(ValueError, match="once"):
        batch_mock.run()
    batch_mock.run()
    assert "b" in order_of_starts(batch_mock)
