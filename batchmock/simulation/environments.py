"""Compute environments as the simulation sees them: which jobs they take, and what those use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from batchmock.simulation.capacity import Ask, Capacity, Demand, Verdict

if TYPE_CHECKING:
    from batchmock.simulation.job import Job
    from batchmock.simulation.queues import JobQueue

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
