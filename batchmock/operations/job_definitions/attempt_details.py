"""
The run-time details of an attempt: ARNs, log streams, network interfaces.

Source: AttemptDetail and ContainerDetail (documented); ARNs and presence of keys as captured.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from batchmock.operations.region import Region
from batchmock.simulation.identifiers import uuid_text
from batchmock.simulation.jobs.attempts import Attempt
from batchmock.simulation.jobs.families import Node
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.placement.environments import FARGATE


def task_keys(region: Region, attempt: Attempt) -> dict[str, Any]:
    """Return the ARNs of a task and its container instance; Fargate shows no instance (captured)."""
    environment, ecs = attempt.environment, region.ecs
    cluster = environment.cluster
    task_arn = f"{ecs}task/{cluster}/{attempt.task_id}"
    if environment.platform == FARGATE:
        return {"taskArn": task_arn}
    instance = f"{ecs}container-instance/{cluster}/{attempt.container_instance_id}"
    return {"containerInstanceArn": instance, "taskArn": task_arn}


def log_stream_name(
    definition_name: str,
    properties: Mapping[str, Any],
    attempt: Attempt,
    container_name: str = "default",
) -> str:
    """
    Return the log stream of a container:  `<job definition name or own prefix>/<container>/<task id>`.

    Source: AWS Batch user guide, awslogs log driver (documented); own prefix as captured; the
    container's name in the middle is assumed for tasks of several containers.
    """
    prefix = definition_name[:200]
    if "logConfiguration" in properties:
        options = properties["logConfiguration"].get("options", {})
        prefix = options.get("awslogs-stream-prefix", prefix)
    return f"{prefix}/{container_name}/{attempt.task_id}"


def network_interfaces(job: Job, attempt: Attempt) -> list[dict[str, str]]:
    """Return the network interface of a task on Fargate or of a node (captured)."""
    if attempt.environment.platform != FARGATE and not isinstance(job, Node):
        return []
    digits = blake2b(attempt.task_id.encode(), digest_size=16).hexdigest()
    return [
        {
            "attachmentId": uuid_text(digits, "4"),
            "privateIpv4Address": attempt.private_ip,
        }
    ]


def with_times(members: dict[str, Any], attempt: Attempt) -> dict[str, Any]:
    """Return the members of an entry of `attempts`, with its times and its reason."""
    if attempt.started_at_ms is not None:
        members["startedAt"] = attempt.started_at_ms
    if attempt.stopped_at_ms is not None:
        members["stoppedAt"] = attempt.stopped_at_ms
    if attempt.status_reason is not None:
        members["statusReason"] = attempt.status_reason
    return members


def with_exit(keys: dict[str, Any], exit_code: int | None, reason: str | None) -> dict[str, Any]:
    """Return the keys of a container with its exit code and reason, where it has them."""
    if exit_code is not None:
        keys["exitCode"] = exit_code
    if reason is not None:
        keys["reason"] = reason
    return keys
