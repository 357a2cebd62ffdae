"""
When the lines of a log are written, and which of them are by a given moment.

All of it is assumed: what a container writes is the test's own business, and when is of interest only to
code that follows a log while the job runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from batchmock.outcomes import LogLine

if TYPE_CHECKING:
    from batchmock.simulation.jobs.job import Attempt
    from batchmock.simulation.service_jobs.job import ServiceAttempt


class WrittenLine(NamedTuple):
    """A line that has been written, and when: milliseconds after the start that is meant."""

    at_ms: int
    text: str


def written(
    lines: Sequence[LogLine], lasts_ms: int | None, elapsed_ms: int
) -> tuple[WrittenLine, ...]:
    """
    Give the lines that a container has written so many milliseconds after its start.

    Those without a time of their own are spread evenly over the run, the first at its start; if it
    hangs, they all come at its start. A container writes nothing after its end: what it would have
    written later is missing, as of one that was stopped.

    Args:
        lines: what it writes.
        lasts_ms: how long it runs if nothing ends it earlier; None if it hangs.
        elapsed_ms: how long it has run, or did.
    """
    end_ms = elapsed_ms if lasts_ms is None else min(elapsed_ms, lasts_ms)
    untimed = sum(line.at_ms is None for line in lines)
    place, due = 0, []
    for line in lines:
        at_ms = line.at_ms
        if at_ms is None:
            at_ms = (lasts_ms or 0) * place // untimed
            place += 1
        if at_ms <= end_ms:
            due.append(WrittenLine(at_ms, line.text))
    return tuple(sorted(due, key=_when))


def _when(line: WrittenLine) -> int:
    return line.at_ms


def lines_of(
    attempt: Attempt | ServiceAttempt, container: str | None, now_ms: int
) -> tuple[WrittenLine, ...]:
    """
    Give what a container of an attempt has written, with instants in milliseconds since the epoch.

    Args:
        attempt: it has written nothing before RUNNING.
        container: the name of one of several; None for the only one, or the one that decides.
        now_ms: the instant of the clock.
    """
    started_ms = attempt.started_at_ms
    if started_ms is None:
        return ()
    ended_ms = now_ms if attempt.stopped_at_ms is None else attempt.stopped_at_ms
    elapsed_ms = ended_ms - started_ms
    if attempt.plan is None:
        lines = written(attempt.logs, attempt.lasts_ms, elapsed_ms)
    else:
        lines = attempt.plan.run_of(container or attempt.plan.decider).written(elapsed_ms)
    return tuple(line._replace(at_ms=line.at_ms + started_ms) for line in lines)
