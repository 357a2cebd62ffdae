"""
Event loops of asyncio in simulated time.

A loop depends on its clock, and on its selector to wait for input with a timeout. While sleeps are simulated,
batchmock replaces both in each running loop: the clock returns simulated time, and the selector's wait becomes
a sleep that input interrupts. So everything a loop schedules runs in simulated time: sleeps, timeouts,
`call_later`.

Prior art: trio's autojump clock, looptime.
"""

from __future__ import annotations

import asyncio
import select
import sys
import threading
from asyncio import AbstractEventLoop, BaseEventLoop, Future, TimerHandle
from collections.abc import Callable, Mapping
from math import ulp
from threading import get_ident
from types import FrameType
from typing import Any, Final
from weakref import WeakKeyDictionary

from batchmock.walltime.deadlines import deadlines
from batchmock.walltime.patching.clocks import now_seconds
from batchmock.walltime.reads import reads
from batchmock.walltime.sleep_only_loops import SleepOnlyLoop
from batchmock.walltime.sleeper import whole_milliseconds
from batchmock.walltime.sleepers import sleepers
from batchmock.walltime.slept_times import LoopLinks
from batchmock.walltime.threads.quiescence import PAUSE

#: Tolerance in seconds for timers that are due: floats have rounding errors.
RESOLUTION: Final = 1e-6
#: Pauses without input after which a loop with open sockets or the like counts as idle.
PAUSES_FOR_INPUT: Final = 50
#: How far the clock of a loop is past a timer that ends, in steps between two floats: further than the rounding
#: errors of a deadline.
STEPS_PAST_A_TIMER: Final = 16
#: Seconds between any moment by a loop's own clock and any by one that counts from 1970.
_FAR: Final = 100_000_000


class SimulatedLoop:
    """
    An event loop in simulated time until it is restored.

    Args:
        loop: the loop; it must have its own selector, like those of the standard library.
    """

    def __init__(self, loop: Any) -> None:
        self._loop = loop
        self._selector = loop._selector
        self._select: Callable[[float | None], list[Any]] = self._selector.select
        self._resolution = loop._clock_resolution
        #: The timers of the coroutines sleeping in this loop, in the order in which they went to sleep.
        self._asleep: dict[Future[Any], TimerHandle] = {}
        #: The files open besides the loop's own pipe, once they have been idle for a while.
        self._idle: frozenset[object] = frozenset()
        self._offset: float = loop.time() - sleepers.passed_ms() / 1000
        #: How far its clock is ahead.
        self._lead = 0.0
        self._call_at: Callable[..., TimerHandle] = loop.call_at
        loop.time = self.time
        loop.call_at = self.call_at
        loop._clock_resolution = RESOLUTION
        self._selector.select = self.select

    def put_back(self) -> None:
        """Restore real time in the loop, keeping its timers as far ahead as they were."""
        loop = self._loop
        simulated = self.time()
        del loop.time, loop.call_at, self._selector.select
        loop._clock_resolution = self._resolution
        shift = loop.time() - simulated
        for timer in loop._scheduled:
            timer._when += shift

    def time(self) -> float:
        """Return the simulated time in seconds, with the same origin as the loop's own clock."""
        reads.note_by(sys._getframe(1), of_loop=True)
        return self._offset + sleepers.passed_ms() / 1000 + self._lead

    def call_at(self, when: float, *args: Any, **kwargs: Any) -> TimerHandle:
        """Schedule a function, past a deadline that the current task has reached."""
        when = by_clock_of_loop(when, self.time())
        seconds = when - self.time()
        longer = deadlines.timeout(seconds, sys._getframe(1))
        if longer != seconds:
            when += longer
        return self._call_at(when, *args, **kwargs)

    def select(self, timeout: float | None = None) -> list[Any]:
        """Wait for input or for a timeout in simulated seconds."""
        events = self._select(0)
        if events:
            self._idle = frozenset()
        if events:
            return events
        if timeout is not None and timeout < RESOLUTION:
            if timeout > 0:
                # The timer ends now. Code that compares its time with the clock, as anyio does, finds it due.
                self._lead += timeout
                self._step()
            return events
        if timeout is None or self._is_ending_its_threads():
            # asyncio limits how long its threads may take to end; that limit applies to real time.
            with sleepers.asleep(None, self._is_woken, self._rouse):
                return self._select(timeout)
        events = self._wait_for_input()
        if events:
            return events
        wakes_ms = sleepers.passed_ms() + whole_milliseconds(timeout)
        try:
            woken = sleepers.wait(wakes_ms, self._hear, self._is_woken, self._rouse)
        except Exception as error:
            # Raised by a scheduled function of the test's author: it must reach the sleeper.
            for sleeper in self._asleep:
                if not sleeper.done():
                    sleeper.set_exception(error)
                    return self._select(0)
            raise
        if woken is None:
            # Code may go on until the time is past a deadline, as it is after a real timer.
            self._step()
            # Inside a job's function the wait ends without time passing, so only this loop's clock moves.
            self._offset += max(0, wakes_ms - sleepers.passed_ms()) / 1000
        return woken or self._select(0)

    def _step(self) -> None:
        """Move the clock of the loop past a timer that has ended, by a few steps between two floats."""
        self._lead += STEPS_PAST_A_TIMER * ulp(self.time())

    def _is_ending_its_threads(self) -> bool:
        """Whether the loop waits for another thread to join the threads of its executor."""
        if not getattr(self._loop, "_executor_shutdown_called", False):
            return False
        joins = self._loop._do_shutdown
        return any(getattr(thread, "_target", None) == joins for thread in threading.enumerate())

    def _hear(self, seconds: float) -> list[Any] | None:
        """Return the input that arrives within some real seconds; None if the loop still has no work."""
        events = self._select(0 if self._loop._ready else seconds)
        return events if events or self._loop._ready else None

    def _rouse(self) -> None:
        """End the wait of the selector, from another thread."""
        self._loop._write_to_self()

    def _is_woken(self) -> bool:
        """Return whether the loop has work to do; called by other threads, so it consumes no input."""
        return bool(self._loop._ready) or has_input(self._selector)

    def _wait_for_input(self) -> list[Any]:
        """Wait a little real time for pending input, such as the reply to a request."""
        # A proactor has no map of its files.
        registered: Mapping[object, object] = getattr(self._selector, "get_map", dict)()
        connected = frozenset(registered or ()) - {self._loop._ssock.fileno()}
        if connected <= self._idle:
            return []
        for _ in range(PAUSES_FOR_INPUT):
            if events := self._select(PAUSE):
                return events
        self._idle = connected
        return []

    def timers_ahead_ms(self) -> int:
        """Return in how many milliseconds the last of its sleeps and timeouts ends; 0 if none is left."""
        timers = list(self._loop._scheduled)
        ends = (timer.when() for timer in timers if not timer.cancelled())
        # One that ends now ends a little before the loop's clock, or after it.
        return max(0, round((max(ends, default=0.0) - self.time()) * 1000))

    async def sleep(self, seconds: float, result: Any) -> Any:
        """Sleep in simulated time."""
        future = self._loop.create_future()
        timer = self._loop.call_later(seconds, _wake, future, result)
        self._asleep[future] = timer
        try:
            return await future
        finally:
            timer.cancel()
            del self._asleep[future]


def by_clock_of_loop(when: float, now: float) -> float:
    """
    Return a deadline by the clock of a loop of asyncio.

    The clock of a real loop is `time.monotonic()`, which counts from 1970 while a mock freezes time.

    Args:
        when: the deadline, by either clock.
        now: the time of the loop.
    """
    if when - now > _FAR:
        frozen = now_seconds()
        if frozen is not None and abs(when - frozen) < _FAR:
            return now + when - frozen
    return when


def has_input(selector: Any) -> bool:
    """Return whether a selector has input, without consuming it; False if that cannot be checked."""
    try:
        poll = select.poll()
        poll.register(selector.fileno(), select.POLLIN)
        return bool(poll.poll(0))
    except (AttributeError, OSError, ValueError):
        return False


_simulated: WeakKeyDictionary[AbstractEventLoop, SimulatedLoop | SleepOnlyLoop] = (
    WeakKeyDictionary()
)


def simulated(loop: AbstractEventLoop) -> SimulatedLoop | SleepOnlyLoop:
    """Return the simulated form of a loop, created on first use."""
    known = _simulated.get(loop)
    if known is None:
        known = _simulated[loop] = (SimulatedLoop if is_open(loop) else SleepOnlyLoop)(loop)
    return known


async def pass_by_async(delta_ms: int) -> None:
    """Sleep in simulated time, unrecorded, on the event loop of asyncio or trio that runs in this thread."""
    loop = asyncio._get_running_loop()
    if loop is not None:
        await simulated(loop).sleep(delta_ms / 1000, None)
    else:
        import trio

        await trio.sleep_until(trio.current_time() + delta_ms / 1000)


def is_open(loop: AbstractEventLoop) -> bool:
    """Return whether a loop has a replaceable selector and clock, as asyncio's own loops do."""
    return isinstance(loop, BaseEventLoop) and hasattr(loop, "_selector")


def adopt_running() -> None:
    """Put all running loops of all threads in simulated time."""
    this = get_ident()
    frames = sys._current_frames()
    # Not the frame of this function, which refers to them: it would stay alive until garbage is collected.
    frames[this] = sys._getframe(1)
    for thread, frame in frames.items():
        current: FrameType | None = frame
        while current is not None:
            is_run = current.f_code.co_name == "run_forever"
            if is_run and current.f_globals.get("__name__") == "asyncio.base_events":
                loop = current.f_locals["self"]
                simulated(loop)
                if thread != this:
                    # It waits in its real selector: wake it so that it enters the simulated one.
                    loop.call_soon_threadsafe(_nothing)
            current = current.f_back
    running = asyncio._get_running_loop()
    if running is not None:
        simulated(running)


def timers_ahead_ms() -> int:
    """Return in how many milliseconds the last sleep or timeout of any loop ends; 0 if none is left."""
    loops = [known for known in list(_simulated.values()) if isinstance(known, SimulatedLoop)]
    return max((loop.timers_ahead_ms() for loop in loops), default=0)


def _nothing() -> None:
    """Do nothing; scheduled to wake a loop."""


def put_all_back() -> None:
    """Restore real time in all loops."""
    for loop, known in list(_simulated.items()):
        if isinstance(known, SimulatedLoop) and not loop.is_closed():
            known.put_back()
    _simulated.clear()


def _wake(future: Future[Any], result: Any) -> None:
    if not future.done():
        future.set_result(result)


sleepers.loops.append(LoopLinks(put_all_back, timers_ahead_ms))
