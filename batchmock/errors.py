"""
The exceptions of batchmock.

`BatchMockError` and its subclasses are for the author of a test: the mock was misused, or does not
support what was asked. `ServiceError` carries an error of AWS Batch; it never leaves batchmock, because
`interception` turns it into botocore's own exception.
"""

from __future__ import annotations


class BatchMockError(Exception):
    """The mock was misused. The message says what happened, what exists, and what to write instead."""


class StuckError(BatchMockError):
    """`run_until`, or the code under test, waits for something that can never happen; the message says why."""


class UnknownJobError(BatchMockError):
    """No job has this id; the message lists the jobs that exist."""


class UnsupportedError(BatchMockError):
    """The request is valid on AWS Batch, but this version of batchmock does not simulate it."""


class BatchMockWarning(UserWarning):
    """A test probably does not do what it should, such as polling while the clock stands still."""


class ProgramKilled(BaseException):
    """
    The program under test was killed during a call, as scripted with `program_killed`.

    A function of `call` that sleeps under `advance="sleep"` is killed when its attempt ends before it returns.

    It is no `Exception`, so that neither botocore's retries nor `except Exception` catch it.
    """


class ServiceError(Exception):
    """
    An error reply of the service.

    Args:
        message: the inner text, as AWS words it.
        code: the error code, e.g. `ClientException` (400) or `ServerException` (500).
        http_status: the HTTP status of the reply.
        wrapped: whether the text is sent as
            `Error executing request, Exception : <text>, RequestId: <id>`, which is how the service
            reports checks on the request body alone; texts about stored state are sent bare.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "ClientException",
        http_status: int = 400,
        wrapped: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.http_status = http_status
        self.wrapped = wrapped
        #: Notes for the author of the test, in addition to AWS's message.
        self.notes: tuple[str, ...] = ()

    def text(self, request_id: str) -> str:
        """Return the message as sent, with `request_id` where the service includes it."""
        if self.wrapped:
            return f"Error executing request, Exception : {self.message}, RequestId: {request_id}"
        return self.message
