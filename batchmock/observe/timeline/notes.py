"""The notes under a row: details that its bar cannot show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from batchmock.observe.timeline.phrases import MOST_NAMED, counted, ending, in_order, named
from batchmock.observe.timeline.reasons import Failures, is_after_failure
from batchmock.observe.timeline.record import Record
from batchmock.observe.timeline.rows import Row
from batchmock.simulation.jobs.families import ArrayJob, MultiNodeJob, dependencies_of
from batchmock.simulation.jobs.lifecycle import FAILED, SUCCEEDED
from batchmock.simulation.tracking.records import TrackedAttempt, TrackedJob

#: The number of items of a long list that are named.
MOST_INDICES: Final = 10
MOST_REASONS: Final = 3
MOST_ATTEMPTS: Final = 6


def notes_of(record: Record, row: Row, told: str = "") -> Iterator[str]:
    """
    Yield the notes of a row; a job that succeeds at its first attempt has none.

    Args:
        record: the contents of the timeline.
        row: the row.
        told: the reason of a failure that is told elsewhere, from `reason_of_dependents`.
    """
    if len(row.jobs) > 1:
        yield from _notes_of_family(row, row.jobs, [job.name for job in row.jobs])
        return
    (job,) = row.jobs
    names = [other.name for other in dependencies_of(job)]
    if names and not (len(names) == 1 and told.endswith(f"(after {names[0]})")):
        yield f"after {named(names, MOST_NAMED)}"
    if isinstance(job, ArrayJob):
        indices = [str(child.array_index) for child in job.children]
        yield from _notes_of_family(row, job.children, indices)
    elif isinstance(job, MultiNodeJob):
        yield from _notes_of_nodes(job)
    yield from _notes_of_attempts(record, job)
    if job.is_terminal and job.last_attempt is None and not isinstance(job, ArrayJob) and not told:
        yield f"{job.status_reason}"
    if job.parked:
        yield f"held at {job.status}"


def reason_of_dependents(row: Row, failures: Failures) -> str:
    """Return the reason of a job that failed because of another one, and never ran; empty for other rows."""
    job = row.jobs[0]
    if len(row.jobs) > 1 or job.last_attempt is not None or not is_after_failure(job):
        return ""
    return failures.reason(job)


def _notes_of_family(
    row: Row, members: Sequence[TrackedJob], names: Sequence[str]
) -> Iterator[str]:
    counts = row.counts
    yield f"{sum(counts.values()):,} {row.noun}: {counted(counts)}"
    if FAILED in counts:
        yield from _failures(zip(names, members, strict=True))
    held = [name for name, job in zip(names, members, strict=True) if job.parked]
    if held:
        yield f"held: {named(held, MOST_INDICES)}"


def _failures(members: Iterable[tuple[str, TrackedJob]]) -> Iterator[str]:
    """Yield a note for each reason for which members failed."""
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


def _notes_of_attempts(record: Record, job: TrackedJob) -> Iterator[str]:
    attempts = job.attempts
    if len(attempts) <= 1 and job.status == SUCCEEDED:
        return
    shown = attempts
    if len(attempts) > MOST_ATTEMPTS:
        shown = (*attempts[:2], *attempts[2 - MOST_ATTEMPTS :])
    for attempt in shown:
        yield f"attempt {attempt.number}, {_period(record, attempt)}: {ending(attempt)}"
        if attempt.number == 2 and len(shown) < len(attempts):
            yield f"and {len(attempts) - len(shown):,} more attempts, then"


def _period(record: Record, attempt: TrackedAttempt) -> str:
    """Format the period in which an attempt ran, or when it ended if it never did."""
    stopped = record.since_start(attempt.stopped_at_ms or record.end_ms)
    if attempt.started_at_ms is None:
        return f"until {stopped}"
    return f"{record.since_start(attempt.started_at_ms)} to {stopped}"
