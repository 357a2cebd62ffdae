"""
Jobs as they were right after one of their moves.

Almost all of this state follows from the job's moves and attempts, which are kept anyway. `StateAtMove` has the
rest, and is recorded when a job moves.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from batchmock.observe.jobs.shallow_copies import shallow_copy
from batchmock.simulation.jobs.attempts import Attempt
from batchmock.simulation.jobs.families import ArrayChild, ArrayJob
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import RUNNING, STARTING, TERMINAL, Transition

#: The classes of jobs that change no more once they have ended; nodes run again when their job is retried.
_LASTING: Final = frozenset({Job, ArrayJob, ArrayChild})

_UNDER_WAY: Final = frozenset({STARTING, RUNNING})


class StateAtMove(NamedTuple):
    """Past state that a job does not keep: its flags, its tags, and the summary of an array job."""

    is_cancelled: bool = False
    is_terminated: bool = False
    tags: dict[str, str] | None = None
    summary: dict[str, int] | None = None
    summary_at_ms: int = 0


class PastState:
    """The state of a job right after one of its moves, as far as its details show it."""

    __slots__ = (
        "attempt",
        "attempts",
        "is_cancelled",
        "is_terminated",
        "last_attempt",
        "started_at_ms",
        "status",
        "status_reason",
        "stopped_at_ms",
        "summary",
        "summary_at_ms",
    )

    def __init__(self, move: Transition, state: StateAtMove, attempts: tuple[Attempt, ...]) -> None:
        _, _, _, self.status, self.status_reason, _ = move
        self.is_cancelled, self.is_terminated, _, self.summary, self.summary_at_ms = state
        self.attempts = attempts
        self.attempt: Attempt | None = None
        self.last_attempt: Attempt | None = None
        self.started_at_ms: int | None = None
        self.stopped_at_ms: int | None = None


def state_after(
    move: Transition, job: Job, state: StateAtMove, *, always_stops: bool
) -> PastState | None:
    """
    Return the state of a job right after a move; None if it is still the same.

    Args:
        move: one of the job's.
        job: the job as it is now.
        state: recorded with the move.
        always_stops: whether a job that ends without an attempt has a `stoppedAt`.
    """
    at_ms, _, from_status, to_status, _, number = move
    is_terminal = to_status in TERMINAL
    if is_terminal and _is_the_same(job, move, state):
        return None
    ends_attempt = is_terminal and from_status in _UNDER_WAY
    attempts = job.attempts
    if attempts:
        ended = number if ends_attempt else number - 1
        attempts = tuple([attempt for attempt in attempts if attempt.number <= ended])
    past = PastState(move, state, attempts)
    if to_status in _UNDER_WAY:
        past.attempt = attempt = _attempt_after(move, job)
        past.started_at_ms = attempt.started_at_ms
    elif is_terminal:
        if ends_attempt and attempts:
            past.last_attempt = attempts[-1]
            past.started_at_ms = past.last_attempt.started_at_ms
        if past.last_attempt is not None or always_stops:
            past.stopped_at_ms = at_ms
    return past


def _is_the_same(job: Job, move: Transition, state: StateAtMove) -> bool:
    """Return whether a job has ended for good with a move, and has not changed since."""
    return (
        job.history[-1] is move
        and job.__class__ in _LASTING
        and job.is_cancelled == state.is_cancelled
        and job.is_terminated == state.is_terminated
        and job.status_reason == move.reason
    )


def _attempt_after(move: Transition, job: Job) -> Attempt:
    """Return the attempt of a move as it was then, without its result."""
    then = attempt_of(move, job)
    # Its ids are created on first read: all copies share them.
    then.create_ids()
    attempt = shallow_copy(then)
    attempt.exit_code = attempt.reason = attempt.status_reason = attempt.stopped_at_ms = None
    attempt.runs = ()
    if move.to_status == STARTING:
        attempt.started_at_ms = None
    return attempt


def attempt_of(move: Transition, job: Job) -> Attempt:
    """Return the attempt that a move to STARTING or RUNNING belongs to."""
    number, attempts = move.attempt, job.attempts
    if job.attempt is not None and job.attempt.number == number:
        return job.attempt
    if number <= len(attempts) and attempts[number - 1].number == number:
        return attempts[number - 1]
    return next(attempt for attempt in attempts if attempt.number == number)
