"""Who starts next: within a queue, and among queues that share an environment."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from batchmock import BatchMock, Policies, fail, hang, mock_batch, succeed

from ...builders import START_MS, register, status_of, submit
from .builders import asks, make_environment, make_queue, order_of_starts, starts


def test_first_in_first_out(client: Any, batch_mock: BatchMock) -> None:
    """Jobs start in the order of submission, also those that have waited for others to end."""
    make_queue(client, make_environment(client, "other", 1), name="other")
    make_queue(client, make_environment(client, max_vcpus=1))
    batch_mock.script(succeed(after=10))
    first = submit(client, "first", jobQueue="other")
    submit(client, "a")
    submit(client, "dependent", dependsOn=[{"jobId": first}])
    submit(client, "b")
    submit(client, "c")
    batch_mock.run()
    assert order_of_starts(batch_mock) == ["first", "a", "b", "dependent", "c"]


def test_head_of_line(client: Any, batch_mock: BatchMock) -> None:
    """A job that does not fit yet holds back those behind it, though they would fit."""
    make_queue(client, make_environment(client, max_vcpus=4))
    batch_mock.script("running", succeed(after=60))
    submit(client, "running", containerOverrides=asks(2))
    submit(client, "large", containerOverrides=asks(4))
    submit(client, "small")
    batch_mock.run()
    assert starts(batch_mock) == [("running", 2), ("large", 63), ("small", 65)]


def test_whatever_fits() -> None:
    """With the other policy whatever fits starts, and what does not waits on."""
    with mock_batch(
        region="us-east-1",
        start="2026-01-02T03:04:05Z",
        policies=Policies(head_of_line_blocks=False),
    ) as mock:
        client = boto3.client("batch", region_name="us-east-1")
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
    """When the job at the head is cancelled, the next starts at that very instant."""
    make_queue(client, make_environment(client, max_vcpus=1))
    large = submit(client, "large", containerOverrides=asks(4))
    submit(client, "small")
    batch_mock.tick(10)
    assert order_of_starts(batch_mock) == []
    client.cancel_job(jobId=large, reason="too large")
    batch_mock.run()
    assert starts(batch_mock) == [("small", 10)]


def test_since_when_a_job_has_its_position(client: Any, batch_mock: BatchMock) -> None:
    """Those behind a job that leaves move up, those ahead stay; one that comes ahead moves others back."""
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


def test_retried_job_goes_to_its_old_place(client: Any, batch_mock: BatchMock) -> None:
    """A job that is tried again gives its room back, and is before those that came later."""
    make_queue(client, make_environment(client, max_vcpus=1))
    batch_mock.script("first", fail(1), succeed())
    submit(client, "first", retryStrategy={"attempts": 2})
    submit(client, "second")
    submit(client, "third")
    batch_mock.run()
    assert order_of_starts(batch_mock) == ["first", "second", "first", "third"]


def test_held_job_holds_nobody_back(client: Any, batch_mock: BatchMock) -> None:
    """A job that is held at RUNNABLE while it waits steps aside, and comes back to its place."""
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
    """Of queues that share an environment the higher priority goes first, of equal ones the older."""
    environment = make_environment(client, max_vcpus=1)
    for name, priority in zip(("low", "high"), priorities, strict=True):
        make_queue(client, environment, name=name, priority=priority)
    for name in ("low", "low", "high", "high"):
        submit(client, name, jobQueue=name)
    batch_mock.run()
    assert order_of_starts(batch_mock) == expected


def test_changed_priority(client: Any, batch_mock: BatchMock) -> None:
    """A queue whose priority is raised goes first from then on."""
    environment = make_environment(client, max_vcpus=1)
    for name in ("old", "new"):
        make_queue(client, environment, name=name)
        for _ in range(2):
            submit(client, name, jobQueue=name)
    batch_mock.tick(2)
    client.update_job_queue(jobQueue="new", priority=2)
    batch_mock.run()
    assert order_of_starts(batch_mock) == ["old", "new", "new", "old"]


def test_room_is_kept_for_the_higher_queue(client: Any, batch_mock: BatchMock) -> None:
    """The head of a queue keeps the room it waits for from queues of lower priority."""
    environment = make_environment(client, max_vcpus=2)
    make_queue(client, environment, name="high", priority=2)
    make_queue(client, environment, name="low", priority=1)
    batch_mock.script("running", succeed(after=10))
    submit(client, "running", jobQueue="low")
    batch_mock.tick(5)
    submit(client, "large", jobQueue="high", containerOverrides=asks(2))
    submit(client, "small", jobQueue="low")
    batch_mock.run()
    assert order_of_starts(batch_mock) == ["running", "large", "small"]


def test_no_room_is_kept_for_what_never_fits(client: Any, batch_mock: BatchMock) -> None:
    """A job that can never start does not hold back queues of lower priority."""
    environment = make_environment(client, max_vcpus=2)
    make_queue(client, environment, name="high", priority=2)
    make_queue(client, environment, name="low", priority=1)
    stuck = submit(client, "stuck", jobQueue="high", containerOverrides=asks(3))
    submit(client, "small", jobQueue="low")
    batch_mock.run()
    assert (order_of_starts(batch_mock), status_of(client, stuck)) == (["small"], "RUNNABLE")


def test_listener_that_raises(client: Any, batch_mock: BatchMock) -> None:
    """An error of a listener in the middle of a pass loses nobody's turn."""
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
