from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from batchmock import BatchMock, lost_reply, mock_batch, throttled

from ..builders import ARN

QUEUE_ARN = f"{ARN}job-queue/queue"
SUBMISSION = {"jobName": "job", "jobQueue": "queue", "jobDefinition": "definition"}


@pytest.fixture
def mock() -> Iterator[BatchMock]:
    """A mock with `queue` and `definition`."""
    with mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z") as mock:
        mock.provision(job_queue="queue", job_definition="definition")
        yield mock


def sent(
    mock: BatchMock, target: str, body: Any = b"", method: str = "POST", **headers: str
) -> tuple[int, dict[str, str], Any]:
    """Send a raw request, and return status, headers and decoded body."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    reply = mock.reply_to(method, target, names, content)
    assert reply is not None
    lower = {name.lower(): value for name, value in reply.headers.items()}
    return reply.status, lower, json.loads(reply.body)


def signed(key: str, region: str, service: str = "batch") -> str:
    """Return the header of a signature."""
    scope = f"{key}/20260102/{region}/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"


def test_an_operation(mock: BatchMock) -> None:
    """A request is routed by its path and answered as by the service."""
    status, headers, reply = sent(mock, "/v1/submitjob", SUBMISSION)
    assert (status, headers["content-type"]) == (200, "application/json")
    assert reply["jobId"] == mock.jobs.only().id


def test_an_empty_body(mock: BatchMock) -> None:
    """A body can be omitted if no member is required."""
    _, _, reply = sent(mock, "/v1/describejobqueues")
    assert [queue["jobQueueName"] for queue in reply["jobQueues"]] == ["queue"]


def test_null_members(mock: BatchMock) -> None:
    """A null member of a body is absent."""
    status, _, _ = sent(mock, "/v1/submitjob", {**SUBMISSION, "containerOverrides": None})
    assert status == 200


def test_members_of_path_and_query(mock: BatchMock) -> None:
    """Tags are read from the path, the query string and the body."""
    path = f"/v1/tags/{quote(QUEUE_ARN, safe='')}"
    sent(mock, path, {"tags": {"a": "1", "b": "2"}})
    sent(mock, f"{path}?tagKeys=a", method="DELETE")
    assert sent(mock, path, method="GET")[2] == {"tags": {"b": "2"}}


@pytest.mark.parametrize("body", [b"\xff", b"{", b"[]", b'"text"', b"[" * 100_000])
def test_a_body_that_is_not_json(mock: BatchMock, body: bytes) -> None:
    """A body that is not UTF-8, not JSON or not an object is a SerializationException."""
    status, headers, _ = sent(mock, "/v1/submitjob", body)
    assert (status, headers["x-amzn-errortype"]) == (400, "SerializationException")


@pytest.mark.parametrize("size", [b"2", b"2.0", b"2e0", b"20.0E-1"])
def test_whole_numbers(mock: BatchMock, size: bytes) -> None:
    """A whole number may be spelled with a decimal point or an exponent."""
    body = json.dumps({**SUBMISSION, "arrayProperties": {"size": "SIZE"}}).encode()
    assert sent(mock, "/v1/submitjob", body.replace(b'"SIZE"', size))[0] == 200
    assert len(mock.jobs.only().children) == 2


@pytest.mark.parametrize("service", ["sts", "sqs", "batch"])
def test_queries_to_other_services(mock: BatchMock, service: str) -> None:
    """A query that is signed for another service is an unknown operation."""
    form = "application/x-www-form-urlencoded"
    status, headers, _ = sent(
        mock,
        "/",
        b"Action=GetCallerIdentity",
        Content_Type=form,
        Authorization=signed("testing", "us-east-1", service),
    )
    assert (status, headers["x-amzn-errortype"]) == (404, "UnknownOperationException")


def test_the_content_type_does_not_matter(mock: BatchMock) -> None:
    """A request is JSON even if its tool calls the body a form, as curl and urllib do."""
    form = "application/x-www-form-urlencoded"
    assert sent(mock, "/v1/submitjob", SUBMISSION, Content_Type=form)[0] == 200


def test_an_unknown_path(mock: BatchMock) -> None:
    """An unknown path is not found."""
    status, headers, reply = sent(mock, "/v1/nothing")
    assert (status, headers["x-amzn-errortype"]) == (404, "UnknownOperationException")
    assert reply["message"] == "AWS Batch has no operation POST /v1/nothing."


def test_a_refusal(mock: BatchMock) -> None:
    """A refused request has the status, code and message of the service."""
    status, headers, reply = sent(mock, "/v1/submitjob", {**SUBMISSION, "jobQueue": "other"})
    assert (status, headers["x-amzn-errortype"]) == (400, "ClientException")
    assert reply == {"message": "JobQueue other not found."}


def test_region_and_account_of_the_signature(mock: BatchMock) -> None:
    """The signature sets the region, and a twelve-digit key sets the account."""
    mock.provision(job_queue="queue", region="eu-west-1")
    authorization = signed("testing", "eu-west-1")
    _, _, reply = sent(mock, "/v1/describejobqueues", Authorization=authorization)
    assert reply["jobQueues"][0]["jobQueueArn"].startswith("arn:aws:batch:eu-west-1:123456789012:")
    other = signed("999999999999", "us-east-1")
    assert sent(mock, "/v1/describejobqueues", Authorization=other)[2] == {"jobQueues": []}


def test_tries_of_a_call(mock: BatchMock) -> None:
    """Attempts are counted by invocation id, and each meets the next fault."""
    mock.inject("SubmitJob", throttled())
    call = {"amz_sdk_invocation_id": "0b6f2d6e"}
    first, _, _ = sent(mock, "/v1/submitjob", SUBMISSION, **call)
    second, _, _ = sent(mock, "/v1/submitjob", SUBMISSION, **call)
    assert (first, second) == (429, 200)
    assert [call.try_number for call in mock.calls] == [1, 2]


def test_a_lost_reply(mock: BatchMock) -> None:
    """A fault that breaks the connection leaves no reply, although the job is submitted."""
    mock.inject("SubmitJob", lost_reply())
    body = json.dumps(SUBMISSION).encode()
    assert mock.reply_to("POST", "/v1/submitjob", {}, body) is None
    assert len(mock.jobs) == 1


class TestLogs:
    def test_lines_of_a_job(self, mock: BatchMock) -> None:
        """Requests to CloudWatch Logs about job logs are answered."""
        sent(mock, "/v1/submitjob", SUBMISSION)
        mock.run()
        request = {"logGroupName": "/aws/batch/job"}
        target = "Logs_20140328.DescribeLogStreams"
        status, headers, reply = sent(mock, "/", request, X_Amz_Target=target)
        assert (status, headers["content-type"]) == (200, "application/x-amz-json-1.1")
        assert len(reply["logStreams"]) == 1

    @pytest.mark.parametrize("operation", ["GetLogEvents", "DeleteLogStream", "Nothing"])
    def test_other_requests(self, mock: BatchMock, operation: str) -> None:
        """Other requests to CloudWatch Logs are refused."""
        request = {"logGroupName": "/other", "logStreamName": "a"}
        target = f"Logs_20140328.{operation}"
        status, _, reply = sent(mock, "/", request, X_Amz_Target=target)
        assert (status, reply["__type"]) == (400, "ResourceNotFoundException")

    def test_members_of_another_type(self, mock: BatchMock) -> None:
        """A member that is missing or has another type is refused."""
        target = "Logs_20140328.GetLogEvents"
        status, _, reply = sent(mock, "/", {"logGroupName": 5}, X_Amz_Target=target)
        assert (status, reply["__type"]) == (400, "InvalidParameterException")
        assert "logStreamName" in reply["message"]
