"""DescribeInstances: what Amazon EC2 shows of the hosts of compute environments."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from batchmock import BatchMock, hang, mock_batch, terminate_host

from ...builders import described, requirements, submit
from ...operations.resource_requests import EC2, EKS, create_environment, create_queue

SPOT = {
    **EC2,
    "type": "SPOT",
    "allocationStrategy": "SPOT_CAPACITY_OPTIMIZED",
    "instanceTypes": ["c5.large"],
    "ec2KeyPair": "key",
    "imageId": "ami-0123",
    "tags": {"Name": "worker"},
}


@pytest.fixture
def running(batch_mock: BatchMock, client: Any) -> list[str]:
    """The ids of three running jobs: two on On-Demand Instances of two types, one on a Spot Instance."""
    batch_mock.provision(job_definition="definition")
    on_demand = {**EC2, "instanceTypes": ["m5.large", "m5.xlarge"], "maxvCpus": 256}
    for name, resources in (("demand", on_demand), ("spot", SPOT)):
        create_environment(client, name, resources)
        create_queue(client, name, (name,))
    batch_mock.script(hang())
    asked = [("demand", 2), ("demand", 4), ("spot", 1)]
    ids = [
        submit(
            client,
            jobQueue=queue,
            containerOverrides={"resourceRequirements": requirements(vcpus, 512)},
        )
        for queue, vcpus in asked
    ]
    batch_mock.run()
    return ids


def ids_of(batch_mock: BatchMock, job_ids: list[str]) -> list[str]:
    """Return the ids of the instances of jobs."""
    hosts = [batch_mock.job(job_id).host for job_id in job_ids]
    return [host.instance_id for host in hosts if host is not None]


def found(ec2: Any, **members: Any) -> list[dict[str, Any]]:
    """Return the instances that DescribeInstances describes."""
    return [
        instance
        for item in ec2.describe_instances(**members)["Reservations"]
        for instance in item["Instances"]
    ]


def test_an_instance(batch_mock: BatchMock, ec2: Any, running: list[str]) -> None:
    """An instance has what its compute environment gave it."""
    (spot,) = found(ec2, InstanceIds=ids_of(batch_mock, running[2:]))
    tags = {tag["Key"]: tag["Value"] for tag in spot["Tags"]}
    assert (spot["InstanceType"], spot["InstanceLifecycle"]) == ("c5.large", "spot")
    assert (spot["ImageId"], spot["KeyName"], spot["SubnetId"]) == ("ami-0123", "key", "subnet-1")
    assert spot["State"] == {"Code": 16, "Name": "running"}
    assert [group["GroupId"] for group in spot["SecurityGroups"]] == ["sg-1"]
    assert tags == {"Name": "worker", "AWSBatchServiceTag": "batch"}
    assert spot["CpuOptions"] == {"CoreCount": 1, "ThreadsPerCore": 2}


def test_launch_time(batch_mock: BatchMock, ec2: Any, running: list[str]) -> None:
    """The launch time is that of the host."""
    host = batch_mock.job(running[0]).host
    assert host is not None
    (instance,) = found(ec2, InstanceIds=[host.instance_id])
    assert instance["LaunchTime"] == host.launched_at
    assert "InstanceLifecycle" not in instance


def test_all_instances(batch_mock: BatchMock, ec2: Any, running: list[str]) -> None:
    """Without ids, all instances are described in the order in which they were launched."""
    assert [item["InstanceId"] for item in found(ec2)] == ids_of(batch_mock, running)


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("instance-type", ["m5.large"], [0]),
        ("instance-type", ["m5.*"], [0, 1]),
        ("instance-type", ["m5.?arge", "c5.large"], [0, 2]),
        ("instance-state-name", ["running"], [0, 1, 2]),
        ("instance-state-name", ["terminated", "stopped"], []),
        ("instance-state-code", ["16"], [0, 1, 2]),
        ("tag:Name", ["work*"], [2]),
        ("tag:Name", ["other"], []),
        ("tag:AWSBatchServiceTag", ["batch"], [0, 1, 2]),
        ("tag-key", ["Name"], [2]),
        ("instance-lifecycle", ["spot"], [2]),
        ("image-id", ["ami-0123"], [2]),
        ("subnet-id", ["subnet-1"], [0, 1, 2]),
        ("availability-zone", ["us-east-1b"], []),
        ("owner-id", ["123456789012"], [0, 1, 2]),
    ],
)
def test_filters(
    batch_mock: BatchMock,
    ec2: Any,
    running: list[str],
    name: str,
    values: list[str],
    expected: list[int],
) -> None:
    """Filters select instances; a filter matches any of its values, which may have wildcards."""
    ids = ids_of(batch_mock, running)
    selected = found(ec2, Filters=[{"Name": name, "Values": values}])
    assert [item["InstanceId"] for item in selected] == [ids[index] for index in expected]


def test_filter_by_shown_values(batch_mock: BatchMock, ec2: Any, running: list[str]) -> None:
    """An instance is found by the ids and addresses that it shows."""
    (shown,) = found(ec2, InstanceIds=ids_of(batch_mock, running[:1]))
    for name, member in (
        ("instance-id", "InstanceId"),
        ("private-ip-address", "PrivateIpAddress"),
        ("private-dns-name", "PrivateDnsName"),
    ):
        assert found(ec2, Filters=[{"Name": name, "Values": [shown[member]]}]) == [shown]


def test_filters_are_joined_by_and(batch_mock: BatchMock, ec2: Any, running: list[str]) -> None:
    """An instance must match all filters, and be one of the ids."""
    filters = [
        {"Name": "instance-type", "Values": ["m5.*"]},
        {"Name": "instance-state-name", "Values": ["running"]},
    ]
    ids = ids_of(batch_mock, running)
    selected = found(ec2, InstanceIds=ids[1:], Filters=filters)
    assert [item["InstanceId"] for item in selected] == [ids[1]]


def test_pages(batch_mock: BatchMock, client: Any, ec2: Any, running: list[str]) -> None:
    """Pages describe every instance once, though others are launched in between."""
    for _ in range(4):
        submit(
            client,
            jobQueue="demand",
            containerOverrides={"resourceRequirements": requirements(4, 512)},
        )
    batch_mock.run()
    ids = [host.instance_id for host in batch_mock.hosts]
    first = ec2.describe_instances(MaxResults=5)
    rest = ec2.describe_instances(MaxResults=5, NextToken=first["NextToken"])
    shown = [
        instance["InstanceId"]
        for page in (first, rest)
        for item in page["Reservations"]
        for instance in item["Instances"]
    ]
    assert shown == ids
    assert "NextToken" not in rest


def test_states(batch_mock: BatchMock, ec2: Any, running: list[str]) -> None:
    """A lost instance is terminated, is shown for an hour, and is then unknown."""
    (lost,) = ids_of(batch_mock, running[:1])
    batch_mock.lose_host(running[0])
    (shown,) = found(ec2, InstanceIds=[lost])
    assert shown["State"] == {"Code": 48, "Name": "terminated"}
    assert "PrivateIpAddress" not in shown
    batch_mock.tick(3600)
    with pytest.raises(ClientError, match=r"InvalidInstanceID\.NotFound"):
        found(ec2, InstanceIds=[lost])


def test_the_host_that_a_script_ends(batch_mock: BatchMock, client: Any, ec2: Any) -> None:
    """An attempt that is scripted to lose its host names a terminated instance."""
    batch_mock.provision(job_queue="queue", job_definition="definition")
    batch_mock.script(terminate_host())
    job_id = submit(client)
    batch_mock.run()
    reason = described(client, job_id)["statusReason"]
    instance_id = reason.partition("(instance ")[2].partition(")")[0]
    assert found(ec2, InstanceIds=[instance_id])[0]["State"]["Name"] == "terminated"


def test_pending() -> None:
    """An instance is pending until it takes jobs."""
    with mock_batch(region="us-east-1", launch_seconds=60) as batch_mock:
        client, ec2 = (boto3.client(name, region_name="us-east-1") for name in ("batch", "ec2"))
        batch_mock.provision(job_queue="queue", job_definition="definition")
        submit(client)
        batch_mock.tick(30)
        assert found(ec2)[0]["State"] == {"Code": 0, "Name": "pending"}


def test_nodes_of_eks(client: Any, ec2: Any) -> None:
    """The nodes of an environment on Amazon EKS are EC2 instances too."""
    strategy = {"allocationStrategy": "BEST_FIT_PROGRESSIVE"}
    resources = {**EC2, **strategy, "minvCpus": 2, "instanceTypes": ["m6g.large"]}
    create_environment(client, "eks", resources, eksConfiguration=EKS)
    (node,) = found(ec2)
    assert (node["InstanceType"], node["Architecture"]) == ("m6g.large", "arm64")


def test_other_regions(batch_mock: BatchMock, running: list[str]) -> None:
    """Each region has its instances."""
    assert found(boto3.client("ec2", region_name="eu-west-1")) == []


def test_resources_of_boto3(batch_mock: BatchMock, running: list[str]) -> None:
    """The resources of boto3 work."""
    resource = boto3.resource("ec2", region_name="us-east-1")
    (instance_id,) = ids_of(batch_mock, running[:1])
    assert resource.Instance(instance_id).instance_type == "m5.large"


@pytest.mark.parametrize(
    ("members", "code", "message"),
    [
        (
            {"InstanceIds": ["i-0123456789abcdef0"]},
            "InvalidInstanceID.NotFound",
            "The instance ID 'i-0123456789abcdef0' does not exist",
        ),
        (
            {"InstanceIds": ["i-01234567", "i-89abcdef"]},
            "InvalidInstanceID.NotFound",
            "The instance IDs 'i-01234567, i-89abcdef' do not exist",
        ),
        ({"InstanceIds": ["mine"]}, "InvalidInstanceID.Malformed", 'Invalid id: "mine"'),
        (
            {"InstanceIds": ["i-01234567"], "MaxResults": 5},
            "InvalidParameterCombination",
            "The parameter instancesSet cannot be used with the parameter maxResults",
        ),
        (
            {"MaxResults": 4},
            "InvalidParameterValue",
            "Value ( 4 ) for parameter maxResults is invalid. Expecting a value from 5 to 1000.",
        ),
        ({"NextToken": "x"}, "InvalidParameterValue", "Unable to parse pagination token"),
        (
            {"DryRun": True},
            "DryRunOperation",
            "Request would have succeeded, but DryRun flag is set.",
        ),
    ],
)
def test_refusals(ec2: Any, members: dict[str, Any], code: str, message: str) -> None:
    """A request that EC2 would refuse has its code and message."""
    with pytest.raises(ClientError) as caught:
        ec2.describe_instances(**members)
    assert caught.value.response["Error"] == {"Code": code, "Message": message}
