"""The scheduling policy of a job queue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from batchmock.errors import ServiceError
from batchmock.operations.job_queues.scheduling_policies import (
    SchedulingPolicyRecord,
    find_scheduling_policy,
)
from batchmock.operations.region import Region
from batchmock.operations.service_environments import SAGEMAKER_TRAINING

# Captured.
POLICY_NOT_FOUND: Final = "SchedulingPolicy {arn} not found."
QUOTA_POLICY_MISPLACED: Final = (
    "Quota Management feature is only supported for SageMaker Training job queues."
)

# Documented: a policy can only be replaced by another of its kind. The text is assumed.
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
    Return the scheduling policy that a request names; None without one.

    Raises:
        ServiceError: it does not exist, or its kind does not fit the type of the queue.

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
    Refuse a policy for a queue that was created without one, and a policy of another kind.

    Raises:
        ServiceError: the change is not allowed.

    Source: UpdateJobQueue (documented; texts assumed).
    """
    if old is None:
        raise ServiceError(POLICY_CANNOT_BE_ADDED)
    if old.kind != new.kind:
        raise ServiceError(POLICY_CANNOT_SWITCH.format(old=old.kind, new=new.kind))
