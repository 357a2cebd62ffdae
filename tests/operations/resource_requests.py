"""Minimal valid requests that create compute environments and job queues."""

from __future__ import annotations

from typing import Any

ARN = "arn:aws:batch:us-east-1:123456789012:"
SERVICE_LINKED_ROLE = (
    "arn:aws:iam::123456789012:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch"
)
OWN_ROLE = "arn:aws:iam::123456789012:role/batch"

EC2 = {
    "type": "EC2",
    "minvCpus": 0,
    "maxvCpus": 16,
    "instanceTypes": ["optimal"],
    "subnets": ["subnet-1"],
    "securityGroupIds": ["sg-1"],
    "instanceRole": "ecsInstanceRole",
}
FARGATE = {
    "type": "FARGATE",
    "maxvCpus": 16,
    "subnets": ["subnet-1"],
    "securityGroupIds": ["sg-1"],
}
MANAGED_INSTANCES = {
    "type": "ECS_MANAGED_INSTANCES",
    "maxvCpus": 16,
    "managedInstancesProvider": {
        "infrastructureRoleArn": "arn:aws:iam::123456789012:role/infrastructure",
        "instanceLaunchTemplate": {
            "ec2InstanceProfileArn": "arn:aws:iam::123456789012:instance-profile/ecs",
            "networkConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]},
            "monitoring": "BASIC",
        },
    },
    "capacityTags": {"team": "a"},
}
EKS = {
    "eksClusterArn": "arn:aws:eks:us-east-1:123456789012:cluster/c",
    "kubernetesNamespace": "jobs",
}


def create_environment(
    client: Any,
    name: str = "ce",
    resources: dict[str, Any] = EC2,
    **members: Any,
) -> dict[str, Any]:
    """Create a managed compute environment."""
    reply: dict[str, Any] = client.create_compute_environment(
        computeEnvironmentName=name, type="MANAGED", computeResources=resources, **members
    )
    return reply


def create_queue(
    client: Any, name: str = "queue", environments: tuple[str, ...] = ("ce",), **members: Any
) -> dict[str, Any]:
    """Create a job queue on existing compute environments."""
    reply: dict[str, Any] = client.create_job_queue(
        jobQueueName=name,
        **{"priority": 1, "computeEnvironmentOrder": order(*environments)} | members,
    )
    return reply


def order(*environments: str) -> list[dict[str, Any]]:
    """Return a computeEnvironmentOrder: 1, 2, 3."""
    return [
        {"order": position, "computeEnvironment": environment}
        for position, environment in enumerate(environments, 1)
    ]


def environment(client: Any, name: str = "ce") -> dict[str, Any]:
    """Return the compute environment with a name."""
    reply = client.describe_compute_environments(computeEnvironments=[name])
    (item,) = reply["computeEnvironments"]
    detail: dict[str, Any] = item
    return detail


def resources(client: Any, name: str = "ce") -> dict[str, Any]:
    """Return the compute resources of a compute environment."""
    found: dict[str, Any] = environment(client, name)["computeResources"]
    return found


def queue(client: Any, name: str = "queue") -> dict[str, Any]:
    """Return the job queue with a name."""
    (item,) = client.describe_job_queues(jobQueues=[name])["jobQueues"]
    detail: dict[str, Any] = item
    return detail


def disable_environment(client: Any, name: str = "ce") -> None:
    """Disable a compute environment."""
    client.update_compute_environment(computeEnvironment=name, state="DISABLED")


def disable_queue(client: Any, name: str = "queue") -> None:
    """Disable a job queue."""
    client.update_job_queue(jobQueue=name, state="DISABLED")
