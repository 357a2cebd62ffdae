"""
Replies as botocore's parser would return them, and as they come over the wire.

Source: rest-json errors of AWS Batch as captured: code, HTTP status, `message` in lower case at the
top, `x-amzn-requestid` and `x-amzn-errortype` among the headers. `date`, `content-length` and
`connection` are in each recorded reply; aio-aws reads the time of submission from `date`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from email.utils import formatdate
from functools import lru_cache
from json import JSONEncoder, encoder
from typing import Any, Final

from botocore.awsrequest import AWSResponse
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)

from batchmock.errors import ProgramKilled, ServiceError
from batchmock.faults import Fault, FaultKind
from batchmock.interception.error_notes import keep


class HttpReply:
    """The HTTP part of a reply, as far as botocore and its hooks use it."""

    __slots__ = ("content", "headers", "status_code")

    def __init__(self, status_code: int, headers: dict[str, str]) -> None:
        self.status_code = status_code
        self.headers = headers
        self.content = b""

    def __repr__(self) -> str:
        return f"<HttpReply {self.status_code}>"


Reply = tuple[HttpReply, dict[str, Any]]


def json_writer(compiled: Any) -> Callable[[dict[str, Any]], str]:
    """
    Return a function that writes JSON without spaces.

    Replies contain no cycles, and looking for them would take a seventh of the time.

    Args:
        compiled: the encoder of `json` in C, which `JSONEncoder` sets up again for each text. It is not
            documented: if it is None, or has other parameters, `JSONEncoder` is used.
    """
    slower = JSONEncoder(separators=(",", ":"), check_circular=False)
    ascii_only = encoder.encode_basestring_ascii
    try:
        chunks = compiled(None, slower.default, ascii_only, None, ":", ",", False, False, True)
    except TypeError:
        return slower.encode
    return lambda members: "".join(chunks(members, 0))


_encoded: Final = json_writer(getattr(encoder, "c_make_encoder", None))
#: In packed bytes. Serializing a longer reply as JSON would take as long as building it.
_EXACT: Final = 4096


def success(parsed: dict[str, Any], request_id: str, now_ms: int, length: int) -> Reply:
    """
    Return the reply of an operation that was carried out.

    Args:
        parsed: the members of the reply.
        request_id: the id of the request.
        now_ms: the simulated time.
        length: the length of the body in bytes.
    """
    http, metadata = _beginning(200, request_id, now_ms, length)
    return http, {"ResponseMetadata": metadata, **parsed}


def failure(error: ServiceError, request_id: str, now_ms: int) -> Reply:
    """Return the reply of an operation that was refused; botocore raises the exception for its code."""
    text = error.text(request_id)
    keep(request_id, error.notes)
    length = body_length({"message": text})
    http, metadata = _beginning(error.http_status, request_id, now_ms, length)
    for headers in (http.headers, metadata["HTTPHeaders"]):
        headers["x-amzn-errortype"] = error.code
    parsed = {
        "Error": {"Message": text, "Code": error.code},
        "ResponseMetadata": metadata,
        "message": text,
    }
    return http, parsed


def body_length(members: dict[str, Any]) -> int:
    """Return the length of a body as JSON text, in bytes."""
    return len(_encoded(members))


class Lengths:
    """
    The lengths of bodies: exact for short replies, the packed length for long ones.

    Code that polls gets the same reply again and again, so the last length is kept.
    """

    __slots__ = ("_last", "_packed")

    def __init__(self) -> None:
        self._packed: bytes | None = None
        self._last = 0

    def of(self, reply: dict[str, Any], packed: bytes | None) -> int:
        """
        Return the length of the body of a reply in bytes.

        Args:
            reply: its members.
            packed: the members packed by `marshal`; the same object for an unchanged reply.
        """
        if packed is not None and len(packed) > _EXACT:
            return len(packed)
        if packed is None or packed is not self._packed:
            self._packed, self._last = packed, body_length(reply)
        return self._last


def _beginning(
    status: int, request_id: str, now_ms: int, length: int
) -> tuple[HttpReply, dict[str, Any]]:
    """Return the HTTP part of a reply, and its metadata."""
    headers = {
        "date": _date(now_ms // 1000),
        "content-type": "application/json",
        "content-length": str(length),
        "connection": "keep-alive",
        "x-amzn-requestid": request_id,
    }
    return HttpReply(status, headers), {
        "RequestId": request_id,
        "HTTPStatusCode": status,
        "HTTPHeaders": headers.copy(),
        "RetryAttempts": 0,
    }


@lru_cache(maxsize=64)
def _date(epoch_seconds: int) -> str:
    """Return an instant as HTTP writes it, e.g. `Tue, 15 Nov 1994 08:12:31 GMT`."""
    return formatdate(epoch_seconds, usegmt=True)


class Content(bytes):
    """The body of a reply: bytes for botocore, awaitable for aiobotocore."""

    #: What to await first: a reply that takes time. None for most replies.
    pause: Callable[[], Awaitable[None]] | None = None

    def __await__(self) -> Generator[Any, None, bytes]:
        """Return the bytes, without suspending unless the reply takes time."""
        pause, self.pause = self.pause, None
        if pause is not None:
            yield from pause().__await__()
        return self


class RawHeaders:
    """The headers of a reply in the form that older versions of aiobotocore read."""

    def __init__(self, headers: dict[str, str]) -> None:
        self.raw_headers = [(name.encode(), value.encode()) for name, value in headers.items()]


# botocore has no types, so mypy rejects a subclass of its classes.
class HttpResponse(AWSResponse):  # type: ignore[misc]
    """
    A raw HTTP reply for botocore's parser.

    `delay_ms` is the simulated time that it takes to arrive.
    """

    def __init__(
        self,
        url: str,
        status_code: int,
        headers: dict[str, str],
        body: bytes,
        delay_ms: int = 0,
    ) -> None:
        super().__init__(url, status_code, headers, raw=RawHeaders(headers))
        self._content = Content(body)
        self.delay_ms = delay_ms

    def arrive_after(self, pause: Callable[[], Awaitable[None]]) -> None:
        """Make an asynchronous client await a pause before it gets the body."""
        self._content.pause = pause


def on_the_wire(reply: Reply, url: str, delay_ms: int = 0) -> HttpResponse:
    """Return the raw HTTP reply to a request sent to a URL, which takes a simulated time to arrive."""
    http, parsed = reply
    body = {
        name: value for name, value in parsed.items() if name not in ("Error", "ResponseMetadata")
    }
    content = _encoded(body).encode()
    headers = {**http.headers, "content-length": str(len(content))}
    return HttpResponse(url, http.status_code, headers, content, delay_ms)


_EXCEPTIONS: Final[dict[FaultKind, type[HTTPClientError]]] = {
    "no_connection": EndpointConnectionError,
    "connect_timeout": ConnectTimeoutError,
    "read_timeout": ReadTimeoutError,
    "lost_reply": ConnectionClosedError,
}


def broken(fault: Fault, operation: str, url: str) -> BaseException:
    """Return the exception that a client's HTTP session raises instead of returning a reply."""
    if fault.kind == "killed":
        when = "after" if fault.is_carried_out else "before"
        return ProgramKilled(
            f"batchmock: the program was killed {when} {operation} was carried out, because the test injected "
            f"{fault.description}. Catch it with pytest.raises(ProgramKilled)."
        )
    error: BaseException = _EXCEPTIONS[fault.kind](endpoint_url=url)
    return error
