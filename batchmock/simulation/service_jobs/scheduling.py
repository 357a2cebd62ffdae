"""
Which service job of a queue is dispatched next: first in first out, by fair shares, or by quota shares.

Pure: it looks and decides. The first job of a line that has no room holds up those behind it, unless
the policy `head_of_line_blocks` says otherwise.

Source: AWS Batch user guide, "Scheduling policies" and "Quota management" (documented); that a fair-share
queue waits for its next share's first job instead of passing it over: assumed.
"""

from __future__ import annotations

from typing import Final

from batchmock.simulation.placement.fair_share import FairSharePolicy
from batchmock.simulation.service_jobs.job import ServiceJob
from batchmock.simulation.service_jobs.queues import ServiceEnvironment, ServiceQueue
from batchmock.simulation.service_jobs.quota_shares import QuotaView, why_larger_than_share

# Documented.
NO_INSTANCE_CAPACITY: Final = (
    "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Unable to provision requested compute resources"
)
LARGER_THAN_ENVIRONMENT: Final = (
    "MISCONFIGURATION:SERVICE_ENVIRONMENT_MAX_RESOURCE - Service environment(s) associated with the "
    "job queue cannot meet the capacity requirement of the job."
)


def next_to_start(
    queue: ServiceQueue, now_ms: int, *, head_of_line_blocks: bool = True
) -> ServiceJob | None:
    """Give the job that is to be dispatched now; None while those that come first have to wait."""
    environment = queue.environment
    if environment is None or not environment.accepts_jobs:
        return None
    if queue.quota_shares is not None:
        candidates = _candidates(queue, list(queue.lines), head_of_line_blocks)
        return QuotaView(queue, environment).next_to_start(candidates)
    shares = list(queue.lines)
    if queue.policy is not None:
        shares = _by_turn(queue, queue.policy, now_ms)
    candidates = _candidates(queue, shares, head_of_line_blocks)
    for job in candidates[:1] if head_of_line_blocks else candidates:
        if _has_room(queue, environment, job):
            return job
    return None


def _candidates(
    queue: ServiceQueue, shares: list[str], head_of_line_blocks: bool
) -> list[ServiceJob]:
    """Give the jobs of some shares that can be dispatched: the first of each, or all."""
    if not head_of_line_blocks:
        return [job for share in shares for job in queue.lines[share].all_ready()]
    firsts = [queue.lines[share].first_ready() for share in shares]
    return [job for job in firsts if job is not None]


def waiting_for_room(queue: ServiceQueue, now_ms: int) -> ServiceJob | None:
    """Give the job for which room is kept from queues of lower priority: the first, if it can ever start."""
    for job in first_jobs(queue, now_ms):
        if job.is_ready and why_blocked(job) is None:
            return job
    return None


def preemptions(queue: ServiceQueue) -> list[tuple[ServiceJob, str]]:
    """Give the jobs that are to be stopped for others, and why; only quota shares do that (documented)."""
    environment = queue.environment
    if queue.quota_shares is None or environment is None or not environment.accepts_jobs:
        return []
    return QuotaView(queue, environment).preemptions()


def first_jobs(queue: ServiceQueue, now_ms: int) -> list[ServiceJob]:
    """Give the RUNNABLE jobs that those behind them wait for: one, or one of each quota share."""
    if queue.quota_shares is not None:
        firsts = [line.first() for line in queue.lines.values()]
    elif queue.policy is not None:
        firsts = [queue.lines[share].first() for share in _by_turn(queue, queue.policy, now_ms)[:1]]
    else:
        firsts = [line.first() for line in queue.lines.values()]
    return [job for job in firsts if job is not None]


def why_blocked(job: ServiceJob) -> str | None:
    """Give the reason for which a job can never be dispatched as things are; None for a job that can."""
    environment = job.queue.environment
    if environment is None:
        return None
    demand = environment.demand_of(job)
    if not environment.could_hold(demand):
        return LARGER_THAN_ENVIRONMENT
    if job.queue.quota_shares is None or job.share not in job.queue.quota_shares:
        return None
    return why_larger_than_share(job.share, demand, job.queue.quota_shares)


def _by_turn(queue: ServiceQueue, policy: FairSharePolicy, now_ms: int) -> list[str]:
    """Give the shares that have RUNNABLE jobs, the least used first, of equal ones the older job's."""
    firsts = ((share, line.first()) for share, line in queue.lines.items())
    waiting = sorted((job.sequence, share) for share, job in firsts if job is not None)
    return queue.shares.ledger.by_usage([share for _, share in waiting], now_ms, policy)


def _has_room(queue: ServiceQueue, environment: ServiceEnvironment, job: ServiceJob) -> bool:
    """Say whether a job has room, in a fair-share queue in what its policy leaves to the shares in use."""
    demand = environment.demand_of(job)
    if not environment.has_room_for(demand) or queue.policy is None:
        return environment.has_room_for(demand)
    active = len(active_shares(queue) | {job.share})
    return all(
        environment.usage.of(unit) + amount
        <= queue.policy.available(environment.limits.get(unit, 0), active)
        for unit, amount in demand.items()
    )


def active_shares(queue: ServiceQueue) -> set[str]:
    """Give the shares that have jobs dispatched."""
    return {share for share, line in queue.lines.items() if line.usage.jobs}
