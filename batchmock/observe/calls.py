"""Records of requests to a mock, and their form in messages and reports."""

from __future__ import annotations

import marshal
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from json import dumps, loads
from typing import Any, Final, NamedTuple, overload

from batchmock.arguments import no_index
from batchmock.errors import BatchMockError, ServiceError
from batchmock.faults import Fault
from batchmock.names import OPERATIONS, Operation
from batchmock.nearest import did_you_mean
from batchmock.observe.printable import printable
from batchmock.observe.records import Records
from batchmock.observe.times import elapsed
from batchmock.simulation.time.clock import to_datetime

#: The token of a request that botocore makes when the program does not: a UUID of version 4.
_RANDOM_TOKEN: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE
)

#: The result of a call that ended with an exception inside batchmock.
BROKE: Final = "an exception inside batchmock"

LINE_WIDTH: Final = 100
_LONGEST_VALUE: Final = 40
_INDENT: Final = f"{'':>11}-> "


class CallError(NamedTuple):
    """The error with which the service answered a call."""

    code: str
    message: str
    http_status: int


class Call:
    """
    One request to the service: an API call, or one try of a call that its client has retried.

    `fault` is the fault that the test injected into this request, if any. `try_number` is 1 for the first
    try and 2 for the client's first retry. Request and response are kept as bytes and decoded on access:
    this is cheap and keeps them immutable.
    """

    __slots__ = (
        "_body",
        "_response",
        "at_ms",
        "error",
        "fault",
        "notes",
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
        #: The notes of the exception: which resources exist, and how to create the missing one.
        self.notes = error.notes if error is not None else ()
        self._body = body
        self._response = response

    @property
    def has_failed(self) -> bool:
        """Whether the client got an error, or no reply at all."""
        return self._response is None or (self.fault is not None and not self.fault.is_answered)

    @property
    def has_broken(self) -> bool:
        """Whether an exception inside batchmock ended the call before it was answered."""
        return self._response is None and self.error is None and self.fault is None

    @property
    def at(self) -> datetime:
        """The simulated time of the call, as an aware UTC `datetime`."""
        return to_datetime(self.at_ms)

    @property
    def params(self) -> dict[str, Any]:
        """The request's parameters, as the service received them."""
        params: dict[str, Any] = loads(self._body)
        return params

    @property
    def body(self) -> str:
        """The request's parameters as JSON."""
        return self._body.decode()

    @property
    def response(self) -> dict[str, Any] | None:
        """
        The service's reply without its ResponseMetadata; None for a call that was not carried out.

        Includes a reply that the client did not get, because of `lost_reply()` or `program_killed()`.
        """
        if self._response is None:
            return None
        response: dict[str, Any] = marshal.loads(self._response)
        return response

    @property
    def shown_params(self) -> dict[str, Any]:
        """The request's parameters, without a random token, which differs in each run."""
        return {
            name: value
            for name, value in self.params.items()
            if name != "clientToken" or not _RANDOM_TOKEN.fullmatch(str(value))
        }

    @property
    def shown_body(self) -> str:
        """The request's parameters as JSON, without a random token."""
        return dumps(self.shown_params) if '"clientToken"' in self.body else self.body

    def __repr__(self) -> str:
        at = self.at.isoformat(timespec="milliseconds")
        sent = f"{at} {self.operation} {self.shown_body}"
        again = f" (try {self.try_number})" if self.try_number > 1 else ""
        refused = f" -> {failure_of(self)}" if self.error else ""
        lost = f" -> {self.fault.description}" if self.fault and self.fault.kind != "error" else ""
        broke = f" -> {BROKE}" if self.has_broken else ""
        return f"<Call {sent}{again}{refused}{lost}{broke}>"


def format_call(call: Call, start_ms: int) -> str:
    """
    Format a call for a message: time, operation, parameters; a second line has the error, if any.

    Args:
        call: the call.
        start_ms: the mock's first instant, the origin of the printed time.
    """
    line = _cut(f"{elapsed(call.at_ms - start_ms):>9}  {request_of(call)}")
    failure = failure_of(call)
    notes = [f"{_INDENT}{note.removeprefix('batchmock: ')}" for note in call.notes]
    return "\n".join([line, *([_cut(_INDENT + failure)] if failure else []), *notes])


def request_of(call: Call) -> str:
    """Format the request of a call: `DescribeJobs(jobs=['...'])`."""
    return format_request(call.operation, call.shown_params)


def format_request(operation: str, params: Mapping[str, Any]) -> str:
    """Format an operation with its parameters; long values are shortened."""
    values = ", ".join(f"{name}={_shortened(value)}" for name, value in params.items())
    return f"{operation}({values})"


def failure_of(call: Call) -> str:
    """Describe why a call failed, or that its reply was slow; empty otherwise."""
    if call.error is not None:
        return printable(f"{call.error.code}: {call.error.message}")
    if call.fault is not None:
        return call.fault.description
    return BROKE if call.has_broken else ""


def _cut(line: str) -> str:
    return line if len(line) <= LINE_WIDTH else f"{line[: LINE_WIDTH - 3]}..."


def _shortened(value: Any) -> str:
    if isinstance(value, list) and len(value) > 2:
        return f"[{value[0]!r}, ... {len(value):,} in all]"
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."


class Calls(Records[Call]):
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
        try:
            return self._calls[index]
        except TypeError as error:
            advice = 'Select calls by their operation: calls.of("SubmitJob").'
            raise no_index(index, "calls", advice) from error

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
        """Record a call: the request's body, and the reply packed by `marshal`."""
        self._calls.append(
            Call(operation, body, response, error, request_id, at_ms, fault, try_number)
        )

    def of(self, operation: Operation) -> Calls:
        """
        Return the calls of one operation, e.g. `SubmitJob`.

        Raises:
            BatchMockError: AWS Batch has no such operation.
        """
        found = [call for call in self._calls if call.operation == operation]
        if not found:
            check_operation(operation, 'calls.count("SubmitJob")')
        return Calls(found)

    def count(self, operation: Operation) -> int:
        """
        Return how often an operation was called, including refused calls.

        Raises:
            BatchMockError: AWS Batch has no such operation.
        """
        found = sum(call.operation == operation for call in self._calls)
        if not found:
            check_operation(operation, 'calls.count("SubmitJob")')
        return found


def check_operation(operation: object, example: str) -> None:
    """
    Check the name of an operation, so that a misspelt one does not stand for one without calls.

    Args:
        operation: the name.
        example: what to write, for the message.

    Raises:
        BatchMockError: AWS Batch has no such operation.
    """
    if isinstance(operation, str) and operation in OPERATIONS:
        return
    from batchmock.interception.service import operation_names

    names = operation_names() | set(OPERATIONS)
    if not isinstance(operation, str) or operation not in names:
        raise BatchMockError(
            f"batchmock: AWS Batch has no operation {operation!r}.{did_you_mean(operation, names)} "
            f"Use the name of the operation, such as {example}."
        )
