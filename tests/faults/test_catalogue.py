from __future__ import annotations

from email.utils import format_datetime
from json import dumps
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from batchmock import (
    BatchMock,
    BatchMockError,
    Fault,
    client_error,
    connect_timeout,
    connection_error,
    lost_reply,
    read_timeout,
    server_error,
    throttled,
)

from ..builders import submit
from .conftest import MakeClient

URL = "https://batch.us-east-1.amazonaws.com/v1/submitjob"


def error_of(client: Any) -> Any:
    """Return the error that a client gets from a refused SubmitJob."""
    with pytest.raises(ClientError) as caught:
        submit(client)
    return caught.value


@pytest.mark.parametrize(
    ("fault", "code", "message", "status"),
    [
        (throttled(), "TooManyRequestsException", "Too Many Requests", 429),
        (server_error(), "ServerException", "Internal server error", 500),
        (
            server_error("busy", code="ServiceUnavailable", http_status=503),
            "ServiceUnavailable",
            "busy",
            503,
        ),
        (client_error("ClientException", "no"), "ClientException", "no", 400),
        (client_error("AccessDeniedException", "not you"), "AccessDeniedException", "not you", 403),
        (client_error("Gone", "away", http_status=410), "Gone", "away", 410),
        (client_error("ClientException", 'ü "quoted"'), "ClientException", 'ü "quoted"', 400),
    ],
    ids=repr,
)
def test_error_of_the_service(
    batch_mock: BatchMock,
    make_client: MakeClient,
    fault: Fault,
    code: str,
    message: str,
    status: int,
) -> None:
    """The client raises the error that the fault describes, and no job is submitted."""
    client = make_client(tries=1)
    batch_mock.inject("SubmitJob", fault)
    error = error_of(client)
    metadata = error.response["ResponseMetadata"]
    assert error.response["Error"] == {"Code": code, "Message": message}
    assert metadata["HTTPStatusCode"] == status
    assert metadata["HTTPHeaders"] == {
        "date": format_datetime(batch_mock.clock.now, usegmt=True),
        "content-type": "application/json",
        "content-length": str(len(dumps({"message": message}, separators=(",", ":")))),
        "connection": "keep-alive",
        "x-amzn-requestid": metadata["RequestId"],
        "x-amzn-errortype": code,
    }
    assert len(batch_mock.jobs) == 0


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        (client_error("ClientException", "no"), "ClientException"),
        (server_error(), "ServerException"),
    ],
)
def test_modelled_error(
    batch_mock: BatchMock, make_client: MakeClient, fault: Fault, name: str
) -> None:
    """A modeled error is raised as the client's exception class, with its members."""
    client = make_client(tries=1)
    batch_mock.inject("SubmitJob", fault)
    error = error_of(client)
    assert type(error) is getattr(client.exceptions, name)
    assert error.response["message"] == error.response["Error"]["Message"]


def test_throttling_has_no_class(batch_mock: BatchMock, make_client: MakeClient) -> None:
    """Throttling is not in the service model: it is a plain ClientError whose message counts the retries."""
    batch_mock.inject("SubmitJob", throttled(), times=5)
    error = error_of(make_client("legacy", tries=5))
    assert type(error) is ClientError
    assert str(error) == (
        "An error occurred (TooManyRequestsException) when calling the SubmitJob operation "
        "(reached max retries: 4): Too Many Requests"
    )


@pytest.mark.parametrize(
    ("fault", "kind", "text", "jobs"),
    [
        (
            connection_error(),
            EndpointConnectionError,
            f'Could not connect to the endpoint URL: "{URL}"',
            0,
        ),
        (
            connect_timeout(),
            ConnectTimeoutError,
            f'Connect timeout on endpoint URL: "{URL}"',
            0,
        ),
        (read_timeout(), ReadTimeoutError, f'Read timeout on endpoint URL: "{URL}"', 0),
        (
            lost_reply(),
            ConnectionClosedError,
            "Connection was closed before we received a valid response from endpoint URL: "
            f'"{URL}".',
            1,
        ),
    ],
    ids=repr,
)
def test_broken_connection(
    batch_mock: BatchMock,
    make_client: MakeClient,
    fault: Fault,
    kind: type[Exception],
    text: str,
    jobs: int,
) -> None:
    """The client raises botocore's exception with the URL, and only a lost reply leaves a job."""
    client = make_client(tries=1)
    batch_mock.inject("SubmitJob", fault)
    with pytest.raises(kind) as caught:
        submit(client)
    assert (type(caught.value), str(caught.value)) == (kind, text)
    assert len(batch_mock.jobs) == jobs


def test_lost_refusal(batch_mock: BatchMock, make_client: MakeClient) -> None:
    """A refusal can be lost too, and the recorded call has the service's error."""
    client = make_client(tries=1)
    batch_mock.inject("SubmitJob", lost_reply())
    with pytest.raises(ConnectionClosedError):
        submit(client, jobQueue="missing")
    (call,) = batch_mock.calls
    assert call.error is not None
    assert (call.error.code, call.fault) == ("ClientException", lost_reply())


@pytest.mark.parametrize(
    "code", ["ExpiredTokenException", "UnrecognizedClientException", "InvalidSignatureException"]
)
def test_status_of_authorization(code: str) -> None:
    """Authorization error codes have status 403 unless another is given."""
    assert client_error(code, "x").http_status == 403
    assert client_error(code, "x", http_status=400).http_status == 400


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: client_error("", "x"),
            "client_error('', 'x') has the code ''; pass the name of an error, such as "
            '"ClientException".',
        ),
        (
            lambda: client_error("A", None),  # type: ignore[arg-type]
            "client_error('A', None) has no text; pass the message as a string.",
        ),
        (
            lambda: client_error("A", "x", http_status=500),
            "client_error('A', 'x') has the HTTP status 500, and needs one from 400 to 499. Use "
            "client_error() for 400 to 499 and server_error() for 500 to 599.",
        ),
        (
            lambda: server_error(http_status=429),
            "server_error('Internal server error') has the HTTP status 429, and needs one from 500 to "
            "599. Use client_error() for 400 to 499 and server_error() for 500 to 599.",
        ),
    ],
)
def test_fault_that_cannot_be(make: Any, text: str) -> None:
    """A fault that no service could produce is refused on creation."""
    with pytest.raises(BatchMockError) as caught:
        make()
    assert str(caught.value) == f"batchmock: {text}"
