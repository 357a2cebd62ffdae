"""
The hosts of one compute environment: which type is launched, which host takes a job, when a host leaves.

Source: the user guide's "Instance type allocation strategies" (documented: maxvCpus is never exceeded under
BEST_FIT with On-Demand Instances, and by no more than one instance otherwise), ComputeScalingPolicy
(documented), and "Multi-node parallel jobs" (documented: nodes are single-tenant). Assumed: the smallest type
that holds the job at hand is launched, and the fullest host that holds a job takes it.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from batchmock.simulation.placement.capacity import Capacity, Demand
from batchmock.simulation.placement.host_stock import HostStock
from batchmock.simulation.placement.hosts import (
    DeferredHost,
    Host,
    HostRegistry,
    Resources,
    resolved,
)
from batchmock.simulation.placement.launches import Launch, amount_of

if TYPE_CHECKING:
    from batchmock.simulation.jobs.job import Job


class HostPool(HostStock):
    """The hosts of one compute environment."""

    def __init__(self, name: str, registry: HostRegistry, capacity: Capacity) -> None:
        super().__init__(name, registry, capacity)
        #: Placements that are still to be carried out, and a second time each, releases; the vCPUs in use.
        self._deferred: list[DeferredHost] = []
        self._deferred_milli_vcpus = 0
        registry.pools.append(self)

    # Placing

    def place(
        self, job: Job, demands: tuple[Demand, ...], now_ms: int, *, alone: bool
    ) -> tuple[Host | DeferredHost, ...] | None:
        """
        Place a job on a host, or each node of a multi-node job on a host of its own.

        Args:
            demands: what each node asks for; one for other jobs.
            alone: whether nothing else may be on the host; for the nodes of a multi-node job it may not.

        Returns:
            The hosts; None if there is no room, with nothing changed.
        """
        demand = demands[0]
        if not alone and self.cuts_to_size and not self._registry.launch_ms:
            milli_vcpus = self._deferred_milli_vcpus + demand.milli_vcpus
            if self.used_milli_vcpus + milli_vcpus > (self.capacity.max_milli_vcpus or 0):
                return None
            deferred = DeferredHost(self, job, demand, now_ms)
            self._deferred.append(deferred)
            self._deferred_milli_vcpus = milli_vcpus
            return (deferred,)
        self.terminate_expired(now_ms)
        if len(demands) == 1 and not alone:
            wanted = amount_of(demand)
            host = self._index.fullest(wanted) or self._launch_for(demand, now_ms)
            if host is None:
                return None
            self._occupy(host, job, wanted)
            return (host,)
        plan = self._plan_alone(demands)
        if plan is None:
            return None
        for planned in plan:
            if isinstance(planned, Host):
                self._occupy(planned, job, planned.total)
        placed = []
        for planned in plan:
            if isinstance(planned, Host):
                placed.append(planned)
            else:
                placed.append(self._launch_choice(planned, now_ms))
                self._occupy(placed[-1], job, placed[-1].total)
        return tuple(placed)

    @property
    def _defers(self) -> bool:
        """Whether placements are only recorded: vCPUs alone decide whether there is room."""
        return self.cuts_to_size and not self._registry.launch_ms

    def settle(self) -> None:
        """Carry out the deferred placements and releases, in order."""
        deferred, self._deferred, self._deferred_milli_vcpus = self._deferred, [], 0
        for placed in deferred:
            if placed.host is not None:
                self._release(placed.host, placed.job, placed.released_at_ms)
                continue
            now_ms = placed.placed_at_ms
            self.terminate_expired(now_ms)
            wanted = amount_of(placed.demand)
            host = self._index.fullest(wanted) or self._launch_for(placed.demand, now_ms)
            if host is None:
                raise AssertionError(f"no room for {placed.job!r}, which was placed")
            self._occupy(host, placed.job, wanted)
            placed.host = host

    @property
    def hosts(self) -> dict[Host, None]:
        """The live hosts in the order in which they were launched."""
        self.settle()
        return self._hosts

    def has_room(self, demands: tuple[Demand, ...], now_ms: int) -> bool:
        """Return whether `place` would find room."""
        if len(demands) == 1 and self._defers:
            return self.has_room_for_all(1, demands[0].milli_vcpus)
        self.terminate_expired(now_ms)
        if len(demands) > 1:
            return self._plan_alone(demands) is not None
        wanted = amount_of(demands[0])
        return self._index.fullest(wanted) is not None or self._choice_now(demands[0]) is not None

    def has_room_for_all(self, jobs: int, milli_vcpus: int) -> bool:
        """Return whether so many further jobs fit in any case, on any hosts."""
        if self.cuts_to_size or not self.capacity.known_types():
            used = self.used_milli_vcpus + self._deferred_milli_vcpus
            return used + milli_vcpus <= (self.capacity.max_milli_vcpus or 0)
        most = self.capacity.max_milli_vcpus or 0
        return self.total_milli_vcpus + jobs * self.capacity.largest_milli_vcpus() <= most

    def _plan_alone(self, demands: tuple[Demand, ...]) -> list[Host | Launch] | None:
        """Return an idle host for each demand, or the host to launch for it; None without room."""
        idle = dict(self._idle)
        hosts: list[Host | None] = []
        for demand in demands:
            host = None
            if not self.cuts_to_size:
                host = next((item for item in idle if _suits(item, demand)), None)
            if host is not None:
                del idle[host]
            hosts.append(host)
        kept = self.total_milli_vcpus - sum(host.total.milli_vcpus for host in idle)
        added: list[int] = []
        plan: list[Host | Launch] = []
        for demand, host in zip(demands, hosts, strict=True):
            choice = host or self.choose(demand, kept, added, alone=True)
            if choice is None:
                return None
            if not isinstance(choice, Host):
                added.append(choice.total.milli_vcpus)
            plan.append(choice)
        return plan

    # Launching

    def _choice_now(self, demand: Demand) -> Launch | None:
        """Return the host to launch for a demand, if idle hosts make room for it."""
        return self.choose(demand, self.total_milli_vcpus - self._idle_milli_vcpus, [])

    def _launch_for(self, demand: Demand, now_ms: int) -> Host | None:
        choice = self._choice_now(demand)
        return None if choice is None else self._launch_choice(choice, now_ms)

    def _launch_choice(self, choice: Launch, now_ms: int) -> Host:
        """Launch a host; idle hosts, or idle parts of hosts, make room for it."""
        milli_vcpus = choice.total.milli_vcpus
        if self.cuts_to_size:
            self._cut_to_size(milli_vcpus, now_ms)
        else:
            while self._idle and not self.may_add([milli_vcpus], self.total_milli_vcpus):
                self._terminate(next(iter(self._idle)), now_ms)
        host = self._launch(choice.name, choice.total, now_ms)
        host.is_made_to_measure = choice.is_made_to_measure
        return host

    def _launch(self, name: str, total: Resources, now_ms: int) -> Host:
        host = self._registry.new_host(self, name, total, now_ms)
        self._add(host, now_ms)
        return host

    def keep_at_least(self, milli_vcpus: int, now_ms: int) -> None:
        """Launch hosts until there are so many vCPUs, as far as maxvCpus allows."""
        self.settle()
        nothing = Demand(0, 0, 0)
        while self.total_milli_vcpus < milli_vcpus and self.capacity.known_types():
            types = self.capacity.candidates(nothing)
            most = self.capacity.max_milli_vcpus or 0
            size = min(types[0].vcpus * 1000, max(most - self.total_milli_vcpus, 0))
            if not self.cuts_to_size:
                size = types[0].vcpus * 1000
            if not size or not self.may_add([size], self.total_milli_vcpus):
                return
            total = Resources(types[0].gpus, size, types[0].memory_mib)
            self._launch(types[0].name, total, now_ms)

    # Releasing

    def release(self, placed: Host | DeferredHost, job: Job, now_ms: int) -> None:
        """Remove a job from a host."""
        if isinstance(placed, DeferredHost) and placed.host is None:
            placed.released_at_ms = now_ms
            self._deferred.append(placed)
            self._deferred_milli_vcpus -= placed.demand.milli_vcpus
        else:
            self.settle()
            self._release(resolved(placed), job, now_ms)

    # Terminating

    def terminate_expired(self, now_ms: int) -> None:
        """Terminate the hosts that have been idle for too long, while minvCpus remain."""
        self.settle()
        delay_ms = self.capacity.scale_down_ms
        while self._idle:
            host = next(iter(self._idle))
            left = self.total_milli_vcpus - host.total.milli_vcpus
            if now_ms - host.idle_since_ms < delay_ms or left < self.capacity.min_milli_vcpus:
                return
            # A host that was kept for minvCpus leaves once it is not needed for them any more.
            self._terminate(host, max(host.idle_since_ms + delay_ms, self._changed_ms))

    def lose(self, host: Host, now_ms: int) -> None:
        """Drop a host that EC2 has ended; its jobs are still to be removed."""
        self._terminate(host, now_ms)
        self.keep_at_least(self.capacity.min_milli_vcpus, now_ms)

    def stand_in(self, host: Host, now_ms: int) -> Host:
        """Return an ended copy of a host, for an attempt that is scripted to lose its host alone."""
        stand_in = self._registry.new_host(self, host.instance_type, host.total, now_ms)
        stand_in.launched_at_ms, stand_in.ready_at_ms = host.launched_at_ms, host.ready_at_ms
        stand_in.terminated_at_ms = now_ms
        return stand_in

    def resize(self, capacity: Capacity, now_ms: int) -> None:
        """Change the capacity."""
        self.terminate_expired(now_ms)
        self.capacity = capacity
        self._changed_ms = now_ms

    def close(self, now_ms: int) -> None:
        """Terminate all hosts: the compute environment is deleted."""
        self.retire_all(now_ms)
        self._registry.pools.remove(self)

    def retire_all(self, now_ms: int) -> None:
        """Retire all hosts: place no more jobs on them, and terminate each once it is empty."""
        for host in list(self.hosts):
            if host.is_retiring:
                continue
            if not host.jobs:
                self._terminate(host, now_ms)
            else:
                self._forget(host)
                host.is_retiring = True
                self._retiring += 1

    @property
    def desired_vcpus(self) -> int:
        """The vCPUs of all hosts that are not retiring, including hosts that are launching."""
        self.terminate_expired(self._registry.clock.epoch_ms)
        return ceil(self.total_milli_vcpus / 1000)

    @property
    def is_replacing(self) -> bool:
        """Whether retiring hosts are left."""
        return self._retiring > 0


def _suits(host: Host, demand: Demand) -> bool:
    """Return whether an idle host takes a node."""
    is_wanted_type = demand.instance_type in (None, host.instance_type)
    return is_wanted_type and host.total.holds(amount_of(demand))
