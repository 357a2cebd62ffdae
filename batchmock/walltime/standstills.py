"""
Code that waits for what will never come.

Where its own waiting moves time, a loop that waits for a job that hangs would go round for ever, fast and
without a word.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Final

from batchmock.errors import BatchMockWarning, StuckError
from batchmock.simulation.engine import Simulation
from batchmock.walltime.caller import depth_of_caller

#: So many times time is moved, with nothing left to happen, until that is taken for a mistake. Code that
#: gives up after some simulated hours does so before.
VAIN_MOVES: Final = 10_000
#: So many times, until it is an error.
MOST_VAIN_MOVES: Final = 100_000


class VainWaits:
    """
    Warn of code that lets time pass though nothing is left to happen, and end it at last.

    What counts is each move of time since something happened, or was due. Code waits when it looks at
    jobs meanwhile; when it but sleeps, it is taken to if there is a job that has not ended.

    Args:
        simulation: what is to happen.
        why: says of jobs why nothing will.
        by_sleeping: whether the code under test moves time by sleeping.
    """

    def __init__(
        self, simulation: Simulation, why: Callable[[], str], *, by_sleeping: bool
    ) -> None:
        self._simulation = simulation
        self._why = why
        self._by_sleeping = by_sleeping
        self._happened = 0
        self._moves = 0
        self._looks = 0

    def note_look(self) -> None:
        """Note that the code under test has asked how jobs are doing."""
        self._looks += 1

    def note_move(self) -> None:
        """
        Note that time was moved.

        Raises:
            StuckError: so often that it will never be enough.
        """
        happened = len(self._simulation.transitions)
        if self._simulation.agenda or happened != self._happened:
            self._happened, self._moves, self._looks = happened, 0, 0
            return
        self._moves += 1
        if self._moves == VAIN_MOVES and self._is_waiting():
            warnings.warn(
                f"{self._told()}\nAfter {MOST_VAIN_MOVES:,} times a StuckError is raised.",
                BatchMockWarning,
                stacklevel=depth_of_caller(),
            )
        elif self._moves >= MOST_VAIN_MOVES and self._is_waiting():
            told = self._told()
            # Other threads and tasks that wait as well are told soon.
            self._moves -= MOST_VAIN_MOVES // 100
            raise StuckError(told)

    def _is_waiting(self) -> bool:
        if self._looks * 2 >= self._moves:
            return True
        jobs, service_jobs = self._simulation.submitted, self._simulation.service_jobs.jobs.values()
        have_ended = (job.is_terminal for each in (jobs, service_jobs) for job in each)
        return self._by_sleeping and not all(have_ended)

    def _told(self) -> str:
        return (
            f"batchmock: the code under test waits in vain: time was moved {self._moves:,} times since "
            f"something last happened, and nothing is left to happen.\n{self._why()}"
        )
