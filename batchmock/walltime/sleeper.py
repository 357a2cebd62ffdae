"""One sleeper in simulated time, and the time that its sleep moves."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable
from math import ceil, ldexp
from typing import Any, Final, Protocol

from batchmock.simulation.time.agenda import Entry
from batchmock.walltime.programs.current import KillableProgram

#: Smaller fractions are rounding errors of floats.
NOISE_MS: Final = 0.001


def exact_seconds(seconds: Any) -> float:
    """
    Return a number of seconds if real sleeps take it: from Python 3.15 on, any real number.

    Raises:
        TypeError, OverflowError: as real sleeps do.
    """
    if isinstance(seconds, float):
        return seconds
    if isinstance(seconds, int) or sys.version_info < (3, 15):
        return operator.index(seconds)
    return ldexp(seconds, 0)


def whole_milliseconds(seconds: float) -> int:
    """Convert seconds to whole milliseconds, rounded up, at least one."""
    return max(1, ceil(seconds * 1000 - NOISE_MS))


class WakesPrograms(Protocol):
    """Wakes programs, the functions of the test that run as jobs, at their time."""

    @property
    def is_handing_over(self) -> bool:
        """Whether the thread that moves time waits until the programs are at rest."""

    @property
    def is_time_moved(self) -> bool:
        """Whether a thread is moving time."""

    def plan_wake(self, sleeper: Sleeper) -> None:
        """Schedule the end of a sleep."""

    def cancel_wake(self, sleeper: Sleeper) -> None:
        """Cancel the scheduled end of a sleep, if it has not come."""


class SleptTime(Protocol):
    """The time of a mock that sleeps can move."""

    sleeps: list[float]

    @property
    def programs(self) -> WakesPrograms:
        """What wakes the programs that sleep in this time."""

    @property
    def now_ms(self) -> int:
        """The clock, in milliseconds since the epoch."""

    @property
    def is_busy(self) -> bool:
        """Whether the thread that moves time is running a function of the test's author."""

    @property
    def is_moved_here(self) -> bool:
        """Whether the current thread is moving time."""

    def move_up(self, remaining_ms: Callable[[], int], *, counts: bool = True) -> bool:
        """
        Move by the remaining time or a part of it; return False if time cannot be moved now.

        Args:
            remaining_ms: returns the remaining time.
            counts: whether the move counts as one of the code under test.
        """


class Sleeper:
    """
    A thread that sleeps, or whose event loop is idle.

    Args:
        thread: its ident.
        wakes_ms: the simulated time at which it wakes; None if only another thread or input can wake it.
        is_woken: returns whether another event has woken it, even if it does not run yet.
        program: the program that it belongs to, if any; programs are woken by the thread that moves time.
        rouse: interrupts the real wait of the thread.
    """

    __slots__ = (
        "_rouse",
        "entry",
        "error",
        "is_released",
        "is_resting",
        "is_woken",
        "outer",
        "planner",
        "program",
        "thread",
        "wakes_ms",
    )

    def __init__(
        self,
        thread: int,
        wakes_ms: int | None,
        is_woken: Callable[[], bool],
        program: KillableProgram | None = None,
        rouse: Callable[[], object] | None = None,
    ) -> None:
        self.thread = thread
        self.wakes_ms = wakes_ms
        self.is_woken = is_woken
        self.program = program
        #: What the same thread has interrupted for this sleep, in the handler of a signal.
        self.outer: Sleeper | None = None
        self._rouse = rouse
        #: The scheduled end of the sleep of a program, and where it is scheduled.
        self.entry: Entry | None = None
        self.planner: WakesPrograms | None = None
        #: Whether a program may run, which it perhaps does not do yet.
        self.is_released = False
        #: Whether its time has come, and it lets others go first.
        self.is_resting = False
        #: What the sleep raises.
        self.error: Exception | None = None

    @property
    def may_go_on(self) -> bool:
        """Whether a program may run, or has to end."""
        return self.is_released or (self.program is not None and self.program.is_killed)

    def is_about_to_run(self) -> bool:
        """Return whether it may run, or has been woken, even if it does not run yet."""
        return self.is_released or self.is_woken()

    def release(self) -> None:
        """Hand over to a program."""
        self.is_released = True
        self.rouse()

    def rouse(self) -> None:
        """Interrupt the real wait of the thread, if that can be done."""
        if self._rouse is not None:
            self._rouse()


def never() -> bool:
    """Return False: only time ends a plain sleep."""
    return False
