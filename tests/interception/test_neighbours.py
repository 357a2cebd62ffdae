"""Clients of Amazon ECS and Amazon EC2: which requests are answered and which are passed on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import NoCredentialsError
from botocore.stub import Stubber

from batchmock import BatchMock, BatchMockError, hang, mock_batch

from ..builders import described, submit

KEYS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
UNKNOWN = "i-0123456789abcdef0"


class Elsewhere(Exception):
    """Raised in place of sending a request."""


def client_of(service: str) -> Any:
    """Return a client that raises when it would send a request."""
    client = boto3.client(service, region_name="us-east-1", **KEYS)

    def stop(request: Any, **_: Any) -> AWSResponse:
        raise Elsewhere(request.url)

    client.meta.events.register(f"before-send.{service}", stop)
    return client


def run_job(batch_mock: BatchMock) -> dict[str, Any]:
    """Return the container of a running job, as DescribeJobs describes it."""
    batch_mock.provision(job_queue="queue", job_definition="definition")
    batch_mock.script(hang())
    client = boto3.client("batch", region_name="us-east-1")
    job_id = submit(client)
    batch_mock.run()
    container: dict[str, Any] = described(client, job_id)["container"]
    return container


def running_on(ecs: Any, ec2: Any, container: dict[str, Any]) -> str:
    """Return the instance type that a job runs on, as Nextflow finds it."""
    cluster = container["taskArn"].split("/")[1]
    (task,) = ecs.describe_tasks(cluster=cluster, tasks=[container["taskArn"]])["tasks"]
    (host,) = ecs.describe_container_instances(
        cluster=cluster, containerInstances=[task["containerInstanceArn"]]
    )["containerInstances"]
    reply = ec2.describe_instances(InstanceIds=[host["ec2InstanceId"]])
    instance_type: str = reply["Reservations"][0]["Instances"][0]["InstanceType"]
    return instance_type


def test_without_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks and instances can be described without credentials or region."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    with mock_batch(region="us-east-1") as batch_mock:
        container = run_job(batch_mock)
        host = batch_mock.hosts[0]
        ecs, ec2 = boto3.client("ecs"), boto3.client("ec2")
        assert running_on(ecs, ec2, container) == host.instance_type


def test_only_while_a_mock_is_started() -> None:
    """Clients are unchanged before and after a mock, and the innermost of nested mocks answers them."""
    ecs, ec2 = client_of("ecs"), client_of("ec2")
    with pytest.raises(Elsewhere):
        ec2.describe_instances()
    with mock_batch(region="us-east-1") as outer:
        container = run_job(outer)
        assert running_on(ecs, ec2, container) == outer.hosts[0].instance_type
        with mock_batch(region="us-east-1"), pytest.raises(Elsewhere):
            running_on(ecs, ec2, container)
        assert running_on(ecs, ec2, container) == outer.hosts[0].instance_type
    with pytest.raises(Elsewhere):
        running_on(ecs, ec2, container)


@pytest.mark.parametrize(
    ("service", "operation", "request_"),
    [
        ("ecs", "describe_tasks", {"cluster": "mine", "tasks": ["a"]}),
        ("ecs", "describe_tasks", {"tasks": ["a"]}),
        ("ecs", "list_tasks", {"cluster": "mine"}),
        ("ecs", "list_tasks", {}),
        ("ecs", "describe_container_instances", {"containerInstances": ["a"]}),
        ("ecs", "list_container_instances", {"cluster": "mine"}),
        ("ecs", "describe_clusters", {}),
        ("ecs", "describe_clusters", {"clusters": ["mine"]}),
        ("ecs", "list_clusters", {}),
        ("ecs", "stop_task", {"cluster": "mine", "task": "a"}),
        ("ecs", "run_task", {"taskDefinition": "a"}),
        ("ec2", "describe_instances", {}),
        ("ec2", "describe_instances", {"InstanceIds": [UNKNOWN]}),
        ("ec2", "describe_instances", {"Filters": [{"Name": "tag:a", "Values": ["b"]}]}),
        ("ec2", "describe_instances", {"Filters": [{"Name": "other", "Values": ["b"]}]}),
        ("ec2", "describe_vpcs", {}),
        ("ec2", "terminate_instances", {"InstanceIds": [UNKNOWN]}),
    ],
)
def test_what_is_somebody_elses(
    batch_mock: BatchMock, service: str, operation: str, request_: dict[str, Any]
) -> None:
    """Requests about other clusters and instances reach other mocks of their service."""
    run_job(batch_mock)
    with pytest.raises(Elsewhere, match=rf"{service}\.us-east-1"):
        getattr(client_of(service), operation)(**request_)


@pytest.mark.parametrize(
    ("service", "operation", "request_"),
    [
        ("ecs", "list_clusters", {}),
        ("ecs", "run_task", {"taskDefinition": "a"}),
        ("ec2", "describe_vpcs", {}),
        ("ec2", "terminate_instances", {"InstanceIds": [UNKNOWN]}),
    ],
)
def test_other_operations_are_sent(
    batch_mock: BatchMock,
    monkeypatch: pytest.MonkeyPatch,
    service: str,
    operation: str,
    request_: dict[str, Any],
) -> None:
    """Operations that batchmock does not know are signed and sent, as without a mock."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    client = boto3.Session().client(service, region_name="us-east-1")
    client._request_signer._credentials = None
    with pytest.raises(NoCredentialsError):
        getattr(client, operation)(**request_)


@pytest.mark.parametrize(
    ("service", "operation", "ask", "text"),
    [
        ("ecs", "stop_task", lambda c: {"cluster": c["cluster"], "task": "a"}, "StopTask, about a"),
        ("ecs", "list_services", lambda c: {"cluster": c["cluster"]}, "ListServices, about a"),
        (
            "ec2",
            "terminate_instances",
            lambda c: {"InstanceIds": [c["instance"]]},
            "TerminateInstances, about an instance",
        ),
        (
            "ec2",
            "describe_instance_status",
            lambda c: {"InstanceIds": [c["instance"]]},
            "DescribeInstanceStatus, about an instance",
        ),
    ],
)
def test_other_operations_on_ours(
    batch_mock: BatchMock,
    service: str,
    operation: str,
    ask: Callable[[dict[str, str]], dict[str, Any]],
    text: str,
) -> None:
    """Another operation on a cluster or instance of the mock is an error that says what to use."""
    cluster = run_job(batch_mock)["taskArn"].split("/")[1]
    known = {"cluster": cluster, "instance": batch_mock.hosts[0].instance_id}
    client = boto3.client(service, region_name="us-east-1")
    with pytest.raises(BatchMockError) as caught:
        getattr(client, operation)(**ask(known))
    assert f"was about to leave the process: {text}" in str(caught.value)
    assert "batch_mock.lose_host()" in str(caught.value)


def test_an_endpoint_of_ones_own(batch_mock: BatchMock) -> None:
    """A request to another endpoint passes, unless it is about jobs."""
    container = run_job(batch_mock)
    endpoint = "http://127.0.0.1:1"
    ecs, ec2 = (
        boto3.client(name, region_name="us-east-1", endpoint_url=endpoint, **KEYS)
        for name in ("ecs", "ec2")
    )
    sent = []
    for client in (ecs, ec2):
        client.meta.events.register("before-send", lambda request, **_: sent.append(request.url))
    assert running_on(ecs, ec2, container) == batch_mock.hosts[0].instance_type
    assert sent == []


def test_a_stubbed_client_stays_stubbed(batch_mock: BatchMock) -> None:
    """A client with a Stubber returns its stubbed responses."""
    container = run_job(batch_mock)
    client = boto3.client("ecs", region_name="us-east-1")
    with Stubber(client) as stubber:
        stubber.add_response("list_tasks", {"taskArns": ["stubbed"]})
        assert client.list_tasks(cluster=container["taskArn"].split("/")[1])["taskArns"] == [
            "stubbed"
        ]


@pytest.mark.parametrize("service", ["ecs", "ec2"])
def test_attach(batch_mock: BatchMock, service: str) -> None:
    """Clients of both services can be attached like a Batch client."""
    run_job(batch_mock)
    client = boto3.client(service, region_name="us-east-1")
    batch_mock.attach(client)


def test_calls_are_those_of_batch(batch_mock: BatchMock) -> None:
    """Calls of other services are not recorded among the calls of Batch, and take none of its ids."""
    container = run_job(batch_mock)
    calls = len(batch_mock.calls)
    running_on(
        boto3.client("ecs", region_name="us-east-1"),
        boto3.client("ec2", region_name="us-east-1"),
        container,
    )
    assert len(batch_mock.calls) == calls


def test_regions_do_not_share_clusters(batch_mock: BatchMock) -> None:
    """A cluster is known in its own region."""
    cluster = run_job(batch_mock)["taskArn"].split("/")[1]
    client = boto3.client("ecs", region_name="eu-west-1")
    with pytest.raises(client.exceptions.ClusterNotFoundException):
        client.list_tasks(cluster=cluster)


def test_errors_look_as_in_botocore(batch_mock: BatchMock) -> None:
    """An error has the members that botocore's parser gives to those of EC2."""
    client = boto3.client("ec2", region_name="us-east-1")
    with pytest.raises(client.exceptions.ClientError) as caught:
        client.describe_instances(InstanceIds=[UNKNOWN])
    response = caught.value.response
    assert sorted(response) == ["Error", "ResponseMetadata"]
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_members_in_the_order_of_the_model(batch_mock: BatchMock) -> None:
    """Replies have their members in the order of the service model, as after botocore's parser."""
    container = run_job(batch_mock)
    client = boto3.client("ecs", region_name="us-east-1")
    reply = client.describe_tasks(
        cluster=container["taskArn"].split("/")[1], tasks=[container["taskArn"]]
    )
    members = list(client.meta.service_model.shape_for("Task").members)
    assert [*reply] == ["ResponseMetadata", "tasks", "failures"]
    assert [*reply["tasks"][0]] == [name for name in members if name in reply["tasks"][0]]
