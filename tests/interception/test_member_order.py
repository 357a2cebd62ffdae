"""Reply members are in the order of the service model, as botocore's parser returns them."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from batchmock import BatchMock, succeed
from batchmock.interception.known_operations import known_operation
from batchmock.operations import HANDLERS


def backwards(shape: Any) -> Any:
    """Return a value of a shape with all its members in reverse model order."""
    if shape.type_name == "structure":
        members = reversed(list(shape.members.items()))
        return {name: backwards(member) for name, member in members}
    if shape.type_name == "list":
        return [backwards(shape.member), backwards(shape.member)]
    if shape.type_name == "map":
        return {"b": backwards(shape.value), "a": backwards(shape.value)}
    return "x"


def assert_in_order(shape: Any, value: Any) -> None:
    """Check that each structure in a value has its members in model order."""
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


def model_of(client: Any, operation: str) -> Any:
    """Return botocore's model of an operation."""
    return client.meta.service_model.operation_model(operation)


@pytest.mark.parametrize("operation", sorted(HANDLERS))
def test_each_operation(client: Any, operation: str) -> None:
    """A reply is returned in model order at every depth, whatever its original order."""
    if operation not in client.meta.service_model.operation_names:
        pytest.skip("this botocore does not know the operation")
    model = model_of(client, operation)
    reply = backwards(model.output_shape)
    ordered = known_operation(model).in_order(reply)
    assert_in_order(model.output_shape, ordered)
    assert ordered == backwards(model.output_shape)


def test_unknown_members_are_last(client: Any) -> None:
    """Members unknown to an older model come after the known ones."""
    ordered = known_operation(model_of(client, "SubmitJob")).in_order(
        {"newest": 1, "jobId": "a", "jobArn": "b"}
    )
    assert list(ordered) == ["jobArn", "jobId", "newest"]


def test_replies_to_a_client(batch_mock: BatchMock) -> None:
    """The metadata come first, then the members in model order, for jobs of every kind and history."""
    batch_mock.provision(job_queue="queue", job_definition="definition")
    batch_mock.script(succeed())
    client = boto3.client("batch", region_name="us-east-1")
    submitted = client.submit_job(
        jobName="job", jobQueue="queue", jobDefinition="definition", arrayProperties={"size": 2}
    )
    batch_mock.run()
    job_id = submitted["jobId"]
    for operation, reply in (
        ("SubmitJob", submitted),
        ("DescribeJobs", client.describe_jobs(jobs=[job_id, f"{job_id}:0"])),
        ("ListJobs", client.list_jobs(arrayJobId=job_id, jobStatus="SUCCEEDED")),
        ("DescribeJobDefinitions", client.describe_job_definitions()),
        ("DescribeJobQueues", client.describe_job_queues()),
        ("DescribeComputeEnvironments", client.describe_compute_environments()),
    ):
        assert next(iter(reply)) == "ResponseMetadata"
        del reply["ResponseMetadata"]
        assert_in_order(model_of(client, operation).output_shape, reply)
