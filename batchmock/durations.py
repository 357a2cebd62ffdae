"""Durations as users write them (seconds or `timedelta`), and as the simulation keeps them (milliseconds)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, TypeAlias

from batchmock.errors import BatchMockError

#: A length of time in the public interface: seconds, or a `timedelta`.
Duration: TypeAlias = "float | timedelta"

#: A thousand years: a longer duration would move the clock beyond what a `datetime` can represent.
LONGEST_SECONDS: Final = 1000 * 366 * 86_400


def milliseconds(duration: Duration, what: str) -> int:
    """
    Convert a user's duration to whole milliseconds.

    Args:
        duration: seconds, or a `timedelta`; not negative.
        what: the name of the argument, for the message.

    Raises:
        BatchMockError: the duration is negative, longer than a thousand years, or not a duration.
    """
    seconds = duration.total_seconds() if isinstance(duration, timedelta) else duration
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise BatchMockError(
            f"batchmock: {what} is {duration!r}, which is not a length of time. "
            "Pass seconds (a number) or a datetime.timedelta."
        )
    if not seconds >= 0:
        raise BatchMockError(
            f"batchmock: {what} is {duration!r}; time can't go backwards. "
            "Pass zero or more seconds, or a datetime.timedelta of zero or more."
        )
    if seconds > LONGEST_SECONDS:
        raise BatchMockError(
            f"batchmock: {what} is {duration!r}; that is longer than a thousand years. "
            "Pass fewer seconds, or a shorter datetime.timedelta."
        )
    return round(seconds * 1000)


def optional_milliseconds(duration: Duration | None, what: str) -> int | None:
    """Convert a duration to milliseconds; None stays None."""
    return None if duration is None else milliseconds(duration, what)
