"""Which scheduling policy a job queue can have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from batchmock.errors import ServiceError
from batchmock.operations.job_queues.scheduling_policies import (
    SchedulingPolicyRecord,
    find_scheduling_policy,
)
from batchmock.operations.region import Region
from batchmock.operations.service_jobs.service_environments import SAGEMAKER_TRAINING

# Captured.
POLICY_NOT_FOUND: Final = "SchedulingPolicy {arn} not found."
QUOTA_POLICY_MISPLACED: Final = (
    "Quota Management feature is only supported for SageMaker Training job queues."
)

# Assumed. Documented is that a policy can be replaced by another of its kind, and nothing else.
POLICY_CANNOT_BE_ADDED: Final = (
    "A scheduling policy cannot be added to a job queue that was created without one."
)
POLICY_CANNOT_SWITCH: Final = (
    "The scheduling policy of a job queue cannot be changed from {old} to {new}."
)


def policy_of(
    region: Region, request: Mapping[str, Any], job_queue_type: str | None
) -> SchedulingPolicyRecord | None:
    """
    Give the scheduling policy that a request names, None where it names none.

    Raises:
        ServiceError: there is none such, or queues of this type have none of its kind.

    Source: CreateJobQueue (captured texts).
    """
    arn = request.get("schedulingPolicyArn")
    if arn is None:
        return None
    policy = find_scheduling_policy(region, arn)
    if policy is None:
        raise ServiceError(POLICY_NOT_FOUND.format(arn=arn))
    if not policy.is_fair_share and job_queue_type != SAGEMAKER_TRAINING:
        raise ServiceError(QUOTA_POLICY_MISPLACED)
    return policy


def check_policy_change(old: SchedulingPolicyRecord | None, new: SchedulingPolicyRecord) -> None:
    """
    Refuse a policy for a queue that never had one, and one of another kind.

    Raises:
        ServiceError: it is one of these.

    Source: UpdateJobQueue (documented; texts assumed).
    """
    if old is None:
        raise ServiceError(POLICY_CANNOT_BE_ADDED)
    if old.kind != new.kind:
        raise ServiceError(POLICY_CANNOT_SWITCH.format(old=old.kind, new=new.kind))
