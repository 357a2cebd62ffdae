"""
Event loops whose clock cannot be replaced (uvloop): only their sleeps are simulated.

A thread waits on behalf of the coroutines that sleep in such a loop. Meanwhile the thread of the loop waits for
input, so that results of other threads reach the loop before time moves.
"""

from __future__ import annotations

import threading
from asyncio import Future
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from batchmock.walltime import real
from batchmock.walltime.sleeper import whole_milliseconds
from batchmock.walltime.sleepers import sleepers


class SleepOnlyLoop:
    """
    The sleeping coroutines of a loop.

    Args:
        loop: a running loop.
    """

    def __init__(self, loop: Any) -> None:
        self._loop = loop
        self._changed = threading.Condition()
        #: Their wake-up times, in the order in which they went to sleep.
        self._asleep: dict[Future[Any], int] = {}
        self._has_waiter = False

    async def sleep(self, seconds: float, result: Any) -> Any:
        """Sleep in simulated time."""
        future = self._loop.create_future()
        if sleepers.is_inside_a_job():
            sleepers.stood_ms += whole_milliseconds(seconds)
            self._loop.call_soon(_wake, [future])
        else:
            self._begin(future, sleepers.passed_ms() + whole_milliseconds(seconds))
        try:
            await future
        finally:
            with self._changed:
                self._asleep.pop(future, None)
        return result

    def _begin(self, future: Future[Any], wakes_ms: int) -> None:
        with self._changed:
            self._asleep[future] = wakes_ms
            self._changed.notify()
            if not self._has_waiter:
                self._has_waiter = True
                threading.Thread(target=self._wait, name="batchmock-loop", daemon=True).start()

    def _wait(self) -> None:
        """Wait for one wake-up after the other, until no coroutine sleeps."""
        while (wakes_ms := self._next_ms()) is not None:
            self._wait_until(wakes_ms)

    def _next_ms(self) -> int | None:
        with self._changed:
            self._has_waiter = bool(self._asleep)
            return min(self._asleep.values(), default=None)

    def _wait_until(self, wakes_ms: int) -> None:
        def pause(seconds: float) -> bool | None:
            with self._changed:
                real.condition_wait(self._changed, seconds)
                is_next = min(self._asleep.values(), default=None) == wakes_ms
            return None if is_next else True

        try:
            changed = sleepers.wait(wakes_ms, pause, rouse=self._rouse)
        except Exception as error:
            self._fail(error)
            return
        if changed is None:
            # While a function of the test runs, the wait ends without time passing.
            self._wake_until(max(wakes_ms, sleepers.passed_ms()))

    def _rouse(self) -> None:
        with self._changed:
            self._changed.notify()

    def _wake_until(self, until_ms: int) -> None:
        with self._changed:
            due = [
                future
                for future, wakes_ms in self._asleep.items()
                if wakes_ms <= until_ms or not sleepers.are_simulated
            ]
            for future in due:
                del self._asleep[future]
        self._post(due)

    def _fail(self, error: Exception) -> None:
        """Raise an error in one of the coroutines."""
        with self._changed:
            future = next(iter(self._asleep), None)
            if future is not None:
                del self._asleep[future]
                self._post([future], error)

    def _post(self, futures: list[Future[Any]], error: Exception | None = None) -> None:
        # A loop that was closed has no coroutines any more.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(_wake, futures, error)


def _wake(futures: Iterable[Future[Any]], error: Exception | None = None) -> None:
    for future in futures:
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
