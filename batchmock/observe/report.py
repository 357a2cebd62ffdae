"""What is told of a mock when a test that used it has failed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from batchmock.observe.any_job import AnyJob, explain
from batchmock.observe.calls import Call
from batchmock.observe.timeline import Timeline
from batchmock.observe.told_calls import told
from batchmock.outcomes import Script

MOST_ROWS: Final = 12
MOST_CALLS: Final = 8
MOST_JOBS: Final = 3
MOST_SCRIPTS: Final = 5


def report(
    timeline: Timeline,
    jobs: Sequence[AnyJob],
    calls: Sequence[Call],
    unused: Sequence[Script],
    start_ms: int,
    *,
    whole: bool,
) -> str:
    """
    Tell what has happened: the timeline, the last calls, why unfinished jobs are where they are.

    Args:
        timeline: of the jobs and calls.
        jobs: jobs and service jobs, in the order of submission.
        calls: oldest first.
        unused: the scripts that matched no attempt.
        start_ms: the mock's first instant.
        whole: everything, instead of what fits a screen.
    """
    rows = len(jobs) if whole else MOST_ROWS
    parts = [timeline.text(limit=rows, fold=not whole)]
    parts += _calls(calls, len(calls) if whole else MOST_CALLS, start_ms)
    parts += _unfinished(jobs, len(jobs) if whole else MOST_JOBS)
    parts += _scripts(unused, len(unused) if whole else MOST_SCRIPTS)
    return "\n\n".join(parts)


def _calls(calls: Sequence[Call], most: int, start_ms: int) -> Iterator[str]:
    if not calls:
        yield "No call was made."
        return
    shown = calls[-most:]
    head = f"Last {len(shown)} of {len(calls):,} calls:" if len(shown) < len(calls) else "Calls:"
    yield "\n".join([head, *(told(call, start_ms) for call in shown)])


def _unfinished(jobs: Sequence[AnyJob], most: int) -> Iterator[str]:
    unfinished = [job for job in jobs if not job.is_terminal]
    if not unfinished:
        return
    shown = [explain(job) for job in unfinished[:most]]
    more = len(unfinished) - len(shown)
    yield "\n".join(["Not finished:", *shown, *([f"and {more:,} more"] if more else [])])


def _scripts(unused: Sequence[Script], most: int) -> Iterator[str]:
    if not unused:
        return
    shown = [f"  {script!r}" for script in unused[:most]]
    more = len(unused) - len(shown)
    lines = ["Scripts that no attempt has matched:", *shown]
    yield "\n".join([*lines, *([f"  and {more:,} more"] if more else [])])
