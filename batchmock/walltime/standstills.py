"""
Detection of code that waits for an event that will never happen.

If its own waiting moves time, a loop that waits for a hung job would spin forever without any message.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from batchmock.errors import StuckError
from batchmock.simulation.engine import Simulation

#: Code that reads the clock may have a deadline up to this many simulated milliseconds away.
LONGEST_DEADLINE_MS: Final = 15 * 24 * 3_600_000
#: Factor by which the limit grows for code that reads the clock.
ROUNDS_UNTIL_A_DEADLINE: Final = 100
#: Moves of time for each read of a clock, at most, by code that has a deadline: others may sleep more often.
MOVES_FOR_A_READ: Final = 100
#: Factor by which the limit grows for code that sleeps for its own purposes.
ROUNDS_OF_WORK: Final = 100
#: How many longer waits may end one after the other, such as the timeouts of a loop that tries again.
MOST_LONGER_WAITS: Final = 50
#: How far two computed ends of the same wait may be apart: floats have rounding errors.
_SAME_END_MS: Final = 2
_WHAT_TO_DO: Final = (
    "Script an end for the job (succeed, fail), give the job or the loop a timeout, or let deadlines see "
    "simulated time (freeze=True). A loop that needs more rounds: mock_batch(stuck_after=...)."
)

#: Functions that return in how many milliseconds the last of all sleeps and timeouts ends, 0 if none is left.
#: The modules that know of waits register them here when they are imported, because they import this one.
waits_ahead: Final[list[Callable[[], int]]] = []
#: Functions that return how often the code under test has read a clock.
count_reads: Final[list[Callable[[], int]]] = []


class Standstills:
    """
    Stops code that moves time although no event is left.

    Counts the moves of time since something last happened or was due. Code counts as waiting if it polls jobs
    in between, sleeps while a job has not ended, or sleeps a hundred times as often. It may still end by itself
    while it reads the clock, or after a timeout or another thread's sleep that lasts longer. The count starts
    again when such a wait ends, but not for ever: a loop may begin a new one each time.

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
        #: Moves that no longer count, because a longer wait has ended since.
        self._forgiven_moves = 0
        #: When the longer wait ends that the code is given time for, and how many there have been.
        self._longer_wait_until_ms: int | None = None
        self._longer_waits = 0
        #: The entries of the agenda that only wake functions that run as jobs.
        self.planned_wakes = 0
        #: Called before each error, which code may drop.
        self.on_stuck: Callable[[], object] | None = None
        #: Returns the submitted jobs whose functions run, and so decide when the jobs end.
        self.jobs_at_work: Callable[[], Collection[object]] = tuple

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
            self._happened = happened
            self._since_ms = self._simulation.clock.epoch_ms
            self._forgiven_moves = self._longer_waits = 0
            self._count_again()
            return
        self._moves += 1
        self._note_reads()
        # Each of several functions that run as jobs may need so many rounds.
        most = self.stuck_after * (1 + self.planned_wakes)
        if self._moves >= most and self._is_waiting() and not self._may_end():
            if self._longer_wait_until_ms is not None:
                self._forgiven_moves += self._moves
                self._count_again()
                return
            message = self._message()
            # Other waiting threads and tasks get their error soon.
            self._moves -= max(1, self.stuck_after // 100)
            if self.on_stuck is not None:
                self.on_stuck()
            raise StuckError(message)

    def _is_anything_due(self) -> bool:
        return self._simulation.agenda.has_more_than(self.planned_wakes)

    def _note_reads(self) -> None:
        """Count the moves before which the code under test has read the clock."""
        counted = sum(count() for count in count_reads)
        self._reads += counted != self._counted_reads
        self._counted_reads = counted

    def _is_waiting(self) -> bool:
        if self.looks * 2 >= self._moves:
            return True
        if not self._by_sleeping:
            return False
        # Counted, not searched: many jobs may wait while time moves.
        unfinished = self._simulation.unfinished
        # A function that runs as a job ends by itself, but perhaps not at all, and so does other work of code
        # whose jobs have all ended.
        is_work = len(self.jobs_at_work()) == unfinished
        return not is_work or self._moves >= ROUNDS_OF_WORK * self.stuck_after

    def _count_again(self) -> None:
        self._moves, self.looks, self._reads = 0, 0, 0
        self._longer_wait_until_ms = None

    def _may_end(self) -> bool:
        now_ms = self._simulation.clock.epoch_ms
        # The first read may be no part of the loop.
        if (self._reads - 1) * MOVES_FOR_A_READ >= self._moves and (
            now_ms - self._since_ms < LONGEST_DEADLINE_MS
            and self._all_moves < ROUNDS_UNTIL_A_DEADLINE * self.stuck_after
        ):
            return True
        ahead_ms = max((ahead() for ahead in waits_ahead), default=0)
        return ahead_ms > 0 and self._is_given_time_until(now_ms + ahead_ms)

    def _is_given_time_until(self, end_ms: int) -> bool:
        """Return whether the code may wait for a longer wait to end."""
        known_ms = self._longer_wait_until_ms
        if known_ms is None or end_ms > known_ms + _SAME_END_MS:
            self._longer_wait_until_ms = end_ms
            self._longer_waits += 1
        if self._longer_waits <= MOST_LONGER_WAITS:
            return True
        self._longer_wait_until_ms = None
        return False

    @property
    def _all_moves(self) -> int:
        """The moves since something last happened."""
        return self._forgiven_moves + self._moves

    def _message(self) -> str:
        seconds = (self._simulation.clock.epoch_ms - self._since_ms) / 1000
        return (
            f"batchmock: the code under test waits in vain: time was moved {self._all_moves:,} times, by "
            f"{seconds:,g} seconds, since something last happened, and nothing is left to happen.\n"
            f"{self._why()}\n{_WHAT_TO_DO}"
        )
