"""
Job queues in the simulation: their jobs by status, and the order in which these start.

When and where a job starts is decided by `scheduler`.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import nsmallest
from typing import TYPE_CHECKING, NamedTuple

from batchmock.simulation.jobs.lifecycle import JOB_STATUSES, RUNNABLE
from batchmock.simulation.placement.backlog import Backlog, Place
from batchmock.simulation.placement.blocked import QueueHead
from batchmock.simulation.placement.capacity import ask_of
from batchmock.simulation.placement.environments import ComputeEnvironment
from batchmock.simulation.placement.position_times import PositionTimes
from batchmock.simulation.placement.shares import Shares
from batchmock.simulation.placement.status_index import StatusIndex

if TYPE_CHECKING:
    from batchmock.simulation.jobs.job import Job
    from batchmock.simulation.placement.fair_share import FairSharePolicy


def _not_known(job: Job) -> None:
    return None


def _no_usage(share: str | None) -> float:
    return 0.0


class QueueUsage(NamedTuple):
    """The vCPUs that the dispatched jobs of a queue use; shares without usage are left out."""

    vcpus: float
    by_share: dict[str, float]


class JobQueue:
    """
    A job queue: its environments in the order in which they are tried, and its jobs.

    Among queues that share an environment, a larger `priority` goes first, then a smaller `sequence`.
    `policy` is None for first in, first out. vCPUs are thousandths.
    """

    __slots__ = (
        "_by_status",
        "_last_place",
        "_listed_as",
        "arn",
        "backlog",
        "dispatched_milli_vcpus",
        "enabled",
        "environments",
        "head",
        "jobs",
        "moved",
        "name",
        "policy",
        "position_times",
        "priority",
        "returning",
        "runnable",
        "runnable_milli_vcpus",
        "sequence",
        "shares",
        "start_of",
        "time_limits",
        "visited_ms",
    )

    def __init__(self, name: str, arn: str) -> None:
        self.name = name
        self.arn = arn
        self.enabled = True
        self.priority = 0
        self.sequence = 0
        self.policy: FairSharePolicy | None = None
        #: The jobStateTimeLimitActions: for each code of a blocked reason, the milliseconds for which a
        #: job may block the queue.
        self.time_limits: dict[str, int] = {}
        #: Every visible job by sequence number, in the order of submission.
        self.jobs: dict[int, Job] = {}
        #: Every RUNNABLE job, array children included, and the total that they ask for.
        self.runnable: dict[Job, None] = {}
        #: The RUNNABLE jobs in their RUNNABLE stage that later jobs must not overtake: retried jobs, and
        #: jobs released by their dependencies.
        self.returning: dict[Job, None] = {}
        self.runnable_milli_vcpus = 0
        #: The total that its STARTING and RUNNING jobs use.
        self.dispatched_milli_vcpus = 0
        #: Since when the RUNNABLE jobs have had their positions.
        self.position_times = PositionTimes()
        #: Without a policy, the last place of any RUNNABLE job so far.
        self._last_place: Place = (0, 0, 0)
        #: The instant of the scheduler's last visit.
        self.visited_ms = 0
        #: The RUNNABLE jobs that wait for capacity.
        self.backlog = Backlog()
        self.shares = Shares()
        #: The first job of the backlog that cannot start, if any.
        self.head = QueueHead()
        #: Returns when a RUNNABLE job will start if nothing else happens; None if that is not known.
        self.start_of: Callable[[Job], int | None] = _not_known
        #: The compute environments, in the order in which they are tried. Changed by `attach` only.
        self.environments: list[ComputeEnvironment] = []
        self._by_status: dict[str, StatusIndex[Job]] = {
            status: StatusIndex() for status in JOB_STATUSES
        }
        #: The status in whose index a job is, by sequence number, and the jobs that may have moved since.
        #: Indexing is lazy because most jobs move several times before a listing, if there is any.
        self._listed_as: dict[int, str] = {}
        self.moved: list[Job] = []

    def __repr__(self) -> str:
        return f"<JobQueue {self.name!r}>"

    def attach(self, environments: list[ComputeEnvironment]) -> None:
        """Place jobs in these compute environments from now on, tried in this order."""
        for environment in self.environments:
            environment.queues.remove(self)
        self.environments = environments
        for environment in environments:
            environment.queues.append(self)

    def with_status(self, status: str) -> StatusIndex[Job]:
        """Return the index of the queue's jobs in a status."""
        self._settle()
        return self._by_status[status]

    def add(self, job: Job) -> None:
        """Add a submitted job."""
        self.jobs[job.sequence] = job
        self.moved.append(job)

    def remove(self, job: Job) -> None:
        """Drop a job whose retention is over."""
        del self.jobs[job.sequence]
        self.moved.append(job)

    def _settle(self) -> None:
        """Update the indexes with all moves since the last listing."""
        for job in self.moved:
            sequence = job.sequence
            before = self._listed_as.pop(sequence, None)
            if before is not None:
                self._by_status[before].leave(job)
            if sequence in self.jobs:
                self._by_status[job.status].join(job)
                self._listed_as[sequence] = job.status
        self.moved.clear()

    def place_of(self, job: Job) -> Place:
        """Return the place of a job in the queue, or in its share under a fair-share policy."""
        priority = 0 if self.policy is None else -job.scheduling_priority
        return (priority, job.sequence, job.array_index or 0)

    @property
    def rank(self) -> tuple[int, int]:
        """
        The sort key of queues that share an environment: the smallest goes first.

        Source: CreateJobQueue (documented: the higher priority). The older of equal ones: assumed.
        """
        return (-self.priority, self.sequence)

    def active_share_count(self, at_ms: int) -> int:
        """Return the number of active share identifiers: with jobs, or with some within the decay time."""
        return self.shares.active_count(at_ms, self._window_ms)

    def knows_share(self, share: str, at_ms: int) -> bool:
        """Return whether a share identifier is active, so that another job adds none."""
        return self.shares.is_active(share, at_ms, self._window_ms)

    @property
    def _window_ms(self) -> int:
        return 0 if self.policy is None else self.policy.window_ms

    def left_for_active(self, environment: ComputeEnvironment, at_ms: int) -> int | None:
        """Return what a computeReservation leaves to active shares; None without a reservation."""
        base = environment.capacity.fair_share_milli_vcpus
        if self.policy is None or not self.policy.compute_reservation or base is None:
            return None
        return self.policy.available(base, self.active_share_count(at_ms))

    def is_reserved(self, environment: ComputeEnvironment, milli_vcpus: int, at_ms: int) -> bool:
        """
        Return whether a computeReservation keeps a job out.

        An empty environment takes any job that fits (assumed).
        """
        left, used = self.left_for_active(environment, at_ms), environment.used_milli_vcpus
        return left is not None and used > 0 and used + milli_vcpus > left

    def weighted_usage(self, share: str | None, at_ms: int) -> float:
        """Return the usage by which shares take turns; 0.0 without a policy."""
        return self.weigher(at_ms)(share)

    def weigher(self, at_ms: int) -> Callable[[str | None], float]:
        """Return a function that returns the usage of a share at an instant."""
        if self.policy is None:
            return _no_usage
        weigh = self.shares.ledger.weigher(at_ms, self.policy)
        return lambda share: 0.0 if share is None else weigh(share)

    def front(self, limit: int, at_ms: int) -> list[tuple[Job, int]]:
        """
        Return the first RUNNABLE jobs in the order in which they will start.

        Returns:
            Each job with the instant since which it has had its position: when it became RUNNABLE, or
            when a job ahead of it last left or arrived. Under a fair-share policy every job that leaves
            or arrives counts, since turns change with usage (assumed).

        Source: GetJobQueueSnapshot (documented).
        """
        first = nsmallest(limit, self.runnable, key=self.place_of)
        if self.policy is not None:
            first = self._by_turns(limit, at_ms, self.policy)
        return [
            (job, max(job.history[-1].at_ms, self.position_times.since_ms(self.place_of(job))))
            for job in first
        ]

    def enter_runnable(self, job: Job, at_ms: int) -> None:
        """Add a job that has become RUNNABLE, ahead of those submitted later."""
        if self.policy is not None:
            self.position_times.change((), at_ms)
            is_returning = job.attempt_number > 1 or bool(job.dependencies)
        else:
            place = (0, job.sequence, job.array_index or 0)
            is_returning = place < self._last_place
            if is_returning:
                self.position_times.change(place, at_ms)
            else:
                self._last_place = place
        if is_returning:
            self.returning[job] = None
        self.runnable[job] = None
        self.runnable_milli_vcpus += (job.ask or ask_of(job)).milli_vcpus

    def leave_runnable(self, job: Job, at_ms: int) -> None:
        """Remove a job that is no longer RUNNABLE."""
        del self.runnable[job]
        if self.returning:
            self.returning.pop(job, None)
        self.runnable_milli_vcpus -= (job.ask or ask_of(job)).milli_vcpus
        if not self.runnable:
            self.position_times.forget()
        elif self.policy is None:
            self.position_times.change((0, job.sequence, job.array_index or 0), at_ms)
        else:
            self.position_times.change((), at_ms)

    def first_returning(self) -> dict[str | None, tuple[Place, Job]]:
        """Return the first returning job of each share, except jobs that are held."""
        first: dict[str | None, tuple[Place, Job]] = {}
        for job in self.returning:
            if RUNNABLE not in job.holds:
                place, share = self.place_of(job), job.share_identifier
                if share not in first or place < first[share][0]:
                    first[share] = (place, job)
        return first

    def _by_turns(self, limit: int, at_ms: int, policy: FairSharePolicy) -> list[Job]:
        """Return the first jobs in the order in which the shares would take turns."""
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
        """Return the vCPUs that STARTING and RUNNING jobs use, in total and by share identifier."""
        return QueueUsage(
            self.dispatched_milli_vcpus / 1000,
            {share: amount / 1000 for share, amount in self.shares.ledger.all_in_use().items()},
        )
