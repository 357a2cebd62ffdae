"""The time of one mock, linked with external clocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from batchmock.monitor import Monitor
from batchmock.outcomes import CallContext
from batchmock.simulation.engine import Simulation
from batchmock.simulation.tracking.functions import CallFunction, FunctionRun, run_inline
from batchmock.walltime.frozen import (
    active_time,
    authors_time,
    can_be_frozen_by_authors,
    freeze,
    frozen_ms,
    is_frozen_by,
    move_frozen,
    unfreeze,
)
from batchmock.walltime.standstills import Standstills
from batchmock.walltime.wall import Wall

if TYPE_CHECKING:
    from trio.testing import MockClock

    from batchmock.walltime.patching.patches import Kind, Patches
    from batchmock.walltime.programs.programs import Programs
    from batchmock.walltime.reads import AuthorsReads
    from batchmock.walltime.sleepers import Sleepers


class MockTime:
    """
    The clock of a mock, kept in step with external time.

    External time is the wall clock (`advance="wall"`), sleeps (`advance="sleep"`), and a frozen time, set by
    the mock (`freeze=True`) or by the test's author. Each moves forward by the same amount as the other;
    neither follows the other backward.

    Args:
        monitor: the lock of the mock.
        advance: what moves the clock; see the option.
        speed: simulated seconds per real second.
        freeze: whether the mock freezes time at its clock.
        stuck_after: the number of moves without any event that is an error.
    """

    def __init__(
        self, monitor: Monitor, advance: str, speed: float, freeze: bool, stuck_after: int
    ) -> None:
        self._monitor = monitor
        self._advance = advance
        self._speed = speed
        self._freeze = freeze
        self._stuck_after = stuck_after
        self._simulation: Simulation
        #: The functions that run as jobs in threads of their own; only under `advance="sleep"`.
        self.programs: Programs
        #: Whether the mock is started.
        self.is_entered = False
        self._wall: Wall | None = None
        self._factory: Any = None
        self._frozen_ms = 0
        self._clock_ms = 0
        self._may_begin_elsewhere = False
        self._sleepers: Sleepers | None = None
        self._patches: Patches | None = None
        self._authors_reads: AuthorsReads | None = None
        self._note_asked: Callable[[], None] | None = None
        #: How far the clock lags behind the time that it follows: nonzero only after an error during a move.
        self._behind_ms = 0
        self.sleeps: list[float] = []

    def begin(
        self, simulation: Simulation, *, may_begin_elsewhere: bool, why: Callable[[], str]
    ) -> None:
        """
        Attach to a simulation, and use its clock from now on.

        Args:
            simulation: the simulation to move.
            may_begin_elsewhere: whether the start time may change because none was specified.
            why: returns an explanation why nothing more will happen to its jobs.
        """
        self.waits = Standstills(
            simulation,
            why,
            by_sleeping=self._advance == "sleep",
            stuck_after=self._stuck_after,
        )
        self._simulation = simulation
        self._may_begin_elsewhere = may_begin_elsewhere
        self._factory = None
        self._behind_ms = 0
        self.sleeps = []
        if self._advance == "sleep":
            from batchmock.walltime.programs.programs import Programs

            simulation.on_move = self._lead
            self.programs = Programs(self._monitor, simulation, self.waits)

    @property
    def now_ms(self) -> int:
        """The clock, in milliseconds since the epoch."""
        return self._simulation.now_ms

    @property
    def is_busy(self) -> bool:
        """Whether the thread that moves time is running a function of the test's author."""
        return self._simulation.is_busy and not self._monitor.is_handing_over

    @property
    def is_moved_here(self) -> bool:
        """Whether the current thread is moving time."""
        return self._monitor.is_mover

    # Enter and leave

    def enter(self) -> None:
        """Link the clock with external time."""
        if self._advance == "wall":
            self._wall = Wall(self._speed)
        try:
            self._link()
        except BaseException:
            self.leave()
            raise
        self.is_entered = True
        self.catch_up()

    def _link(self) -> None:
        """Freeze time and make sleeps move it, according to the options."""
        if can_be_frozen_by_authors():
            from batchmock.walltime.reads import authors_reads

            self._authors_reads = authors_reads
            authors_reads.begin()
        kinds: list[Kind] = []
        if self._freeze and authors_time() is None:
            kinds.append("clocks")
            freeze(self)
        if self._advance == "sleep":
            from batchmock.walltime.green_threads import refuse_green_threads

            refuse_green_threads()
            from batchmock.walltime.sleepers import sleepers
            from batchmock.walltime.timed_waits import timed_waits

            kinds.append("sleeps")
            self._sleepers = sleepers
            self._note_asked = timed_waits.note_asked
            sleepers.enter(self)
        if kinds:
            from batchmock.walltime.patching.patches import patches

            self._patches = patches
            patches.enter(self, kinds)

    def leave(self) -> bool:
        """Undo the links; return whether a time that freezegun has frozen inside goes on."""
        self.is_entered = False
        self._factory = None
        self._wall = None
        self._note_asked = None
        if self._authors_reads is not None:
            self._authors_reads.end()
            self._authors_reads = None
        if self._sleepers is not None:
            self._sleepers.leave(self)
        unfreeze(self)
        return self._patches is not None and self._patches.leave(self)

    # Functions that run as jobs

    def run_function(
        self, function: CallFunction, context: CallContext, takes_time: bool
    ) -> FunctionRun:
        """Run a function of the test as a job, until it has ended or sleeps in simulated time."""
        if takes_time and self._sleepers is not None and self.is_entered:
            return self.programs.start(function, context)
        with self._monitor.opened():
            if self._sleepers is not None:
                return run_inline(function, context)
            from batchmock.walltime.real_sleeps import reported_sleeps

            jobs, looks = self._number_of_jobs(), self.waits.looks

            def waits_for_jobs() -> bool:
                return self._number_of_jobs() > jobs and self.waits.looks > looks

            with reported_sleeps(waits_for_jobs):
                return run_inline(function, context)

    def _number_of_jobs(self) -> int:
        return len(self._simulation.jobs) + len(self._simulation.service_jobs)

    def settle(self) -> None:
        """Wait until the functions that run as jobs are at rest, before time moves."""
        if self._sleepers is not None:
            self.programs.settle()

    def stop_programs(self) -> None:
        """End the functions that run as jobs."""
        if self._sleepers is not None:
            self.programs.stop()

    def note_asked(self) -> None:
        """Record that the current thread has called the mock, so that its next timed wait is a sleep."""
        if self._note_asked is not None:
            self._note_asked()

    def trio_clock(self) -> MockClock:
        """Return a clock for runs of trio in this time."""
        from batchmock.walltime.trio_runs import MovedRunTime, SleptRunTime, clock_of

        return clock_of(SleptRunTime() if self._advance == "sleep" else MovedRunTime(self))

    # Follow and lead

    def catch_up(self) -> None:
        """Bring the clock up to date with the wall clock or a frozen time."""
        factory = active_time()
        if factory is not None and is_frozen_by(self, factory):
            factory = None
        if self._wall is None and factory is None and self._factory is None:
            return
        with self._monitor:
            if self.is_entered and not self._simulation.is_busy:
                with self._monitor.moving():
                    self._follow(factory)

    def _follow(self, factory: Any) -> None:
        if factory is None:
            self._factory = None
        elif factory is not self._factory:
            self._meet(factory)
        else:
            self._follow_frozen(factory)
        if self._wall is not None:
            self.move_by(self._wall.passed_ms())

    def _meet(self, factory: Any) -> None:
        """Follow a frozen time from now on; if nothing has happened yet, adopt its time."""
        self._factory = factory
        self._frozen_ms = frozen_ms(factory)
        if self._may_begin_elsewhere and self._simulation.is_untouched:
            self._simulation.begin_at(self._frozen_ms)
        self._clock_ms = self.now_ms
        self._simulation.on_move = self._lead

    def _follow_frozen(self, factory: Any) -> None:
        now_ms = frozen_ms(factory)
        self._behind_ms += max(0, now_ms - self._frozen_ms)
        self._frozen_ms = now_ms
        if not self._behind_ms:
            return
        linked, before_ms = self._factory, self.now_ms
        self._factory = None
        try:
            self._simulation.move_to(before_ms + self._behind_ms)
        finally:
            self._factory = linked
            self._clock_ms = self.now_ms
            self._behind_ms -= self.now_ms - before_ms

    def _lead(self) -> None:
        """Move the frozen time by as much as the clock has moved, and notify the sleepers."""
        factory = self._factory
        if factory is not None and factory is active_time():
            clock_ms = self.now_ms
            move_frozen(factory, clock_ms - self._clock_ms)
            self._clock_ms = clock_ms
            self._frozen_ms = frozen_ms(factory)
        if self._sleepers is not None:
            self._sleepers.time_has_moved()

    def move_up(self, remaining_ms: Callable[[], int], *, counts: bool = True) -> bool:
        """
        Move by the remaining time; return False while a job's function runs in another thread.

        A scheduled function of the test's author interrupts the move: it may have woken a thread that must act
        at that instant.

        Args:
            remaining_ms: returns the remaining time.
            counts: whether the move counts as one of the code under test.
        """
        # Two calls less than a block of the monitor itself.
        with self._monitor.lock:
            if self._simulation.is_busy:
                return self._monitor.is_handing_over
            with self._monitor.moving():
                if not counts and self.programs.have_stopped:
                    return True
                self.catch_up()
                self._move_towards(self.now_ms + max(0, remaining_ms()))
                if counts:
                    self.waits.note_move()
        return True

    def _move_towards(self, target_ms: int) -> None:
        openings, agenda = self._monitor.openings, self._simulation.agenda
        while (due_ms := agenda.next_due_ms()) is not None and due_ms <= target_ms:
            self._simulation.move_to(due_ms)
            if self._monitor.openings != openings:
                return
        self._simulation.move_to(target_ms)

    def move_by(self, delta_ms: int) -> None:
        """Move the clock; no other thread may be moving time."""
        if delta_ms > 0:
            with self._monitor.moving():
                self._simulation.move_to(self.now_ms + delta_ms)

    def pass_by(self, delta_ms: int) -> None:
        """
        Return when simulated time has passed, such as that of a slow reply.

        The thread sleeps under `advance="sleep"`; otherwise it moves the clock, unless time is being moved at
        present, as while an event handler runs.
        """
        if self._sleepers is not None:
            if not self._sleepers.is_inside_a_job():
                self._sleepers.pass_by(delta_ms)
            return
        with self._monitor:
            if not self._simulation.is_busy:
                with self._monitor.moving():
                    self.catch_up()
                    self._simulation.move_to(self.now_ms + delta_ms)
                    self.waits.note_move()

    async def pass_by_async(self, delta_ms: int) -> None:
        """Return when simulated time has passed; under `advance="sleep"` other tasks run meanwhile."""
        if self._sleepers is None:
            self.pass_by(delta_ms)
        elif not self._sleepers.is_inside_a_job():
            from batchmock.walltime.loops import pass_by_async

            await pass_by_async(delta_ms)
