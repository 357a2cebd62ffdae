"""Compute environments: settings that are refused, at creation and in updates alike."""

from __future__ import annotations

from typing import Any

import pytest

from ...builders import refused, wrapped
from ..resource_requests import EC2, EKS, FARGATE, create_environment, environment, resources

PROGRESSIVE = {**EC2, "allocationStrategy": "BEST_FIT_PROGRESSIVE"}
UNKNOWN_TYPE = "Instance type can only be one of [m5d.8xlarge, r4, r5, optimal, ...]"


def refused_update(client: Any, **changes: Any) -> str:
    """Return the message with which an update of resources is refused, and check that it changed nothing."""
    before = environment(client)
    message = refused(
        client, "update_compute_environment", computeEnvironment="ce", computeResources=changes
    )
    assert environment(client) == before
    return message


@pytest.mark.parametrize("name", ["nonsense type", "", "m5.", "5m.large"])
def test_unknown_instance_types(client: Any, name: str) -> None:
    """A name that no instance type can have is refused."""
    create_environment(client, resources=PROGRESSIVE)
    assert refused_update(client, instanceTypes=["m5.large", name]) == wrapped(UNKNOWN_TYPE)


def test_an_empty_instance_role(client: Any) -> None:
    """Instances need a role."""
    create_environment(client, resources=PROGRESSIVE)
    assert refused_update(client, instanceRole="") == "Instance role is required."


def test_an_empty_instance_role_on_fargate(client: Any) -> None:
    """Empty values of what Fargate does not have are as not given."""
    create_environment(client, resources=FARGATE)
    client.update_compute_environment(
        computeEnvironment="ce", computeResources={"instanceRole": "", "maxvCpus": 4}
    )
    assert resources(client)["maxvCpus"] == 4


def test_three_images(client: Any) -> None:
    """An environment has one or two images."""
    create_environment(client, resources=PROGRESSIVE)
    images = [{"imageType": "ECS_AL2023"}] * 3
    assert "ec2Configuration" in refused_update(client, ec2Configuration=images)


def test_bundles_in_other_letters(client: Any) -> None:
    """A bundle of instance types may be spelled in any letter case, and is shown in lower case."""
    create_environment(client, resources=PROGRESSIVE)
    client.update_compute_environment(
        computeEnvironment="ce", computeResources={"instanceTypes": ["Default_ARM64"]}
    )
    assert resources(client)["instanceTypes"] == ["default_arm64"]


@pytest.mark.parametrize("percentage", [0, 50])
def test_a_bid_on_fargate(client: Any, percentage: int) -> None:
    """Any bid is refused on Fargate, also 0."""
    create_environment(client, resources=FARGATE)
    message = refused_update(client, bidPercentage=percentage)
    assert message.startswith("The following parameters can't be updated for Fargate")


def test_false_on_fargate(client: Any) -> None:
    """An update that does not ask for the latest image changes nothing."""
    create_environment(client, resources=FARGATE)
    client.update_compute_environment(
        computeEnvironment="ce", computeResources={"updateToLatestImageVersion": False}
    )
    assert resources(client)["type"] == "FARGATE"


@pytest.mark.parametrize("region", ["eu-west-1", "us-east-2"])
def test_a_cluster_in_another_region(client: Any, region: str) -> None:
    """An Amazon EKS cluster is in the region of its environments."""
    cluster = f"arn:aws:eks:{region}:123456789012:cluster/c"
    message = refused(
        client,
        "create_compute_environment",
        computeEnvironmentName="ce",
        type="MANAGED",
        computeResources=PROGRESSIVE,
        eksConfiguration={**EKS, "eksClusterArn": cluster},
    )
    assert message == wrapped(
        "eksClusterArn must be in the same AWS region as the compute environment"
    )
