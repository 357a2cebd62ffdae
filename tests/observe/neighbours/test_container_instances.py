"""Container instances and clusters: what Amazon ECS shows of the hosts of compute environments."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from batchmock import BatchMock, UnsupportedError, hang, mock_batch

from ...builders import described, requirements, submit
from ...operations.resource_requests import EC2, create_environment, create_queue


@pytest.fixture
def running(batch_mock: BatchMock, client: Any, cluster: str) -> list[str]:
    """The ids of two running jobs, each on a host of its own."""
    create_environment(client, "two", {**EC2, "instanceTypes": ["m5.large", "g4dn.xlarge"]})
    create_queue(client, "two", ("two",))
    batch_mock.script(hang())
    gpu = [*requirements(2, 1024), {"type": "GPU", "value": "1"}]
    ids = [
        submit(
            client,
            jobQueue="two",
            containerOverrides={"resourceRequirements": asked},
        )
        for asked in (requirements(1, 1024), gpu)
    ]
    batch_mock.run()
    return ids


def instance_arn(client: Any, job_id: str) -> str:
    """Return the ARN of the container instance of a job."""
    arn: str = described(client, job_id)["container"]["containerInstanceArn"]
    return arn


def instances(ecs: Any, *arns: str, **members: Any) -> list[dict[str, Any]]:
    """Return container instances as DescribeContainerInstances describes them."""
    reply = ecs.describe_container_instances(
        cluster=arns[0].split("/")[1], containerInstances=list(arns), **members
    )
    assert reply["failures"] == []
    found: list[dict[str, Any]] = reply["containerInstances"]
    return found


def amounts(resources: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the CPU units, MiB and number of GPUs among resources."""
    by_name = {item["name"]: item for item in resources}
    return {
        "CPU": by_name["CPU"]["integerValue"],
        "MEMORY": by_name["MEMORY"]["integerValue"],
        "GPU": len(by_name.get("GPU", {}).get("stringSetValue", [])),
    }


class TestDescribeContainerInstances:
    def test_the_host_of_a_job(
        self, batch_mock: BatchMock, client: Any, ecs: Any, running: list[str]
    ) -> None:
        """The container instance of a job is its host."""
        (found,) = instances(ecs, instance_arn(client, running[0]))
        host = batch_mock.job(running[0]).host
        assert host is not None
        attributes = {item["name"]: item["value"] for item in found["attributes"]}
        assert found["ec2InstanceId"] == host.instance_id
        assert attributes["ecs.instance-type"] == host.instance_type == "m5.large"
        assert (found["status"], found["agentConnected"]) == ("ACTIVE", True)
        assert (found["runningTasksCount"], found["pendingTasksCount"]) == (1, 0)

    def test_resources(
        self, batch_mock: BatchMock, client: Any, ecs: Any, running: list[str]
    ) -> None:
        """The registered and the remaining resources are those of the host."""
        found = instances(ecs, *(instance_arn(client, job_id) for job_id in running))
        hosts = [batch_mock.job(job_id).host for job_id in running]
        for instance, host in zip(found, hosts, strict=True):
            assert host is not None
            for member, which in (("registeredResources", "total"), ("remainingResources", "free")):
                assert amounts(instance[member]) == {
                    "CPU": getattr(host.vcpus, which) * 1024,
                    "MEMORY": getattr(host.memory_mib, which),
                    "GPU": getattr(host.gpus, which),
                }

    def test_a_lost_host_is_missing(
        self, batch_mock: BatchMock, client: Any, ecs: Any, running: list[str]
    ) -> None:
        """A host that is lost is a failure with the reason MISSING."""
        lost, kept = [instance_arn(client, job_id) for job_id in running]
        batch_mock.lose_host(running[0])
        reply = ecs.describe_container_instances(
            cluster=lost.split("/")[1], containerInstances=[lost, kept]
        )
        assert reply["failures"] == [{"arn": lost, "reason": "MISSING"}]
        assert [item["containerInstanceArn"] for item in reply["containerInstances"]] == [kept]

    def test_by_id_and_cluster_name(self, client: Any, ecs: Any, running: list[str]) -> None:
        """Container instances are found by their ids too."""
        arn = instance_arn(client, running[0])
        _, cluster, instance_id = arn.split("/")
        reply = ecs.describe_container_instances(cluster=cluster, containerInstances=[instance_id])
        assert reply["containerInstances"][0]["containerInstanceArn"] == arn

    def test_health_on_request(self, client: Any, ecs: Any, running: list[str]) -> None:
        """The health is shown on request."""
        arn = instance_arn(client, running[0])
        (found,) = instances(ecs, arn, include=["CONTAINER_INSTANCE_HEALTH"])
        assert found["healthStatus"]["overallStatus"] == "OK"
        assert "healthStatus" not in instances(ecs, arn)[0]

    @pytest.mark.parametrize("asked", [[], ["a"] * 101])
    def test_refusals(self, ecs: Any, cluster: str, asked: list[str]) -> None:
        """A request for no container instance or for too many is refused."""
        with pytest.raises(ecs.exceptions.InvalidParameterException):
            ecs.describe_container_instances(cluster=cluster, containerInstances=asked)

    def test_a_host_that_is_launching(self) -> None:
        """A host is a container instance once it takes jobs."""
        with mock_batch(region="us-east-1", launch_seconds=60) as batch_mock:
            client, ecs = (boto3.client(name, region_name="us-east-1") for name in ("batch", "ecs"))
            batch_mock.provision(job_queue="queue", job_definition="definition")
            submit(client)
            (found,) = client.describe_compute_environments()["computeEnvironments"]
            batch_mock.tick(30)
            asked = {"cluster": found["ecsClusterArn"]}
            assert ecs.list_container_instances(**asked)["containerInstanceArns"] == []
            batch_mock.tick(60)
            assert len(ecs.list_container_instances(**asked)["containerInstanceArns"]) == 1


class TestListContainerInstances:
    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            ("", [0, 1]),
            ("attribute:ecs.instance-type == m5.large", [0]),
            ("attribute:ecs.instance-type != m5.large", [1]),
            ("attribute:ecs.instance-type =~ g4dn.*", [1]),
            ("attribute:ecs.instance-type in [m5.large, g4dn.xlarge]", [0, 1]),
            ("attribute:ecs.os-type == windows", []),
            ("agentConnected == true and attribute:ecs.instance-type == m5.large", [0]),
        ],
    )
    def test_filters(
        self, client: Any, ecs: Any, running: list[str], expression: str, expected: list[int]
    ) -> None:
        """Filters compare attributes of container instances."""
        arns = [instance_arn(client, job_id) for job_id in running]
        reply = ecs.list_container_instances(cluster=arns[0].split("/")[1], filter=expression)
        assert reply["containerInstanceArns"] == [arns[index] for index in expected]

    def test_by_instance_id(
        self, batch_mock: BatchMock, client: Any, ecs: Any, running: list[str]
    ) -> None:
        """The container instance of an EC2 instance is found by its id."""
        arn = instance_arn(client, running[1])
        host = batch_mock.job(running[1]).host
        assert host is not None
        expression = f"ec2InstanceId in ['{host.instance_id}']"
        reply = ecs.list_container_instances(cluster=arn.split("/")[1], filter=expression)
        assert reply["containerInstanceArns"] == [arn]

    def test_status(self, client: Any, ecs: Any, running: list[str]) -> None:
        """A status selects the container instances that have it."""
        cluster = instance_arn(client, running[0]).split("/")[1]
        found = [
            len(
                ecs.list_container_instances(cluster=cluster, status=status)[
                    "containerInstanceArns"
                ]
            )
            for status in ("ACTIVE", "DRAINING")
        ]
        assert found == [2, 0]

    def test_pages(self, client: Any, ecs: Any, running: list[str]) -> None:
        """Pages list every container instance once."""
        arns = [instance_arn(client, job_id) for job_id in running]
        pages = ecs.get_paginator("list_container_instances").paginate(
            cluster=arns[0].split("/")[1], PaginationConfig={"PageSize": 1}
        )
        assert [page["containerInstanceArns"] for page in pages] == [[arn] for arn in arns]

    def test_a_filter_that_is_not_simulated(self, ecs: Any, cluster: str) -> None:
        """An expression that is not simulated is an error that names what is."""
        with pytest.raises(UnsupportedError, match="Compare ec2InstanceId or attribute:NAME"):
            ecs.list_container_instances(cluster=cluster, filter="task:group == a")


class TestDescribeClusters:
    def test_counts(self, client: Any, ecs: Any, running: list[str]) -> None:
        """A cluster counts its container instances and its tasks."""
        name = instance_arn(client, running[0]).split("/")[1]
        (found,) = ecs.describe_clusters(clusters=[name])["clusters"]
        assert (found["clusterName"], found["status"]) == (name, "ACTIVE")
        assert found["registeredContainerInstancesCount"] == 2
        assert (found["runningTasksCount"], found["pendingTasksCount"]) == (2, 0)

    def test_an_unknown_cluster_is_missing(self, ecs: Any, cluster: str) -> None:
        """A cluster that is not of a compute environment is a failure with the reason MISSING."""
        reply = ecs.describe_clusters(clusters=[cluster, "other"])
        arn = f"{cluster.rpartition('/')[0]}/other"
        assert [item["clusterArn"] for item in reply["clusters"]] == [cluster]
        assert reply["failures"] == [{"arn": arn, "reason": "MISSING"}]

    def test_gone_with_its_environment(self, client: Any, ecs: Any, cluster: str) -> None:
        """The cluster of a deleted compute environment is gone."""
        create_environment(client, "two")
        found = client.describe_compute_environments(computeEnvironments=["two"])
        arn = found["computeEnvironments"][0]["ecsClusterArn"]
        client.update_compute_environment(computeEnvironment="two", state="DISABLED")
        client.delete_compute_environment(computeEnvironment="two")
        with pytest.raises(ecs.exceptions.ClusterNotFoundException, match=r"Cluster not found\."):
            ecs.list_container_instances(cluster=arn)
