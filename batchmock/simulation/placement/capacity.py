"""
What jobs ask for, what compute environments offer, and whether the two match.

vCPUs are whole thousandths, since Fargate has quarters. Source: ComputeResource, ResourceRequirement
(documented). Some allocation strategies may exceed maxvCpus by up to one instance (documented); here none
does (assumed).
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple

from batchmock.simulation.jobs.families import ArrayChild, MultiNodeJob
from batchmock.simulation.jobs.job import Container, Job
from batchmock.simulation.placement.instance_types import InstanceType, allows, expand


class Demand(NamedTuple):
    """What one instance must have free. `instance_type` is the type that a node requires, if any."""

    milli_vcpus: int
    memory_mib: int
    gpus: int
    instance_type: str | None = None


class Ask(NamedTuple):
    """What a job asks for: the total, and each distinct part that must fit on one instance."""

    milli_vcpus: int
    parts: tuple[Demand, ...]
    is_multinode: bool = False


class Cause(Enum):
    """Why a compute environment does not take a job. The first one of several determines the reason shown."""

    DISABLED = "its state is DISABLED"
    INVALID = "its status is INVALID"
    NO_NODES = "it runs no multi-node jobs"
    TOO_SMALL = "no allowed instance type is large enough"
    OVER_MAX_VCPUS = "the job asks for more than maxvCpus"
    EXHAUSTED = "EC2 has no instances"
    BEHIND_ANOTHER = "a multi-node job waits for an earlier environment of its queue"
    NO_ROOM = "other jobs use its room"
    RESERVED = "a computeReservation keeps its room"


#: Causes that pass by themselves, once other jobs have ended.
PASSING: Final = frozenset({Cause.BEHIND_ANOTHER, Cause.NO_ROOM, Cause.RESERVED})


class Capacity(NamedTuple):
    """
    What a compute environment offers.

    Args:
        max_milli_vcpus: the limit for all its jobs together; None for no limit.
        instance_types: the `instanceTypes`; empty for environments without a choice of instances.
        takes_nodes: whether multi-node jobs run on it.
        fair_share_milli_vcpus: the whole of which a computeReservation keeps a part; None for none.
    """

    max_milli_vcpus: int | None = None
    instance_types: tuple[str, ...] = ()
    takes_nodes: bool = True
    fair_share_milli_vcpus: int | None = None

    def known_types(self) -> tuple[InstanceType, ...]:
        """Return the instance types to choose from; empty if anything fits."""
        return expand(self.instance_types) or ()

    def holds(self, demand: Demand) -> bool:
        """Return whether an instance of some allowed type is large enough."""
        types = self.known_types()
        if demand.instance_type is not None and self.instance_types:
            if not allows(self.instance_types, demand.instance_type):
                return False
            types = expand([demand.instance_type]) or ()
        return not types or any(_holds(instance_type, demand) for instance_type in types)

    def smallest_for(self, demand: Demand) -> str | None:
        """Return the smallest known type that holds a demand."""
        fitting = [item for item in self.known_types() if _holds(item, demand)]
        return min(fitting, key=lambda item: item[1:]).name if fitting else None


def _holds(instance_type: InstanceType, demand: Demand) -> bool:
    return (
        instance_type.vcpus * 1000 >= demand.milli_vcpus
        and instance_type.memory_mib >= demand.memory_mib
        and instance_type.gpus >= demand.gpus
    )


def ask_of(job: Job) -> Ask:
    """Return what a job asks for: cached, and shared by all children of an array."""
    if job.ask is None:
        source = job.parent if isinstance(job, ArrayChild) else job
        if source.ask is None:
            source.ask = _compute_ask(source)
        job.ask = source.ask
    return job.ask


def _compute_ask(job: Job) -> Ask:
    if not isinstance(job, MultiNodeJob):
        container = job.container
        return _alone(container.vcpus, container.memory_mib, container.gpus)
    demands = [_demand(node.container, node.instance_type) for node in job.contents]
    total = sum(demand.milli_vcpus for demand in demands)
    return Ask(total, tuple(dict.fromkeys(demands)), is_multinode=True)


@lru_cache(maxsize=256)
def _alone(vcpus: float, memory_mib: int, gpus: int) -> Ask:
    """Return what a job of one instance asks for: one object for equal requests."""
    milli_vcpus = round(vcpus * 1000)
    return Ask(milli_vcpus, (Demand(milli_vcpus, memory_mib, gpus),))


def _demand(container: Container, instance_type: str | None = None) -> Demand:
    return Demand(
        round(container.vcpus * 1000), container.memory_mib, container.gpus, instance_type
    )
