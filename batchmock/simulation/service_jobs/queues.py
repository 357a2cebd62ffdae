"""
Service environments and job queues of service jobs in the simulation.

Their capacity and usage, and the order of waiting jobs. `scheduling` decides which job is next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappop, heappush, nsmallest
from typing import TYPE_CHECKING, Final, NamedTuple

from batchmock.simulation.jobs.lifecycle import RUNNABLE
from batchmock.simulation.placement.fair_share import FairSharePolicy
from batchmock.simulation.placement.shares import Shares
from batchmock.simulation.placement.status_index import StatusIndex
from batchmock.simulation.service_jobs.job import SERVICE_JOB_STATUSES, ServiceJob

if TYPE_CHECKING:
    from batchmock.simulation.service_jobs.quota_shares import QuotaShare

#: The capacity unit that counts instances of any type.
NUM_INSTANCES: Final = "NUM_INSTANCES"

#: Amounts by capacity unit.
UnitCounts = dict[str, int]

#: The sort key of a job: smaller is dispatched earlier.
Key = tuple[int, int]


class Usage:
    """Service jobs that use capacity, with the counts of each and the totals by unit."""

    __slots__ = ("amounts", "jobs")

    def __init__(self) -> None:
        self.amounts: UnitCounts = {}
        self.jobs: dict[ServiceJob, UnitCounts] = {}

    def take(self, job: ServiceJob, demand: UnitCounts) -> None:
        """Add the counts of a job."""
        self.jobs[job] = demand
        for unit, amount in demand.items():
            self.amounts[unit] = self.amounts.get(unit, 0) + amount

    def release(self, job: ServiceJob) -> None:
        """Remove the counts of a job."""
        for unit, amount in self.jobs.pop(job).items():
            self.amounts[unit] -= amount

    def of(self, unit: str) -> int:
        """Return how much of a unit is used."""
        return self.amounts.get(unit, 0)


class ServiceEnvironment:
    """A service environment: a limit for each capacity unit, and its usage."""

    __slots__ = ("enabled", "is_due", "limits", "name", "queues", "usage", "valid")

    def __init__(self, name: str, limits: UnitCounts) -> None:
        self.name = name
        self.limits = limits
        self.enabled = True
        self.valid = False
        self.usage = Usage()
        #: Whether a dispatch is planned at the end of this instant.
        self.is_due = False
        #: The queues that dispatch to it.
        self.queues: list[ServiceQueue] = []

    @property
    def accepts_jobs(self) -> bool:
        """Whether jobs can be dispatched to it: ENABLED and VALID."""
        return self.enabled and self.valid

    def demand_of(self, job: ServiceJob) -> UnitCounts:
        """Return the counts of a job here: instances by type, or only their number."""
        if NUM_INSTANCES in self.limits:
            return {NUM_INSTANCES: sum(count for _, count in job.instances)}
        demand: UnitCounts = {}
        for instance_type, count in job.instances:
            demand[instance_type] = demand.get(instance_type, 0) + count
        return demand

    def free(self, unit: str) -> int:
        """Return how much of a unit is free; negative after a limit was lowered."""
        return self.limits.get(unit, 0) - self.usage.of(unit)

    def has_room_for(self, demand: UnitCounts) -> bool:
        """Return whether so much is free."""
        return all(amount <= self.free(unit) for unit, amount in demand.items())

    def could_hold(self, demand: UnitCounts) -> bool:
        """Return whether so much would be free in the empty environment."""
        return all(amount <= self.limits.get(unit, 0) for unit, amount in demand.items())

    def __repr__(self) -> str:
        return f"<ServiceEnvironment {self.name!r}>"


class Position(NamedTuple):
    """A RUNNABLE job in the order of dispatch, and since when it has had its position."""

    job: ServiceJob
    since_ms: int


class ShareBacklog:
    """
    The RUNNABLE jobs of one share, or of a queue without shares, in the order of dispatch.

    The heaps hold keys only. Stale keys are dropped when they come up.
    """

    __slots__ = ("_keys", "_ready_keys", "_shifts", "queue", "usage")

    def __init__(self, queue: ServiceQueue, usage: Usage) -> None:
        self.queue = queue
        self.usage = usage
        self._keys: list[Key] = []
        self._ready_keys: list[Key] = []
        #: When the positions after a key last changed; both keys and instants ascend.
        self._shifts: list[tuple[Key, int]] = []

    def join(self, job: ServiceJob) -> None:
        """Add a job that is RUNNABLE, or whose key has changed."""
        key = self.queue.key_of(job)
        heappush(self._keys, key)
        if job.is_ready:
            heappush(self._ready_keys, key)

    def become_ready(self, job: ServiceJob) -> None:
        """Mark a RUNNABLE job as ready for dispatch."""
        job.is_ready = True
        heappush(self._ready_keys, self.queue.key_of(job))

    def first(self) -> ServiceJob | None:
        """Return the first RUNNABLE job."""
        return self._first_of(self._keys)

    def first_ready(self) -> ServiceJob | None:
        """Return the first job that is ready for dispatch."""
        while (job := self._first_of(self._ready_keys)) is not None and not job.is_ready:
            heappop(self._ready_keys)
        return job

    def all_ready(self) -> list[ServiceJob]:
        """Return all jobs that are ready for dispatch, in order."""
        jobs = ((key, self.queue.jobs.get(key[1])) for key in sorted(set(self._ready_keys)))
        return [
            job
            for key, job in jobs
            if job is not None and job.is_ready and self.queue.key_of(job) == key
        ]

    def _first_of(self, keys: list[Key]) -> ServiceJob | None:
        while keys:
            job = self.queue.jobs.get(keys[0][1])
            if job is not None and job.status == RUNNABLE and self.queue.key_of(job) == keys[0]:
                return job
            heappop(keys)
        return None

    def shift(self, key: Key, at_ms: int) -> None:
        """Record that a job has arrived or left at a key, which changes all later positions."""
        while self._shifts and self._shifts[-1][0] >= key:
            self._shifts.pop()
        self._shifts.append((key, at_ms))

    def since(self, job: ServiceJob) -> int:
        """Return the instant since which a RUNNABLE job has had its position."""
        key = self.queue.key_of(job)
        since_ms = job.runnable_at_ms or 0
        for shifted, at_ms in reversed(self._shifts):
            if shifted < key:
                return max(since_ms, at_ms)
        return since_ms


def _not_known(job: ServiceJob) -> None:
    return None


class ServiceQueue:
    """
    A job queue of service jobs.

    `policy` is the fair-share policy; `quota_shares` are the quota shares under quota management. Without
    either the queue is first in, first out. `time_limits` are milliseconds by blocked reason.
    """

    __slots__ = (
        "_by_status",
        "arn",
        "backlogs",
        "changed_ms",
        "environment",
        "jobs",
        "moved",
        "name",
        "policy",
        "priority",
        "quota_shares",
        "shares",
        "start_of",
        "time_limits",
    )

    def __init__(self, name: str, arn: str) -> None:
        self.name = name
        self.arn = arn
        self.priority = 0
        self.environment: ServiceEnvironment | None = None
        self.policy: FairSharePolicy | None = None
        self.quota_shares: dict[str, QuotaShare] | None = None
        self.time_limits: dict[str, int] = {}
        self.shares = Shares()
        #: By share identifier or quota share; by an empty string without shares.
        self.backlogs: dict[str, ShareBacklog] = {}
        #: Every visible job by sequence number, in the order of submission.
        self.jobs: dict[int, ServiceJob] = {}
        #: When a job last became RUNNABLE or left RUNNABLE.
        self.changed_ms = 0
        #: Returns when a RUNNABLE job will start if nothing else happens; None if that is not known.
        self.start_of: Callable[[ServiceJob], int | None] = _not_known
        self._by_status: dict[str, StatusIndex[ServiceJob]] = {
            status: StatusIndex() for status in SERVICE_JOB_STATUSES
        }
        #: The jobs that have moved since the indexes were updated.
        self.moved: list[ServiceJob] = []

    def __repr__(self) -> str:
        return f"<ServiceQueue {self.name!r}>"

    def with_status(self, status: str) -> StatusIndex[ServiceJob]:
        """Return the index of the queue's jobs in a status."""
        return self._by_status[status]

    def attach(self, environment: ServiceEnvironment | None) -> None:
        """Replace the environment of the queue; None for no environment."""
        if self.environment is not None:
            self.environment.queues.remove(self)
        self.environment = environment
        if environment is not None:
            environment.queues.append(self)

    def backlog_of(self, job: ServiceJob) -> ShareBacklog:
        """Return the backlog that a job belongs to."""
        backlog = self.backlogs.get(job.share)
        if backlog is None:
            share = (self.quota_shares or {}).get(job.share)
            usage = Usage() if share is None else share.usage
            backlog = self.backlogs[job.share] = ShareBacklog(self, usage)
        return backlog

    def key_of(self, job: ServiceJob) -> Key:
        """Return the sort key of a job; its priority counts if there is a policy (documented)."""
        has_policy = self.policy is not None or self.quota_shares is not None
        return (-job.priority if has_policy else 0, job.sequence)

    def demand_of(self, job: ServiceJob) -> UnitCounts:
        """Return the counts of a job in the queue's environment; by instance type without one."""
        environment = self.environment or ServiceEnvironment(self.name, {})
        return environment.demand_of(job)

    def add(self, job: ServiceJob) -> None:
        """Add a submitted job."""
        self.jobs[job.sequence] = job
        self._by_status[job.status].join(job)

    def remove(self, job: ServiceJob) -> None:
        """Drop a job whose retention is over."""
        del self.jobs[job.sequence]
        self._by_status[job.status].leave(job)

    def settle(self) -> None:
        """Update the indexes after a job has moved."""
        for job in self.moved:
            from_status = job.history[-1].from_status
            self._by_status[from_status].leave(job)
            self._by_status[job.status].join(job)
            if RUNNABLE in (from_status, job.status):
                self.note_change(job, job.since_ms)
        self.moved.clear()

    def note_change(self, job: ServiceJob, at_ms: int) -> None:
        """Record that the order of dispatch has changed after a job."""
        self.changed_ms = at_ms
        self.backlog_of(job).shift(self.key_of(job), at_ms)

    def used(self) -> UnitCounts:
        """Return what all jobs of the queue use, by capacity unit."""
        total: UnitCounts = {}
        for backlog in self.backlogs.values():
            for unit, amount in backlog.usage.amounts.items():
                total[unit] = total.get(unit, 0) + amount
        return {unit: amount for unit, amount in total.items() if amount}

    def front_of(self, share: str) -> Position | None:
        """Return the first RUNNABLE job of a share."""
        backlog = self.backlogs.get(share)
        job = None if backlog is None else backlog.first()
        return None if backlog is None or job is None else Position(job, backlog.since(job))

    def front(self, limit: int, now_ms: int) -> list[Position]:
        """
        Return the first RUNNABLE jobs in the order of dispatch.

        With several shares a position dates from the last change of the queue (assumed).
        """
        runnable = list(self.with_status(RUNNABLE).newest_first())
        if self.policy is None and self.quota_shares is None:
            first = nsmallest(limit, runnable, key=self.key_of)
            return [Position(job, self.backlog_of(job).since(job)) for job in first]
        ordered = self._across_shares(runnable, now_ms)
        return [
            Position(job, max(job.runnable_at_ms or 0, self.changed_ms))
            for job, _ in zip(ordered, range(limit), strict=False)
        ]

    def _across_shares(self, runnable: list[ServiceJob], now_ms: int) -> Iterator[ServiceJob]:
        """Yield jobs in the order in which their shares take turns."""
        waiting: dict[str, list[ServiceJob]] = {}
        for job in sorted(runnable, key=self.key_of, reverse=True):
            waiting.setdefault(job.share, []).append(job)
        turns = [
            (self._charge(share, now_ms), jobs[-1].sequence, share)
            for share, jobs in waiting.items()
        ]
        turns.sort(reverse=True)
        while turns:
            charge, _, share = turns.pop()
            jobs = waiting[share]
            job = jobs.pop()
            yield job
            if jobs:
                turns.append((charge + self._charge_of(job), jobs[-1].sequence, share))
                turns.sort(reverse=True)

    def _charge(self, share: str, now_ms: int) -> float:
        if self.policy is None:
            return 0.0
        return self.shares.ledger.weighted_usage(share, now_ms, self.policy)

    def _charge_of(self, job: ServiceJob) -> float:
        if self.policy is None:
            return 0.0
        amount = sum(self.demand_of(job).values())
        return self.shares.ledger.charge(job.share, amount, self.policy)
