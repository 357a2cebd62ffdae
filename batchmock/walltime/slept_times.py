"""The times of the mocks that sleeps move, and the threads and event loops that are asleep in them."""

from __future__ import annotations

from collections.abc import Callable, Set
from contextlib import AbstractContextManager
from operator import attrgetter
from threading import Condition, RLock, get_ident
from typing import Final, NamedTuple

from batchmock.walltime import real
from batchmock.walltime.programs.current import current_program
from batchmock.walltime.sleeper import Sleeper, SleptTime, never
from batchmock.walltime.threads.quiescence import Lookout, Observer
from batchmock.walltime.threads.unfinished_work import unfinished_work

_is_moved_here: Final = attrgetter("is_moved_here")
_is_handing_over: Final = attrgetter("programs.is_handing_over")


class LoopLinks(NamedTuple):
    """The functions of the module of event loops, which registers them: it imports this module."""

    put_all_back: Callable[[], None]
    timers_ahead_ms: Callable[[], int]


class SleptTimes:
    """
    The times that sleeps move, and the sleepers.

    Their common clock counts the milliseconds slept since the process started.
    """

    def __init__(self) -> None:
        #: The lock of the condition. To enter it directly takes less time, and threads sleep often.
        self._lock = RLock()
        self._condition = Condition(self._lock)
        #: The number of threads that wait for the condition.
        self._waiting = 0
        self._times: list[SleptTime] = []
        self._passed_ms = 0
        self._clock_ms = 0
        #: By thread, in the order in which they went to sleep.
        self._asleep: dict[int, Sleeper] = {}
        self._jumping: Sleeper | None = None
        #: The number of threads to be notified of each thread that falls asleep.
        self._attentive = 0
        self._observer = Observer()
        #: What to do with event loops, once the module that simulates them is imported.
        self.loops: list[LoopLinks] = []
        #: The number of times that simulation of sleeps has started.
        self.stretch = 0
        #: The simulated milliseconds that had passed after the last jump.
        self._jumped_to_ms = 0
        #: The milliseconds that functions have slept without effect, because time stands still while they run.
        self.stood_ms = 0

    # Enter and leave

    def enter(self, time: SleptTime) -> None:
        """Make sleeps move a time until it leaves or another enters."""
        with self._lock:
            self.passed_ms()
            if not self._times:
                self.stretch += 1
                self._observer.begin()
            self._times.append(time)
            self._clock_ms = time.now_ms

    def leave(self, time: SleptTime) -> None:
        """Make sleeps move the previous time again, or restore real sleeps."""
        with self._lock:
            self.passed_ms()
            self._times = [other for other in self._times if other is not time]
            if self._times:
                self._clock_ms = self._times[-1].now_ms
            else:
                self._observer.end()
                unfinished_work.clear()
                for links in self.loops:
                    links.put_all_back()
            for sleeper in self._asleep.values():
                if sleeper.planner is time.programs:
                    # A sleep of a program goes on in the time of the next mock.
                    sleeper.entry = sleeper.planner = None
                    sleeper.rouse()
            self._notify_all()

    def forget_all(self) -> None:
        """Restore real sleeps in a forked child process, where no other threads exist."""
        self._lock = RLock()
        self._condition = Condition(self._lock)
        self._waiting = 0
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
        with self._lock:
            if self._times:
                now_ms = self._times[-1].now_ms
                # A reset mock moves back, but time already slept still counts.
                if now_ms > self._clock_ms:
                    self._passed_ms += now_ms - self._clock_ms
                self._clock_ms = now_ms
            return self._passed_ms

    def waits_ahead_ms(self) -> int:
        """Return in how many milliseconds the last of all sleeps and timeouts ends; 0 if none is left."""
        with self._lock:
            now_ms = self.passed_ms()
            wakes = (sleeper.wakes_ms or 0 for sleeper in self._asleep.values())
            of_threads = max(wakes, default=0) - now_ms
            return max(0, of_threads, *(links.timers_ahead_ms() for links in self.loops))

    def time_has_moved(self) -> None:
        """Wake the sleepers to check whether their time has come."""
        with self._lock:
            self._notify_all()

    def _wait_for_notice(self, seconds: float | None) -> None:
        """Wait for some real seconds at most; the lock must be held."""
        self._waiting += 1
        try:
            real.condition_wait(self._condition, seconds)
        finally:
            self._waiting -= 1

    def _notify_all(self) -> None:
        """Notify the waiting threads; the lock must be held."""
        if self._waiting:
            self._condition.notify_all()

    def note(self, seconds: float) -> None:
        """Record a sleep in the mock whose time it moves."""
        for time in self._times[-1:]:
            time.sleeps.append(seconds)

    def forget_unless_passed(self, wakes_ms: int, seconds: float) -> None:
        """Discard a sleep that ended early, as inside a job's function."""
        with self._lock:
            for time in self._times[-1:]:
                if self.passed_ms() < wakes_ms and seconds in time.sleeps:
                    time.sleeps.remove(seconds)

    def is_inside_a_job(self) -> bool:
        """Whether the current thread is moving time, so that a scheduled function is the one sleeping."""
        return any(map(_is_moved_here, self._times))

    # Sleepers

    def _plan(self, sleeper: Sleeper) -> None:
        """Schedule the end of the sleep of a program in the time of the innermost mock."""
        for time in self._times[-1:]:
            sleeper.planner = time.programs
            time.programs.plan_wake(sleeper)

    def asleep(
        self,
        wakes_ms: int | None,
        is_woken: Callable[[], bool] = never,
        rouse: Callable[[], object] | None = None,
    ) -> AbstractContextManager[Sleeper]:
        """Register a thread as asleep in simulated time for a block."""
        program = current_program()
        if program is not None:
            program.check()
        sleeper = Sleeper(get_ident(), wakes_ms, is_woken, program, rouse)
        return _Asleep(self, sleeper)

    def fall_asleep(self, sleeper: Sleeper) -> None:
        """Register a thread as asleep."""
        if sleeper.program is not None and sleeper.wakes_ms is not None:
            self._plan(sleeper)
        with self._lock:
            sleeper.outer = self._asleep.pop(sleeper.thread, None)
            self._asleep[sleeper.thread] = sleeper
            self._observer.note_asleep(sleeper.thread)
            if self._attentive:
                self._notify_all()

    def wake_up(self, sleeper: Sleeper) -> None:
        """Unregister a thread that was asleep."""
        with self._lock:
            del self._asleep[sleeper.thread]
            if sleeper.outer is not None:
                self._asleep[sleeper.thread] = sleeper.outer
            self._notify_all()
        if sleeper.planner is not None:
            sleeper.planner.cancel_wake(sleeper)

    # Moving time

    def _is_time_moved(self) -> bool:
        """Return whether another thread moves time, unless it runs a function that may wait for this one."""
        if any(map(_is_handing_over, self._times)):
            return True
        return self._jumping is not None and not any(time.is_busy for time in self._times[-1:])

    def _are_at_rest(self, lookout: Lookout, asleep: Set[int]) -> bool:
        if not lookout.all_at_rest(asleep):
            return False
        # Checked last: a thread wakes a sleeper before it is at rest itself.
        return not any(map(Sleeper.is_about_to_run, list(self._asleep.values())))

    def _has_jumped_here(self) -> bool:
        """Return whether a sleeper has moved time to this instant, not the test."""
        with self._lock:
            return self._jumping is not None or self.passed_ms() == self._jumped_to_ms

    def _jump(self, sleeper: Sleeper, *, counts: bool = True) -> bool:
        with self._lock:
            times = self._times[-1:]
            outer, self._jumping = self._jumping, sleeper
            # Meanwhile the others see this thread as not asleep.
            del self._asleep[sleeper.thread]
        try:
            wakes_ms = sleeper.wakes_ms or 0
            return all(
                time.move_up(lambda: wakes_ms - self.passed_ms(), counts=counts) for time in times
            )
        finally:
            with self._lock:
                self._jumped_to_ms = self.passed_ms()
                self._jumping = outer
                self._asleep[sleeper.thread] = sleeper


class _Asleep(AbstractContextManager[Sleeper]):
    """The registration of a sleeper for a block. A class, because a generator takes twice as long."""

    __slots__ = ("_sleeper", "_times")

    def __init__(self, times: SleptTimes, sleeper: Sleeper) -> None:
        self._times = times
        self._sleeper = sleeper

    def __enter__(self) -> Sleeper:
        self._times.fall_asleep(self._sleeper)
        return self._sleeper

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        sleeper = self._sleeper
        self._times.wake_up(sleeper)
        if kind is None and sleeper.program is not None:
            sleeper.program.check()
