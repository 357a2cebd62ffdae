"""The client calls that go through botocore's HTTP session, and the interface of the mock that answers them."""

from __future__ import annotations

from functools import partial
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError

from batchmock.errors import ProgramKilled
from batchmock.interception.neighbours.services import NeighbourResponder
from batchmock.interception.replies import HttpResponse, Reply

#: The operation's model, the body, the client's region, and the account of its credentials.
Request = tuple[Any, "bytes | str | None", str, "str | None"]


class Responder(NeighbourResponder, Protocol):
    """An object that answers requests while it is active."""

    def answer(
        self, operation_model: Any, body: bytes | str | None, region: str, account_id: str | None
    ) -> Reply | None:
        """Answer one request; return None if it must be sent instead."""

    def answer_try(
        self,
        try_number: int,
        url: str,
        operation_model: Any,
        body: bytes | str | None,
        region: str,
        account_id: str | None,
    ) -> HttpResponse:
        """Answer one try of a request that takes the way through botocore's HTTP session."""

    def answer_after(self, delay_ms: int) -> None:
        """Return when a reply has taken so much simulated time."""

    async def answer_after_async(self, delay_ms: int) -> None:
        """Return when a reply has taken so much simulated time; other tasks run meanwhile."""


class Exchange:
    """
    One client call that goes through `before-send`: each try and retry is answered.

    Args:
        responder: answers all tries, even if it is deactivated in between, so that none leaves the process.
        request: the request of the call.

    `is_async` tells whether the client awaits the reply.
    """

    __slots__ = (
        "__weakref__",
        "_error",
        "_last_try",
        "_request",
        "_responder",
        "_tries",
        "is_async",
    )

    def __init__(self, responder: Responder, request: Request) -> None:
        self._responder = responder
        self._request = request
        self._tries = 0
        self._last_try: Any = None
        self._error: BaseException | None = None
        self.is_async = False

    def answer(self, sent: Any) -> HttpResponse | None:
        """
        Answer a try of the call.

        Return None if the try has been answered, or if its fault is an error: `raise_error` raises that when
        the other handlers have seen the try.
        """
        if sent is self._last_try:
            # The handlers of this client are registered twice.
            return None
        self._last_try = sent
        self._tries += 1
        responder = self._responder
        try:
            response = responder.answer_try(self._tries, sent.url, *self._request)
        except (BotoCoreError, ProgramKilled) as error:
            self._error = error
            return None
        if response.delay_ms and self.is_async:
            response.arrive_after(partial(responder.answer_after_async, response.delay_ms))
        elif response.delay_ms:
            responder.answer_after(response.delay_ms)
        return response

    def raise_error(self) -> None:
        """
        Raise the error of the last try, if it has one.

        Raises:
            botocore.exceptions.BotoCoreError: the fault is a broken connection.
            ProgramKilled: the fault is the end of the program.
        """
        error, self._error = self._error, None
        if error is not None:
            raise error
