"""
Quota shares: what a share may use of its queue's capacity, and whom it may preempt for it.

Pure: it is asked, and decides; `service_dispatcher` carries it out.

Source: AWS Batch user guide, "Quota management" and "Preemption" (documented). The choice of victims
is documented as an unpublished heuristic, and assumed here: the lowest priority first, and of equal ones
the latest start. Assumed too: where shares have claims to more than there is, what one reserves is kept
from those who borrow only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from batchmock.simulation.service_jobs.job import ServiceJob
from batchmock.simulation.service_jobs.queues import (
    Capacity,
    Line,
    ServiceEnvironment,
    ServiceQueue,
    Usage,
)

RESERVE: Final = "RESERVE"
LEND: Final = "LEND"
LEND_AND_BORROW: Final = "LEND_AND_BORROW"

UNLIMITED: Final = -1

# Documented: "Jobs stuck in RUNNABLE due to misconfiguration".
_LIMIT_EXCEEDED: Final = "MISCONFIGURATION:QUOTA_MANAGEMENT_LIMIT_EXCEEDED - "
EXCEEDS_LIMITS: Final = f"{_LIMIT_EXCEEDED}Job requirements exceed quota share capacity limits."
EXCEEDS_BORROW_LIMITS: Final = (
    f"{_LIMIT_EXCEEDED}Job requirements exceed quota share capacity limits and borrow limits."
)
EXCEEDS_BORROWABLE: Final = (
    f"{_LIMIT_EXCEEDED}Job requires borrowing that exceeds all configured borrowable capacity."
)

# Documented, in an example of an event.
CROSS_SHARE_PREEMPTION: Final = "Cross-share preemption triggered to reclaim borrowed capacity"
# Assumed: formed like the other.
IN_SHARE_PREEMPTION: Final = "In-share preemption triggered to run a job of higher priority"


@dataclass(eq=False)
class QuotaShare:
    """A part of a queue's capacity. `borrow_limit` is in percent of its own limits, -1 for no limit."""

    name: str
    limits: Capacity = field(default_factory=dict)
    strategy: str = RESERVE
    borrow_limit: int = UNLIMITED
    preempts_in_share: bool = False
    usage: Usage = field(default_factory=Usage)

    def has_quota_for(self, demand: Capacity) -> bool:
        """Say whether so much more is within its own limits."""
        return all(
            self.usage.of(unit) + amount <= self.limits.get(unit, 0)
            for unit, amount in demand.items()
        )

    def may_use(self, demand: Capacity) -> bool:
        """Say whether so much more is within its own limits and what it may borrow."""
        return all(
            self.is_allowed(unit, self.usage.of(unit) + amount) for unit, amount in demand.items()
        )

    def is_allowed(self, unit: str, amount: int) -> bool:
        """Return whether it may use so much of a unit, if others lend it what it lacks."""
        own = self.limits.get(unit, 0)
        if self.strategy != LEND_AND_BORROW:
            return amount <= own
        # A unit that it has no limit for is no part of the share: nothing to borrow on top of.
        unlimited = self.borrow_limit == UNLIMITED and own > 0
        return unlimited or amount * 100 <= own * (100 + max(self.borrow_limit, 0))

    def reserved(self, unit: str) -> int:
        """Give how much of a unit it keeps idle for itself."""
        if self.strategy != RESERVE:
            return 0
        return max(self.limits.get(unit, 0) - self.usage.of(unit), 0)

    def lendable(self, unit: str) -> int:
        """Return how much of a unit it lends when it is idle (documented)."""
        return 0 if self.strategy == RESERVE else self.limits.get(unit, 0)

    def over_quota(self, unit: str) -> int:
        """Give how much of a unit it uses on top of its own limit, once what stops already has stopped."""
        stopping = _stopping(self.usage).get(unit, 0)
        return self.usage.of(unit) - stopping - self.limits.get(unit, 0)


class QuotaView:
    """The quota shares of a queue, its environment, and the first job of each share, at one instant."""

    def __init__(self, queue: ServiceQueue, environment: ServiceEnvironment) -> None:
        self._environment = environment
        self._shares: dict[str, QuotaShare] = queue.quota_shares or {}
        self._heads = _heads(queue.lines)

    def next_to_start(self, candidates: list[ServiceJob]) -> ServiceJob | None:
        """Give the job to dispatch: of a share within its quota, otherwise of one that borrows."""
        candidates = sorted(candidates, key=lambda job: job.sequence)
        for job in candidates:
            share, demand = self._share(job), self._demand(job)
            if share.has_quota_for(demand) and self._has_room(demand, share):
                return job
        return next((job for job in candidates if self._may_borrow(job)), None)

    def _has_room(self, demand: Capacity, owner: QuotaShare) -> bool:
        """Say whether so much is there for a share within its own limits."""
        return all(amount <= self._room(unit, owner) for unit, amount in demand.items())

    def _room(self, unit: str, owner: QuotaShare) -> int:
        """Give what is free of a unit, less what others keep: a share's own is there or was lent."""
        free = self._environment.free(unit)
        limits = sum(share.limits.get(unit, 0) for share in self._shares.values())
        if limits > self._environment.limits.get(unit, 0):
            return free
        return free - self._reserved_by_others(unit, owner)

    def _reserved_by_others(self, unit: str, owner: QuotaShare) -> int:
        return sum(share.reserved(unit) for share in self._shares.values() if share is not owner)

    def _may_borrow(self, job: ServiceJob) -> bool:
        share, demand = self._share(job), self._demand(job)
        return self._may_use(share, demand) and self._has_idle(demand, share)

    def _may_use(self, share: QuotaShare, demand: Capacity) -> bool:
        """Return whether so much more is within a share's limits and what the others have to lend."""
        return share.may_use(demand) and all(
            share.usage.of(unit) + amount <= _reachable(unit, share, self._shares)
            for unit, amount in demand.items()
        )

    def _has_idle(self, demand: Capacity, borrower: QuotaShare) -> bool:
        return all(amount <= self._idle(unit, borrower) for unit, amount in demand.items())

    def _idle(self, unit: str, borrower: QuotaShare) -> int:
        """Give how much of a unit nobody uses, keeps for itself, or has a first job within its quota for."""
        idle = self._environment.free(unit) - self._reserved_by_others(unit, borrower)
        for job in self._heads:
            share = self._share(job)
            demand = self._demand(job)
            if share is not borrower and share.strategy != RESERVE and share.has_quota_for(demand):
                idle -= demand.get(unit, 0)
        return idle

    def preemptions(self) -> list[tuple[ServiceJob, str]]:
        """Give the jobs to stop, and why, so that the first jobs of shares can start."""
        chosen: dict[ServiceJob, str] = {}
        #: What the first jobs that were looked at before will take.
        claimed: Capacity = {}
        for job in self._heads:
            share, demand = self._share(job), self._demand(job)
            victims: list[ServiceJob] = []
            if share.has_quota_for(demand):
                victims = self._cross_share_victims(share, self._lacking(demand, claimed, share))
                chosen |= dict.fromkeys(victims, CROSS_SHARE_PREEMPTION)
                for unit, amount in demand.items():
                    claimed[unit] = claimed.get(unit, 0) + amount
            if not victims and share.preempts_in_share:
                victims = self._in_share_victims(job, share, demand)
                chosen |= dict.fromkeys(victims, IN_SHARE_PREEMPTION)
        return list(chosen.items())

    def _lacking(self, demand: Capacity, claimed: Capacity, owner: QuotaShare) -> Capacity:
        """Give what a share is missing for a demand once all that stops already has stopped."""
        stopping = _stopping(self._environment.usage)
        lacking = {
            unit: amount + claimed.get(unit, 0) - self._room(unit, owner) - stopping.get(unit, 0)
            for unit, amount in demand.items()
        }
        return {unit: amount for unit, amount in lacking.items() if amount > 0}

    def _cross_share_victims(self, owner: QuotaShare, lacking: Capacity) -> list[ServiceJob]:
        """Give jobs of shares above their quota that together free what is missing; none if they can't."""
        above = {
            share.name: {unit: share.over_quota(unit) for unit in lacking}
            for share in self._shares.values()
            if share is not owner
        }
        victims = []
        for job in _by_preference(self._environment.usage):
            demand = self._environment.usage.jobs[job]
            of_share = above.get(job.share, {})
            if any(
                lacking[unit] > 0 and over > 0 and demand.get(unit, 0)
                for unit, over in of_share.items()
            ):
                victims.append(job)
                for unit in of_share:
                    lacking[unit] -= demand.get(unit, 0)
                    of_share[unit] -= demand.get(unit, 0)
        return victims if all(amount <= 0 for amount in lacking.values()) else []

    def _in_share_victims(
        self, head: ServiceJob, share: QuotaShare, demand: Capacity
    ) -> list[ServiceJob]:
        """Give jobs of lower priority of the same share whose end makes room for its first job."""
        needed_of_share = _less(demand, _stopping(share.usage))
        needed = _less(demand, _stopping(self._environment.usage))
        victims: list[ServiceJob] = []
        for job in _by_preference(share.usage):
            if self._fits(share, needed_of_share, needed) or job.priority >= head.priority:
                break
            victims.append(job)
            needed_of_share = _less(needed_of_share, share.usage.jobs[job])
            needed = _less(needed, share.usage.jobs[job])
        return victims if self._fits(share, needed_of_share, needed) else []

    def _fits(self, share: QuotaShare, needed_of_share: Capacity, needed: Capacity) -> bool:
        """Say whether a share may use so much more, and so much more is there for it."""
        if share.has_quota_for(needed_of_share):
            return self._has_room(needed, share)
        return self._may_use(share, needed_of_share) and self._has_idle(needed, share)

    def _share(self, job: ServiceJob) -> QuotaShare:
        return self._shares[job.share]

    def _demand(self, job: ServiceJob) -> Capacity:
        return self._environment.demand_of(job)


def why_larger_than_share(
    name: str, demand: Capacity, shares: Mapping[str, QuotaShare]
) -> str | None:
    """Return the reason for which a job is too large for its quota share; None for a job that is not."""
    share = shares[name]
    if any(not share.is_allowed(unit, amount) for unit, amount in demand.items()):
        return EXCEEDS_BORROW_LIMITS if share.strategy == LEND_AND_BORROW else EXCEEDS_LIMITS
    if any(amount > _reachable(unit, share, shares) for unit, amount in demand.items()):
        return EXCEEDS_BORROWABLE
    return None


def _reachable(unit: str, share: QuotaShare, shares: Mapping[str, QuotaShare]) -> int:
    """Return the limit of a share and all that the others can lend it (documented)."""
    lent = sum(other.lendable(unit) for other in shares.values() if other is not share)
    return share.limits.get(unit, 0) + lent


def _heads(lines: dict[str, Line]) -> list[ServiceJob]:
    """Give the first job of each line that can be dispatched, in the order of submission."""
    heads = [line.first_ready() for line in lines.values()]
    return sorted((job for job in heads if job is not None), key=lambda job: job.sequence)


def _by_preference(usage: Usage) -> list[ServiceJob]:
    """Give running jobs in the order in which they are preempted; those that stop already are left out."""
    jobs = [job for job in usage.jobs if not job.is_stopping]
    return sorted(jobs, key=lambda job: (job.priority, -(job.scheduled_at_ms or 0), -job.sequence))


def _stopping(usage: Usage) -> Capacity:
    """Give what jobs take up that are being stopped."""
    total: Capacity = {}
    for job, demand in usage.jobs.items():
        if job.is_stopping:
            for unit, amount in demand.items():
                total[unit] = total.get(unit, 0) + amount
    return total


def _less(demand: Capacity, other: Capacity) -> Capacity:
    return {unit: amount - other.get(unit, 0) for unit, amount in demand.items()}
