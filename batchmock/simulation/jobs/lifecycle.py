"""
The statuses of a job, the moves between them, and the record of a move.

Source: AWS Batch user guide, "Job states" (documented). `Tracker.move` moves jobs, and checks each move.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Final, NamedTuple

from batchmock.simulation.time.clock import to_datetime

SUBMITTED: Final = "SUBMITTED"
PENDING: Final = "PENDING"
RUNNABLE: Final = "RUNNABLE"
STARTING: Final = "STARTING"
RUNNING: Final = "RUNNING"
SUCCEEDED: Final = "SUCCEEDED"
FAILED: Final = "FAILED"

JOB_STATUSES: Final = (SUBMITTED, PENDING, RUNNABLE, STARTING, RUNNING, SUCCEEDED, FAILED)
TERMINAL: Final = frozenset({SUCCEEDED, FAILED})

#: The statuses that may follow each status.
LEGAL_MOVES: Final[dict[str, frozenset[str]]] = {
    SUBMITTED: frozenset({PENDING, RUNNABLE, FAILED}),
    PENDING: frozenset({RUNNABLE, FAILED}),
    RUNNABLE: frozenset({STARTING, FAILED}),
    STARTING: frozenset({RUNNING, RUNNABLE, FAILED}),
    RUNNING: frozenset({SUCCEEDED, RUNNABLE, FAILED}),
    SUCCEEDED: frozenset(),
    FAILED: frozenset(),
}

#: An array parent is PENDING while its children run.
ARRAY_PARENT_MOVES: Final[dict[str, frozenset[str]]] = {
    SUBMITTED: frozenset({PENDING, FAILED}),
    PENDING: frozenset({SUCCEEDED, FAILED}),
    SUCCEEDED: frozenset(),
    FAILED: frozenset(),
}

#: A node that has ended runs again when its job is retried (assumed).
NODE_MOVES: Final[dict[str, frozenset[str]]] = {
    **LEGAL_MOVES,
    SUCCEEDED: frozenset({RUNNABLE}),
    FAILED: frozenset({RUNNABLE}),
}

ARRAY_CHILD_JOB_FAILED: Final = "Array Child Job failed"
DEPENDENT_JOB_FAILED: Final = "Dependent Job failed"
JOB_QUEUE_DELETED: Final = "JobQueue deleted"
ATTEMPT_TIMED_OUT: Final = "Job attempt duration exceeded timeout"


class Transition(NamedTuple):
    """One move of one job. `attempt` is the number of its attempt, 0 before the first."""

    at_ms: int
    job_id: str
    from_status: str
    to_status: str
    reason: str | None
    attempt: int

    @property
    def at(self) -> datetime:
        """The simulated instant of the move, as an aware UTC `datetime`."""
        return to_datetime(self.at_ms)

    def __repr__(self) -> str:
        at = self.at.isoformat(timespec="milliseconds")
        because = f" ({self.reason})" if self.reason else ""
        return f"<Transition {at} {self.job_id} {self.from_status} -> {self.to_status}{because}>"


#: Create a transition from a tuple of its members, in half the time that a call of the class takes.
new_transition: Final = partial(tuple.__new__, Transition)


def check_move(moves: dict[str, frozenset[str]], from_status: str, to_status: str) -> None:
    """
    Check a move against the table of moves of a kind of job.

    Raises:
        AssertionError: the simulation tried a move that the real service never makes.
    """
    if to_status not in moves.get(from_status, ()):
        raise AssertionError(f"a job can't move from {from_status} to {to_status}")
