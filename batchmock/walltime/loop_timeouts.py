"""
Timeouts of asyncio, trio and anyio that end at once when they are of zero seconds.

At a deadline that code has reached exactly they take a millisecond, as a real timeout until then would end a
little after it. Timeouts that a loop of asyncio schedules need no replacement.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from math import inf
from types import FrameType
from typing import Any

from batchmock.walltime.deadlines import deadlines
from batchmock.walltime.loops import RESOLUTION, SimulatedLoop, by_clock_of_loop, simulated
from batchmock.walltime.patching.replacements import Replacements
from batchmock.walltime.sleepers import sleepers
from batchmock.walltime.threads.tools import module_of


def simulated_wait_for(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return an `asyncio.wait_for` that takes time at a deadline."""

    async def wait_for(fut: Any, timeout: float | None) -> Any:
        """Wait for a future or coroutine to complete, with a timeout in seconds."""
        if timeout == 0 and is_loop_simulated():
            timeout = deadlines.timeout(timeout, sys._getframe(1))
        return await original(fut, timeout)

    return wait_for


def replace_timeouts(replacements: Replacements) -> None:
    """Make the timeouts of asyncio take time at a deadline; Python 3.10 has none."""
    kind = getattr(asyncio, "Timeout", None)
    if kind is None:
        return
    original = kind.reschedule

    def reschedule(self: Any, when: float | None) -> None:
        """Reschedule the timeout."""
        if when is not None and is_loop_simulated():
            when = _later(when, loop_time(), sys._getframe(1))
        original(self, when)

    replacements.set(kind, "reschedule", reschedule)


def replace_cancel_scopes(
    kind: Any,
    is_simulated: Callable[[], bool],
    now: Callable[[], float],
    replacements: Replacements,
) -> None:
    """
    Make the cancel scopes of trio or anyio take time at a deadline, in whatever way they were given it.

    Args:
        kind: their class.
        is_simulated: returns whether the running loop has simulated time.
        now: returns the time of the running loop.
        replacements: undone when the mock ends.
    """
    enter, deadline = vars(kind)["__enter__"], vars(kind)["deadline"]

    def simulated_enter(self: Any) -> Any:
        if is_simulated():
            caller = sys._getframe(1)
            # A scope of trio may have a number of seconds instead.
            if getattr(self, "_relative_deadline", inf) != inf:
                self._relative_deadline = _later(self._relative_deadline, 0.0, caller)
            elif self._deadline != inf:
                self._deadline = _later(self._deadline, now(), caller)
        return enter(self)

    def set_deadline(self: Any, value: Any) -> None:
        if is_simulated() and isinstance(value, (int, float)):
            value = _later(value, now(), sys._getframe(1))
        deadline.fset(self, value)

    replacements.set(kind, "__enter__", simulated_enter)
    replacements.set(kind, "deadline", property(deadline.fget, set_deadline, doc=deadline.__doc__))


def is_loop_simulated() -> bool:
    """Return whether a loop of asyncio runs in this thread, in simulated time."""
    loop = asyncio._get_running_loop()
    return (
        loop is not None and sleepers.are_simulated and isinstance(simulated(loop), SimulatedLoop)
    )


def loop_time() -> float:
    """Return the time of the running loop of asyncio."""
    return asyncio.get_running_loop().time()


def _later(deadline: float, now: float, caller: FrameType) -> float:
    """Return a deadline of the current task: a little later if it is now, and the task has reached it."""
    if asyncio._get_running_loop() is not None:
        deadline = by_clock_of_loop(deadline, now)
    seconds = deadline - now
    if not -RESOLUTION < seconds < inf:
        return deadline
    frame = caller
    while frame.f_back is not None and module_of(frame) in ("anyio", "contextlib"):
        frame = frame.f_back
    seconds = max(0.0, seconds)
    longer = deadlines.timeout(seconds, frame)
    return deadline if longer == seconds else now + longer
