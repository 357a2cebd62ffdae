"""
Event loops of asyncio in simulated time.

A loop asks two things of the world: what time it is, and its selector to wait for input or for so many
seconds. While sleeps are simulated both answers are ours, for each loop that runs: its time is the
simulated one, and the wait a sleep, that input ends. So everything that a loop does by the clock goes
by the simulated one: sleeps, timeouts, `call_later`.

Prior art: trio's autojump clock, looptime.
"""

from __future__ import annotations

import asyncio
import select
import sys
import threading
from asyncio import AbstractEventLoop, BaseEventLoop, Future, TimerHandle
from collections.abc import Callable, Mapping
from threading import get_ident
from types import FrameType
from typing import Any, Final
from weakref import WeakKeyDictionary

from batchmock.walltime.sleep_only_loops import SleepOnlyLoop
from batchmock.walltime.sleepers import sleepers, whole_milliseconds
from batchmock.walltime.threads.quiescence import PAUSE

#: Timers that are due within so many seconds are due: seconds kept as floats have noise.
RESOLUTION: Final = 1e-6
#: So many pauses pass without input before a loop that has sockets or the like open is taken to wait.
PAUSES_FOR_INPUT: Final = 50


class SimulatedLoop:
    """
    An event loop in simulated time, until it is put back.

    Args:
        loop: the loop; it must wait in a selector of its own, as those of the standard library do.
    """

    def __init__(self, loop: Any) -> None:
        self._loop = loop
        self._selector = loop._selector
        self._select: Callable[[float | None], list[Any]] = self._selector.select
        self._resolution = loop._clock_resolution
        #: The coroutines that sleep in this loop, in the order in which they went to sleep: their timers.
        self._asleep: dict[Future[Any], TimerHandle] = {}
        #: When each of these went to sleep, in simulated time.
        self._began: dict[Future[Any], int] = {}
        #: What is open besides the loop's own pipe, once it has brought nothing for a while.
        self._idle: frozenset[object] = frozenset()
        self._offset: float = loop.time() - sleepers.passed_ms() / 1000
        loop.time = self.time
        loop._clock_resolution = RESOLUTION
        self._selector.select = self.select

    def put_back(self) -> None:
        """Give the loop the real time back; what it has planned stays as far ahead as it was."""
        loop = self._loop
        simulated = self.time()
        del loop.time, self._selector.select
        loop._clock_resolution = self._resolution
        shift = loop.time() - simulated
        for timer in loop._scheduled:
            timer._when += shift

    def time(self) -> float:
        """Give the simulated time, in seconds since the same moment as the loop's own."""
        return self._offset + sleepers.passed_ms() / 1000

    def select(self, timeout: float | None = None) -> list[Any]:
        """Wait for input, or for some simulated seconds."""
        events = self._select(0)
        if events:
            self._idle = frozenset()
        if events or (timeout is not None and timeout < RESOLUTION):
            return events
        if timeout is None or self._is_ending_its_threads():
            # asyncio limits how long its threads take to end, which is no matter of simulated time.
            with sleepers.asleep(None, self._is_woken):
                return self._select(timeout)
        events = self._wait_for_input()
        if events:
            return events
        wakes_ms = sleepers.passed_ms() + whole_milliseconds(timeout)
        try:
            woken = sleepers.wait(wakes_ms, self._hear, self._is_woken)
        except Exception as error:
            # Raised by a function of the test's author that time came to: the sleeper is to have it.
            for sleeper in self._asleep:
                if not sleeper.done():
                    sleeper.set_exception(error)
                    return self._select(0)
            raise
        if woken is None:
            # Inside a job's function it is over though no time has passed: then it has for this loop alone.
            self._offset += max(0, wakes_ms - sleepers.passed_ms()) / 1000
        return woken or self._select(0)

    def _is_ending_its_threads(self) -> bool:
        """Whether the loop waits for the threads of its executor, which another thread joins for it."""
        if not getattr(self._loop, "_executor_shutdown_called", False):
            return False
        joins = self._loop._do_shutdown
        return any(getattr(thread, "_target", None) == joins for thread in threading.enumerate())

    def _hear(self, seconds: float) -> list[Any] | None:
        """Give what has come within some real seconds; nothing if that is for the loop itself."""
        events = self._select(0 if self._loop._ready else seconds)
        return events if events or self._loop._ready else None

    def _is_woken(self) -> bool:
        """Return whether the loop has something to do; other threads ask this, so nothing is taken."""
        return bool(self._loop._ready) or has_input(self._selector)

    def _wait_for_input(self) -> list[Any]:
        """Give the answer to something that was asked of the world a little real time to come."""
        # A proactor has no map of what it waits for.
        registered: Mapping[object, object] = getattr(self._selector, "get_map", dict)()
        connected = frozenset(registered or ()) - {self._loop._ssock.fileno()}
        if connected <= self._idle:
            return []
        for _ in range(PAUSES_FOR_INPUT):
            if events := self._select(PAUSE):
                return events
        self._idle = connected
        return []

    def has_timeout(self, before_ms: int) -> bool:
        """Return whether a timer other than a sleep is running, such as that of a timeout."""
        sleeps = {id(timer) for timer in self._asleep.values()}
        now = self.time() - RESOLUTION
        return any(
            not timer.cancelled() and timer.when() >= now and id(timer) not in sleeps
            for timer in self._loop._scheduled
        ) or any(
            self._asleep[future].when() >= now and began_ms <= before_ms
            for future, began_ms in self._began.items()
        )

    async def sleep(self, seconds: float, result: Any) -> Any:
        """Sleep in simulated time."""
        future = self._loop.create_future()
        timer = self._loop.call_later(seconds, _wake, future, result)
        self._asleep[future] = timer
        self._began[future] = sleepers.passed_ms()
        try:
            return await future
        finally:
            timer.cancel()
            del self._asleep[future], self._began[future]


def has_input(selector: Any) -> bool:
    """Return whether a selector has input, without taking it; False for kinds that cannot be asked."""
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
    """Put a loop in simulated time, as far as it lets itself be put, or find it there."""
    known = _simulated.get(loop)
    if known is None:
        known = _simulated[loop] = (SimulatedLoop if is_open(loop) else SleepOnlyLoop)(loop)
    return known


def is_open(loop: AbstractEventLoop) -> bool:
    """Whether a loop asks a selector and a clock that can be answered for, as those of asyncio do."""
    return isinstance(loop, BaseEventLoop) and hasattr(loop, "_selector")


def adopt_running() -> None:
    """Put the loops in simulated time that run already, in this thread or in another one."""
    this = get_ident()
    for thread, frame in sys._current_frames().items():
        current: FrameType | None = frame
        while current is not None:
            is_run = current.f_code.co_name == "run_forever"
            if is_run and current.f_globals.get("__name__") == "asyncio.base_events":
                loop = current.f_locals["self"]
                simulated(loop)
                if thread != this:
                    # It waits in its real selector: let it come back to the simulated one.
                    loop.call_soon_threadsafe(_nothing)
            current = current.f_back
    running = asyncio._get_running_loop()
    if running is not None:
        simulated(running)


def have_timeouts(before_ms: int) -> bool:
    """Return whether a loop has a timeout running, or a sleep that began before a simulated instant."""
    return any(
        isinstance(known, SimulatedLoop) and known.has_timeout(before_ms)
        for known in list(_simulated.values())
    )


def _nothing() -> None:
    """Do nothing, in the thread of a loop."""


def put_all_back() -> None:
    """Give all loops the real time back."""
    for loop, known in list(_simulated.items()):
        if isinstance(known, SimulatedLoop) and not loop.is_closed():
            known.put_back()
    _simulated.clear()


def _wake(future: Future[Any], result: Any) -> None:
    if not future.done():
        future.set_result(result)
