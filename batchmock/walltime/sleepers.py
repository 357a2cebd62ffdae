"""
The sleepers in simulated time, and the jump to the earliest wake-up.

A process has one `sleepers` object, for the threads and event loops of all mocks with
`advance="sleep"`; sleeps move the time of the innermost such mock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from threading import Condition, RLock, get_ident
from typing import Final, NamedTuple, Protocol, TypeVar

from batchmock.walltime import real
from batchmock.walltime.standstills import have_deadlines
from batchmock.walltime.threads.quiescence import PAUSE, Lookout, Observer
from batchmock.walltime.threads.unfinished_work import unfinished_work

#: Real seconds between two looks of a sleeper that another one precedes.
PAUSE_BEHIND: Final = 3 * PAUSE

#: Smaller fractions are rounding errors of floats.
NOISE_MS: Final = 0.001

Woken = TypeVar("Woken")


def whole_milliseconds(seconds: float) -> int:
    """Convert seconds to whole milliseconds, rounded up, at least one."""
    return max(1, ceil(seconds * 1000 - NOISE_MS))


class SleptTime(Protocol):
    """The time of a mock that sleeps can move."""

    sleeps: list[float]

    @property
    def now_ms(self) -> int:
        """The clock, in milliseconds since the epoch."""

    @property
    def is_busy(self) -> bool:
        """Whether a scheduled function of the test's author is running."""

    @property
    def is_moved_here(self) -> bool:
        """Whether the current thread is moving time."""

    def move_up(self, remaining_ms: Callable[[], int]) -> bool:
        """Move by the remaining time or a part of it; return False if time cannot be moved now."""


class Sleeper:
    """
    A thread that sleeps, or whose event loop is idle.

    Args:
        thread: its ident.
        since_ms: the simulated time at which it went to sleep.
        wakes_ms: the simulated time at which it wakes; None if only another thread or input can wake it.
        is_woken: returns whether another event has woken it, even if it does not run yet.
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
    """Return False: only time ends a plain sleep."""
    return False


class LoopLinks(NamedTuple):
    """The functions of the module of event loops, which registers them: it imports this module."""

    put_all_back: Callable[[], None]
    have_timeouts: Callable[[int], bool]


class Sleepers:
    """The sleepers of a process. Their clock counts the milliseconds slept since the process started."""

    def __init__(self) -> None:
        self._condition = Condition(RLock())
        self._times: list[SleptTime] = []
        self._passed_ms = 0
        self._clock_ms = 0
        #: In the order in which they went to sleep.
        self._asleep: dict[int, Sleeper] = {}
        self._jumping: Sleeper | None = None
        self._observer = Observer()
        #: What to do with event loops, once the module that simulates them is imported.
        self.loops: list[LoopLinks] = []
        #: The number of times that simulation of sleeps has started.
        self.stretch = 0

    # Enter and leave

    def enter(self, time: SleptTime) -> None:
        """Make sleeps move a time until it leaves or another enters."""
        with self._condition:
            self.passed_ms()
            if not self._times:
                self.stretch += 1
                self._observer.begin()
            self._times.append(time)
            self._clock_ms = time.now_ms

    def leave(self, time: SleptTime) -> None:
        """Make sleeps move the previous time again, or restore real sleeps."""
        with self._condition:
            self.passed_ms()
            self._times = [other for other in self._times if other is not time]
            if self._times:
                self._clock_ms = self._times[-1].now_ms
            else:
                self._observer.end()
                unfinished_work.clear()
                for links in self.loops:
                    links.put_all_back()
            self._condition.notify_all()

    def forget_all(self) -> None:
        """Restore real sleeps in a forked child process, where no other threads exist."""
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
        """Return the simulated milliseconds since the process started."""
        with self._condition:
            if self._times:
                now_ms = self._times[-1].now_ms
                # A reset mock moves back, but time already slept still counts.
                self._passed_ms += max(0, now_ms - self._clock_ms)
                self._clock_ms = now_ms
            return self._passed_ms

    def has_longer_wait(self, vain_ms: int) -> bool:
        """Return whether a sleep or timeout that began at least so many milliseconds ago has not ended."""
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
            return any(others) or any(links.have_timeouts(before_ms) for links in self.loops)

    def time_has_moved(self) -> None:
        """Wake the sleepers to check whether their time has come."""
        with self._condition:
            self._condition.notify_all()

    def note(self, seconds: float) -> None:
        """Record a sleep in the mock whose time it moves."""
        with self._condition:
            for time in self._times[-1:]:
                time.sleeps.append(seconds)

    def forget_unless_passed(self, wakes_ms: int, seconds: float) -> None:
        """Discard a sleep that ended early, as inside a job's function."""
        with self._condition:
            for time in self._times[-1:]:
                if self.passed_ms() < wakes_ms and seconds in time.sleeps:
                    time.sleeps.remove(seconds)

    def is_inside_a_job(self) -> bool:
        """Whether the current thread is moving time, so that a scheduled function is the one sleeping."""
        return any(time.is_moved_here for time in self._times)

    # Sleeping

    def sleep(self, seconds: float) -> None:
        """Sleep in simulated time."""
        self.note(seconds)
        wakes_ms = self.passed_ms() + whole_milliseconds(seconds)
        self.wait(wakes_ms, self._pause)
        self.forget_unless_passed(wakes_ms, seconds)

    def pass_by(self, delta_ms: int) -> None:
        """Sleep in simulated time without a record, since the code under test does not sleep."""
        self.wait(self.passed_ms() + delta_ms, self._pause)

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
        Wait until a simulated instant; time jumps to it once all other threads are at rest.

        Args:
            wakes_ms: the instant.
            pause: called repeatedly with real seconds to wait; any result other than None ends the wait.
            is_woken: returns whether `pause` would end the wait; other threads call it too.

        Returns:
            The result of `pause` that ended the wait, or None if the instant was reached.
        """
        with self.asleep(wakes_ms, is_woken) as sleeper:
            lookout = Lookout(self._observer)
            while self._times and self.passed_ms() < wakes_ms:
                woken = None
                if not self._may_jump(sleeper, lookout):
                    woken = pause(PAUSE if self._is_next(sleeper) else PAUSE_BEHIND)
                elif not self._jump(sleeper):
                    # Time stands still during a job's function, which may be waiting for this thread.
                    return None
                elif self.passed_ms() < wakes_ms:
                    # A function ran on the way and may have woken other threads.
                    lookout = Lookout(self._observer)
                    woken = pause(0)
                if woken is not None:
                    return woken
        return None

    @contextmanager
    def asleep(
        self, wakes_ms: int | None, is_woken: Callable[[], bool] = never
    ) -> Iterator[Sleeper]:
        """Register a thread as asleep in simulated time."""
        with self._condition:
            sleeper = Sleeper(get_ident(), self.passed_ms(), wakes_ms, is_woken)
            self._asleep[sleeper.thread] = sleeper
        try:
            yield sleeper
        finally:
            with self._condition:
                del self._asleep[sleeper.thread]
                self._condition.notify_all()

    def _is_next(self, sleeper: Sleeper) -> bool:
        """Return whether no other sleeper wakes before this one; it alone needs to check the threads often."""
        wakes_ms = sleeper.wakes_ms or 0
        others = list(self._asleep.values())
        return all(other.wakes_ms is None or other.wakes_ms >= wakes_ms for other in others)

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
            # Checked last: a thread wakes a sleeper before it is at rest itself.
            return not any(other.is_woken() for other in list(self._asleep.values()))

    def _jump(self, sleeper: Sleeper) -> bool:
        with self._condition:
            times = self._times[-1:]
            outer, self._jumping = self._jumping, sleeper
            # Meanwhile the others see this thread as not asleep.
            del self._asleep[sleeper.thread]
        try:
            wakes_ms = sleeper.wakes_ms or 0
            return all(time.move_up(lambda: wakes_ms - self.passed_ms()) for time in times)
        finally:
            with self._condition:
                self._jumping = outer
                self._asleep[sleeper.thread] = sleeper


sleepers: Final = Sleepers()
have_deadlines.append(sleepers.has_longer_wait)
