from __future__ import annotations

import json
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError, ReadTimeoutError

from batchmock import (
    BatchMock,
    Fault,
    client_error,
    connect_timeout,
    connection_error,
    lost_reply,
    read_timeout,
    server_error,
    throttled,
)

from ..builders import ARN, described, needs_todays_model, provisioned_mock, submit
from ..operations.service_requests import submit as submit_service_job
from .conftest import MakeClient

MODES = ["legacy", "standard", "adaptive"]
RETRIED = [
    throttled(),
    server_error(),
    server_error(http_status=503),
    client_error("ThrottlingException", "Rate exceeded"),
    connection_error(),
    connect_timeout(),
    read_timeout(),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("fault", RETRIED, ids=repr)
def test_client_tries_again(
    batch_mock: BatchMock,
    make_client: MakeClient,
    sleeps: list[float],
    mode: str,
    fault: Fault,
) -> None:
    """In every mode, the client's own retries complete a request that fails twice."""
    client = make_client(mode)
    batch_mock.inject("SubmitJob", fault, times=2)
    reply = client.submit_job(jobName="job", jobQueue="queue", jobDefinition="definition")
    assert reply["ResponseMetadata"]["RetryAttempts"] == 2
    assert reply["jobId"] == batch_mock.jobs.only().id
    assert len(sleeps) == 2
    assert [(call.try_number, call.fault) for call in batch_mock.calls] == [
        (1, fault),
        (2, fault),
        (3, None),
    ]


@pytest.mark.parametrize("mode", MODES)
def test_client_gives_up(
    batch_mock: BatchMock, make_client: MakeClient, sleeps: list[float], mode: str
) -> None:
    """After the last allowed attempt, the client raises the last error."""
    client = make_client(mode, tries=4)
    batch_mock.inject("SubmitJob", throttled(), times=9)
    with pytest.raises(ClientError) as caught:
        submit(client)
    metadata: Any = caught.value.response["ResponseMetadata"]
    assert (metadata["RetryAttempts"], metadata["MaxAttemptsReached"]) == (3, True)
    assert len(sleeps) == 3
    assert batch_mock.pending_faults == [("SubmitJob", throttled(), 5)]


@pytest.mark.parametrize("mode", MODES)
def test_client_gives_up_without_a_reply(
    batch_mock: BatchMock, make_client: MakeClient, mode: str
) -> None:
    """The client also raises when the last attempt gets no reply."""
    client = make_client(mode, tries=2)
    batch_mock.inject("SubmitJob", read_timeout(), times=2)
    with pytest.raises(ReadTimeoutError):
        submit(client)
    assert batch_mock.calls.count("SubmitJob") == 2


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "fault",
    [client_error("ClientException", "no"), client_error("AccessDeniedException", "not you")],
    ids=repr,
)
def test_client_does_not_try_again(
    batch_mock: BatchMock, make_client: MakeClient, mode: str, fault: Fault
) -> None:
    """A refusal is final in every mode."""
    client = make_client(mode)
    batch_mock.inject("SubmitJob", fault)
    with pytest.raises(ClientError) as caught:
        submit(client)
    metadata: Any = caught.value.response["ResponseMetadata"]
    assert metadata["RetryAttempts"] == 0


def test_lost_reply_of_a_submit(batch_mock: BatchMock, make_client: MakeClient) -> None:
    """SubmitJob has no idempotency token: a client that retries after a lost reply submits twice."""
    client = make_client()
    batch_mock.inject("SubmitJob", lost_reply())
    job_id = submit(client)
    first, second = batch_mock.jobs
    assert second.id == job_id
    assert batch_mock.calls[0].response == {
        "jobArn": f"{ARN}job/{first.id}",
        "jobName": "job",
        "jobId": first.id,
    }


def test_lost_reply_of_what_can_be_repeated(batch_mock: BatchMock, make_client: MakeClient) -> None:
    """An idempotent call can be retried."""
    client = make_client()
    job_id = submit(client)
    batch_mock.inject("TerminateJob", lost_reply())
    client.terminate_job(jobId=job_id, reason="enough")
    batch_mock.run()
    assert described(client, job_id)["statusReason"] == "enough"


def test_lost_reply_of_what_happens_once(batch_mock: BatchMock, make_client: MakeClient) -> None:
    """UpdateConsumableResource has a token that botocore fills in, so nothing is done twice."""
    client = make_client()
    client.create_consumable_resource(consumableResourceName="licence", totalQuantity=10)
    batch_mock.inject("UpdateConsumableResource", lost_reply())
    reply = client.update_consumable_resource(
        consumableResource="licence", operation="ADD", quantity=5
    )
    assert reply["totalQuantity"] == 15
    assert batch_mock.calls.count("UpdateConsumableResource") == 2


@needs_todays_model
def test_lost_reply_of_a_service_job(batch_mock: BatchMock, make_client: MakeClient) -> None:
    """SubmitServiceJob also has a token, and a retry is refused, so there is one service job."""
    client = make_client()
    batch_mock.provision_service_jobs(job_queue="training")
    batch_mock.inject("SubmitServiceJob", lost_reply())
    with pytest.raises(client.exceptions.ClientException, match="has already been submitted"):
        submit_service_job(client, jobQueue="training")
    assert len(batch_mock.service_jobs) == 1


def test_tries_are_alike(batch_mock: BatchMock, make_client: MakeClient) -> None:
    """All attempts of a call send the same request."""
    client = make_client()
    batch_mock.inject("SubmitJob", throttled(), times=2)
    submit(client, containerOverrides={"command": ["echo", "ü"]}, tags={"team": "a"})
    first, second, third = (call.params for call in batch_mock.calls)
    assert first == second == third
    assert first["containerOverrides"] == {"command": ["echo", "ü"]}


def test_refusal_of_a_retry(batch_mock: BatchMock, make_client: MakeClient) -> None:
    """After the faults, the service can still refuse the request with its own error."""
    client = make_client()
    batch_mock.inject("SubmitJob", throttled())
    with pytest.raises(client.exceptions.ClientException) as caught:
        submit(client, "-")
    assert caught.value.response["message"] == caught.value.response["Error"]["Message"]
    (first, second) = batch_mock.calls
    assert first.error is not None
    assert first.error.http_status == 429
    assert second.error == (
        "ClientException",
        caught.value.response["Error"]["Message"],
        400,
    )


def test_no_time_passes(batch_mock: BatchMock, make_client: MakeClient) -> None:
    """Neither a fault nor a retry moves the clock by itself."""
    client = make_client()
    before = batch_mock.clock.epoch_ms
    batch_mock.inject("*", read_timeout(), times=2)
    submit(client)
    assert batch_mock.clock.epoch_ms == before


REQUESTS: list[tuple[str, dict[str, Any]]] = [
    ("DescribeComputeEnvironments", {}),
    ("DescribeJobQueues", {}),
    ("DescribeJobDefinitions", {}),
    ("SubmitJob", {"jobName": "job", "jobQueue": "queue", "jobDefinition": "definition"}),
    ("DescribeJobs", {"jobs": ["the first"]}),
    ("ListJobs", {"jobQueue": "queue", "jobStatus": "SUCCEEDED"}),
    ("ListJobs", {"jobQueue": "missing"}),
    ("TerminateJob", {"jobId": "the first", "reason": "no"}),
    ("DeregisterJobDefinition", {"jobDefinition": "definition:1"}),
]


def replies(fault: Fault | None) -> list[Any]:
    """Return the results of several calls, each after the fault if there is one."""
    told = []
    with provisioned_mock() as (mock, client):
        job_id = submit(client, "first")
        mock.run()
        for operation, params in REQUESTS:
            if fault is not None:
                mock.inject(operation, fault)
            text = json.dumps(params).replace("the first", job_id)
            told.append(reply_to(getattr(client, xform_name(operation)), json.loads(text)))
    return told


def reply_to(call: Any, params: dict[str, Any]) -> Any:
    """Return a reply or an error without its number of retries."""
    try:
        reply = call(**params)
    except ClientError as error:
        reply = error.response
    reply["ResponseMetadata"].pop("RetryAttempts")
    return reply


def test_reply_over_the_wire(sleeps: list[float]) -> None:
    """A reply parsed by botocore equals the one returned when nothing is sent."""
    given = replies(None)
    assert sleeps == []
    assert replies(connection_error()) == given
    assert len(sleeps) == len(given)
