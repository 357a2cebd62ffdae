"""
What a thread does that gives work to other threads.

A thread that only waits, and then sets an event or puts an item on a queue, decides when others call Batch. Its
waits with a timeout are as much simulated as if it called Batch itself.
"""

from __future__ import annotations

import sys
import threading
from asyncio.base_events import BaseEventLoop
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Queue
from types import FrameType
from typing import Any, Final

from batchmock.walltime.threads.tools import module_of
from batchmock.walltime.timed_waits import timed_waits

#: The methods that hand over work. All events, queues and semaphores notify a condition.
METHODS: Final[tuple[tuple[type, str], ...]] = (
    (threading.Condition, "notify"),
    (ThreadPoolExecutor, "submit"),
    (BaseEventLoop, "call_soon_threadsafe"),
)
#: The code that notifies others only because it has taken an item from a queue.
_TAKING: Final = frozenset({vars(Queue)["get"].__code__, Queue.task_done.__code__})


def noted(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that records that the current thread hands over work."""

    def method(*args: Any, **kwargs: Any) -> Any:
        if timed_waits.is_related and not _is_own_business(sys._getframe(1)):
            timed_waits.note_asked()
        return original(*args, **kwargs)

    return method


def _is_own_business(frame: FrameType) -> bool:
    """Return whether a thread notifies others of what it does for itself, given the frame that notifies."""
    while frame.f_back is not None and module_of(frame) == "threading":
        frame = frame.f_back
    return frame.f_code in _TAKING or module_of(frame) == "batchmock"
