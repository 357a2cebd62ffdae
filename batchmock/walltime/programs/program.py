"""One function of the test that runs as a job in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from threading import Thread
from typing import TYPE_CHECKING

from batchmock.errors import ProgramKilled
from batchmock.outcomes import CallContext, LogLine
from batchmock.simulation.tracking.functions import CallFunction, FunctionRun
from batchmock.walltime import real
from batchmock.walltime.programs.current import in_program
from batchmock.walltime.programs.output import ProgramOutput
from batchmock.walltime.sleepers import sleepers
from batchmock.walltime.timed_waits import timed_waits

if TYPE_CHECKING:
    from batchmock.walltime.programs.programs import Programs


class Program(FunctionRun):
    """
    A function of the test that runs as a job in a thread of its own, with the threads that it starts.

    Args:
        function: the function.
        context: its argument.
        programs: the programs of its mock.
        now_ms: returns the simulated instant.
    """

    def __init__(
        self,
        function: CallFunction,
        context: CallContext,
        programs: Programs,
        now_ms: Callable[[], int],
    ) -> None:
        super().__init__(function, context)
        self.job_id = context.job_id
        self._programs = programs
        self._now_ms = now_ms
        self._began_ms = now_ms()
        self._killed_at_ms: int | None = None
        self._has_ended = False
        self.output = ProgramOutput(self._elapsed_ms)
        name = getattr(function, "__name__", type(function).__name__)
        #: What a message calls it.
        self.title = f"call({name}) of job {context.job_name!r}"
        self._thread = Thread(
            target=copy_context().run,
            args=(in_program, self, self._run_in_thread),
            name=f"{context.job_name} ({context.job_id[:8]}), attempt {context.attempt}",
            daemon=True,
        )

    def start(self) -> None:
        """Start the thread."""
        real.thread_start(self._thread)

    def join(self) -> None:
        """Wait until the thread has ended, after the function has."""
        real.thread_join(self._thread)

    def _elapsed_ms(self) -> int:
        return self._now_ms() - self._began_ms

    @property
    def is_over(self) -> bool:
        """Whether the function has returned or raised, and its mock knows."""
        return self._has_ended

    @property
    def is_killed(self) -> bool:
        """Whether its attempt has ended, so that it may not go on."""
        return self._killed_at_ms is not None

    @property
    def lines(self) -> tuple[LogLine, ...]:
        """The lines printed so far."""
        return self.output.lines

    @property
    def wakes_ms(self) -> int | None:
        """The instant at which the function wakes up; None if it does not sleep."""
        return min(
            (each.entry.due_ms for each in sleepers.of_program(self) if each.entry is not None),
            default=None,
        )

    def _run_in_thread(self) -> None:
        timed_waits.note_asked()
        try:
            self.run_with_output(self.output)
        finally:
            self._programs.note_end(self)

    def note_end(self) -> None:
        """Record how long the function ran, and what it printed."""
        self.took_ms = self._elapsed_ms()
        self._add_lines(self.output.lines)
        self._has_ended = True

    def kill(self) -> None:
        """End the program with its attempt: its next sleep or call of Batch raises an exception."""
        self.on_end = None
        self.note_killed()
        self._programs.end_soon(self)

    def note_killed(self) -> None:
        """Make each sleep and each call of Batch raise an exception from now on."""
        if self._killed_at_ms is None:
            self._killed_at_ms = self._now_ms()

    def check(self) -> None:
        """
        Check that the program may go on.

        Raises:
            ProgramKilled: its attempt has ended.
        """
        if self._killed_at_ms is not None:
            seconds = (self._killed_at_ms - self._began_ms) / 1000
            raise ProgramKilled(
                f"batchmock: {self.title} was killed: its attempt ended {seconds:g} seconds after its start, "
                "before the function returned. Clean up in a finally clause, without sleeping and without "
                "calling Batch."
            )
