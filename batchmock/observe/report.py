"""The report of a mock whose test has failed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from batchmock.observe.calls import Call, format_call
from batchmock.observe.jobs.any_job import AnyJob, explain
from batchmock.observe.jobs.explain import raised_in
from batchmock.observe.timeline import Timeline
from batchmock.simulation.jobs.job import Job


class Limits(NamedTuple):
    """The most rows, calls, unfinished jobs and unused items of a report."""

    rows: int
    calls: int
    jobs: int
    unused: int


SHORT: Final = Limits(rows=12, calls=8, jobs=3, unused=5)
#: Everything, within what can be read.
WHOLE: Final = Limits(rows=1000, calls=1000, jobs=200, unused=200)


def report(
    timeline: Timeline,
    jobs: Sequence[AnyJob],
    calls: Sequence[Call],
    unused: Sequence[str],
    start_ms: int,
    *,
    whole: bool,
) -> str:
    """
    Return the report: the timeline, the last calls, why jobs have not finished, unused scripts.

    Args:
        timeline: the timeline of the jobs and calls.
        jobs: jobs and service jobs, in the order of submission.
        calls: oldest first.
        unused: the scripts that have matched no attempt.
        start_ms: the mock's first instant.
        whole: the whole report, within `WHOLE`, instead of one that fits a screen.
    """
    limits = WHOLE if whole else SHORT
    folds = not whole or len(jobs) > limits.rows
    parts = [timeline.text(limit=limits.rows, fold=folds)]
    parts += _calls(calls, limits.calls, start_ms)
    parts += _unfinished(jobs, limits.jobs)
    parts += _raised(jobs, limits.jobs)
    parts += _unused(unused, limits.unused)
    return "\n\n".join(parts)


def _calls(calls: Sequence[Call], most: int, start_ms: int) -> Iterator[str]:
    if not calls:
        yield "No call was made."
        return
    shown = calls[-most:]
    head = f"Last {len(shown)} of {len(calls):,} calls:" if len(shown) < len(calls) else "Calls:"
    yield "\n".join([head, *(format_call(call, start_ms) for call in shown)])


def _unfinished(jobs: Sequence[AnyJob], most: int) -> Iterator[str]:
    unfinished = [job for job in jobs if not job.is_terminal]
    if not unfinished:
        return
    shown = [explain(job) for job in unfinished[:most]]
    more = len(unfinished) - len(shown)
    yield "\n".join(["Not finished:", *shown, *([f"and {more:,} more"] if more else [])])


def _raised(jobs: Sequence[AnyJob], most: int) -> Iterator[str]:
    """Name the attempts whose function, passed to `call`, raised."""
    lines = [
        f"  job {job.name!r} ({job.id}), attempt {attempt.number}: {raised}"
        for job in _with_members(jobs)
        for attempt in job.attempts
        if (raised := raised_in(attempt)) is not None
    ]
    if lines:
        more = [f"  and {len(lines) - most:,} more"] if len(lines) > most else []
        yield "\n".join(
            ["Functions that raised, with the traceback in logs():", *lines[:most], *more]
        )


def _with_members(jobs: Sequence[AnyJob]) -> Iterator[Job]:
    for job in jobs:
        if isinstance(job, Job):
            yield job
            yield from getattr(job, "children", ())
            yield from getattr(job, "nodes", {}).values()


def _unused(unused: Sequence[str], most: int) -> Iterator[str]:
    if not unused:
        return
    more = len(unused) - most
    lines = ["Never used:", *(f"  {item}" for item in unused[:most])]
    yield "\n".join([*lines, *([f"  and {more:,} more"] if more > 0 else [])])
