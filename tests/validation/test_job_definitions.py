"""RegisterJobDefinition: what the service refuses, and its messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Refusal
from .examples import (
    CONTAINER,
    ECS_TASK,
    EKS_PROPERTIES,
    FARGATE_CONTAINER,
    NODE_PROPERTIES,
    RICH_CONTAINER,
    asking,
    multinode,
    on_ec2,
    on_fargate,
    register,
    without,
)

Text = Callable[[str, dict[str, Any]], str | None]

MANAGED: dict[str, Any] = {"platformCapabilities": ["MANAGED_INSTANCES"]}
ECS = {"ecsProperties": {"taskProperties": [ECS_TASK]}}
WINDOWS = {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}
EFS = {"fileSystemId": "fs-0123abcd"}
ACCESS_POINT = {"authorizationConfig": {"accessPointId": "fsap-1"}}
IAM = {"authorizationConfig": {"iam": "ENABLED"}}
EKS_NODES = {
    **NODE_PROPERTIES,
    "nodeRangeProperties": [{"targetNodes": ":", "eksProperties": EKS_PROPERTIES}],
}


def retry(**strategy: Any) -> dict[str, Any]:
    """Return a request with a retry strategy."""
    return register(CONTAINER, retryStrategy=strategy)


def evaluate(*items: dict[str, Any]) -> dict[str, Any]:
    """Return a request with `evaluateOnExit` conditions."""
    return retry(attempts=2, evaluateOnExit=list(items))


def efs(**members: Any) -> dict[str, Any]:
    """Return a request with an EFS volume."""
    return on_ec2(volumes=[{"efsVolumeConfiguration": {**EFS, **members}}])


def linux(**parameters: Any) -> dict[str, Any]:
    """Return an EC2 request with Linux parameters."""
    return on_ec2(linuxParameters=parameters)


def fargate_linux(**parameters: Any) -> dict[str, Any]:
    """Return a Fargate request with Linux parameters."""
    return on_fargate(linuxParameters=parameters)


VALID = {
    "minimal": register(CONTAINER),
    "rich": register(
        RICH_CONTAINER,
        parameters={"input": "x"},
        schedulingPriority=9999,
        propagateTags=True,
        platformCapabilities=["EC2"],
        retryStrategy={"attempts": 10, "evaluateOnExit": [{"onReason": "*", "action": "Exit"}]},
        timeout={"attemptDurationSeconds": 60},
        consumableResourceProperties={
            "consumableResourceList": [
                {"consumableResource": "license", "quantity": 1},
                {"consumableResource": "seat", "quantity": 1},
            ]
        },
    ),
    "fargate": on_fargate(),
    "fargate on the newest version": on_fargate(
        fargatePlatformConfiguration={"platformVersion": "LATEST"}
    ),
    "fargate windows": on_fargate(
        runtimePlatform=WINDOWS,
        volumes=[],
        linuxParameters={},
        resourceRequirements=asking(VCPU="1.0", MEMORY="2048"),
    ),
    "legacy members": register({"image": "busybox", "vcpus": 1, "memory": 4}),
    "gpu": on_ec2(resourceRequirements=asking(VCPU="1", MEMORY="4", GPU="1")),
    "other log driver": on_ec2(
        logConfiguration={"logDriver": "fluentd", "options": {"anything": "x"}}
    ),
    "S3 Files": on_ec2(
        jobRoleArn="arn", volumes=[{"s3filesVolumeConfiguration": {"fileSystemArn": "arn"}}]
    ),
    "empty tags": register(CONTAINER, tags={}),
    "ecs": register(**ECS),
    "managed instances": register(**ECS, **MANAGED),
    "eks": register(eksProperties=EKS_PROPERTIES),
    "eks on EC2": register(eksProperties=EKS_PROPERTIES, platformCapabilities=["EC2"]),
    "eks without tags": register(eksProperties=EKS_PROPERTIES, propagateTags=False),
    "multinode with tags": multinode(nodeProperties=NODE_PROPERTIES, propagateTags=True),
    "multinode": multinode(nodeProperties=NODE_PROPERTIES),
}

TOP_LEVEL = [
    (
        {**register(CONTAINER), "jobDefinitionName": "no spaces"},
        "Job definition name should match a valid pattern.",
    ),
    (
        register(),
        "ECS ContainerProperties, ecsProperties, or eksProperties is required "
        "when using type container.",
    ),
    (
        register(nodeProperties=NODE_PROPERTIES),
        "ECS ContainerProperties, ecsProperties, or eksProperties is required "
        "when using type container.",
    ),
    (register({}), "ECS Container Image must be provided."),
    (register({**CONTAINER, "image": ""}), "ECS Container Image must be provided."),
    (multinode(), "Node properties of multinode job is required."),
    (register(CONTAINER, **ECS), "Cannot use both ECS containerProperties and ecsProperties"),
    (
        register(CONTAINER, eksProperties=EKS_PROPERTIES),
        "Cannot use both ECS containerProperties and eksProperties",
    ),
    (
        register(**ECS, eksProperties=EKS_PROPERTIES),
        "Cannot use both ecsProperties and eksProperties",
    ),
    (
        multinode(nodeProperties=NODE_PROPERTIES, eksProperties=EKS_PROPERTIES),
        "Cannot use both nodeProperties and eksProperties",
    ),
    (
        multinode(nodeProperties=NODE_PROPERTIES, containerProperties=CONTAINER),
        "Cannot use both nodeProperties and containerProperties",
    ),
    (
        multinode(nodeProperties=NODE_PROPERTIES, **ECS),
        "Cannot use both nodeProperties and ecsProperties",
    ),
    (register(CONTAINER, platformCapabilities=[]), "Exactly 1 capability must be provided."),
    (
        register(CONTAINER, platformCapabilities=["EC2", "FARGATE"]),
        "Exactly 1 capability must be provided.",
    ),
    (
        register(CONTAINER, platformCapabilities=["LAMBDA"]),
        "Capability LAMBDA is not valid. Valid capabilities: [FARGATE, EC2, MANAGED_INSTANCES]",
    ),
    (
        multinode(nodeProperties=NODE_PROPERTIES, platformCapabilities=["FARGATE"]),
        "Fargate does not support MNP jobs",
    ),
    (
        multinode(nodeProperties=NODE_PROPERTIES, **MANAGED),
        "MANAGED_INSTANCES does not support MNP jobs",
    ),
    (register(CONTAINER, **MANAGED), "Cannot use ECS containerProperties for MANAGED_INSTANCES"),
    (
        register(
            ecsProperties={"taskProperties": [{**ECS_TASK, "runtimePlatform": WINDOWS}]}, **MANAGED
        ),
        "runtimePlatform for MANAGED_INSTANCES only supports LINUX operating system family.",
    ),
    (
        register(CONTAINER, schedulingPriority=-1),
        "Scheduling priority must be between 0 and 9999.",
    ),
    (
        register(CONTAINER, schedulingPriority=10000),
        "Scheduling priority must be between 0 and 9999.",
    ),
    (retry(attempts=11), "RetryAttempts must be between 1 and 10."),
    (retry(), "RetryAttempts must be provided with retry strategy."),
    (retry(evaluateOnExit=[]), "RetryAttempts must be provided with retry strategy."),
    (
        evaluate({"action": "RETRY"}),
        "EvaluateOnExit should contain at least one of onExitCode, onReason or onStatusReason",
    ),
    (
        evaluate({"action": "RETRY", "onExitCode": "1-5"}),
        "Evaluate on exit condition contains restricted characters.",
    ),
    (
        evaluate({"action": "RETRY", "onExitCode": "1" * 513}),
        "Evaluate on exit condition cannot exceed 512 characters.",
    ),
    (
        evaluate({"action": "RETRY", "onReason": "x" * 513}),
        "Evaluate on exit condition cannot exceed 512 characters.",
    ),
    (
        evaluate({"action": "ABORT", "onReason": "*"}),
        "Value ABORT for retryStrategy.evaluateOnExit[0].action is not valid. "
        "Valid values are: [RETRY, EXIT]",
    ),
    (
        evaluate(*[{"action": "RETRY", "onReason": "*"}] * 6),
        "EvaluateOnExit cannot have more than 5 items.",
    ),
    (
        register(CONTAINER, timeout={"attemptDurationSeconds": 59}),
        "AttemptDurationSeconds in Timeout must be at least 60 seconds.",
    ),
    (
        register(
            CONTAINER,
            consumableResourceProperties={
                "consumableResourceList": [
                    {"consumableResource": str(n), "quantity": 1} for n in range(6)
                ]
            },
        ),
        "Each ConsumableResourceProperty can have at most 5 consumableResources",
    ),
    (
        register(
            CONTAINER,
            consumableResourceProperties={
                "consumableResourceList": [{"consumableResource": "license", "quantity": 1}] * 2
            },
        ),
        "Cannot have duplicate consumableResource in consumableResourceProperties",
    ),
    (
        register(eksProperties=EKS_PROPERTIES, propagateTags=True),
        "Batch on EKS does not support tag propagation.",
    ),
    (
        multinode(nodeProperties=EKS_NODES, propagateTags=True),
        "Batch on EKS does not support tag propagation.",
    ),
    (
        register(eksProperties=EKS_PROPERTIES, platformCapabilities=["FARGATE"]),
        None,
    ),
]

RESOURCES = [
    (on_ec2(resourceRequirements=asking(MEMORY="4")), "vCPU is required."),
    (on_ec2(resourceRequirements=asking(VCPU="1")), "Memory is required."),
    (register({"image": "busybox"}), "vCPU is required."),
    (on_ec2(resourceRequirements=asking(VCPU="0", MEMORY="4")), "vCPU must be at least 1, got 0."),
    (
        register({"image": "busybox", "vcpus": 0, "memory": 4}),
        "vCPU must be at least 1, got 0.",
    ),
    (
        on_ec2(resourceRequirements=asking(VCPU="1", MEMORY="3")),
        "Memory must be at least 4 Mib, got 3 Mib.",
    ),
    (
        register({"image": "busybox", "vcpus": 1, "memory": 3}),
        "Memory must be at least 4 Mib, got 3 Mib.",
    ),
    (
        on_ec2(vcpus=1),
        "Cannot use both ECS containerProperties vcpus and resourceRequirement VCPU.",
    ),
    (
        on_ec2(memory=4),
        "Cannot use both ECS containerProperties memory and resourceRequirement MEMORY.",
    ),
    (
        on_ec2(resourceRequirements=asking(VCPU="1", MEMORY="4") + asking(VCPU="1")),
        "Cannot provide duplicates in resourceRequirements.",
    ),
    (
        on_ec2(resourceRequirements=asking(VCPU="1.0", MEMORY="4")),
        "Value 1.0 for type VCPU in resourceRequirement is not valid. "
        "Please provide a numeric value.",
    ),
    (
        on_ec2(resourceRequirements=asking(VCPU="1", MEMORY="lots")),
        "Value lots for type MEMORY in resourceRequirement is not valid. "
        "Please provide a numeric value.",
    ),
    (
        on_ec2(resourceRequirements=asking(VCPU="1", MEMORY="4", GPU="0.5")),
        "Value 0.5 for type GPU in resourceRequirement is not valid. "
        "Please provide a numeric value.",
    ),
    (
        on_ec2(resourceRequirements=asking(VCPU="1", MEMORY="4", GPU="0")),
        "Value 0 for type GPU in resourceRequirement is not valid. Please provide a numeric value.",
    ),
    (
        on_fargate(resourceRequirements=asking(VCPU="1", MEMORY="2048", GPU="1")),
        "GPU is not applicable for Fargate.",
    ),
    (
        on_fargate(resourceRequirements=asking(VCPU="0.5", MEMORY="1")),
        "Fargate resource requirements (0.50 vCPU, 1 MiB) not valid.",
    ),
    (
        on_fargate(resourceRequirements=asking(VCPU="3", MEMORY="8192")),
        "Fargate resource requirements (3.00 vCPU, 8192 MiB) not valid.",
    ),
    (
        on_fargate(resourceRequirements=[], vcpus=1),
        "vcpus is not applicable for Fargate. Use resource requirements instead.",
    ),
    (
        on_fargate(runtimePlatform=WINDOWS, resourceRequirements=asking(VCPU="0.5", MEMORY="1024")),
        "vCPU must be at least 1 for Windows Job definition, got 0.5.",
    ),
]

PLATFORMS = [
    (
        register(without(FARGATE_CONTAINER, "executionRoleArn"), platformCapabilities=["FARGATE"]),
        "executionRoleArn is required for Fargate jobs.",
    ),
    (
        on_fargate(privileged=True),
        "Fargate requires that the \u2018privileged\u2019 setting be \u2018false\u2019 "
        "at the container level.",
    ),
    (
        on_fargate(ulimits=[{"name": "nofile", "softLimit": 1, "hardLimit": 2}]),
        "ulimits is not applicable for Fargate.",
    ),
    (
        fargate_linux(devices=[{"hostPath": "/dev/fuse"}]),
        "linuxParameter.devices is not allowed for Fargate.",
    ),
    (
        fargate_linux(sharedMemorySize=64),
        "linuxParameter.sharedMemorySize is not allowed for Fargate.",
    ),
    (
        fargate_linux(tmpfs=[{"containerPath": "/tmp", "size": 64}]),
        "linuxParameter.tmpfs is not allowed for Fargate.",
    ),
    (
        fargate_linux(swappiness=60, maxSwap=64),
        "linuxParameter.maxSwap is not allowed for Fargate.",
    ),
    (fargate_linux(swappiness=60), "linuxParameter.swappiness is not allowed for Fargate."),
    (
        on_fargate(volumes=[{"host": {"sourcePath": "/scratch"}}]),
        "host.sourcePath should not be set for volumes in Fargate.",
    ),
    (
        on_fargate(logConfiguration={"logDriver": "syslog"}),
        "Log driver for Fargate is not valid: syslog",
    ),
    (
        on_fargate(logConfiguration={"logDriver": "carrier-pigeon"}),
        "Log driver for Fargate is not valid: carrier-pigeon",
    ),
    (
        on_fargate(fargatePlatformConfiguration={"platformVersion": "1.3.0"}),
        "EFS is supported for Fargate platform versions 1.4.0 or later, provided 1.3.0",
    ),
    (
        on_fargate(ephemeralStorage={"sizeInGiB": 20}),
        "Ephemeral storage for Fargate tasks can be only between range 21 GiB to 200 GiB",
    ),
    (
        on_ec2(networkConfiguration={"assignPublicIp": "ENABLED"}),
        "networkConfiguration not applicable for EC2.",
    ),
    (
        on_ec2(fargatePlatformConfiguration={"platformVersion": "LATEST"}),
        "fargatePlatformConfiguration not applicable for EC2.",
    ),
    (
        on_ec2(runtimePlatform={"cpuArchitecture": "ARM64"}),
        "runtimePlatform is not applicable for EC2.",
    ),
    (on_ec2(ephemeralStorage={"sizeInGiB": 21}), None),
    (
        on_fargate(runtimePlatform={"operatingSystemFamily": "PLAN9"}),
        "RuntimePlatform supports only one from [WINDOWS_SERVER_2019_CORE, "
        "WINDOWS_SERVER_2019_FULL, WINDOWS_SERVER_2022_CORE, WINDOWS_SERVER_2022_FULL, LINUX]",
    ),
    (
        on_fargate(runtimePlatform={**WINDOWS, "cpuArchitecture": "ARM64"}),
        "Windows supported only by X86_64 cpuArchitecture",
    ),
    (
        on_fargate(runtimePlatform=WINDOWS, linuxParameters={}, volumes=[], user="nobody"),
        None,
    ),
    (
        on_fargate(runtimePlatform=WINDOWS, linuxParameters={}),
        None,
    ),
]

DETAILS = [
    (
        on_ec2(secrets=[{"name": "KEY", "valueFrom": "arn"}]),
        "executionRoleArn cannot be empty when using secrets or secretOptions",
    ),
    (
        on_ec2(
            logConfiguration={
                "logDriver": "splunk",
                "secretOptions": [{"name": "KEY", "valueFrom": "arn"}],
            }
        ),
        "executionRoleArn cannot be empty when using secrets or secretOptions",
    ),
    (on_ec2(environment=[{"value": "x"}]), "Environment variable name is required."),
    (on_ec2(environment=[{"name": "", "value": "x"}]), "Environment variable name is required."),
    (
        on_ec2(environment=[{"name": "AWS_BATCH_JOB_ID", "value": "x"}]),
        None,
    ),
    (linux(maxSwap=-1), "Invalid swap memory size: -1, must be non-negative."),
    (
        linux(maxSwap=64),
        "When container specified swap memory, swappiness value is required.",
    ),
    (linux(maxSwap=64, swappiness=101), "Invalid swappiness: 101, must be between 0 and 100."),
    (
        linux(tmpfs=[{"containerPath": "/tmp", "size": 0}]),
        "Size of a tmpfs is invalid. The size is required and must be a positive integer.",
    ),
    (
        linux(devices=[{"hostPath": "/dev/fuse", "permissions": ["READ", "EXECUTE"]}]),
        "Invalid permission: EXECUTE for device /dev/fuse",
    ),
    (
        on_ec2(volumes=[{"host": {}, "efsVolumeConfiguration": EFS}]),
        "When the volume parameter is specified, only one volume configuration type "
        "should be used.",
    ),
    (efs(fileSystemId="share"), "EFS configuration fileSystemId is not valid: share."),
    (efs(**ACCESS_POINT), "EFS IAM access point requires TransitEncryption to be enabled."),
    (efs(**IAM), "EFS IAM authorization requires TransitEncryption to be enabled."),
    (
        efs(**IAM, transitEncryption="ENABLED"),
        None,
    ),
    (
        efs(**ACCESS_POINT, transitEncryption="ENABLED", rootDirectory="/data"),
        'When using an EFS access point, the root directory must either be set to "/" or omitted',
    ),
    (efs(transitEncryptionPort=65536), "TransitEncryptionPort must be a valid port number."),
    (
        on_ec2(volumes=[{"s3filesVolumeConfiguration": {"fileSystemArn": "arn"}}]),
        "A jobRoleArn/taskRoleArn is required when using s3filesVolumeConfiguration.",
    ),
    (
        on_ec2(logConfiguration={"logDriver": "awslogs", "options": {"colour": "blue"}}),
        "Log driver awslogs disallows options: colour",
    ),
    (
        on_ec2(logConfiguration={"logDriver": "carrier-pigeon"}),
        "Value carrier-pigeon for containerProperties.logConfiguration.logDriver is not valid. "
        "Valid values are: [json-file, syslog, journald, gelf, fluentd, awslogs, splunk, "
        "awsfirelens]",
    ),
    (on_ec2(user="Root"), "User 'Root' does not match regex ^([a-z0-9_][a-z0-9_-]{0,30})$"),
    (
        on_ec2(mountPoints=[{"sourceVolume": "scratch"}]),
        None,
    ),
    (
        on_ec2(image="busy box"),
        "Value busy box for containerProperties.image does not match the pattern "
        r"^[A-Za-z0-9_\-:./#@]+$",
    ),
    (
        on_ec2(image="b" * 256),
        "containerProperties.image must be at most 255 characters long, got 256.",
    ),
]


@pytest.mark.parametrize("name", VALID)
def test_accepted(refused_text: Text, name: str) -> None:
    """A request that follows every rule is accepted."""
    assert refused_text("RegisterJobDefinition", VALID[name]) is None


@pytest.mark.parametrize(("request_params", "text"), [*TOP_LEVEL, *RESOURCES, *PLATFORMS, *DETAILS])
def test_refused(refused_text: Text, request_params: dict[str, Any], text: str | None) -> None:
    """A request is accepted (None) or refused with the message of the rule that it breaks."""
    assert refused_text("RegisterJobDefinition", request_params) == text


@pytest.mark.parametrize(
    ("vcpu", "memory"),
    [("0.25", "512"), ("0.5", "4096"), ("1.0", "8192"), ("8", "20480"), ("32", "249856")],
)
def test_fargate_pairs(refused_text: Text, vcpu: str, memory: str) -> None:
    """Each pair of the Fargate table is accepted, however the number of vCPUs is written."""
    request_params = on_fargate(resourceRequirements=asking(VCPU=vcpu, MEMORY=memory))
    assert refused_text("RegisterJobDefinition", request_params) is None


def test_size(refusal: Refusal) -> None:
    """A job definition may have 24 KiB; the message contains its size in whole KiB, rounded up."""
    assert refusal("RegisterJobDefinition", register(CONTAINER), 24576) is None
    error = refusal("RegisterJobDefinition", register(CONTAINER), 24577)
    assert error is not None
    assert error.message == "Job definition size must be less than 24 KiB, got 25 KiB"
