"""The simulated clock: whole milliseconds since the Unix epoch, moved explicitly, never back."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def to_datetime(epoch_ms: int) -> datetime:
    """Convert milliseconds since the epoch to an aware UTC `datetime`."""
    return EPOCH + timedelta(milliseconds=epoch_ms)


def to_epoch_ms(moment: datetime) -> int:
    """Convert a `datetime` (UTC if it is naive) to milliseconds since the epoch, rounded down."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return (moment - EPOCH) // timedelta(milliseconds=1)


class Clock:
    """
    The time of one mock.

    Prior art: trio's MockClock (moved explicitly), time-machine (integers, so no rounding errors).
    """

    __slots__ = ("_now_ms",)

    def __init__(self, start_ms: int) -> None:
        self._now_ms = start_ms

    @property
    def epoch_ms(self) -> int:
        """Milliseconds since the Unix epoch."""
        return self._now_ms

    @property
    def now(self) -> datetime:
        """The simulated instant, as an aware UTC `datetime`."""
        return to_datetime(self.epoch_ms)

    def __repr__(self) -> str:
        return f"<Clock {self.now.isoformat(timespec='milliseconds')}>"

    def set(self, now_ms: int) -> None:
        """
        Move to an instant.

        Raises:
            ValueError: the instant is in the past.
        """
        if now_ms < self._now_ms:
            raise ValueError("time can't go backwards")
        self._now_ms = now_ms

    def begin_at(self, start_ms: int) -> None:
        """Change the first instant, before anything has happened."""
        self._now_ms = start_ms
