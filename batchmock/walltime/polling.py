"""Polling calls: they move time under `advance="poll"`, and warn of a still clock otherwise."""

from __future__ import annotations

import warnings
from time import thread_time
from typing import Final

from batchmock.caller import depth_of_caller
from batchmock.errors import BatchMockWarning, StuckError
from batchmock.walltime import real
from batchmock.walltime.advice import SLEEP_IN_A_FUNCTION
from batchmock.walltime.mock_time import MockTime
from batchmock.walltime.threads.pressure import thread_starved_seconds

#: The operations that code polls.
POLLS: Final = frozenset({"DescribeJobs", "DescribeServiceJob", "ListJobs", "ListServiceJobs"})
#: Equal polls of a clock that does not move, with real sleeps in between, until a warning.
SLEPT_POLLS: Final = 3
#: Real seconds between two polls that count as a sleep.
REAL_SLEEP: Final = 0.2

_READS: Final = ("Describe", "Get", "List")
_UNLESS_TICKED: Final = (
    "and nobody moves it: it moves only when the test moves it. Is the code under test waiting for a job? With "
    'mock_batch(advance="sleep") its own time.sleep and asyncio.sleep move the clock; with '
    'advance="poll" each look at a job does.'
)
_UNLESS_SLEPT: Final = (
    'and under advance="sleep" only time.sleep, asyncio.sleep and the test move it. Is the code under '
    'test waiting for a job in another way? With advance="poll" each look at a job moves the clock; with '
    'advance="wall" the wall clock does.'
)
_IN_A_FUNCTION: Final = (
    "and time stands still while a function that runs as a job or handles an event has not returned. Does "
    f"the function wait for a job? {SLEEP_IN_A_FUNCTION}"
)


class PollsOfAStillClock:
    """
    Warns of code that polls a clock that nothing moves.

    Counts polls that repeat an earlier one since the clock last moved or a request last changed anything.
    Requests for other pages or other jobs are different polls.

    Args:
        time: the clock that stands still.
        by_sleeping: whether the code under test moves the clock by sleeping.
        stuck_after: the number of equal polls that is an error.
    """

    def __init__(self, time: MockTime, *, by_sleeping: bool, stuck_after: int) -> None:
        self._time = time
        self._outside_functions = _UNLESS_SLEPT if by_sleeping else _UNLESS_TICKED
        self.stuck_after = stuck_after
        self._now_ms = time.now_ms
        self._asked: set[tuple[str, bytes]] = set()
        self._repeated = 0
        self._slept = 0
        self._looked_at = (0.0, 0.0)
        self._starved: float | None = None

    @property
    def _advice(self) -> str:
        return _IN_A_FUNCTION if self._time.is_moved_here else self._outside_functions

    def note(self, operation: str, body: bytes) -> None:
        """Count a call."""
        time = self._time
        time.note_asked()
        if operation in POLLS:
            time.waits.note_look()
            if self._now_ms != time.now_ms:
                self.forget()
            question = (operation, body)
            if question in self._asked:
                self._note_repeated(operation)
            else:
                self._asked.add(question)
                self._looked_at = (real.monotonic(), thread_time())
        elif self._asked and not operation.startswith(_READS):
            self.forget()

    def _note_repeated(self, operation: str) -> None:
        self._repeated += 1
        if self._repeated >= self.stuck_after:
            message = self._message(operation, self._repeated)
            self._repeated = 0
            raise StuckError(message)
        before, used_before = self._looked_at
        self._looked_at = now, used = real.monotonic(), thread_time()
        if now - before >= REAL_SLEEP and used - used_before < (now - before) / 2:
            starved_before, self._starved = self._starved, thread_starved_seconds()
            # Waiting for a processor is no sleep. The first time, there is no value to compare with.
            waited = 0 if starved_before is None else self._starved - starved_before
            if now - before - waited < REAL_SLEEP:
                return
            self._slept += 1
            if self._slept == SLEPT_POLLS - 1:
                if self._time.is_moved_here:
                    self._slept = 0
                    raise StuckError(self._message(operation, SLEPT_POLLS))
                warnings.warn(
                    self._message(operation, SLEPT_POLLS),
                    BatchMockWarning,
                    stacklevel=depth_of_caller(),
                )

    def standstill(self) -> str:
        """Return what a test that was interrupted while it polled has to know; "" if it did not poll."""
        if not self._asked or self._now_ms != self._time.now_ms:
            return ""
        return f"The clock has not moved since jobs were last asked for, {self._advice}"

    def _message(self, operation: str, times: int) -> str:
        return (
            f"batchmock: the same {operation} has been asked {times:,} times since the clock last moved, "
            f"{self._advice}"
        )

    def forget(self) -> None:
        """Count from zero again, because something has changed."""
        self._now_ms = self._time.now_ms
        self._asked.clear()
        self._repeated = 0
        self._slept = 0
        self._starved = None


class PollsInFunctions(PollsOfAStillClock):
    """Warns of functions that run as jobs and poll, while the clock moves by itself everywhere else."""

    def note(self, operation: str, body: bytes) -> None:
        """Count a call of a function."""
        if self._time.is_moved_here:
            super().note(operation, body)

    def standstill(self) -> str:
        """Return an advice for a test that was interrupted in a function that polls."""
        return super().standstill() if self._time.is_moved_here else ""


class PollsMoveTime(PollsInFunctions):
    """
    Moves time after each poll.

    Args:
        time: the time to move.
        delta_ms: the amount in milliseconds.
        stuck_after: the number of equal polls in a function that is an error.
    """

    def __init__(self, time: MockTime, delta_ms: int, stuck_after: int) -> None:
        super().__init__(time, by_sleeping=False, stuck_after=stuck_after)
        self._delta_ms = delta_ms

    def note(self, operation: str, body: bytes) -> None:
        """Move time after a call; in a function, where time stands still, count the call."""
        super().note(operation, body)
        if operation in POLLS and not self._time.is_busy:
            self._time.move_by(self._delta_ms)
            self._time.waits.note_look()
            self._time.waits.note_move()
