"""Reply members are in the order of the service model, as botocore's parser returns them."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from batchmock import BatchMock, succeed
from batchmock.interception.known_operations import known_operation
from batchmock.interception.member_order import is_in_order, ordering_of
from batchmock.operations import HANDLERS, MEMBER_ORDERS

from ..builders import assert_in_order


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
    ordering = ordering_of(model.output_shape)
    assert ordering is not None
    ordered = ordering(reply)
    assert_in_order(model.output_shape, ordered)
    assert ordered == backwards(model.output_shape)


def test_unknown_members_are_last(client: Any) -> None:
    """Members unknown to an older model come after the known ones."""
    ordered = known_operation(model_of(client, "RegisterJobDefinition")).in_order(
        {"newest": 1, "revision": 1, "jobDefinitionName": "a"}
    )
    assert list(ordered) == ["jobDefinitionName", "revision", "newest"]


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


@pytest.mark.parametrize("operation", sorted(MEMBER_ORDERS))
def test_replies_built_in_order(client: Any, operation: str) -> None:
    """The order in which some replies are built is that of the model, so that nothing is left to order."""
    model = model_of(client, operation)

    assert is_in_order(model.output_shape, MEMBER_ORDERS[operation])


def test_replies_built_in_another_order_than_that_of_the_model(client: Any) -> None:
    """For a model with another order, the replies are ordered one by one."""
    shape = model_of(client, "ListJobs").output_shape
    built = {**MEMBER_ORDERS["ListJobs"], "ContainerSummary": ("reason", "exitCode")}

    assert not is_in_order(shape, built)
    assert not is_in_order(shape, {**built, "JobSummary": ("jobId", "jobArn")})


def test_a_filtered_list(batch_mock: BatchMock) -> None:
    """The entries of a filtered list are in model order."""
    batch_mock.provision(job_queue="queue", job_definition="definition")
    client = boto3.client("batch", region_name="us-east-1")
    job_id = client.submit_job(jobName="job", jobQueue="queue", jobDefinition="definition")["jobId"]
    client.terminate_job(jobId=job_id, reason="enough")
    batch_mock.run()
    reply = client.list_jobs(jobQueue="queue", filters=[{"name": "JOB_NAME", "values": ["job"]}])
    del reply["ResponseMetadata"]

    assert "jobDefinition" in reply["jobSummaryList"][0]
    assert_in_order(model_of(client, "ListJobs").output_shape, reply)
