"""
A picture of all jobs over simulated time, as plain text of at most 100 columns.

Each row is one job, each column a slice of time; the letters tell the stages apart without colour.
Times are what has passed since the clock's first instant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from batchmock.observe.explain import clock_time
from batchmock.simulation.job import Attempt, Job
from batchmock.simulation.lifecycle import (
    FAILED,
    PENDING,
    RUNNABLE,
    RUNNING,
    STARTING,
    SUBMITTED,
    SUCCEEDED,
)

WIDTH: Final = 100
MOST_JOBS: Final = 50
MOST_DEPENDENCIES: Final = 5
LONGEST_NAME: Final = 24
#: What follows a bar: the job's status and when it ended.
_STATUS_WIDTH: Final = 12
_ENDED_WIDTH: Final = 8

#: What a stage is drawn with. An ended job leaves its mark once, at its end.
MARKS: Final = {
    SUBMITTED: ",",
    PENDING: "~",
    RUNNABLE: ".",
    STARTING: "-",
    RUNNING: "=",
    SUCCEEDED: "+",
    FAILED: "x",
}
RETRIED: Final = "!"
#: How far apart the marks of the axis may be: round numbers of milliseconds, up to a week.
_STEPS: Final = (
    *(digit * 10**power for power in range(3) for digit in (1, 2, 5)),
    *(seconds * 1000 for seconds in (1, 2, 5, 10, 15, 30)),
    *(minutes * 60_000 for minutes in (1, 2, 5, 10, 15, 20, 30)),
    *(hours * 3_600_000 for hours in (1, 2, 3, 6, 12, 24, 48, 7 * 24)),
)
_COLUMNS_A_STEP: Final = 9


class Timeline:
    """
    What happened to each job, and when. Prints as text.

    Args:
        jobs: in the order of their rows.
        start_ms: the mock's first instant.
        end_ms: its instant now.
    """

    def __init__(self, jobs: Sequence[Job], start_ms: int, end_ms: int) -> None:
        self._jobs = jobs
        self._shown = jobs[:MOST_JOBS]
        self._start_ms = start_ms
        last = max((job.history[-1].at_ms for job in jobs if job.history), default=start_ms)
        unfinished = any(not job.is_terminal for job in jobs)
        self._end_ms = end_ms if unfinished else last
        longest = max((len(job.name) for job in self._shown), default=0)
        self._name_width = max(min(longest, LONGEST_NAME), len("job"))
        self._bar_width = WIDTH - self._name_width - 2 - 2 - _STATUS_WIDTH - _ENDED_WIDTH

    def __repr__(self) -> str:
        return f"<Timeline of {len(self._jobs)} jobs>"

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        count = f"{len(self._jobs):,} job{'' if len(self._jobs) == 1 else 's'}"
        since = clock_time(self._start_ms)
        if not self._jobs:
            yield f"{count} since {since}"
            return
        yield f"{count}, {elapsed(self._end_ms - self._start_ms)} from {since} on"
        yield self._row("job", self._axis(), "status", "ended")
        for job in self._shown:
            ended = elapsed(job.history[-1].at_ms - self._start_ms) if job.is_terminal else ""
            yield self._row(_shortened(job.name), self._bar(job), job.status, ended)
            for note in self._notes(job):
                yield f"  {note}" if len(note) <= WIDTH - 2 else f"  {note[: WIDTH - 5]}..."
        if len(self._jobs) > len(self._shown):
            yield f"and {len(self._jobs) - len(self._shown):,} more"
        yield self._legend()

    def _row(self, name: str, bar: str, status: str, ended: str) -> str:
        width = self._bar_width
        row = f"{name:<{self._name_width}}  {bar:<{width}}  {status:<{_STATUS_WIDTH}}{ended}"
        return row.rstrip()

    def _axis(self) -> str:
        """Write the time at round distances, as many as there is room for."""
        span = self._end_ms - self._start_ms
        least = span * _COLUMNS_A_STEP // (self._bar_width - 1) + 1
        step = next(
            (step for step in _STEPS if step >= least), -(-least // _STEPS[-1]) * _STEPS[-1]
        )
        axis = ""
        for at_ms in range(0, span + 1, step):
            column = self._column(self._start_ms + at_ms)
            label = elapsed(at_ms)
            fits = column + 1 + len(label) <= self._bar_width
            axis = f"{axis:<{column}}|{label if fits else ''}"
        return axis

    def _bar(self, job: Job) -> str:
        """Draw a job: each stage from its own column on, its end as a single mark."""
        marks = [MARKS[SUBMITTED]]
        marks += [MARKS[move.to_status] for move in job.history]
        columns = self._columns(job)
        bar = ""
        for mark, first, last in zip(marks, columns, [*columns[1:], self._bar_width], strict=True):
            ends = mark in (MARKS[SUCCEEDED], MARKS[FAILED])
            bar = f"{bar:<{first}}{mark if ends else mark * (last - first)}"
        drawn = list(bar)
        for move, column in zip(job.history, columns[1:], strict=True):
            if move.to_status == RUNNABLE and move.from_status in (STARTING, RUNNING):
                drawn[column] = RETRIED
        return "".join(drawn)

    def _columns(self, job: Job) -> list[int]:
        """
        Give the first column of each stage.

        Where there is room for all, a stage that is shorter than a column has one nevertheless, at
        the expense of its neighbours, so that no mark hides another.
        """
        instants = [job.created_at_ms, *(move.at_ms for move in job.history)]
        columns = [self._column(at_ms) for at_ms in instants]
        if len(columns) > self._bar_width:
            return columns
        for index in range(1, len(columns)):
            columns[index] = max(columns[index], columns[index - 1] + 1)
        for index, column in enumerate(columns):
            columns[index] = min(column, self._bar_width - len(columns) + index)
        return columns

    def _column(self, at_ms: int) -> int:
        span = max(self._end_ms - self._start_ms, 1)
        return (at_ms - self._start_ms) * (self._bar_width - 1) // span

    def _notes(self, job: Job) -> Iterator[str]:
        """Tell what the bar can't; nothing of a job that just succeeds."""
        if job.dependencies:
            shown = job.dependencies[:MOST_DEPENDENCIES]
            names = [_shortened(dependency.name) for dependency in shown]
            more = len(job.dependencies) - len(names)
            yield f"after {', '.join(names)}{f' and {more:,} more' if more else ''}"
        if len(job.attempts) > 1 or job.status != SUCCEEDED:
            for attempt in job.attempts:
                yield f"attempt {attempt.number}, {self._period(attempt)}: {_ending(attempt)}"
        if job.is_terminal and job.last_attempt is None:
            yield f"{job.status_reason}"
        if job.parked:
            yield f"held at {job.status}"

    def _period(self, attempt: Attempt) -> str:
        stopped = elapsed((attempt.stopped_at_ms or self._end_ms) - self._start_ms)
        if attempt.started_at_ms is None:
            return f"until {stopped}"
        return f"{elapsed(attempt.started_at_ms - self._start_ms)} to {stopped}"

    def _legend(self) -> str:
        used = {SUBMITTED} | {move.to_status for job in self._shown for move in job.history}
        entries = [f"{mark} {status.lower()}" for status, mark in MARKS.items() if status in used]
        if any(job.attempt_number > 1 for job in self._shown):
            entries.append(f"{RETRIED} retried")
        return "   ".join(entries)


def elapsed(duration_ms: int) -> str:
    """Write a length of time in few characters: `1h58m40s`, `1.5s`, `0s`."""
    rest, milliseconds = divmod(duration_ms, 1000)
    rest, seconds = divmod(rest, 60)
    rest, minutes = divmod(rest, 60)
    days, hours = divmod(rest, 24)
    parts = [
        f"{count}{unit}" for count, unit in ((days, "d"), (hours, "h"), (minutes, "m")) if count
    ]
    if seconds or milliseconds or not parts:
        fraction = f".{milliseconds:03}".rstrip("0") if milliseconds else ""
        parts.append(f"{seconds}{fraction}s")
    return "".join(parts)


def _shortened(name: str) -> str:
    """Cut a long name in its middle: names mostly differ at an end."""
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[:11]}...{name[-(LONGEST_NAME - 14) :]}"


def _ending(attempt: Attempt) -> str:
    code = "" if attempt.exit_code is None else f"exit code {attempt.exit_code}"
    succeeded = attempt.exit_code == 0 and attempt.decision is None
    said = attempt.reason or ("" if succeeded else attempt.status_reason or "")
    return ", ".join(text for text in (code, said) if text)
