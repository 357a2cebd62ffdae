"""
Faults of requests: throttling, errors of the service, broken connections.

Plain values, and the queue of injected faults. `interception` turns a fault into the HTTP reply, or into
the botocore exception, that a client would see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from batchmock.durations import Duration, milliseconds
from batchmock.errors import BatchMockError
from batchmock.nearest import nearest

ANY_OPERATION: Final = "*"

TOO_MANY_REQUESTS: Final = "TooManyRequestsException"
TOO_MANY_REQUESTS_TEXT: Final = "Too Many Requests"
# Assumed for a ServerException; seen with another code of the same HTTP status.
SERVER_ERROR_TEXT: Final = "Internal server error"
# Captured for AccessDeniedException; documented for the others among AWS's "Common errors".
FORBIDDEN_CODES: Final = (
    "AccessDeniedException",
    "ExpiredTokenException",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "UnrecognizedClientException",
)

FaultKind = Literal[
    "error",
    "no_connection",
    "connect_timeout",
    "read_timeout",
    "lost_reply",
    "slow_reply",
    "killed",
]
#: When a program is killed: before or after the service carries out the request.
KillTime = Literal["before", "after"]


class Fault(NamedTuple):
    """
    A failure of one request. Made by `throttled`, `server_error` and the rest of the catalogue.

    `kind` is how the client sees it: `error` is a reply of the service with `code`, `message` and
    `http_status`; `slow_reply` is the usual reply after `delay_ms`; the others are exceptions instead of a
    reply. `is_carried_out` tells whether the service carries out the request.
    """

    kind: FaultKind
    description: str
    code: str = ""
    message: str = ""
    http_status: int = 0
    delay_ms: int = 0
    is_carried_out: bool = False

    def __repr__(self) -> str:
        return f"<Fault {self.description}>"

    @property
    def is_answered(self) -> bool:
        """Whether the client gets the usual reply."""
        return self.kind == "slow_reply"


def throttled() -> Fault:
    """
    The service throttles the request: `TooManyRequestsException`, HTTP 429.

    Every retry mode of botocore tries again.

    Source:
        The error of AWS Batch when its request rate is exceeded (captured).
    """
    return Fault("error", "throttled()", TOO_MANY_REQUESTS, TOO_MANY_REQUESTS_TEXT, 429)


def server_error(
    message: str = SERVER_ERROR_TEXT, *, code: str = "ServerException", http_status: int = 500
) -> Fault:
    """
    The service fails: `ServerException`, HTTP 500. The request is not carried out.

    Every retry mode of botocore tries again on 500, 502, 503 and 504.

    Args:
        message: the text of the error.
        code: its code.
        http_status: 500 to 599.

    Raises:
        BatchMockError: the code is no name, or the status is not from 500 to 599.
    """
    return _error(f"server_error({message!r})", code, message, http_status, 500)


def client_error(code: str, message: str, *, http_status: int | None = None) -> Fault:
    """
    The service refuses the request with an error of your choice.

    botocore tries again if the code means throttling, such as `ThrottlingException`.

    Args:
        code: e.g. `ClientException`, `AccessDeniedException`, `ExpiredTokenException`.
        message: the text of the error.
        http_status: 400 to 499; if not given, 403 for an authorization error, else 400.

    Raises:
        BatchMockError: the code is no name, or the status is not from 400 to 499.
    """
    if http_status is None:
        http_status = 403 if code in FORBIDDEN_CODES else 400
    return _error(f"client_error({code!r}, {message!r})", code, message, http_status, 400)


def _error(description: str, code: str, message: str, http_status: int, least: int) -> Fault:
    if not isinstance(code, str) or not code or not (code.isascii() and code.isprintable()):
        raise BatchMockError(
            f"batchmock: {description} has the code {code!r}; pass the name of an error, "
            'such as "ClientException".'
        )
    if not isinstance(message, str):
        raise BatchMockError(f"batchmock: {description} has no text; pass the message as a string.")
    if not isinstance(http_status, int) or not least <= http_status < least + 100:
        raise BatchMockError(
            f"batchmock: {description} has the HTTP status {http_status!r}, and needs one from {least} "
            f"to {least + 99}. Use client_error() for 400 to 499 and server_error() for 500 to 599."
        )
    return Fault("error", description, code, message, http_status)


def connection_error() -> Fault:
    """No connection to the service: the client raises, or retries, `EndpointConnectionError`."""
    return Fault("no_connection", "connection_error()")


def connect_timeout() -> Fault:
    """No connection within the `connect_timeout` of the client: `ConnectTimeoutError`. No time passes."""
    return Fault("connect_timeout", "connect_timeout()")


def read_timeout() -> Fault:
    """No reply within the client's `read_timeout`: `ReadTimeoutError`. Not carried out; no time passes."""
    return Fault("read_timeout", "read_timeout()")


def lost_reply() -> Fault:
    """
    The service carries out the request, and its reply is lost: `ConnectionClosedError`.

    Every retry mode of botocore tries again, and SubmitJob has no idempotency token: each try is a job.
    """
    return Fault("lost_reply", "lost_reply()", is_carried_out=True)


def slow_reply(seconds: Duration) -> Fault:
    """
    The service carries out the request when it arrives, and its reply takes a simulated time.

    Other things happen meanwhile: jobs move, and under `advance="sleep"` other threads and tasks run. No real
    time passes. The client's `read_timeout` does not apply; use `lost_reply` for a reply that comes too late.

    Args:
        seconds: the time that the reply takes, in seconds or as a `timedelta`.

    Raises:
        BatchMockError: the time is negative, or is not a length of time.
    """
    delay_ms = milliseconds(seconds, "slow_reply(seconds)")
    description = f"slow_reply({seconds!r})"
    return Fault("slow_reply", description, delay_ms=delay_ms, is_carried_out=True)


def program_killed(when: KillTime = "after") -> Fault:
    """
    The program under test is killed in the middle of the call: `ProgramKilled`, a `BaseException`.

    It passes botocore's retries and `except Exception`. Catch it in the test, and start the program again on
    the same mock, to test that it submits no job twice and abandons none.

    Args:
        when: `"before"` or `"after"` the service carries out the request.

    Raises:
        BatchMockError: `when` is neither.
    """
    if when not in ("before", "after"):
        raise BatchMockError(
            f"batchmock: program_killed() got when={when!r}. A program is killed before or after the service "
            'carries out its request: pass "before" or "after".'
        )
    return Fault("killed", f"program_killed({when!r})", is_carried_out=when == "after")


class PendingFault(NamedTuple):
    """An injected fault that is still pending, with its operation and the number of requests left."""

    operation: str
    fault: Fault
    times: int


@dataclass(slots=True, eq=False)
class Injected:
    """
    A fault in the queue, with the number of requests that pass first and the number that then fail.

    `is_met` is set once a request has failed with it.
    """

    operation: str
    fault: Fault
    times: int
    skip: int
    is_met: bool = False

    def __repr__(self) -> str:
        times = f", times={self.times}" if self.times != 1 else ""
        skip = f", skip={self.skip}" if self.skip else ""
        return f"inject({self.operation!r}, {self.fault.description}{times}{skip})"


class Faults:
    """The queue of injected faults, oldest first."""

    def __init__(self) -> None:
        #: Empty in nearly every test, so that a call only checks this.
        self.pending: list[Injected] = []

    def add(self, operation: str, fault: Fault, times: int, skip: int = 0) -> None:
        """Queue a fault for the next requests of an operation, after the pending faults."""
        self.pending.append(Injected(operation, fault, times, skip))

    def are_for(self, operation: str) -> bool:
        """Return whether a fault is pending for an operation, even if more requests pass before it."""
        return any(item.operation in (operation, ANY_OPERATION) for item in self.pending)

    def pass_on(self, operation: str) -> bool:
        """Count a request that all pending faults for its operation let pass; return whether they do."""
        items = [item for item in self.pending if item.operation in (operation, ANY_OPERATION)]
        if not all(item.skip for item in items):
            return False
        for item in items:
            item.skip -= 1
        return True

    def take(self, operation: str) -> Fault | None:
        """Pop the next fault for a request of an operation off the queue, or return None."""
        for index, item in enumerate(self.pending):
            if item.operation not in (operation, ANY_OPERATION):
                continue
            if item.skip:
                item.skip -= 1
                continue
            item.is_met = True
            item.times -= 1
            if not item.times:
                del self.pending[index]
            return item.fault
        return None


def check_injection(
    operation: str, fault: Fault, times: int, skip: int, operations: frozenset[str]
) -> None:
    """
    Check the arguments of `inject`.

    Raises:
        BatchMockError: the operation or the fault does not exist, or a number is out of range.
    """
    if operation not in (ANY_OPERATION, *operations):
        raise BatchMockError(_no_such_operation(operation, operations))
    if not isinstance(fault, Fault):
        raise BatchMockError(
            f"batchmock: inject({operation!r}, ...) got {fault!r}, which is not a fault. "
            "Pass throttled(), server_error(), client_error(code, message), connection_error(), "
            "connect_timeout(), read_timeout(), lost_reply(), slow_reply(seconds) or program_killed()."
        )
    if not isinstance(times, int) or isinstance(times, bool) or times < 1:
        raise BatchMockError(
            f"batchmock: times is {times!r}; pass the number of requests that fail, 1 or more."
        )
    if not isinstance(skip, int) or isinstance(skip, bool) or skip < 0:
        raise BatchMockError(
            f"batchmock: skip is {skip!r}; pass the number of requests that pass first, 0 or more."
        )


def _no_such_operation(operation: object, operations: frozenset[str]) -> str:
    near = nearest(operation, operations)
    advice = (
        f"Did you mean {' or '.join(map(repr, near))}?" if near else 'Pass one such as "SubmitJob".'
    )
    return f'batchmock: AWS Batch has no operation {operation!r}. {advice} "*" stands for all operations.'
