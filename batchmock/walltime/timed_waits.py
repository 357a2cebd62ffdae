"""
Waits with a timeout that act as sleeps, such as `Event.wait(5)` in a loop that polls Batch.

A wait with a timeout is simulated in a thread that has called Batch or its logs, and in threads started by such
a thread. Other threads wait in real time: timers of tools never call Batch.

After a wait that has timed out, a short one is simulated only if the thread has since called Batch again or
handed work to another thread. Workers that look for work ten times a second would take long over an hour of
simulated time.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import get_ident
from types import FrameType
from typing import Any, Final

from batchmock.errors import ProgramKilled
from batchmock.walltime import real
from batchmock.walltime.deadlines import deadlines
from batchmock.walltime.programs.current import KillableProgram, current_program, in_program
from batchmock.walltime.sleeper import exact_seconds, whole_milliseconds
from batchmock.walltime.sleepers import sleepers
from batchmock.walltime.threads.tools import OBSERVERS, is_tool, module_of

#: Seconds from which on every wait is simulated. Queues pass on a little less than they were given.
LONG_WAIT: Final = 0.99
#: How many long waits are simulated that time out one after the other, without a call of Batch in between.
MOST_WAITS_IN_VAIN: Final = 100


class _OfThread(threading.local):
    """State of the current thread."""

    #: The period of simulated sleeps to which this state belongs: state of an earlier period is stale.
    stretch = 0
    #: Whether it has ever called Batch, or was started by such a thread.
    is_related = False
    #: Whether it has called Batch, or handed work to another thread, since its last simulated wait timed out.
    has_asked = False
    #: Simulated waits that have timed out since then.
    in_vain = 0
    #: Its clock at the first call; from then on only simulated waits move it.
    stands_at: float | None = None
    #: How far simulated waits have moved its clock ahead of the real one.
    ahead = 0.0


class TimedWaits:
    """The timed waits of all threads, and the clock by which each computes its remaining timeout."""

    def __init__(self) -> None:
        self._thread = _OfThread()

    def _current(self) -> _OfThread:
        thread = self._thread
        if thread.stretch != sleepers.stretch:
            thread.stretch = sleepers.stretch
            thread.is_related = False
            thread.has_asked = False
            thread.stands_at = None
        return thread

    def note_asked(self) -> None:
        """Record that the current thread has called Batch or its logs, or handed work to another thread."""
        thread = self._current()
        thread.is_related = True
        thread.in_vain = 0
        if not thread.has_asked:
            self._stop_clock(thread)

    def _stop_clock(self, thread: _OfThread) -> None:
        thread.has_asked = True
        thread.stands_at = real.monotonic() + thread.ahead

    @property
    def is_related(self) -> bool:
        """Whether the current thread has called Batch, or was started by a thread that has."""
        return sleepers.are_simulated and self._current().is_related

    def is_simulated(self, seconds: float) -> bool:
        """Return whether a wait of the current thread is a sleep, if it has a timeout of so many seconds."""
        if not self.is_related:
            return False
        thread = self._thread
        if thread.has_asked:
            return True
        if seconds < LONG_WAIT or thread.in_vain >= MOST_WAITS_IN_VAIN:
            return False
        self._stop_clock(thread)
        return True

    def now(self, real_clock: Callable[[], float]) -> float:
        """Return the clock, in seconds, by which `threading` and `queue` compute remaining timeouts."""
        thread = self._current()
        if thread.stands_at is not None:
            return thread.stands_at
        return real_clock() + thread.ahead

    def _note_waited(self, seconds: float, *, ran_out: bool) -> None:
        thread = self._thread
        if thread.stands_at is not None:
            thread.stands_at += seconds
            if ran_out:
                thread.has_asked = False
                thread.in_vain += 1
                thread.ahead = thread.stands_at - real.monotonic()
                thread.stands_at = None

    def wait_of_condition(self, condition: Any, seconds: float, at_deadline: bool = False) -> bool:
        """
        Wait like `Condition.wait`, in simulated time.

        Args:
            condition: the condition.
            seconds: the timeout; zero at a deadline.
            at_deadline: whether a millisecond passes instead of zero seconds.
        """
        waiter = threading.Lock()
        waiter.acquire()
        condition._waiters.append(waiter)
        saved = condition._release_save()
        woken = False
        try:
            woken = self._sleep(
                seconds,
                at_deadline,
                lambda pause: waiter.acquire(True, pause) or None if pause else _try(waiter),
                lambda: not waiter.locked() or waiter not in condition._waiters,
            )
            # The mock may have ended between the notification and the end of the wait.
            woken = woken or bool(_try(waiter))
            return woken
        finally:
            condition._acquire_restore(saved)
            if not woken and waiter in condition._waiters:
                condition._waiters.remove(waiter)

    def join(self, thread: threading.Thread, seconds: float, at_deadline: bool = False) -> None:
        """Wait like `Thread.join`, in simulated time."""

        def pause(real_seconds: float) -> bool | None:
            real_join(thread, real_seconds)
            return None if thread.is_alive() else True

        self._sleep(seconds, at_deadline, pause, lambda: not thread.is_alive())

    def _sleep(
        self,
        seconds: float,
        at_deadline: bool,
        pause: Callable[[float], bool | None],
        is_woken: Callable[[], bool],
    ) -> bool:
        """Sleep until woken or timed out; return whether it was woken."""
        before_ms = sleepers.passed_ms()
        woken = bool(sleepers.wait(before_ms + whole_milliseconds(seconds), pause, is_woken))
        passed = (sleepers.passed_ms() - before_ms) / 1000
        if at_deadline:
            self._note_waited(passed, ran_out=False)
        else:
            self._note_waited(passed if woken else max(seconds, passed), ran_out=not woken)
            sleepers.note(passed if woken else seconds)
        deadlines.note_wait(is_timed=not at_deadline)
        return woken


def _is_real(frame: FrameType) -> bool:
    """Return whether a wait belongs to a tool, or to batchmock itself."""
    return is_tool(frame) or module_of(frame) == "batchmock"


def _only_observes(frame: FrameType) -> bool:
    """Return whether a thread is started by a tool, or by a library whose threads change nothing."""
    return is_tool(frame) or module_of(frame) in OBSERVERS


def _try(lock: Any) -> bool | None:
    return lock.acquire(False) or None


timed_waits = TimedWaits()
real_join = threading.Thread.join


def simulated_wait(original: Callable[..., bool]) -> Callable[..., bool]:
    """Return a `Condition.wait` whose timeout may be simulated."""

    def wait(self: Any, timeout: float | None = None) -> bool:
        """Wait until notified or until a timeout occurs."""
        if timeout is None or timeout < 0 or not sleepers.are_simulated:
            return original(self, timeout)
        caller = sys._getframe(1)
        at_deadline = timeout == 0 and deadlines.is_reached(caller)
        if _is_real(caller) or not self._is_owned():
            return original(self, timeout)
        if not (at_deadline if timeout == 0 else timed_waits.is_simulated(timeout)):
            return original(self, timeout)
        return timed_waits.wait_of_condition(self, exact_seconds(timeout), at_deadline)

    return wait


def simulated_join(original: Callable[..., None]) -> Callable[..., None]:
    """Return a `Thread.join` whose timeout may be simulated."""

    def join(self: Any, timeout: float | None = None) -> None:
        """Wait until the thread terminates."""
        is_plain = timeout is None or timeout < 0 or self.ident in (None, get_ident())
        caller = sys._getframe(1)
        if is_plain or not sleepers.are_simulated or _is_real(caller):
            original(self, timeout)
            return
        at_deadline = not timeout and deadlines.is_reached(caller)
        if timeout and timed_waits.is_simulated(timeout):
            timed_waits.join(self, exact_seconds(timeout))
        elif at_deadline:
            timed_waits.join(self, 0, at_deadline=True)
        else:
            original(self, timeout)

    return join


def simulated_start(original: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return a `Thread.start` that relates the new thread to Batch if its starter is."""

    def start(self: Any) -> None:
        """Start the thread's activity."""
        program = current_program()
        is_related = timed_waits.is_related and not _only_observes(sys._getframe(1))
        if is_related:
            timed_waits.note_asked()
        if (is_related or program is not None) and "run" not in vars(self):
            self.run = partial(_run_as_asked, self, self.run, program)
        original(self)

    return start


def _run_as_asked(
    thread: threading.Thread, run: Callable[[], None], program: KillableProgram | None
) -> None:
    vars(thread).pop("run", None)
    timed_waits.note_asked()
    if program is None:
        run()
    else:
        # The thread of a program ends quietly when the program is killed.
        with suppress(ProgramKilled):
            in_program(program, run)
