"""Builders of compute environments and queues, and the start times of jobs."""

from __future__ import annotations

from typing import Any

from batchmock import BatchMock

from ...builders import START_MS, requirements

#: An instance family that batchmock does not know: each job gets a host of its own size, so that nothing but
#: maxvCpus limits the jobs of an environment.
UNKNOWN_TYPES = ("z9",)


def make_environment(
    client: Any,
    name: str = "ce",
    max_vcpus: int = 4,
    *,
    resource_type: str = "EC2",
    instance_types: tuple[str, ...] = UNKNOWN_TYPES,
    **members: Any,
) -> str:
    """
    Create a managed compute environment and return its name; by default vCPUs alone limit its jobs.

    Further members are those of its resources.
    """
    resources: dict[str, Any] = {
        "type": resource_type,
        "maxvCpus": max_vcpus,
        "subnets": ["subnet-1"],
        "securityGroupIds": ["sg-1"],
    }
    if not resource_type.startswith("FARGATE"):
        resources |= {
            "minvCpus": 0,
            "instanceTypes": list(instance_types),
            "instanceRole": "ecsInstanceRole",
        }
    if resource_type == "SPOT":
        resources["spotIamFleetRole"] = "arn:aws:iam::123456789012:role/fleet"
    client.create_compute_environment(
        computeEnvironmentName=name, type="MANAGED", computeResources={**resources, **members}
    )
    return name


def make_queue(
    client: Any, *environments: str, name: str = "queue", priority: int = 1, **members: Any
) -> str:
    """Create a job queue with environments in this order and return its name."""
    order = [
        {"order": place, "computeEnvironment": each} for place, each in enumerate(environments)
    ]
    client.create_job_queue(
        jobQueueName=name, priority=priority, computeEnvironmentOrder=order, **members
    )
    return name


def asks(vcpus: float = 1, memory_mib: int = 128, gpus: int = 0) -> dict[str, Any]:
    """Return the overrides of a job that requests these resources."""
    wanted = requirements(vcpus, memory_mib)
    if gpus:
        wanted.append({"value": str(gpus), "type": "GPU"})
    return {"resourceRequirements": wanted}


def starts(mock: BatchMock) -> list[tuple[str, float]]:
    """Return the names of the started jobs, each with its seconds since the start of the test."""
    return [
        (_label(mock, move.job_id), (move.at_ms - START_MS) / 1000)
        for move in mock.transitions
        if move.to_status == "STARTING"
    ]


def order_of_starts(mock: BatchMock) -> list[str]:
    """Return the names of the started jobs, in order."""
    return [name for name, _ in starts(mock)]


def environment_of(mock: BatchMock, job_id: str) -> str:
    """Return the name of the compute environment of a job."""
    job = mock._simulation.jobs[job_id]
    attempt = job.attempt or job.last_attempt
    assert attempt is not None
    return attempt.environment.name


def _label(mock: BatchMock, job_id: str) -> str:
    _, _, index = job_id.partition(":")
    name = mock.job(job_id).name
    return f"{name}:{index}" if index else name
