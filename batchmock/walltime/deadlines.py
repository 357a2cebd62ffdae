"""
Deadlines that code reaches exactly.

A real sleep until a deadline ends a little after it. A simulated one ends exactly then. Code that goes on until
the time is past its deadline, as in `while time.time() <= deadline`, sleeps for the zero seconds that remain,
again and again. Such a sleep takes a millisecond of simulated time.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from concurrent.futures import as_completed
from contextlib import suppress
from types import FrameType
from typing import Any, Final
from weakref import WeakKeyDictionary

from batchmock.walltime.sleeper import whole_milliseconds
from batchmock.walltime.sleepers import sleepers
from batchmock.walltime.threads.tools import module_of

#: How long a wait of zero seconds at a deadline takes.
PAST_A_DEADLINE_MS: Final = 1
#: Packages that wait on behalf of any code.
_LIBRARIES: Final = frozenset(
    {"aiobotocore", "aiohttp", "boto3", "botocore", "s3transfer", "urllib3"}
)
#: Packages whose functions wait on behalf of their caller.
_WAITING: Final = frozenset({"asyncio", "batchmock", "contextlib", "threading", "trio"})


class _State:
    """State of a thread or of a task of asyncio."""

    __slots__ = ("has_read", "is_timed", "waited_until")

    def __init__(self) -> None:
        #: The period of simulated sleeps, and the moment in it, at which its last sleep or wait ends.
        self.waited_until: tuple[int, int] | None = None
        #: Whether that sleep or wait was for more than zero seconds.
        self.is_timed = False
        #: Whether it has read a clock since.
        self.has_read = False


class _OfThread(threading.local):
    def __init__(self) -> None:
        self.state = _State()


class Deadlines:
    """Recognizes threads and tasks that wait for zero seconds at a deadline."""

    def __init__(self) -> None:
        self._thread = _OfThread()
        self._tasks: WeakKeyDictionary[asyncio.Task[Any], _State] = WeakKeyDictionary()

    def _current(self) -> _State:
        loop = asyncio._get_running_loop()
        task = None if loop is None else asyncio.current_task(loop)
        if task is None:
            return self._thread.state
        state = self._tasks.get(task)
        if state is None:
            state = self._tasks[task] = _State()
        return state

    def note_read(self) -> None:
        """Record that the current thread or task has read a clock."""
        self._current().has_read = True

    def note_wait(self, *, is_timed: bool = True, lasts_ms: int = 0) -> None:
        """
        Record that a sleep or wait of the current thread or task has ended, or when it will end.

        Args:
            is_timed: whether it was for more than zero seconds.
            lasts_ms: the milliseconds until its end.
        """
        state = self._current()
        state.waited_until = (sleepers.stretch, sleepers.passed_ms() + lasts_ms)
        state.is_timed = is_timed
        state.has_read = False

    def is_reached(self, caller: FrameType) -> bool:
        """
        Return whether a sleep or wait of zero seconds is for a deadline of the current thread or task.

        It is if the last sleep has ended at this instant, and a clock has been read since. `as_completed` goes
        on until its own clock has moved.

        Args:
            caller: the frame that sleeps or waits.
        """
        state = self._current()
        frame = _beyond_waiting(caller)
        is_here = state.waited_until is not None and state.waited_until == _moment()
        if frame.f_code is as_completed.__code__:
            if not is_here:
                self.note_wait(is_timed=False)
            return is_here
        return is_here and state.is_timed and state.has_read and _is_under_test(frame)

    def pass_by(self, caller: FrameType) -> bool:
        """
        Move time by a millisecond if the current thread waits for zero seconds at a deadline.

        Args:
            caller: the frame that sleeps or waits.

        Returns:
            Whether it does.
        """
        is_reached = not sleepers.is_inside_a_job() and self.is_reached(caller)
        if is_reached:
            sleepers.pass_by(PAST_A_DEADLINE_MS)
            # Code that lets others run again and again takes no more time.
            self.note_wait(is_timed=False)
        return is_reached

    def timeout(self, seconds: float, caller: FrameType) -> float:
        """
        Return a timeout of an event loop: a millisecond instead of zero seconds at a deadline.

        Call this before the current task waits.

        Args:
            seconds: the timeout.
            caller: the frame that waits.
        """
        if seconds == 0:
            return PAST_A_DEADLINE_MS / 1000 if self.is_reached(caller) else seconds
        # A timeout of a millisecond may be one of zero seconds that was made longer.
        if seconds > PAST_A_DEADLINE_MS * 1.5 / 1000 and _is_under_test(_beyond_waiting(caller)):
            with suppress(OverflowError, ValueError):
                self.note_wait(lasts_ms=whole_milliseconds(seconds))
        return seconds


def _beyond_waiting(frame: FrameType) -> FrameType:
    """Return the frame that has called a function that waits, given one of that function."""
    while frame.f_back is not None and module_of(frame) in _WAITING:
        frame = frame.f_back
    return frame


def _is_under_test(frame: FrameType) -> bool:
    """Return whether a wait belongs to the code under test, not to a library that only looks."""
    module = str(frame.f_globals.get("__name__"))
    package = module_of(frame)
    if package == "anyio":
        # Its other functions let other tasks run.
        return frame.f_code.co_name == "sleep"
    if module == "concurrent.futures._base":
        return True
    return package not in sys.stdlib_module_names and package not in _LIBRARIES


def _moment() -> tuple[int, int]:
    return sleepers.stretch, sleepers.passed_ms()


deadlines: Final = Deadlines()
