"""
What a forked child process finds: a mock of which it is no part.

A private copy would hand out the same job ids as the parent, and wait for locks that threads of the parent
hold. So requests of the child raise an error.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, NoReturn

from batchmock.errors import BatchMockError


class ForkedResponder:
    """Refuses every request of a child process that was forked while a mock was active."""

    def answer(self, *_: Any) -> NoReturn:
        """Raise the error."""
        raise BatchMockError(
            "batchmock: this process was forked from one whose mock is active, and the mock answers only "
            "there. Make the requests in the parent process or in its threads, or start a mock of the "
            "child's own with mock_batch()."
        )

    answer_try = answer
    answer_logs = answer
    answer_refused_logs = answer


def after_fork_in_child(reset: Callable[[], None]) -> None:
    """Register what to reset in a forked child process."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=reset)
