"""
The statuses of a job, the moves between them, and what a move leaves behind.

Source: AWS Batch user guide, "Job states" (documented). The function that moves a job is
`Simulation.move`; it asks `check_move` here.
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

#: From each status, those that a job may have next.
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

#: A node that has ended runs again when its job is retried as a whole (assumed).
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
    """One move of one job. `attempt` is the attempt it belongs to, 0 before the first."""

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


#: Make a transition of a tuple of its members: for the many that are made, in half the time of a call of
#: the class.
new_transition: Final = partial(tuple.__new__, Transition)


def check_move(moves: dict[str, frozenset[str]], from_status: str, to_status: str) -> None:
    """
    Hold a move against the table for that kind of job.

    Raises:
        AssertionError: the simulation tried a move that the real service never makes.
    """
    if to_status not in moves.get(from_status, ()):
        raise AssertionError(f"a job can't move from {from_status} to {to_status}")
