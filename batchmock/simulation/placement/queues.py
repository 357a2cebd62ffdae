"""
Job queues as the simulation sees them.

Which jobs a queue has in which status, and which of them are next. Not here: when a job starts, and where
(`scheduler`).
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import nsmallest
from typing import TYPE_CHECKING, NamedTuple

from batchmock.simulation.jobs.lifecycle import JOB_STATUSES
from batchmock.simulation.placement.backlog import Line, Place
from batchmock.simulation.placement.blocked import Watch
from batchmock.simulation.placement.capacity import ask_of
from batchmock.simulation.placement.environments import ComputeEnvironment
from batchmock.simulation.placement.position_times import Positions
from batchmock.simulation.placement.shares import Shares
from batchmock.simulation.placement.status_index import StatusIndex

if TYPE_CHECKING:
    from batchmock.simulation.jobs.job import Job
    from batchmock.simulation.placement.fair_share import FairSharePolicy


def _weighs_nothing(share: str | None) -> float:
    return 0.0


class QueueUsage(NamedTuple):
    """What the dispatched jobs of a queue use, in vCPUs; shares that use nothing are left out."""

    vcpus: float
    by_share: dict[str, float]


class JobQueue:
    """
    A job queue: its environments in the order in which they are tried, and its jobs.

    `priority` is the larger the sooner among queues that share an environment, then `sequence` the
    smaller. `policy` is None for first in, first out. vCPUs are thousandths.
    """

    __slots__ = (
        "_by_status",
        "_environments",
        "_last_place",
        "_listed_as",
        "_to_list",
        "arn",
        "dispatched_milli_vcpus",
        "enabled",
        "jobs",
        "line",
        "looked_at_ms",
        "name",
        "policy",
        "positions",
        "priority",
        "runnable",
        "runnable_milli_vcpus",
        "sequence",
        "shares",
        "time_limits",
        "watch",
    )

    def __init__(self, name: str, arn: str) -> None:
        self.name = name
        self.arn = arn
        self.enabled = True
        self.priority = 0
        self.sequence = 0
        self.policy: FairSharePolicy | None = None
        #: From the code of a reason for which the queue is blocked to the milliseconds that a job may
        #: block it for that reason before it is cancelled (jobStateTimeLimitActions).
        self.time_limits: dict[str, int] = {}
        #: Every visible job, in the order of submission, by sequence number.
        self.jobs: dict[int, Job] = {}
        #: Every RUNNABLE job, array children included, and what they ask for together.
        self.runnable: dict[Job, None] = {}
        self.runnable_milli_vcpus = 0
        #: What its STARTING and RUNNING jobs use.
        self.dispatched_milli_vcpus = 0
        #: Since when the RUNNABLE jobs have their positions.
        self.positions = Positions()
        #: Without a policy, the last place that a RUNNABLE job has had.
        self._last_place: Place = (0, 0, 0)
        #: The instant at which the scheduler last looked at the line.
        self.looked_at_ms = 0
        #: The RUNNABLE jobs that wait for capacity.
        self.line = Line()
        self.shares = Shares()
        #: The job at the head of the line, if it blocks the queue.
        self.watch = Watch()
        self._environments: list[ComputeEnvironment] = []
        self._by_status: dict[str, StatusIndex[Job]] = {
            status: StatusIndex() for status in JOB_STATUSES
        }
        #: The status in whose index a job is, by sequence number; and the jobs of which that may have
        #: changed: most jobs move several times before anybody lists them, if anybody does.
        self._listed_as: dict[int, str] = {}
        self._to_list: list[Job] = []

    def __repr__(self) -> str:
        return f"<JobQueue {self.name!r}>"

    @property
    def environments(self) -> list[ComputeEnvironment]:
        """The compute environments, in the order in which they are tried."""
        return self._environments

    @environments.setter
    def environments(self, environments: list[ComputeEnvironment]) -> None:
        for environment in self._environments:
            environment.queues.remove(self)
        self._environments = environments
        for environment in environments:
            environment.queues.append(self)

    def with_status(self, status: str) -> StatusIndex[Job]:
        """Give the index of the queue's jobs in a status."""
        self._settle()
        return self._by_status[status]

    def add(self, job: Job) -> None:
        """Take in a job that has just been submitted."""
        self.jobs[job.sequence] = job
        self._to_list.append(job)

    def remove(self, job: Job) -> None:
        """Forget a job whose retention is over."""
        del self.jobs[job.sequence]
        self._to_list.append(job)

    def moved(self, job: Job, from_status: str) -> None:
        """Note that a job has moved."""
        self._to_list.append(job)

    def _settle(self) -> None:
        """Put the indexes right: what has changed since they were last looked at."""
        for job in self._to_list:
            sequence = job.sequence
            before = self._listed_as.pop(sequence, None)
            if before is not None:
                self._by_status[before].leave(job)
            if sequence in self.jobs:
                self._by_status[job.status].join(job)
                self._listed_as[sequence] = job.status
        self._to_list.clear()

    def place_of(self, job: Job) -> Place:
        """Give a job's place in the queue, or with a fair-share policy within its share."""
        priority = 0 if self.policy is None else -job.scheduling_priority
        return (priority, job.sequence, job.array_index or 0)

    @property
    def rank(self) -> tuple[int, int]:
        """
        The order of queues that share an environment: the smallest is looked at first.

        Source: CreateJobQueue (documented: the higher priority is); of equal ones the older: assumed.
        """
        return (-self.priority, self.sequence)

    def active_share_count(self, at_ms: int) -> int:
        """Give how many share identifiers are active: they have jobs, or had within the decay time."""
        return self.shares.active_count(at_ms, self._window_ms)

    def knows_share(self, share: str, at_ms: int) -> bool:
        """Say whether a share identifier is active, so that another job does not add one."""
        return self.shares.is_active(share, at_ms, self._window_ms)

    @property
    def _window_ms(self) -> int:
        return 0 if self.policy is None else self.policy.window_ms

    def left_for_active(self, environment: ComputeEnvironment, at_ms: int) -> int | None:
        """Give what a computeReservation leaves of an environment for active shares; None without one."""
        base = environment.capacity.fair_share_milli_vcpus
        if self.policy is None or not self.policy.compute_reservation or base is None:
            return None
        return self.policy.available(base, self.active_share_count(at_ms))

    def is_reserved(self, environment: ComputeEnvironment, milli_vcpus: int, at_ms: int) -> bool:
        """
        Say whether a computeReservation keeps for others what is asked for.

        An environment with nothing in it takes a job of any size that fits (assumed).
        """
        left, used = self.left_for_active(environment, at_ms), environment.used_milli_vcpus
        return left is not None and used > 0 and used + milli_vcpus > left

    def weighted_usage(self, share: str | None, at_ms: int) -> float:
        """Give the usage by which shares take turns; 0.0 in a queue without a policy."""
        return self.weigher(at_ms)(share)

    def weigher(self, at_ms: int) -> Callable[[str | None], float]:
        """Give a function that gives the usage of a share, for many shares at one instant."""
        if self.policy is None:
            return _weighs_nothing
        weigh = self.shares.ledger.weigher(at_ms, self.policy)
        return lambda share: 0.0 if share is None else weigh(share)

    def front(self, limit: int, at_ms: int) -> list[tuple[Job, int]]:
        """
        Give the first RUNNABLE jobs in the order in which they are to start.

        Returns:
            Each job and the instant since which it has had its position: that at which it became
            RUNNABLE, or a later one at which a job ahead of it has left, or come. Between shares, whose
            turns change with their usage, any job that leaves or comes counts (assumed).

        Source: GetJobQueueSnapshot (documented).
        """
        first = nsmallest(limit, self.runnable, key=self.place_of)
        if self.policy is not None:
            first = self._by_turns(limit, at_ms, self.policy)
        return [
            (job, max(job.history[-1].at_ms, self.positions.since_ms(self.place_of(job))))
            for job in first
        ]

    def enter_runnable(self, job: Job, at_ms: int) -> None:
        """Note that a job has become RUNNABLE; one that was submitted before others goes ahead of them."""
        if self.policy is not None:
            self.positions.change((), at_ms)
        elif (place := self.place_of(job)) < self._last_place:
            self.positions.change(place, at_ms)
        else:
            self._last_place = place
        self.runnable[job] = None
        self.runnable_milli_vcpus += ask_of(job).milli_vcpus

    def leave_runnable(self, job: Job, at_ms: int) -> None:
        """Note that a job is not RUNNABLE any more."""
        del self.runnable[job]
        self.runnable_milli_vcpus -= (job.ask or ask_of(job)).milli_vcpus
        if self.runnable:
            self.positions.change(self.place_of(job) if self.policy is None else (), at_ms)
        else:
            self.positions.forget()

    def _by_turns(self, limit: int, at_ms: int, policy: FairSharePolicy) -> list[Job]:
        """Give the first jobs as the shares would take turns if they started one after the other."""
        jobs_of: dict[str | None, list[Job]] = {}
        for job in self.runnable:
            jobs_of.setdefault(job.share_identifier, []).append(job)
        turns = []
        for share, jobs in jobs_of.items():
            usage = self.weighted_usage(share, at_ms)
            for job in nsmallest(limit, jobs, key=self.place_of):
                turns.append((usage, self.place_of(job), job))
                usage += self.shares.ledger.charge(share or "", ask_of(job).milli_vcpus, policy)
        return [job for *_, job in nsmallest(limit, turns, key=lambda turn: turn[:2])]

    def usage(self) -> QueueUsage:
        """Give the vCPUs that STARTING and RUNNING jobs use, all together and by share identifier."""
        return QueueUsage(
            self.dispatched_milli_vcpus / 1000,
            {share: amount / 1000 for share, amount in self.shares.ledger.all_in_use().items()},
        )
