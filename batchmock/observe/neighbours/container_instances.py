"""
An EC2 instance as a container instance of Amazon ECS.

Source: ContainerInstance in the API reference of Amazon ECS (documented); its ARN as DescribeJobs shows it
(captured). Versions of the agent are assumed.
"""

from __future__ import annotations

from typing import Any, Final

from batchmock.operations.compute_environments.resources import ARM64, architecture_of
from batchmock.operations.region import Region
from batchmock.simulation.jobs.lifecycle import RUNNING, STARTING
from batchmock.simulation.placement.hosts import Host, Resources

Detail = dict[str, Any]

#: The ports that the agent reserves: SSH, Docker, and its own.
_RESERVED_PORTS: Final = ["22", "2376", "2375", "51678", "51679"]
_VERSIONS: Final = {
    "agentVersion": "1.98.0",
    "agentHash": "1a2b3c4d",
    "dockerVersion": "DockerVersion: 25.0.8",
}


def container_instance_arn(region: Region, cluster: str, host: Host) -> str:
    """Return the ARN of a container instance."""
    return region.foreign_arn("ecs", f"container-instance/{cluster}/{host.container_instance_id}")


def container_instance_status(host: Host) -> str:
    """Return ACTIVE, or DRAINING for a host that takes no more jobs."""
    return "DRAINING" if host.is_retiring else "ACTIVE"


def container_instance_detail(region: Region, cluster: str, host: Host) -> Detail:
    """Return a container instance."""
    statuses = [job.status for job in host.jobs]
    return {
        "containerInstanceArn": container_instance_arn(region, cluster, host),
        "ec2InstanceId": host.instance_id,
        "version": 1,
        "versionInfo": dict(_VERSIONS),
        "remainingResources": _resources(host.free),
        "registeredResources": _resources(host.total),
        "status": container_instance_status(host),
        "agentConnected": True,
        "runningTasksCount": statuses.count(RUNNING),
        "pendingTasksCount": statuses.count(STARTING),
        "attributes": [
            {"name": name, "value": value} for name, value in attributes(region, host).items()
        ],
        "registeredAt": host.ready_at_ms,
        "attachments": [],
        "tags": [],
    }


def attributes(region: Region, host: Host) -> dict[str, str]:
    """Return the attributes of a container instance that placement and filters use."""
    is_arm = architecture_of([host.instance_type]) == ARM64
    return {
        "ecs.instance-type": host.instance_type,
        "ecs.availability-zone": f"{region.name}a",
        "ecs.os-type": "linux",
        "ecs.cpu-architecture": "arm64" if is_arm else "x86_64",
    }


def _resources(amount: Resources) -> list[Detail]:
    """Return amounts as resources: CPU units, MiB, and the ids of GPUs."""
    resources = [
        _integer("CPU", amount.milli_vcpus * 1024 // 1000),
        _integer("MEMORY", amount.memory_mib),
        _set("PORTS", _RESERVED_PORTS),
        _set("PORTS_UDP", []),
    ]
    if amount.gpus:
        resources.append(_set("GPU", [f"GPU-{number:08d}" for number in range(amount.gpus)]))
    return resources


def _integer(name: str, value: int) -> Detail:
    return {
        "name": name,
        "type": "INTEGER",
        "doubleValue": 0.0,
        "longValue": 0,
        "integerValue": value,
    }


def _set(name: str, values: list[str]) -> Detail:
    return {
        "name": name,
        "type": "STRINGSET",
        "doubleValue": 0.0,
        "longValue": 0,
        "integerValue": 0,
        "stringSetValue": list(values),
    }
