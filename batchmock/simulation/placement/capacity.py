"""
The demand of jobs, the capacity of compute environments, and whether they match.

vCPUs are whole thousandths, since Fargate has quarters. Source: ComputeResource, ResourceRequirement
(documented).
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple

from batchmock.simulation.jobs.families import ArrayChild, MultiNodeJob
from batchmock.simulation.jobs.job import Container, Job
from batchmock.simulation.placement.instance_types import InstanceType, allows, expand


class Demand(NamedTuple):
    """The free amount required on one instance. `instance_type` is the type that a node requires, if any."""

    milli_vcpus: int
    memory_mib: int
    gpus: int
    instance_type: str | None = None


class Ask(NamedTuple):
    """
    The total demand of a job.

    Args:
        milli_vcpus: the total.
        parts: each distinct demand.
        demands: the demand of each node; one for other jobs.
        is_multinode: whether each demand needs an instance of its own.
        is_windows: whether it runs on Windows.
    """

    milli_vcpus: int
    parts: tuple[Demand, ...]
    demands: tuple[Demand, ...]
    is_multinode: bool = False
    is_windows: bool = False


class Cause(Enum):
    """Why a compute environment does not take a job. The first one of several determines the reason shown."""

    DISABLED = "its state is DISABLED"
    INVALID = "its status is INVALID"
    NO_NODES = "it runs no multi-node jobs"
    NO_WINDOWS = "it runs no Windows containers"
    TOO_SMALL = "no allowed instance type is large enough"
    OVER_MAX_VCPUS = "the job asks for more than maxvCpus"
    TYPE_OVER_MAX_VCPUS = "every instance type that holds the job has more vCPUs than maxvCpus"
    LAUNCHES_FAIL = "it cannot launch instances"
    BEHIND_ANOTHER = "a multi-node job waits for an earlier environment of its queue"
    NO_ROOM = "other jobs use its room"
    RESERVED = "a computeReservation keeps its room"


#: Transient causes, which pass once other jobs have ended.
PASSING: Final = frozenset({Cause.BEHIND_ANOTHER, Cause.NO_ROOM, Cause.RESERVED})


class Capacity(NamedTuple):
    """
    The capacity of a compute environment.

    Args:
        max_milli_vcpus: the limit for all its jobs, or all its hosts, together; None for no limit.
        instance_types: the `instanceTypes`; empty for environments without a choice of instances.
        takes_nodes: whether multi-node jobs run on it.
        takes_windows: whether Windows containers run on it.
        fair_share_milli_vcpus: the total from which a computeReservation keeps a part; None for none.
        min_milli_vcpus: the vCPUs kept on idle hosts.
        is_ordered: whether the order of `instance_types` is a ranking.
        may_exceed: whether one host may exceed the limit.
        scale_down_ms: how long a host may be idle.
    """

    max_milli_vcpus: int | None = None
    instance_types: tuple[str, ...] = ()
    takes_nodes: bool = True
    takes_windows: bool = True
    fair_share_milli_vcpus: int | None = None
    min_milli_vcpus: int = 0
    is_ordered: bool = False
    may_exceed: bool = False
    scale_down_ms: int = 0

    def known_types(self) -> tuple[InstanceType, ...]:
        """Return the instance types to choose from; empty if anything fits."""
        return _expanded(self.instance_types) or ()

    def largest_milli_vcpus(self) -> int:
        """Return the vCPUs of the largest instance type."""
        return _largest_milli_vcpus(self.instance_types)

    def holds(self, demand: Demand) -> bool:
        """Return whether an instance of some allowed type is large enough."""
        types = self.known_types()
        if demand.instance_type is not None and self.instance_types:
            if not allows(self.instance_types, demand.instance_type):
                return False
            types = expand([demand.instance_type]) or ()
        return not types or any(_holds(instance_type, demand) for instance_type in types)

    def candidates(self, demand: Demand) -> tuple[InstanceType, ...]:
        """
        Return the types to launch for a demand, the preferred one first; empty if the table lacks the type.

        The smallest type is preferred, or under a ranking the first one. Without a ranking only one type is
        a candidate: without room for the smallest there is none for others.
        """
        return _candidates(self.instance_types, self.is_ordered, demand)

    def smallest_for(self, demand: Demand) -> str | None:
        """Return the type that would be launched for a demand; None if the table lacks it."""
        candidates = self.candidates(demand)
        return candidates[0].name if candidates else None


@lru_cache(maxsize=64)
def _expanded(names: tuple[str, ...]) -> tuple[InstanceType, ...] | None:
    return expand(names)


@lru_cache(maxsize=64)
def _largest_milli_vcpus(names: tuple[str, ...]) -> int:
    return max((item.vcpus for item in _expanded(names) or ()), default=0) * 1000


@lru_cache(maxsize=1024)
def _candidates(
    names: tuple[str, ...], is_ordered: bool, demand: Demand
) -> tuple[InstanceType, ...]:
    if demand.instance_type is not None:
        names = (demand.instance_type,)
    fitting = [item for item in _expanded(names) or () if _holds(item, demand)]
    if is_ordered:
        ranks = {name: rank for rank, name in reversed(list(enumerate(names)))}

        def rank(item: InstanceType) -> tuple[int, int]:
            family = item.name.partition(".")[0]
            return (
                min(ranks.get(item.name, len(names)), ranks.get(family, len(names))),
                item.vcpus,
            )

        return tuple(sorted(fitting, key=rank))
    smallest = min(fitting, key=lambda item: (item.gpus, item.vcpus, item.memory_mib), default=None)
    return () if smallest is None else (smallest,)


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
        return _alone(container.vcpus, container.memory_mib, container.gpus, container.is_windows)
    demands = [_demand(node.container, node.instance_type) for node in job.contents]
    total = sum(demand.milli_vcpus for demand in demands)
    return Ask(total, tuple(dict.fromkeys(demands)), tuple(demands), is_multinode=True)


@lru_cache(maxsize=256)
def _alone(vcpus: float, memory_mib: int, gpus: int, is_windows: bool) -> Ask:
    """Return what a job of one instance asks for: one object for equal requests."""
    milli_vcpus = round(vcpus * 1000)
    demands = (Demand(milli_vcpus, memory_mib, gpus),)
    return Ask(milli_vcpus, demands, demands, is_windows=is_windows)


def _demand(container: Container, instance_type: str | None = None) -> Demand:
    return Demand(
        round(container.vcpus * 1000), container.memory_mib, container.gpus, instance_type
    )
