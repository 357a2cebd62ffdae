"""Fair share: which share is next, in the ledger and through the client."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from batchmock import BatchMock, succeed
from batchmock.simulation.placement.fair_share import FairSharePolicy, ShareLedger
from batchmock.simulation.placement.queues import JobQueue

from ...builders import START_MS, submit
from .builders import asks, make_environment, make_queue, order_of_starts


@pytest.mark.parametrize(
    ("share", "expected"), [("blue", 0.5), ("red7", 2.0), ("red", 2.0), ("green", 1.0)]
)
def test_weights(share: str, expected: float) -> None:
    """A weight factor is that of the identifier, of its prefix, or 1.0."""
    assert FairSharePolicy(weights=(("blue", 0.5), ("red*", 2.0))).weight_of(share) == expected


@pytest.mark.parametrize(
    ("reservation", "active", "expected"),
    [(50, 1, 500), (50, 2, 750), (25, 1, 750), (0, 3, 1000), (50, 0, 1000)],
)
def test_reservation(reservation: int, active: int, expected: int) -> None:
    """The reserved part is (computeReservation / 100) to the power of the number of active shares."""
    assert FairSharePolicy(compute_reservation=reservation).available(1000, active) == expected


def test_least_usage_first() -> None:
    """The share with the least usage, current and past, is next."""
    policy, ledger = FairSharePolicy(), ShareLedger()
    ledger.take("a", 1000, 0, policy)
    ledger.take("b", 2000, 0, policy)
    assert ledger.by_usage(["b", "a", "c"], 0, policy) == ["c", "a", "b"]
    ledger.release("b", 2000, 60_000, policy)
    assert ledger.by_usage(["b", "a"], 60_000, policy) == ["b", "a"]
    ledger.release("a", 1000, 60_000, policy)
    assert ledger.by_usage(["b", "a"], 60_000, policy) == ["a", "b"]


def test_charged_for_as_long_as_jobs_run() -> None:
    """Current use is charged in advance for the average run, within a minute and the decay time."""
    policy, ledger = FairSharePolicy(share_decay_seconds=900), ShareLedger()
    assert ledger.ahead_ms(policy) == 60_000
    began_ms = 0
    for ended_ms, expected in ((10_000, 60_000), (400_000, 200_000), (9_000_000, 900_000)):
        ledger.take("a", 1000, began_ms, policy)
        ledger.release("a", 1000, ended_ms, policy)
        began_ms = ended_ms
        assert ledger.ahead_ms(policy) == expected
    assert ledger.charge("a", 1000, policy) == 1000 * 900_000


def test_usage_fades() -> None:
    """Usage of long ago no longer counts."""
    policy, ledger = FairSharePolicy(share_decay_seconds=60), ShareLedger()
    ledger.take("a", 1000, 0, policy)
    ledger.release("a", 1000, 1000, policy)
    assert ledger.weighted_usage("a", 1000, policy) > 0
    assert ledger.weighted_usage("a", 3_600_000, policy) == 0


def test_active_shares() -> None:
    """A share is active while it has jobs, and for the decay time after the last one."""
    queue = JobQueue("queue", "arn")
    queue.policy = FairSharePolicy(share_decay_seconds=60)
    queue.shares.join("a")
    queue.shares.join("b")
    queue.shares.leave("b", 0)
    assert (queue.active_share_count(59_999), queue.knows_share("b", 59_999)) == (2, True)
    assert (queue.active_share_count(60_000), queue.knows_share("b", 60_000)) == (1, False)
    assert queue.knows_share("a", 10**9)


def make_fair_queue(
    client: Any, environment: str, weights: dict[str, float] | None = None, **policy: Any
) -> None:
    """Create a queue with a fair-share policy."""
    shares = [
        {"shareIdentifier": share, "weightFactor": weight}
        for share, weight in (weights or {}).items()
    ]
    arn = client.create_scheduling_policy(
        name="policy", fairsharePolicy={"shareDistribution": shares, **policy}
    )["arn"]
    make_queue(client, environment, schedulingPolicyArn=arn)


def submit_share(client: Any, share: str, name: str | None = None, **members: Any) -> str:
    """Submit a job with a share identifier."""
    request = {"shareIdentifier": share, "schedulingPriorityOverride": 0, **members}
    return submit(client, name or share, **request)


def test_shares_take_turns(client: Any, batch_mock: BatchMock) -> None:
    """A share that arrives later does not wait for all jobs of the first."""
    make_fair_queue(client, make_environment(client, max_vcpus=1))
    for share in ("a", "a", "a", "b", "b", "b"):
        submit_share(client, share)
    batch_mock.run()
    assert order_of_starts(batch_mock) == ["a", "b", "a", "b", "a", "b"]


def test_smaller_weight_gets_more(client: Any, batch_mock: BatchMock) -> None:
    """A share with half the weight factor gets twice as much."""
    make_fair_queue(client, make_environment(client, max_vcpus=3), {"a": 1.0, "b": 0.5})
    for share in ("a", "b"):
        for _ in range(30):
            submit_share(client, share)
    batch_mock.run()
    assert Counter(order_of_starts(batch_mock)[:30]) == {"b": 20, "a": 10}


def test_jobs_that_outlast_the_decay_time(client: Any, batch_mock: BatchMock) -> None:
    """Room that long jobs free at one instant is divided by weight too."""
    weights = {"a": 1.0, "b": 0.5, "c": 0.25}
    environment = make_environment(client, max_vcpus=20)
    make_fair_queue(client, environment, weights, shareDecaySeconds=3600)
    batch_mock.script(succeed(after=3600))
    for share in weights:
        submit_share(client, share, arrayProperties={"size": 200})
    batch_mock.tick(10 * 3600)
    started = Counter(order_of_starts(batch_mock))
    by_share = Counter(name[0] for name in started.elements())
    total = sum(by_share.values())
    assert total == 200
    assert {share: round(by_share[share] * 7 / total) for share in weights} == {
        "a": 1,
        "b": 2,
        "c": 4,
    }


def test_priority_within_a_share(client: Any, batch_mock: BatchMock) -> None:
    """Within a share, the higher scheduling priority goes first, then the older job."""
    make_fair_queue(client, make_environment(client, max_vcpus=1))
    for name, priority in (("low", 1), ("high", 9), ("higher", 10), ("high2", 9)):
        submit_share(client, "a", name, schedulingPriorityOverride=priority)
    batch_mock.run()
    assert order_of_starts(batch_mock) == ["higher", "high", "high2", "low"]


def test_reserved_for_other_shares(client: Any, batch_mock: BatchMock) -> None:
    """With one active share, half the capacity is reserved for others, and with two, a quarter."""
    make_fair_queue(client, make_environment(client, max_vcpus=8), computeReservation=50)
    batch_mock.script(succeed(after=3600))
    for _ in range(8):
        submit_share(client, "a")
    batch_mock.tick(5)
    assert Counter(order_of_starts(batch_mock)) == {"a": 4}
    for _ in range(8):
        submit_share(client, "b")
    batch_mock.tick(5)
    assert Counter(order_of_starts(batch_mock)) == {"a": 4, "b": 2}


def test_an_empty_environment_takes_any_share(client: Any, batch_mock: BatchMock) -> None:
    """A reservation does not keep a large job out of an empty environment."""
    make_fair_queue(client, make_environment(client, max_vcpus=8), computeReservation=99)
    job_id = submit_share(client, "a", containerOverrides=asks(8))
    batch_mock.run_until(job_id, "SUCCEEDED")


def test_front_of_the_queue(client: Any, batch_mock: BatchMock) -> None:
    """The front of a queue is in the order in which the shares take turns."""
    make_fair_queue(client, make_environment(client, max_vcpus=1))
    batch_mock.script("first", succeed(after=3600))
    submit_share(client, "a", "first")
    for name in ("a1", "a2", "b1", "b2"):
        submit_share(client, name[0], name)
    batch_mock.tick(5)
    queue = batch_mock._simulation.jobs.submitted[0].queue
    front = queue.front(3, batch_mock.clock.epoch_ms)
    assert [job.name for job, _ in front] == ["b1", "b2", "a1"]
    assert [at_ms - START_MS for _, at_ms in front] == [2000] * 3
    assert queue.usage() == (1.0, {"a": 1.0})


def test_front_of_a_queue_without_a_policy(client: Any, batch_mock: BatchMock) -> None:
    """Without a policy, the front is in the order of submission and usage has no shares."""
    make_queue(client, make_environment(client, max_vcpus=2))
    batch_mock.script(succeed(after=3600))
    submit(client, "map", arrayProperties={"size": 4})
    submit(client, "last")
    batch_mock.tick(5)
    queue = batch_mock._simulation.jobs.submitted[0].queue
    front = [job.id.partition(":")[2] or job.name for job, _ in queue.front(9, START_MS)]
    assert front == ["2", "3", "last"]
    assert queue.usage() == (2.0, {})
