"""Clients of aiobotocore describe the tasks and instances of jobs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from batchmock import BatchMock, BatchMockError, hang, mock_batch

get_session: Any = pytest.importorskip("aiobotocore.session").get_session

REGION = "us-east-1"


@pytest.fixture
def batch_mock() -> Iterator[BatchMock]:
    """A started mock with a queue and a definition, whose jobs hang."""
    with mock_batch(region=REGION) as mock:
        mock.provision(job_queue="queue", job_definition="definition")
        mock.script(hang())
        yield mock


async def container_of_job(batch_mock: BatchMock) -> dict[str, Any]:
    """Return the container of a running job."""
    async with get_session().create_client("batch") as client:
        reply = await client.submit_job(jobName="job", jobQueue="queue", jobDefinition="definition")
        batch_mock.run()
        (job,) = (await client.describe_jobs(jobs=[reply["jobId"]]))["jobs"]
    container: dict[str, Any] = job["container"]
    return container


async def test_the_host_of_a_job(batch_mock: BatchMock) -> None:
    """The host of a job is found through its task and container instance."""
    container = await container_of_job(batch_mock)
    cluster, arn = container["taskArn"].split("/")[1], container["containerInstanceArn"]
    async with get_session().create_client("ecs") as ecs, get_session().create_client("ec2") as ec2:
        tasks = await ecs.describe_tasks(cluster=cluster, tasks=[container["taskArn"]])
        hosts = await ecs.describe_container_instances(cluster=cluster, containerInstances=[arn])
        found = await ec2.describe_instances(
            InstanceIds=[hosts["containerInstances"][0]["ec2InstanceId"]]
        )
    assert tasks["tasks"][0]["lastStatus"] == "RUNNING"
    instance = found["Reservations"][0]["Instances"][0]
    assert instance["InstanceType"] == batch_mock.hosts[0].instance_type


async def test_all_instances(batch_mock: BatchMock) -> None:
    """A request that nothing else answers is answered before it is sent, and parsed from XML."""
    await container_of_job(batch_mock)
    async with get_session().create_client("ec2") as ec2:
        (found,) = (await ec2.describe_instances())["Reservations"]
    assert found["Instances"][0]["LaunchTime"] == batch_mock.hosts[0].launched_at


async def test_refusals(batch_mock: BatchMock) -> None:
    """An unknown cluster is an error of the service, and another operation one of batchmock."""
    cluster = (await container_of_job(batch_mock))["taskArn"].split("/")[1]
    async with get_session().create_client("ecs") as ecs:
        with pytest.raises(ecs.exceptions.ClusterNotFoundException):
            await ecs.list_tasks(cluster="other")
        with pytest.raises(BatchMockError, match="was about to leave the process: StopTask"):
            await ecs.stop_task(cluster=cluster, task="a")
