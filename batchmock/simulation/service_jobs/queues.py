"""
Service environments, and job queues of service jobs, as the simulation sees them.

How much capacity there is and is used, and which jobs wait in which order. Who is next is decided by
`service_scheduling`.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush, nsmallest
from typing import TYPE_CHECKING, Final, NamedTuple

from batchmock.simulation.jobs.lifecycle import RUNNABLE
from batchmock.simulation.placement.fair_share import FairSharePolicy
from batchmock.simulation.placement.shares import Shares
from batchmock.simulation.placement.status_index import StatusIndex
from batchmock.simulation.service_jobs.job import SERVICE_JOB_STATUSES, ServiceJob

if TYPE_CHECKING:
    from batchmock.simulation.service_jobs.quota_shares import QuotaShare

#: The capacity unit that counts instances of whatever type.
NUM_INSTANCES: Final = "NUM_INSTANCES"

#: Amounts by capacity unit.
Capacity = dict[str, int]

#: What jobs are sorted by: the lower one is dispatched first.
Key = tuple[int, int]


class Usage:
    """Service jobs that take up capacity, what each takes, and how much that is of each unit."""

    __slots__ = ("amounts", "jobs")

    def __init__(self) -> None:
        self.amounts: Capacity = {}
        self.jobs: dict[ServiceJob, Capacity] = {}

    def take(self, job: ServiceJob, demand: Capacity) -> None:
        """Note that a job takes up capacity."""
        self.jobs[job] = demand
        for unit, amount in demand.items():
            self.amounts[unit] = self.amounts.get(unit, 0) + amount

    def give_back(self, job: ServiceJob) -> None:
        """Note that a job takes up nothing any more."""
        for unit, amount in self.jobs.pop(job).items():
            self.amounts[unit] -= amount

    def of(self, unit: str) -> int:
        """Give how much of a unit is used."""
        return self.amounts.get(unit, 0)


class ServiceEnvironment:
    """What service jobs may use together: up to a limit for each capacity unit."""

    __slots__ = ("enabled", "is_due", "kept", "limits", "name", "queues", "usage", "valid")

    def __init__(self, name: str, limits: Capacity) -> None:
        self.name = name
        self.limits = limits
        self.enabled = True
        self.valid = False
        self.usage = Usage()
        #: What is kept for jobs that wait, while it is looked at for those behind them.
        self.kept: Capacity = {}
        #: Whether it will be looked at the end of this instant for what can be dispatched.
        self.is_due = False
        #: The queues that dispatch to it.
        self.queues: list[ServiceQueue] = []

    @property
    def accepts_jobs(self) -> bool:
        """Whether jobs can be dispatched to it: ENABLED and VALID."""
        return self.enabled and self.valid

    def demand_of(self, job: ServiceJob) -> Capacity:
        """Give what a job takes up here: instances by type, or just their number."""
        if NUM_INSTANCES in self.limits:
            return {NUM_INSTANCES: sum(count for _, count in job.instances)}
        demand: Capacity = {}
        for instance_type, count in job.instances:
            demand[instance_type] = demand.get(instance_type, 0) + count
        return demand

    def free(self, unit: str) -> int:
        """Give how much of a unit is free and not kept; below zero after a limit was lowered."""
        return self.limits.get(unit, 0) - self.usage.of(unit) - self.kept.get(unit, 0)

    def has_room_for(self, demand: Capacity) -> bool:
        """Say whether so much is free."""
        return all(amount <= self.free(unit) for unit, amount in demand.items())

    def keep(self, demand: Capacity) -> None:
        """Keep room for a job that waits for it."""
        for unit, amount in demand.items():
            self.kept[unit] = self.kept.get(unit, 0) + amount

    def could_hold(self, demand: Capacity) -> bool:
        """Say whether so much would be free without any other job."""
        return all(amount <= self.limits.get(unit, 0) for unit, amount in demand.items())

    def __repr__(self) -> str:
        return f"<ServiceEnvironment {self.name!r}>"


class Position(NamedTuple):
    """A RUNNABLE job's place in the order of dispatch, and since when it has it."""

    job: ServiceJob
    since_ms: int


class Line:
    """
    The RUNNABLE jobs of one share, or of a queue without shares, in the order of dispatch.

    The heaps hold keys only; those of jobs that have left are passed over when they come up.
    """

    __slots__ = ("_keys", "_ready_keys", "_shifts", "queue", "usage")

    def __init__(self, queue: ServiceQueue, usage: Usage) -> None:
        self.queue = queue
        self.usage = usage
        self._keys: list[Key] = []
        self._ready_keys: list[Key] = []
        #: When the jobs behind a key last had their places changed: later changes have larger keys.
        self._shifts: list[tuple[Key, int]] = []

    def join(self, job: ServiceJob) -> None:
        """Take in a job that is RUNNABLE, or whose place in the order has changed."""
        key = self.queue.key_of(job)
        heappush(self._keys, key)
        if job.is_ready:
            heappush(self._ready_keys, key)

    def become_ready(self, job: ServiceJob) -> None:
        """Note that a RUNNABLE job can be dispatched from now on."""
        job.is_ready = True
        heappush(self._ready_keys, self.queue.key_of(job))

    def first(self) -> ServiceJob | None:
        """Give the first RUNNABLE job."""
        return self._first_of(self._keys)

    def first_ready(self) -> ServiceJob | None:
        """Give the first job that can be dispatched."""
        while (job := self._first_of(self._ready_keys)) is not None and not job.is_ready:
            heappop(self._ready_keys)
        return job

    def all_ready(self) -> list[ServiceJob]:
        """Give all jobs that can be dispatched, in order."""
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
        """Note that a job has come to, or gone from, a place: all behind it have new places."""
        while self._shifts and self._shifts[-1][0] >= key:
            self._shifts.pop()
        self._shifts.append((key, at_ms))

    def since(self, job: ServiceJob) -> int:
        """Give the instant from which a RUNNABLE job has had its place."""
        key = self.queue.key_of(job)
        since_ms = job.runnable_at_ms or 0
        for shifted, at_ms in reversed(self._shifts):
            if shifted < key:
                return max(since_ms, at_ms)
        return since_ms


class ServiceQueue:
    """
    A job queue of service jobs.

    `policy` is its fair-share policy, `quota_shares` its quota shares if it is managed by quotas; with
    neither it is first in, first out. `time_limits` are milliseconds by blocking reason.
    """

    __slots__ = (
        "_by_status",
        "arn",
        "changed_ms",
        "environment",
        "jobs",
        "lines",
        "name",
        "policy",
        "priority",
        "quota_shares",
        "shares",
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
        #: By share identifier or quota share; by an empty text where there are no shares.
        self.lines: dict[str, Line] = {}
        #: Every visible job, in the order of submission, by sequence number.
        self.jobs: dict[int, ServiceJob] = {}
        #: When a job last became RUNNABLE or was so no more.
        self.changed_ms = 0
        self._by_status: dict[str, StatusIndex[ServiceJob]] = {
            status: StatusIndex() for status in SERVICE_JOB_STATUSES
        }

    def __repr__(self) -> str:
        return f"<ServiceQueue {self.name!r}>"

    def with_status(self, status: str) -> StatusIndex[ServiceJob]:
        """Give the index of the queue's jobs in a status."""
        return self._by_status[status]

    def attach(self, environment: ServiceEnvironment | None) -> None:
        """Dispatch to an environment instead of the one before; None for none."""
        if self.environment is not None:
            self.environment.queues.remove(self)
        self.environment = environment
        if environment is not None:
            environment.queues.append(self)

    def line_of(self, job: ServiceJob) -> Line:
        """Give the line that a job waits in."""
        line = self.lines.get(job.share)
        if line is None:
            share = (self.quota_shares or {}).get(job.share)
            usage = Usage() if share is None else share.usage
            line = self.lines[job.share] = Line(self, usage)
        return line

    def key_of(self, job: ServiceJob) -> Key:
        """Give what a job is sorted by: its priority counts where there is a policy (documented)."""
        has_policy = self.policy is not None or self.quota_shares is not None
        return (-job.priority if has_policy else 0, job.sequence)

    def demand_of(self, job: ServiceJob) -> Capacity:
        """Give what a job takes up in the queue's environment; by instance types where it has none."""
        environment = self.environment or ServiceEnvironment(self.name, {})
        return environment.demand_of(job)

    def add(self, job: ServiceJob) -> None:
        """Take in a job that has just been submitted."""
        self.jobs[job.sequence] = job
        self._by_status[job.status].join(job)

    def remove(self, job: ServiceJob) -> None:
        """Forget a job whose retention is over."""
        del self.jobs[job.sequence]
        self._by_status[job.status].leave(job)

    def moved(self, job: ServiceJob, from_status: str) -> None:
        """Keep the lists right after a job has moved."""
        self._by_status[from_status].leave(job)
        self._by_status[job.status].join(job)
        if RUNNABLE in (from_status, job.status):
            self.note_change(job, job.since_ms)

    def note_change(self, job: ServiceJob, at_ms: int) -> None:
        """Note that the order of dispatch has changed from a job's place on."""
        self.changed_ms = at_ms
        self.line_of(job).shift(self.key_of(job), at_ms)

    def used(self) -> Capacity:
        """Give what all jobs of the queue take up, by capacity unit."""
        total: Capacity = {}
        for line in self.lines.values():
            for unit, amount in line.usage.amounts.items():
                total[unit] = total.get(unit, 0) + amount
        return {unit: amount for unit, amount in total.items() if amount}

    def front_of(self, share: str) -> Position | None:
        """Give the first RUNNABLE job of a share."""
        line = self.lines.get(share)
        job = None if line is None else line.first()
        return None if line is None or job is None else Position(job, line.since(job))

    def front(self, limit: int, now_ms: int) -> list[Position]:
        """
        Give the first RUNNABLE jobs in the order of dispatch.

        Where there are several shares, a place is taken to date from the queue's last change (assumed).
        """
        runnable = list(self.with_status(RUNNABLE).newest_first())
        if self.policy is None and self.quota_shares is None:
            first = nsmallest(limit, runnable, key=self.key_of)
            return [Position(job, self.line_of(job).since(job)) for job in first]
        ordered = self._across_shares(runnable, now_ms)
        return [
            Position(job, max(job.runnable_at_ms or 0, self.changed_ms))
            for job, _ in zip(ordered, range(limit), strict=False)
        ]

    def _across_shares(self, runnable: list[ServiceJob], now_ms: int) -> Iterator[ServiceJob]:
        """Give jobs in the order in which their shares come to their turns, had all of them room."""
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
