"""
Methods of queues that look once, without a wait, when their timeout is zero.

At a deadline that code has reached exactly they look again a little later, as a real wait until then would end
a little after it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from queue import Empty, Full, Queue
from typing import Any, Final

from batchmock.walltime.deadlines import deadlines
from batchmock.walltime.sleepers import sleepers
from batchmock.walltime.threads.tools import is_tool

#: The methods, and the position of the timeout among their arguments.
METHODS: Final[tuple[tuple[type, str, int], ...]] = (
    (Queue, "get", 1),
    (Queue, "put", 2),
)


def looking_again(original: Callable[..., Any], timeout_at: int) -> Callable[..., Any]:
    """
    Return a method that looks again at a deadline.

    Args:
        original: the method.
        timeout_at: the position of its timeout.
    """

    def wait(self: Any, *args: Any, **kwargs: Any) -> Any:
        timeout = args[timeout_at] if len(args) > timeout_at else kwargs.get("timeout")
        caller = sys._getframe(1)
        if timeout != 0 or not sleepers.are_simulated or is_tool(caller):
            return original(self, *args, **kwargs)
        try:
            return original(self, *args, **kwargs)
        except (Empty, Full):
            if not deadlines.pass_by(caller):
                raise
        return original(self, *args, **kwargs)

    return wait
