"""
Job queues and compute environments as the simulation sees them.

Who may run a job, which jobs a queue has in which status, in the order in which they are listed, and
which of them are next. Not here: when a job starts, and where (`scheduler`).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from heapq import nsmallest
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, Protocol, TypeVar

from batchmock.simulation.blocked import Watch
from batchmock.simulation.capacity import Ask, Capacity, Demand, Verdict, ask_of
from batchmock.simulation.lifecycle import JOB_STATUSES
from batchmock.simulation.lines import Line, Place
from batchmock.simulation.shares import Shares

if TYPE_CHECKING:
    from batchmock.simulation.fair_share import FairSharePolicy
    from batchmock.simulation.job import Job

EC2: Final = "EC2"
FARGATE: Final = "FARGATE"
EKS: Final = "EKS"
MANAGED_INSTANCES: Final = "MANAGED_INSTANCES"

#: Up to so many changes are sorted in one by one; more are sorted at once.
_FEW_CHANGES: Final = 64


class ComputeEnvironment:
    """
    A place where jobs run, and what they use of it.

    `cluster` is the name of its ECS cluster, `platform` EC2, FARGATE and so on. vCPUs are thousandths.
    """

    __slots__ = (
        "_capacity",
        "_holds",
        "cluster",
        "enabled",
        "invalid",
        "is_exhausted",
        "jobs",
        "name",
        "platform",
        "queues",
        "used_milli_vcpus",
        "valid",
    )

    def __init__(self, name: str, platform: str, cluster: str) -> None:
        self.name = name
        self.platform = platform
        self.cluster = cluster
        self.enabled = True
        self.valid = False
        #: Whether it is INVALID, and not just on its way to VALID.
        self.invalid = False
        #: Whether EC2 has no instances left for it.
        self.is_exhausted = False
        #: The jobs that are STARTING or RUNNING here, in the order in which they came.
        self.jobs: dict[Job, None] = {}
        self.used_milli_vcpus = 0
        #: The queues whose jobs may come here.
        self.queues: list[JobQueue] = []
        self._capacity = Capacity()
        self._holds: dict[Demand, bool] = {}

    def __repr__(self) -> str:
        return f"<ComputeEnvironment {self.name!r} {self.platform}>"

    @property
    def capacity(self) -> Capacity:
        """What it offers."""
        return self._capacity

    @capacity.setter
    def capacity(self, capacity: Capacity) -> None:
        self._capacity = capacity
        self._holds = {}

    @property
    def accepts_jobs(self) -> bool:
        """Whether jobs can be placed here: ENABLED and VALID."""
        return self.enabled and self.valid

    def has_room(self, milli_vcpus: int) -> bool:
        """Whether so much is free."""
        most = self._capacity.max_milli_vcpus
        return most is None or self.used_milli_vcpus + milli_vcpus <= most

    def has_room_for_all(self) -> bool:
        """Whether all RUNNABLE jobs that may come here would find room: then nobody competes."""
        return self.has_room(sum(queue.runnable_milli_vcpus for queue in self.queues))

    def suits(self, ask: Ask) -> bool:
        """Whether the job can be placed here once there is room."""
        return self.accepts_jobs and not self.is_exhausted and self.could_hold(ask)

    def could_hold(self, ask: Ask) -> bool:
        """Whether the environment, with nothing in it, is large enough for a job, and of its kind."""
        most = self._capacity.max_milli_vcpus
        return (most is None or ask.milli_vcpus <= most) and self.has_instances_for(ask)

    def has_instances_for(self, ask: Ask) -> bool:
        """Whether it has instance types for all parts of a job, and takes jobs of its kind."""
        if ask.is_multinode and not self._capacity.takes_nodes:
            return False
        return all(map(self._is_held, ask.parts))

    def _is_held(self, demand: Demand) -> bool:
        held = self._holds.get(demand)
        if held is None:
            held = self._holds[demand] = self._capacity.holds(demand)
        return held

    def verdict(self, ask: Ask) -> Verdict:
        """Say what keeps a job from being placed here, room aside."""
        if not self.enabled:
            return Verdict.DISABLED
        if not self.valid:
            return Verdict.INVALID if self.invalid else Verdict.CHANGING
        if ask.is_multinode and not self._capacity.takes_nodes:
            return Verdict.NO_NODES
        if not self.has_instances_for(ask):
            return Verdict.TOO_SMALL
        if not self.could_hold(ask):
            return Verdict.OVER_MAX_VCPUS
        return Verdict.EXHAUSTED if self.is_exhausted else Verdict.SUITS

    def take(self, job: Job, milli_vcpus: int) -> None:
        """Note that a job uses so much of it from now on."""
        self.jobs[job] = None
        self.used_milli_vcpus += milli_vcpus

    def give_back(self, job: Job, milli_vcpus: int) -> None:
        """Note that a job, which is here, uses nothing of it any more."""
        del self.jobs[job]
        self.used_milli_vcpus -= milli_vcpus


class QueueUsage(NamedTuple):
    """What the dispatched jobs of a queue use, in vCPUs; shares that use nothing are left out."""

    vcpus: float
    by_share: dict[str, float]


class HasSequence(Protocol):
    """What was submitted, and when: later has the larger number."""

    sequence: int


Listed = TypeVar("Listed", bound=HasSequence)


class StatusIndex(Generic[Listed]):
    """
    The jobs of one queue in one status, by order of submission.

    Joining and leaving cost O(1); a listing sorts in what has changed since the last one. A job that
    has left stays in the order until a listing passes it or such leftovers are the larger part.
    """

    __slots__ = ("_joined", "_members", "_order")

    def __init__(self) -> None:
        self._members: dict[int, Listed] = {}
        self._order: list[int] = []
        self._joined: list[int] = []

    def __len__(self) -> int:
        return len(self._members)

    def join(self, job: Listed) -> None:
        """Note that a job has come into this status."""
        self._members[job.sequence] = job
        self._joined.append(job.sequence)

    def leave(self, job: Listed) -> None:
        """Note that a job is no longer in this status."""
        del self._members[job.sequence]

    def newest_first(self, before: int | None = None) -> Iterator[Listed]:
        """Give the jobs from the newest on, or from the newest that was submitted before a sequence number."""
        self._settle()
        order, members = self._order, self._members
        position = len(order) if before is None else bisect_left(order, before)
        last = None
        while position:
            position -= 1
            sequence = order[position]
            job = members.get(sequence)
            if job is not None and sequence != last:
                last = sequence
                yield job

    def _settle(self) -> None:
        order, joined = self._order, self._joined
        if len(joined) > _FEW_CHANGES or len(order) > 2 * len(self._members) + _FEW_CHANGES:
            self._order = sorted(self._members)
        else:
            for sequence in joined:
                insort(order, sequence)
        joined.clear()


class JobQueue:
    """
    A job queue: its environments in the order in which they are tried, and its jobs.

    `priority` is the larger the sooner among queues that share an environment, then `sequence` the
    smaller. `policy` is None for first in, first out. vCPUs are thousandths.
    """

    __slots__ = (
        "_by_status",
        "_environments",
        "arn",
        "dispatched_milli_vcpus",
        "enabled",
        "jobs",
        "line",
        "looked_at_ms",
        "moved_up_at_ms",
        "name",
        "policy",
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
        #: The instant at which a job left RUNNABLE last, so that those behind it moved up.
        self.moved_up_at_ms = 0
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
        return self._by_status[status]

    def add(self, job: Job) -> None:
        """Take in a job that has just been submitted."""
        self.jobs[job.sequence] = job
        self._by_status[job.status].join(job)

    def remove(self, job: Job) -> None:
        """Forget a job whose retention is over."""
        del self.jobs[job.sequence]
        self._by_status[job.status].leave(job)

    def moved(self, job: Job, from_status: str) -> None:
        """Keep the lists right after a job has moved."""
        self._by_status[from_status].leave(job)
        self._by_status[job.status].join(job)

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

    def weighted_usage(self, share: str | None, at_ms: int) -> float:
        """Give the usage by which shares take turns; 0.0 in a queue without a policy."""
        if self.policy is None or share is None:
            return 0.0
        return self.shares.ledger.weighted_usage(share, at_ms, self.policy)

    def front(self, limit: int, at_ms: int) -> list[tuple[Job, int]]:
        """
        Give the first RUNNABLE jobs in the order in which they are to start.

        Returns:
            Each job and the instant since which it has had its place: that at which it became
            RUNNABLE, or a later one at which a job has left the queue (assumed).

        Source: GetJobQueueSnapshot (documented).
        """
        first = nsmallest(limit, self.runnable, key=self.place_of)
        if self.policy is not None:
            first = self._by_turns(limit, at_ms, self.policy)
        return [(job, max(job.history[-1].at_ms, self.moved_up_at_ms)) for job in first]

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
                usage += policy.charge(share or "", ask_of(job).milli_vcpus)
        return [job for *_, job in nsmallest(limit, turns, key=lambda turn: turn[:2])]

    def usage(self) -> QueueUsage:
        """Give the vCPUs that STARTING and RUNNING jobs use, all together and by share identifier."""
        return QueueUsage(
            self.dispatched_milli_vcpus / 1000,
            {share: amount / 1000 for share, amount in self.shares.ledger.all_in_use().items()},
        )
