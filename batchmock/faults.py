"""
What can befall a request of a client: throttling, errors of the service, broken connections.

Plain values, and the list of those that a test has injected. `interception` turns a fault into the HTTP
reply, or the exception of botocore, that a client would see.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from batchmock.errors import BatchMockError

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

FaultKind = Literal["error", "no_connection", "connect_timeout", "read_timeout", "lost_reply"]


class Fault(NamedTuple):
    """
    What befalls a request. Made by `throttled`, `server_error` and the rest of the catalogue.

    `kind` says how the client learns of it: `error` is a reply of the service, with `code`, `message` and
    `http_status`; the others are exceptions in place of a reply.
    """

    kind: FaultKind
    description: str
    code: str = ""
    message: str = ""
    http_status: int = 0

    def __repr__(self) -> str:
        return f"<Fault {self.description}>"

    @property
    def is_carried_out(self) -> bool:
        """Whether the service does what the request asks for, though its client is not told."""
        return self.kind == "lost_reply"


def throttled() -> Fault:
    """
    The service refuses the request because there were too many: `TooManyRequestsException`, HTTP 429.

    Every retry mode of botocore tries again.

    Source:
        The error of AWS Batch when its request rate is exceeded (captured).
    """
    return Fault("error", "throttled()", TOO_MANY_REQUESTS, TOO_MANY_REQUESTS_TEXT, 429)


def server_error(
    message: str = SERVER_ERROR_TEXT, *, code: str = "ServerException", http_status: int = 500
) -> Fault:
    """
    The service fails: `ServerException`, HTTP 500. What was asked for is not done.

    Every retry mode of botocore tries again on 500, 502, 503 and 504.

    Args:
        message: the text of the error.
        code: its code.
        http_status: 500 to 599.

    Raises:
        BatchMockError: the code is empty, or the status is none of a server's failure.
    """
    return _error(f"server_error({message!r})", code, message, http_status, 500)


def client_error(code: str, message: str, *, http_status: int | None = None) -> Fault:
    """
    The service refuses the request with an error of your choice.

    botocore tries again if the code is one of throttling, such as `ThrottlingException`.

    Args:
        code: e.g. `ClientException`, `AccessDeniedException`, `ExpiredTokenException`.
        message: the text of the error.
        http_status: 400 to 499; if not given, 403 for a code of authorization, else 400.

    Raises:
        BatchMockError: the code is empty, or the status is none of a refusal.
    """
    if http_status is None:
        http_status = 403 if code in FORBIDDEN_CODES else 400
    return _error(f"client_error({code!r}, {message!r})", code, message, http_status, 400)


def _error(description: str, code: str, message: str, http_status: int, least: int) -> Fault:
    if not isinstance(code, str) or not code:
        raise BatchMockError(
            f"batchmock: {description} has the code {code!r}; give the name of an error, "
            'such as "ClientException".'
        )
    if not isinstance(message, str):
        raise BatchMockError(f"batchmock: {description} has no text; give its message as a string.")
    if not isinstance(http_status, int) or not least <= http_status < least + 100:
        raise BatchMockError(
            f"batchmock: {description} has the HTTP status {http_status!r}; it is one from {least} to "
            f"{least + 99}. A status of 400 and more is for client_error(), 500 and more for "
            "server_error()."
        )
    return Fault("error", description, code, message, http_status)


def connection_error() -> Fault:
    """No connection to the service: the client raises, or retries, `EndpointConnectionError`."""
    return Fault("no_connection", "connection_error()")


def connect_timeout() -> Fault:
    """No connection within the `connect_timeout` of the client: `ConnectTimeoutError`. No time passes."""
    return Fault("connect_timeout", "connect_timeout()")


def read_timeout() -> Fault:
    """No reply within the `read_timeout` of the client: `ReadTimeoutError`. Nothing is done, no time passes."""
    return Fault("read_timeout", "read_timeout()")


def lost_reply() -> Fault:
    """
    The service does what the request asks for, and its reply is lost: `ConnectionClosedError`.

    Every retry mode of botocore tries again, and SubmitJob has no idempotency token: each try is a job.
    """
    return Fault("lost_reply", "lost_reply()")


class PendingFault(NamedTuple):
    """A fault that is still to come: to requests of which operation, and to how many."""

    operation: str
    fault: Fault
    times: int


class Faults:
    """The faults that were injected and have not come yet, oldest first."""

    def __init__(self) -> None:
        #: Empty in nearly every test, which is all that a call looks at then.
        self.pending: list[PendingFault] = []

    def add(self, operation: str, fault: Fault, times: int) -> None:
        """Let a fault befall the next requests of an operation, or of any, behind those that wait already."""
        self.pending.append(PendingFault(operation, fault, times))

    def are_for(self, operation: str) -> bool:
        """Say whether the next request of an operation is to fail."""
        return any(item.operation in (operation, ANY_OPERATION) for item in self.pending)

    def take(self, operation: str) -> Fault | None:
        """Give the fault that befalls a request of an operation now, if one does; it is one less then."""
        for index, item in enumerate(self.pending):
            if item.operation in (operation, ANY_OPERATION):
                left = item._replace(times=item.times - 1)
                self.pending[index : index + 1] = [left] if left.times else []
                return item.fault
        return None


def check_injection(operation: str, fault: Fault, times: int, operations: frozenset[str]) -> None:
    """
    Check what `inject` was given.

    Raises:
        BatchMockError: there is no such operation, no such fault, or nothing to happen.
    """
    if operation not in (ANY_OPERATION, *operations):
        raise BatchMockError(_no_such_operation(operation, operations))
    if not isinstance(fault, Fault):
        raise BatchMockError(
            f"batchmock: inject({operation!r}, ...) was given {fault!r}, which is no fault. "
            "Give throttled(), server_error(), client_error(code, message), connection_error(), "
            "connect_timeout(), read_timeout() or lost_reply()."
        )
    if not isinstance(times, int) or isinstance(times, bool) or times < 1:
        raise BatchMockError(
            f"batchmock: times is {times!r}; give how many requests the fault befalls, 1 or more."
        )


def _no_such_operation(operation: object, operations: frozenset[str]) -> str:
    from difflib import get_close_matches

    spoken = str(operation).replace("_", "").lower()
    by_lower_case = {name.lower(): name for name in sorted(operations)}
    near = [by_lower_case[name] for name in get_close_matches(spoken, by_lower_case, n=3)]
    advice = f"Near are {', '.join(near)}." if near else 'Give one such as "SubmitJob".'
    return (
        f'batchmock: AWS Batch has no operation {operation!r}. {advice} "*" stands for all of them.'
    )
