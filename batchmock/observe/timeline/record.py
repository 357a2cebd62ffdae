"""
The contents of a timeline before it is drawn: rows, their stages, and calls.

All times are milliseconds since the mock's first instant. Building a record reads the name and status of
each job, and the history of the jobs that have a row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from batchmock.observe.calls import Call
from batchmock.observe.timeline.interest import interest_of_row
from batchmock.observe.timeline.phrases import MOST_NAMED, counted, in_order, named
from batchmock.observe.timeline.rows import Row, a_row_each, folded, in_lanes
from batchmock.observe.times import elapsed
from batchmock.simulation.jobs.lifecycle import FAILED, RUNNABLE, SUBMITTED, TERMINAL
from batchmock.simulation.placement.hosts import Host
from batchmock.simulation.service_jobs.job import DISPATCHED
from batchmock.simulation.tracking.records import TrackedJob

#: Up to this number of jobs, each has a row of its own.
FOLD_FROM: Final = 20


class Stage(NamedTuple):
    """
    A period that a job spent in a status; of length 0 for its end.

    `is_retry` is true for RUNNABLE after an attempt, `has_failed` for the last stage of a failed attempt.
    """

    status: str
    from_ms: int
    to_ms: int
    attempt: int
    is_retry: bool
    has_failed: bool


class Mark(NamedTuple):
    """An API call."""

    at_ms: int
    operation: str
    is_error: bool


class Record:
    """
    The contents of a timeline.

    Args:
        jobs: the jobs, in the order of submission.
        calls: the API calls.
        start_ms: the mock's first instant.
        end_ms: the current time.
        limit: the most rows.
        fold: whether like-named jobs share a row when there are many.
        by_interest: whether failed, stuck, retried and running jobs come first, in this order. Otherwise
            the rows of each queue and share stay together.
        hosts: the EC2 instances so far, in the order in which they were launched.
    """

    def __init__(
        self,
        jobs: Sequence[TrackedJob],
        calls: Sequence[Call],
        start_ms: int,
        end_ms: int,
        *,
        limit: int,
        fold: bool,
        by_interest: bool = False,
        hosts: Sequence[Host] = (),
    ) -> None:
        self.jobs = jobs
        self.hosts = hosts
        rows = folded(jobs) if fold and len(jobs) > FOLD_FROM else a_row_each(jobs)
        rows = sorted(rows, key=interest_of_row) if by_interest else in_lanes(rows)
        self.rows = rows[:limit]
        self.hidden: list[TrackedJob] = [job for row in rows[limit:] for job in row.jobs]
        self.start_ms = start_ms
        last = max((job.history[-1].at_ms for job in jobs if job.history), default=start_ms)
        unfinished = not jobs or any(job.status not in TERMINAL for job in jobs)
        self.end_ms = end_ms if unfinished else last
        self._calls = calls

    @property
    def span_ms(self) -> int:
        """The length of the period that is drawn."""
        return self.end_ms - self.start_ms

    @property
    def calls(self) -> list[Mark]:
        """The API calls; those after the period that is drawn are moved to its end."""
        return [
            Mark(min(call.at_ms - self.start_ms, self.span_ms), call.operation, call.has_failed)
            for call in self._calls
        ]

    def calls_note(self) -> str:
        """Count the calls by operation, the most frequent first."""
        counts = Counter(call.operation for call in self._calls)
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        text = named([f"{count:,} {operation}" for operation, count in ordered], MOST_NAMED)
        errors = sum(call.has_failed for call in self._calls)
        return f"{text}; {errors:,} ended in an error" if errors else text

    def hidden_note(self) -> str:
        """Count the jobs that have no row, by status; empty if there are none."""
        if not self.hidden:
            return ""
        counts = in_order(Counter(job.status for job in self.hidden))
        return f"and {len(self.hidden):,} more: {counted(counts)}"

    def stages(self, job: TrackedJob) -> list[Stage]:
        """Return the stages of a job; its current stage lasts until the end of the timeline."""
        moves = job.history
        begins = [(SUBMITTED, job.created_at_ms, 0, False)]
        begins += [
            (
                move.to_status,
                move.at_ms,
                move.attempt,
                move.to_status == RUNNABLE and move.from_status in DISPATCHED,
            )
            for move in moves
        ]
        ends = [begin[1] for begin in begins[1:]]
        ends.append(begins[-1][1] if job.is_terminal else max(self.end_ms, begins[-1][1]))
        failed = [
            status in DISPATCHED and after[0] in (RUNNABLE, FAILED)
            for (status, *_), after in pairwise(begins)
        ]
        return [
            Stage(status, at_ms - self.start_ms, end_ms - self.start_ms, attempt, is_retry, fails)
            for (status, at_ms, attempt, is_retry), end_ms, fails in zip(
                begins, ends, [*failed, False], strict=True
            )
        ]

    def duration(self, row: Row) -> str:
        """Describe the run time of a job, or of several jobs from first to last."""
        if row.is_folded:
            born = min(job.created_at_ms for job in row.members)
            return f"took {elapsed(row.last_move_ms - born)}" if row.is_terminal else "not ended"
        (job,) = row.jobs
        if not job.is_terminal:
            return "not ended"
        if job.started_at_ms is None or job.last_attempt is None:
            return "never ran"
        return f"ran {elapsed(job.history[-1].at_ms - job.started_at_ms)}"

    def spread(
        self, row: Row, slices: int, slice_of: Callable[[int, int], int] | None = None
    ) -> list[dict[str, int]]:
        """
        Count the members of a row by status, for each of several equal slices of time.

        A member counts from its submission on, with its status at the end of the slice.

        Args:
            row: the row.
            slices: the number of slices.
            slice_of: returns the slice of a time since the start, given the number of slices.
        """
        slice_of = slice_of or self._slice
        births = Counter(job.created_at_ms for job in row.members)
        moves = Counter(
            (move.at_ms, move.from_status, move.to_status)
            for job in row.members
            for move in job.history
        )
        changes: list[Counter[str]] = [Counter() for _ in range(slices)]
        for at_ms, count in births.items():
            changes[slice_of(at_ms - self.start_ms, slices)][SUBMITTED] += count
        for (at_ms, from_status, to_status), count in moves.items():
            change = changes[slice_of(at_ms - self.start_ms, slices)]
            change[from_status] -= count
            change[to_status] += count
        now: Counter[str] = Counter()
        spread = []
        for change in changes:
            now.update(change)
            spread.append(in_order(now))
        return spread

    def _slice(self, at_ms: int, slices: int) -> int:
        return min(at_ms * slices // max(self.span_ms, 1), slices - 1)

    def column(self, at_ms: int, width: int) -> int:
        """Return the column of a time since the start, of `width` columns from the start to the end."""
        return at_ms * (width - 1) // max(self.span_ms, 1)

    def since_start(self, at_ms: int) -> str:
        """Format a time as the duration since the mock's first instant."""
        return elapsed(at_ms - self.start_ms)
