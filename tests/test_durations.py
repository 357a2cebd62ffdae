from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from batchmock import BatchMockError
from batchmock.durations import milliseconds, optional_milliseconds


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        (0, 0),
        (1, 1000),
        (0.25, 250),
        (0.0004, 0),
        (0.0006, 1),
        (1e9, 1_000_000_000_000),
        (timedelta(minutes=2, milliseconds=3), 120_003),
        (timedelta(0), 0),
        (timedelta(microseconds=600), 1),
    ],
)
def test_duration(duration: Any, expected: int) -> None:
    """Seconds or a `timedelta` are converted to whole milliseconds, rounded."""
    assert milliseconds(duration, "after") == expected
    assert optional_milliseconds(duration, "after") == expected


def test_no_duration_given() -> None:
    """An optional duration of None stays None."""
    assert optional_milliseconds(None, "after") is None


@pytest.mark.parametrize("duration", [None, "5", True, [1], 1j])
def test_not_a_duration(duration: Any) -> None:
    """A value that is not a duration is refused, and the message says what to pass."""
    with pytest.raises(BatchMockError) as caught:
        milliseconds(duration, "after")
    assert str(caught.value) == (
        f"batchmock: after is {duration!r}, which is not a length of time. "
        "Pass seconds (a number) or a datetime.timedelta."
    )


@pytest.mark.parametrize("duration", [-1, -0.001, float("-inf"), float("nan"), timedelta(-1)])
def test_negative_duration(duration: Any) -> None:
    """A negative duration is refused."""
    with pytest.raises(BatchMockError) as caught:
        milliseconds(duration, "delta")
    assert str(caught.value) == (
        f"batchmock: delta is {duration!r}; time can't go backwards. "
        "Pass zero or more seconds, or a datetime.timedelta of zero or more."
    )


@pytest.mark.parametrize("duration", [float("inf"), 1e300, 10**400, timedelta.max])
def test_endless_duration(duration: Any) -> None:
    """A duration beyond the range of `datetime` is refused."""
    with pytest.raises(BatchMockError) as caught:
        milliseconds(duration, "retention")
    assert str(caught.value) == (
        f"batchmock: retention is {duration!r}; that is longer than a thousand years. "
        "Pass fewer seconds, or a shorter datetime.timedelta."
    )
