"""
What a timeline shows, before it is drawn: the rows, their stages, and the calls.

All times are milliseconds since the mock's first instant. Building it costs one look at the name and status
of each job, and one pass over the history of those that have a row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from batchmock.observe.calls import Call
from batchmock.observe.jobs.any_job import AnyJob
from batchmock.observe.timeline.rows import Row, a_row_each, folded
from batchmock.observe.timeline.times import elapsed
from batchmock.observe.timeline.words import MOST_NAMED, counted, in_order, named
from batchmock.simulation.jobs.lifecycle import RUNNABLE, SUBMITTED, TERMINAL
from batchmock.simulation.service_jobs.job import DISPATCHED

#: Up to so many jobs have a row each, however much their names resemble one another.
FOLD_FROM: Final = 20


class Stage(NamedTuple):
    """A time that a job spent in a status; of length 0 for the end of a job."""

    status: str
    from_ms: int
    to_ms: int
    attempt: int
    is_retry: bool


class Mark(NamedTuple):
    """API calls of one instant."""

    at_ms: int
    operation: str
    is_error: bool


class Record:
    """
    What there is to draw.

    Args:
        jobs: in the order of submission.
        calls: the API calls.
        start_ms: the mock's first instant.
        end_ms: its instant now.
        limit: how many rows there are at the most.
        fold: whether like-named jobs share a row when there are many jobs.
    """

    def __init__(
        self,
        jobs: Sequence[AnyJob],
        calls: Sequence[Call],
        start_ms: int,
        end_ms: int,
        *,
        limit: int,
        fold: bool,
    ) -> None:
        self.jobs = jobs
        self.rows: list[Row]
        self.hidden: Sequence[AnyJob]
        if fold and len(jobs) > FOLD_FROM:
            rows = folded(jobs)
            self.rows = rows[:limit]
            self.hidden = [job for row in rows[limit:] for job in row.jobs]
        else:
            self.rows, self.hidden = a_row_each(jobs[:limit]), jobs[limit:]
        self.start_ms = start_ms
        last = max((job.history[-1].at_ms for job in jobs if job.history), default=start_ms)
        unfinished = not jobs or any(job.status not in TERMINAL for job in jobs)
        self.end_ms = end_ms if unfinished else last
        self._calls = calls

    @property
    def span_ms(self) -> int:
        """The length of time that is drawn."""
        return self.end_ms - self.start_ms

    @property
    def calls(self) -> list[Mark]:
        """The API calls; those after the last instant that is drawn are drawn at it."""
        return [
            Mark(min(call.at_ms - self.start_ms, self.span_ms), call.operation, call.has_failed)
            for call in self._calls
        ]

    def told_of_calls(self) -> str:
        """Count the calls by operation, the most frequent first."""
        counts = Counter(call.operation for call in self._calls)
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        told = named([f"{count:,} {operation}" for operation, count in ordered], MOST_NAMED)
        errors = sum(call.has_failed for call in self._calls)
        return f"{told}; {errors:,} ended in an error" if errors else told

    def told_of_hidden(self) -> str:
        """Say how many jobs have no row, and how they are; empty if all have one."""
        if not self.hidden:
            return ""
        counts = in_order(Counter(job.status for job in self.hidden))
        return f"and {len(self.hidden):,} more: {counted(counts)}"

    def stages(self, job: AnyJob) -> list[Stage]:
        """Give the stages of a job; the one that it is in lasts until the end of the picture."""
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
        return [
            Stage(status, at_ms - self.start_ms, end_ms - self.start_ms, attempt, is_retry)
            for (status, at_ms, attempt, is_retry), end_ms in zip(begins, ends, strict=True)
        ]

    def spread(self, row: Row, slices: int) -> list[dict[str, int]]:
        """
        Count the members of a row by status, for each of so many equal slices of time.

        A member is counted where it is at the end of the slice, and from its submission on.
        """
        births = Counter(job.created_at_ms for job in row.members)
        moves = Counter(
            (move.at_ms, move.from_status, move.to_status)
            for job in row.members
            for move in job.history
        )
        changes: list[Counter[str]] = [Counter() for _ in range(slices)]
        for at_ms, count in births.items():
            changes[self._slice(at_ms, slices)][SUBMITTED] += count
        for (at_ms, from_status, to_status), count in moves.items():
            change = changes[self._slice(at_ms, slices)]
            change[from_status] -= count
            change[to_status] += count
        now: Counter[str] = Counter()
        spread = []
        for change in changes:
            now.update(change)
            spread.append(in_order(now))
        return spread

    def _slice(self, at_ms: int, slices: int) -> int:
        return min((at_ms - self.start_ms) * slices // max(self.span_ms, 1), slices - 1)

    def since_start(self, at_ms: int) -> str:
        """Write an instant as what has passed since the mock's first."""
        return elapsed(at_ms - self.start_ms)
