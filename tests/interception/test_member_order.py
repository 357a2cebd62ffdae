"""Reply members are in the order of the service model, as botocore's parser returns them."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from batchmock import BatchMock, succeed
from batchmock.interception.known_operations import known_operation
from batchmock.interception.member_order import agrees, ordering_of
from batchmock.operations import HANDLERS
from batchmock.operations.member_order import BUILT_IN_ORDER, MEMBERS, in_model_order

from ..builders import assert_in_order, needs_todays_model


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


@needs_todays_model
@pytest.mark.parametrize("shape", sorted(BUILT_IN_ORDER))
def test_structures_built_in_order(client: Any, shape: str) -> None:
    """The order in which some structures are built is that of the model, so that nothing is left to order."""
    assert agrees(client.meta.service_model.shape_for(shape), MEMBERS)


@pytest.mark.parametrize(
    "operation", ["DescribeServiceJob", "ListJobs", "ListServiceJobs", "SubmitJob"]
)
@needs_todays_model
def test_replies_built_in_order(client: Any, operation: str) -> None:
    """Replies that are built in order throughout are returned as they are."""
    known = known_operation(model_of(client, operation))
    reply = {"zzz": 1, **backwards(model_of(client, operation).output_shape)}

    assert list(known.in_order(reply)) == list(reply)


def test_a_model_in_another_order(client: Any) -> None:
    """Structures of a model with another order, or with further members, are ordered one by one."""
    shape = client.meta.service_model.shape_for("ListJobsResponse")

    assert not agrees(shape, {**MEMBERS, "ContainerSummary": {"reason": "", "exitCode": ""}})
    assert not agrees(shape, {**MEMBERS, "ContainerSummary": {"exitCode": ""}})


def test_a_structure_is_ordered_in_a_copy() -> None:
    """Ordering leaves the original unchanged, shares what is in order, and puts the unknown last."""
    tags = {"b": "1", "a": "2"}
    volumes = [{"zzz": tags, "name": "data", "host": {"sourcePath": "/mnt"}}]
    value = {"volumes": volumes, "image": "busybox"}

    ordered = in_model_order("ContainerDetail", value)

    assert ordered == value
    assert list(ordered) == ["image", "volumes"]
    assert list(ordered["volumes"][0]) == ["host", "name", "zzz"]
    assert list(volumes[0]) == ["zzz", "name", "host"]
    assert in_model_order("ContainerDetail", ordered) is ordered


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


def test_a_container_in_another_order(batch_mock: BatchMock) -> None:
    """A job shows its container in model order, in whatever order it was registered and overridden."""
    batch_mock.provision(job_queue="queue", job_definition="definition")
    client = boto3.client("batch", region_name="us-east-1")
    volumes = [{"name": "data", "host": {"sourcePath": "/mnt"}}]
    client.register_job_definition(
        jobDefinitionName="odd",
        type="container",
        containerProperties={
            "volumes": volumes,
            "ulimits": [{"softLimit": 1, "name": "nofile", "hardLimit": 2}],
            "environment": [{"value": "1", "name": "A"}],
            "memory": 128,
            "vcpus": 1,
            "image": "busybox",
        },
    )
    overrides = {"environment": [{"value": "2", "name": "B"}]}
    for more in ({}, {"containerOverrides": overrides}):
        job_id = client.submit_job(jobName="job", jobQueue="queue", jobDefinition="odd", **more)
        reply = client.describe_jobs(jobs=[job_id["jobId"]])
        del reply["ResponseMetadata"]

        assert reply["jobs"][0]["container"]["volumes"] == volumes
        assert_in_order(model_of(client, "DescribeJobs").output_shape, reply)
