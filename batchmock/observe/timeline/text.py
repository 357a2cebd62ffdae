"""
The timeline as plain text: each row is one job, each column a slice of time.

Each stage has a character of its own, so that it needs no colour. Times count from the mock's first
instant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from batchmock.observe.jobs.any_job import AnyJob
from batchmock.observe.jobs.explain import clock_time
from batchmock.observe.timeline.notes import notes_of
from batchmock.observe.timeline.phrases import furthest, shortened
from batchmock.observe.timeline.record import Mark, Record, Stage
from batchmock.observe.timeline.rows import Row
from batchmock.observe.times import elapsed, ticks
from batchmock.simulation.jobs.lifecycle import (
    FAILED,
    PENDING,
    RUNNABLE,
    RUNNING,
    STARTING,
    SUBMITTED,
    SUCCEEDED,
    TERMINAL,
)

LEAST_WIDTH: Final = 60
LONGEST_NAME: Final = 24
#: The columns after a bar: the job's status and when it ended.
_STATUS_WIDTH: Final = 12
_LEAST_ENDED_WIDTH: Final = 8

#: The character of each stage. A terminal status is drawn once, at the job's end.
MARKS: Final = {
    SUBMITTED: ",",
    PENDING: "~",
    RUNNABLE: ".",
    "SCHEDULED": ":",
    STARTING: "-",
    RUNNING: "=",
    SUCCEEDED: "+",
    FAILED: "x",
}
RETRIED: Final = "!"
#: A column with ten or more calls, and a column with a failed call.
MANY_CALLS: Final = "#"
WITH_ERROR: Final = "e"
_COLUMNS_A_STEP: Final = 9


class Line(NamedTuple):
    """A line of the drawing; `bar` is the range of its columns that holds a bar."""

    text: str
    bar: tuple[int, int] = (0, 0)
    status: str = ""


class TextPicture:
    """
    Draws a record as lines of text.

    Args:
        record: the contents.
        width: the longest line, in columns.
    """

    def __init__(self, record: Record, width: int) -> None:
        self._record = record
        self._width = max(width, LEAST_WIDTH)
        longest = max((len(row.label) for row in record.rows), default=0)
        self._name_width = max(min(longest, LONGEST_NAME), len("calls") if record.calls else 3)
        ended_width = max([_LEAST_ENDED_WIDTH, *(len(self._ended(row)) for row in record.rows)])
        self._bar_width = self._width - self._name_width - 2 - 2 - _STATUS_WIDTH - ended_width

    def lines(self) -> Iterator[Line]:
        """Yield the lines."""
        record = self._record
        count = f"{len(record.jobs):,} job{'' if len(record.jobs) == 1 else 's'}"
        since = clock_time(record.start_ms)
        if not record.jobs and not record.calls:
            yield Line(f"{count} since {since}")
            return
        yield Line(f"{count}, {elapsed(record.span_ms)} from {since} on")
        yield self._row("job" if record.jobs else "", self._axis(), "status", "ended")
        if record.calls:
            yield self._row("calls", self._calls_bar(record.calls), "", "")
            yield self._note(record.calls_note())
        for row in record.rows:
            yield from self._lines_of(row)
        if record.hidden:
            yield Line(record.hidden_note())
        yield from self._legend()

    def _lines_of(self, row: Row) -> Iterator[Line]:
        bar = self._folded_bar(row) if row.is_folded else self._bar(row.jobs[0])
        yield self._row(shortened(row.label, LONGEST_NAME), bar, row.status, self._ended(row))
        for note in notes_of(self._record, row):
            yield self._note(note)

    def _ended(self, row: Row) -> str:
        return self._record.since_start(row.last_move_ms) if row.is_terminal else ""

    def _note(self, note: str) -> Line:
        fits = len(note) <= self._width - 2
        return Line(f"  {note}" if fits else f"  {note[: self._width - 5]}...")

    def _row(self, name: str, bar: str, status: str, ended: str) -> Line:
        left, width = self._name_width + 2, self._bar_width
        row = f"{name:<{self._name_width}}  {bar:<{width}}  {status:<{_STATUS_WIDTH}}{ended}"
        return Line(row.rstrip(), (left, left + width), status)

    def _axis(self) -> str:
        """Draw the axis, with as many round times as there is room for."""
        axis = ""
        for at_ms in ticks(self._record.span_ms, _COLUMNS_A_STEP / (self._bar_width - 1)):
            column = self._column(at_ms)
            label = elapsed(at_ms)
            fits = column + 1 + len(label) <= self._bar_width
            axis = f"{axis:<{column}}|{label if fits else ''}"
        return axis

    def _bar(self, job: AnyJob) -> str:
        """Draw a job: each stage from its first column on, the end as a single mark."""
        stages = self._record.stages(job)
        columns = self._columns(stages)
        drawn = [" "] * self._bar_width
        for stage, first, last in zip(
            stages, columns, [*columns[1:], self._bar_width], strict=True
        ):
            mark = MARKS.get(stage.status, "?")
            end = first + 1 if stage.status in TERMINAL else last
            drawn[first:end] = mark * (end - first)
            if stage.is_retry:
                drawn[first] = RETRIED
        return "".join(drawn).rstrip()

    def _columns(self, stages: Sequence[Stage]) -> list[int]:
        """
        Return the first column of each stage.

        If there is room, every stage has at least one column, at the expense of its neighbours, so that no
        mark hides another.
        """
        columns = [self._column(stage.from_ms) for stage in stages]
        if len(columns) > self._bar_width:
            return columns
        for index in range(1, len(columns)):
            columns[index] = max(columns[index], columns[index - 1] + 1)
        for index, column in enumerate(columns):
            columns[index] = min(column, self._bar_width - len(columns) + index)
        return columns

    def _folded_bar(self, row: Row) -> str:
        """Draw several jobs as one: in each column the furthest status, at the end the result."""
        drawn, last = "", 0
        for column, counts in enumerate(self._record.spread(row, self._bar_width)):
            stage = furthest(counts)
            drawn += MARKS.get(stage, "?") if stage else " "
            last = column if stage else last
        drawn = drawn.rstrip()
        if not row.is_terminal:
            return drawn
        end = max(self._column(row.last_move_ms - self._record.start_ms), 0)
        mark = MARKS[FAILED if FAILED in row.counts else SUCCEEDED]
        return f"{drawn[:end]:<{end}}{mark}"

    def _calls_bar(self, calls: Sequence[Mark]) -> str:
        """Draw the number of calls in each column."""
        counts: dict[int, int] = {}
        errors = set()
        for call in calls:
            column = self._column(call.at_ms)
            counts[column] = counts.get(column, 0) + 1
            if call.is_error:
                errors.add(column)
        return "".join(
            WITH_ERROR if column in errors else _digit(counts.get(column, 0))
            for column in range(self._bar_width)
        ).rstrip()

    def _column(self, at_ms: int) -> int:
        return at_ms * (self._bar_width - 1) // max(self._record.span_ms, 1)

    def _legend(self) -> Iterator[Line]:
        """Yield the lines of the legend, which explains the marks that are drawn."""
        line = ""
        for entry in self._legend_entries():
            longer = f"{line}   {entry}" if line else entry
            if len(longer) > self._width:
                yield Line(line)
                longer = entry
            line = longer
        yield Line(line)

    def _legend_entries(self) -> Iterator[str]:
        rows = self._record.rows
        drawn = [job for row in rows for job in row.members]
        used = {move.to_status for job in drawn for move in job.history}
        used |= {SUBMITTED} if rows else set()
        yield from (f"{mark} {status.lower()}" for status, mark in MARKS.items() if status in used)
        if any(job.attempt_number > 1 for row in rows if not row.is_folded for job in row.jobs):
            yield f"{RETRIED} retried"
        marks = self._calls_bar(self._record.calls)
        if MANY_CALLS in marks:
            yield f"{MANY_CALLS} ten or more calls"
        if WITH_ERROR in marks:
            yield f"{WITH_ERROR} a call ended in an error"


def _digit(count: int) -> str:
    if not count:
        return " "
    return str(count) if count < 10 else MANY_CALLS
