"""
Who sleeps in simulated time, and the jump to the one that wakes first.

There is one `sleepers` in a process, for the threads and event loops of all mocks with
`advance="sleep"`; the innermost of these is the one whose time moves.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from threading import Condition, RLock, get_ident
from typing import Final, Protocol, TypeVar

from batchmock.walltime import real
from batchmock.walltime.threads.quiescence import PAUSE, Lookout, Observer
from batchmock.walltime.threads.unfinished_work import unfinished_work

#: What is less than this is the noise of seconds kept as floats.
NOISE_MS: Final = 0.001

Woken = TypeVar("Woken")


def whole_milliseconds(seconds: float) -> int:
    """Give the whole milliseconds in which seconds have passed, at least one."""
    return max(1, ceil(seconds * 1000 - NOISE_MS))


class SleptTime(Protocol):
    """The time of a mock, that sleeps move."""

    sleeps: list[float]

    @property
    def now_ms(self) -> int:
        """The clock, in milliseconds since the epoch."""

    @property
    def is_busy(self) -> bool:
        """Whether a function of the test's author is running that time has come to."""

    @property
    def is_moved_here(self) -> bool:
        """Whether it is this thread that is moving time just now."""

    def move_up(self, remaining_ms: Callable[[], int]) -> bool:
        """Move by what remains, or less of it, when it can be moved; False if it can't be now."""


class Sleeper:
    """
    A thread that sleeps, or whose event loop has nothing to do.

    Args:
        thread: its ident.
        since_ms: when it went to sleep, in simulated time.
        wakes_ms: until which simulated instant; None if only another thread or input can wake it.
        is_woken: returns whether something else has woken it, though it may not run yet.
    """

    __slots__ = ("is_woken", "since_ms", "thread", "wakes_ms")

    def __init__(
        self, thread: int, since_ms: int, wakes_ms: int | None, is_woken: Callable[[], bool]
    ) -> None:
        self.thread = thread
        self.since_ms = since_ms
        self.wakes_ms = wakes_ms
        self.is_woken = is_woken


def never() -> bool:
    """Return False: nothing but time ends a plain sleep."""
    return False


class Sleepers:
    """The sleepers of a process. Their time is the milliseconds that have been slept since it began."""

    def __init__(self) -> None:
        self._condition = Condition(RLock())
        self._times: list[SleptTime] = []
        self._passed_ms = 0
        self._clock_ms = 0
        #: In the order in which they went to sleep.
        self._asleep: dict[int, Sleeper] = {}
        self._jumping: Sleeper | None = None
        self._observer = Observer()
        #: How often sleeps came to be simulated.
        self.stretch = 0

    # Enter and leave

    def enter(self, time: SleptTime) -> None:
        """Let sleeps move a time, until it leaves or another enters."""
        with self._condition:
            self.passed_ms()
            if not self._times:
                self.stretch += 1
                self._observer.begin()
            self._times.append(time)
            self._clock_ms = time.now_ms

    def leave(self, time: SleptTime) -> None:
        """Let sleeps move the time again that they moved before, or be what they were."""
        with self._condition:
            self.passed_ms()
            self._times = [other for other in self._times if other is not time]
            if self._times:
                self._clock_ms = self._times[-1].now_ms
            else:
                self._observer.end()
                unfinished_work.clear()
                loops = sys.modules.get("batchmock.walltime.loops")
                if loops is not None:
                    loops.put_all_back()
            self._condition.notify_all()

    def forget_all(self) -> None:
        """Let sleeps be real in a forked child process, whatever the other threads of its parent did."""
        self._condition = Condition(RLock())
        self._times = []
        self._asleep = {}
        self._jumping = None

    @property
    def are_simulated(self) -> bool:
        """Whether sleeps move the time of a mock."""
        return bool(self._times)

    @property
    def are_threads_reported(self) -> bool:
        """Whether the platform reports which threads run."""
        return self._observer.states.are_reported

    # Time

    def passed_ms(self) -> int:
        """Give the simulated milliseconds that have passed since the process began."""
        with self._condition:
            if self._times:
                now_ms = self._times[-1].now_ms
                # A mock that is reset goes back; what has been slept has been slept.
                self._passed_ms += max(0, now_ms - self._clock_ms)
                self._clock_ms = now_ms
            return self._passed_ms

    def has_longer_wait(self, vain_ms: int) -> bool:
        """Return whether a sleep or timeout ends now or later that began so many milliseconds ago."""
        with self._condition:
            now_ms = self.passed_ms()
            before_ms = now_ms - vain_ms
            others = (
                sleeper.wakes_ms is not None
                and sleeper.wakes_ms >= now_ms
                and sleeper.since_ms <= before_ms
                for sleeper in (*self._asleep.values(), self._jumping)
                if sleeper is not None
            )
            loops = sys.modules.get("batchmock.walltime.loops")
            return any(others) or (loops is not None and bool(loops.have_timeouts(before_ms)))

    def time_has_moved(self) -> None:
        """Let those see who may be awake now."""
        with self._condition:
            self._condition.notify_all()

    def note(self, seconds: float) -> None:
        """Note a sleep with the mock whose time it moves."""
        with self._condition:
            for time in self._times[-1:]:
                time.sleeps.append(seconds)

    def forget_unless_passed(self, wakes_ms: int, seconds: float) -> None:
        """Forget a sleep that was over before its time had come, as inside a job's function."""
        with self._condition:
            for time in self._times[-1:]:
                if self.passed_ms() < wakes_ms and seconds in time.sleeps:
                    time.sleeps.remove(seconds)

    def is_inside_a_job(self) -> bool:
        """Whether this thread is moving time, and what sleeps is a function that time has come to."""
        return any(time.is_moved_here for time in self._times)

    # Sleeping

    def sleep(self, seconds: float) -> None:
        """Let the thread sleep in simulated time."""
        self.note(seconds)
        wakes_ms = self.passed_ms() + whole_milliseconds(seconds)
        self.wait(wakes_ms, self._pause)
        self.forget_unless_passed(wakes_ms, seconds)

    def _pause(self, seconds: float) -> None:
        with self._condition:
            real.condition_wait(self._condition, seconds)

    def wait(
        self,
        wakes_ms: int,
        pause: Callable[[float], Woken | None],
        is_woken: Callable[[], bool] = never,
    ) -> Woken | None:
        """
        Wait until a simulated instant, to which time jumps once all other threads are at rest.

        Args:
            wakes_ms: the instant.
            pause: called again and again with some real seconds to wait; what it returns, other than None,
                ends the wait.
            is_woken: returns whether `pause` would end the wait; other threads call it too.

        Returns:
            What ended the wait, or None when it was time.
        """
        with self.asleep(wakes_ms, is_woken) as sleeper:
            lookout = Lookout(self._observer)
            while self._times and self.passed_ms() < wakes_ms:
                woken = None
                if not self._may_jump(sleeper, lookout):
                    woken = pause(PAUSE)
                elif not self._jump(sleeper):
                    # Time stands still for a job's function, which may be waiting for this thread.
                    return None
                elif self.passed_ms() < wakes_ms:
                    # A function ran on the way, and whom it has woken is to be seen.
                    lookout = Lookout(self._observer)
                    woken = pause(0)
                if woken is not None:
                    return woken
        return None

    @contextmanager
    def asleep(
        self, wakes_ms: int | None, is_woken: Callable[[], bool] = never
    ) -> Iterator[Sleeper]:
        """Count a thread among those that sleep in simulated time."""
        with self._condition:
            sleeper = Sleeper(get_ident(), self.passed_ms(), wakes_ms, is_woken)
            self._asleep[sleeper.thread] = sleeper
        try:
            yield sleeper
        finally:
            with self._condition:
                del self._asleep[sleeper.thread]
                self._condition.notify_all()

    def _may_jump(self, sleeper: Sleeper, lookout: Lookout) -> bool:
        """Return whether no sleeper wakes before this one, and every other thread is at rest."""
        with self._condition:
            with_an_end = (other for other in self._asleep.values() if other.wakes_ms is not None)
            is_first = min(with_an_end, key=lambda other: other.wakes_ms or 0) is sleeper
            is_busy = any(time.is_busy for time in self._times[-1:])
            if not is_first or (self._jumping is not None and not is_busy):
                return False
            if not lookout.all_at_rest(self._asleep.keys()):
                return False
            # Last: whoever wakes a sleeper does so before it is at rest itself.
            return not any(other.is_woken() for other in list(self._asleep.values()))

    def _jump(self, sleeper: Sleeper) -> bool:
        with self._condition:
            times = self._times[-1:]
            outer, self._jumping = self._jumping, sleeper
            # The others see a thread that is not asleep meanwhile.
            del self._asleep[sleeper.thread]
        try:
            wakes_ms = sleeper.wakes_ms or 0
            return all(time.move_up(lambda: wakes_ms - self.passed_ms()) for time in times)
        finally:
            with self._condition:
                self._jumping = outer
                self._asleep[sleeper.thread] = sleeper


sleepers: Final = Sleepers()
