"""The report of a mock in a failed test, most important parts first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from batchmock.observe.calls import Call
from batchmock.observe.report.digest import Digest
from batchmock.observe.report.repeated_calls import call_lines
from batchmock.observe.styled import Line, coloured, plain, styled, wrapped
from batchmock.observe.timeline.record import Record
from batchmock.observe.timeline.text import TextPicture, heading
from batchmock.simulation.tracking.records import TrackedJob


class Limits(NamedTuple):
    """The most rows, calls, groups of jobs, explanations, names in a group, and unused items of a report."""

    rows: int
    calls: int
    groups: int
    explanations: int
    names: int
    unused: int


SHORT: Final = Limits(rows=12, calls=8, groups=4, explanations=3, names=6, unused=5)
#: Everything, up to a readable size.
WHOLE: Final = Limits(rows=1000, calls=1000, groups=200, explanations=200, names=200, unused=200)


class Report(str):
    """
    The text of a report.

    `coloured` is the same text with ANSI codes. `is_whole` is false if something was left out.
    `standstill` is what to do if the code under test polls while nobody moves the clock, or "".
    """

    coloured: str
    is_whole: bool
    standstill: str


def report(
    jobs: Sequence[TrackedJob],
    calls: Sequence[Call],
    unused: Sequence[str],
    start_ms: int,
    now_ms: int,
    *,
    whole: bool,
    width: int,
    standstill: str,
) -> Report:
    """
    Build the report: failures, unfinished jobs, retries, timeline, calls, unused items.

    Args:
        jobs: jobs and service jobs, in the order of submission.
        calls: the calls, oldest first.
        unused: a line for each item that was prepared and never used.
        start_ms: the mock's first instant.
        now_ms: the current time.
        whole: the whole report, within `WHOLE`, instead of one that fits a screen.
        width: the longest line, in columns.
        standstill: what to do about a clock that nobody moves, or "".
    """
    limits = WHOLE if whole else SHORT
    folds = not whole or len(jobs) > limits.rows
    record = Record(jobs, calls, start_ms, now_ms, limit=limits.rows, fold=folds, by_interest=True)
    digest = Digest(
        jobs,
        start_ms,
        now_ms,
        width,
        groups=limits.groups,
        explanations=limits.explanations,
        names=limits.names,
        each=whole,
    )
    parts = [[styled(heading(record), "head")], *digest.parts()]
    if jobs:
        parts.append([*TextPicture(record, width, headed=False, calls=False).lines()])
    shown_calls, all_calls = call_lines(calls, limits.calls, start_ms, width, fold=not whole)
    parts.append(shown_calls)
    if unused:
        parts.append(_unused(unused, limits.unused, width))
    lines = [line for part in parts for line in (*part, Line(""))][:-1]
    text = Report(plain(lines))
    text.coloured = coloured(lines)
    text.standstill = standstill
    text.is_whole = (
        digest.is_whole and all_calls and not record.hidden and len(unused) <= limits.unused
    )
    return text


def _unused(unused: Sequence[str], most: int, width: int) -> list[Line]:
    lines = [styled("Never used:", "head")]
    for item in unused[:most]:
        lines += wrapped(f"  {item}", width, 6)
    more = len(unused) - most
    return [*lines, *([Line(f"  and {more:,} more")] if more > 0 else [])]
