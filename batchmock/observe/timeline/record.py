"""
What a timeline shows, before it is drawn: which rows there are, and what is said of each.

A row is one job; or an array job with its children; or many jobs whose names differ in their numbers
only. All times are milliseconds since the mock's first instant. Building it costs one look at the
name and status of each job, and one pass over the history of those that have a row.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from batchmock.observe.any_job import AnyAttempt, AnyJob
from batchmock.observe.calls import Call
from batchmock.observe.timeline.times import elapsed
from batchmock.simulation.families import ArrayJob, MultiNodeJob
from batchmock.simulation.lifecycle import (
    FAILED,
    RUNNABLE,
    RUNNING,
    SUBMITTED,
    SUCCEEDED,
    TERMINAL,
)
from batchmock.simulation.service_jobs import (
    DISPATCHED,
    SERVICE_JOB_STATUSES,
)

#: Up to so many jobs have a row each, however much their names resemble one another.
FOLD_FROM: Final = 20
#: So many like-named jobs are worth a row of their own together.
LEAST_ALIKE: Final = 4
#: How many of a long list are named: dependencies, failed children, attempts, operations.
MOST_NAMED: Final = 5
MOST_INDICES: Final = 10
MOST_REASONS: Final = 3
MOST_ATTEMPTS: Final = 6

#: What makes the names of like jobs differ: a number, or the beginning of an id.
_VARYING: Final = re.compile(r"\b[0-9a-f]{8}(?:-?[0-9a-f]{4,})*\b|\d+")


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


class Row:
    """
    One row: a job, or several that are shown together.

    Args:
        label: what it is called.
        jobs: its jobs; of an array job, that one alone.
    """

    __slots__ = ("jobs", "label")

    def __init__(self, label: str, jobs: Sequence[AnyJob]) -> None:
        self.label = label
        self.jobs = jobs

    @property
    def members(self) -> Sequence[AnyJob]:
        """The jobs whose stages are drawn: the children of an array job, from when there are any."""
        job = self.jobs[0]
        if len(self.jobs) == 1 and isinstance(job, ArrayJob) and job.children:
            return job.children
        return self.jobs

    @property
    def is_folded(self) -> bool:
        """Whether several jobs are drawn in one bar."""
        return self.members is not self.jobs or len(self.jobs) > 1

    @property
    def noun(self) -> str:
        """What its members are."""
        return "children" if isinstance(self.jobs[0], ArrayJob) else "jobs"

    @property
    def counts(self) -> dict[str, int]:
        """How many of its members have each status, in the order of life; none that nobody has."""
        job = self.jobs[0]
        if len(self.jobs) == 1 and isinstance(job, ArrayJob):
            found: dict[str, int] = job.summary
        else:
            found = Counter(job.status for job in self.jobs)
        return in_order(found)

    @property
    def status(self) -> str:
        """The status of the job; of several, the one worth knowing and how many have it."""
        if len(self.jobs) == 1:
            return self.jobs[0].status
        counts = self.counts
        if len(counts) == 1:
            return next(iter(counts))
        telling = FAILED if FAILED in counts else next(iter(counts))
        return f"{counts[telling]:,} {telling}"

    @property
    def is_terminal(self) -> bool:
        """Whether all of it has ended."""
        return all(job.is_terminal for job in self.jobs)

    @property
    def last_move_ms(self) -> int:
        """The instant (since the epoch) at which something last happened to one of its jobs."""
        return max(job.history[-1].at_ms if job.history else job.created_at_ms for job in self.jobs)


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
            rows = _folded(jobs)
            self.rows = rows[:limit]
            self.hidden = [job for row in rows[limit:] for job in row.jobs]
        else:
            self.rows, self.hidden = _each(jobs[:limit]), jobs[limit:]
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

    def notes(self, row: Row) -> Iterator[str]:
        """Tell what the bar of a row can't; nothing of a job that just succeeds."""
        if len(row.jobs) > 1:
            yield from self._notes_of_family(row, row.jobs, [job.name for job in row.jobs])
            return
        (job,) = row.jobs
        if job.dependencies:
            yield f"after {named([other.name for other in job.dependencies], MOST_NAMED)}"
        if isinstance(job, ArrayJob):
            indices = [str(child.array_index) for child in job.children]
            yield from self._notes_of_family(row, job.children, indices)
        elif isinstance(job, MultiNodeJob):
            yield from _notes_of_nodes(job)
        yield from self._notes_of_attempts(job)
        if job.is_terminal and job.last_attempt is None and not isinstance(job, ArrayJob):
            yield f"{job.status_reason}"
        if job.parked:
            yield f"held at {job.status}"

    def _notes_of_family(
        self, row: Row, members: Sequence[AnyJob], names: Sequence[str]
    ) -> Iterator[str]:
        counts = row.counts
        yield f"{sum(counts.values()):,} {row.noun}: {counted(counts)}"
        if FAILED in counts:
            yield from _failures(zip(names, members, strict=True))
        held = [name for name, job in zip(names, members, strict=True) if job.parked]
        if held:
            yield f"held: {named(held, MOST_INDICES)}"

    def _notes_of_attempts(self, job: AnyJob) -> Iterator[str]:
        attempts = job.attempts
        if len(attempts) <= 1 and job.status == SUCCEEDED:
            return
        shown = attempts
        if len(attempts) > MOST_ATTEMPTS:
            shown = [*attempts[:2], *attempts[2 - MOST_ATTEMPTS :]]
        for attempt in shown:
            yield f"attempt {attempt.number}, {self.period(attempt)}: {ending(attempt)}"
            if attempt.number == 2 and len(shown) < len(attempts):
                yield f"and {len(attempts) - len(shown):,} more attempts, then"

    def period(self, attempt: AnyAttempt) -> str:
        """Say from when to when an attempt ran, or when it ended if it never did."""
        stopped = self.since_start(attempt.stopped_at_ms or self.end_ms)
        if attempt.started_at_ms is None:
            return f"until {stopped}"
        return f"{self.since_start(attempt.started_at_ms)} to {stopped}"


def _each(jobs: Sequence[AnyJob]) -> list[Row]:
    return [Row(job.name, (job,)) for job in jobs]


def _folded(jobs: Sequence[AnyJob]) -> list[Row]:
    """Put like-named jobs of one queue together, each group where its first job stands."""
    groups: dict[tuple[str, str], list[AnyJob]] = {}
    for job in jobs:
        if isinstance(job, (ArrayJob, MultiNodeJob)):
            groups[job.id, ""] = [job]
        else:
            key = (_VARYING.sub("*", job.name), job.queue.name)
            groups.setdefault(key, []).append(job)
    rows: list[Row] = []
    for (pattern, _), group in groups.items():
        if len(group) < LEAST_ALIKE:
            rows += _each(group)
        else:
            differ = any(job.name != group[0].name for job in group)
            rows.append(Row(pattern if differ else group[0].name, group))
    return rows


def _failures(members: Iterable[tuple[str, AnyJob]]) -> Iterator[str]:
    """Say which members failed, those together that failed alike."""
    alike: dict[str, list[str]] = {}
    for name, job in members:
        if job.status == FAILED:
            why = ending(job.last_attempt) if job.last_attempt else f"{job.status_reason}"
            alike.setdefault(why, []).append(name)
    for why in list(alike)[:MOST_REASONS]:
        yield f"failed: {named(alike[why], MOST_INDICES)}: {why}"
    rest = sum(len(names) for names in list(alike.values())[MOST_REASONS:])
    if rest:
        yield f"failed for other reasons: {rest:,}"


def _notes_of_nodes(job: MultiNodeJob) -> Iterator[str]:
    nodes = [job.nodes[index] for index in sorted(job.nodes)]
    counts = in_order(Counter(node.status for node in nodes))
    yield f"{len(job.contents):,} nodes: {counted(counts) or 'none started yet'}"
    failed = [(str(node.node_index), node) for node in nodes if not node.is_main]
    yield from _failures(failed)


def in_order(counts: dict[str, int]) -> dict[str, int]:
    """Give the counts that are not 0 in the order in which jobs live."""
    return {status: counts[status] for status in SERVICE_JOB_STATUSES if counts.get(status)}


def counted(counts: dict[str, int]) -> str:
    """Write counts by status, what has ended first: `7 SUCCEEDED, 2 FAILED, 91 RUNNABLE`."""
    ended = [status for status in (SUCCEEDED, FAILED) if status in counts]
    going = [status for status in counts if status not in TERMINAL]
    return ", ".join(f"{counts[status]:,} {status}" for status in [*ended, *going])


def named(names: Sequence[str], most: int) -> str:
    """Join names, the first of many only: `a, b and 3 more`."""
    shown = ", ".join(shortened(name) for name in names[:most])
    more = len(names) - most
    return f"{shown} and {more:,} more" if more > 0 else shown


def shortened(name: str, longest: int = 24) -> str:
    """Cut a long name in its middle: names mostly differ at an end."""
    if len(name) <= longest:
        return name
    return f"{name[: (longest - 2) // 2]}...{name[-(longest - 3 - (longest - 2) // 2) :]}"


def ending(attempt: AnyAttempt) -> str:
    """Say how an attempt ended: exit code and reason."""
    code = "" if attempt.exit_code is None else f"exit code {attempt.exit_code}"
    succeeded = attempt.exit_code == 0 and attempt.decision is None
    said = attempt.reason or ("" if succeeded else attempt.status_reason or "")
    return ", ".join(text for text in (code, said) if text)


def furthest(counts: dict[str, int]) -> str | None:
    """Give the status of those that have not ended which is furthest along; None if all have."""
    going = [status for status in counts if status not in TERMINAL]
    return RUNNING if RUNNING in going else (going[-1] if going else None)
