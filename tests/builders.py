"""Short builders of requests and replies for tests that go through boto3."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import botocore
import pytest
from botocore.exceptions import ClientError

from batchmock import BatchMock, mock_batch

KNOWS_ALL_MEMBERS = tuple(map(int, botocore.__version__.split(".")[:2])) >= (1, 44)
"""Whether the botocore of this environment knows all that AWS Batch has today."""
needs_todays_model = pytest.mark.skipif(
    not KNOWS_ALL_MEMBERS, reason=f"botocore {botocore.__version__} does not know what is shown"
)

ARN = "arn:aws:batch:us-east-1:123456789012:"
START_MS = 1767323045000
"""The instant at which the clock of every mock in these tests begins, 2026-01-02T03:04:05Z."""
ESSENTIAL = "Essential container in task exited"
UNKNOWN_JOB = "0b6f2d6e-5a55-4a8f-9d5e-7f2f0f6f0a01"


@functools.cache
def shared_client(service: str = "batch") -> Any:
    """
    Return the client of a service that tests share.

    Creating a client takes longer than most tests. Call this while a mock is active, which has credentials. A
    test that changes its client, or is about how clients are made, creates its own.
    """
    return boto3.client(service, region_name="us-east-1")


@contextmanager
def provisioned_mock(**options: Any) -> Iterator[tuple[BatchMock, Any]]:
    """Return a mock with these options that has `queue` and `definition`, and its client."""
    given = {"region": "us-east-1", "start": "2026-01-02T03:04:05Z", **options}
    with mock_batch(**given) as mock:
        mock.provision(job_queue="queue", job_definition="definition")
        yield mock, shared_client()


def submit(client: Any, job_name: str = "job", **members: Any) -> str:
    """Submit a job to `queue`, by default of `definition`, and return its id."""
    request = {"jobQueue": "queue", "jobDefinition": "definition", **members}
    job_id: str = client.submit_job(jobName=job_name, **request)["jobId"]
    return job_id


def register(
    client: Any, name: str = "definition", container: dict[str, Any] | None = None, **members: Any
) -> str:
    """Register a job definition whose container has these members over a small default; return its ARN."""
    properties = {"image": "busybox", "resourceRequirements": requirements(1, 128)}
    arn: str = client.register_job_definition(
        jobDefinitionName=name,
        type="container",
        containerProperties={**properties, **(container or {})},
        **members,
    )["jobDefinitionArn"]
    return arn


def register_nodes(client: Any, name: str = "nodes", number: int = 2) -> None:
    """Register a job definition of equal nodes, of which the first is the main node."""
    container = {"image": "busybox", "resourceRequirements": requirements(1, 128)}
    client.register_job_definition(
        jobDefinitionName=name,
        type="multinode",
        nodeProperties={
            "numNodes": number,
            "mainNode": 0,
            "nodeRangeProperties": [{"targetNodes": "0:", "container": container}],
        },
    )


def requirements(vcpus: float, memory_mib: int) -> list[dict[str, str]]:
    """Return resource requirements as Batch describes them."""
    return [
        {"value": f"{vcpus:g}", "type": "VCPU"},
        {"value": str(memory_mib), "type": "MEMORY"},
    ]


def described(client: Any, job_id: str) -> dict[str, Any]:
    """Return a job as DescribeJobs describes it."""
    (job,) = client.describe_jobs(jobs=[job_id])["jobs"]
    detail: dict[str, Any] = job
    return detail


def status_of(client: Any, job_id: str) -> str:
    """Return the status of a job."""
    status: str = described(client, job_id)["status"]
    return status


def definition(client: Any, label: str = "definition:1") -> dict[str, Any]:
    """Return the job definition `name:revision` as DescribeJobDefinitions describes it."""
    (item,) = client.describe_job_definitions(jobDefinitions=[label])["jobDefinitions"]
    detail: dict[str, Any] = item
    return detail


def names(client: Any, **question: Any) -> list[str]:
    """Return the names of the jobs that ListJobs returns, by default of `queue`."""
    reply = client.list_jobs(**{"jobQueue": "queue", **question})
    return [summary["jobName"] for summary in reply["jobSummaryList"]]


def everything(client: Any) -> list[Any]:
    """Return all that the service describes: definitions, queues and jobs."""
    queues = client.describe_job_queues()["jobQueues"]
    ids = [
        summary["jobId"]
        for queue in queues
        for summary in client.list_jobs(
            jobQueue=queue["jobQueueName"], filters=[{"name": "JOB_NAME", "values": ["*"]}]
        )["jobSummaryList"]
    ]
    jobs = client.describe_jobs(jobs=ids)["jobs"]
    return [client.describe_job_definitions()["jobDefinitions"], queues, jobs]


def refused(client: Any, operation: str, /, **request: Any) -> str:
    """
    Return the whole message of a refused request, with its RequestId replaced by `<id>`.

    Also check that it is a ClientException of HTTP status 400 (409 for a name that exists already:
    terraform-provider-aws 44644), and that nothing has changed.
    """
    before = everything(client)
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**request)
    assert isinstance(caught.value, client.exceptions.ClientException)
    response = caught.value.response
    is_conflict = response["Error"]["Message"] == "Object already exists."
    assert response["ResponseMetadata"]["HTTPStatusCode"] == (409 if is_conflict else 400)
    assert response["message"] == response["Error"]["Message"]
    assert everything(client) == before
    message: str = response["Error"]["Message"]
    return message.replace(response["ResponseMetadata"]["RequestId"], "<id>")


def wrapped(text: str) -> str:
    """Return the wrapped message of a validation failure, which depends on the request alone."""
    return f"Error executing request, Exception : {text}, RequestId: <id>"


def assert_in_order(shape: Any, value: Any) -> None:
    """Check that each structure in a value has its members in the order of botocore's shape."""
    if shape.type_name == "structure":
        assert list(value) == [name for name in shape.members if name in value]
        for name, item in value.items():
            assert_in_order(shape.members[name], item)
    elif shape.type_name == "list":
        for item in value:
            assert_in_order(shape.member, item)
    elif shape.type_name == "map":
        for item in value.values():
            assert_in_order(shape.value, item)
