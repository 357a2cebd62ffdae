"""
Threads that gevent or eventlet has replaced with coroutines of its own.

Only one of them runs at a time, and none ever waits in the operating system. Simulated sleeps depend on what
other threads do, so they would wait for each other for ever.
"""

from __future__ import annotations

import threading
from typing import Final

from batchmock.errors import BatchMockError

_LIBRARIES: Final = frozenset({"eventlet", "gevent"})


def refuse_green_threads() -> None:
    """
    Check that threads are threads.

    Raises:
        BatchMockError: a library has replaced them.
    """
    library = str(threading.get_ident.__module__).partition(".")[0]
    if library in _LIBRARIES:
        raise BatchMockError(
            f'batchmock: advance="sleep" needs threads, and {library} has replaced them with green ones '
            '(monkey-patching). Use advance="poll" or advance="wall" here, or test without monkey-patching.'
        )
