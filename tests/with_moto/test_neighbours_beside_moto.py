"""Tasks and instances of jobs come from batchmock, and all others from moto, in either order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from batchmock import BatchMock, mock_batch

from ..interception.test_neighbours import KEYS, run_job, running_on

moto: Any = pytest.importorskip("moto")
pytest.importorskip("moto.ec2.models")

REGION = "us-east-1"


@pytest.fixture(params=["moto outside", "moto inside"])
def batch_mock(request: pytest.FixtureRequest) -> Iterator[BatchMock]:
    """Both mocks, started in either order."""
    with ExitStack() as stack:
        if request.param == "moto outside":
            stack.enter_context(moto.mock_aws())
        mock = stack.enter_context(mock_batch(region=REGION))
        if request.param == "moto inside":
            stack.enter_context(moto.mock_aws())
        yield mock


@pytest.fixture
def ecs(batch_mock: BatchMock) -> Any:
    """A client of Amazon ECS."""
    return boto3.client("ecs", region_name=REGION)


@pytest.fixture
def ec2(batch_mock: BatchMock) -> Any:
    """A client of Amazon EC2."""
    return boto3.client("ec2", region_name=REGION)


def launched(ec2: Any) -> str:
    """Launch an instance in moto and return its id."""
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    reply = ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1)
    instance_id: str = reply["Instances"][0]["InstanceId"]
    return instance_id


def ids(reply: Any) -> list[str]:
    """Return the ids of described instances."""
    return [item["InstanceId"] for found in reply["Reservations"] for item in found["Instances"]]


def test_the_host_of_a_job(batch_mock: BatchMock, ecs: Any, ec2: Any) -> None:
    """The host of a job is found beside moto."""
    container = run_job(batch_mock)
    assert running_on(ecs, ec2, container) == batch_mock.hosts[0].instance_type


def test_clusters_of_each(batch_mock: BatchMock, ecs: Any) -> None:
    """The clusters of environments are batchmock's, and those of the code under test moto's."""
    ours = run_job(batch_mock)["taskArn"].split("/")[1]
    ecs.create_cluster(clusterName="mine")
    assert len(ecs.list_tasks(cluster=ours)["taskArns"]) == 1
    assert ecs.list_tasks(cluster="mine")["taskArns"] == []
    (found,) = ecs.describe_clusters(clusters=["mine"])["clusters"]
    assert found["clusterName"] == "mine"


def test_instances_of_each(batch_mock: BatchMock, ec2: Any) -> None:
    """Instances are described by their owner: by id, by tag, and otherwise by moto."""
    run_job(batch_mock)
    theirs, ours = launched(ec2), batch_mock.hosts[0].instance_id
    by_tag = [{"Name": "tag:AWSBatchServiceTag", "Values": ["batch"]}]
    by_id = [{"Name": "instance-id", "Values": [ours]}]
    by_state = [{"Name": "instance-state-name", "Values": ["running"]}]
    by_other_tag = [{"Name": "tag:Name", "Values": ["*"]}]
    assert ids(ec2.describe_instances(InstanceIds=[ours])) == [ours]
    assert ids(ec2.describe_instances(InstanceIds=[theirs])) == [theirs]
    assert ids(ec2.describe_instances(Filters=by_tag)) == [ours]
    assert ids(ec2.describe_instances(Filters=by_id)) == [ours]
    assert ids(ec2.describe_instances(Filters=by_state)) == [theirs]
    assert ids(ec2.describe_instances(Filters=by_other_tag)) == []
    assert ids(ec2.describe_instances()) == [theirs]


def test_refusals_are_motos(batch_mock: BatchMock, ecs: Any, ec2: Any) -> None:
    """Unknown clusters and instances are refused by moto, and so are writes about ours."""
    run_job(batch_mock)
    with pytest.raises(ClientError) as caught:
        ec2.terminate_instances(InstanceIds=[batch_mock.hosts[0].instance_id])
    assert caught.value.response["Error"]["Code"] == "InvalidInstanceID.NotFound"
    with pytest.raises(ecs.exceptions.ClusterNotFoundException):
        ecs.list_tasks(cluster="other")


def test_clients_from_before(batch_mock: BatchMock) -> None:
    """Clients that were created before the mock get the same answers."""
    ecs, ec2 = (boto3.client(name, region_name=REGION, **KEYS) for name in ("ecs", "ec2"))
    container = run_job(batch_mock)
    assert running_on(ecs, ec2, container) == batch_mock.hosts[0].instance_type


def test_motos_again_afterwards() -> None:
    """After batchmock has stopped, moto answers about its clusters too."""
    with moto.mock_aws():
        ecs, ec2 = (boto3.client(name, region_name=REGION) for name in ("ecs", "ec2"))
        with mock_batch(region=REGION) as batch_mock:
            container = run_job(batch_mock)
            assert running_on(ecs, ec2, container) == batch_mock.hosts[0].instance_type
        with pytest.raises(ecs.exceptions.ClusterNotFoundException):
            running_on(ecs, ec2, container)
