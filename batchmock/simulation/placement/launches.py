"""
Which instance a compute environment launches for a job, and whether maxvCpus allows it.

Source and assumptions: see `host_pool`.
"""

from __future__ import annotations

from typing import NamedTuple

from batchmock.simulation.placement.capacity import Capacity, Demand
from batchmock.simulation.placement.hosts import Resources, new_resources
from batchmock.simulation.placement.instance_types import InstanceType


class Launch(NamedTuple):
    """A host to launch."""

    name: str
    total: Resources
    is_made_to_measure: bool = False


class Launches:
    """
    The choice of hosts to launch.

    `cuts_to_size` is for environments that have room for jobs of maxvCpus together, whatever their sizes:
    hosts shrink to their use when room becomes scarce.
    """

    def __init__(self, capacity: Capacity) -> None:
        self.capacity = capacity
        self.cuts_to_size = False
        #: The vCPUs of all hosts that are not retiring, and of the jobs on these.
        self.total_milli_vcpus = 0
        self.used_milli_vcpus = 0
        self._offers: list[tuple[int, int]] = []

    def note_offer(self, at_ms: int, milli_vcpus: int) -> None:
        """Record that hosts with so many vCPUs were added, or with a negative number removed."""
        self._offers.append((at_ms, milli_vcpus))

    @property
    def offers(self) -> list[tuple[int, int]]:
        """The changes of the vCPUs of all existing hosts, retiring ones included, each with its instant."""
        return sorted(self._offers, key=lambda offer: offer[0])

    def could_hold(self, demands: tuple[Demand, ...]) -> bool:
        """Return whether the pool could have hosts for a job if it were empty."""
        if self.cuts_to_size:
            return True
        added: list[int] = []
        for demand in demands:
            types = self.capacity.candidates(demand)
            smallest = min((item.vcpus for item in types), default=0) * 1000
            added.append(smallest or demand.milli_vcpus)
        return self.may_add(added, 0)

    def may_add(self, added: list[int], kept: int) -> bool:
        """Return whether hosts may be launched beside vCPUs that are kept."""
        most = self.capacity.max_milli_vcpus or 0
        if self.capacity.may_exceed and self.capacity.known_types():
            # The last one may exceed maxvCpus, so only those before it must leave some room.
            return kept + sum(added[:-1]) < most
        return kept + sum(added) <= most

    def choose(
        self, demand: Demand, kept: int, added: list[int], *, alone: bool = False
    ) -> Launch | None:
        """Return the host to launch for a demand beside others; None without room."""
        types = self.capacity.candidates(demand)
        if not types:
            # The table lacks the type: the host is as large as its job.
            name = demand.instance_type or self.capacity.instance_types[0]
            launch = Launch(name, amount_of(demand), is_made_to_measure=True)
            kept = self.used_milli_vcpus if self.cuts_to_size else kept
            return launch if self.may_add([*added, demand.milli_vcpus], kept) else None
        if self.cuts_to_size:
            return self._choose_cut(demand, types[0], sum(added), alone=alone)
        for item in types:
            if self.may_add([*added, item.vcpus * 1000], kept):
                return Launch(item.name, Resources(item.gpus, item.vcpus * 1000, item.memory_mib))
        return None

    def _choose_cut(
        self, demand: Demand, item: InstanceType, added: int, *, alone: bool
    ) -> Launch | None:
        most = self.capacity.max_milli_vcpus or 0
        milli_vcpus = demand.milli_vcpus
        if self.used_milli_vcpus + added + milli_vcpus > most:
            return None
        if not alone:
            left = max(most - self.total_milli_vcpus - added, milli_vcpus)
            milli_vcpus = min(item.vcpus * 1000, left)
        return Launch(item.name, Resources(item.gpus, milli_vcpus, item.memory_mib))


def amount_of(demand: Demand) -> Resources:
    """Return the amount of an instance that a demand takes."""
    return new_resources((demand.gpus, demand.milli_vcpus, demand.memory_mib))
