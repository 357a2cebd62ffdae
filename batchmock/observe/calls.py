"""Every request that a mock has answered, or let fail."""

from __future__ import annotations

import marshal
from collections.abc import Sequence
from datetime import datetime
from json import loads
from typing import Any, Final, NamedTuple, overload

from batchmock.errors import ServiceError
from batchmock.faults import Fault
from batchmock.simulation.time.clock import to_datetime

#: What became of a call that an exception ended inside batchmock.
BROKE: Final = "an exception inside batchmock"


class CallError(NamedTuple):
    """The error that a call was answered with."""

    code: str
    message: str
    http_status: int


class Call:
    """
    One request to the service: an API call, or one try of a call that its client has retried.

    `fault` is what befell it, if the test has injected it. `try_number` is 1 when a call is sent for the
    first time, 2 for the client's first retry. What was sent and answered is kept as bytes and decoded
    when looked at, so that keeping it costs little and nobody can change it.
    """

    __slots__ = (
        "_body",
        "_response",
        "at_ms",
        "error",
        "fault",
        "operation",
        "request_id",
        "try_number",
    )

    def __init__(
        self,
        operation: str,
        body: bytes,
        response: bytes | None,
        error: ServiceError | None,
        request_id: str | None,
        at_ms: int,
        fault: Fault | None,
        try_number: int,
    ) -> None:
        self.operation = operation
        self.request_id = request_id
        self.fault = fault
        self.try_number = try_number
        self.at_ms = at_ms
        self.error: CallError | None = None
        if error is not None:
            self.error = CallError(error.code, error.text(request_id or ""), error.http_status)
        self._body = body
        self._response = response

    @property
    def has_failed(self) -> bool:
        """Whether the client was told of an error, or of nothing at all."""
        return self._response is None or self.fault is not None

    @property
    def has_broken(self) -> bool:
        """Whether an exception that is no answer came out of batchmock: then nothing was answered."""
        return self._response is None and self.error is None and self.fault is None

    @property
    def at(self) -> datetime:
        """The simulated instant of the call, as an aware UTC `datetime`."""
        return to_datetime(self.at_ms)

    @property
    def params(self) -> dict[str, Any]:
        """What was asked, as the service received it."""
        params: dict[str, Any] = loads(self._body)
        return params

    @property
    def response(self) -> dict[str, Any] | None:
        """
        What was answered, less the ResponseMetadata; None when the call was refused, did not arrive, or broke.

        It is what the service said, also when a `lost_reply()` kept it from the client.
        """
        if self._response is None:
            return None
        response: dict[str, Any] = marshal.loads(self._response)
        return response

    def __repr__(self) -> str:
        at = self.at.isoformat(timespec="milliseconds")
        sent = f"{at} {self.operation} {self._body.decode()}"
        again = f" (try {self.try_number})" if self.try_number > 1 else ""
        refused = f" -> {self.error.code}: {self.error.message}" if self.error else ""
        lost = f" -> {self.fault.description}" if self.fault and self.fault.kind != "error" else ""
        broke = f" -> {BROKE}" if self.has_broken else ""
        return f"<Call {sent}{again}{refused}{lost}{broke}>"


class Calls(Sequence[Call]):
    """The calls of one mock, oldest first."""

    def __init__(self, calls: Sequence[Call] = ()) -> None:
        self._calls = list(calls)

    @overload
    def __getitem__(self, index: int) -> Call: ...

    @overload
    def __getitem__(self, index: slice) -> Calls: ...

    def __getitem__(self, index: int | slice) -> Call | Calls:
        if isinstance(index, slice):
            return Calls(self._calls[index])
        return self._calls[index]

    def __len__(self) -> int:
        return len(self._calls)

    def __repr__(self) -> str:
        return f"<Calls {self._calls!r}>"

    def note(
        self,
        operation: str,
        body: bytes,
        response: bytes | None,
        error: ServiceError | None,
        request_id: str | None,
        at_ms: int,
        fault: Fault | None,
        try_number: int,
    ) -> None:
        """Note a call: what was sent, and what it was answered with, packed by `marshal`."""
        self._calls.append(
            Call(operation, body, response, error, request_id, at_ms, fault, try_number)
        )

    def of(self, operation: str) -> Calls:
        """Give the calls of one operation, e.g. `SubmitJob`."""
        return Calls([call for call in self._calls if call.operation == operation])

    def count(self, operation: object) -> int:
        """Give how often an operation was called, refused calls included."""
        return sum(call.operation == operation for call in self._calls)
