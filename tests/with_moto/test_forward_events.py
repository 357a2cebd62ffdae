from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from batchmock import BatchMock, BatchMockError, fail, mock_batch

mock_aws: Any = pytest.importorskip("moto").mock_aws

REGION = "us-east-1"
FAILED = {"source": ["aws.batch"], "detail": {"status": ["FAILED"]}}


@pytest.fixture
def mock() -> Iterator[BatchMock]:
    """A mock with `queue` and `definition`."""
    with mock_batch(region=REGION, start="2026-01-02T03:04:05Z") as mock:
        mock.provision(job_queue="queue", job_definition="definition")
        yield mock


def submit(name: str) -> str:
    """Submit a job and return its id."""
    batch = boto3.client("batch", region_name=REGION)
    reply = batch.submit_job(jobName=name, jobQueue="queue", jobDefinition="definition")
    return str(reply["jobId"])


def pager() -> tuple[Any, str]:
    """Create a rule for failures with a queue as its target, and return an SQS client and the queue's URL."""
    sqs = boto3.client("sqs", region_name=REGION)
    url = sqs.create_queue(QueueName="pages")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    events = boto3.client("events", region_name=REGION)
    events.put_rule(Name="failed", EventPattern=json.dumps(FAILED))
    target = {"Id": "pages", "Arn": arn["Attributes"]["QueueArn"]}
    events.put_targets(Rule="failed", Targets=[target])
    return sqs, url


def received(sqs: Any, url: str) -> list[dict[str, Any]]:
    """Receive the events in a queue."""
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in messages]


def test_rules_of_moto_receive_events(mock: BatchMock) -> None:
    """A rule of moto matches the events of a failed job, and its queue receives them unchanged."""
    with mock_aws():
        sqs, url = pager()
        mock.forward_events()
        mock.script("bad", fail(3))
        submit("good")
        job_id = submit("bad")
        mock.run()
        (event,) = received(sqs, url)
    (ours,) = mock.events.matching(FAILED)
    assert event["detail"] == ours["detail"]
    assert (event["detail"]["jobId"], event["source"]) == (job_id, "aws.batch")
    assert (event["detail-type"], event["resources"]) == (ours["detail-type"], ours["resources"])


def test_a_pattern(mock: BatchMock) -> None:
    """Only events that match the pattern are forwarded."""
    with mock_aws():
        sqs, url = pager()
        mock.forward_events({"detail": {"jobName": ["other"]}})
        mock.script("bad", fail(3))
        submit("bad")
        mock.run()
        assert received(sqs, url) == []


def test_disturbed_events(mock: BatchMock) -> None:
    """Forwarded events come twice and late too."""
    with mock_aws():
        sqs, url = pager()
        mock.forward_events()
        mock.disturb_events(FAILED, duplicates=True, delay=60)
        mock.script("bad", fail(3))
        mock.run_until(submit("bad"), "FAILED")
        before = received(sqs, url)
        mock.run()
        assert before == []
        assert len(received(sqs, url)) == 2


def test_until_it_is_cancelled(mock: BatchMock) -> None:
    """Events after the end of the subscription are not forwarded."""
    with mock_aws():
        sqs, url = pager()
        mock.script("bad", fail(3))
        with mock.forward_events():
            submit("bad")
        mock.run()
        assert received(sqs, url) == []


def test_without_moto(mock: BatchMock) -> None:
    """No event reaches AWS: without moto, moving the clock is an error."""
    mock.forward_events()
    submit("job")
    with pytest.raises(
        BatchMockError, match=r"about to be sent to EventBridge at AWS. Start moto's"
    ):
        mock.run()


def test_a_client_of_ones_own(mock: BatchMock) -> None:
    """Any EventBridge client can receive the events, and a refused event is an error."""
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    client = boto3.client("events", region_name=REGION, **keys)
    mock.forward_events({"detail": {"status": ["RUNNABLE"]}}, client=client)
    submit("job")
    failure = {"ErrorCode": "InternalFailure", "ErrorMessage": "Try again"}
    with Stubber(client) as stubber:
        stubber.add_response("put_events", {"FailedEntryCount": 1, "Entries": [failure]})
        with pytest.raises(
            BatchMockError, match=r"'default' refused .* InternalFailure: Try again"
        ):
            mock.run()


def test_a_client_of_another_service(mock: BatchMock) -> None:
    """A client of another service is refused at once."""
    with pytest.raises(BatchMockError, match="which is not a client of EventBridge"):
        mock.forward_events(client=boto3.client("batch", region_name=REGION))
