from __future__ import annotations

import json
import re
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from batchmock import BatchMock
from batchmock.errors import ServiceError
from batchmock.interception.replies import body_length, failure, json_writer, success

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def refusal(call: Any, **params: Any) -> ClientError:
    """Return the error with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    return caught.value


def test_metadata_of_a_success(batch_mock: BatchMock, client: Any) -> None:
    """A reply starts with the metadata that botocore's parser would build from the real one."""
    reply = client.describe_compute_environments(computeEnvironments=["nope"])
    metadata = reply["ResponseMetadata"]
    assert list(reply) == ["ResponseMetadata", "computeEnvironments"]
    request_id = metadata["RequestId"]
    assert UUID.fullmatch(request_id)
    assert metadata == {
        "RequestId": request_id,
        "HTTPStatusCode": 200,
        "HTTPHeaders": {
            "date": format_datetime(batch_mock.clock.now, usegmt=True),
            "content-type": "application/json",
            "content-length": str(len('{"computeEnvironments":[]}')),
            "connection": "keep-alive",
            "x-amzn-requestid": request_id,
        },
        "RetryAttempts": 0,
    }


def test_date_is_the_simulated_one(batch_mock: BatchMock, client: Any) -> None:
    """The date of a reply is the simulated time, which aio-aws takes as the submission time."""
    batch_mock.tick(3600)
    headers = client.describe_job_queues()["ResponseMetadata"]["HTTPHeaders"]
    assert parsedate_to_datetime(headers["date"]) == batch_mock.clock.now.replace(microsecond=0)


def test_length_of_a_long_reply(batch_mock: BatchMock, client: Any) -> None:
    """A long reply has a content length too, though not the exact one."""
    batch_mock.provision(job_queue="job-queue", job_definition="job-definition")
    for _ in range(40):
        submit(client)
    reply = client.list_jobs(jobQueue="job-queue", jobStatus="SUBMITTED")
    headers = reply["ResponseMetadata"]["HTTPHeaders"]
    assert int(headers["content-length"]) > 4096


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"jobId": "id"},
        {"jobId": "id", "jobName": "", "jobArn": "arn:aws:batch"},
        {"jobId": 'a "quoted" one'},
        {"jobId": "back\\slash"},
        {"jobId": "two\nlines"},
        {"jobId": "caf\u00e9"},
        {"jobId": "id", "number": 1},
        {"jobs": [{"jobId": "id"}], "nextToken": "token"},
    ],
)
def test_length_of_a_body(members: dict[str, Any]) -> None:
    """The length of a body is that of its JSON text."""
    assert body_length(members) == len(json.dumps(members, separators=(",", ":")))


def test_json_without_a_compiled_encoder() -> None:
    """Interpreters whose `json` has no encoder in C write the same text."""
    members = {"jobs": [{"jobId": "caf\u00e9", "vcpus": 0.25, "tags": {}, "isCancelled": True}]}
    assert json_writer(None)(members) == json.dumps(members, separators=(",", ":"))


def test_each_request_has_an_id_of_its_own(client: Any) -> None:
    """Every request has a unique request id."""
    ids = {client.describe_job_queues()["ResponseMetadata"]["RequestId"] for _ in range(10)}
    assert len(ids) == 10


def test_error_is_the_class_of_the_client(client: Any) -> None:
    """An error is raised as the client's exception class for its code."""
    error = refusal(client.list_jobs, jobQueue="missing")
    assert type(error) is client.exceptions.ClientException
    assert isinstance(error, ClientError)
    assert error.operation_name == "ListJobs"


def test_metadata_of_a_refusal(batch_mock: BatchMock, client: Any) -> None:
    """An error carries its code, status, message, request id and a type header."""
    response: Any = refusal(
        client.submit_job, jobName="-", jobQueue="q", jobDefinition="d"
    ).response
    request_id = response["ResponseMetadata"]["RequestId"]
    text = (
        "Error executing request, Exception : Job name should match valid pattern, "
        f"RequestId: {request_id}"
    )
    assert UUID.fullmatch(request_id)
    assert response == {
        "Error": {"Message": text, "Code": "ClientException"},
        "ResponseMetadata": {
            "RequestId": request_id,
            "HTTPStatusCode": 400,
            "HTTPHeaders": {
                "date": format_datetime(batch_mock.clock.now, usegmt=True),
                "content-type": "application/json",
                "content-length": str(len(text) + len('{"message":""}')),
                "connection": "keep-alive",
                "x-amzn-requestid": request_id,
                "x-amzn-errortype": "ClientException",
            },
            "RetryAttempts": 0,
        },
        "message": text,
    }


def test_text_of_a_raised_refusal(client: Any) -> None:
    """The exception message reads as with the real service."""
    error = refusal(client.terminate_job, jobId="x", reason="")
    assert str(error).startswith(
        "An error occurred (ClientException) when calling the TerminateJob operation: "
    )


def test_text_about_stored_state_is_bare(batch_mock: BatchMock, client: Any) -> None:
    """A message about stored state is not wrapped and contains no request id."""
    error: Any = refusal(client.delete_compute_environment, computeEnvironment="missing")
    message = error.response["Error"]["Message"]
    assert "RequestId" not in message
    assert error.response["message"] == message


def test_server_error() -> None:
    """An error can have any code and status."""
    error = ServiceError("down", code="ServerException", http_status=503)
    http, parsed = failure(error, "id", 0)
    assert http.status_code == 503
    assert http.headers["x-amzn-errortype"] == "ServerException"
    assert parsed["Error"] == {"Message": "down", "Code": "ServerException"}


def test_http_side() -> None:
    """The HTTP response has its own headers and the attributes that botocore and its hooks read."""
    http, parsed = success({}, "id", 0, 2)
    http.headers["x-mine"] = "1"
    assert (http.status_code, http.content, repr(http)) == (200, b"", "<HttpReply 200>")
    assert "x-mine" not in parsed["ResponseMetadata"]["HTTPHeaders"]


def test_client_that_does_not_validate(batch_mock: BatchMock) -> None:
    """When botocore's parameter validation is off, batchmock returns the service's error."""
    client = boto3.client("batch", config=Config(parameter_validation=False))
    for call, params in [
        (client.describe_jobs, {}),
        (client.describe_jobs, {"jobs": [1]}),
        (client.submit_job, {"jobName": "n", "jobQueue": "q"}),
        (client.list_jobs, {"jobQueue": 1}),
    ]:
        error: Any = refusal(call, **params)
        assert error.response["Error"]["Code"] == "ClientException"
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert len(batch_mock.jobs) == 0


def submit(client: Any, **members: Any) -> str:
    """Submit a job and return its id."""
    return str(
        client.submit_job(
            jobName="job", jobQueue="job-queue", jobDefinition="job-definition", **members
        )["jobId"]
    )


@pytest.mark.parametrize("times", [1, 2])
def test_reply_shares_nothing_with_the_state(
    batch_mock: BatchMock, client: Any, times: int
) -> None:
    """Changing a reply changes nothing else."""
    batch_mock.provision()
    jobs = [submit(client, containerOverrides={"command": ["echo"]}, tags={"team": "a"})]
    calls = {
        client.describe_jobs: {"jobs": jobs},
        client.describe_job_queues: {},
        client.describe_job_definitions: {},
        client.describe_compute_environments: {},
        client.list_jobs: {"jobQueue": "job-queue", "jobStatus": "SUBMITTED"},
    }
    for call, params in calls.items():
        before = call(**params)
        expected = without_metadata(before)
        for _ in range(times):
            spoil(call(**params))
        assert without_metadata(call(**params)) == expected


def without_metadata(reply: dict[str, Any]) -> str:
    """Return a reply without the parts that differ between two requests."""
    return repr({name: value for name, value in reply.items() if name != "ResponseMetadata"})


def spoil(value: Any) -> None:
    """Change every list and mapping in a reply."""
    for item in list(value.values()) if isinstance(value, dict) else list(value):
        if isinstance(item, (dict, list)):
            spoil(item)
    value.clear()


def test_reply_shares_nothing_with_the_request(batch_mock: BatchMock, client: Any) -> None:
    """Changing the arguments after a call changes nothing else."""
    batch_mock.provision()
    overrides = {"command": ["echo"], "environment": [{"name": "A", "value": "1"}]}
    job_id = submit(client, containerOverrides=overrides)
    spoil(overrides)
    container = client.describe_jobs(jobs=[job_id])["jobs"][0]["container"]
    assert container["command"] == ["echo"]
    assert container["environment"] == [{"name": "A", "value": "1"}]
    assert batch_mock.job(job_id).command == ["echo"]
