"""Explain jobs that wait for capacity: their position, all obstacles, and the remedies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from batchmock.observe.jobs.positions import Ahead, Positions
from batchmock.observe.jobs.remedies import (
    NAMED,
    name_of,
    names_of,
    parts_of,
    remedy,
    vcpus_of_types,
    vcpus_text,
)
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.placement.capacity import Ask, Cause, Demand, ask_of
from batchmock.simulation.placement.decisions import Decision, Obstacle, decide
from batchmock.simulation.placement.environments import ComputeEnvironment
from batchmock.simulation.placement.host_pool import HostPool
from batchmock.simulation.placement.hosts import Host
from batchmock.simulation.placement.instance_types import InstanceType

#: The phrases for causes that need no figures.
_PLAIN: Final = {
    Cause.DISABLED: "takes no jobs: its state is DISABLED",
    Cause.INVALID: "takes no jobs: it is INVALID",
    Cause.NO_NODES: "runs no multi-node jobs: they need On-Demand Instances that Batch manages",
    Cause.NO_WINDOWS: "runs no Windows containers: Fargate Spot does not support them",
    Cause.BEHIND_ANOTHER: "comes too late: a multi-node job waits for the first that suits it",
}

#: The explanation why an environment cannot launch instances, by code of the blocked reason.
_LAUNCH_FAILURES: Final = {
    "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY": "has no capacity: EC2 has no instances left for it",
    "MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED": (
        "has no capacity: its instance types are not available with its configuration"
    ),
    "MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS": (
        "has no capacity: its service role lacks a permission to launch instances"
    ),
}


def why_it_waits(job: Job, positions: Positions | None = None) -> Iterator[str]:
    """Yield sentences that explain why a job in the backlog of its queue has not started."""
    decision = decision_about(job)
    ahead = (positions or Positions()).ahead_of(job)
    yield _position(job, ahead)
    yield from _shares(job)
    yield from _consumables(decision)
    yield from _environments(job, decision)
    yield f"To let it start: {remedy(job, decision, ahead.number)}."


def why_it_would_wait(job: Job) -> Iterator[str]:
    """Yield sentences that explain why a RUNNABLE job could not start even if it were not held."""
    decision = decide(job, job.queue.visited_ms)
    if not decision.short and any(not obstacle.causes for obstacle in decision.obstacles):
        return
    yield "It could not start yet if it were released:"
    yield from _consumables(decision)
    yield from _environments(job, decision)
    yield f"To let it start then: {remedy(job, decision, 0)}."


def _environments(job: Job, decision: Decision) -> Iterator[str]:
    if not job.queue.environments:
        yield f"Job queue {job.queue.name!r} has no compute environment."
    ask = ask_of(job)
    for obstacle in decision.obstacles:
        for text in _texts(job, ask, obstacle):
            yield f"Compute environment {obstacle.environment.name!r} {text}."


def decision_about(job: Job) -> Decision:
    """
    Return the decision that a job would get now.

    The one recorded about the head of a queue may be older than the last request of the test.
    """
    return decide(job, job.queue.visited_ms)


def _position(job: Job, ahead: Ahead[Job]) -> str:
    queue = job.queue
    where = f"job queue {queue.name!r}"
    if job.share_identifier is not None:
        where = f"share {job.share_identifier!r} of {where}"
    first = ahead.first
    if first is None:
        return f"It is the first in {where}."
    return (
        f"It is number {ahead.number + 1} in {where}; the first is job {first.name!r} ({first.id}), "
        f"which {_of_the_first(first)}."
    )


def _of_the_first(job: Job) -> str:
    """Describe the first job of a queue for the explanation of later ones."""
    decision = decision_about(job)
    if decision.short:
        return f"waits for consumable resource {name_of(decision.short[0][0].arn)!r}"
    if decision.reason is not None:
        return f"{_asks_for(job)} and cannot start"
    return _asks_for(job)


def _shares(job: Job) -> Iterator[str]:
    """Name the share that is next, if it is a different one."""
    queue, at_ms = job.queue, job.queue.visited_ms
    if queue.policy is None:
        return
    waiting = {entry[1].share_identifier for entry in queue.backlog.jobs()}
    usage = {share or "": queue.weighted_usage(share, at_ms) for share in waiting}
    own = usage.get(job.share_identifier or "", 0.0)
    ahead = sorted((used, share) for share, used in usage.items() if used < own)
    if ahead:
        in_use = queue.usage().by_share
        first, share = ahead[0][1], job.share_identifier or ""
        yield (
            f"Share {first!r} is next because it has used less: it uses "
            f"{_of_vcpus(in_use.get(first, 0.0))} now, and share {share!r} {in_use.get(share, 0.0):g}."
        )


def _consumables(decision: Decision) -> Iterator[str]:
    for resource, quantity in decision.short:
        if resource.is_deleted:
            yield f"Consumable resource {name_of(resource.arn)!r} has been deleted."
        else:
            users = [user for user in parts_of(resource.jobs) if user.reservation is not None]
            by = f", in use by {names_of(users)}" if users and resource.in_use else ""
            yield (
                f"Consumable resource {name_of(resource.arn)!r} is short: {resource.available} of "
                f"{resource.total} are available{by}; the job asks for {quantity}."
            )


def _texts(job: Job, ask: Ask, obstacle: Obstacle) -> Iterator[str]:
    """Yield a phrase for each cause of an environment, or that it has room."""
    environment = obstacle.environment
    for cause in obstacle.causes:
        if cause is Cause.TOO_SMALL:
            yield _too_small(ask, environment)
        elif cause is Cause.OVER_MAX_VCPUS:
            most = environment.capacity.max_milli_vcpus or 0
            yield f"is too small: its maxvCpus is {vcpus_text(most)}, and the job {_asks_for(job)}"
        elif cause is Cause.TYPE_OVER_MAX_VCPUS:
            most = environment.capacity.max_milli_vcpus or 0
            needed = _of_vcpus(vcpus_of_types(ask, environment) / 1000)
            yield (
                f"is too small: its maxvCpus is {vcpus_text(most)}, and the smallest instances that hold the "
                f"job have {needed}"
            )
        elif cause is Cause.NO_ROOM:
            yield _no_room(job, ask, environment)
        elif cause is Cause.LAUNCHES_FAIL:
            yield _LAUNCH_FAILURES[environment.launch_failure or ""]
        elif cause is Cause.RESERVED:
            yield _reserved(job, environment)
        else:
            yield _PLAIN[cause]
    if not obstacle.causes:
        yield "has room for it"


def _no_room(job: Job, ask: Ask, environment: ComputeEnvironment) -> str:
    used, most = environment.used_milli_vcpus, environment.capacity.max_milli_vcpus or 0
    pool = environment.pool
    if pool is not None and not pool.cuts_to_size and pool.capacity.known_types():
        return (
            f"has no room: its hosts have {vcpus_text(pool.total_milli_vcpus)} of maxvCpus "
            f"{vcpus_text(most)}, so that {_types(ask, environment)} cannot be added, and "
            f"{_shortages(ask, pool)}"
        )
    return (
        f"has no room: {vcpus_text(used)} of {vcpus_text(most)} vCPUs are in use by "
        f"{names_of(environment.jobs)}, and the job {_asks_for(job)}"
    )


def _types(ask: Ask, environment: ComputeEnvironment) -> str:
    names = [environment.capacity.smallest_for(demand) or "" for demand in ask.demands]
    first = f"{names[0]} ({_of_vcpus(vcpus_of_types(ask, environment) / 1000)})"
    return f"a host of type {first}" if len(names) == 1 else f"{len(names)} hosts for its nodes"


def _shortages(ask: Ask, pool: HostPool) -> str:
    """Describe the shortage of each host for a job."""
    if ask.is_multinode:
        return "each node needs a host of its own"
    demand = ask.demands[0]
    hosts = [host for host in pool.hosts if not host.is_retiring]
    texts = [_shortage(demand, host) for host in hosts[:NAMED]]
    if len(hosts) > NAMED:
        texts.append(f"{len(hosts) - NAMED} more lack something too")
    return ", ".join(texts) or "there is no host"


def _shortage(demand: Demand, host: Host) -> str:
    lacking = []
    if host.free.milli_vcpus < demand.milli_vcpus:
        lacking.append(_of_vcpus((demand.milli_vcpus - host.free.milli_vcpus) / 1000))
    if host.free.memory_mib < demand.memory_mib:
        lacking.append(f"{demand.memory_mib - host.free.memory_mib} MiB")
    if host.free.gpus < demand.gpus:
        gpus = demand.gpus - host.free.gpus
        lacking.append(f"{gpus} {'GPU' if gpus == 1 else 'GPUs'}")
    by = f", used by {names_of(host.jobs)}," if host.jobs else ""
    return (
        f"{host.instance_id} ({host.instance_type}){by} lacks {' and '.join(lacking) or 'nothing'}"
    )


def _reserved(job: Job, environment: ComputeEnvironment) -> str:
    left = job.queue.left_for_active(environment, job.queue.visited_ms) or 0
    return (
        "keeps room for inactive shares (computeReservation): active shares may use "
        f"{_of_vcpus(left / 1000)}, {vcpus_text(environment.used_milli_vcpus)} are in use, and the job "
        f"{_asks_for(job)}"
    )


def _too_small(ask: Ask, environment: ComputeEnvironment) -> str:
    demand = next(part for part in ask.parts if not environment.capacity.holds(part))
    wanted = demand.instance_type
    if wanted is not None:
        return f"has no instance type for it: {wanted} is not allowed there, or too small"
    largest = _largest(environment.capacity.known_types(), demand)
    offered = _size((largest.vcpus, largest.memory_mib, largest.gpus))
    return (
        f"has no instance type for it: the largest, {largest.name}, has {offered} for jobs, and the job "
        f"asks for {_size((demand.milli_vcpus / 1000, demand.memory_mib, demand.gpus))}"
    )


def _largest(types: Iterable[InstanceType], demand: Demand) -> InstanceType:
    """Return the closest type: the one with the most of the missing resource."""

    def closeness(item: InstanceType) -> tuple[float, ...]:
        gpus = min(item.gpus - demand.gpus, 0)
        vcpus = min(item.vcpus - demand.milli_vcpus / 1000, 0)
        memory = min(item.memory_mib - demand.memory_mib, 0)
        return (gpus, vcpus, memory, *item[1:])

    return max(types, key=closeness)


def _size(size: tuple[float, int, int]) -> str:
    vcpus, memory_mib, gpus = size
    if not gpus:
        return f"{_of_vcpus(vcpus)} and {memory_mib} MiB"
    return f"{_of_vcpus(vcpus)}, {memory_mib} MiB and {gpus} {'GPU' if gpus == 1 else 'GPUs'}"


def _asks_for(job: Job) -> str:
    return f"asks for {_of_vcpus(ask_of(job).milli_vcpus / 1000)}"


def _of_vcpus(vcpus: float) -> str:
    return f"{vcpus:g} vCPU" if vcpus == 1 else f"{vcpus:g} vCPUs"
