"""The advice that would start a waiting job: what to change, or which jobs have to end."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeVar

from batchmock.observe.jobs.held import is_to_be_held
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import RUNNING
from batchmock.simulation.placement.capacity import Ask, Cause, ask_of
from batchmock.simulation.placement.decisions import Decision, Obstacle, decide
from batchmock.simulation.placement.environments import ComputeEnvironment
from batchmock.simulation.tracking.records import TrackedJob

#: The number of jobs named in a list; others are only counted.
NAMED: Final = 3

#: The remedies by cause, easiest first. Advice names the environment whose hardest cause is easiest to remove.
_REMEDIES: Final = {
    Cause.NO_ROOM: "",
    Cause.RESERVED: "",
    Cause.BEHIND_ANOTHER: "",
    Cause.LAUNCHES_FAIL: "call restore({name!r})",
    Cause.DISABLED: "enable compute environment {name!r}",
    Cause.OVER_MAX_VCPUS: "raise the maxvCpus of {name!r} to {vcpus} or more, or ask for less",
    Cause.TYPE_OVER_MAX_VCPUS: "raise the maxvCpus of {name!r} to {type_vcpus} or more, or ask for less",
    Cause.TOO_SMALL: "allow a larger instance type in {name!r}, or ask for less",
    Cause.INVALID: "call restore({name!r})",
    Cause.NO_NODES: "give its queue a compute environment of On-Demand Instances",
    Cause.NO_WINDOWS: "give its queue a compute environment of another type than FARGATE_SPOT",
}
_BY_EASE: Final = {cause: rank for rank, cause in enumerate(_REMEDIES)}

_Tracked = TypeVar("_Tracked", bound=TrackedJob)


def remedy(job: Job, decision: Decision, ahead: int) -> str:
    """
    Return the advice that would start a waiting job.

    Args:
        job: the job.
        decision: why it was not placed.
        ahead: the number of jobs ahead of it in its queue, or in its share.
    """
    remedies = [
        f"create consumable resource {name_of(resource.arn)!r} again, or submit the job without it"
        if resource.is_deleted
        else f"raise the total of consumable resource {name_of(resource.arn)!r} to {quantity}"
        for resource, quantity in decision.short
        if quantity > resource.total
    ]
    if decision.obstacles:
        remedies += _remedies(job, min(decision.obstacles, key=_ease))
    else:
        remedies.append("give its queue a compute environment")
    if remedies:
        return "; ".join(dict.fromkeys(remedies))
    return "; ".join(_steps(job, decision, ahead)) or "let time move, with tick() or run()"


def _steps(job: Job, decision: Decision, ahead: int) -> Iterator[str]:
    """Yield what has to happen for a job that fits: the head of its queue starts, and other jobs end."""
    head = job.queue.head.job
    # Decided anew: what the queue shows may be older than the last request of the test.
    is_blocked = head is not None and decide(head, job.queue.visited_ms).reason is not None
    blockers = dict.fromkeys(_blockers(decision))
    if head is not None and head is not job:
        first = label_of(head)
        if is_blocked:
            yield f"cancel job {first}, or let that one start: its explain() says how"
        elif not blockers:
            yield f"let job {first} start, which is ahead of it: its explain() says how"
    if blockers:
        yield let_end(blockers, lambda going: _suffices(job, decision, going))
        if ahead and not is_blocked:
            yield (
                "the job ahead of it starts first"
                if ahead == 1
                else (f"the {ahead:,} jobs ahead of it start first")
            )


def _suffices(job: Job, decision: Decision, going: Sequence[Job]) -> bool:
    """Return whether a job has what it needs once others have ended, as far as numbers tell."""
    for resource, quantity in decision.short:
        freed = sum(
            taken
            for other in going
            if other.reservation is not None
            for item, taken in other.consumes
            if item is resource
        )
        if resource.available + freed < quantity:
            return False
    needed = ask_of(job).milli_vcpus
    return any(
        not causes
        or (most := environment.capacity.max_milli_vcpus) is None
        or most
        - environment.used_milli_vcpus
        + sum(ask_of(other).milli_vcpus for other in going if other in environment.jobs)
        >= needed
        for environment, causes in decision.obstacles
    )


def _ease(obstacle: Obstacle) -> tuple[int, int]:
    ranks = [_BY_EASE[cause] for cause in obstacle.causes]
    return (max(ranks, default=-1), len(ranks))


def _remedies(job: Job, obstacle: Obstacle) -> list[str]:
    ask, environment = ask_of(job), obstacle.environment
    values = {
        "name": environment.name,
        "vcpus": vcpus_text(ask.milli_vcpus),
        "type_vcpus": vcpus_text(vcpus_of_types(ask, environment)),
    }
    texts = (_REMEDIES[cause] for cause in obstacle.causes)
    return [text.format(**values) for text in texts if text]


def _blockers(decision: Decision) -> Iterator[Job]:
    """Yield the jobs that use what the job needs: a consumable resource, or the room of an environment."""
    for resource, _ in decision.short:
        yield from (user for user in parts_of(resource.jobs) if user.reservation is not None)
    if any(not obstacle.causes for obstacle in decision.obstacles):
        return
    for environment, causes in decision.obstacles:
        if Cause.NO_ROOM in causes or Cause.RESERVED in causes:
            yield from environment.jobs


def let_end(jobs: Iterable[_Tracked], suffices: Callable[[Sequence[_Tracked]], bool]) -> str:
    """
    Return the advice how jobs that are under way can make room.

    Some end by themselves. Those that hang have to be terminated, and those that are held released.

    Args:
        jobs: the jobs.
        suffices: returns whether it is enough that some of them end.
    """
    going: list[_Tracked] = []
    hanging: list[_Tracked] = []
    held: list[_Tracked] = []
    for job in jobs:
        if job.parked:
            held.append(job)
        elif job.status == RUNNING and job.entry is None and job.timeout_entry is None:
            hanging.append(job)
        elif is_to_be_held(job):
            held.append(job)
        else:
            going.append(job)
    steps = [f"let {names_of(going)} end"] if going else []
    if going and suffices(going):
        return steps[0]
    stopped = _fewest(hanging, lambda some: suffices([*going, *some]))
    if stopped:
        steps.append(
            f"terminate {names_of(stopped)}, which {'hangs' if len(stopped) == 1 else 'hang'}"
        )
    text = " and ".join(steps)
    if held and not (stopped and suffices([*going, *stopped])):
        released = _fewest(held, lambda some: suffices([*going, *stopped, *some]))
        release = (
            f"release {names_of(released)}, which {'is' if len(released) == 1 else 'are'} held"
        )
        return f"{text}, and {release}" if text else release
    return text


def _fewest(
    jobs: Sequence[_Tracked], suffices: Callable[[Sequence[_Tracked]], bool]
) -> Sequence[_Tracked]:
    """Return the first of some jobs that are enough, or all of them."""
    counts = range(1, len(jobs))
    return jobs[: 1 + bisect_left(counts, True, key=lambda count: suffices(jobs[:count]))]


# Words that explanations share


def vcpus_of_types(ask: Ask, environment: ComputeEnvironment) -> int:
    """Return the vCPUs of the smallest instances that hold a job, in thousandths."""
    types = (environment.capacity.candidates(demand) for demand in ask.demands)
    return 1000 * sum(min((item.vcpus for item in found), default=0) for found in types)


def parts_of(jobs: Iterable[Job]) -> Iterator[Job]:
    """Yield jobs, with array jobs replaced by their children."""
    for job in jobs:
        yield from getattr(job, "children", (job,))


def vcpus_text(milli_vcpus: int) -> str:
    """Format thousandths of vCPUs as a number."""
    return f"{milli_vcpus / 1000:g}"


def names_of(jobs: Collection[TrackedJob]) -> str:
    """Join the quoted names of jobs; from the fourth on, they are only counted."""
    names = [label_of(job) for job in islice(jobs, NAMED)]
    if len(jobs) > NAMED:
        names.append(f"{len(jobs) - NAMED} more")
    if not names:
        return "no job"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def label_of(job: TrackedJob) -> str:
    """Return the quoted name of a job, with the index of an array child."""
    return repr(job.name if job.array_index is None else f"{job.name}:{job.array_index}")


def name_of(arn: str) -> str:
    """Return the last part of an ARN."""
    return arn.rpartition("/")[2]
