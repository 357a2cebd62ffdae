"""Compute environments in the simulation: the jobs they accept and the vCPUs in use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from batchmock.simulation.placement.capacity import Ask, Capacity, Cause

if TYPE_CHECKING:
    from batchmock.simulation.jobs.job import Job
    from batchmock.simulation.placement.host_pool import HostPool
    from batchmock.simulation.placement.queues import JobQueue

EC2: Final = "EC2"
FARGATE: Final = "FARGATE"
EKS: Final = "EKS"
MANAGED_INSTANCES: Final = "MANAGED_INSTANCES"


class ComputeEnvironment:
    """
    A compute environment, its jobs, and the vCPUs that they use.

    `cluster` is the name of its ECS cluster; `platform` is EC2, FARGATE, and so on. vCPUs are thousandths.
    """

    __slots__ = (
        "_misfits",
        "arn",
        "capacity",
        "cluster",
        "enabled",
        "is_on_demand",
        "jobs",
        "launch_failure",
        "limits",
        "name",
        "platform",
        "pool",
        "queues",
        "used_milli_vcpus",
        "valid",
    )

    def __init__(self, name: str, platform: str, cluster: str) -> None:
        self.name = name
        self.platform = platform
        self.cluster = cluster
        self.arn = ""
        #: Whether it has no Spot capacity that could be reclaimed.
        self.is_on_demand = False
        self.enabled = True
        self.valid = False
        #: The code of the blocked reason if it cannot launch instances.
        self.launch_failure: str | None = None
        #: The STARTING and RUNNING jobs, in the order in which they were placed.
        self.jobs: dict[Job, None] = {}
        self.used_milli_vcpus = 0
        #: The queues that place jobs here.
        self.queues: list[JobQueue] = []
        #: Changed by `resize` only.
        self.capacity = Capacity()
        #: Each limit of its vCPUs so far, with the instant since which it applied.
        self.limits: list[tuple[int, int | None]] = []
        #: Its EC2 instances; None on Fargate, on managed instances, and if it is unmanaged.
        self.pool: HostPool | None = None
        #: Cache of `misfits`.
        self._misfits: dict[Ask, tuple[Cause, ...]] = {}

    def __repr__(self) -> str:
        return f"<ComputeEnvironment {self.name!r} {self.platform}>"

    def resize(self, capacity: Capacity, now_ms: int) -> None:
        """Change the capacity."""
        self.capacity = capacity
        self._misfits = {}
        self.limits.append((now_ms, capacity.max_milli_vcpus))
        if self.pool is not None:
            self.pool.resize(capacity, now_ms)

    @property
    def accepts_jobs(self) -> bool:
        """Whether jobs can be placed here: ENABLED, and VALID or UPDATING since."""
        return self.enabled and self.valid

    def has_room(self, ask: Ask, now_ms: int) -> bool:
        """Return whether there is room for a job now."""
        if self.pool is None:
            return self.has_vcpus(ask.milli_vcpus)
        return self.pool.has_room(ask.demands, now_ms)

    def has_vcpus(self, milli_vcpus: int) -> bool:
        """Return whether maxvCpus leave room for so many vCPUs beside those in use."""
        most = self.capacity.max_milli_vcpus
        return most is None or self.used_milli_vcpus + milli_vcpus <= most

    def has_room_for_all(self) -> bool:
        """Return whether all RUNNABLE jobs of its queues would fit together, so that none competes."""
        wanted = jobs = 0
        for queue in self.queues:
            wanted += queue.runnable_milli_vcpus
            jobs += len(queue.runnable)
        if self.pool is None:
            return self.has_vcpus(wanted)
        return self.pool.has_room_for_all(jobs, wanted)

    def suits(self, ask: Ask) -> bool:
        """Return whether a job can be placed here once there is room."""
        if not (self.enabled and self.valid) or self.launch_failure is not None:
            return False
        # As `misfits`, without a call: this is asked for each attempt.
        misfits = self._misfits.get(ask)
        return not (self.misfits(ask) if misfits is None else misfits)

    def is_reached_by(self, ask: Ask) -> bool:
        """Return whether a multi-node job waits for this environment rather than for a later one."""
        return self.accepts_jobs and not self.misfits(ask)

    def misfits(self, ask: Ask) -> tuple[Cause, ...]:
        """Return why a job would not fit even if the environment were empty; an empty tuple if it fits."""
        misfits = self._misfits.get(ask)
        if misfits is None:
            misfits = self._misfits[ask] = tuple(self._find_misfits(ask))
        return misfits

    def _find_misfits(self, ask: Ask) -> Iterator[Cause]:
        capacity = self.capacity
        if ask.is_multinode and not capacity.takes_nodes:
            yield Cause.NO_NODES
        if ask.is_windows and not capacity.takes_windows:
            yield Cause.NO_WINDOWS
        if not all(map(capacity.holds, ask.parts)):
            yield Cause.TOO_SMALL
        most = capacity.max_milli_vcpus
        if most is not None and ask.milli_vcpus > most:
            yield Cause.OVER_MAX_VCPUS
        elif self.pool is not None and not self.pool.could_hold(ask.demands):
            yield Cause.TYPE_OVER_MAX_VCPUS

    def lasting_causes(self, ask: Ask) -> tuple[Cause, ...]:
        """Return why a job cannot be placed here, apart from missing room; the decisive cause first."""
        causes: list[Cause] = []
        if not self.enabled:
            causes.append(Cause.DISABLED)
        if not self.valid:
            causes.append(Cause.INVALID)
        causes += self.misfits(ask)
        if self.launch_failure is not None:
            causes.append(Cause.LAUNCHES_FAIL)
        return tuple(causes)
