"""The three things that a SubmitJob needs, made in one call with values that the service accepts."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from batchmock.errors import BatchMockError
from batchmock.operations.compute_environments import create_compute_environment
from batchmock.operations.job_definitions import register_job_definition
from batchmock.operations.job_queues import create_job_queue
from batchmock.operations.region import Region
from batchmock.validation.rules.resources import FARGATE_PAIRS

_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")


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
) -> Provisioned:
    """
    Make what does not exist yet, VALID at once whatever `resource_seconds` is; keep what exists.

    Raises:
        BatchMockError: a name or a size is one that AWS Batch would refuse; nothing has been made.
    """
    _check_names(job_queue, job_definition, compute_environment)
    _check_sizes(max_vcpus, vcpus, memory_mib, fargate=fargate)
    # First, since this refuses what Fargate does not offer: nothing has been made then.
    new_definition = _job_definition(region, job_definition, fargate, vcpus, memory_mib)
    with region.settling_at_once():
        if compute_environment not in region.compute_environments:
            create_compute_environment(
                region, _compute_environment(region, compute_environment, max_vcpus, fargate)
            )
        if job_queue not in region.job_queues:
            create_job_queue(region, _job_queue(job_queue, compute_environment))
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


def _compute_environment(
    region: Region, name: str, max_vcpus: int, fargate: bool
) -> dict[str, Any]:
    resources: dict[str, Any] = {
        "type": "FARGATE" if fargate else "EC2",
        "maxvCpus": max_vcpus,
        "subnets": ["subnet-0123456789abcdef0"],
        "securityGroupIds": ["sg-0123456789abcdef0"],
    }
    if not fargate:
        resources["minvCpus"] = 0
        resources["instanceTypes"] = ["optimal"]
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
