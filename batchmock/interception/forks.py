"""
The behaviour of an active mock in a forked child process.

A copy of the mock would issue the same job ids as the parent, and wait for locks held by threads of the parent.
So requests in the child raise an error.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, NoReturn

from batchmock.errors import BatchMockError


class ForkedResponder:
    """
    Refuses every request in a child process that was forked while a mock was active.

    Args:
        parent: the mock of the parent process, which the child stops when it leaves its block.
    """

    def __init__(self, parent: object) -> None:
        self.parent = parent

    def answer(self, *_: Any) -> NoReturn:
        """Raise the error."""
        raise BatchMockError(
            "batchmock: this process was forked from one whose mock is active, and the mock answers only "
            "there. Make the requests in the parent process or in its threads, or start a mock of the "
            "child's own with mock_batch()."
        )

    answer_try = answer
    answer_after = answer
    answer_after_async = answer
    answer_neighbour = answer
    answer_neighbour_alone = answer


def stands_for(responder: object) -> object:
    """Return the mock that activated a responder."""
    return responder.parent if isinstance(responder, ForkedResponder) else responder


def after_fork_in_child(reset: Callable[[], None]) -> None:
    """Register a callback that resets state in a forked child process."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=reset)
