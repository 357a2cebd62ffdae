"""RegisterJobDefinition with ecsProperties: tasks of several containers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from batchmock.validation.rules.job_definitions.ecs_tasks import task_problem

from .examples import (
    CONTAINER,
    ECS_TASK,
    FARGATE_ECS_TASK,
    RICH_ECS_TASK,
    asking,
    register,
    without,
)

Text = Callable[[str, dict[str, Any]], str | None]

WINDOWS = {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}
EFS = {"fileSystemId": "fs-0123abcd"}
FIRELENS = {"firelensConfiguration": {"type": "fluentd"}}
TO_FIRELENS = {"logConfiguration": {"logDriver": "awsfirelens"}}


def ecs(*tasks: dict[str, Any], platform: str | None = None) -> dict[str, Any]:
    """Return a request with these tasks."""
    members = {} if platform is None else {"platformCapabilities": [platform]}
    return register(ecsProperties={"taskProperties": list(tasks)}, **members)


def task(**members: Any) -> dict[str, Any]:
    """Return an EC2 request whose task has these members."""
    return ecs({**ECS_TASK, **members})


def fargate(**members: Any) -> dict[str, Any]:
    """Return a Fargate request whose task has these members."""
    return ecs({**FARGATE_ECS_TASK, **members}, platform="FARGATE")


def managed(**members: Any) -> dict[str, Any]:
    """Return a request for managed instances whose task has these members."""
    return ecs({**ECS_TASK, **members}, platform="MANAGED_INSTANCES")


def containers(*members: dict[str, Any]) -> dict[str, Any]:
    """Return an EC2 request whose containers have these members."""
    return task(containers=[{**CONTAINER, **of_one} for of_one in members])


def on_fargate(*requirements: list[dict[str, str]], **members: Any) -> dict[str, Any]:
    """Return a Fargate request whose containers request these resources; the first has these members."""
    described: list[dict[str, Any]] = [
        {"image": "busybox", "resourceRequirements": asked} for asked in requirements
    ]
    described[0].update(members)
    return fargate(containers=described)


def after(*targets: str, condition: str = "START") -> list[dict[str, str]]:
    """Return dependencies on containers."""
    return [{"containerName": target, "condition": condition} for target in targets]


ONE_VCPU = asking(VCPU="1", MEMORY="2048")

VALID = {
    "minimal": task(),
    "rich": ecs(RICH_ECS_TASK),
    "rich on EC2": ecs(RICH_ECS_TASK, platform="EC2"),
    "fargate": fargate(),
    "fargate without a version": ecs(
        without(FARGATE_ECS_TASK, "platformVersion"), platform="FARGATE"
    ),
    "fargate on the newest version": fargate(platformVersion="LATEST"),
    "fargate windows": fargate(runtimePlatform=WINDOWS, volumes=[]),
    "thirds of a vCPU": on_fargate(
        asking(VCPU="0.1", MEMORY="512"),
        asking(VCPU="0.2", MEMORY="512"),
        asking(VCPU="0.7", MEMORY="1024"),
    ),
    "managed instances": managed(
        networkMode="host",
        runtimePlatform={"operatingSystemFamily": "LINUX", "cpuArchitecture": "ARM64"},
    ),
    "ten containers": containers(*({"name": str(n)} for n in range(10))),
    "containers without names": containers({}, {}),
    "one container that is not named": containers({"dependsOn": []}),
    "a condition that is left open": containers(
        {"name": "a", "dependsOn": [{"containerName": "b"}]}, {"name": "b"}
    ),
    "a container without a name depends on one": containers(
        {"dependsOn": after("b")}, {"name": "b"}
    ),
    "a chain": containers(
        {"name": "a", "dependsOn": after("b", "c")},
        {"name": "b", "dependsOn": after("c")},
        {"name": "c"},
    ),
    "a log router as root by default": containers({"name": "a", **TO_FIRELENS}, FIRELENS),
    "a log router as root with a group": containers(
        {"user": "app", **TO_FIRELENS}, {**FIRELENS, "user": "root:root"}
    ),
    "gpu": containers({"resourceRequirements": asking(VCPU="1", MEMORY="4", GPU="1")}),
}

REFUSED = [
    (ecs(), "taskProperties must have exactly one element."),
    (ecs(ECS_TASK, ECS_TASK), "taskProperties must have exactly one element."),
    (task(containers=[]), "Number of containers must be between 1 and 10"),
    (containers(*[{}] * 11), "Number of containers must be between 1 and 10"),
    (containers({"image": ""}), "ECS Container Image must be provided."),
    (task(containers=[{}]), "ECS Container Image must be provided."),
    (containers({"name": "main"}, {"name": "main"}), "Container names must be unique"),
    (containers({"essential": False}), "At least one container must be set as essential"),
    (
        containers({"name": "a", "dependsOn": after("b", condition="HEALTHY")}, {"name": "b"}),
        "TaskContainer dependency HEALTHY is not valid. "
        "Valid values are: [START, COMPLETE, SUCCESS]",
    ),
    (
        containers({"dependsOn": [{"condition": "START"}]}, {"name": "b"}),
        "ecsProperties.taskProperties[0].containers[0].dependsOn[0].containerName is required.",
    ),
    (
        containers({"name": "a", "dependsOn": after("b")}),
        "Container dependency can not be used in a single-container job.",
    ),
    (
        containers({"name": "a", "dependsOn": after("c")}, {"name": "b"}),
        "containerName c must reference a defined container.",
    ),
    *(
        (
            containers({"name": "a", "dependsOn": after("b", condition=end)}, {"name": "b"}),
            f"The container target of a dependency can not have condition {end} "
            "if the target is essential",
        )
        for end in ("COMPLETE", "SUCCESS")
    ),
    (
        containers({"name": "a", "dependsOn": after("a")}, {"name": "b"}),
        "Container dependencies must not be circular.",
    ),
    (
        containers(
            {"name": "a", "dependsOn": after("d")},
            {"name": "b", "dependsOn": after("a")},
            {"name": "c"},
            {"name": "d", "dependsOn": after("b", "c")},
        ),
        "Container dependencies must not be circular.",
    ),
    (
        containers(FIRELENS),
        "When a firelensConfiguration object is specified, at least one container has to "
        "be configured with the awsfirelens log driver",
    ),
    (
        containers({"user": "app", **TO_FIRELENS}, {"user": "1000", **FIRELENS}),
        "When a firelensConfiguration object is specified, at least one container has to "
        "run as root",
    ),
    (
        containers({"firelensConfiguration": {"type": "logstash"}}),
        "Value logstash for ecsProperties.taskProperties[0].containers[0]"
        ".firelensConfiguration.type is not valid. Valid values are: [fluentd, fluentbit]",
    ),
    (
        task(ipcMode="shared"),
        "ipcMode shared is not valid. Valid values are: [host, task, none]",
    ),
    (task(pidMode="none"), "Capability none is not valid. Valid capabilities: [host, task]"),
    (
        managed(networkMode="bridge"),
        "Value bridge for ecsProperties.taskProperties[0].networkMode is not valid. "
        "Valid values are: [host]",
    ),
]

PLATFORMS = [
    (
        task(networkConfiguration={"assignPublicIp": "ENABLED"}),
        "networkConfiguration not applicable for EC2.",
    ),
    (task(platformVersion="LATEST"), None),
    (
        task(runtimePlatform={"cpuArchitecture": "ARM64"}),
        "runtimePlatform is not applicable for EC2.",
    ),
    (task(ephemeralStorage={"sizeInGiB": 21}), None),
    (task(networkMode="host"), None),
    (fargate(networkMode="host"), None),
    (fargate(ipcMode="task"), None),
    (
        managed(networkConfiguration={}),
        None,
    ),
    (
        managed(platformVersion="LATEST"),
        None,
    ),
    (
        managed(runtimePlatform=WINDOWS),
        "runtimePlatform for MANAGED_INSTANCES only supports LINUX operating system family.",
    ),
    (
        fargate(platformVersion="1.3.0"),
        "EFS is supported for Fargate platform versions 1.4.0 or later, provided 1.3.0",
    ),
    (
        fargate(ephemeralStorage={"sizeInGiB": 201}),
        "Ephemeral storage for Fargate tasks can be only between range 21 GiB to 200 GiB",
    ),
    (
        on_fargate(ONE_VCPU, startTimeout=121),
        "startTimeout must be at most 120 seconds for Fargate, got 121.",
    ),
    (
        on_fargate(ONE_VCPU, stopTimeout=300),
        "stopTimeout must be at most 120 seconds for Fargate, got 300.",
    ),
    (
        containers({"stopTimeout": 1}),
        "ecsProperties.taskProperties[0].containers[0].stopTimeout "
        "must be between 2 and 2147483647, got 1.",
    ),
    (
        ecs(without(FARGATE_ECS_TASK, "executionRoleArn"), platform="FARGATE"),
        "executionRoleArn is required for Fargate jobs.",
    ),
    (
        on_fargate(ONE_VCPU, privileged=True),
        "Fargate requires that the \u2018privileged\u2019 setting be \u2018false\u2019 "
        "at the container level.",
    ),
    (
        on_fargate(ONE_VCPU, logConfiguration={"logDriver": "syslog"}),
        "Log driver for Fargate is not valid: syslog",
    ),
    (
        fargate(volumes=[{"host": {"sourcePath": "/scratch"}}]),
        "host.sourcePath should not be set for volumes in Fargate.",
    ),
    (
        fargate(runtimePlatform={**WINDOWS, "cpuArchitecture": "ARM64"}),
        "Windows supported only by X86_64 cpuArchitecture",
    ),
    (
        on_fargate(ONE_VCPU, asking(VCPU="0.25", MEMORY="512")),
        "Fargate resource requirements (1.25 vCPU, 2560 MiB) not valid.",
    ),
    (
        ecs(
            {
                **without(FARGATE_ECS_TASK, "volumes"),
                "runtimePlatform": WINDOWS,
                "containers": [
                    {
                        "image": "busybox",
                        "resourceRequirements": asking(VCPU="0.5", MEMORY="1024"),
                    }
                ],
            },
            platform="FARGATE",
        ),
        "vCPU must be at least 1 for Windows Job definition, got 0.5.",
    ),
    (
        on_fargate(ONE_VCPU, asking(VCPU="1", MEMORY="2048", GPU="1")),
        "GPU is not applicable for Fargate.",
    ),
]

# Rows of the container table that also read members of the task.
CONTAINERS = [
    (containers({}, {"resourceRequirements": asking(MEMORY="4")}), "vCPU is required."),
    (containers({}, {"resourceRequirements": asking(VCPU="1")}), "Memory is required."),
    (
        containers({"resourceRequirements": asking(VCPU="0.5", MEMORY="4")}),
        "Value 0.5 for type VCPU in resourceRequirement is not valid. "
        "Please provide a numeric value.",
    ),
    (
        containers({"resourceRequirements": asking(VCPU="1", MEMORY="3")}),
        "Memory must be at least 4 Mib, got 3 Mib.",
    ),
    (
        containers({"resourceRequirements": asking(VCPU="1", MEMORY="4") + asking(VCPU="1")}),
        "Cannot provide duplicates in resourceRequirements.",
    ),
    (
        containers({"secrets": [{"name": "KEY", "valueFrom": "arn"}]}),
        "executionRoleArn cannot be empty when using secrets or secretOptions",
    ),
    (
        containers({"environment": [{"name": "AWS_BATCH_X", "value": "x"}]}),
        None,
    ),
    (
        containers({"linuxParameters": {"maxSwap": 64}}),
        "When container specified swap memory, swappiness value is required.",
    ),
    (
        containers({"logConfiguration": {"logDriver": "awslogs", "options": {"colour": "blue"}}}),
        "Log driver awslogs disallows options: colour",
    ),
    (
        containers({"mountPoints": [{"sourceVolume": "scratch"}]}),
        None,
    ),
    (
        task(volumes=[{"host": {}, "efsVolumeConfiguration": EFS}]),
        "When the volume parameter is specified, only one volume configuration type "
        "should be used.",
    ),
    (
        task(volumes=[{"s3filesVolumeConfiguration": {"fileSystemArn": "arn"}}]),
        "A jobRoleArn/taskRoleArn is required when using s3filesVolumeConfiguration.",
    ),
]


@pytest.mark.parametrize("name", VALID)
def test_accepted(refused_text: Text, name: str) -> None:
    """A task that follows every rule is accepted."""
    assert refused_text("RegisterJobDefinition", VALID[name]) is None


@pytest.mark.parametrize(("request_params", "text"), [*REFUSED, *PLATFORMS, *CONTAINERS])
def test_refused(refused_text: Text, request_params: dict[str, Any], text: str | None) -> None:
    """A task is accepted (None) or refused with the message of the rule that it breaks."""
    assert refused_text("RegisterJobDefinition", request_params) == text


def test_tasks_of_any_block() -> None:
    """The rules for a task can be applied to a task of any block."""
    assert task_problem(RICH_ECS_TASK, "EC2") is None
    assert task_problem(FARGATE_ECS_TASK, "EC2") == "networkConfiguration not applicable for EC2."
