"""Why a RUNNABLE job does not start, in words: who is ahead, who has the room, and what would change it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from batchmock.simulation.jobs.job import Job
from batchmock.simulation.placement.blocked import blocked_reason
from batchmock.simulation.placement.capacity import Ask, Demand, Verdict, ask_of
from batchmock.simulation.placement.consumable_resources import ConsumableResource
from batchmock.simulation.placement.environments import ComputeEnvironment
from batchmock.simulation.placement.instance_types import InstanceType

#: So many jobs are named; of more, only the number.
_NAMED: Final = 3

_TAKES_NONE: Final = {
    Verdict.DISABLED: "takes no jobs: it is DISABLED",
    Verdict.CHANGING: "takes no jobs: it is not VALID",
    Verdict.INVALID: "takes no jobs: it is INVALID",
    Verdict.EXHAUSTED: "has no capacity: EC2 has no instances left for it",
    Verdict.NO_NODES: "runs no multi-node jobs: they need On-Demand Instances that Batch manages",
}

#: What lets a job start, by what most nearly let it: the first that some environment said.
_REMEDIES: Final = (
    (Verdict.SUITS, "let jobs that are ahead of it, or that run, end"),
    (Verdict.CHANGING, "let the compute environment become VALID"),
    (Verdict.EXHAUSTED, "call restore() with the compute environment"),
    (Verdict.DISABLED, "enable a compute environment of its queue"),
    (Verdict.OVER_MAX_VCPUS, "raise maxvCpus to {vcpus} or more, or ask for less"),
    (Verdict.TOO_SMALL, "allow a larger instance type, or ask for less"),
    (Verdict.INVALID, "give its queue a compute environment that is VALID"),
    (Verdict.NO_NODES, "give its queue a compute environment of On-Demand Instances"),
)


def why_it_waits(job: Job) -> Iterator[str]:
    """Say in sentences why a job that stands in the line of its queue has not been started."""
    yield from _ahead(job)
    yield from _shares(job)
    yield from _consumables(job)
    if not job.queue.environments:
        yield f"Job queue {job.queue.name!r} has no compute environment."
    ask = ask_of(job)
    for environment in job.queue.environments:
        yield f"Compute environment {environment.name!r} {_refusal(job, ask, environment)}."
    yield f"To let it start: {_remedy(job)}."


def _remedy(job: Job) -> str:
    """Say what would let a job start that waits."""
    ask = ask_of(job)
    for resource, quantity in _lacking(job):
        if resource.is_deleted:
            return "submit it anew, with consumable resources that exist"
        if quantity > resource.total:
            return f"raise the total of consumable resource {_name(resource.arn)!r} to {quantity}"
    head = _in_the_way(job)
    if head is not None:
        return f"cancel job {_label(head)}, or see to it that it can start: its explain() says how"
    verdicts = {environment.verdict(ask) for environment in job.queue.environments}
    for verdict, text in _REMEDIES:
        if verdict in verdicts:
            return text.format(vcpus=_vcpus(ask.milli_vcpus))
    return "give its queue a compute environment"


def _in_the_way(job: Job) -> Job | None:
    """Give the job that keeps another from room that there is, if it can't start by itself."""
    before, ask = _before(job), ask_of(job)
    if not before or blocked_reason(before[0]) is None:
        return None
    environments = job.queue.environments
    has_room = any(item.suits(ask) and item.has_room(ask.milli_vcpus) for item in environments)
    return before[0] if has_room else None


def _before(job: Job) -> list[Job]:
    """Give the jobs ahead of a job in its queue, or in its share, in their order."""
    place = job.queue.place_of(job)
    before = [
        entry
        for entry in job.queue.line.jobs()
        if entry[0] < place and entry[1].share_identifier == job.share_identifier
    ]
    return [other for _, other in sorted(before)]


def _ahead(job: Job) -> Iterator[str]:
    queue = job.queue
    before = _before(job)
    where = f"job queue {queue.name!r}"
    if job.share_identifier is not None:
        where = f"share {job.share_identifier!r} of {where}"
    if not before:
        yield f"It is the first in {where}."
    else:
        first = before[0]
        yield (
            f"It is number {len(before) + 1} in {where}: job {first.name!r} ({first.id}) is the first, "
            f"and {_of_the_first(first)}."
        )


def _of_the_first(job: Job) -> str:
    """Say of the job at the head what those behind it want to know."""
    lacking = [resource for resource, _ in _lacking(job)]
    if lacking:
        return f"waits for consumable resource {_name(lacking[0].arn)!r}"
    if blocked_reason(job) is not None:
        return f"{_asks_for(job)}, which no compute environment can give it"
    return _asks_for(job)


def _shares(job: Job) -> Iterator[str]:
    """Name the share whose turn it is, if it is another's."""
    queue, at_ms = job.queue, job.queue.looked_at_ms
    if queue.policy is None:
        return
    waiting = {entry[1].share_identifier for entry in queue.line.jobs()}
    usage = {share or "": queue.weighted_usage(share, at_ms) for share in waiting}
    own = usage.get(job.share_identifier or "", 0.0)
    ahead = sorted((used, share) for share, used in usage.items() if used < own)
    if ahead:
        in_use = queue.usage().by_share
        first, share = ahead[0][1], job.share_identifier or ""
        yield (
            f"Share {first!r} comes first, as it has used less: it now uses "
            f"{_of_vcpus(in_use.get(first, 0.0))}, and share {share!r} {in_use.get(share, 0.0):g}."
        )


def _consumables(job: Job) -> Iterator[str]:
    for resource, quantity in _lacking(job):
        if resource.is_deleted:
            yield f"Consumable resource {_name(resource.arn)!r} has been deleted."
        else:
            users = [user for user in _parts(resource.jobs) if user.has_consumables]
            by = f", in use by {_names(users)}" if users and resource.in_use else ""
            yield (
                f"Consumable resource {_name(resource.arn)!r} is short: {resource.available} of "
                f"{resource.total} are available{by}; the job asks for {quantity}."
            )


def _lacking(job: Job) -> list[tuple[ConsumableResource, int]]:
    """Give the consumable resources of which there is not enough for a job, and how much it takes."""
    if job.has_consumables:
        return []
    return [taken for taken in job.consumes if taken[0].is_short(taken[1])]


def _parts(jobs: Iterable[Job]) -> Iterator[Job]:
    """Give jobs, and the children of array jobs in their place."""
    for job in jobs:
        yield from getattr(job, "children", (job,))


def _refusal(job: Job, ask: Ask, environment: ComputeEnvironment) -> str:
    verdict = environment.verdict(ask)
    most = environment.capacity.max_milli_vcpus
    if verdict in _TAKES_NONE:
        return _TAKES_NONE[verdict]
    if verdict is Verdict.TOO_SMALL:
        return _too_small(ask, environment)
    if most is None:
        return _kept(job, environment)
    if verdict is Verdict.OVER_MAX_VCPUS:
        return f"is too small: its maxvCpus is {_vcpus(most)}, and the job {_asks_for(job)}"
    if not environment.has_room(ask.milli_vcpus):
        return (
            f"has no room for it: {_vcpus(environment.used_milli_vcpus)} of {_vcpus(most)} vCPUs are in "
            f"use by {_names(environment.jobs)}, and the job {_asks_for(job)}"
        )
    return _kept(job, environment)


def _kept(job: Job, environment: ComputeEnvironment) -> str:
    """Say for whom an environment keeps the room that it has."""
    for queue in environment.queues:
        head = queue.line.first()
        if head is not None and queue.rank < job.queue.rank and _waits_for(head, environment):
            return f"keeps its room for job {head.name!r} of job queue {queue.name!r}, which comes first"
    queue, at_ms = job.queue, job.queue.looked_at_ms
    if queue.is_reserved(environment, ask_of(job).milli_vcpus, at_ms):
        return (
            "keeps a part of its room for shares that are not active (computeReservation): of the "
            f"{_vcpus(queue.left_for_active(environment, at_ms) or 0)} vCPUs for those that are, "
            f"{_vcpus(environment.used_milli_vcpus)} are in use, and the job {_asks_for(job)}"
        )
    return "has room for it"


def _waits_for(head: Job, environment: ComputeEnvironment) -> bool:
    """Say whether a job at the head of its queue waits for room in an environment."""
    return not _lacking(head) and environment.suits(ask_of(head))


def _too_small(ask: Ask, environment: ComputeEnvironment) -> str:
    demand = next(part for part in ask.parts if not environment.capacity.holds(part))
    wanted = demand.instance_type
    if wanted is not None:
        return f"has no instance type for it: {wanted} is not allowed there, or too small"
    largest = _largest(environment.capacity.known_types(), demand)
    return (
        f"has no instance type for it: the largest, {largest.name}, has {_size(largest[1:])}, and the "
        f"job asks for {_size((demand.milli_vcpus / 1000, demand.memory_mib, demand.gpus))}"
    )


def _largest(types: Iterable[InstanceType], demand: Demand) -> InstanceType:
    """Give the type that comes nearest: the one with most of what is lacking."""

    def nearness(item: InstanceType) -> tuple[float, ...]:
        gpus = min(item.gpus - demand.gpus, 0)
        vcpus = min(item.vcpus - demand.milli_vcpus / 1000, 0)
        memory = min(item.memory_mib - demand.memory_mib, 0)
        return (gpus, vcpus, memory, *item[1:])

    return max(types, key=nearness)


def _size(size: tuple[float, int, int]) -> str:
    vcpus, memory_mib, gpus = size
    if not gpus:
        return f"{_of_vcpus(vcpus)} and {memory_mib} MiB"
    return f"{_of_vcpus(vcpus)}, {memory_mib} MiB and {gpus} {'GPU' if gpus == 1 else 'GPUs'}"


def _asks_for(job: Job) -> str:
    return f"asks for {_of_vcpus(ask_of(job).milli_vcpus / 1000)}"


def _of_vcpus(vcpus: float) -> str:
    return f"{vcpus:g} vCPU" if vcpus == 1 else f"{vcpus:g} vCPUs"


def _vcpus(milli_vcpus: int) -> str:
    return f"{milli_vcpus / 1000:g}"


def _names(jobs: Iterable[Job]) -> str:
    listed = list(jobs)
    names = [_label(job) for job in listed[:_NAMED]]
    if len(listed) > _NAMED:
        names.append(f"{len(listed) - _NAMED} more")
    if not names:
        return "nobody"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _label(job: Job) -> str:
    """Name a job shortly; a child with its index."""
    return repr(job.name if job.array_index is None else f"{job.name}:{job.array_index}")


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]
