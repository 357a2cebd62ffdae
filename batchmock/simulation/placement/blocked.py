"""
The documented reasons for which a job blocks its queue, and the record of the job at the head.

Source: AWS Batch user guide, "Jobs stuck in a RUNNABLE status" (documented texts and codes). Assumed: how
long the service takes to notice, which reason takes precedence, and that a job which only waits for others
to end blocks nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from batchmock.simulation.jobs.job import Job
    from batchmock.simulation.time.agenda import Entry

#: From becoming the head of its queue until the service shows why a job blocks it: some three minutes were
#: measured (github.com/nextflow-io/nextflow#7479).
BLOCKED_DETECTION_MS: Final = 180_000

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
# Documented.
EC2_INSTANCE_CONFIGURATION_UNSUPPORTED: Final = (
    "MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED - Your compute environment associated with "
    "this job queue has an unsupported instance type configuration."
)
SERVICE_ROLE_PERMISSIONS: Final = (
    "MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS \N{EN DASH} Batch service role has a permission "
    "issue."
)
# Captured.
UNDETERMINED: Final = "UNDETERMINED - Batch job is blocked, root cause is undetermined."

# Documented.
CANCELED_BY_TIME_LIMIT: Final = "Canceled by JobStateTimeLimit action due to reason: {code}"


#: The codes of the reasons for which an environment cannot launch instances, with their texts.
LAUNCH_FAILURES: Final = {
    "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY": INSUFFICIENT_INSTANCE_CAPACITY,
    "MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED": EC2_INSTANCE_CONFIGURATION_UNSUPPORTED,
    "MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS": SERVICE_ROLE_PERMISSIONS,
}


class QueueHead:
    """
    The job at the head of a queue and whether it blocks the queue.

    `reason` is why the job blocks the queue, or None if it only waits. `detected_at_ms` is when the service
    began to show the reason.
    """

    __slots__ = (
        "announced",
        "detected_at_ms",
        "entry",
        "job",
        "limits",
        "reason",
        "since_ms",
    )

    def __init__(self) -> None:
        self.job: Job | None = None
        self.since_ms = 0
        self.reason: str | None = None
        self.detected_at_ms: int | None = None
        #: The time limits with which `entry` was planned.
        self.limits: dict[str, int] = {}
        #: The next detection or cancellation.
        self.entry: Entry | None = None
        #: The pairs of job id and reason that listeners were called with.
        self.announced: set[tuple[str, str]] = set()


def code_of(reason: str) -> str:
    """Return the code that a reason begins with, as used in jobStateTimeLimitActions."""
    # One of the documented texts has an en dash between its code and its sentence.
    return reason.replace("\N{EN DASH}", "-").partition(" - ")[0]
