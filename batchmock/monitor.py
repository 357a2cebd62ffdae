"""
The lock of a mock: one thread at a time reads or changes it, and one thread at a time moves its time.

The lock is released while a function of the test's author runs (as a job or a subscriber), so that other
threads, including threads which that function starts and joins, can call the service. The moving thread still
owns time until it is done: other threads that want to move time wait. A function that runs in a thread of its
own is handed over to: the moving thread waits meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cached_property
from threading import Condition, RLock, get_ident
from typing import Final


class Monitor(AbstractContextManager[None]):
    """A reentrant lock for `with`, which can be opened temporarily."""

    def __init__(self) -> None:
        #: The underlying lock, for hot paths where two more calls would matter.
        self.lock = self._lock = RLock()
        #: The number of threads that wait to own time.
        self._waiting = 0
        self._mover: int | None = None
        self._ownership = _Ownership(self)
        #: The number of times it was opened, once per function of the test's author.
        self.openings = 0
        #: Whether the moving thread waits for other threads, rather than running a function itself.
        self.is_handing_over = False

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    @property
    def is_mover(self) -> bool:
        """Whether the current thread is moving time."""
        return self._mover == get_ident()

    @property
    def is_moving(self) -> bool:
        """Whether a thread is moving time."""
        return self._mover is not None

    def moving(self) -> AbstractContextManager[None]:
        """Hold the lock and own time: no other thread moves it until the end of the block."""
        return self if self._mover == get_ident() else self._ownership

    @cached_property
    def _time_is_free(self) -> Condition:
        """Notified when a thread has moved time; created only if another one waits."""
        return Condition(self._lock)

    def own_time(self) -> None:
        """Wait until no other thread owns time, and own it; the lock must be held."""
        while self._mover is not None:
            self._waiting += 1
            try:
                self._time_is_free.wait()
            finally:
                self._waiting -= 1
        self._mover = get_ident()

    def disown_time(self) -> None:
        """Hand time over to the next thread that waits for it; the lock must be held."""
        self._mover = None
        if self._waiting:
            self._time_is_free.notify()

    @contextmanager
    def opened(self, *, hands_over: bool = False) -> Iterator[None]:
        """
        Release the lock for the duration of the block, at any depth of reentry.

        Args:
            hands_over: whether the current thread only waits for others in the block.
        """
        self.openings += 1
        before, self.is_handing_over = self.is_handing_over, hands_over
        entered = 0
        # RLock does not expose its depth: release until it raises.
        with suppress(RuntimeError):
            while True:
                self._lock.release()
                entered += 1
        try:
            yield
        finally:
            for _ in range(entered):
                self._lock.acquire()
            self.is_handing_over = before


class _Ownership(AbstractContextManager[None]):
    """The ownership of time for a block. A class, because a generator takes three times as long."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor

    def __enter__(self) -> None:
        lock = self._monitor.lock
        with lock:
            self._monitor.own_time()
            # The lock is reentrant: one level of it outlasts this block.
            lock.acquire()

    def __exit__(self, *_: object) -> None:
        monitor = self._monitor
        monitor.disown_time()
        monitor.lock.release()


#: The code in which a thread waits until it may move time.
WAITING_TO_MOVE_TIME: Final = (Monitor.own_time.__code__, _Ownership.__enter__.__code__)
