"""What `provision` and `provision_service_jobs` return; apart from them, because they need the operations."""

from __future__ import annotations

from typing import NamedTuple


class Provisioned(NamedTuple):
    """Names and ARNs of the resources that `provision` created or found."""

    job_queue: str
    job_queue_arn: str
    job_definition: str
    job_definition_arn: str
    compute_environment: str
    compute_environment_arn: str


class ProvisionedServiceJobs(NamedTuple):
    """
    Names and ARNs of the resources that `provision_service_jobs` created or found.

    `quota_share_arns` maps names to ARNs; it is empty without quota shares.
    """

    job_queue: str
    job_queue_arn: str
    service_environment: str
    service_environment_arn: str
    quota_share_arns: dict[str, str]
