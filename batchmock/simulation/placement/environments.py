"""Compute environments as the simulation sees them: which jobs they take, and what those use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from batchmock.simulation.placement.capacity import Ask, Capacity, Verdict

if TYPE_CHECKING:
    from batchmock.simulation.jobs.job import Job
    from batchmock.simulation.placement.queues import JobQueue

EC2: Final = "EC2"
FARGATE: Final = "FARGATE"
EKS: Final = "EKS"
MANAGED_INSTANCES: Final = "MANAGED_INSTANCES"


class ComputeEnvironment:
    """
    A place where jobs run, and what they use of it.

    `cluster` is the name of its ECS cluster, `platform` EC2, FARGATE and so on. vCPUs are thousandths.
    """

    __slots__ = (
        "_capacity",
        "_fits",
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
        #: What `fit_of` has found out, by what was asked for.
        self._fits: dict[Ask, Verdict] = {}

    def __repr__(self) -> str:
        return f"<ComputeEnvironment {self.name!r} {self.platform}>"

    @property
    def capacity(self) -> Capacity:
        """What it offers."""
        return self._capacity

    @capacity.setter
    def capacity(self, capacity: Capacity) -> None:
        self._capacity = capacity
        self._fits = {}

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
        wanted = 0
        for queue in self.queues:
            wanted += queue.runnable_milli_vcpus
        return self.has_room(wanted)

    def suits(self, ask: Ask) -> bool:
        """Whether the job can be placed here once there is room."""
        return self.accepts_jobs and not self.is_exhausted and self.fit_of(ask) is Verdict.SUITS

    def fit_of(self, ask: Ask) -> Verdict:
        """Say whether a job fits into the environment with nothing in it, whatever becomes of that."""
        fit = self._fits.get(ask)
        if fit is None:
            fit = self._fits[ask] = self._find_fit(ask)
        return fit

    def _find_fit(self, ask: Ask) -> Verdict:
        capacity = self._capacity
        if ask.is_multinode and not capacity.takes_nodes:
            return Verdict.NO_NODES
        if not all(map(capacity.holds, ask.parts)):
            return Verdict.TOO_SMALL
        most = capacity.max_milli_vcpus
        return Verdict.SUITS if most is None or ask.milli_vcpus <= most else Verdict.OVER_MAX_VCPUS

    def verdict(self, ask: Ask) -> Verdict:
        """Say what keeps a job from being placed here, room aside."""
        if not self.enabled:
            return Verdict.DISABLED
        if not self.valid:
            return Verdict.INVALID if self.invalid else Verdict.CHANGING
        fit = self.fit_of(ask)
        return Verdict.EXHAUSTED if fit is Verdict.SUITS and self.is_exhausted else fit

    def take(self, job: Job, milli_vcpus: int) -> None:
        """Note that a job uses so much of it from now on."""
        self.jobs[job] = None
        self.used_milli_vcpus += milli_vcpus

    def give_back(self, job: Job, milli_vcpus: int) -> None:
        """Note that a job, which is here, uses nothing of it any more."""
        del self.jobs[job]
        self.used_milli_vcpus -= milli_vcpus
