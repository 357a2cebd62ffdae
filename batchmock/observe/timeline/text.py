"""
The timeline as plain text: each row is one job, each column a slice of time.

Each stage has its own character, so colour is not needed. Times count from the mock's first
instant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from batchmock.observe.jobs.explain import clock_time
from batchmock.observe.styled import Line, Span, styled, wrapped
from batchmock.observe.timeline.bars import (
    ALL_IN_USE,
    MANY_CALLS,
    MARKS,
    RETRIED,
    WITH_ERROR,
    axis_bar,
    calls_bar,
    folded_bar,
    job_bar,
    vcpus_bar,
)
from batchmock.observe.timeline.hosts.tracks import tracks_of
from batchmock.observe.timeline.notes import notes_of, reason_of_dependents
from batchmock.observe.timeline.phrases import jobs_counted, shortened, vcpus_text
from batchmock.observe.timeline.reasons import Failures
from batchmock.observe.timeline.record import Record
from batchmock.observe.timeline.rows import Row
from batchmock.observe.times import elapsed

LEAST_WIDTH: Final = 60
LONGEST_NAME: Final = 24
#: The width of the columns after a bar: the job's status and its end.
_STATUS_WIDTH: Final = 12
_LEAST_ENDED_WIDTH: Final = 8

_STYLES: Final = {
    **{mark: status for status, mark in MARKS.items()},
    RETRIED: "retried",
    MANY_CALLS: "calls",
    WITH_ERROR: "error",
    ALL_IN_USE: "retried",
    **{str(digit): "calls" for digit in range(1, 10)},
}


class TextPicture:
    """
    Draws a record as lines of text.

    Args:
        record: the contents.
        width: the longest line, in columns.
        headed: whether a line with the number of jobs and the start comes first.
        calls: whether there is a row of calls.
    """

    def __init__(
        self, record: Record, width: int, *, headed: bool = True, calls: bool = True
    ) -> None:
        self._record = record
        self._headed = headed
        self._has_calls = calls and bool(record.calls)
        self._width = max(width, LEAST_WIDTH)
        longest = max((len(row.label) for row in record.rows), default=0)
        self._tracks = tracks_of(record)
        most = max(LONGEST_NAME, self._width * LONGEST_NAME // 100)
        has_head = self._has_calls or self._tracks
        self._name_width = max(min(longest, most), len("calls") if has_head else 3)
        ended_width = max([_LEAST_ENDED_WIDTH, *(len(self._ended(row)) for row in record.rows)])
        self._bar_width = self._width - self._name_width - 2 - 2 - _STATUS_WIDTH - ended_width
        self._failures = Failures()
        #: The marks drawn so far, for the legend.
        self._drawn: set[str] = set()

    def lines(self) -> Iterator[Line]:
        """Yield the lines."""
        record = self._record
        if self._headed:
            yield Line(heading(record))
        if not record.jobs and not record.calls:
            return
        yield self._row(
            "job" if record.jobs else "", axis_bar(record, self._bar_width), "status", "ended"
        )
        if self._has_calls:
            bar = calls_bar(record, self._bar_width)
            self._drawn.update(bar)
            yield self._row("calls", bar, "", "")
            yield from self._note(record.calls_note())
        for track in self._tracks:
            bar = vcpus_bar(record, track, self._bar_width)
            self._drawn.update({ALL_IN_USE}.intersection(bar))
            yield self._row("vCPUs", bar, "", "")
            limit, most = vcpus_text(track.limit), vcpus_text(track.most)
            yield from self._note(f"{track.name}: tenths of {limit} vCPUs in use, {most} at most")
        for lane, rows in groupby(record.rows, key=lambda row: row.lane):
            if lane:
                yield styled(f"[{lane}]", "head")
            for reason, alike in groupby(rows, key=self._reason_of_dependents):
                yield from self._lines_of_rows([*alike], reason)
        if record.hidden:
            yield Line(record.hidden_note())
        yield from self._legend()

    def _reason_of_dependents(self, row: Row) -> str:
        return reason_of_dependents(row, self._failures)

    def _lines_of_rows(self, rows: Sequence[Row], reason: str) -> Iterator[Line]:
        """Yield the lines of consecutive rows, and below them the reason that they share, if any."""
        for row in rows:
            yield from self._lines_of(row, reason)
        if reason:
            yield from self._note(f"these {len(rows):,} jobs: {reason}" if rows[1:] else reason)

    def _lines_of(self, row: Row, told: str) -> Iterator[Line]:
        draw = folded_bar if row.is_folded else job_bar
        bar = draw(self._record, row, self._bar_width)
        self._drawn.update(bar)
        name = shortened(row.label, self._name_width)
        yield self._row(name, bar, row.status, self._ended(row))
        for note in notes_of(self._record, row, told):
            yield from self._note(note)

    def _ended(self, row: Row) -> str:
        return self._record.since_start(row.last_move_ms) if row.is_terminal else ""

    def _note(self, note: str) -> list[Line]:
        return wrapped(f"  {note}", self._width, 6)

    def _row(self, name: str, bar: str, status: str, ended: str) -> Line:
        left, width = self._name_width + 2, self._bar_width
        row = f"{name:<{self._name_width}}  {bar:<{width}}  {status:<{_STATUS_WIDTH}}{ended}"
        if status == "status":
            return styled(row.rstrip(), "muted")
        spans, first = [], left
        for mark, run in groupby(bar):
            end = first + len(list(run))
            if mark in _STYLES:
                spans.append(Span(first, end, _STYLES[mark]))
            first = end
        spans.append(Span(left + width, len(row), status.rpartition(" ")[2]))
        return Line(row.rstrip(), tuple(spans))

    def _legend(self) -> Iterator[Line]:
        """Yield the lines of the legend, which explains the marks that are drawn."""
        line = ""
        for entry in self._legend_entries():
            longer = f"{line}   {entry}" if line else entry
            if len(longer) > self._width:
                yield styled(line, "muted")
                longer = entry
            line = longer
        yield styled(line, "muted")

    def _legend_entries(self) -> Iterator[str]:
        drawn = self._drawn
        yield from (f"{mark} {status.lower()}" for status, mark in MARKS.items() if mark in drawn)
        if RETRIED in drawn:
            yield f"{RETRIED} retried"
        if MANY_CALLS in drawn:
            yield f"{MANY_CALLS} ten or more calls"
        if ALL_IN_USE in drawn:
            yield f"{ALL_IN_USE} all vCPUs in use"
        if WITH_ERROR in drawn:
            yield f"{WITH_ERROR} a call ended in an error"


def heading(record: Record) -> str:
    """Return the line that counts the jobs and names the start."""
    since = clock_time(record.start_ms)
    if not record.jobs and not record.calls:
        return f"0 jobs since {since}"
    return f"{jobs_counted(len(record.jobs))}, {elapsed(record.span_ms)} from {since} on"
