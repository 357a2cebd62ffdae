"""CloudWatch Logs clients of aiobotocore read the logs of jobs and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from batchmock import BatchMock, mock_batch, succeed

get_session: Any = pytest.importorskip("aiobotocore.session").get_session

GROUP = "/aws/batch/job"
REGION = "us-east-1"


@pytest.fixture
def batch_mock() -> Iterator[BatchMock]:
    """A started mock with a queue and a definition, whose jobs write three lines."""
    with mock_batch(region=REGION, advance="sleep") as mock:
        mock.provision()
        mock.script(succeed(after=10, logs=["a", "b", "c"]))
        yield mock


async def run_job(batch_mock: BatchMock) -> str:
    """Run a job and return its log stream."""
    async with get_session().create_client("batch") as client:
        reply = await client.submit_job(
            jobName="job", jobQueue="job-queue", jobDefinition="job-definition"
        )
        batch_mock.run()
        (job,) = (await client.describe_jobs(jobs=[reply["jobId"]]))["jobs"]
    stream: str = job["container"]["logStreamName"]
    return stream


def messages(reply: Any) -> list[str]:
    """Return the messages in a reply."""
    return [event["message"] for event in reply["events"]]


async def test_stream_of_a_job(batch_mock: BatchMock) -> None:
    """A client reads a stream from its head, without credentials."""
    stream = await run_job(batch_mock)
    async with get_session().create_client("logs") as client:
        reply = await client.get_log_events(
            logGroupName=GROUP, logStreamName=stream, startFromHead=True
        )
    assert messages(reply) == ["a", "b", "c"]


async def test_pages(batch_mock: BatchMock) -> None:
    """Async paginators iterate over all pages."""
    await run_job(batch_mock)
    async with get_session().create_client("logs") as client:
        pages = client.get_paginator("filter_log_events").paginate(
            logGroupName=GROUP, PaginationConfig={"PageSize": 2}
        )
        found = [messages(page) async for page in pages]
    assert found == [["a", "b"], ["c"]]


async def test_refusal(batch_mock: BatchMock) -> None:
    """An unknown stream raises the same error as on AWS."""
    async with get_session().create_client("logs") as client:
        with pytest.raises(ClientError) as caught:
            await client.get_log_events(logGroupName=GROUP, logStreamName="none")
    assert caught.value.response["Error"] == {
        "Code": "ResourceNotFoundException",
        "Message": "The specified log stream does not exist.",
    }


async def test_other_groups_go_elsewhere(batch_mock: BatchMock) -> None:
    """A request for another log group is sent, as it would be without a mock."""

    class Elsewhere(Exception):
        """Raised instead of sending a request."""

    def stop(**_: Any) -> None:
        raise Elsewhere

    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
    async with get_session().create_client("logs", region_name=REGION, **keys) as client:
        client.meta.events.register("before-send.cloudwatch-logs", stop)
        with pytest.raises(Elsewhere):
            await client.filter_log_events(logGroupName="/mine")
