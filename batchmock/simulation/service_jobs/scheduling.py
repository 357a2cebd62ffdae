"""
The dispatch order of the service jobs of a queue: first in, first out, by fair shares or quota shares.

Pure functions. The first job of a backlog holds up the jobs behind it while it has no room, unless the
policy `head_of_line_blocks` is off.

Source: AWS Batch user guide, "Scheduling policies" and "Quota management" (documented). Assumed: a
fair-share queue waits for the first job of its next share instead of passing over it.
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
    "MISCONFIGURATION:SERVICE_ENVIRONMENT_MAX_RESOURCE - Service environment(s) associated with the job "
    "queue cannot meet the capacity requirement of the job."
)


def next_to_start(
    queue: ServiceQueue, now_ms: int, *, head_of_line_blocks: bool = True
) -> ServiceJob | None:
    """Return the job to dispatch now; None while the first jobs have to wait."""
    environment = queue.environment
    if environment is None or not environment.accepts_jobs:
        return None
    if queue.quota_shares is not None:
        candidates = _candidates(queue, list(queue.backlogs), head_of_line_blocks)
        return QuotaView(queue, environment).next_to_start(candidates)
    shares = list(queue.backlogs)
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
    """Return the jobs of some shares that can be dispatched: the first of each, or all."""
    if not head_of_line_blocks:
        return [job for share in shares for job in queue.backlogs[share].all_ready()]
    firsts = [queue.backlogs[share].first_ready() for share in shares]
    return [job for job in firsts if job is not None]


def preemptions(queue: ServiceQueue) -> list[tuple[ServiceJob, str]]:
    """Return the jobs to stop for others, with reasons; only quota shares preempt (documented)."""
    environment = queue.environment
    if queue.quota_shares is None or environment is None or not environment.accepts_jobs:
        return []
    return QuotaView(queue, environment).preemptions()


def first_jobs(queue: ServiceQueue, now_ms: int) -> list[ServiceJob]:
    """Return the RUNNABLE jobs that hold up others: one, or one of each quota share."""
    if queue.quota_shares is not None:
        firsts = [backlog.first() for backlog in queue.backlogs.values()]
    elif queue.policy is not None:
        firsts = [
            queue.backlogs[share].first() for share in _by_turn(queue, queue.policy, now_ms)[:1]
        ]
    else:
        firsts = [backlog.first() for backlog in queue.backlogs.values()]
    return [job for job in firsts if job is not None]


def why_blocked(job: ServiceJob) -> str | None:
    """Return why a job can never be dispatched as things are; None for a job that can."""
    environment = job.queue.environment
    if environment is None:
        return None
    demand = environment.demand_of(job)
    if not environment.could_hold(demand):
        return LARGER_THAN_ENVIRONMENT
    shares = job.queue.quota_shares or {}
    share = shares.get(job.share)
    return None if share is None else why_larger_than_share(share, shares.values(), demand)


def _by_turn(queue: ServiceQueue, policy: FairSharePolicy, now_ms: int) -> list[str]:
    """Return the shares with RUNNABLE jobs, least used first, of equal ones that of the older job."""
    firsts = ((share, backlog.first()) for share, backlog in queue.backlogs.items())
    waiting = sorted((job.sequence, share) for share, job in firsts if job is not None)
    return queue.shares.ledger.by_usage([share for _, share in waiting], now_ms, policy)


def _has_room(queue: ServiceQueue, environment: ServiceEnvironment, job: ServiceJob) -> bool:
    """Return whether a job has room, within what a fair-share policy leaves to the active shares."""
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
    """Return the shares with dispatched jobs."""
    return {share for share, backlog in queue.backlogs.items() if backlog.usage.jobs}
