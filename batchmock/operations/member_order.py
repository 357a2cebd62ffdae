"""
The order of members in the structures of replies: that of the service model.

botocore's parser returns members in the order of the model. Structures that are built in this order need no
reordering in each reply.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import is_
from typing import Any, Final

#: By shape, its members in the order of the model, with the shape of those that hold structures.
_SHAPES: Final[Mapping[str, str]] = {
    "AttemptContainerDetail": (
        "containerInstanceArn taskArn exitCode reason logStreamName networkInterfaces:NetworkInterface"
    ),
    "AttemptDetail": (
        "container:AttemptContainerDetail startedAt stoppedAt statusReason "
        "taskProperties:AttemptEcsTaskDetails"
    ),
    "AttemptEcsTaskDetails": (
        "containerInstanceArn taskArn containers:AttemptTaskContainerDetails"
    ),
    "AttemptTaskContainerDetails": (
        "exitCode name reason logStreamName networkInterfaces:NetworkInterface"
    ),
    "ArrayPropertiesSummary": "size index statusSummary statusSummaryLastUpdatedAt",
    "ContainerDetail": (
        "image vcpus memory command jobRoleArn executionRoleArn volumes:Volume "
        "environment:KeyValuePair mountPoints:MountPoint readonlyRootFilesystem ulimits:Ulimit "
        "privileged user exitCode reason containerInstanceArn taskArn logStreamName instanceType "
        "networkInterfaces:NetworkInterface resourceRequirements:ResourceRequirement "
        "linuxParameters:LinuxParameters logConfiguration:LogConfiguration secrets:Secret "
        "networkConfiguration:NetworkConfiguration "
        "fargatePlatformConfiguration:FargatePlatformConfiguration "
        "ephemeralStorage:EphemeralStorage runtimePlatform:RuntimePlatform "
        "repositoryCredentials:RepositoryCredentials enableExecuteCommand"
    ),
    "ContainerSummary": "exitCode reason",
    "DescribeServiceJobResponse": (
        "attempts:ServiceJobAttemptDetail capacityUsage:ServiceJobCapacityUsageDetail createdAt isTerminated "
        "jobArn jobId jobName jobQueue latestAttempt:LatestServiceJobAttempt "
        "retryStrategy:ServiceJobRetryStrategy scheduledAt schedulingPriority serviceRequestPayload "
        "serviceJobType shareIdentifier quotaShareName "
        "preemptionConfiguration:ServiceJobPreemptionConfiguration "
        "preemptionSummary:ServiceJobPreemptionSummary startedAt status statusReason stoppedAt tags "
        "timeoutConfig:ServiceJobTimeout"
    ),
    "Device": "hostPath containerPath permissions",
    "EFSAuthorizationConfig": "accessPointId iam",
    "EFSVolumeConfiguration": (
        "fileSystemId rootDirectory transitEncryption transitEncryptionPort "
        "authorizationConfig:EFSAuthorizationConfig"
    ),
    "EksAttemptContainerDetail": "name containerID exitCode reason",
    "EksAttemptDetail": (
        "containers:EksAttemptContainerDetail initContainers:EksAttemptContainerDetail eksClusterArn "
        "podName podNamespace nodeName startedAt stoppedAt statusReason"
    ),
    "EphemeralStorage": "sizeInGiB",
    "EvaluateOnExit": "onStatusReason onReason onExitCode action",
    "FargatePlatformConfiguration": "platformVersion",
    "Host": "sourcePath",
    "JobCapacityUsageSummary": "capacityUnit quantity",
    "JobDependency": "jobId type",
    "JobSummary": (
        "jobArn jobId jobName capacityUsage:JobCapacityUsageSummary createdAt scheduledAt "
        "shareIdentifier status statusReason startedAt stoppedAt container:ContainerSummary "
        "arrayProperties:ArrayPropertiesSummary nodeProperties:NodePropertiesSummary jobDefinition "
        "isCancelled isTerminated"
    ),
    "JobTimeout": "attemptDurationSeconds",
    "KeyValuePair": "name value",
    "LatestServiceJobAttempt": "serviceResourceId:ServiceResourceId",
    "LinuxParameters": (
        "devices:Device initProcessEnabled sharedMemorySize tmpfs:Tmpfs maxSwap swappiness"
    ),
    "ListJobsResponse": "jobSummaryList:JobSummary nextToken",
    "ListServiceJobsResponse": "jobSummaryList:ServiceJobSummary nextToken",
    "LogConfiguration": "logDriver options secretOptions:Secret",
    "MountPoint": "containerPath readOnly sourceVolume",
    "NetworkConfiguration": "assignPublicIp",
    "NetworkInterface": "attachmentId ipv6Address privateIpv4Address",
    "NodePropertiesSummary": "isMainNode numNodes nodeIndex",
    "RepositoryCredentials": "credentialsParameter",
    "ResourceRequirement": "value type",
    "RetryStrategy": "attempts evaluateOnExit:EvaluateOnExit",
    "RuntimePlatform": "operatingSystemFamily cpuArchitecture",
    "S3FilesVolumeConfiguration": (
        "fileSystemArn rootDirectory transitEncryptionPort accessPointArn"
    ),
    "Secret": "name valueFrom",
    "ServiceJobAttemptDetail": (
        "serviceResourceId:ServiceResourceId startedAt stoppedAt statusReason"
    ),
    "ServiceJobCapacityUsageDetail": "capacityUnit quantity",
    "ServiceJobCapacityUsageSummary": "capacityUnit quantity",
    "ServiceJobEvaluateOnExit": "action onStatusReason",
    "ServiceJobPreemptedAttempt": (
        "serviceResourceId:ServiceResourceId startedAt stoppedAt statusReason"
    ),
    "ServiceJobPreemptionConfiguration": "preemptionRetriesBeforeTermination",
    "ServiceJobPreemptionSummary": (
        "preemptedAttemptCount recentPreemptedAttempts:ServiceJobPreemptedAttempt"
    ),
    "ServiceJobRetryStrategy": "attempts evaluateOnExit:ServiceJobEvaluateOnExit",
    "ServiceJobSummary": (
        "latestAttempt:LatestServiceJobAttempt capacityUsage:ServiceJobCapacityUsageSummary createdAt jobArn "
        "jobId jobName scheduledAt serviceJobType shareIdentifier quotaShareName status statusReason "
        "startedAt stoppedAt isTerminated"
    ),
    "ServiceJobTimeout": "attemptDurationSeconds",
    "ServiceResourceId": "name value",
    "SubmitJobResponse": "jobArn jobName jobId",
    "Tmpfs": "containerPath size mountOptions",
    "Ulimit": "hardLimit name softLimit",
    "Volume": (
        "host:Host name efsVolumeConfiguration:EFSVolumeConfiguration "
        "s3filesVolumeConfiguration:S3FilesVolumeConfiguration"
    ),
}

#: The same, parsed: by shape and member, the shape of a member that holds structures, otherwise "".
MEMBERS: Final[Mapping[str, Mapping[str, str]]] = {
    shape: {name: inner for name, _, inner in (member.partition(":") for member in members.split())}
    for shape, members in _SHAPES.items()
}

#: The shapes that every reply builds in the order of `MEMBERS`, at any depth. The shapes inside them may be
#: built in another order elsewhere.
BUILT_IN_ORDER: Final = frozenset(
    {
        "AttemptDetail",
        "ContainerDetail",
        "DescribeServiceJobResponse",
        "EksAttemptDetail",
        "JobDependency",
        "JobTimeout",
        "ListJobsResponse",
        "ListServiceJobsResponse",
        "RetryStrategy",
        "SubmitJobResponse",
    }
)


def in_model_order(shape: str, value: Any) -> Any:
    """
    Return a structure, or a list of structures, with the members at any depth in the order of the model.

    Members that the model does not know come last. The result shares with the value what is in order already;
    the value itself is not changed.
    """
    if isinstance(value, list):
        items = [in_model_order(shape, item) for item in value]
        return value if all(map(is_, items, value)) else items
    if not isinstance(value, dict):
        return value
    members = MEMBERS[shape]
    ordered = {
        name: in_model_order(inner, value[name]) if inner else value[name]
        for name, inner in members.items()
        if name in value
    }
    ordered.update((name, item) for name, item in value.items() if name not in members)
    is_same = [*ordered] == [*value] and all(map(is_, ordered.values(), value.values()))
    return value if is_same else ordered
