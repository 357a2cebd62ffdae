"""
The quotas of an account in a region.

Source: AWS Batch service quotas (documented; the text of the refusal is assumed). Adjustable quotas
have their default.
"""

from __future__ import annotations

from collections.abc import Sized
from typing import Final, NamedTuple

from batchmock.errors import ServiceError

# Documented: the quotas. The text is assumed.
QUOTA_REACHED: Final = "The limit of {most} {what} has been reached."


class Quota(NamedTuple):
    """The maximum number of a kind of resource."""

    most: int
    what: str


COMPUTE_ENVIRONMENT_QUOTA: Final = Quota(50, "compute environments")
JOB_QUEUE_QUOTA: Final = Quota(50, "job queues")
SERVICE_ENVIRONMENT_QUOTA: Final = Quota(50, "service environments")
QUOTA_SHARE_QUOTA: Final = Quota(20, "quota shares for a job queue")
CONSUMABLE_RESOURCE_QUOTA: Final = Quota(50_000, "consumable resources")
EKS_CLUSTER_QUOTA: Final = Quota(5, "compute environments for an Amazon EKS cluster")


def check_quota(existing: Sized, quota: Quota) -> None:
    """
    Refuse to create a resource beyond its quota.

    Raises:
        ServiceError: the quota is reached.
    """
    if len(existing) >= quota.most:
        raise ServiceError(QUOTA_REACHED.format(most=quota.most, what=quota.what))
