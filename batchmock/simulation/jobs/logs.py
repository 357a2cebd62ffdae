"""
The times of log lines, and the lines written by a given moment.

All of it is assumed: the test decides what a container writes, and the time matters only to code that
follows a log while the job runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from batchmock.outcomes import LogLine


class WrittenLine(NamedTuple):
    """A line that has been written, with its time in milliseconds."""

    at_ms: int
    text: str


def written(
    lines: Sequence[LogLine], lasts_ms: int | None, elapsed_ms: int
) -> tuple[WrittenLine, ...]:
    """
    Return the lines that a container has written this long after its start, with times after that start.

    Lines without a time are spread evenly over the run, the first at its start; the lines of a container
    that hangs all come at its start. A container that ends early never writes its later lines.

    Args:
        lines: the lines of the whole run.
        lasts_ms: the length of an undisturbed run; None if it hangs.
        elapsed_ms: how long the container has run so far.
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


class Writes(Protocol):
    """An attempt, as its log sees it."""

    started_at_ms: int | None
    stopped_at_ms: int | None

    def written(self, container: str | None, elapsed_ms: int) -> tuple[WrittenLine, ...]:
        """Return the lines that a container has written this long after the start of the attempt."""


def lines_of(attempt: Writes, container: str | None, now_ms: int) -> tuple[WrittenLine, ...]:
    """
    Return the lines that a container of an attempt has written, with times since the epoch.

    Args:
        attempt: the attempt; it has written nothing before RUNNING.
        container: the name of one of several containers; None for the only one, or the one that decides.
        now_ms: the instant of the clock.
    """
    started_ms = attempt.started_at_ms
    if started_ms is None:
        return ()
    ended_ms = now_ms if attempt.stopped_at_ms is None else attempt.stopped_at_ms
    lines = attempt.written(container, ended_ms - started_ms)
    return tuple(line._replace(at_ms=line.at_ms + started_ms) for line in lines)
