"""Requests to CloudWatch Logs that do not concern job logs."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectionError as BotocoreConnectionError
from botocore.exceptions import HTTPClientError
from botocore.stub import Stubber

from batchmock import BatchMock, BatchMockError, mock_batch

from .offline import go_offline

LAST = (
    " Start moto's mock_aws for other logs, or let such requests go to AWS with "
    "mock_batch(pass_logs=True)."
)


@pytest.fixture
def logs(batch_mock: BatchMock) -> Any:
    """A client of CloudWatch Logs."""
    return boto3.client("logs", region_name="us-east-1")


def test_misspelt_log_group(logs: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """A misspelt log group raises an error that suggests the right one, even without credentials."""
    go_offline(monkeypatch, tmp_path)
    with pytest.raises(BatchMockError) as caught:
        logs.get_log_events(logGroupName="/aws/bacth/job", logStreamName="x")
    assert str(caught.value) == (
        "batchmock: a request to CloudWatch Logs was about to leave the process: GetLogEvents of log group "
        "'/aws/bacth/job', which no job writes to. Did you mean '/aws/batch/job'? Jobs write to "
        "'/aws/batch/job'." + LAST
    )


def test_operation_that_is_not_answered(logs: Any) -> None:
    """An operation that changes logs raises an error."""
    with pytest.raises(BatchMockError) as caught:
        logs.put_retention_policy(logGroupName="/aws/batch/job", retentionInDays=1)
    assert str(caught.value) == (
        "batchmock: a request to CloudWatch Logs was about to leave the process: PutRetentionPolicy. Of "
        "that service batchmock answers GetLogEvents, FilterLogEvents, DescribeLogStreams, "
        "DescribeLogGroups, about the logs of jobs." + LAST
    )


def test_stubbed_client(logs: Any) -> None:
    """A stubbed client is answered by its Stubber."""
    with Stubber(logs) as stubber:
        stubber.add_response("put_retention_policy", {})
        logs.put_retention_policy(logGroupName="group", retentionInDays=1)


def test_handler_of_others(logs: Any) -> None:
    """A response from another library's handler before sending is returned unchanged."""
    seen = []

    def answer(request: Any, **_: Any) -> None:
        seen.append(request.url)
        raise HTTPClientError(error="answered elsewhere")

    logs.meta.events.register("before-send", answer)
    with pytest.raises(HTTPClientError):
        logs.put_retention_policy(logGroupName="group", retentionInDays=1)
    assert seen


def test_other_endpoint(batch_mock: BatchMock) -> None:
    """A client with another endpoint, such as LocalStack, sends its requests there."""
    client = boto3.client(
        "logs",
        region_name="us-east-1",
        endpoint_url="http://localhost:1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    client.meta.config.retries = {"max_attempts": 0}
    with pytest.raises(BotocoreConnectionError):
        client.put_retention_policy(logGroupName="group", retentionInDays=1)


def test_option_lets_them_pass(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """With `pass_logs`, such a request is sent."""
    go_offline(monkeypatch, tmp_path)
    with mock_batch(region="us-east-1", pass_logs=True):
        client = boto3.client("logs", aws_access_key_id="key", aws_secret_access_key="secret")
        with pytest.raises(Exception, match=r"reached for the network|Could not connect"):
            client.put_retention_policy(logGroupName="group", retentionInDays=1)
