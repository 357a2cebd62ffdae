"""Checks of the arguments that outcomes share: logs, exit codes, durations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypedDict

from batchmock.arguments import checked_items, checked_text
from batchmock.durations import Duration, milliseconds, optional_milliseconds
from batchmock.errors import BatchMockError
from batchmock.outcomes.values import LogEntry, LogLine


def lines_of_log(logs: str | Iterable[LogEntry]) -> tuple[LogLine, ...]:
    """
    Convert the argument `logs` to lines.

    If one line has a time, all get one: a line without a time is written with the previous line.

    Raises:
        BatchMockError: the argument is not a list of lines in the order of their times.
    """
    if isinstance(logs, str):
        logs = logs.splitlines()
    entries = checked_items(
        logs, "logs", 'Pass lines in their order: logs=["first line", "second line"].'
    )
    timed = any(not isinstance(entry, str) for entry in entries)
    lines: list[LogLine] = []
    at_ms = 0 if timed else None
    for entry in entries:
        text, entry_ms = _entry(entry)
        if entry_ms is not None:
            if at_ms is not None and entry_ms < at_ms:
                raise BatchMockError(
                    f"batchmock: logs has {entry!r} after a line with a later time. "
                    "Pass the lines in the order in which they are written."
                )
            at_ms = entry_ms
        lines.append(LogLine(text, at_ms))
    return tuple(lines)


def _entry(entry: Any) -> tuple[str, int | None]:
    if isinstance(entry, str):
        return entry, None
    if isinstance(entry, tuple) and len(entry) == 2 and isinstance(entry[1], str):
        return entry[1], milliseconds(entry[0], "the time of a line in logs")
    raise BatchMockError(
        f"batchmock: logs has {entry!r}, which is not a line of text. "
        'Pass strings: logs=["first line", "second line"], or with the seconds after the start: '
        'logs=[(0, "first line"), (10, "second line")].'
    )


def checked_exit_code(exit_code: int, least: int, what: str) -> int:
    """
    Return an exit code.

    Raises:
        BatchMockError: the code is not a whole number from `least` to 255.
    """
    is_number = isinstance(exit_code, int) and not isinstance(exit_code, bool)
    if is_number and least <= exit_code <= 255:
        return exit_code
    advice = " Use succeed() for exit code 0." if least else ""
    raise BatchMockError(
        f"batchmock: {what} is {exit_code!r}; a container exits with a whole number from {least} "
        f"to 255.{advice}"
    )


def checked_reason(reason: str | None, name: str) -> str | None:
    """
    Return the text of a reason, or None.

    Raises:
        BatchMockError: it is not text.
    """
    if reason is None:
        return None
    return checked_text(
        reason, name, f'Pass what DescribeJobs shows: {name}="OutOfMemoryError: ...".'
    )


class Timing(TypedDict):
    """The durations of an outcome, in milliseconds."""

    after_ms: int | None
    runnable_ms: int | None
    scheduled_ms: int | None
    starting_ms: int | None


def timing(
    after: Duration | None,
    runnable: Duration | None,
    starting: Duration | None,
    scheduled: Duration | None = None,
) -> Timing:
    """Convert the durations that outcomes share."""
    return {
        "after_ms": optional_milliseconds(after, "after"),
        "runnable_ms": optional_milliseconds(runnable, "runnable"),
        "scheduled_ms": optional_milliseconds(scheduled, "scheduled"),
        "starting_ms": optional_milliseconds(starting, "starting"),
    }
