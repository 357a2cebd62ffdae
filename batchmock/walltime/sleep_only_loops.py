"""
Event loops whose clock cannot be replaced (uvloop): only their sleeps are simulated.

Such a loop cannot report whether it has work to do. It counts as idle if no coroutine in it has gone to sleep
between two checks.
"""

from __future__ import annotations

from asyncio import Future
from typing import Any

from batchmock.walltime import real
from batchmock.walltime.sleeper import whole_milliseconds
from batchmock.walltime.sleepers import sleepers
from batchmock.walltime.threads.quiescence import PAUSE


class SleepOnlyLoop:
    """
    The sleepers of a loop.

    Args:
        loop: a running loop.
    """

    def __init__(self, loop: Any) -> None:
        self._loop = loop
        #: Their wake-up times, in the order in which they went to sleep.
        self._asleep: dict[Future[Any], int] = {}
        self._is_looking = False
        self._have_slept = 0
        self._had_slept = 0

    async def sleep(self, seconds: float, result: Any) -> Any:
        """Sleep in simulated time."""
        future = self._loop.create_future()
        self._asleep[future] = sleepers.passed_ms() + whole_milliseconds(seconds)
        self._have_slept += 1
        self._look_later()
        try:
            await future
        finally:
            del self._asleep[future]
        return result

    def _look_later(self) -> None:
        if not self._is_looking:
            self._is_looking = True
            self._loop.call_later(PAUSE, self._look)

    def _look(self) -> None:
        self._is_looking = False
        asleep = {future: wakes for future, wakes in self._asleep.items() if not future.done()}
        if not asleep:
            return
        is_idle, self._had_slept = self._have_slept == self._had_slept, self._have_slept
        until_ms = min(asleep.values()) if is_idle else 0
        try:
            if is_idle:
                sleepers.wait(until_ms, real.sleep)
        except Exception as error:
            next(iter(asleep)).set_exception(error)
        else:
            # Inside a job's function the wait ends without time passing.
            self._wake(asleep, max(until_ms, sleepers.passed_ms()))
        self._look_later()

    def _wake(self, asleep: dict[Future[Any], int], until_ms: int) -> None:
        for future, wakes_ms in asleep.items():
            if wakes_ms <= until_ms or not sleepers.are_simulated:
                future.set_result(None)
