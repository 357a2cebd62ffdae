"""
Job queues and compute environments as the simulation sees them.

Who may run a job, and which jobs a queue has in which status, in the order in which they are listed.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from batchmock.simulation.lifecycle import JOB_STATUSES

if TYPE_CHECKING:
    from batchmock.simulation.job import Job

EC2: Final = "EC2"
FARGATE: Final = "FARGATE"
EKS: Final = "EKS"
MANAGED_INSTANCES: Final = "MANAGED_INSTANCES"

#: Up to so many changes are sorted in one by one; more are sorted at once.
_FEW_CHANGES: Final = 64


class ComputeEnvironment:
    """A place where jobs run. `cluster` is the name of its ECS cluster, `platform` EC2, FARGATE and so on."""

    __slots__ = ("cluster", "enabled", "name", "platform", "valid")

    def __init__(self, name: str, platform: str, cluster: str) -> None:
        self.name = name
        self.platform = platform
        self.cluster = cluster
        self.enabled = True
        self.valid = False

    @property
    def accepts_jobs(self) -> bool:
        """Whether jobs can be placed here: ENABLED and VALID."""
        return self.enabled and self.valid

    def __repr__(self) -> str:
        return f"<ComputeEnvironment {self.name!r} {self.platform}>"


class StatusIndex:
    """
    The jobs of one queue in one status, by order of submission.

    Joining and leaving cost O(1); a listing sorts in what has changed since the last one. A job that
    has left stays in the order until a listing passes it or such leftovers are the larger part.
    """

    __slots__ = ("_joined", "_members", "_order")

    def __init__(self) -> None:
        self._members: dict[int, Job] = {}
        self._order: list[int] = []
        self._joined: list[int] = []

    def __len__(self) -> int:
        return len(self._members)

    def join(self, job: Job) -> None:
        """Note that a job has come into this status."""
        self._members[job.sequence] = job
        self._joined.append(job.sequence)

    def leave(self, job: Job) -> None:
        """Note that a job is no longer in this status."""
        del self._members[job.sequence]

    def newest_first(self, before: int | None = None) -> Iterator[Job]:
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
    """A job queue: its environments in the order in which they are tried, and its jobs."""

    __slots__ = ("_by_status", "arn", "enabled", "environments", "jobs", "name", "waiting")

    def __init__(self, name: str, arn: str) -> None:
        self.name = name
        self.arn = arn
        self.enabled = True
        self.environments: list[ComputeEnvironment] = []
        #: Every visible job, in the order of submission, by sequence number.
        self.jobs: dict[int, Job] = {}
        #: RUNNABLE jobs that no environment takes at present, by id, first come first served.
        self.waiting: dict[str, Job] = {}
        self._by_status = {status: StatusIndex() for status in JOB_STATUSES}

    def __repr__(self) -> str:
        return f"<JobQueue {self.name!r}>"

    def with_status(self, status: str) -> StatusIndex:
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

    def environment_for(self, job: Job) -> ComputeEnvironment | None:
        """Give the first environment that takes the job, or None."""
        for environment in self.environments:
            if environment.accepts_jobs:
                return environment
        return None
