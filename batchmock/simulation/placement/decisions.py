"""
The scheduler's decisions about RUNNABLE jobs: which environments refuse a job, and why.

The scheduler records the decision about the job at the head of each queue. Blocked reasons and explanations
read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from batchmock.simulation.placement.blocked import (
    ACTION_REQUIRED,
    COMPUTE_ENVIRONMENT_MAX_RESOURCE,
    JOB_RESOURCE_REQUIREMENT,
    LAUNCH_FAILURES,
    UNDETERMINED,
)
from batchmock.simulation.placement.capacity import PASSING, Ask, Cause, ask_of

if TYPE_CHECKING:
    from batchmock.simulation.jobs.job import Job
    from batchmock.simulation.placement.consumable_resources import ConsumableResource
    from batchmock.simulation.placement.environments import ComputeEnvironment

#: If environments refuse a job for different causes, the first of these determines the reason.
_BY_CAUSE: Final = (
    (Cause.OVER_MAX_VCPUS, COMPUTE_ENVIRONMENT_MAX_RESOURCE),
    (Cause.TYPE_OVER_MAX_VCPUS, COMPUTE_ENVIRONMENT_MAX_RESOURCE),
    (Cause.TOO_SMALL, JOB_RESOURCE_REQUIREMENT),
    (Cause.INVALID, ACTION_REQUIRED),
)


class Obstacle(NamedTuple):
    """One environment of the queue, and why it does not take the job; no causes if it would take it."""

    environment: ComputeEnvironment
    causes: tuple[Cause, ...]

    @property
    def is_passing(self) -> bool:
        """Whether the environment takes the job once other jobs have ended."""
        return PASSING.issuperset(self.causes)


class Decision(NamedTuple):
    """
    Why a job was not placed.

    Args:
        short: the consumable resources that are short, each with the quantity that the job takes.
        obstacles: one for each environment of the queue, in its order.
        reason: the text that the service shows if the job blocks its queue; None if it only waits.
    """

    short: tuple[tuple[ConsumableResource, int], ...]
    obstacles: tuple[Obstacle, ...]
    reason: str | None


def decide(job: Job, at_ms: int) -> Decision:
    """Return what keeps a job from being placed, apart from jobs ahead of it in its queue."""
    ask, obstacles = ask_of(job), []
    waits_for_first = False
    for environment in job.queue.environments:
        causes = _causes(job, ask, environment, at_ms)
        if waits_for_first:
            causes = (*causes, Cause.BEHIND_ANOTHER)
        waits_for_first = waits_for_first or (ask.is_multinode and environment.is_reached_by(ask))
        obstacles.append(Obstacle(environment, causes))
    return Decision(short_of(job), tuple(obstacles), _blocked_reason(job, ask, obstacles))


def short_of(job: Job) -> tuple[tuple[ConsumableResource, int], ...]:
    """Return the consumable resources that are short for a job, with its quantities."""
    if job.reservation is not None:
        return ()
    return tuple(item for item in job.consumes if item[0].is_short(item[1]))


def _causes(job: Job, ask: Ask, environment: ComputeEnvironment, at_ms: int) -> tuple[Cause, ...]:
    lasting = environment.lasting_causes(ask)
    if lasting:
        return lasting
    if not environment.has_room(ask, at_ms):
        return (Cause.NO_ROOM,)
    if job.queue.is_reserved(environment, ask.milli_vcpus, at_ms):
        return (Cause.RESERVED,)
    return ()


def _blocked_reason(job: Job, ask: Ask, obstacles: list[Obstacle]) -> str | None:
    if any(obstacle.is_passing for obstacle in obstacles):
        return None if _may_be_met(job) else UNDETERMINED
    decisive: dict[Cause, ComputeEnvironment] = {}
    for environment, causes in obstacles:
        decisive.setdefault(causes[0], environment)
    failing = decisive.get(Cause.LAUNCHES_FAIL)
    if failing is not None:
        text = LAUNCH_FAILURES[failing.launch_failure or ""]
        return text.format(instance_type=_instance_type(ask, failing))
    return next((reason for cause, reason in _BY_CAUSE if cause in decisive), UNDETERMINED)


def _may_be_met(job: Job) -> bool:
    """Return whether the totals of all consumable resources suffice, in use or not."""
    return job.reservation is not None or all(
        quantity <= resource.total for resource, quantity in job.consumes
    )


def _instance_type(ask: Ask, environment: ComputeEnvironment) -> str:
    """Return the instance type that would be launched: the smallest that is large enough (assumed)."""
    capacity = environment.capacity
    smallest = capacity.smallest_for(ask.parts[0])
    return smallest or next(iter(capacity.instance_types), environment.platform)
