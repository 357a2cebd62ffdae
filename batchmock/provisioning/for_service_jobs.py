"""The resources that a SubmitServiceJob needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from batchmock.arguments import checked_mapping
from batchmock.errors import BatchMockError
from batchmock.operations.job_queues.queues import JOB_QUEUES, create_job_queue
from batchmock.operations.job_queues.quota_shares import QUOTA_SHARES, create_quota_share
from batchmock.operations.job_queues.scheduling_policies import (
    SCHEDULING_POLICIES,
    create_scheduling_policy,
)
from batchmock.operations.region import Region
from batchmock.operations.service_environments import (
    SERVICE_ENVIRONMENTS,
    create_service_environment,
)
from batchmock.provisioning.names import check_names
from batchmock.provisioning.results import ProvisionedServiceJobs
from batchmock.simulation.service_jobs.queues import NUM_INSTANCES

_INSTANCE_TYPE = re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9]+")


def provision_service_jobs(
    region: Region,
    *,
    job_queue: str,
    service_environment: str,
    max_instances: int,
    instance_type: str | None,
    quota_shares: Mapping[str, int],
) -> ProvisionedServiceJobs:
    """
    Create missing resources, VALID at once regardless of `resource_seconds`; keep existing ones.

    Raises:
        BatchMockError: AWS Batch would refuse a name, a type or a number; nothing was created.
    """
    checked_mapping(
        quota_shares,
        "provision_service_jobs(quota_shares=)",
        'Pass the number of instances of each: quota_shares={"research": 4}.',
    )
    names = (job_queue, service_environment, *quota_shares)
    check_names("provision_service_jobs", names)
    _check_instances(max_instances, instance_type, quota_shares)
    unit = instance_type or NUM_INSTANCES
    with region.settling_at_once():
        if service_environment not in SERVICE_ENVIRONMENTS.of(region):
            create_service_environment(
                region,
                {
                    "serviceEnvironmentName": service_environment,
                    "serviceEnvironmentType": "SAGEMAKER_TRAINING",
                    "capacityLimits": _limits(max_instances, unit),
                },
            )
        if job_queue not in JOB_QUEUES.of(region):
            request = _service_job_queue(job_queue, service_environment)
            if quota_shares:
                request["schedulingPolicyArn"] = _quota_policy(region, f"{job_queue}-quotas")
            create_job_queue(region, request)
        arns = {
            name: _quota_share(region, name, job_queue, _limits(instances, unit))
            for name, instances in quota_shares.items()
        }
    return ProvisionedServiceJobs(
        job_queue,
        region.arn("job-queue", job_queue),
        service_environment,
        region.arn("service-environment", service_environment),
        arns,
    )


def _check_instances(
    max_instances: int, instance_type: str | None, quota_shares: Mapping[str, int]
) -> None:
    for name, count in {"max_instances": max_instances, **quota_shares}.items():
        if type(count) is not int or count < 1:
            raise BatchMockError(
                f"batchmock: provision_service_jobs() got {count!r} instances for {name}. "
                "Pass a whole number, 1 or more."
            )
    if instance_type is not None and not (
        isinstance(instance_type, str) and _INSTANCE_TYPE.fullmatch(instance_type)
    ):
        raise BatchMockError(
            f"batchmock: provision_service_jobs() got {instance_type!r} as the instance type. "
            'Pass one of SageMaker, such as "ml.m5.large".'
        )
    if quota_shares and instance_type is None:
        raise BatchMockError(
            "batchmock: provision_service_jobs() got quota shares, which are counted in instances of one "
            'type, and no instance type. Pass one: instance_type="ml.m5.large".'
        )


def _limits(instances: int, unit: str) -> list[dict[str, Any]]:
    return [{"maxCapacity": instances, "capacityUnit": unit}]


def _service_job_queue(name: str, service_environment: str) -> dict[str, Any]:
    return {
        "jobQueueName": name,
        "state": "ENABLED",
        "priority": 1,
        "jobQueueType": "SAGEMAKER_TRAINING",
        "serviceEnvironmentOrder": [{"order": 1, "serviceEnvironment": service_environment}],
    }


def _quota_policy(region: Region, name: str) -> str:
    if name not in SCHEDULING_POLICIES.of(region):
        policy = {"idleResourceAssignmentStrategy": "FIFO"}
        create_scheduling_policy(region, {"name": name, "quotaSharePolicy": policy})
    return SCHEDULING_POLICIES.of(region)[name].arn


def _quota_share(region: Region, name: str, job_queue: str, limits: list[dict[str, Any]]) -> str:
    arn = f"{region.arn('job-queue', job_queue)}/quota-share/{name}"
    if arn not in QUOTA_SHARES.of(region):
        create_quota_share(
            region,
            {
                "quotaShareName": name,
                "jobQueue": job_queue,
                "capacityLimits": limits,
                "resourceSharingConfiguration": {"strategy": "LEND_AND_BORROW"},
                "preemptionConfiguration": {"inSharePreemption": "ENABLED"},
            },
        )
    return arn
