"""What a SubmitJob or a SubmitServiceJob needs, made in one call with values that the service accepts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from batchmock.errors import BatchMockError
from batchmock.operations.compute_environments import create_compute_environment
from batchmock.operations.consumable_resources import create_consumable_resource
from batchmock.operations.job_definitions import register_job_definition
from batchmock.operations.job_queues import create_job_queue
from batchmock.operations.quota_shares import create_quota_share
from batchmock.operations.region import Region
from batchmock.operations.scheduling_policies import create_scheduling_policy
from batchmock.operations.service_environments import create_service_environment
from batchmock.simulation.service_queues import NUM_INSTANCES
from batchmock.validation.rules import rules_for
from batchmock.validation.rules.instance_types import is_instance_type
from batchmock.validation.rules.resources import FARGATE_PAIRS

_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
_INSTANCE_TYPE = re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9]+")
_SHARE = re.compile(r"[A-Za-z0-9_-]{1,255}\*?")


class Provisioned(NamedTuple):
    """Names and ARNs of what `provision` made or found."""

    job_queue: str
    job_queue_arn: str
    job_definition: str
    job_definition_arn: str
    compute_environment: str
    compute_environment_arn: str


def provision(
    region: Region,
    *,
    job_queue: str,
    job_definition: str,
    compute_environment: str,
    max_vcpus: int,
    fargate: bool,
    vcpus: float,
    memory_mib: int,
    instance_types: Sequence[str],
    shares: Mapping[str, float] | None,
    consumable_resources: Mapping[str, int],
) -> Provisioned:
    """
    Make what does not exist yet, VALID at once whatever `resource_seconds` is; keep what exists.

    Raises:
        BatchMockError: a name or a size is one that AWS Batch would refuse; nothing has been made.
    """
    _check_names(job_queue, job_definition, compute_environment, *consumable_resources)
    _check_sizes(max_vcpus, vcpus, memory_mib, fargate=fargate)
    _check_instance_types(instance_types)
    _check_quantities(consumable_resources)
    _check_shares(shares or {})
    environment = _compute_environment(
        region, compute_environment, max_vcpus, fargate, instance_types
    )
    _check_acceptable("CreateComputeEnvironment", environment)
    policy = _policy(job_queue, shares or {})
    _check_acceptable("CreateSchedulingPolicy", policy)
    # First, since this refuses what Fargate does not offer: nothing has been made then.
    new_definition = _job_definition(region, job_definition, fargate, vcpus, memory_mib)
    if shares is not None:
        new_definition["schedulingPriority"] = 0
    _make_consumable_resources(region, consumable_resources)
    with region.settling_at_once():
        if compute_environment not in region.compute_environments:
            create_compute_environment(region, environment)
        if job_queue not in region.job_queues:
            request = _job_queue(job_queue, compute_environment)
            if shares is not None:
                request["schedulingPolicyArn"] = _policy_arn(region, policy)
            create_job_queue(region, request)
    revisions = region.job_definitions.get(job_definition)
    definition = revisions.latest_active() if revisions else None
    if definition is None:
        register_job_definition(region, new_definition)
        definition = region.job_definitions[job_definition].latest_active()
    if definition is None:
        raise AssertionError("a definition that was just registered is ACTIVE")
    return Provisioned(
        job_queue,
        region.arn("job-queue", job_queue),
        job_definition,
        definition.arn,
        compute_environment,
        region.arn("compute-environment", compute_environment),
    )


def _check_names(*names: str) -> None:
    for name in names:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise BatchMockError(
                f"batchmock: provision() was given {name!r} as a name. Names have up to 128 letters, "
                "digits, hyphens and underscores."
            )


def _check_sizes(max_vcpus: int, vcpus: float, memory_mib: int, *, fargate: bool) -> None:
    least = {"max_vcpus": (max_vcpus, 0), "vcpus": (vcpus, 0.25 if fargate else 1)}
    for name, (value, at_least) in {**least, "memory_mib": (memory_mib, 4)}.items():
        if not isinstance(value, (int, float)) or value < at_least:
            raise BatchMockError(
                f"batchmock: provision() was given {name}={value!r}. Give {at_least:g} or more."
            )


def _check_instance_types(instance_types: Sequence[str]) -> None:
    if isinstance(instance_types, str) or not all(map(_is_instance_type, instance_types)):
        raise BatchMockError(
            f"batchmock: provision() was given instance_types={instance_types!r}. Give a list of "
            'types or families, e.g. ["c5", "m5.large"].'
        )


def _is_instance_type(name: object) -> bool:
    return isinstance(name, str) and is_instance_type(name)


def _check_quantities(consumable_resources: Mapping[str, int]) -> None:
    for name, quantity in consumable_resources.items():
        if not isinstance(quantity, int) or quantity < 0:
            raise BatchMockError(
                f"batchmock: provision() was given a quantity of {quantity!r} for the consumable "
                f"resource {name!r}. Give a whole number, 0 or more."
            )


def _check_shares(shares: Mapping[str, float]) -> None:
    for share, weight in shares.items():
        if not isinstance(share, str) or not _SHARE.fullmatch(share):
            raise BatchMockError(
                f"batchmock: provision() was given {share!r} as a share identifier. They have up to 255 "
                "letters, digits, hyphens and underscores, and may end with an asterisk."
            )
        if not isinstance(weight, (int, float)) or not 0.0001 <= weight <= 999.9999:
            raise BatchMockError(
                f"batchmock: provision() was given a weight factor of {weight!r} for the share "
                f"{share!r}. Give a number from 0.0001 to 999.9999."
            )


def _make_consumable_resources(region: Region, quantities: Mapping[str, int]) -> None:
    for name, quantity in quantities.items():
        if name not in region.consumable_resources:
            create_consumable_resource(
                region, {"consumableResourceName": name, "totalQuantity": quantity}
            )


def _policy(name: str, shares: Mapping[str, float]) -> dict[str, Any]:
    distribution = [
        {"shareIdentifier": share, "weightFactor": weight} for share, weight in shares.items()
    ]
    return {"name": name, "fairsharePolicy": {"shareDistribution": distribution}}


def _policy_arn(region: Region, policy: dict[str, Any]) -> str:
    """Give the ARN of a scheduling policy, which is made if there is none of its name."""
    name: str = policy["name"]
    if name not in region.scheduling_policies:
        create_scheduling_policy(region, policy)
    return region.scheduling_policies[name].arn


def _check_acceptable(operation: str, request: dict[str, Any]) -> None:
    """Refuse what the service would refuse by what the members of the request say together."""
    for rule in rules_for(operation):
        text = rule.violated_by(request) if rule.needs in (None, *request) else None
        if text is not None:
            raise BatchMockError(
                f"batchmock: AWS Batch would refuse what provision() was asked for: {text}"
            )


def _compute_environment(
    region: Region, name: str, max_vcpus: int, fargate: bool, instance_types: Sequence[str]
) -> dict[str, Any]:
    resources: dict[str, Any] = {
        "type": "FARGATE" if fargate else "EC2",
        "maxvCpus": max_vcpus,
        "subnets": ["subnet-0123456789abcdef0"],
        "securityGroupIds": ["sg-0123456789abcdef0"],
    }
    if not fargate:
        resources["minvCpus"] = 0
        resources["instanceTypes"] = list(instance_types)
        resources["instanceRole"] = region.iam_arn("instance-profile/ecsInstanceRole")
    return {
        "computeEnvironmentName": name,
        "type": "MANAGED",
        "state": "ENABLED",
        "computeResources": resources,
    }


def _job_queue(name: str, compute_environment: str) -> dict[str, Any]:
    return {
        "jobQueueName": name,
        "state": "ENABLED",
        "priority": 1,
        "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": compute_environment}],
    }


def _job_definition(
    region: Region, name: str, fargate: bool, vcpus: float, memory_mib: int
) -> dict[str, Any]:
    container: dict[str, Any] = {"image": "busybox", "command": ["true"]}
    request: dict[str, Any] = {
        "jobDefinitionName": name,
        "type": "container",
        "containerProperties": container,
    }
    if fargate:
        memory_mib = _fargate_memory(vcpus, memory_mib)
        container["executionRoleArn"] = region.iam_arn("role/ecsTaskExecutionRole")
        request["platformCapabilities"] = ["FARGATE"]
    container["resourceRequirements"] = [
        {"value": f"{vcpus:g}", "type": "VCPU"},
        {"value": str(memory_mib), "type": "MEMORY"},
    ]
    return request


def _fargate_memory(vcpus: float, least_mib: int) -> int:
    """Give the smallest memory that Fargate offers with so many vCPUs."""
    offered = sorted(int(memory) for cpu, memory in FARGATE_PAIRS if cpu == vcpus)
    for memory in offered:
        if memory >= least_mib:
            return memory
    sizes = ", ".join(f"{cpu:g}" for cpu in sorted({cpu for cpu, _ in FARGATE_PAIRS}))
    raise BatchMockError(
        f"batchmock: provision() was asked for a Fargate job of {vcpus:g} vCPU and {least_mib} MiB, "
        f"which Fargate does not offer. It offers {sizes} vCPU, the latter with up to "
        f"{max(int(memory) for _, memory in FARGATE_PAIRS)} MiB."
    )


class ProvisionedServiceJobs(NamedTuple):
    """
    Names and ARNs of what `provision_service_jobs` made or found.

    `quota_share_arns` are by name; empty where there are none.
    """

    job_queue: str
    job_queue_arn: str
    service_environment: str
    service_environment_arn: str
    quota_share_arns: dict[str, str]


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
    Make what does not exist yet, VALID at once whatever `resource_seconds` is; keep what exists.

    Raises:
        BatchMockError: a name, a type or a number is one that AWS Batch would refuse; nothing has been
            made.
    """
    _check_names(job_queue, service_environment, *quota_shares)
    _check_instances(max_instances, instance_type, quota_shares)
    unit = instance_type or NUM_INSTANCES
    with region.settling_at_once():
        if service_environment not in region.service_environments:
            create_service_environment(
                region,
                {
                    "serviceEnvironmentName": service_environment,
                    "serviceEnvironmentType": "SAGEMAKER_TRAINING",
                    "capacityLimits": _limits(max_instances, unit),
                },
            )
        if job_queue not in region.job_queues:
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
                f"batchmock: provision_service_jobs() was given {count!r} instances for {name}. "
                "Give a whole number from 1 on."
            )
    if instance_type is not None and not _INSTANCE_TYPE.fullmatch(instance_type):
        raise BatchMockError(
            f"batchmock: provision_service_jobs() was given {instance_type!r} as an instance type. "
            'SageMaker has types such as "ml.m5.large".'
        )
    if quota_shares and instance_type is None:
        raise BatchMockError(
            "batchmock: provision_service_jobs() was given quota shares and no instance type, which "
            'they are counted in. Name one: instance_type="ml.m5.large".'
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
    if name not in region.scheduling_policies:
        policy = {"idleResourceAssignmentStrategy": "FIFO"}
        create_scheduling_policy(region, {"name": name, "quotaSharePolicy": policy})
    return region.scheduling_policies[name].arn


def _quota_share(region: Region, name: str, job_queue: str, limits: list[dict[str, Any]]) -> str:
    arn = f"{region.arn('job-queue', job_queue)}/quota-share/{name}"
    if arn not in region.quota_shares:
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
