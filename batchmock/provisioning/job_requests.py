"""The requests that create the resources that a SubmitJob needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from batchmock.errors import BatchMockError
from batchmock.operations.region import Region
from batchmock.validation.rules.resources import FARGATE_PAIRS


def compute_environment_request(
    region: Region, name: str, max_vcpus: int, fargate: bool, instance_types: Sequence[str]
) -> dict[str, Any]:
    """Return the CreateComputeEnvironment of a managed environment."""
    resources: dict[str, Any] = {
        "type": "FARGATE" if fargate else "EC2",
        "maxvCpus": int(max_vcpus),
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


def job_queue_request(name: str, compute_environment: str) -> dict[str, Any]:
    """Return the CreateJobQueue of a queue that uses one environment."""
    return {
        "jobQueueName": name,
        "state": "ENABLED",
        "priority": 1,
        "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": compute_environment}],
    }


def job_definition_request(
    region: Region, name: str, fargate: bool, vcpus: float, memory_mib: int
) -> dict[str, Any]:
    """
    Return the RegisterJobDefinition of one container.

    Raises:
        BatchMockError: Fargate does not offer this size.
    """
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
        {"value": str(int(vcpus)) if vcpus == int(vcpus) else f"{vcpus:g}", "type": "VCPU"},
        {"value": str(int(memory_mib)), "type": "MEMORY"},
    ]
    return request


def _fargate_memory(vcpus: float, least_mib: int) -> int:
    """Return the smallest memory that Fargate offers with so many vCPUs."""
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


def policy_request(name: str, shares: Mapping[str, float]) -> dict[str, Any]:
    """Return the CreateSchedulingPolicy of a fair-share queue."""
    distribution = [
        {"shareIdentifier": share, "weightFactor": weight} for share, weight in shares.items()
    ]
    return {"name": name, "fairsharePolicy": {"shareDistribution": distribution}}
