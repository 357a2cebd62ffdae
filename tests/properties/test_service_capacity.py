"""Invariants of competing service jobs: capacity, quotas, preemption."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchmock import fail, mock_batch, no_service_capacity, succeed

from ..builders import needs_todays_model, shared_client
from ..operations.service_requests import (
    M5,
    create_environment,
    create_queue,
    create_quota_queue,
    create_share,
    submit,
)

pytestmark = needs_todays_model

CAPACITY = 6
NAMES = ("a", "b", "c")
OUTCOMES = st.lists(
    st.sampled_from(
        [succeed(after=5), succeed(after=50), fail(after=7), no_service_capacity(scheduled=3)]
    ),
    max_size=3,
)
SHARES = st.fixed_dictionaries(
    {
        name: st.tuples(
            st.sampled_from(["RESERVE", "LEND", "LEND_AND_BORROW"]),
            st.integers(1, 2),
            st.sampled_from([-1, 0, 50, 100, 200]),
            st.booleans(),
        )
        for name in NAMES
    }
)
JOBS = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.integers(1, 4),
        st.integers(0, 3),
        st.sampled_from([None, 0, 1]),
        st.integers(0, 20),
        OUTCOMES,
    ),
    max_size=12,
)
SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def allowed(name: str, shares: dict[str, Any]) -> int:
    """Return the most that a share can use: its quota plus the capacity that it can borrow."""
    strategy, quota, borrow_limit, _ = shares[name]
    if strategy != "LEND_AND_BORROW":
        return int(quota)
    others = [share for other, share in shares.items() if other != name]
    lent = sum(share[1] for share in others if share[0] != "RESERVE")
    most = quota + lent
    return int(most if borrow_limit == -1 else min(most, quota * (100 + borrow_limit) // 100))


def submit_all(mock: Any, client: Any, jobs: list[Any], member: str) -> dict[str, Any]:
    """Submit jobs with separate scripts one after another, and return them by id."""
    by_id = {}
    for index, (share, instances, priority, retries, wait, outcomes) in enumerate(jobs):
        name = f"job-{index}"
        mock.script(name, *outcomes, succeed(after=10))
        job_id = submit(
            client,
            name,
            instances,
            schedulingPriority=priority,
            retryStrategy={"attempts": 3},
            **({member: share} if member else {}),
            **_preemption(retries),
        )
        by_id[job_id] = (share, instances, retries)
        mock.tick(wait)
    return by_id


def _preemption(retries: int | None) -> dict[str, Any]:
    if retries is None:
        return {}
    return {"preemptionConfiguration": {"preemptionRetriesBeforeTermination": retries}}


class Usage:
    """Usage, derived from transitions alone."""

    def __init__(self, mock: Any) -> None:
        self.by_share = dict.fromkeys((*NAMES, ""), 0)
        self.most = dict(self.by_share)
        self.most_together = 0
        #: The maximum combined usage of all other shares, by share.
        self.most_of_others = dict(self.by_share)
        self._jobs: dict[str, tuple[str, int]] = {}
        mock._simulation.service_jobs.listeners.append(self._on_move)

    def _on_move(self, job: Any, transition: Any) -> None:
        if transition.to_status == "SCHEDULED":
            count = sum(count for _, count in job.instances)
            self._jobs[job.id] = (job.share, count)
            self.by_share[job.share] += count
        elif transition.to_status in ("RUNNABLE", "SUCCEEDED", "FAILED") and job.id in self._jobs:
            share, count = self._jobs.pop(job.id)
            self.by_share[share] -= count
        for share, used in self.by_share.items():
            self.most[share] = max(self.most[share], used)
            others = sum(self.by_share.values()) - used
            self.most_of_others[share] = max(self.most_of_others[share], others)
        self.most_together = max(self.most_together, sum(self.by_share.values()))


@SETTINGS
@given(JOBS, st.booleans())
def test_capacity_of_an_environment_is_never_exceeded(jobs: list[Any], is_fair: bool) -> None:
    """At the end every job that fits has ended and nothing is in use, with and without shares."""
    with mock_batch(region="us-east-1") as mock:
        client = shared_client()
        create_environment(client, capacityLimits=[{"maxCapacity": 3, "capacityUnit": M5}])
        policy = client.create_scheduling_policy(name="fair", fairsharePolicy={})["arn"]
        create_queue(client, **({"schedulingPolicyArn": policy} if is_fair else {}))
        usage = Usage(mock)
        fitting = [job for job in jobs if job[1] <= 3]
        submit_all(mock, client, fitting, "shareIdentifier" if is_fair else "")
        mock.run()
        assert usage.most_together <= 3
        assert sum(usage.by_share.values()) == 0
        assert all(job.status in ("SUCCEEDED", "FAILED") for job in mock.service_jobs)
        assert client.get_job_queue_snapshot(jobQueue="queue")["frontOfQueue"]["jobs"] == []


@SETTINGS
@given(SHARES, JOBS, st.sampled_from([0, 4]))
def test_quotas(shares: dict[str, Any], jobs: list[Any], grace: int) -> None:
    """
    No share exceeds its limits, all together fit the capacity, and reserved capacity is not lent.

    A preempted job is retried, or ends after too many preemptions. At the end, every job that can ever
    start has ended.
    """
    with mock_batch(region="us-east-1", stop_grace_seconds=grace) as mock:
        client = shared_client()
        create_quota_queue(client, m5=CAPACITY)
        for name, (strategy, quota, borrow_limit, in_share) in shares.items():
            limit = borrow_limit if strategy == "LEND_AND_BORROW" else None
            create_share(client, name, strategy, borrow_limit=limit, in_share=in_share, m5=quota)
        usage = Usage(mock)
        most = {name: allowed(name, shares) for name in NAMES}
        reserved = {name: shares[name][1] for name in NAMES if shares[name][0] == "RESERVE"}
        by_id = submit_all(mock, client, jobs, "quotaShareName")
        mock.run()
        for name in NAMES:
            assert usage.most[name] <= most[name]
        assert usage.most_together <= CAPACITY
        for name, quota in reserved.items():
            assert usage.most_of_others[name] <= CAPACITY - quota
        for job in mock.service_jobs:
            share, instances, retries = by_id[job.id]
            preemptions = sum(attempt.was_preempted for attempt in job.attempts)
            if retries is not None and preemptions > retries:
                assert (job.status, preemptions) == ("FAILED", retries + 1)
            others = sum(quota for name, quota in reserved.items() if name != share)
            if job.status == "RUNNABLE":
                # Nothing is left to happen, so this job, or one ahead of it, can never start.
                ahead = [other for other in mock.service_jobs if other.share == share]
                assert any(
                    other.status == "RUNNABLE"
                    and by_id[other.id][1] > min(most[share], CAPACITY - others)
                    for other in ahead
                )
                assert instances >= 1
        assert sum(usage.by_share.values()) == 0
