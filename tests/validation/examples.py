"""Valid requests that the tests modify, one member at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

JOB_ID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"

SUBMIT_JOB = {"jobName": "nightly", "jobQueue": "reports", "jobDefinition": "render"}

RICH_SUBMIT_JOB = {
    "jobName": "nightly",
    "jobQueue": "reports",
    "jobDefinition": "render:3",
    "shareIdentifier": "teamA",
    "schedulingPriorityOverride": 5,
    "arrayProperties": {"size": 100},
    "dependsOn": [{"jobId": "a"}, {"jobId": "b", "type": "N_TO_N"}, {"type": "SEQUENTIAL"}],
    "parameters": {"input": "s3://bucket/key"},
    "containerOverrides": {
        "command": ["render", "Ref::input"],
        "environment": [{"name": "MODE", "value": "fast"}],
        "resourceRequirements": [
            {"type": "VCPU", "value": "2"},
            {"type": "MEMORY", "value": "2048"},
        ],
    },
    "retryStrategy": {
        "attempts": 3,
        "evaluateOnExit": [
            {"onStatusReason": "Host EC2*", "action": "retry"},
            {"onExitCode": "1*", "action": "EXIT"},
        ],
    },
    "timeout": {"attemptDurationSeconds": 60},
    "propagateTags": True,
    "tags": {"team": "A", "größe 1_.:/=+-@": ""},
}

CONTAINER = {
    "image": "public.ecr.aws/docker/library/busybox:1",
    "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "2048"}],
}

RICH_CONTAINER = {
    **CONTAINER,
    "command": ["render", "Ref::input"],
    "jobRoleArn": "arn:aws:iam::123456789012:role/job",
    "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
    "volumes": [
        {"name": "scratch", "host": {"sourcePath": "/scratch"}},
        {
            "name": "share",
            "efsVolumeConfiguration": {
                "fileSystemId": "fs-0123abcd",
                "transitEncryption": "ENABLED",
                "authorizationConfig": {"accessPointId": "fsap-1", "iam": "ENABLED"},
            },
        },
    ],
    "mountPoints": [{"sourceVolume": "scratch", "containerPath": "/scratch"}, {"readOnly": True}],
    "environment": [{"name": "MODE", "value": "fast"}],
    "ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 2}],
    "user": "nobody",
    "linuxParameters": {
        "maxSwap": 64,
        "swappiness": 10,
        "devices": [{"hostPath": "/dev/fuse", "permissions": ["READ"]}],
    },
    "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "jobs"}},
    "secrets": [{"name": "KEY", "valueFrom": "arn"}],
}

FARGATE_CONTAINER = {
    **CONTAINER,
    "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
    "networkConfiguration": {"assignPublicIp": "ENABLED"},
    "fargatePlatformConfiguration": {"platformVersion": "1.4.0"},
    "runtimePlatform": {"operatingSystemFamily": "LINUX", "cpuArchitecture": "ARM64"},
    "ephemeralStorage": {"sizeInGiB": 21},
    "linuxParameters": {"initProcessEnabled": True},
    "volumes": [{"efsVolumeConfiguration": {"fileSystemId": "fs-0123abcd"}}],
}

ECS_TASK: dict[str, Any] = {"containers": [CONTAINER]}

RICH_ECS_TASK = {
    "containers": [
        {
            **CONTAINER,
            "name": "main",
            "command": ["render", "Ref::input"],
            "essential": True,
            "environment": [{"name": "MODE", "value": "fast"}],
            "dependsOn": [
                {"containerName": "fetch", "condition": "SUCCESS"},
                {"containerName": "router", "condition": "START"},
            ],
            "mountPoints": [{"sourceVolume": "scratch", "containerPath": "/scratch"}],
            "user": "1000:1000",
            "linuxParameters": {"maxSwap": 64, "swappiness": 10},
            "logConfiguration": {"logDriver": "awsfirelens"},
            "secrets": [{"name": "KEY", "valueFrom": "arn"}],
            "startTimeout": 300,
            "stopTimeout": 300,
        },
        {**CONTAINER, "name": "fetch", "essential": False},
        {
            **CONTAINER,
            "name": "router",
            "essential": False,
            "user": "0",
            "firelensConfiguration": {"type": "fluentbit"},
        },
    ],
    "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
    "taskRoleArn": "arn:aws:iam::123456789012:role/job",
    "ipcMode": "task",
    "pidMode": "host",
    "volumes": [
        {"name": "scratch", "host": {"sourcePath": "/scratch"}},
        {"name": "files", "s3filesVolumeConfiguration": {"fileSystemArn": "arn"}},
    ],
    "enableExecuteCommand": True,
}

FARGATE_ECS_TASK = {
    "containers": [
        {
            "name": "main",
            "image": "busybox",
            "resourceRequirements": [
                {"type": "VCPU", "value": "0.75"},
                {"type": "MEMORY", "value": "1536"},
            ],
            "stopTimeout": 120,
        },
        {
            "name": "sidecar",
            "image": "busybox",
            "essential": False,
            "resourceRequirements": [
                {"type": "VCPU", "value": "0.25"},
                {"type": "MEMORY", "value": "512"},
            ],
        },
    ],
    "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
    "platformVersion": "1.4.0",
    "networkConfiguration": {"assignPublicIp": "ENABLED"},
    "runtimePlatform": {"operatingSystemFamily": "LINUX", "cpuArchitecture": "ARM64"},
    "ephemeralStorage": {"sizeInGiB": 21},
    "volumes": [{"efsVolumeConfiguration": {"fileSystemId": "fs-0123abcd"}}],
}

POD_CONTAINER = {"image": "busybox", "resources": {"limits": {"cpu": "1", "memory": "1024Mi"}}}
EKS_PROPERTIES = {"podProperties": {"containers": [POD_CONTAINER]}}

RICH_POD = {
    "serviceAccountName": "render",
    "hostNetwork": False,
    "dnsPolicy": "ClusterFirst",
    "imagePullSecrets": [{"name": "registry"}],
    "containers": [
        {
            **POD_CONTAINER,
            "name": "main",
            "imagePullPolicy": "IfNotPresent",
            "command": ["render"],
            "args": ["Ref::input", ""],
            "env": [{"name": "MODE", "value": "fast"}],
            "resources": {
                "limits": {"cpu": "1.5", "memory": "1024Mi", "nvidia.com/gpu": "1"},
                "requests": {"cpu": "0.25", "memory": "1024Mi", "nvidia.com/gpu": "1"},
            },
            "volumeMounts": [{"name": "scratch", "mountPath": "/scratch"}],
            "securityContext": {
                "runAsUser": 1000,
                "seccompProfile": {"type": "Localhost", "localhostProfile": "render.json"},
            },
        },
        {
            "image": "busybox",
            "resources": {"limits": {"cpu": "1"}, "requests": {"memory": "4Mi"}},
        },
    ],
    "initContainers": [{"name": "fetch", "image": "busybox"}],
    "volumes": [
        {"name": "scratch", "emptyDir": {"medium": "Memory", "sizeLimit": "100Mi"}},
        {"name": "host", "hostPath": {"path": "/data"}},
        {"name": "disk", "emptyDir": {"medium": ""}},
    ],
    "metadata": {
        "labels": {"team": "A", "example.com/stage": ""},
        "annotations": {"example.com/why": "any text, and long: " + "x" * 200},
        "namespace": "render",
    },
    "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
}

NODE_PROPERTIES = {
    "numNodes": 2,
    "mainNode": 0,
    "nodeRangeProperties": [{"targetNodes": "0:1", "container": CONTAINER}],
}

RICH_NODE_PROPERTIES = {
    "numNodes": 10,
    "mainNode": 9,
    "nodeRangeProperties": [
        {"targetNodes": "0:", "container": {**RICH_CONTAINER, "instanceType": "p4d.24xlarge"}},
        {"targetNodes": ":3", "container": CONTAINER},
        {
            "targetNodes": "5",
            "ecsProperties": {"taskProperties": [RICH_ECS_TASK]},
            "instanceTypes": ["c6i.large"],
            "consumableResourceProperties": {
                "consumableResourceList": [
                    {"consumableResource": "license", "quantity": 1},
                    {"consumableResource": "seat", "quantity": 1},
                ]
            },
        },
        {"targetNodes": "4:8", "container": CONTAINER},
    ],
}

OVERRIDES = {
    "ecsPropertiesOverride": {
        "taskProperties": [
            {
                "containers": [
                    {
                        "name": "main",
                        "command": ["render"],
                        "environment": [{"name": "MODE", "value": "fast"}],
                        "resourceRequirements": [{"type": "VCPU", "value": "2"}],
                    },
                    {"name": "fetch"},
                ]
            }
        ]
    },
    "eksPropertiesOverride": {
        "podProperties": {
            "containers": [
                {
                    "image": "busybox",
                    "command": ["render"],
                    "args": [""],
                    "env": [{"name": "MODE", "value": "fast"}],
                    "resources": {"requests": {"cpu": "0.25"}},
                }
            ],
            "initContainers": [{"name": "fetch"}],
            "metadata": {"labels": {"team": "A"}, "annotations": {"a": "b"}},
        }
    },
    "nodeOverrides": {
        "numNodes": 1000,
        "nodePropertyOverrides": [
            {
                "targetNodes": "0:999",
                "containerOverrides": {"command": ["render"]},
                "instanceTypes": ["c6i.large"],
                "consumableResourcePropertiesOverride": {
                    "consumableResourceList": [{"consumableResource": "license", "quantity": 1}]
                },
            },
            {"targetNodes": ":", "ecsPropertiesOverride": {"taskProperties": [{}]}},
            {"targetNodes": "7:", "eksPropertiesOverride": {}},
        ],
    },
    "consumableResourcePropertiesOverride": {
        "consumableResourceList": [
            {"consumableResource": "license", "quantity": 1},
            {"consumableResource": "seat", "quantity": 1},
        ]
    },
}

EC2_RESOURCES = {
    "type": "EC2",
    "minvCpus": 0,
    "maxvCpus": 64,
    "instanceTypes": ["m5.large", "c6i", "optimal", "u-6tb1.metal"],
    "subnets": ["subnet-1"],
    "securityGroupIds": ["sg-1"],
    "instanceRole": "ecsInstanceRole",
}
FARGATE_RESOURCES = {
    "type": "FARGATE",
    "maxvCpus": 64,
    "subnets": ["subnet-1"],
    "securityGroupIds": ["sg-1"],
}
SPOT_RESOURCES = {
    **EC2_RESOURCES,
    "type": "SPOT",
    "allocationStrategy": "SPOT_CAPACITY_OPTIMIZED",
}
MANAGED_INSTANCES_RESOURCES = {
    "type": "ECS_MANAGED_INSTANCES",
    "maxvCpus": 64,
    "managedInstancesProvider": {
        "infrastructureRoleArn": "arn",
        "instanceLaunchTemplate": {
            "ec2InstanceProfileArn": "arn",
            "networkConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]},
        },
    },
}
EKS_CONFIGURATION = {
    "eksClusterArn": "arn:aws:eks:us-east-1:123456789012:cluster/batch",
    "kubernetesNamespace": "jobs",
}

JOB_QUEUE = {
    "jobQueueName": "reports",
    "priority": 1,
    "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": "fleet"}],
}
SAGEMAKER_QUEUE: dict[str, Any] = {
    "jobQueueName": "training",
    "priority": 1,
    "jobQueueType": "SAGEMAKER_TRAINING",
    "serviceEnvironmentOrder": [{"order": 1, "serviceEnvironment": "sagemaker"}],
}


def without(members: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return the structure without some of its members."""
    return {name: value for name, value in members.items() if name not in names}


def multinode(**members: Any) -> dict[str, Any]:
    """Return a RegisterJobDefinition request of type multinode."""
    return {"jobDefinitionName": "mpi", "type": "multinode", **members}


def register(container: Mapping[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    """Return a RegisterJobDefinition request of type container."""
    payload = {} if container is None else {"containerProperties": dict(container)}
    return {"jobDefinitionName": "render", "type": "container", **payload, **members}


def on_ec2(**members: Any) -> dict[str, Any]:
    """Return a RegisterJobDefinition request whose EC2 container has these members."""
    return register({**CONTAINER, **members})


def on_fargate(**members: Any) -> dict[str, Any]:
    """Return a RegisterJobDefinition request whose Fargate container has these members."""
    return register({**FARGATE_CONTAINER, **members}, platformCapabilities=["FARGATE"])


def asking(**requirements: str) -> list[dict[str, str]]:
    """Return resource requirements, e.g. `asking(VCPU="1", MEMORY="2048")`."""
    return [{"type": kind, "value": value} for kind, value in requirements.items()]


def create_environment(resources: Mapping[str, Any] | None, **members: Any) -> dict[str, Any]:
    """Return a CreateComputeEnvironment request for a managed environment."""
    payload = {} if resources is None else {"computeResources": dict(resources)}
    return {"computeEnvironmentName": "fleet", "type": "MANAGED", **payload, **members}


def create_unmanaged(**members: Any) -> dict[str, Any]:
    """Return a CreateComputeEnvironment request for an unmanaged environment."""
    return {"computeEnvironmentName": "fleet", "type": "UNMANAGED", **members}
