"""
The lock of a mock: one thread at a time looks at or changes it, and one thread at a time moves its time.

While a function of the test's author runs (as a job, or as a subscriber) the lock is open, so that other
threads, those included which that function starts and waits for, may call the service meanwhile. Time stays
the moving thread's until it is done: another thread that wants to move time waits for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Condition, RLock, get_ident


class Monitor:
    """A lock for `with`, that may be entered again by the thread which has it."""

    def __init__(self) -> None:
        #: The lock itself, for what is done so often that two more calls would count.
        self.lock = self._lock = RLock()
        self._time_is_free = Condition(self._lock)
        self._mover: int | None = None
        #: How often it was opened, which is for how many functions of the test's author.
        self.openings = 0

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    @property
    def is_mover(self) -> bool:
        """Whether it is this thread that is moving time."""
        return self._mover == get_ident()

    @contextmanager
    def moving(self) -> Iterator[None]:
        """Have the lock, and time to oneself: nobody else moves it until the end of the block."""
        me = get_ident()
        with self._lock:
            if self._mover == me:
                yield
                return
            while self._mover is not None:
                self._time_is_free.wait()
            self._mover = me
            try:
                yield
            finally:
                self._mover = None
                self._time_is_free.notify()

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Let other threads in for the length of the block, however often this one has entered."""
        self.openings += 1
        entered = 0
        # Released once too often it says so: that is the only way in which it tells its depth.
        with suppress(RuntimeError):
            while True:
                self._lock.release()
                entered += 1
        try:
            yield
        finally:
            for _ in range(entered):
                self._lock.acquire()
