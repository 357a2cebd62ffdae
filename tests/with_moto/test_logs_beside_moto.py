"""The logs of jobs come from batchmock and the rest of CloudWatch Logs from moto, in either order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from time import time
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from batchmock import BatchMock, mock_batch, succeed

from ..interception.test_logs_client import GROUP, lines, run_job

mock_aws: Any = pytest.importorskip("moto").mock_aws

REGION = "us-east-1"


@pytest.fixture(params=["moto outside", "moto inside"])
def batch_mock(request: pytest.FixtureRequest) -> Iterator[BatchMock]:
    """Both mocks, started in either order."""
    with ExitStack() as stack:
        if request.param == "moto outside":
            stack.enter_context(mock_aws())
        mock = stack.enter_context(mock_batch(region=REGION))
        if request.param == "moto inside":
            stack.enter_context(mock_aws())
        yield mock


def write(client: Any, group: str, message: str) -> None:
    """Write a line to another log group."""
    client.create_log_group(logGroupName=group)
    client.create_log_stream(logGroupName=group, logStreamName="stream")
    client.put_log_events(
        logGroupName=group,
        logStreamName="stream",
        logEvents=[{"timestamp": int(time() * 1000), "message": message}],
    )


def test_each_has_its_groups(batch_mock: BatchMock) -> None:
    """The lines of jobs are in batchmock, and those of the code under test in moto."""
    run_job(batch_mock)
    client = boto3.client("logs", region_name=REGION)
    write(client, "/mine", "theirs")
    assert lines(client) == ["one"]
    found = client.get_log_events(logGroupName="/mine", logStreamName="stream", startFromHead=True)
    assert [event["message"] for event in found["events"]] == ["theirs"]
    streams = client.describe_log_streams(logGroupName="/mine")["logStreams"]
    assert [stream["logStreamName"] for stream in streams] == ["stream"]


def test_groups_are_described_by_their_owner(batch_mock: BatchMock) -> None:
    """Prefixes of the job log group are answered by batchmock, and any other prefix or none by moto."""
    run_job(batch_mock)
    client = boto3.client("logs", region_name=REGION)
    client.create_log_group(logGroupName="/mine")

    def names(**members: Any) -> list[str]:
        groups = client.describe_log_groups(**members)["logGroups"]
        return [group["logGroupName"] for group in groups]

    assert names(logGroupNamePrefix="/aws/batch") == [GROUP]
    assert names(logGroupNamePrefix="/m") == ["/mine"]
    assert names() == ["/mine"]


def test_refusals_of_each(batch_mock: BatchMock) -> None:
    """An unknown stream of jobs is refused by batchmock, and an unknown group by moto."""
    client = boto3.client("logs", region_name=REGION)
    for group in (GROUP, "/none"):
        with pytest.raises(ClientError) as caught:
            client.get_log_events(logGroupName=group, logStreamName="none")
        assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert "log group" in caught.value.response["Error"]["Message"]


def test_writing_is_motos(batch_mock: BatchMock) -> None:
    """A group of the same name in moto accepts lines, but reading returns the lines of jobs."""
    run_job(batch_mock)
    client = boto3.client("logs", region_name=REGION)
    write(client, GROUP, "theirs")
    assert lines(client) == ["one"]


def test_client_from_before(batch_mock: BatchMock) -> None:
    """A client that was created before the mock gets the same answers."""
    client = boto3.client(
        "logs", region_name=REGION, aws_access_key_id="key", aws_secret_access_key="secret"
    )
    run_job(batch_mock)
    assert lines(client) == ["one"]
    client.create_log_group(logGroupName="/mine")


def test_motos_again_afterwards() -> None:
    """After batchmock has stopped, moto answers for the group of jobs too."""
    with mock_aws():
        client = boto3.client("logs", region_name=REGION)
        with mock_batch(region=REGION) as batch_mock:
            batch_mock.provision()
            batch_mock.script(succeed(logs=["ours"]))
            assert lines(client) == []
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            lines(client)
