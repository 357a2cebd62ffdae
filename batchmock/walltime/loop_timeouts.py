"""
Timeouts of asyncio, trio and anyio that end at once when they are of zero seconds.

At a deadline that code has reached exactly they take a millisecond, as a real timeout until then would end a
little after it. Timeouts that a loop of asyncio schedules need no replacement.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from inspect import signature
from typing import Any

from batchmock.walltime.deadlines import deadlines
from batchmock.walltime.loops import SimulatedLoop, simulated
from batchmock.walltime.sleepers import sleepers


def simulated_wait_for(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return an `asyncio.wait_for` that takes time at a deadline."""

    async def wait_for(fut: Any, timeout: float | None) -> Any:
        """Wait for a future or coroutine to complete, with a timeout in seconds."""
        if timeout == 0 and _is_simulated():
            timeout = deadlines.timeout(timeout, sys._getframe(1))
        return await original(fut, timeout)

    return wait_for


def simulated_reschedule(original: Callable[..., None]) -> Callable[..., None]:
    """Return an `asyncio.Timeout.reschedule` that takes time at a deadline."""

    def reschedule(self: Any, when: float | None) -> None:
        """Reschedule the timeout."""
        if when is not None and _is_simulated() and when == asyncio.get_running_loop().time():
            when += deadlines.timeout(0, sys._getframe(1))
        original(self, when)

    return reschedule


def simulated_timeout(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return a timeout of trio or anyio, such as `move_on_after`, that takes time at a deadline."""
    name = next(iter(signature(original).parameters))

    def timeout(*args: Any, **kwargs: Any) -> Any:
        """Return a cancel scope with a deadline in some seconds."""
        seconds = args[0] if args else kwargs.get(name)
        if sleepers.are_simulated and isinstance(seconds, (int, float)):
            seconds = deadlines.timeout(seconds, sys._getframe(1))
            if args:
                args = (seconds, *args[1:])
            else:
                kwargs[name] = seconds
        return original(*args, **kwargs)

    timeout.__name__ = timeout.__qualname__ = original.__name__
    return timeout


def _is_simulated() -> bool:
    """Return whether the running loop of asyncio has simulated time."""
    return sleepers.are_simulated and isinstance(
        simulated(asyncio.get_running_loop()), SimulatedLoop
    )
