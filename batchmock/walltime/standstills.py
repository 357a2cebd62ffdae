"""
Detection of code that waits for an event that will never happen.

If its own waiting moves time, a loop that waits for a hung job would spin forever without any message.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from batchmock.errors import StuckError
from batchmock.simulation.engine import Simulation
from batchmock.simulation.tracking.records import TrackedJob

#: Code that reads the clock may have a deadline up to this many simulated milliseconds away.
LONGEST_DEADLINE_MS: Final = 15 * 24 * 3_600_000
#: Factor by which the limit grows for code that sleeps for its own purposes.
ROUNDS_OF_WORK: Final = 100
_WHAT_TO_DO: Final = (
    "Script an end for the job (succeed, fail), give the job or the loop a timeout, or let deadlines see "
    "simulated time (freeze=True). A loop that needs more rounds: mock_batch(stuck_after=...)."
)

#: Functions that return whether code may end by a deadline that is ahead, given milliseconds in vain.
#: The modules that know of deadlines register them here when they are imported, because they import this one.
have_deadlines: Final[list[Callable[[int], bool]]] = []
#: Functions that return how often the code under test has read a clock.
count_reads: Final[list[Callable[[], int]]] = []


class Standstills:
    """
    Stops code that moves time although no event is left.

    Counts the moves of time since something last happened or was due. Code counts as waiting if it polls jobs
    in between, or sleeps while a job has not ended. It may still end by itself while it reads the clock, or
    while a timeout or another thread's longer sleep is running.

    Args:
        simulation: the simulation that the code waits for.
        why: returns an explanation why nothing will happen to the jobs.
        by_sleeping: whether the code under test moves time by sleeping.
        stuck_after: the number of moves that is an error.
    """

    def __init__(
        self,
        simulation: Simulation,
        why: Callable[[], str],
        *,
        by_sleeping: bool,
        stuck_after: int,
    ) -> None:
        self._simulation = simulation
        self._why = why
        self._by_sleeping = by_sleeping
        self.stuck_after = stuck_after
        self._happened = 0
        self._since_ms = simulation.clock.epoch_ms
        self._moves = 0
        #: Polls of jobs since something last happened.
        self.looks = 0
        self._reads = 0
        self._counted_reads = 0
        #: The entries of the agenda that only wake functions that run as jobs.
        self.planned_wakes = 0

    def note_look(self) -> None:
        """Record that the code under test has polled jobs."""
        self.looks += 1

    def note_move(self) -> None:
        """
        Record a move of time.

        Raises:
            StuckError: time has moved too often without any event.
        """
        happened = len(self._simulation.transitions)
        if self._is_anything_due() or happened != self._happened:
            self._happened, self._moves, self.looks, self._reads = happened, 0, 0, 0
            self._since_ms = self._simulation.clock.epoch_ms
            return
        self._moves += 1
        self._note_reads()
        # Each of several functions that run as jobs may need so many rounds.
        most = self.stuck_after * (1 + self.planned_wakes)
        if self._moves >= most and self._is_waiting() and not self._may_end():
            message = self._message()
            # Other waiting threads and tasks get their error soon.
            self._moves -= max(1, self.stuck_after // 100)
            raise StuckError(message)

    def _is_anything_due(self) -> bool:
        agenda = self._simulation.agenda
        return len(agenda) > self.planned_wakes if self.planned_wakes else bool(agenda)

    def _note_reads(self) -> None:
        """Count the moves before which the code under test has read the clock."""
        counted = sum(count() for count in count_reads)
        self._reads += counted != self._counted_reads
        self._counted_reads = counted

    def _is_waiting(self) -> bool:
        if self.looks * 2 >= self._moves:
            return True
        jobs, service_jobs = self._simulation.jobs, self._simulation.service_jobs
        everything: list[TrackedJob] = [*jobs.values(), *service_jobs.values()]
        unfinished = [job for job in everything if job.parent is None and not job.is_terminal]
        if not self._by_sleeping or not unfinished:
            return False
        # A function that runs as a job ends by itself, but perhaps not at all.
        working = {id(job.parent or job) for job in everything if _runs_a_function(job)}
        is_work = all(id(job) in working for job in unfinished)
        return not is_work or self._moves >= ROUNDS_OF_WORK * self.stuck_after

    def _may_end(self) -> bool:
        vain_ms = self._simulation.clock.epoch_ms - self._since_ms
        if vain_ms < LONGEST_DEADLINE_MS and self._reads * 2 >= self._moves:
            return True
        return any(have_deadline(vain_ms) for have_deadline in have_deadlines)

    def _message(self) -> str:
        seconds = (self._simulation.clock.epoch_ms - self._since_ms) / 1000
        return (
            f"batchmock: the code under test waits in vain: time was moved {self._moves:,} times, by "
            f"{seconds:,g} seconds, since something last happened, and nothing is left to happen.\n"
            f"{self._why()}\n{_WHAT_TO_DO}"
        )


def _runs_a_function(job: TrackedJob) -> bool:
    """Return whether a function of the test runs as a job, and so decides when it ends."""
    return job.attempt is not None and bool(job.attempt.functions)
