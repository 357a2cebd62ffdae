from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from batchmock import mock_batch

from ...builders import shared_client
from ..resource_requests import (
    ARN,
    EC2,
    EKS,
    FARGATE,
    MANAGED_INSTANCES,
    OWN_ROLE,
    SERVICE_LINKED_ROLE,
    create_environment,
    create_queue,
    disable_environment,
    disable_queue,
    environment,
    resources,
)

CE_ARN = ARN + "compute-environment/ce"
PROGRESSIVE = {**EC2, "allocationStrategy": "BEST_FIT_PROGRESSIVE"}
SPOT = {**EC2, "type": "SPOT", "allocationStrategy": "SPOT_CAPACITY_OPTIMIZED"}
LAUNCH_TEMPLATE = {"launchTemplateId": "lt-1", "version": "1"}


@pytest.fixture
def slow() -> Iterator[Any]:
    """A mock in which resources take five seconds to become VALID."""
    with mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z", resource_seconds=5) as mock:
        yield mock


@pytest.fixture
def slow_client(slow: Any) -> Any:
    """A client of the slow mock."""
    return shared_client()


# Captured: github.com/aws/aws-cdk#27054.
FIXED_ON_FARGATE = (
    "The following parameters can't be updated for Fargate compute environment: allocationStrategy, "
    "bidPercentage, ec2Configuration, ec2KeyPair, imageId, instanceRole, instanceTypes, "
    "launchTemplate, placementGroup, tags, type, updatePolicy, updateToLatestImageVersion."
)
# Captured: github.com/opensupplyhub/open-apparel-registry#2043.
SCALING_DOWN = (
    "Manually scaling down compute environment is not supported.  Disconnecting job queues from "
    "compute environment will cause it to scale-down to minvCpus."
)


def update(client: Any, name: str = "ce", **members: Any) -> dict[str, Any]:
    """Update a compute environment."""
    reply: dict[str, Any] = client.update_compute_environment(computeEnvironment=name, **members)
    return reply


def refused_update(client: Any, name: str = "ce", **members: Any) -> str:
    """Return the message with which an update is refused, and check that it changed nothing."""
    before = client.describe_compute_environments()
    with pytest.raises(client.exceptions.ClientException) as caught:
        update(client, name, **members)
    after = client.describe_compute_environments()
    assert after["computeEnvironments"] == before["computeEnvironments"]
    message: str = caught.value.response["Error"]["Message"]
    return message


class TestCreate:
    def test_reply(self, client: Any) -> None:
        """CreateComputeEnvironment returns the name and the ARN."""
        reply = create_environment(client)
        del reply["ResponseMetadata"]
        assert reply == {"computeEnvironmentName": "ce", "computeEnvironmentArn": CE_ARN}

    def test_ec2_is_filled_in(self, client: Any) -> None:
        """The description of an EC2 environment has the service's defaults, in the service's order."""
        create_environment(client)
        detail = environment(client)
        cluster, uuid = detail.pop("ecsClusterArn"), detail.pop("uuid")
        assert list(detail.items()) == [
            ("computeEnvironmentName", "ce"),
            ("computeEnvironmentArn", CE_ARN),
            ("tags", {}),
            ("type", "MANAGED"),
            ("state", "ENABLED"),
            ("status", "VALID"),
            ("statusReason", "ComputeEnvironment Healthy"),
            ("computeResources", detail["computeResources"]),
            ("serviceRole", SERVICE_LINKED_ROLE),
            ("containerOrchestrationType", "ECS"),
        ]
        assert list(detail["computeResources"].items()) == [
            ("type", "EC2"),
            ("minvCpus", 0),
            ("maxvCpus", 16),
            ("desiredvCpus", 0),
            ("instanceTypes", ["optimal"]),
            ("subnets", ["subnet-1"]),
            ("securityGroupIds", ["sg-1"]),
            ("instanceRole", "ecsInstanceRole"),
            ("tags", {}),
            ("ec2Configuration", [{"imageType": "ECS_AL2023"}]),
        ]
        assert cluster.startswith("arn:aws:ecs:us-east-1:123456789012:cluster/AWSBatch-ce-")
        assert not cluster.endswith(uuid)
        assert uuid[14] == "3"

    def test_everything_sent_is_echoed(self, client: Any) -> None:
        """The members of the request are described, except for read-only ones."""
        sent = {
            **SPOT,
            "minvCpus": 2,
            "imageId": "ami-1",
            "ec2KeyPair": "key",
            "instanceRole": "arn:aws:iam::123456789012:instance-profile/own",
            "tags": {"Name": "host"},
            "placementGroup": "group",
            "bidPercentage": 60,
            "spotIamFleetRole": "arn:aws:iam::123456789012:role/fleet",
            "launchTemplate": {"launchTemplateName": "template"},
            "ec2Configuration": [{"imageType": "ECS_AL2023", "batchImageStatus": "LATEST"}],
            "scalingPolicy": {"minScaleDownDelayMinutes": 30},
        }
        create_environment(
            client,
            resources=sent,
            tags={"team": "a"},
            context="c",
            ecsSettings={"containerInsights": "ENHANCED"},
            serviceRole="service-role/batch",
        )
        detail = environment(client)
        assert detail["computeResources"] == {
            **sent,
            "desiredvCpus": 2,
            "launchTemplate": {"launchTemplateName": "template", "overrides": []},
            "ec2Configuration": [{"imageType": "ECS_AL2023"}],
        }
        assert detail["tags"] == {"team": "a"}
        assert detail["context"] == "c"
        assert detail["ecsSettings"] == {"containerInsights": "ENHANCED"}
        assert detail["serviceRole"] == "arn:aws:iam::123456789012:role/service-role/batch"

    @pytest.mark.parametrize("resource_type", ["FARGATE", "FARGATE_SPOT"])
    def test_fargate(self, client: Any, resource_type: str) -> None:
        """
        A Fargate environment is described with empty tags and an empty ec2Configuration.

        Source: recorded replies of cloud-custodian (captured).
        """
        create_environment(client, resources={**FARGATE, "type": resource_type})
        shown = {**FARGATE, "type": resource_type, "tags": {}, "ec2Configuration": []}
        assert resources(client) == shown
        assert environment(client)["serviceRole"] == SERVICE_LINKED_ROLE

    def test_managed_instances(self, client: Any) -> None:
        """The compute resources of ECS Managed Instances get no defaults."""
        create_environment(client, resources=MANAGED_INSTANCES)
        assert resources(client) == MANAGED_INSTANCES
        assert environment(client)["containerOrchestrationType"] == "ECS"

    def test_unmanaged(self, client: Any) -> None:
        """An unmanaged environment has an ECS cluster and a role but no compute resources."""
        client.create_compute_environment(
            computeEnvironmentName="ce",
            type="UNMANAGED",
            unmanagedvCpus=8,
            serviceRole="batch",
            computeResources=EC2,
        )
        detail = environment(client)
        assert "computeResources" not in detail
        assert detail["unmanagedvCpus"] == 8
        assert detail["serviceRole"] == OWN_ROLE
        assert "ecsClusterArn" in detail

    @pytest.mark.parametrize(
        ("desired", "status"),
        [("ENABLED", "ACTIVE"), ("DISABLED", "INACTIVE"), ("INHERIT_FROM_CLUSTER", "INACTIVE")],
    )
    def test_eks(self, client: Any, desired: str, status: str) -> None:
        """An EKS environment has no ECS cluster, and the status of its access entry is described."""
        entry = {"desiredState": desired}
        create_environment(
            client, resources=PROGRESSIVE, eksConfiguration={**EKS, "accessEntry": entry}
        )
        detail = environment(client)
        assert detail["containerOrchestrationType"] == "EKS"
        assert "ecsClusterArn" not in detail
        assert detail["eksConfiguration"] == {**EKS, "accessEntry": {**entry, "status": status}}
        assert resources(client)["ec2Configuration"] == [{"imageType": "EKS_AL2023"}]

    def test_eks_without_access_entry(self, client: Any) -> None:
        """An access entry is described only if it was sent."""
        create_environment(client, resources=PROGRESSIVE, eksConfiguration=EKS)
        assert environment(client)["eksConfiguration"] == EKS

    @pytest.mark.parametrize(
        ("instance_types", "image_type"),
        [
            (["p4d.24xlarge", "g5", "gr6"], "ECS_AL2023_NVIDIA"),
            (["p4d.24xlarge", "m5"], "ECS_AL2023"),
            (["g4ad"], "ECS_AL2023"),
            (["g5g"], "ECS_AL2023"),
            (["default_arm64"], "ECS_AL2023"),
        ],
    )
    def test_default_image(self, client: Any, instance_types: list[str], image_type: str) -> None:
        """The default image has NVIDIA drivers if all instance types have NVIDIA GPUs."""
        create_environment(client, resources={**EC2, "instanceTypes": instance_types})
        assert resources(client)["ec2Configuration"] == [{"imageType": image_type}]

    def test_name_taken(self, client: Any) -> None:
        """A name cannot be used twice."""
        create_environment(client)
        before = environment(client)
        with pytest.raises(client.exceptions.ClientException) as caught:
            create_environment(client, resources=FARGATE)
        assert caught.value.response["Error"]["Message"] == "Object already exists."
        assert environment(client) == before

    def test_name_is_free_in_another_region(self, client: Any) -> None:
        """Each region has its own names and environments."""
        create_environment(client)
        other = boto3.client("batch", region_name="cn-north-1")
        assert create_environment(other)["computeEnvironmentArn"] == (
            "arn:aws-cn:batch:cn-north-1:123456789012:compute-environment/ce"
        )
        assert (
            client.describe_compute_environments(
                computeEnvironments=[environment(other)["computeEnvironmentArn"]]
            )["computeEnvironments"]
            == []
        )

    def test_new_incarnation(self, client: Any) -> None:
        """A recreated environment has another uuid and another cluster."""
        create_environment(client)
        first = environment(client)
        disable_environment(client)
        client.delete_compute_environment(computeEnvironment="ce")
        create_environment(client)
        second = environment(client)
        assert second["uuid"] != first["uuid"]
        assert second["ecsClusterArn"] != first["ecsClusterArn"]

    def test_creating(self, slow: Any, slow_client: Any) -> None:
        """A new environment is CREATING, without a reason, before it is VALID."""
        create_environment(slow_client)
        detail = environment(slow_client)
        assert detail["status"] == "CREATING"
        assert "statusReason" not in detail
        slow.tick(5)
        detail = environment(slow_client)
        assert detail["status"] == "VALID"
        assert detail["statusReason"] == "ComputeEnvironment Healthy"


class TestDescribe:
    def test_by_name_and_arn(self, client: Any) -> None:
        """Named environments are returned in the requested order, each once, and unknown ones are omitted."""
        for name in ("a", "b", "c"):
            create_environment(client, name)
        reply = client.describe_compute_environments(
            computeEnvironments=[ARN + "compute-environment/c", "x", "a", "c", ARN + "job-queue/b"]
        )
        names = [item["computeEnvironmentName"] for item in reply["computeEnvironments"]]
        assert names == ["c", "a"]
        assert "nextToken" not in reply

    def test_pages(self, client: Any) -> None:
        """All environments are returned in order of creation, page by page."""
        for name in ("b", "c", "a"):
            create_environment(client, name)
        first = client.describe_compute_environments(maxResults=2)
        second = client.describe_compute_environments(maxResults=2, nextToken=first["nextToken"])
        names = [item["computeEnvironmentName"] for item in first["computeEnvironments"]]
        assert names == ["b", "c"]
        names = [item["computeEnvironmentName"] for item in second["computeEnvironments"]]
        assert names == ["a"]
        assert "nextToken" not in second

    def test_page_goes_on_behind_a_deleted_one(self, client: Any) -> None:
        """A token stays valid when the last environment of its page is deleted."""
        for name in ("a", "b", "c"):
            create_environment(client, name)
        token = client.describe_compute_environments(maxResults=1)["nextToken"]
        disable_environment(client, "a")
        client.delete_compute_environment(computeEnvironment="a")
        reply = client.describe_compute_environments(nextToken=token)
        names = [item["computeEnvironmentName"] for item in reply["computeEnvironments"]]
        assert names == ["b", "c"]

    def test_bad_token(self, client: Any) -> None:
        """A token that Batch did not issue is refused."""
        with pytest.raises(client.exceptions.ClientException, match="Invalid nextToken"):
            client.describe_compute_environments(nextToken="x")

    def test_reply_is_a_copy(self, client: Any) -> None:
        """Changing a reply or a request afterwards does not change the environment."""
        instance_types = ["m5"]
        create_environment(client, resources={**EC2, "instanceTypes": instance_types})
        instance_types.append("c5")
        resources(client)["instanceTypes"].append("r5")
        assert resources(client)["instanceTypes"] == ["m5"]


class TestUpdate:
    def test_reply(self, client: Any) -> None:
        """UpdateComputeEnvironment also accepts an ARN and returns the name and the ARN."""
        create_environment(client)
        reply = update(client, CE_ARN, state="DISABLED")
        del reply["ResponseMetadata"]
        assert reply == {"computeEnvironmentName": "ce", "computeEnvironmentArn": CE_ARN}
        assert environment(client)["state"] == "DISABLED"

    @pytest.mark.parametrize(
        ("name", "arn"),
        [
            ("x", ARN + "compute-environment/x"),
            (ARN + "compute-environment/x", ARN + "compute-environment/x"),
            ("arn:aws:batch:eu-west-1:1:compute-environment/ce",) * 2,
        ],
    )
    def test_unknown(self, client: Any, name: str, arn: str) -> None:
        """The error for an unknown environment contains its ARN."""
        create_environment(client)
        assert refused_update(client, name, state="DISABLED") == f"{arn} does not exist"

    def test_updating(self, slow: Any, slow_client: Any) -> None:
        """A new state appears at once, the status is UPDATING for a while, and the reason stays."""
        create_environment(slow_client)
        slow.tick(5)
        update(slow_client, state="DISABLED")
        detail = environment(slow_client)
        assert (detail["state"], detail["status"]) == ("DISABLED", "UPDATING")
        assert detail["statusReason"] == "ComputeEnvironment Healthy"
        slow.tick(5)
        assert environment(slow_client)["status"] == "VALID"

    def test_while_modified(self, slow: Any, slow_client: Any) -> None:
        """Nothing can be updated while it is CREATING, UPDATING or DELETING."""
        text = "Cannot update, resource is being modified."
        create_environment(slow_client)
        assert refused_update(slow_client, state="DISABLED") == text
        slow.tick(5)
        update(slow_client, state="DISABLED")
        assert refused_update(slow_client, state="ENABLED") == text
        slow.tick(5)
        slow_client.delete_compute_environment(computeEnvironment="ce")
        assert refused_update(slow_client, state="ENABLED") == text

    def test_partial_merge(self, client: Any) -> None:
        """Omitted members keep their values, lists are replaced, and order is kept."""
        create_environment(client, resources=PROGRESSIVE)
        before = resources(client)
        changes = {
            "maxvCpus": 32,
            "subnets": ["subnet-2"],
            "instanceTypes": ["m5", "c5"],
            "instanceRole": "other",
            "tags": {"a": "b"},
            "ec2KeyPair": "key",
            "imageId": "ami-1",
            "placementGroup": "group",
            "launchTemplate": LAUNCH_TEMPLATE,
            "scalingPolicy": {"minScaleDownDelayMinutes": 60},
            "ec2Configuration": [{"imageType": "ECS_AL2023_NVIDIA"}],
            "updateToLatestImageVersion": True,
        }
        update(client, computeResources=changes)
        del changes["updateToLatestImageVersion"]
        after = resources(client)
        assert after == {
            **before,
            **changes,
            "instanceRole": "other",
            "launchTemplate": {**LAUNCH_TEMPLATE, "overrides": []},
        }
        assert list(after)[:4] == ["type", "allocationStrategy", "minvCpus", "maxvCpus"]

    def test_clearing(self, client: Any) -> None:
        """Empty strings and lists remove values, and an empty ec2Configuration restores the default."""
        create_environment(
            client,
            resources={
                **PROGRESSIVE,
                "ec2KeyPair": "key",
                "imageId": "ami-1",
                "placementGroup": "group",
                "launchTemplate": LAUNCH_TEMPLATE,
                "ec2Configuration": [{"imageType": "ECS_AL2023", "imageIdOverride": "ami-2"}],
            },
        )
        update(
            client,
            computeResources={
                "ec2KeyPair": "",
                "imageId": "",
                "placementGroup": "",
                "launchTemplate": {"launchTemplateId": ""},
                "ec2Configuration": [],
                "subnets": [],
                "securityGroupIds": [],
            },
        )
        after = resources(client)
        for member in ("ec2KeyPair", "imageId", "placementGroup", "launchTemplate"):
            assert member not in after
        assert after["ec2Configuration"] == [{"imageType": "ECS_AL2023"}]
        assert after["subnets"] == after["securityGroupIds"] == []

    def test_fargate(self, client: Any) -> None:
        """On Fargate, subnets can change, and the same type and empty values change nothing."""
        create_environment(client, resources=FARGATE)
        update(
            client,
            computeResources={
                "type": "FARGATE",
                "subnets": ["subnet-2"],
                "securityGroupIds": [],
                "maxvCpus": 8,
                "tags": {},
                "instanceTypes": [],
                "imageId": "",
                "updateToLatestImageVersion": False,
                "capacityTags": {},
            },
            updatePolicy={},
        )
        assert resources(client) == {
            **FARGATE,
            "subnets": ["subnet-2"],
            "maxvCpus": 8,
            "tags": {},
            "ec2Configuration": [],
        }
        assert "updatePolicy" not in environment(client)

    @pytest.mark.parametrize(
        ("sent", "text"),
        [
            ({"minvCpus": 1}, "minvCpus is not applicable for Fargate."),
            ({"desiredvCpus": 1}, "desiredvCpus is not applicable for Fargate."),
            *(
                (sent, FIXED_ON_FARGATE)
                for sent in (
                    {"allocationStrategy": "BEST_FIT_PROGRESSIVE"},
                    {"bidPercentage": 50},
                    {"ec2Configuration": [{"imageType": "ECS_AL2023"}]},
                    {"ec2KeyPair": "key"},
                    {"imageId": "ami-1"},
                    {"instanceRole": "role"},
                    {"instanceTypes": ["m5"]},
                    {"launchTemplate": {"launchTemplateId": "lt-1"}},
                    {"placementGroup": "group"},
                    {"tags": {"a": "b"}},
                    {"type": "FARGATE_SPOT"},
                    {"type": "EC2"},
                    {"updateToLatestImageVersion": True},
                )
            ),
            (
                {"subnets": [f"subnet-{number}" for number in range(17)]},
                "Fargate supports a maximum of 16 subnets.",
            ),
            (
                {"securityGroupIds": [f"sg-{number}" for number in range(6)]},
                "Fargate supports a maximum of 5 security groups.",
            ),
            (
                {"capacityTags": {"a": "b"}},
                "capacityTags is only applicable for ECS_MANAGED_INSTANCES.",
            ),
        ],
    )
    def test_fargate_refusals(self, client: Any, sent: dict[str, Any], text: str) -> None:
        """EC2 members, and those that need an infrastructure update, cannot be set on Fargate."""
        create_environment(client, resources=FARGATE)
        assert refused_update(client, computeResources=sent) == text

    def test_update_policy_on_fargate(self, client: Any) -> None:
        """An update policy cannot be set on Fargate (aws-cdk 27054)."""
        create_environment(client, resources=FARGATE)
        policy = {"terminateJobsOnUpdate": True}
        assert refused_update(client, updatePolicy=policy) == FIXED_ON_FARGATE

    @pytest.mark.parametrize(
        ("made_with", "members"),
        [({}, {"resources": EC2}), ({"serviceRole": OWN_ROLE}, {"resources": PROGRESSIVE})],
    )
    def test_no_infrastructure_update(
        self, client: Any, made_with: dict[str, Any], members: dict[str, Any]
    ) -> None:
        """BEST_FIT and custom roles rule out infrastructure updates but not scaling."""
        create_environment(client, **members, **made_with)
        text = refused_update(
            client, computeResources={"subnets": ["subnet-2"], "imageId": "ami-1", "maxvCpus": 8}
        )
        assert text == (
            "Following fields [imageId, subnets] can be updated only for Non-fargate Compute"
            " Environment having a Batch Service Linked Role"
        )
        update(client, computeResources={"subnets": ["subnet-1"], "maxvCpus": 8})
        assert resources(client)["maxvCpus"] == 8

    @pytest.mark.parametrize(
        ("made_of", "sent", "text"),
        [
            (
                PROGRESSIVE,
                {"type": "FARGATE"},
                "Compute resource type cannot be changed from EC2 to FARGATE.",
            ),
            (
                PROGRESSIVE,
                {"allocationStrategy": "SPOT_CAPACITY_OPTIMIZED"},
                "Allocation strategy SPOT_CAPACITY_OPTIMIZED requires compute resource type SPOT.",
            ),
            (
                SPOT,
                {"type": "EC2"},
                "Allocation strategy SPOT_CAPACITY_OPTIMIZED requires compute resource type SPOT.",
            ),
            (
                PROGRESSIVE,
                {"allocationStrategy": "BEST_FIT_PROGRESSIVE_ORDERED"},
                "Instance type bundles (e.g. optimal, default_x86_64) are not allowed for"
                " BEST_FIT_PROGRESSIVE_ORDERED allocation strategy. Specify instance families or"
                " types directly.",
            ),
            (PROGRESSIVE, {"instanceTypes": []}, "Resource instanceTypes are required."),
            (
                PROGRESSIVE,
                {"instanceTypes": ["m5", "m6g.large"]},
                "arm-based instance type cannot be used with other instance types",
            ),
            (
                PROGRESSIVE,
                {"ec2Configuration": [{"imageType": "EKS_AL2023"}]},
                "Invalid imageType in ComputeResources.ec2Configuration",
            ),
            (
                {**PROGRESSIVE, "instanceTypes": ["m5"]},
                {
                    "launchTemplate": {
                        "launchTemplateId": "lt-1",
                        "overrides": [
                            {"launchTemplateId": "lt-2", "targetInstanceTypes": ["m5.large", "c5"]}
                        ],
                    }
                },
                "LaunchTemplate.overrides:[c5] have targetInstanceTypes that do not exist in"
                " computeResource.InstanceTypes.",
            ),
            (
                PROGRESSIVE,
                {"minvCpus": 17},
                "maxvCpus should be greater than or equal to minvCpus.",
            ),
            (
                PROGRESSIVE,
                {"desiredvCpus": 17},
                "desiredvCpus should be between minvCpus and maxvCpus.",
            ),
            (
                {**PROGRESSIVE, "desiredvCpus": 4},
                {"desiredvCpus": 3},
                SCALING_DOWN,
            ),
            ({**PROGRESSIVE, "desiredvCpus": 4}, {"desiredvCpus": 0}, SCALING_DOWN),
            (
                {**PROGRESSIVE, "desiredvCpus": 4},
                {"maxvCpus": 3},
                "desiredvCpus should be between minvCpus and maxvCpus.",
            ),
            (
                PROGRESSIVE,
                {"managedInstancesProvider": {"propagateTags": "NONE"}},
                "managedInstancesProvider is only applicable for ECS_MANAGED_INSTANCES.",
            ),
        ],
    )
    def test_ec2_refusals(
        self, client: Any, made_of: dict[str, Any], sent: dict[str, Any], text: str
    ) -> None:
        """An update that contradicts the current values is refused."""
        create_environment(client, resources=made_of)
        assert refused_update(client, computeResources=sent) == text

    def test_desired_vcpus(self, client: Any) -> None:
        """The desired vCPUs can grow, and they follow a larger minimum in steps of whole instances."""
        create_environment(client)
        update(client, computeResources={"desiredvCpus": 7})
        assert resources(client)["desiredvCpus"] == 8
        update(client, computeResources={"maxvCpus": 8})
        assert resources(client)["desiredvCpus"] == 8
        update(client, computeResources={"minvCpus": 4, "maxvCpus": 32})
        assert resources(client)["desiredvCpus"] == 8
        update(client, computeResources={"minvCpus": 10})
        assert resources(client)["desiredvCpus"] == 10

    def test_type_and_strategy(self, client: Any) -> None:
        """EC2 can become Spot if the allocation strategy allows it."""
        create_environment(client, resources=PROGRESSIVE)
        update(
            client,
            computeResources={
                "type": "SPOT",
                "allocationStrategy": "SPOT_PRICE_CAPACITY_OPTIMIZED",
                "bidPercentage": 50,
            },
        )
        after = resources(client)
        assert after["type"] == "SPOT"
        assert after["allocationStrategy"] == "SPOT_PRICE_CAPACITY_OPTIMIZED"
        assert after["bidPercentage"] == 50

    def test_launch_template_overrides(self, client: Any) -> None:
        """An override must name instance types of the environment or their families."""
        create_environment(client, resources={**PROGRESSIVE, "instanceTypes": ["m5", "c5.large"]})
        override = {"launchTemplateId": "lt-2", "targetInstanceTypes": ["m5.large", "c5.large"]}
        template = {"launchTemplateId": "lt-1", "overrides": [override]}
        update(client, computeResources={"launchTemplate": template})
        assert resources(client)["launchTemplate"] == template

    def test_eks(self, client: Any) -> None:
        """On EKS, the access entry can change, and desired vCPUs have no effect (assumed)."""
        create_environment(client, resources=PROGRESSIVE, eksConfiguration=EKS)
        before = resources(client)["desiredvCpus"]
        update(client, computeResources={"desiredvCpus": before + 1})
        assert resources(client)["desiredvCpus"] == before
        text = refused_update(
            client, computeResources={"ec2Configuration": [{"imageType": "ECS_AL2023"}]}
        )
        assert text == "Invalid imageType in ComputeResources.ec2Configuration"
        update(client, eksConfiguration={"accessEntry": {"desiredState": "ENABLED"}})
        entry = {"desiredState": "ENABLED", "status": "ACTIVE"}
        assert environment(client)["eksConfiguration"] == {**EKS, "accessEntry": entry}

    def test_eks_configuration_on_ecs(self, client: Any) -> None:
        """An ECS environment has no EKS configuration to update."""
        create_environment(client)
        text = refused_update(client, eksConfiguration={"accessEntry": {"desiredState": "ENABLED"}})
        assert text == "eksConfiguration is not applicable for ECS Compute Environments"

    def test_managed_instances(self, client: Any) -> None:
        """The provider of managed instances is merged structure by structure."""
        create_environment(client, resources=MANAGED_INSTANCES)
        template = {"monitoring": "DETAILED", "storageConfiguration": {"storageSizeGiB": 50}}
        update(
            client,
            computeResources={
                "managedInstancesProvider": {"instanceLaunchTemplate": template},
                "capacityTags": {"team": "b"},
            },
        )
        after = resources(client)
        old = MANAGED_INSTANCES["managedInstancesProvider"]
        assert isinstance(old, dict)
        assert after["managedInstancesProvider"] == {
            **old,
            "instanceLaunchTemplate": {**old["instanceLaunchTemplate"], **template},
        }
        assert after["capacityTags"] == {"team": "b"}

    def test_type_of_managed_instances(self, client: Any) -> None:
        """The type cannot change from ECS_MANAGED_INSTANCES."""
        create_environment(client, resources=MANAGED_INSTANCES)
        text = refused_update(client, computeResources={"type": "EC2"})
        assert text == "Compute resource type cannot be changed from ECS_MANAGED_INSTANCES to EC2."

    def test_unmanaged(self, client: Any) -> None:
        """An unmanaged environment can change its vCPUs and role but has no compute resources."""
        client.create_compute_environment(
            computeEnvironmentName="ce", type="UNMANAGED", serviceRole="batch"
        )
        update(client, unmanagedvCpus=4, serviceRole="other", context="c")
        detail = environment(client)
        assert detail["unmanagedvCpus"] == 4
        assert detail["serviceRole"] == "arn:aws:iam::123456789012:role/other"
        assert detail["context"] == "c"
        text = refused_update(client, computeResources={"maxvCpus": 4})
        assert text == "computeResources is not applicable for unmanaged Compute Environments"

    def test_unmanaged_vcpus_on_managed(self, client: Any) -> None:
        """Only unmanaged environments accept unmanagedvCpus."""
        create_environment(client)
        text = refused_update(client, unmanagedvCpus=4)
        assert text == "unmanagedvCpus is not applicable for managed Compute Environments"

    def test_role_cannot_be_switched(self, client: Any) -> None:
        """The service-linked role and another role cannot replace each other."""
        create_environment(client)
        create_environment(client, "own", serviceRole="batch")
        text = "serviceRole cannot be changed between a Batch Service Linked Role and another role."
        assert refused_update(client, serviceRole="batch") == text
        assert refused_update(client, "own", serviceRole=SERVICE_LINKED_ROLE) == text
        update(client, serviceRole=SERVICE_LINKED_ROLE)

    def test_update_policy(self, client: Any) -> None:
        """The update policy is described once it is set, with defaults for omitted members."""
        create_environment(client)
        assert "updatePolicy" not in environment(client)
        update(client, updatePolicy={"terminateJobsOnUpdate": True})
        policy = {"terminateJobsOnUpdate": True, "jobExecutionTimeoutMinutes": 30}
        assert environment(client)["updatePolicy"] == policy
        update(client, updatePolicy={"jobExecutionTimeoutMinutes": 60})
        policy = {"terminateJobsOnUpdate": True, "jobExecutionTimeoutMinutes": 60}
        assert environment(client)["updatePolicy"] == policy

    def test_ecs_settings(self, client: Any) -> None:
        """ECS settings can be set later."""
        create_environment(client)
        update(client, ecsSettings={"containerInsights": "ENABLED"})
        assert environment(client)["ecsSettings"] == {"containerInsights": "ENABLED"}


class TestDelete:
    def test_disabled(self, client: Any) -> None:
        """A DISABLED environment without queues is deleted, and its name can be reused."""
        create_environment(client)
        disable_environment(client)
        client.delete_compute_environment(computeEnvironment=CE_ARN)
        assert client.describe_compute_environments()["computeEnvironments"] == []
        create_environment(client)

    def refused(self, client: Any, name: str = "ce") -> str:
        """Return the message with which a delete is refused, and check that it changed nothing."""
        before = client.describe_compute_environments()["computeEnvironments"]
        with pytest.raises(client.exceptions.ClientException) as caught:
            client.delete_compute_environment(computeEnvironment=name)
        assert client.describe_compute_environments()["computeEnvironments"] == before
        message: str = caught.value.response["Error"]["Message"]
        return message

    def test_enabled(self, client: Any) -> None:
        """An ENABLED environment cannot be deleted."""
        create_environment(client)
        text = self.refused(client)
        assert text == "Cannot delete, resource is not in DISABLED state."

    def test_unknown(self, client: Any) -> None:
        """The error for an unknown environment contains its ARN."""
        assert self.refused(client, "x") == f"{ARN}compute-environment/x does not exist"

    def test_in_a_queue(self, client: Any) -> None:
        """An environment cannot be deleted while a job queue uses it."""
        create_environment(client)
        create_queue(client)
        disable_environment(client)
        text = self.refused(client)
        assert text == "Cannot delete, found existing JobQueue relationship."
        disable_queue(client)
        client.delete_job_queue(jobQueue="queue")
        client.delete_compute_environment(computeEnvironment="ce")

    def test_deleting(self, slow: Any, slow_client: Any) -> None:
        """A DELETING environment is still described, keeps its name, and cannot be deleted again."""
        create_environment(slow_client)
        assert self.refused(slow_client) == "Cannot delete, resource is being modified."
        slow.tick(5)
        disable_environment(slow_client)
        assert self.refused(slow_client) == "Cannot delete, resource is being modified."
        slow.tick(5)
        slow_client.delete_compute_environment(computeEnvironment="ce")
        assert environment(slow_client)["status"] == "DELETING"
        assert self.refused(slow_client) == "Cannot delete, resource is being modified."
        with pytest.raises(
            slow_client.exceptions.ClientException, match=r"Object already exists\."
        ):
            create_environment(slow_client)
        slow.tick(5)
        assert slow_client.describe_compute_environments()["computeEnvironments"] == []
