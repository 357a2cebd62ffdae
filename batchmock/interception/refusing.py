"""Refuse requests to AWS Batch where no mock could answer them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from batchmock.errors import BatchMockError
from batchmock.interception import hooks


class RefusingResponder:
    """
    Refuses every request to AWS Batch, and leaves those to other services alone.

    Args:
        message: the message of the error.
    """

    def __init__(self, message: str) -> None:
        self._message = message

    def answer(self, *_: object) -> NoReturn:
        """Raise the error."""
        raise BatchMockError(self._message)

    answer_try = answer
    answer_after = answer
    answer_after_async = answer

    def answer_neighbour(self, *_: object) -> None:
        """Pass a request to another service on."""

    answer_neighbour_alone = answer_neighbour


@contextmanager
def refuse_requests(message: str, region: str) -> Iterator[None]:
    """Refuse requests to AWS Batch during a block, unless a mock is started before it or in it."""
    if hooks.is_active():
        yield
        return
    responder = RefusingResponder(message)
    hooks.activate(responder, region)
    try:
        yield
    finally:
        hooks.deactivate(responder)
