"""
Jobs that block their queue: why the job at the head can't be placed, and since when.

Source: AWS Batch user guide, "Jobs stuck in a RUNNABLE status" (documented texts and codes). Assumed:
how long the service takes to notice, which reason goes before which, and that a job which only waits
for others to end blocks nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from batchmock.simulation.placement.capacity import Verdict, ask_of

if TYPE_CHECKING:
    from batchmock.simulation.jobs.job import Job
    from batchmock.simulation.placement.environments import ComputeEnvironment
    from batchmock.simulation.time.agenda import Entry

#: From becoming the head of its queue until the service says why a job blocks it. Documented is
#: nothing; assumed are five minutes.
BLOCKED_DETECTION_MS: Final = 300_000

# Documented.
INSUFFICIENT_INSTANCE_CAPACITY: Final = (
    "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity requested for "
    "instance type [{instance_type}]"
)
COMPUTE_ENVIRONMENT_MAX_RESOURCE: Final = (
    "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - CE(s) associated with the job queue cannot "
    "meet the CPU requirement of the job."
)
# Captured.
JOB_RESOURCE_REQUIREMENT: Final = (
    "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement (vCPU/memory/GPU) is "
    "higher than that can be met by the CE(s) attached to the job queue."
)
# Documented.
ACTION_REQUIRED: Final = "ACTION_REQUIRED - CE(s) associated with the job queue are invalid."
# Captured.
UNDETERMINED: Final = "UNDETERMINED - Batch job is blocked, root cause is undetermined."

# Documented.
CANCELED_BY_TIME_LIMIT: Final = "Canceled by JobStateTimeLimit action due to reason: {code}"

#: What counts where several environments refuse a job, each for its own cause: the first of these.
_BY_CAUSE: Final = (
    (Verdict.OVER_MAX_VCPUS, COMPUTE_ENVIRONMENT_MAX_RESOURCE),
    (Verdict.TOO_SMALL, JOB_RESOURCE_REQUIREMENT),
    (Verdict.INVALID, ACTION_REQUIRED),
)


class Watch:
    """
    The job at the head of a queue, as far as it blocks it.

    `reason` is why it does, None if it only waits; `detected_at_ms` since when the service says so.
    """

    __slots__ = ("announced", "detected_at_ms", "entry", "head", "limits", "reason", "since_ms")

    def __init__(self) -> None:
        self.head: Job | None = None
        self.since_ms = 0
        self.reason: str | None = None
        self.detected_at_ms: int | None = None
        #: The time limits that `entry` was planned with.
        self.limits: dict[str, int] = {}
        #: The detection, or the cancellation, that comes next.
        self.entry: Entry | None = None
        #: What has been announced: ids of jobs, each with a reason.
        self.announced: set[tuple[str, str]] = set()


def code_of(reason: str) -> str:
    """Give the code that a reason begins with, as jobStateTimeLimitActions name it."""
    # One of the documented texts has an en dash between its code and its sentence.
    return reason.replace("\N{EN DASH}", "-").partition(" - ")[0]


def blocked_reason(job: Job) -> str | None:
    """
    Give the reason for which no environment of its queue will take a job as things are.

    Returns:
        The service's text; None if there is an environment that takes it once it has room, or one that
        is still changing.
    """
    ask = ask_of(job)
    verdicts: dict[Verdict, ComputeEnvironment] = {}
    for environment in job.queue.environments:
        verdict = environment.verdict(ask)
        if verdict in (Verdict.SUITS, Verdict.CHANGING):
            return None if _may_be_met(job) else UNDETERMINED
        verdicts.setdefault(verdict, environment)
    if Verdict.EXHAUSTED in verdicts:
        instance_type = _instance_type(job, verdicts[Verdict.EXHAUSTED])
        return INSUFFICIENT_INSTANCE_CAPACITY.format(instance_type=instance_type)
    for verdict, reason in _BY_CAUSE:
        if verdict in verdicts:
            return reason
    return UNDETERMINED


def _may_be_met(job: Job) -> bool:
    """Say whether there is as much of all consumable resources as the job takes, used or not."""
    return job.has_consumables or all(
        quantity <= resource.total for resource, quantity in job.consumes
    )


def _instance_type(job: Job, environment: ComputeEnvironment) -> str:
    """Give the instance type that would be launched: the smallest that is large enough (assumed)."""
    capacity = environment.capacity
    smallest = capacity.smallest_for(ask_of(job).parts[0])
    return smallest or next(iter(capacity.instance_types), environment.platform)
