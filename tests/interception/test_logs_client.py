"""CloudWatch Logs clients: which requests are answered and which are passed through."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.stub import Stubber

from batchmock import BatchMock, mock_batch, succeed

GROUP = "/aws/batch/job"
KEYS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}


class Elsewhere(Exception):
    """Raised in place of sending a request."""


def client_of_logs(**members: Any) -> Any:
    """Return a client that raises when it would send a request."""
    client = boto3.client("logs", region_name="us-east-1", **{**KEYS, **members})

    def stop(request: Any, **_: Any) -> AWSResponse:
        raise Elsewhere(request.url)

    client.meta.events.register("before-send.cloudwatch-logs", stop)
    return client


def run_job(batch_mock: BatchMock) -> None:
    """Run a job that writes one log line."""
    batch_mock.provision()
    batch_mock.script("*", succeed(logs=["one"]))
    boto3.client("batch", region_name="us-east-1").submit_job(
        jobName="a", jobQueue="job-queue", jobDefinition="job-definition"
    )
    batch_mock.run()


def lines(client: Any) -> list[str]:
    """Return the messages in the log group of jobs."""
    events = client.filter_log_events(logGroupName=GROUP)["events"]
    return [event["message"] for event in events]


def test_without_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Job logs can be read without credentials or region."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    with mock_batch() as batch_mock:
        run_job(batch_mock)
        assert lines(boto3.client("logs")) == ["one"]


def test_only_while_a_mock_is_started() -> None:
    """A client is unchanged before and after a mock, and the innermost of nested mocks answers it."""
    client = client_of_logs()
    with pytest.raises(Elsewhere):
        lines(client)
    with mock_batch(region="us-east-1") as outer:
        run_job(outer)
        assert lines(client) == ["one"]
        with mock_batch(region="us-east-1"):
            assert lines(client) == []
        assert lines(client) == ["one"]
    with pytest.raises(Elsewhere):
        lines(client)


@pytest.mark.parametrize("limit", [None, 5.0])
def test_a_client_without_its_own_validation(batch_mock: BatchMock, limit: float | None) -> None:
    """A null is as not given, and a whole number may have a decimal point."""
    run_job(batch_mock)
    unchecked = boto3.client(
        "logs", region_name="us-east-1", config=Config(parameter_validation=False)
    )

    reply = unchecked.filter_log_events(logGroupName=GROUP, limit=limit)
    assert [event["message"] for event in reply["events"]] == ["one"]


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("get_log_events", {"logGroupName": "/mine", "logStreamName": "s"}),
        ("filter_log_events", {"logGroupName": "/mine"}),
        ("describe_log_streams", {"logGroupName": "/mine"}),
        ("describe_log_groups", {}),
        ("describe_log_groups", {"logGroupNamePrefix": "/mine"}),
        ("create_log_group", {"logGroupName": GROUP}),
        ("delete_log_stream", {"logGroupName": GROUP, "logStreamName": "s"}),
    ],
)
def test_what_is_somebody_elses(
    batch_mock: BatchMock, operation: str, request_: dict[str, Any]
) -> None:
    """Requests for other log groups, for all groups and for writes are sent as without a mock."""
    with pytest.raises(Elsewhere, match=r"logs\.us-east-1"):
        getattr(client_of_logs(), operation)(**request_)


def test_calls_are_those_of_batch(batch_mock: BatchMock) -> None:
    """Calls of CloudWatch Logs are not recorded among the calls of Batch."""
    run_job(batch_mock)
    lines(boto3.client("logs", region_name="us-east-1"))
    assert [call.operation for call in batch_mock.calls] == ["SubmitJob"]


def test_a_stubbed_client_stays_stubbed(batch_mock: BatchMock) -> None:
    """A client with a Stubber returns its stubbed responses."""
    client = boto3.client("logs", region_name="us-east-1")
    with Stubber(client) as stubber:
        stubber.add_response("filter_log_events", {"events": [{"message": "stubbed"}]})
        assert lines(client) == ["stubbed"]


def test_attach(batch_mock: BatchMock) -> None:
    """A CloudWatch Logs client can be attached like a Batch client."""
    run_job(batch_mock)
    client = boto3.client("logs", region_name="us-east-1")
    batch_mock.attach(client)
    assert lines(client) == ["one"]


def test_request_ids(batch_mock: BatchMock) -> None:
    """Every reply and error has a unique request id, independent of the ids of Batch replies."""
    client = boto3.client("logs", region_name="us-east-1")
    first = client.filter_log_events(logGroupName=GROUP)["ResponseMetadata"]["RequestId"]
    with pytest.raises(client.exceptions.ResourceNotFoundException) as caught:
        client.get_log_events(logGroupName=GROUP, logStreamName="none")
    second = caught.value.response["ResponseMetadata"]["RequestId"]
    assert len({first, second}) == 2
