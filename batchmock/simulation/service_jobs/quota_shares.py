"""
Quota shares: the part of a queue's capacity that a share may use, and the jobs that it may preempt.

Pure functions; `dispatcher` carries out what they decide.

Source: AWS Batch user guide, "Quota management", "Preemption" and "Jobs stuck in a RUNNABLE status"
(documented): a share borrows only what other shares lend. The choice of victims is documented as an
unpublished heuristic. Assumed: the lowest priority first, and of equal ones the latest start; if the limits
of all shares exceed the capacity, borrowers cannot use what a share reserves.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from batchmock.simulation.service_jobs.job import ServiceJob
from batchmock.simulation.service_jobs.queues import (
    ServiceEnvironment,
    ServiceQueue,
    ShareBacklog,
    UnitCounts,
    Usage,
)

RESERVE: Final = "RESERVE"
LEND: Final = "LEND"
LEND_AND_BORROW: Final = "LEND_AND_BORROW"

UNLIMITED: Final = -1

# Documented, in an example of an event.
CROSS_SHARE_PREEMPTION: Final = "Cross-share preemption triggered to reclaim borrowed capacity"
# Assumed: formed like the other.
IN_SHARE_PREEMPTION: Final = "In-share preemption triggered to run a job of higher priority"

# Documented.
EXCEEDS_LIMITS: Final = (
    "MISCONFIGURATION:QUOTA_MANAGEMENT_LIMIT_EXCEEDED - Job requirements exceed quota share capacity "
    "limits."
)
EXCEEDS_BORROW_LIMITS: Final = (
    "MISCONFIGURATION:QUOTA_MANAGEMENT_LIMIT_EXCEEDED - Job requirements exceed quota share capacity "
    "limits and borrow limits."
)
EXCEEDS_BORROWABLE: Final = (
    "MISCONFIGURATION:QUOTA_MANAGEMENT_LIMIT_EXCEEDED - Job requires borrowing that exceeds all "
    "configured borrowable capacity."
)


@dataclass(eq=False)
class QuotaShare:
    """A part of a queue's capacity. `borrow_limit` is in percent of its own limits, -1 for no limit."""

    name: str
    limits: UnitCounts = field(default_factory=dict)
    strategy: str = RESERVE
    borrow_limit: int = UNLIMITED
    preempts_in_share: bool = False
    usage: Usage = field(default_factory=Usage)

    @property
    def borrows(self) -> bool:
        """Whether the share may use more than its own limits."""
        return self.strategy == LEND_AND_BORROW

    @property
    def lends(self) -> bool:
        """Whether other shares may use its idle capacity."""
        return self.strategy != RESERVE

    def has_quota_for(self, demand: UnitCounts) -> bool:
        """Return whether so much more is within its own limits."""
        return all(
            self.usage.of(unit) + amount <= self.limits.get(unit, 0)
            for unit, amount in demand.items()
        )

    def may_use(self, demand: UnitCounts) -> bool:
        """Return whether so much more is within its own limits and its borrow limit."""
        return all(
            self.allows(unit, self.usage.of(unit) + amount) for unit, amount in demand.items()
        )

    def allows(self, unit: str, amount: int) -> bool:
        """Return whether an amount is within its own limit and its borrow limit."""
        own = self.limits.get(unit, 0)
        if not self.borrows:
            return amount <= own
        # A unit without a limit is not part of the share, so there is no quota to borrow on top of.
        unlimited = self.borrow_limit == UNLIMITED and own > 0
        return unlimited or amount * 100 <= own * (100 + max(self.borrow_limit, 0))

    def idle(self, unit: str) -> int:
        """Return how much of its own limit it does not use."""
        return max(self.limits.get(unit, 0) - self.usage.of(unit), 0)

    def borrowed(self, unit: str, more: int = 0) -> int:
        """Return how much it uses on top of its own limit, or would use with so much more."""
        return max(self.usage.of(unit) + more - self.limits.get(unit, 0), 0)

    def over_quota(self, unit: str) -> int:
        """Return how much it uses on top of its own limit once its stopping jobs have stopped."""
        stopping = _stopping(self.usage).get(unit, 0)
        return self.usage.of(unit) - stopping - self.limits.get(unit, 0)


def why_larger_than_share(
    share: QuotaShare, shares: Collection[QuotaShare], demand: UnitCounts
) -> str | None:
    """Return why a share can never use so much; None if it can."""
    if not all(share.allows(unit, amount) for unit, amount in demand.items()):
        return EXCEEDS_BORROW_LIMITS if share.borrows else EXCEEDS_LIMITS
    for unit, amount in demand.items():
        lent = sum(other.limits.get(unit, 0) for other in shares if other.lends)
        own = 0 if share.lends else share.limits.get(unit, 0)
        if amount > own + lent:
            return EXCEEDS_BORROWABLE
    return None


class QuotaView:
    """The quota shares of a queue, its environment, and the first job of each share, at one instant."""

    def __init__(self, queue: ServiceQueue, environment: ServiceEnvironment) -> None:
        self._environment = environment
        self._shares: dict[str, QuotaShare] = queue.quota_shares or {}
        self._heads = _heads(queue.backlogs)

    def next_to_start(self, candidates: list[ServiceJob]) -> ServiceJob | None:
        """Return the job to dispatch: first of a share within its quota, then of one that borrows."""
        candidates = sorted(candidates, key=lambda job: job.sequence)
        for job in candidates:
            share, demand = self._share(job), self._demand(job)
            if share.has_quota_for(demand) and self._has_room(demand, share):
                return job
        return next((job for job in candidates if self._may_borrow(job)), None)

    def _has_room(self, demand: UnitCounts, owner: QuotaShare) -> bool:
        """Return whether so much is available to a share within its own limits."""
        return all(amount <= self._room(unit, owner) for unit, amount in demand.items())

    def _room(self, unit: str, owner: QuotaShare) -> int:
        """Return how much of a unit is free, less what other shares reserve."""
        free = self._environment.free(unit)
        limits = sum(share.limits.get(unit, 0) for share in self._shares.values())
        if limits > self._environment.limits.get(unit, 0):
            return free
        return free - self._reserved_by_others(unit, owner)

    def _reserved_by_others(self, unit: str, owner: QuotaShare) -> int:
        shares = self._shares.values()
        return sum(share.idle(unit) for share in shares if share is not owner and not share.lends)

    def _may_borrow(self, job: ServiceJob) -> bool:
        demand = self._demand(job)
        return self._can_borrow(self._share(job), demand, demand)

    def _can_borrow(
        self, borrower: QuotaShare, of_share: UnitCounts, of_environment: UnitCounts
    ) -> bool:
        """Return whether a share may use so much more, and other shares lend so much."""
        return borrower.may_use(of_share) and all(
            of_environment[unit] <= self._idle(unit, borrower)
            and borrower.borrowed(unit, amount) - borrower.borrowed(unit)
            <= self._lendable(unit, borrower)
            for unit, amount in of_share.items()
        )

    def _idle(self, unit: str, borrower: QuotaShare) -> int:
        """Return how much of a unit is free, not reserved, and not claimed by another share's first job."""
        free = self._environment.free(unit) - self._reserved_by_others(unit, borrower)
        return free - self._claimed(unit, borrower)

    def _lendable(self, unit: str, borrower: QuotaShare) -> int:
        """Return how much of a unit other shares lend that is neither borrowed nor claimed."""
        shares = self._shares.values()
        idle = sum(share.idle(unit) for share in shares if share is not borrower and share.lends)
        borrowed = sum(share.borrowed(unit) for share in shares)
        return idle - borrowed - self._claimed(unit, borrower)

    def _claimed(self, unit: str, borrower: QuotaShare) -> int:
        """Return the amounts that the first jobs of other lending shares will use of their own quotas."""
        claimed = 0
        for job in self._heads:
            share, demand = self._share(job), self._demand(job)
            if share is not borrower and share.lends and share.has_quota_for(demand):
                claimed += demand.get(unit, 0)
        return claimed

    def preemptions(self) -> list[tuple[ServiceJob, str]]:
        """Return the jobs to stop, with reasons, so that the first jobs of shares can start."""
        chosen: dict[ServiceJob, str] = {}
        #: The amounts that the first jobs visited so far will use.
        claimed: UnitCounts = {}
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

    def _lacking(self, demand: UnitCounts, claimed: UnitCounts, owner: QuotaShare) -> UnitCounts:
        """Return the shortage of a share for a demand once all stopping jobs have stopped."""
        stopping = _stopping(self._environment.usage)
        lacking = {
            unit: amount + claimed.get(unit, 0) - self._room(unit, owner) - stopping.get(unit, 0)
            for unit, amount in demand.items()
        }
        return {unit: amount for unit, amount in lacking.items() if amount > 0}

    def _cross_share_victims(self, owner: QuotaShare, lacking: UnitCounts) -> list[ServiceJob]:
        """Return jobs of shares above their quota that together free the shortage, or none."""
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
        self, head: ServiceJob, share: QuotaShare, demand: UnitCounts
    ) -> list[ServiceJob]:
        """Return jobs of lower priority of the same share whose end makes room for its first job."""
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

    def _fits(self, share: QuotaShare, needed_of_share: UnitCounts, needed: UnitCounts) -> bool:
        """Return whether a share may use so much more, and whether so much more is available to it."""
        if share.has_quota_for(needed_of_share):
            return self._has_room(needed, share)
        return self._can_borrow(share, needed_of_share, needed)

    def _share(self, job: ServiceJob) -> QuotaShare:
        return self._shares[job.share]

    def _demand(self, job: ServiceJob) -> UnitCounts:
        return self._environment.demand_of(job)


def _heads(backlogs: dict[str, ShareBacklog]) -> list[ServiceJob]:
    """Return the first ready job of each backlog, in the order of submission."""
    heads = [backlog.first_ready() for backlog in backlogs.values()]
    return sorted((job for job in heads if job is not None), key=lambda job: job.sequence)


def _by_preference(usage: Usage) -> list[ServiceJob]:
    """Return running jobs in the order of preemption, except those already stopping."""
    jobs = [job for job in usage.jobs if not job.is_stopping]
    return sorted(jobs, key=lambda job: (job.priority, -(job.scheduled_at_ms or 0), -job.sequence))


def _stopping(usage: Usage) -> UnitCounts:
    """Return the amounts that the stopping jobs use."""
    total: UnitCounts = {}
    for job, demand in usage.jobs.items():
        if job.is_stopping:
            for unit, amount in demand.items():
                total[unit] = total.get(unit, 0) + amount
    return total


def _less(demand: UnitCounts, other: UnitCounts) -> UnitCounts:
    return {unit: amount - other.get(unit, 0) for unit, amount in demand.items()}
