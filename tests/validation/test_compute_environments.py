"""CreateComputeEnvironment and UpdateComputeEnvironment: what the service refuses, and its messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Refusal
from .examples import (
    EC2_RESOURCES,
    EKS_CONFIGURATION,
    FARGATE_RESOURCES,
    MANAGED_INSTANCES_RESOURCES,
    SPOT_RESOURCES,
    create_environment,
    create_unmanaged,
    without,
)

Text = Callable[[str, dict[str, Any]], str | None]

OWN_ROLE = "arn:aws:iam::123456789012:role/batch"
LINKED_ROLE = (
    "arn:aws:iam::123456789012:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch"
)
END_OF_LIFE = (
    "Amazon Linux 2 is end-of-life. Please see "
    "https://docs.aws.amazon.com/batch/latest/userguide/compute_resource_AMIs.html."
)
TYPES_TEXT = "Instance type can only be one of [m5d.8xlarge, r4, r5, optimal, ...]"
ID_OR_NAME = (
    "One of LaunchTemplateId and LaunchTemplateName or LaunchTemplate.Overrides is required."
)


def ec2(**members: Any) -> dict[str, Any]:
    """Return an EC2 request with these members of computeResources."""
    return create_environment({**EC2_RESOURCES, **members})


def spot(**members: Any) -> dict[str, Any]:
    """Return a Spot request with these members of computeResources."""
    return create_environment({**SPOT_RESOURCES, **members})


def fargate(**members: Any) -> dict[str, Any]:
    """Return a Fargate request with these members of computeResources."""
    return create_environment({**FARGATE_RESOURCES, **members})


def eks(resources: dict[str, Any] | None = None, **configuration: Any) -> dict[str, Any]:
    """Return a request for an EKS environment."""
    return create_environment(
        {**EC2_RESOURCES, "allocationStrategy": "BEST_FIT_PROGRESSIVE", **(resources or {})},
        eksConfiguration={**EKS_CONFIGURATION, **configuration},
    )


def template(**members: Any) -> dict[str, Any]:
    """Return an EC2 request with a launch template."""
    return ec2(launchTemplate=members)


def overrides(*targets: list[str]) -> dict[str, Any]:
    """Return a request whose launch template has an override for each list of targets."""
    return template(
        launchTemplateId="lt-0",
        overrides=[{"launchTemplateId": "lt-1", "targetInstanceTypes": list(t)} for t in targets],
    )


VALID = {
    "EC2": ec2(desiredvCpus=8),
    "zero vCPUs": ec2(maxvCpus=0),
    "Spot": spot(bidPercentage=100),
    "Spot with BEST_FIT": create_environment(
        {**without(SPOT_RESOURCES, "allocationStrategy"), "spotIamFleetRole": "arn"}
    ),
    "security groups of the template": create_environment(
        {
            **without(EC2_RESOURCES, "securityGroupIds"),
            "launchTemplate": {"launchTemplateName": "lt", "version": "$Latest"},
        }
    ),
    "Fargate": fargate(),
    "managed instances": create_environment(MANAGED_INSTANCES_RESOURCES),
    "EKS": eks({"ec2Configuration": [{"imageType": "EKS_AL2023"}]}),
    "unmanaged": create_unmanaged(serviceRole=OWN_ROLE, unmanagedvCpus=16),
    "arm": ec2(instanceTypes=["m6g.large", "c7gn", "a1", "default_arm64"]),
    "own image": ec2(ec2Configuration=[{"imageType": "ECS_AL2", "imageIdOverride": "ami-1"}]),
    "overrides": overrides(["m5.large"], ["c6i.large"]),
    "two types of a family": overrides(["c6i.large"], ["c6i.xlarge"]),
    "bundles in other letters": ec2(instanceTypes=["OPTIMAL", "Default_x86_64"]),
}

ENVIRONMENT = [
    (
        {**ec2(), "computeEnvironmentName": "no spaces"},
        "Compute Environment name should match a valid pattern.",
    ),
    ({**ec2(), "state": "DISABLED"}, "Compute Environment must be created in ENABLED state."),
    (
        create_environment(None),
        "computeResources must be provided for a MANAGED compute environment",
    ),
    (
        {**ec2(), "unmanagedvCpus": 4},
        "unmanagedvCpus is not applicable for managed Compute Environments",
    ),
    (
        create_unmanaged(serviceRole=OWN_ROLE, computeResources=FARGATE_RESOURCES),
        "Cannot create an UNMANAGED Fargate Compute Environment.",
    ),
    (create_unmanaged(), "ServiceRole is required."),
    (
        create_unmanaged(serviceRole=LINKED_ROLE),
        "Service Linked Role cannot be used with UNMANAGED Compute Environment",
    ),
    (
        create_unmanaged(serviceRole=OWN_ROLE, eksConfiguration=EKS_CONFIGURATION),
        None,
    ),
]

RESOURCES = [
    (ec2(minvCpus=65), "maxvCpus should be greater than or equal to minvCpus."),
    (ec2(minvCpus=-1), "minvCpus should be greater than or equal to 0."),
    (ec2(desiredvCpus=65), "desiredvCpus should be between minvCpus and maxvCpus."),
    (ec2(desiredvCpus=-1), "desiredvCpus should be between minvCpus and maxvCpus."),
    (
        create_environment(without(EC2_RESOURCES, "minvCpus")),
        None,
    ),
    (
        create_environment(without(EC2_RESOURCES, "instanceRole")),
        "Instance role is required.",
    ),
    (ec2(instanceTypes=[]), "Resource instanceTypes are required."),
    (
        create_environment(without(EC2_RESOURCES, "instanceTypes")),
        "Resource instanceTypes are required.",
    ),
    (ec2(instanceTypes=["huge"]), TYPES_TEXT),
    (
        ec2(instanceTypes=["m6g.large", "m5.large"]),
        "arm-based instance type cannot be used with other instance types",
    ),
    (
        create_environment(without(EC2_RESOURCES, "securityGroupIds")),
        "Security group ids are required.",
    ),
    (ec2(subnets=[]), "Subnets are required."),
    (spot(bidPercentage=101), "Bid percentage must be between 0 to 100."),
    (
        spot(allocationStrategy="BEST_FIT"),
        "compute resource spotIamFleetRole is required.",
    ),
    (
        create_environment(without(SPOT_RESOURCES, "allocationStrategy")),
        "compute resource spotIamFleetRole is required.",
    ),
    (
        ec2(allocationStrategy="SPOT_CAPACITY_OPTIMIZED"),
        "Allocation strategy SPOT_CAPACITY_OPTIMIZED requires compute resource type SPOT.",
    ),
    (
        spot(allocationStrategy="BEST_FIT_PROGRESSIVE_ORDERED"),
        "Allocation strategy BEST_FIT_PROGRESSIVE_ORDERED requires compute resource type EC2.",
    ),
    (
        ec2(allocationStrategy="BEST_FIT_PROGRESSIVE_ORDERED"),
        "Instance type bundles (e.g. optimal, default_x86_64) are not allowed for "
        "BEST_FIT_PROGRESSIVE_ORDERED allocation strategy. "
        "Specify instance families or types directly.",
    ),
    (
        fargate(allocationStrategy="BEST_FIT"),
        "allocationStrategy is not applicable for Fargate.",
    ),
    (fargate(desiredvCpus=0), "desiredvCpus is not applicable for Fargate."),
    (fargate(tags={"team": "A"}), "tags is not applicable for Fargate."),
    (
        fargate(subnets=[f"subnet-{n}" for n in range(17)]),
        "Fargate supports a maximum of 16 subnets.",
    ),
    (
        fargate(securityGroupIds=[f"sg-{n}" for n in range(6)]),
        "Fargate supports a maximum of 5 security groups.",
    ),
    (
        ec2(ec2Configuration=[{"imageType": "ECS_BSD"}]),
        "Invalid imageType in ComputeResources.ec2Configuration",
    ),
    (
        ec2(ec2Configuration=[{"imageType": "EKS_AL2023"}]),
        "Invalid imageType in ComputeResources.ec2Configuration",
    ),
    (ec2(ec2Configuration=[{"imageType": "ECS_AL2"}]), END_OF_LIFE),
    (
        create_environment(without(MANAGED_INSTANCES_RESOURCES, "managedInstancesProvider")),
        "managedInstancesProvider is required for ECS_MANAGED_INSTANCES.",
    ),
    (
        ec2(capacityTags={"team": "A"}),
        "capacityTags is only applicable for ECS_MANAGED_INSTANCES.",
    ),
]

LAUNCH_TEMPLATES = [
    (template(), ID_OR_NAME),
    (template(launchTemplateId="lt-1", launchTemplateName="lt"), ID_OR_NAME),
    (
        template(launchTemplateId="lt-1", version="newest"),
        "LaunchTemplateVersion must be either empty or a number or $Default or $Latest",
    ),
    (
        overrides(*[["m5.large"]] * 11),
        "LaunchTemplate.overrides size cannot be greater than 10",
    ),
    (
        template(overrides=[{"targetInstanceTypes": ["m5.large"]}]),
        "LaunchTemplate.overrides should have either LaunchTemplateId or LaunchTemplateName",
    ),
    (
        template(overrides=[{"launchTemplateId": "lt-1"}]),
        "LaunchTemplate.overrides.targetInstanceTypes[] is required",
    ),
    (overrides([]), "LaunchTemplate.overrides.targetInstanceTypes[] is required"),
    (
        overrides(["optimal"]),
        "Value optimal for "
        "computeResources.launchTemplate.overrides[0].targetInstanceTypes[0] is not valid.",
    ),
    (
        overrides(["m5.large"], ["m5.large"]),
        "LaunchTemplate.overrides have duplicate targetInstanceTypes",
    ),
    (
        overrides(["c6i.large"], ["c6i"]),
        "LaunchTemplate.overrides have duplicate targetInstanceTypes",
    ),
    (
        overrides(["c6i", "c6i.large"]),
        "LaunchTemplate.overrides have duplicate targetInstanceTypes",
    ),
    (
        overrides(["m5.large"], ["m5a"]),
        "LaunchTemplate.overrides:[m5a] have targetInstanceTypes that do not exist in "
        "computeResource.InstanceTypes.",
    ),
]

EKS = [
    (
        create_environment(EC2_RESOURCES, eksConfiguration=EKS_CONFIGURATION),
        "allocationStrategy is required for EKS Compute Environments.",
    ),
    (
        create_environment(
            {**without(EC2_RESOURCES, "minvCpus"), "allocationStrategy": "BEST_FIT_PROGRESSIVE"},
            eksConfiguration=EKS_CONFIGURATION,
        ),
        "Resource minvCpus is required.",
    ),
    (
        create_environment(FARGATE_RESOURCES, eksConfiguration=EKS_CONFIGURATION),
        "Supported compute types for EKS compute environments are [EC2, SPOT]",
    ),
    (
        {**eks(), "serviceRole": OWN_ROLE},
        None,
    ),
    (
        eks({"ec2Configuration": [{"imageType": "ECS_AL2023"}]}),
        "Invalid imageType in ComputeResources.ec2Configuration",
    ),
    (eks(eksClusterArn="batch"), "eksClusterArn must be an EKS cluster ARN."),
    (
        eks(kubernetesNamespace="Jobs"),
        "kubernetesNamespace must be a valid Kubernetes namespace.",
    ),
    (
        eks(kubernetesNamespace="default"),
        "kubernetesNamespace cannot be the default Kubernetes namespace",
    ),
    (
        eks(kubernetesNamespace="kube-system"),
        "kubernetesNamespace cannot be a reserved Kubernetes system namespace",
    ),
    (
        eks(kubernetesNamespace="n" * 64),
        "kubernetesNamespace must less than or equal to 63 characters",
    ),
]


@pytest.mark.parametrize("name", VALID)
def test_accepted(refused_text: Text, name: str) -> None:
    """An environment that follows every rule is accepted."""
    assert refused_text("CreateComputeEnvironment", VALID[name]) is None


@pytest.mark.parametrize(
    ("request_params", "text"), [*ENVIRONMENT, *RESOURCES, *LAUNCH_TEMPLATES, *EKS]
)
def test_refused(refused_text: Text, request_params: dict[str, Any], text: str | None) -> None:
    """An environment is accepted (None) or refused with the message of the rule that it breaks."""
    assert refused_text("CreateComputeEnvironment", request_params) == text


@pytest.mark.parametrize(
    ("resources", "text"),
    [
        ({}, "At least one compute-resources attribute must be specified"),
        ({"maxvCpus": 16}, None),
        ({"minvCpus": 4, "maxvCpus": 2}, "maxvCpus should be greater than or equal to minvCpus."),
        (
            {"desiredvCpus": 4, "maxvCpus": 2},
            "desiredvCpus should be between minvCpus and maxvCpus.",
        ),
        ({"bidPercentage": 101}, "Bid percentage must be between 0 to 100."),
        (
            {"allocationStrategy": "BEST_FIT"},
            "Value BEST_FIT for computeResources.allocationStrategy is not valid. "
            "Valid values are: [BEST_FIT_PROGRESSIVE, BEST_FIT_PROGRESSIVE_ORDERED, "
            "SPOT_CAPACITY_OPTIMIZED, SPOT_PRICE_CAPACITY_OPTIMIZED, "
            "SPOT_CAPACITY_OPTIMIZED_PRIORITIZED]",
        ),
    ],
)
def test_update(refused_text: Text, resources: dict[str, Any], text: str | None) -> None:
    """An update may omit members that it keeps, but may not contradict itself."""
    request_params = {"computeEnvironment": "fleet", "computeResources": resources}
    assert refused_text("UpdateComputeEnvironment", request_params) == text


def test_update_of_nothing(refusal: Refusal) -> None:
    """An empty update is refused with an unwrapped message."""
    error = refusal("UpdateComputeEnvironment", {"computeEnvironment": "fleet"})
    assert error is not None
    assert not error.wrapped
    assert error.message == (
        "One of [state | compute-resources | service-role | unmanaged-vcpus] is required."
    )
    disable = {"computeEnvironment": "fleet", "state": "DISABLED"}
    assert refusal("UpdateComputeEnvironment", disable) is None
