"""
The functions of the test that run as jobs of a mock with `advance="sleep"`.

Each runs in a thread of its own, a program. The thread that moves time hands over to a program when it starts
or wakes up, and goes on once all threads are at rest again. So the order of what happens does not depend on the
operating system.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import partial
from threading import Thread
from typing import Any, NoReturn

from batchmock.caller import depth_of_caller
from batchmock.errors import BatchMockWarning, StuckError
from batchmock.monitor import Monitor
from batchmock.outcomes import CallContext
from batchmock.simulation.engine import Simulation
from batchmock.simulation.tracking.functions import CallFunction
from batchmock.simulation.tracking.records import TrackedJob
from batchmock.walltime import real
from batchmock.walltime.programs.current import current_program
from batchmock.walltime.programs.output import OutputByThread, ProgramOutput
from batchmock.walltime.programs.program import Program
from batchmock.walltime.sleeper import Sleeper
from batchmock.walltime.sleepers import sleepers
from batchmock.walltime.standstills import Standstills


class Programs:
    """
    The programs of a mock, and the sleeps of all programs that move its time.

    Args:
        monitor: the lock of the mock.
        simulation: its jobs and their time.
        waits: counts the moves of time without effect.
    """

    def __init__(self, monitor: Monitor, simulation: Simulation, waits: Standstills) -> None:
        self._monitor = monitor
        self._simulation = simulation
        self._waits = waits
        self._running: dict[Program, None] = {}
        #: Programs whose threads are about to end.
        self._ended: deque[Program] = deque()
        self._driver: Thread | None = None
        self._process = os.getpid()
        #: Whether its mock has stopped, so that no more time may pass.
        self.have_stopped = False
        waits.jobs_at_work = self._jobs_at_work

    @property
    def are_running(self) -> bool:
        """Whether a function has not returned."""
        return bool(self._running)

    @property
    def is_handing_over(self) -> bool:
        """Whether the thread that moves time waits until the programs are at rest."""
        return self._monitor.is_handing_over

    @property
    def is_time_moved(self) -> bool:
        """Whether a thread is moving time."""
        return self._monitor.is_moving

    # Start and end

    def start(self, function: CallFunction, context: CallContext) -> Program:
        """Run a function until it is at rest or has ended."""
        program = Program(function, context, self, lambda: self._simulation.now_ms)
        self._running[program] = None
        self._hand_over(program.start)
        return program

    def note_end(self, program: Program) -> None:
        """Record that a function has ended; called by its thread."""
        with self._monitor:
            del self._running[program]
            self._ended.append(program)
            program.note_end()
            if program.on_end is not None:
                self._simulation.afterwards.append(program.on_end)
        sleepers.time_has_moved()

    def end_soon(self, program: Program) -> None:
        """Hand over to a program that was killed, at the end of the current entry of the agenda."""
        release = partial(sleepers.release_program, program)
        self._simulation.afterwards.append(partial(self._hand_over, release))

    def stop(self) -> None:
        """Kill all programs, and wait until their threads have ended."""
        if os.getpid() != self._process:
            # A forked child has none of the threads.
            return
        self.have_stopped = True
        if self._running:
            with self._monitor.moving():
                running = list(self._running)
                for program in running:
                    program.on_end = None
                    program.note_killed()
                self._hand_over(partial(_release_all, running))
        sleepers.time_has_moved()
        if self._driver is not None:
            real.thread_join(self._driver)
        for program in self._running:
            warnings.warn(_still_waiting(program), BatchMockWarning, stacklevel=depth_of_caller())

    def _jobs_at_work(self) -> set[TrackedJob]:
        """Return the submitted jobs whose functions run."""
        jobs, service_jobs = self._simulation.jobs, self._simulation.service_jobs
        found: set[TrackedJob] = set()
        for program in self._running:
            if not program.is_killed:
                job_id = program.job_id
                job = jobs[job_id] if job_id in jobs else service_jobs[job_id]
                found.add(job.parent or job)
        return found

    # Take turns

    def settle(self) -> None:
        """Wait until all programs are at rest."""
        if self._running:
            self._hand_over(_nothing)

    def _hand_over(self, begin: Callable[[], object]) -> None:
        """Wait until all other threads are at rest, or all programs have ended."""
        with self._monitor.opened(hands_over=True), _outputs():
            begin()
            sleepers.settle(lambda: not self._running)
            while self._ended:
                self._ended.popleft().join()

    def plan_wake(self, sleeper: Sleeper) -> None:
        """Schedule the end of a sleep; called by the thread of a program."""
        with self._monitor:
            delay_ms = max(0, (sleeper.wakes_ms or 0) - sleepers.passed_ms())
            due_ms = self._simulation.now_ms + delay_ms
            sleeper.entry = self._simulation.agenda.add(due_ms, self._wake, sleeper)
            self._waits.planned_wakes += 1
            if self._driver is None:
                self._driver = Thread(target=self._drive, name="batchmock-time", daemon=True)
                real.thread_start(self._driver)

    def cancel_wake(self, sleeper: Sleeper) -> None:
        """Cancel the scheduled end of a sleep, if it has not come."""
        with self._monitor:
            if sleeper.entry is not None:
                self._simulation.agenda.cancel(sleeper.entry)
                sleeper.entry = None
                self._waits.planned_wakes -= 1

    def _wake(self, sleeper: Sleeper) -> None:
        sleeper.entry = None
        self._waits.planned_wakes -= 1
        try:
            self._waits.note_move()
        except StuckError as error:
            sleeper.error = error
        self._hand_over(sleeper.release)

    def _drive(self) -> None:
        """Move time while programs sleep and no other thread does."""
        sleepers.drive(lambda: self.have_stopped, self._raise_later)

    def _raise_later(self, error: BaseException) -> None:
        """Raise an error in the thread that moves time next."""
        self._simulation.afterwards.append(partial(_raise, error))


def _release_all(programs: list[Program]) -> None:
    for program in programs:
        sleepers.release_program(program)


def _nothing() -> None:
    """Do nothing."""


def _raise(error: BaseException) -> NoReturn:
    raise error


@contextmanager
def _outputs() -> Iterator[None]:
    """Pass what programs print on to their logs."""
    out: Any = OutputByThread(sys.stdout, _current_output)
    err: Any = OutputByThread(sys.stderr, _current_output)
    with redirect_stdout(out), redirect_stderr(err):
        yield


def _current_output() -> ProgramOutput | None:
    program = current_program()
    return program.output if isinstance(program, Program) else None


def _still_waiting(program: Program) -> str:
    return (
        f"batchmock: {program.title} has not ended with its mock: its thread runs, or waits for something "
        "other than simulated time. Let the function return, or wait for it, before the mock stops. It "
        "sleeps and waits with a timeout in simulated time, and such waits end with the mock."
    )
