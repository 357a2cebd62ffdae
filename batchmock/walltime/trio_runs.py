"""
Runs of trio in simulated time.

trio's `MockClock` jumps to the next deadline once all tasks are blocked. Here the jump is one of the mock's
time, and waits for whatever else has to run first.
"""

from __future__ import annotations

import select
import sys
from collections.abc import Callable
from math import inf, ulp
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol
from weakref import WeakSet

from batchmock.walltime import real
from batchmock.walltime.deadlines import PAST_A_DEADLINE_MS, deadlines
from batchmock.walltime.loops import PAUSES_FOR_INPUT, RESOLUTION, STEPS_PAST_A_TIMER
from batchmock.walltime.mock_time import MockTime
from batchmock.walltime.reads import reads
from batchmock.walltime.sleeper import whole_milliseconds
from batchmock.walltime.sleepers import sleepers
from batchmock.walltime.standstills import waits_ahead
from batchmock.walltime.threads.quiescence import PAUSE

if TYPE_CHECKING:
    from trio.testing import MockClock

#: A selector that cannot be polled is looked at again after so many real seconds.
_LONGEST_PAUSE: Final = 0.05


class RunTime(Protocol):
    """The simulated time of a run."""

    @property
    def is_simulated(self) -> bool:
        """Whether the mock whose time it is has not stopped."""

    def passed_ms(self) -> int:
        """Return the simulated milliseconds since some moment; it never goes back."""

    def wait(
        self, wakes_ms: int, pause: Callable[[float], bool | None], is_woken: Callable[[], bool]
    ) -> None:
        """Wait until an instant, or until woken."""


class SleptRunTime:
    """The time that all sleepers share, under `advance="sleep"`."""

    @property
    def is_simulated(self) -> bool:
        """Whether sleeps move the time of a mock."""
        return sleepers.are_simulated

    def passed_ms(self) -> int:
        """Return the simulated milliseconds since the process began."""
        return sleepers.passed_ms()

    def wait(
        self, wakes_ms: int, pause: Callable[[float], bool | None], is_woken: Callable[[], bool]
    ) -> None:
        """Sleep until an instant, or until woken."""
        sleepers.wait(wakes_ms, pause, is_woken)


class MovedRunTime:
    """
    The time of one mock that sleeps do not move.

    Args:
        time: the time of the mock.
    """

    def __init__(self, time: MockTime) -> None:
        self._time = time
        self._passed_ms = 0
        self._now_ms = time.now_ms

    @property
    def is_simulated(self) -> bool:
        """Whether the mock has not stopped."""
        return self._time.is_entered

    def passed_ms(self) -> int:
        """Return the simulated milliseconds since the clock was made; a reset takes none of them back."""
        if self.is_simulated:
            self._time.catch_up()
        now_ms = self._time.now_ms
        self._passed_ms += max(0, now_ms - self._now_ms)
        self._now_ms = now_ms
        return self._passed_ms

    def wait(
        self, wakes_ms: int, pause: Callable[[float], bool | None], is_woken: Callable[[], bool]
    ) -> None:
        """Move the clock to an instant, once the worker threads of trio are done."""
        import trio

        while trio.to_thread.current_default_thread_limiter().borrowed_tokens:
            if pause(PAUSE):
                return
        while self.is_simulated and not is_woken() and self.passed_ms() < wakes_ms:
            if not self._time.move_up(lambda: wakes_ms - self.passed_ms()):
                return


class TrioRun:
    """
    Move time for the runs of trio that have a clock.

    Args:
        time: the time of the runs.
        starts_at: what the clock reads at first, in seconds.
    """

    def __init__(self, time: RunTime, starts_at: float = 0.0) -> None:
        from trio.testing import MockClock

        self._time = time
        self._ended_at: float | None = None
        self._last = 0.0
        #: How far the clock is ahead.
        self._lead = 0.0
        #: What is open besides the run's own sockets, once it has brought nothing for a while.
        self._idle: frozenset[object] = frozenset()
        #: The last of the deadlines that are set.
        self._last_deadline = 0.0
        self._runner: Any = None
        clock: Any = MockClock()
        clock._real_clock = self._seconds
        clock._real_base = self._seconds()
        clock._virtual_base = starts_at
        clock.rate = 1.0
        clock.autojump_threshold = 0.0
        clock._autojump = self._jump
        self._clock = clock
        self.clock: MockClock = clock

    def _seconds(self) -> float:
        """Return the seconds of the simulated time, and of the real one after it has ended."""
        if self._time.is_simulated and self._ended_at is None:
            reads.note_by(sys._getframe(1), of_loop=True)
            self._last = self._time.passed_ms() / 1000 + self._lead
            return self._last
        if self._ended_at is None:
            self._ended_at = real.monotonic()
        return self._last + real.monotonic() - self._ended_at

    def _jump(self) -> None:
        """Move to the next deadline, or wait for input: all tasks of the run are blocked."""
        import trio

        if self._ended_at is not None or not self._time.is_simulated:
            self._clock.autojump_threshold = inf
            return
        runner = _runner()
        seconds = trio.lowlevel.current_statistics().seconds_to_next_deadline
        if seconds == inf:
            rouse = runner.entry_queue.wakeup.wakeup_thread_and_signal_safe
            try:
                with sleepers.asleep(None, lambda: _has_input(runner), rouse):
                    _await_input(runner, None)
            except BaseException as error:
                _raise_in_main_task(runner, error)
        elif seconds < RESOLUTION:
            # Seconds kept as floats have noise.
            self._clock.jump(RESOLUTION)
        elif not self._has_brought_input(runner):
            self._note_deadlines(runner)
            try:
                self._wait(runner, seconds)
            except BaseException as error:
                _raise_in_main_task(runner, error)

    def _wait(self, runner: Any, seconds: float) -> None:
        wakes_ms = self._time.passed_ms() + whole_milliseconds(seconds)
        self._time.wait(
            wakes_ms,
            lambda pause: _await_input(runner, pause) or None,
            lambda: _has_input(runner),
        )
        missing_ms = wakes_ms - self._time.passed_ms()
        if missing_ms <= 0:
            # Code may go on until the time is past a deadline, as it is after a real timer.
            self._lead += STEPS_PAST_A_TIMER * ulp(self._seconds())
        if missing_ms > 0 and self._time.is_simulated and not _has_input(runner):
            # Inside a job's function no time passes: then it has for this run alone.
            self._clock.jump(missing_ms / 1000)

    def _has_brought_input(self, runner: Any) -> bool:
        """Wait a little real time for pending input, such as the reply to a request."""
        manager = runner.io_manager
        own = {
            getattr(manager, "_force_wakeup_fd", None),
            runner.entry_queue.wakeup.wakeup_sock.fileno(),
        }
        registered = [key for key, waits in getattr(manager, "_registered", {}).items() if waits]
        files = ((key[0] if isinstance(key, tuple) else key) for key in registered)
        connected = frozenset(file for file in files if file not in own)
        if connected <= self._idle:
            return False
        for _ in range(PAUSES_FOR_INPUT):
            if _await_input(runner, PAUSE):
                self._idle = frozenset()
                return True
        self._idle = connected
        return False

    def _note_deadlines(self, runner: Any) -> None:
        self._runner = runner
        self._last_deadline = max(
            deadline
            for deadline, _, scope in runner.deadlines._heap
            if scope._registered_deadline == deadline
        )

    def deadlines_ahead_ms(self) -> int:
        """Return in how many milliseconds the last of its deadlines is reached; 0 if none is left."""
        if self._runner is None or self._runner.main_task_outcome is not None:
            return 0
        seconds: float = self._last_deadline - self._clock.current_time()
        return max(0, round(seconds * 1000))


_runs: WeakSet[TrioRun] = WeakSet()


def deadlines_ahead_ms() -> int:
    """Return in how many milliseconds the last deadline of any run is reached; 0 if none is left."""
    return max((run.deadlines_ahead_ms() for run in list(_runs)), default=0)


def clock_of(time: RunTime, starts_at: float = 0.0) -> MockClock:
    """Return a clock of trio in simulated time."""
    run = TrioRun(time, starts_at)
    _runs.add(run)
    return run.clock


def _runner() -> Any:
    from trio._core import _run

    return _run.GLOBAL_RUN_CONTEXT.runner


def _selector(runner: Any) -> Any:
    """Return what the run waits in; None on Windows."""
    manager = runner.io_manager
    return getattr(manager, "_epoll", None) or getattr(manager, "_kqueue", None)


def _has_input(runner: Any) -> bool:
    return bool(runner.entry_queue.size()) or _await_input(runner, 0)


def _await_input(runner: Any, seconds: float | None) -> bool:
    """Wait some real seconds, or for ever, for input, without taking it; return whether there is some."""
    selector = _selector(runner)
    if selector is None or not hasattr(select, "poll"):
        real.sleep(_LONGEST_PAUSE if seconds is None else seconds)
        return bool(runner.entry_queue.size())
    poll = select.poll()
    poll.register(selector.fileno(), select.POLLIN)
    return bool(poll.poll(None if seconds is None else seconds * 1000))


def _raise_in_main_task(runner: Any, error: BaseException) -> None:
    """Raise an error on the way where trio raises a KeyboardInterrupt: it would break the run's own loop."""
    task = runner.main_task

    def raise_error() -> NoReturn:
        raise error

    if task is None or task._abort_func is None:
        raise error
    task._attempt_abort(raise_error)


# Under advance="sleep"


def simulated_setup(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function that sets up runs of trio; those without a clock get a simulated one."""

    def setup_runner(clock: Any, *args: Any, **kwargs: Any) -> Any:
        """Create a runner."""
        if clock is None and sleepers.are_simulated:
            clock = clock_of(SleptRunTime())
        return original(clock, *args, **kwargs)

    return setup_runner


def simulated_trio_sleep(original: Callable[[float], Any]) -> Callable[[float], Any]:
    """Return a `trio.sleep` that is noted with the mock whose time it moves."""

    async def sleep(seconds: float) -> None:
        """Pause execution of the current task for the given number of seconds."""
        if not sleepers.are_simulated or seconds == inf:
            await original(seconds)
        elif seconds > 0:
            sleepers.note(seconds)
            wakes_ms = sleepers.passed_ms() + whole_milliseconds(seconds)
            await original(seconds)
            sleepers.forget_unless_passed(wakes_ms, seconds)
            deadlines.note_wait()
        elif seconds == 0 and deadlines.is_reached(sys._getframe(1)):
            await original(PAST_A_DEADLINE_MS / 1000)
            deadlines.note_wait(is_timed=False)
        else:
            await original(seconds)

    return sleep


def is_trio_simulated() -> bool:
    """Return whether a run of trio in this thread is in the time that sleeps move."""
    from trio._core import _run

    runner: Any = getattr(_run.GLOBAL_RUN_CONTEXT, "runner", None)
    return runner is not None and sleepers.are_simulated


def adopt_running_trio() -> None:
    """Put the run in simulated time that runs already in this thread, unless it has a clock of its own."""
    from trio._core import _run

    runner: Any = getattr(_run.GLOBAL_RUN_CONTEXT, "runner", None)
    if runner is not None and type(runner.clock).__name__ == "SystemClock":
        runner.clock = clock_of(SleptRunTime(), runner.clock.current_time())
        runner.clock_autojump_threshold = 0.0


waits_ahead.append(deadlines_ahead_ms)
