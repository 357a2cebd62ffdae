"""Requests to Amazon ECS and Amazon EC2 that reach the server of a mock."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import botocore.session
import pytest

from batchmock import BatchMock, hang, mock_batch
from batchmock.interception.hooks import answer_neighbour_call
from batchmock.serving import Server

ECS = "AmazonEC2ContainerServiceV20141113."
FORM = "application/x-www-form-urlencoded; charset=utf-8"


@pytest.fixture
def mock() -> Iterator[BatchMock]:
    """A mock with a running job."""
    with mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z") as mock:
        mock.provision(job_queue="queue", job_definition="definition")
        mock.script(hang())
        body = {"jobName": "job", "jobQueue": "queue", "jobDefinition": "definition"}
        mock.reply_to("POST", "/v1/submitjob", {}, json.dumps(body).encode())
        mock.run()
        yield mock


def to_ecs(mock: BatchMock, operation: str, body: Any) -> tuple[int, Any]:
    """Send a raw request to Amazon ECS; return status and decoded body."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    reply = mock.reply_to("POST", "/", {"X-Amz-Target": f"{ECS}{operation}"}, content)
    assert reply is not None
    assert reply.headers["content-type"] == "application/x-amz-json-1.1"
    return reply.status, json.loads(reply.body)


def to_ec2(mock: BatchMock, body: bytes | dict[str, str]) -> tuple[int, ElementTree.Element]:
    """Send a raw request to Amazon EC2; return status and parsed body."""
    content = body if isinstance(body, bytes) else urlencode(body).encode()
    reply = mock.reply_to("POST", "/", {"Content-Type": FORM}, content)
    assert reply is not None
    assert reply.headers["content-type"] == "text/xml;charset=UTF-8"
    return reply.status, ElementTree.fromstring(reply.body)


def cluster_of(mock: BatchMock) -> str:
    """Return the ARN of the cluster."""
    reply = mock.reply_to("POST", "/v1/describecomputeenvironments", {})
    assert reply is not None
    arn: str = json.loads(reply.body)["computeEnvironments"][0]["ecsClusterArn"]
    return arn


def test_ecs(mock: BatchMock) -> None:
    """A request to ECS is answered with times in seconds."""
    cluster = cluster_of(mock)
    _, listed = to_ecs(mock, "ListTasks", {"cluster": cluster})
    status, described = to_ecs(
        mock, "DescribeTasks", {"cluster": cluster, "tasks": listed["taskArns"]}
    )
    (task,) = described["tasks"]
    started = mock.jobs.only().started_at
    assert started is not None
    assert (status, task["startedAt"]) == (200, started.timestamp())


def test_ec2(mock: BatchMock) -> None:
    """A request to EC2 is answered in XML, with times in ISO 8601."""
    (host,) = mock.hosts
    asked = {"Action": "DescribeInstances", "InstanceId.1": host.instance_id}
    status, root = to_ec2(mock, asked)
    path = "ec2:reservationSet/ec2:item/ec2:instancesSet/ec2:item"
    (instance,) = root.findall(path, {"ec2": root.tag[1:].partition("}")[0]})
    texts = {item.tag.partition("}")[2]: item.text for item in instance}
    assert status == 200
    assert (texts["instanceId"], texts["instanceType"]) == (host.instance_id, host.instance_type)
    assert texts["launchTime"] == f"{host.launched_at:%Y-%m-%dT%H:%M:%S}.000Z"


def test_filters_of_ec2(mock: BatchMock) -> None:
    """Lists within lists of a query are read."""
    asked = {
        "Action": "DescribeInstances",
        "Filter.1.Name": "instance-state-name",
        "Filter.1.Value.1": "stopped",
        "Filter.1.Value.2": "terminated",
    }
    _, root = to_ec2(mock, asked)
    assert [len(item) for item in root if item.tag.endswith("reservationSet")] == [0]


def test_refusals(mock: BatchMock) -> None:
    """Each service has its own form of errors."""
    asked = {"Action": "DescribeInstances", "InstanceId.1": "i-01234567"}
    status, root = to_ec2(mock, asked)
    assert (status, root.findtext("Errors/Error/Code")) == (400, "InvalidInstanceID.NotFound")
    status, reply = to_ecs(mock, "ListTasks", {"cluster": "other"})
    assert (status, reply["__type"]) == (400, "ClusterNotFoundException")
    assert reply["message"] == "Cluster not found."


@pytest.mark.parametrize("body", [b"\xff", b"{", b"[]"])
def test_a_body_that_is_not_json(mock: BatchMock, body: bytes) -> None:
    """A body for ECS that is no JSON object is a SerializationException."""
    status, reply = to_ecs(mock, "ListTasks", body)
    assert (status, reply["__type"]) == (400, "SerializationException")


@pytest.mark.parametrize("body", [b"\xff", b"", b"InstanceId.1=i-01234567"])
def test_a_query_without_an_action(mock: BatchMock, body: bytes) -> None:
    """A body for EC2 that names no action is refused."""
    status, root = to_ec2(mock, body)
    assert (status, root.findtext("Errors/Error/Code")) == (400, "MissingAction")


def test_members_of_another_type(mock: BatchMock) -> None:
    """A member of another type is refused."""
    status, reply = to_ecs(mock, "ListTasks", {"cluster": 5})
    assert (status, reply["__type"]) == (400, "InvalidParameterException")
    status, root = to_ec2(mock, {"Action": "DescribeInstances", "MaxResults": "many"})
    assert (status, root.findtext("Errors/Error/Code")) == (400, "InvalidParameterValue")
    assert root.findtext("Errors/Error/Message") == "Invalid integer value many"


def test_other_operations(mock: BatchMock) -> None:
    """An operation that is not simulated is an error that SDKs do not retry."""
    status, reply = to_ecs(mock, "StopTask", {"cluster": cluster_of(mock), "task": "a"})
    assert (status, reply["__type"]) == (501, "BatchMockError")
    status, root = to_ec2(mock, {"Action": "DescribeVpcs"})
    assert (status, root.findtext("Errors/Error/Code")) == (400, "UnsupportedOperation")
    status, root = to_ec2(mock, {"Action": "Nothing"})
    assert (status, root.findtext("Errors/Error/Code")) == (400, "UnsupportedOperation")


def test_environment(mock: BatchMock) -> None:
    """The environment variables direct the clients of both services to the server."""
    with mock.serve() as server:
        assert server.environment["AWS_ENDPOINT_URL_ECS"] == server.url
        assert server.environment["AWS_ENDPOINT_URL_EC2"] == server.url


@pytest.fixture
def server(mock: BatchMock) -> Iterator[Server]:
    """A server of the mock."""
    with mock.serve() as server:
        yield server


def test_the_server_replies_as_clients_of_the_process_see_it(
    mock: BatchMock, server: Server
) -> None:
    """A client of the server gets the same replies as one that is answered in the process."""
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    session, sent = botocore.session.Session(), []
    cluster, (host,) = cluster_of(mock), mock.hosts
    requests = [
        ("ecs", "list_tasks", {"cluster": cluster}),
        ("ecs", "describe_clusters", {"clusters": [cluster]}),
        ("ec2", "describe_instances", {"InstanceIds": [host.instance_id]}),
    ]
    for service, operation, request in requests:
        here = session.create_client(service, "us-east-1", **keys)
        there = session.create_client(service, "us-east-1", endpoint_url=server.url, **keys)
        there.meta.events.unregister(f"before-call.{service}", answer_neighbour_call)
        there.meta.events.register("before-send", lambda request, **_: sent.append(request.url))
        replies = [getattr(client, operation)(**request) for client in (here, there)]
        for reply in replies:
            del reply["ResponseMetadata"]
        assert replies[0] == replies[1]
    assert sent == [f"{server.url}/"] * len(requests)
