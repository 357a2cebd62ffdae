"""
A task as DescribeTasks shows it.

Source: Task and Container in the API reference of Amazon ECS (documented). For tasks of AWS Batch: the group
`family:<job definition>`, the task definition `<job definition>:<revision>`, the container `default` with
cpu "0", size and AWS_BATCH variables in the overrides, and `stopCode` (captured: aws-genomics-workflows 142,
and an "ECS Task State Change" event in a public test suite).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from math import ceil
from typing import Any, Final, NamedTuple

from batchmock.observe.neighbours.tasks import Task
from batchmock.operations.compute_environments.record import COMPUTE_ENVIRONMENTS
from batchmock.operations.job_definitions.attempt_details import network_interfaces, task_keys
from batchmock.operations.job_definitions.ecs_tasks import EcsContents
from batchmock.operations.jobs.describe import contents_of
from batchmock.operations.jobs.find import request_of, tags_of
from batchmock.operations.region import Region
from batchmock.outcomes import FARGATE_SPOT_INTERRUPTED, HOST_TERMINATED
from batchmock.simulation.identifiers import uuid_text
from batchmock.simulation.jobs.calling import run_time_environment
from batchmock.simulation.jobs.families import Node
from batchmock.simulation.jobs.job import Container, ContainerRun
from batchmock.simulation.jobs.lifecycle import ATTEMPT_TIMED_OUT
from batchmock.simulation.jobs.tasks import ONLY_CONTAINER
from batchmock.simulation.placement.environments import FARGATE, MANAGED_INSTANCES

Detail = dict[str, Any]

_CPU_UNITS_OF_A_VCPU: Final = 1024
_SMALLEST_STORAGE_GIB: Final = 20
_SPOT_TYPE: Final = "FARGATE_SPOT"


class _Part(NamedTuple):
    """One container of a task."""

    name: str
    container: Container
    run: ContainerRun
    last_status: str
    is_only: bool


def task_detail(task: Task, *, with_tags: bool) -> Detail:
    """Return a task; its tags are shown on request."""
    attempt, region = task.attempt, request_of(task.job).region
    keys = task_keys(region, attempt)
    parts = list(_parts(task))
    size = _size(task)
    detail: Detail = {
        "attachments": _attachments(task),
        "attributes": [{"name": "ecs.cpu-architecture", "value": _architecture(task)}],
        "availabilityZone": f"{region.name}a",
        "clusterArn": region.foreign_arn("ecs", f"cluster/{task.cluster}"),
        **keys,
        "containers": [_container(task, part, keys["taskArn"]) for part in parts],
        **size,
        "createdAt": task.created_ms,
        "desiredStatus": "STOPPED" if is_stopping(task) else "RUNNING",
        "enableExecuteCommand": False,
        "group": f"family:{request_of(task.job).definition.name}",
        "healthStatus": "UNKNOWN",
        "lastStatus": task.last_status,
        **_platform(task, region),
        "overrides": {
            "containerOverrides": [_override(task, part) for part in parts],
            "inferenceAcceleratorOverrides": [],
            **size,
        },
        **_times(task),
        "tags": _tags(task, region) if with_tags else [],
        "taskDefinitionArn": region.foreign_arn("ecs", f"task-definition/{task.job.definition}"),
        "version": ("PENDING", "RUNNING", "STOPPED").index(task.last_status) + 1,
    }
    if task.is_stopped:
        detail["stopCode"] = stop_code(task)
        if attempt.status_reason is not None:
            detail["stoppedReason"] = attempt.status_reason
    return detail


def is_stopping(task: Task) -> bool:
    """Return whether the task has stopped, or has been asked to."""
    job, attempt = task.job, task.attempt
    is_stopped_by_user = job.attempt is attempt and job.stop_reason is not None
    return task.is_stopped or attempt.timed_out or is_stopped_by_user


def stop_code(task: Task) -> str:
    """
    Return why a task stopped.

    Source: the valid values of `stopCode` (documented); EssentialContainerExited and TaskFailedToStart as
    captured for tasks of AWS Batch; the other assignments are assumed.
    """
    job, attempt = task.job, task.attempt
    reason = attempt.status_reason
    if reason == FARGATE_SPOT_INTERRUPTED:
        return "SpotInterruption"
    if reason == HOST_TERMINATED.format(instance=attempt.instance_id):
        return "TerminationNotice"
    is_timeout = attempt.timed_out or reason == ATTEMPT_TIMED_OUT
    whole = job.parent if isinstance(job, Node) else job
    if is_timeout or (whole.stop_reason is not None and reason == whole.stop_reason):
        return "UserInitiated"
    return "TaskFailedToStart" if attempt.started_at_ms is None else "EssentialContainerExited"


def _parts(task: Task) -> Iterator[_Part]:
    """Yield the containers of a task."""
    job, attempt = task.job, task.attempt
    if not job.containers:
        run = ContainerRun(ONLY_CONTAINER, attempt.exit_code, attempt.reason)
        yield _Part(ONLY_CONTAINER, job.container, run, task.last_status, True)
        return
    for index, item in enumerate(job.containers):
        run = attempt.runs[index] if attempt.runs else ContainerRun(item.name)
        yield _Part(item.name, item.container, run, task.last_status, False)


def _container(task: Task, part: _Part, task_arn: str) -> Detail:
    region, task_id = request_of(task.job).region, task.attempt.task_id
    digits = blake2b(f"{task_id} {part.name}".encode(), digest_size=32).hexdigest()
    path = f"container/{task.cluster}/{task_id}/{uuid_text(digits[:32], '4')}"
    container = part.container
    detail: Detail = {
        "containerArn": region.foreign_arn("ecs", path),
        "taskArn": task_arn,
        "name": part.name,
        "image": container.image,
        "lastStatus": part.last_status,
        "networkBindings": [],
        "networkInterfaces": network_interfaces(task.job, task.attempt),
        "healthStatus": "UNKNOWN",
        "cpu": "0" if part.is_only else _cpu(container.vcpus),
    }
    if not part.is_only:
        detail["memory"] = str(container.memory_mib)
    if task.attempt.started_at_ms is not None:
        detail["runtimeId"] = digits
    if task.is_stopped and part.run.exit_code is not None:
        detail["exitCode"] = part.run.exit_code
    if task.is_stopped and part.run.reason is not None:
        detail["reason"] = part.run.reason
    return detail


def _override(task: Task, part: _Part) -> Detail:
    """Return what a container has beyond its task definition: a command, variables, those of AWS Batch."""
    registered = _registered(task, part.name)
    command = part.container.command
    override: Detail = {"name": part.name}
    if command and command != registered.command:
        override["command"] = list(command)
    environment = run_time_environment(task.job, task.attempt, part.container)
    override["environment"] = [
        {"name": name, "value": value}
        for name, value in environment.items()
        if registered.environment.get(name) != value
    ]
    return override


def _registered(task: Task, name: str) -> Container:
    """Return a container as its job definition has it; a node has all of its own."""
    if isinstance(task.job, Node):
        return Container("")
    runs = request_of(task.job).definition.contents.runs()
    return next((item.container for item in runs.containers if item.name == name), runs.container)


def _size(task: Task) -> dict[str, str]:
    """Return the CPU units and the memory of a task."""
    container = task.job.container
    return {"cpu": _cpu(container.vcpus), "memory": str(container.memory_mib)}


def _cpu(vcpus: float) -> str:
    return str(ceil(vcpus * _CPU_UNITS_OF_A_VCPU))


def _architecture(task: Task) -> str:
    return "arm64" if _runtime_platform(task).get("cpuArchitecture") == "ARM64" else "x86_64"


def _runtime_platform(task: Task) -> Detail:
    """Return the `runtimePlatform` of a job."""
    contents = contents_of(task.job)
    properties = contents.properties
    if isinstance(contents, EcsContents):
        properties = properties["taskProperties"][0]
    platform: Detail = properties.get("runtimePlatform", {})
    return platform


def _platform(task: Task, region: Region) -> Detail:
    """Return the launch type, and what only tasks on Fargate have."""
    platform = task.attempt.environment.platform
    if platform == MANAGED_INSTANCES:
        return {"launchType": "MANAGED_INSTANCES"}
    if platform != FARGATE:
        return {"launchType": "EC2"}
    properties = contents_of(task.job).properties
    if "taskProperties" in properties:
        properties = properties["taskProperties"][0]
    storage = properties.get("ephemeralStorage", {"sizeInGiB": _SMALLEST_STORAGE_GIB})
    version = properties.get("fargatePlatformConfiguration", {}).get("platformVersion", "LATEST")
    record = COMPUTE_ENVIRONMENTS.of(region).get(task.attempt.environment.name)
    is_spot = record is not None and record.detail["computeResources"]["type"] == _SPOT_TYPE
    system = _runtime_platform(task).get("operatingSystemFamily", "LINUX")
    return {
        "capacityProviderName": _SPOT_TYPE if is_spot else FARGATE,
        "ephemeralStorage": dict(storage),
        "launchType": FARGATE,
        "platformFamily": "Linux" if system == "LINUX" else system,
        "platformVersion": "1.4.0" if version == "LATEST" else version,
    }


def _attachments(task: Task) -> list[Detail]:
    """Return the network interface of a task, whose id DescribeJobs shows too."""
    status = "DELETED" if task.is_stopped else "ATTACHED"
    found = []
    for interface in network_interfaces(task.job, task.attempt):
        digits = blake2b(interface["attachmentId"].encode(), digest_size=16).hexdigest()
        details = {
            "subnetId": _subnet(task),
            "networkInterfaceId": f"eni-{digits[:17]}",
            "macAddress": ":".join(["02", *(digits[at : at + 2] for at in range(0, 10, 2))]),
            "privateIPv4Address": interface["privateIpv4Address"],
        }
        found.append(
            {
                "id": interface["attachmentId"],
                "type": "ElasticNetworkInterface",
                "status": status,
                "details": [{"name": name, "value": value} for name, value in details.items()],
            }
        )
    return found


def _subnet(task: Task) -> str:
    region = request_of(task.job).region
    record = COMPUTE_ENVIRONMENTS.of(region).get(task.attempt.environment.name)
    resources = {} if record is None else record.detail.get("computeResources", {})
    subnets: list[str] = resources.get("subnets") or ["subnet-00000000000000000"]
    return subnets[0]


def _times(task: Task) -> Detail:
    """Return the times of a task; that the image is pulled during STARTING is assumed."""
    attempt = task.attempt
    times: Detail = {
        "connectivity": "CONNECTED",
        "connectivityAt": task.created_ms,
        "pullStartedAt": task.created_ms,
    }
    if attempt.started_at_ms is not None:
        times["pullStoppedAt"] = times["startedAt"] = attempt.started_at_ms
    if attempt.stopped_at_ms is not None:
        times["executionStoppedAt"] = attempt.stopped_at_ms
        times["stoppingAt"] = times["stoppedAt"] = attempt.stopped_at_ms
    return times


def _tags(task: Task, region: Region) -> list[dict[str, str]]:
    """
    Return the tags of a task.

    Source: propagateTags (documented: the tags of job and job definition, those of the job first);
    `aws:batch:job-queue` and `aws:batch:compute-environment` (inferred: aws-batch-runtime-monitoring reads
    them).
    """
    job, request = task.job, request_of(task.job)
    tags = {
        "aws:batch:compute-environment": task.attempt.environment.name,
        "aws:batch:job-queue": job.queue.name,
    }
    if request.propagate_tags:
        submitted = job.parent or job
        tags = {**request.definition.shown.get("tags", {}), **tags_of(submitted), **tags}
    return shown_tags(tags)


def shown_tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags as Amazon ECS shows them."""
    return [{"key": key, "value": value} for key, value in tags.items()]
