from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError

from batchmock import (
    BatchMock,
    BatchMockError,
    Operation,
    client_error,
    connection_error,
    lost_reply,
    mock_batch,
    read_timeout,
)

from ..builders import shared_client

Submit = Callable[..., str]


def refuse(client: Any) -> str:
    """Make a call that is refused, and return the error message."""
    with pytest.raises(client.exceptions.ClientException) as caught:
        client.submit_job(jobName="-", jobQueue="q", jobDefinition="d")
    return str(caught.value.response["Error"]["Message"])


def test_call(submit: Submit, batch_mock: BatchMock, client: Any) -> None:
    """A call has its parameters, its response and its time."""
    batch_mock.tick(1.5)
    reply = client.submit_job(jobName="n", jobQueue="job-queue", jobDefinition="job-definition")
    (call,) = batch_mock.calls
    metadata = reply.pop("ResponseMetadata")
    assert call.operation == "SubmitJob"
    assert call.params == {
        "jobName": "n",
        "jobQueue": "job-queue",
        "jobDefinition": "job-definition",
    }
    assert call.response == reply
    assert call.error is None
    assert call.request_id == metadata["RequestId"]
    assert call.at == datetime(2026, 1, 2, 3, 4, 6, 500000, tzinfo=timezone.utc)


def test_refused_call(batch_mock: BatchMock, client: Any) -> None:
    """A refused call has an error and no response."""
    message = refuse(client)
    (call,) = batch_mock.calls
    assert call.response is None
    assert call.error == ("ClientException", message, 400)
    assert call.request_id in message


def test_call_is_not_changed_by_looking(submit: Submit, batch_mock: BatchMock) -> None:
    """A call returns copies, and changing them changes nothing else."""
    submit()
    call = batch_mock.calls[0]
    call.params.clear()
    assert call.response is not None
    call.response.clear()
    assert call.params["jobName"] == "job"
    assert call.response["jobName"] == "job"


def test_repr(batch_mock: BatchMock, client: Any) -> None:
    """The repr of a call is one line, with its error if there is one."""
    message = refuse(client)
    client.describe_job_queues(maxResults=5)
    refused, answered = batch_mock.calls
    assert repr(refused) == (
        "<Call 2026-01-02T03:04:05.000+00:00 SubmitJob "
        '{"jobName": "-", "jobQueue": "q", "jobDefinition": "d"} '
        f"-> ClientException: {message}>"
    )
    assert repr(answered) == (
        '<Call 2026-01-02T03:04:05.000+00:00 DescribeJobQueues {"maxResults": 5}>'
    )
    assert repr(batch_mock.calls[1:]) == f"<Calls [{answered!r}]>"


def test_calls(submit: Submit, batch_mock: BatchMock, client: Any) -> None:
    """Calls are a sequence, oldest first."""
    job_id = submit()
    client.describe_jobs(jobs=[job_id])
    client.describe_jobs(jobs=[job_id])
    refuse(client)
    calls = batch_mock.calls
    assert len(calls) == 4
    assert [call.operation for call in calls] == [
        "SubmitJob",
        "DescribeJobs",
        "DescribeJobs",
        "SubmitJob",
    ]
    assert calls[-1].error is not None
    assert [call.operation for call in calls[1:3]] == ["DescribeJobs", "DescribeJobs"]


@pytest.mark.parametrize(
    ("operation", "count"),
    [("DescribeJobs", 2), ("SubmitJob", 1), ("ListJobs", 0)],
)
def test_calls_of_an_operation(
    submit: Submit, batch_mock: BatchMock, client: Any, operation: Operation, count: int
) -> None:
    """Calls are selected and counted by AWS's name of the operation."""
    job_id = submit()
    for _ in range(2):
        client.describe_jobs(jobs=[job_id])
    assert batch_mock.calls.count(operation) == count
    assert len(batch_mock.calls.of(operation)) == count
    assert batch_mock.calls.of(operation).count(operation) == count


@pytest.mark.parametrize("operation", ["describe_jobs", "DescribeJob"])
def test_calls_of_no_operation(batch_mock: BatchMock, operation: Any) -> None:
    """A misspelt operation is an error and is not counted as 0."""
    for look in (batch_mock.calls.count, batch_mock.calls.of):
        with pytest.raises(BatchMockError) as caught:
            look(operation)
        assert str(caught.value) == (
            f"batchmock: AWS Batch has no operation {operation!r}. Did you mean 'DescribeJobs'? "
            'Use the name of the operation, such as calls.count("SubmitJob").'
        )


def test_provision_is_no_call(submit: Submit, batch_mock: BatchMock) -> None:
    """Resources from `provision` are not calls of the code under test."""
    assert len(batch_mock.calls) == 0


@pytest.fixture
def retrying(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client with up to three attempts and no back-off."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    retries = {"mode": "standard", "total_max_attempts": 3}
    return boto3.client("batch", config=Config(retries=retries))


def test_each_try_is_shown(batch_mock: BatchMock, retrying: Any) -> None:
    """Each attempt of a retried call is recorded with its fault."""
    batch_mock.inject("DescribeJobQueues", connection_error())
    batch_mock.inject("DescribeJobQueues", lost_reply())
    reply = retrying.describe_job_queues()
    first, second, third = batch_mock.calls
    assert (first.try_number, first.fault, first.response) == (1, connection_error(), None)
    assert (second.try_number, second.fault, second.response) == (
        2,
        lost_reply(),
        {"jobQueues": []},
    )
    assert (third.try_number, third.fault, third.response) == (3, None, {"jobQueues": []})
    assert (first.request_id, third.request_id) == (None, reply["ResponseMetadata"]["RequestId"])
    assert second.request_id not in (None, third.request_id)


def test_fault_that_is_an_error(batch_mock: BatchMock, client: Any) -> None:
    """An injected error looks like an error of the service."""
    batch_mock.inject("DescribeJobQueues", client_error("AccessDeniedException", "not you"))
    with pytest.raises(client.exceptions.ClientError):
        client.describe_job_queues()
    (call,) = batch_mock.calls
    assert call.error == ("AccessDeniedException", "not you", 403)
    assert call.fault == client_error("AccessDeniedException", "not you")


def test_call_without_a_fault(submit: Submit, batch_mock: BatchMock) -> None:
    """An ordinary call is a first attempt."""
    submit()
    assert (batch_mock.calls[0].try_number, batch_mock.calls[0].fault) == (1, None)


def test_repr_of_tries(batch_mock: BatchMock, retrying: Any) -> None:
    """The repr of a call has the number of the attempt from the second on, and the fault."""
    batch_mock.inject("DescribeJobQueues", client_error("ThrottlingException", "slow"))
    batch_mock.inject("DescribeJobQueues", read_timeout(), times=2)
    with pytest.raises(ReadTimeoutError):
        retrying.describe_job_queues()
    asked = "<Call 2026-01-02T03:04:05.000+00:00 DescribeJobQueues {}"
    assert [repr(call) for call in batch_mock.calls] == [
        f"{asked} -> ThrottlingException: slow>",
        f"{asked} (try 2) -> read_timeout()>",
        f"{asked} (try 3) -> read_timeout()>",
    ]


def draw(**members: Any) -> list[str]:
    """Submit a service job to a new mock, and draw everything that shows its request."""
    with mock_batch(region="us-east-1", start=0) as mock:
        mock.provision_service_jobs()
        shared_client().submit_service_job(
            jobName="fit",
            jobQueue="service-job-queue",
            serviceJobType="SAGEMAKER_TRAINING",
            serviceRequestPayload="{}",
            **members,
        )
        mock.run()
        timeline = mock.timeline()
        shown = [timeline.to_html(), timeline.to_trace(), mock.report(width=1000), repr(mock.calls)]
        assert mock.calls[0].params["clientToken"] in mock.calls[0].body
        return shown


def test_random_token_is_not_shown() -> None:
    """The token that botocore adds differs in each run; drawings and reports do not."""
    assert draw() == draw()


def test_token_of_the_program_is_shown() -> None:
    """A token that the program has chosen is part of the request."""
    assert all("nightly-7" in text for text in draw(clientToken="nightly-7"))
