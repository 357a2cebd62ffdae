"""
EC2 instances of managed compute environments: their size, free amounts and jobs.

`host_pool` launches, fills and terminates them.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

if TYPE_CHECKING:
    from batchmock.simulation.identifiers import Identifiers
    from batchmock.simulation.jobs.job import Job
    from batchmock.simulation.placement.capacity import Demand
    from batchmock.simulation.placement.host_pool import HostPool
    from batchmock.simulation.time.clock import Clock


class Resources(NamedTuple):
    """Amounts of an instance. Amounts compare in this order: hosts with fewer GPUs are filled first."""

    gpus: int
    milli_vcpus: int
    memory_mib: int

    def holds(self, other: Resources) -> bool:
        """Return whether another amount fits."""
        return (
            self.gpus >= other.gpus
            and self.milli_vcpus >= other.milli_vcpus
            and self.memory_mib >= other.memory_mib
        )

    def plus(self, other: Resources) -> Resources:
        """Return the sum."""
        return new_resources((self[0] + other[0], self[1] + other[1], self[2] + other[2]))

    def minus(self, other: Resources) -> Resources:
        """Return the difference."""
        return new_resources((self[0] - other[0], self[1] - other[1], self[2] - other[2]))


#: Makes resources of a tuple in half the time of a call of the class.
new_resources: Final = partial(tuple.__new__, Resources)


class Host:
    """
    One EC2 instance. Instants are milliseconds since the epoch.

    `ready_at_ms` is when it starts to accept jobs. `jobs` has the amount that each job uses. A host that
    `is_retiring` takes no more jobs, and is terminated once it is empty. A host that `is_made_to_measure`
    has no known type: it is exactly as large as its job, and is terminated with it.
    """

    __slots__ = (
        "_digits",
        "_identifiers",
        "free",
        "idle_since_ms",
        "instance_type",
        "is_made_to_measure",
        "is_retiring",
        "jobs",
        "launched_at_ms",
        "launched_total",
        "pool",
        "ready_at_ms",
        "serial",
        "terminated_at_ms",
        "total",
    )

    def __init__(
        self, pool: HostPool, identifiers: Identifiers, serial: int, name: str, total: Resources
    ) -> None:
        self.pool = pool
        self.serial = serial
        self.instance_type = name
        #: Its size now, and when it was launched: a host may be cut to size.
        self.total = self.launched_total = self.free = total
        self.jobs: dict[Job, Resources] = {}
        self.launched_at_ms = self.ready_at_ms = self.idle_since_ms = 0
        self.terminated_at_ms: int | None = None
        self.is_retiring = False
        self.is_made_to_measure = False
        self._identifiers = identifiers
        self._digits: str | None = None

    def _create_ids(self) -> str:
        # Ids are created on first read, because few are ever read.
        kind = f"host-{self.pool.number}"
        self._digits = self._identifiers.hex_of(kind, self.serial, 25)
        return self._digits

    @property
    def instance_id(self) -> str:
        """The id of the EC2 instance."""
        return f"i-{(self._digits or self._create_ids())[:17]}"

    @property
    def container_instance_id(self) -> str:
        """The id of the container instance: 32 hexadecimal digits."""
        return (self._digits or self._create_ids())[17:49]

    def __repr__(self) -> str:
        return f"<Host {self.instance_id} {self.instance_type} {len(self.jobs)} jobs>"


class DeferredHost:
    """
    A host that is chosen when it is first read.

    While there is room for everything, no job depends on which host another one is on. The pool then records
    placements only, and carries them out in order when anything about its hosts is read. `job` is placed with
    its demand at one instant, and removed again at another.
    """

    __slots__ = ("demand", "host", "job", "placed_at_ms", "pool", "released_at_ms")

    #: When the host begins to take jobs: it does already.
    ready_at_ms: ClassVar[int] = 0

    def __init__(self, pool: HostPool, job: Job, demand: Demand, placed_at_ms: int) -> None:
        self.pool = pool
        self.job = job
        self.demand = demand
        self.placed_at_ms = self.released_at_ms = placed_at_ms
        self.host: Host | None = None


def resolved(host: Host | DeferredHost) -> Host:
    """Return the host itself."""
    if isinstance(host, Host):
        return host
    if host.host is None:
        host.pool.settle()
    if host.host is None:
        raise AssertionError("a deferred host was not chosen")
    return host.host


class HostRegistry:
    """
    The hosts of all compute environments of a simulation.

    Args:
        identifiers: the source of ids.
        clock: the clock of the simulation.
        launch_ms: the time from the launch of a host until it accepts jobs.
    """

    def __init__(self, identifiers: Identifiers, clock: Clock, launch_ms: int) -> None:
        self.launch_ms = launch_ms
        self.clock = clock
        self.pools: list[HostPool] = []
        #: All hosts so far, the terminated ones included.
        self._launched: list[Host] = []
        self._identifiers = identifiers
        self._pools = 0

    def number_of_new_pool(self) -> int:
        """Return a number that no other pool has, deleted ones included."""
        self._pools += 1
        return self._pools - 1

    def new_host(self, pool: HostPool, name: str, total: Resources, now_ms: int) -> Host:
        """Return a host that is launched now."""
        host = Host(pool, self._identifiers, pool.launched, name, total)
        pool.launched += 1
        host.launched_at_ms = host.idle_since_ms = now_ms
        host.ready_at_ms = now_ms + self.launch_ms
        self._launched.append(host)
        return host

    def live(self) -> list[Host]:
        """Return all live hosts in the order in which they were launched."""
        hosts: list[Host] = []
        for pool in self.pools:
            pool.terminate_expired(self.clock.epoch_ms)
            hosts += pool.hosts
        return sorted(hosts, key=_by_launch)

    def ever_launched(self) -> list[Host]:
        """Return all hosts in the order in which they were launched, the terminated ones included."""
        for pool in self.pools:
            pool.terminate_expired(self.clock.epoch_ms)
        return sorted(self._launched, key=_by_launch)


def _by_launch(host: Host) -> tuple[int, int, int]:
    return (host.launched_at_ms, host.pool.number, host.serial)
