"""
What jobs ask for, what compute environments offer, and whether the one suits the other.

vCPUs are whole thousandths, since Fargate has quarters. Source: ComputeResource, ResourceRequirement
(documented). Documented too is that some allocation strategies exceed maxvCpus by up to one instance;
here nothing does (assumed).
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from batchmock.simulation.jobs.families import ArrayChild, MultiNodeJob
from batchmock.simulation.jobs.job import Container, Job
from batchmock.simulation.placement.instance_types import InstanceType, allows, expand


class Demand(NamedTuple):
    """What one instance must have free. `instance_type` is the one that a node insists on."""

    milli_vcpus: int
    memory_mib: int
    gpus: int
    instance_type: str | None = None


class Ask(NamedTuple):
    """What a job asks for: all of it together, and each distinct part that goes on one instance."""

    milli_vcpus: int
    parts: tuple[Demand, ...]
    is_multinode: bool = False


class Verdict(Enum):
    """What a compute environment says to a job, room aside."""

    SUITS = "suits"
    DISABLED = "disabled"
    CHANGING = "changing"
    INVALID = "invalid"
    EXHAUSTED = "exhausted"
    OVER_MAX_VCPUS = "over maxvCpus"
    TOO_SMALL = "too small"
    NO_NODES = "no nodes"


class Capacity(NamedTuple):
    """
    What a compute environment offers.

    Args:
        max_milli_vcpus: what its jobs may use together; None for no limit.
        instance_types: what `instanceTypes` holds; empty where there are no instances to choose.
        takes_nodes: whether multi-node jobs run on it.
        fair_share_milli_vcpus: what a computeReservation is a part of; None for no reservation.
    """

    max_milli_vcpus: int | None = None
    instance_types: tuple[str, ...] = ()
    takes_nodes: bool = True
    fair_share_milli_vcpus: int | None = None

    def known_types(self) -> tuple[InstanceType, ...]:
        """Give the instance types to choose from; empty where anything fits."""
        return expand(self.instance_types) or ()

    def holds(self, demand: Demand) -> bool:
        """Say whether an instance of some allowed type is large enough."""
        types = self.known_types()
        if demand.instance_type is not None and self.instance_types:
            if not allows(self.instance_types, demand.instance_type):
                return False
            types = expand([demand.instance_type]) or ()
        return not types or any(_holds(instance_type, demand) for instance_type in types)

    def smallest_for(self, demand: Demand) -> str | None:
        """Give the smallest known type that holds a demand."""
        fitting = [item for item in self.known_types() if _holds(item, demand)]
        return min(fitting, key=lambda item: item[1:]).name if fitting else None


def _holds(instance_type: InstanceType, demand: Demand) -> bool:
    return (
        instance_type.vcpus * 1000 >= demand.milli_vcpus
        and instance_type.memory_mib >= demand.memory_mib
        and instance_type.gpus >= demand.gpus
    )


def ask_of(job: Job) -> Ask:
    """Give what a job asks for; worked out once, and once for all children of an array."""
    if job.ask is None:
        source = job.parent if isinstance(job, ArrayChild) else job
        if source.ask is None:
            source.ask = _worked_out(source)
        job.ask = source.ask
    return job.ask


def _worked_out(job: Job) -> Ask:
    if not isinstance(job, MultiNodeJob):
        container = job.container
        return _alone(container.vcpus, container.memory_mib, container.gpus)
    demands = [_demand(node.container, node.instance_type) for node in job.contents]
    total = sum(demand.milli_vcpus for demand in demands)
    return Ask(total, tuple(dict.fromkeys(demands)), is_multinode=True)


@lru_cache(maxsize=256)
def _alone(vcpus: float, memory_mib: int, gpus: int) -> Ask:
    """Give what a job of one instance asks for: the very same for many alike."""
    milli_vcpus = round(vcpus * 1000)
    return Ask(milli_vcpus, (Demand(milli_vcpus, memory_mib, gpus),))


def _demand(container: Container, instance_type: str | None = None) -> Demand:
    return Demand(
        round(container.vcpus * 1000), container.memory_mib, container.gpus, instance_type
    )
