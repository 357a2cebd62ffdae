"""
The two voices in which something can go wrong.

`BatchMockError` and its kin speak to the author of a test: the mock was misused, or cannot do what
was asked. `ServiceError` carries what AWS Batch would say to its caller; it never leaves batchmock,
`interception` turns it into botocore's own exception.
"""

from __future__ import annotations


class BatchMockError(Exception):
    """The mock was misused. The message says what happened, what exists, and what to write instead."""


class StuckError(BatchMockError):
    """What is waited for, by `run_until` or by the code under test, will never come; the message says why."""


class UnknownJobError(BatchMockError):
    """No job has the id that was asked for; the message lists those that exist."""


class UnsupportedError(BatchMockError):
    """The request is good AWS Batch, and this version of batchmock does not simulate it."""


class BatchMockWarning(UserWarning):
    """A test does something that hardly can be meant, such as polling while the clock stands still."""


class ServiceError(Exception):
    """
    An error that the service answers with.

    Args:
        message: the inner text, as AWS words it.
        code: the error code, e.g. `ClientException` (400) or `ServerException` (500).
        http_status: the HTTP status of the answer.
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

    def text(self, request_id: str) -> str:
        """Give the message as it goes over the wire, naming `request_id` where the service does."""
        if self.wrapped:
            return f"Error executing request, Exception : {self.message}, RequestId: {request_id}"
        return self.message
