"""The bars of the timeline as text: one character for each slice of time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from batchmock.observe.timeline.hosts.tracks import Track
from batchmock.observe.timeline.phrases import furthest
from batchmock.observe.timeline.record import Record, Stage
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
from batchmock.simulation.service_jobs.job import DISPATCHED

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
#: A column in which all vCPUs were in use.
ALL_IN_USE: Final = "*"
#: The least distance of two round times on the axis, in columns.
_COLUMNS_A_STEP: Final = 9


def axis_bar(record: Record, width: int) -> str:
    """Draw the axis, with as many round times as fit."""
    axis = ""
    for at_ms in ticks(record.span_ms, _COLUMNS_A_STEP / (width - 1)):
        column = record.column(at_ms, width)
        label = elapsed(at_ms)
        fits = column + 1 + len(label) <= width
        axis = f"{axis:<{column}}|{label if fits else ''}"
    return axis


def job_bar(record: Record, row: Row, width: int) -> str:
    """Draw a job: each stage from its first column on, the end as a single mark."""
    stages = record.stages(row.jobs[0])
    columns = _columns(record, stages, width)
    drawn = [" "] * width
    for stage, first, last in zip(stages, columns, [*columns[1:], width], strict=True):
        end = first + 1 if stage.status in TERMINAL else last
        drawn[first:end] = MARKS.get(stage.status, "?") * (end - first)
    for stage, first in zip(stages, columns, strict=True):
        if stage.is_retry:
            drawn[first] = RETRIED
    if stages[-1].status in TERMINAL:
        drawn[columns[-1]] = MARKS[stages[-1].status]
    return "".join(drawn).rstrip()


def _columns(record: Record, stages: Sequence[Stage], width: int) -> list[int]:
    """
    Return the first column of each stage.

    If there is room, every stage has at least one column, at the expense of its neighbours, so that no
    mark hides another. No stage moves a job's end by more than a column.
    """
    columns = [record.column(stage.from_ms, width) for stage in stages]
    has_ended = stages[-1].status in TERMINAL
    last = min(columns[-1] + 1, width - 1) if has_ended else width - 1
    first = max(columns[0] - 1, 0)
    if len(columns) > last - first + 1:
        columns[-1] = max(columns[-1], min(last, first + 1))
        columns[-2] = min(columns[-2], max(columns[-1] - 1, 0))
        return columns
    columns[0] = min(columns[0], last + 1 - len(columns))
    for index in range(1, len(columns)):
        columns[index] = max(columns[index], columns[index - 1] + 1)
    for index, column in enumerate(columns):
        columns[index] = min(column, last + 1 - len(columns) + index)
    return columns


def folded_bar(record: Record, row: Row, width: int) -> str:
    """
    Draw several jobs as one: in each column the furthest status, at the end the result.

    Retries and failures have their marks.
    """
    drawn = [" "] * width
    for column, counts in enumerate(record.spread(row, width, record.column)):
        stage = furthest(counts)
        if stage:
            drawn[column] = MARKS.get(stage, "?")
    for mark, at_ms in _events(row):
        column = record.column(at_ms - record.start_ms, width)
        drawn[column] = mark
    if row.is_terminal:
        end = record.column(max(row.last_move_ms - record.start_ms, 0), width)
        mark = MARKS[FAILED if FAILED in row.counts else SUCCEEDED]
        return f"{''.join(drawn[:end])}{mark}"
    return "".join(drawn).rstrip()


def _events(row: Row) -> list[tuple[str, int]]:
    """Return the marks of retries and failures, with their times."""
    found = [
        (RETRIED, move.at_ms)
        for job in row.members
        if job.attempt_number > 1
        for move in job.history
        if move.to_status == RUNNABLE and move.from_status in DISPATCHED
    ]
    found += [(MARKS[FAILED], job.history[-1].at_ms) for job in row.members if job.status == FAILED]
    return found


def calls_bar(record: Record, width: int) -> str:
    """Draw the number of calls in each column."""
    counts: dict[int, int] = {}
    errors = set()
    for call in record.calls:
        column = record.column(call.at_ms, width)
        counts[column] = counts.get(column, 0) + 1
        if call.is_error:
            errors.add(column)
    return "".join(
        WITH_ERROR if column in errors else _digit(counts.get(column, 0)) for column in range(width)
    ).rstrip()


def vcpus_bar(record: Record, track: Track, width: int) -> str:
    """Draw the vCPUs in use in each column, in tenths of the environment's maxvCpus."""
    peaks = track.peaks(width, lambda at_ms: record.column(at_ms, width))
    return "".join(
        " " if not peak else ALL_IN_USE if peak >= track.limit else _tenths(peak, track.limit)
        for peak in peaks
    ).rstrip()


def _tenths(part: int, whole: int) -> str:
    """Return a share in tenths, rounded up, as a digit."""
    return str(min(-(-10 * part // whole), 9))


def _digit(count: int) -> str:
    if not count:
        return " "
    return str(count) if count < 10 else MANY_CALLS
