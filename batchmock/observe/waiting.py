"""Why a RUNNABLE job does not start, in words: who is ahead, who has the room, and what would change it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from batchmock.simulation.capacity import Ask, Demand, Verdict, ask_of
from batchmock.simulation.instance_types import InstanceType
from batchmock.simulation.job import Job
from batchmock.simulation.queues import ComputeEnvironment

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
    for resource, quantity in job.consumes:
        if not job.has_consumables and quantity > resource.total:
            return f"raise the total of consumable resource {_name(resource.arn)!r} to {quantity}"
    verdicts = {environment.verdict(ask) for environment in job.queue.environments}
    for verdict, text in _REMEDIES:
        if verdict in verdicts:
            return text.format(vcpus=_vcpus(ask.milli_vcpus))
    return "give its queue a compute environment"


def _ahead(job: Job) -> Iterator[str]:
    queue = job.queue
    place = queue.place_of(job)
    before = sorted(
        entry
        for entry in queue.line.jobs()
        if entry[0] < place and entry[1].share_identifier == job.share_identifier
    )
    where = f"job queue {queue.name!r}"
    if job.share_identifier is not None:
        where = f"share {job.share_identifier!r} of {where}"
    if not before:
        yield f"It is the first in {where}."
    else:
        first = before[0][1]
        yield (
            f"It is number {len(before) + 1} in {where}: job {first.name!r} ({first.id}) is the first, "
            f"and {_asks_for(first)}."
        )


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
    if job.has_consumables:
        return
    for resource, quantity in job.consumes:
        if resource.is_short(quantity):
            users = [user for user in _parts(resource.jobs) if user.has_consumables]
            by = f", in use by {_names(users)}" if users and resource.in_use else ""
            yield (
                f"Consumable resource {_name(resource.arn)!r} is short: {resource.available} of "
                f"{resource.total} are available{by}; the job asks for {quantity}."
            )


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
        return "has room for it"
    if verdict is Verdict.OVER_MAX_VCPUS:
        return f"is too small: its maxvCpus is {_vcpus(most)}, and the job {_asks_for(job)}"
    if not environment.has_room(ask.milli_vcpus):
        return (
            f"is full: {_vcpus(environment.used_milli_vcpus)} of {_vcpus(most)} vCPUs are in use by "
            f"{_names(environment.jobs)}, and the job {_asks_for(job)}"
        )
    return _kept(job, environment)


def _kept(job: Job, environment: ComputeEnvironment) -> str:
    """Say for whom an environment keeps the room that it has."""
    for queue in environment.queues:
        head = queue.line.first()
        if head is not None and queue.rank < job.queue.rank:
            return f"keeps its room for job {head.name!r} of job queue {queue.name!r}, which comes first"
    policy = job.queue.policy
    if policy is not None and policy.compute_reservation:
        return "has room for it, of which a computeReservation keeps a part for other shares"
    return "has room for it"


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
    text = f"{_of_vcpus(vcpus)} and {memory_mib} MiB"
    return f"{text}, and {gpus} GPUs" if gpus else text


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
