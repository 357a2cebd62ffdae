"""
Replies, in the form in which botocore's parser would hand them on, and as they come over the wire.

Source: rest-json errors of AWS Batch as captured: code, HTTP status, `message` in lower case at the
top, `x-amzn-requestid` and `x-amzn-errortype` among the headers.
"""

from __future__ import annotations

from collections.abc import Generator
from json import dumps
from typing import Any, Final

from botocore.awsrequest import AWSResponse
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)

from batchmock.errors import ServiceError
from batchmock.faults import Fault, FaultKind
from batchmock.interception.error_notes import keep


class HttpReply:
    """The HTTP side of a reply, as far as botocore and its hooks look at it."""

    __slots__ = ("content", "headers", "status_code")

    def __init__(self, status_code: int, headers: dict[str, str]) -> None:
        self.status_code = status_code
        self.headers = headers
        self.content = b""

    def __repr__(self) -> str:
        return f"<HttpReply {self.status_code}>"


Reply = tuple[HttpReply, dict[str, Any]]


def success(parsed: dict[str, Any], request_id: str) -> Reply:
    """Give the reply of an operation that was carried out; `parsed` is completed in place."""
    headers = {"content-type": "application/json", "x-amzn-requestid": request_id}
    parsed["ResponseMetadata"] = _metadata(200, headers, request_id)
    return HttpReply(200, headers), parsed


def failure(error: ServiceError, request_id: str) -> Reply:
    """Give the reply of an operation that was refused; botocore raises the exception for its code."""
    text = error.text(request_id)
    keep(request_id, error.notes)
    headers = {
        "content-type": "application/json",
        "x-amzn-requestid": request_id,
        "x-amzn-errortype": error.code,
    }
    parsed = {
        "Error": {"Message": text, "Code": error.code},
        "ResponseMetadata": _metadata(error.http_status, headers, request_id),
        "message": text,
    }
    return HttpReply(error.http_status, headers), parsed


def _metadata(status: int, headers: dict[str, str], request_id: str) -> dict[str, Any]:
    return {
        "RequestId": request_id,
        "HTTPStatusCode": status,
        "HTTPHeaders": dict(headers),
        "RetryAttempts": 0,
    }


class Content(bytes):
    """The body of a reply: bytes to a client of botocore, to be awaited by one of aiobotocore."""

    def __await__(self) -> Generator[None, None, bytes]:
        """Give the bytes, without waiting."""
        yield from ()
        return self


class RawHeaders:
    """The headers of a reply where older versions of aiobotocore read them."""

    def __init__(self, headers: dict[str, str]) -> None:
        self.raw_headers = [(name.encode(), value.encode()) for name, value in headers.items()]


# botocore has no types, and mypy would have its classes be of some.
class HttpResponse(AWSResponse):  # type: ignore[misc]
    """A reply as it comes over the wire, for botocore's parser to read."""

    def __init__(self, url: str, status_code: int, headers: dict[str, str], body: bytes) -> None:
        super().__init__(url, status_code, headers, raw=RawHeaders(headers))
        self._content = Content(body)


def on_the_wire(reply: Reply, url: str) -> HttpResponse:
    """Give a reply as it comes over the wire, in answer to a request that went to a URL."""
    http, parsed = reply
    body = {
        name: value for name, value in parsed.items() if name not in ("Error", "ResponseMetadata")
    }
    return HttpResponse(url, http.status_code, http.headers, dumps(body).encode())


_EXCEPTIONS: Final[dict[FaultKind, type[HTTPClientError]]] = {
    "no_connection": EndpointConnectionError,
    "connect_timeout": ConnectTimeoutError,
    "read_timeout": ReadTimeoutError,
    "lost_reply": ConnectionClosedError,
}


def broken(fault: Fault, url: str) -> HTTPClientError:
    """Give the exception that a client's HTTP session raises when a connection breaks in this way."""
    return _EXCEPTIONS[fault.kind](endpoint_url=url)
