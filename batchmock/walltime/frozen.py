"""
The frozen time that code reads, set by freezegun, time-machine or a mock.

A time frozen by the test's author takes precedence over the clock of the innermost mock that freezes time.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Protocol

from batchmock.simulation.time.clock import to_datetime, to_epoch_ms


class Frozen(Protocol):
    """A frozen time that follows the clock of a mock."""

    @property
    def now_ms(self) -> int:
        """The clock, in milliseconds since the epoch."""

    def catch_up(self) -> None:
        """Bring the clock up to date with the wall clock if it follows that."""

    def move_by(self, delta_ms: int) -> None:
        """Move the clock."""


class MockedTime:
    """The clock of the innermost mock that freezes time, with the interface of a freezegun factory."""

    def __init__(self) -> None:
        self.frozen: list[Frozen] = []

    @property
    def now_ms(self) -> int:
        """The time, in milliseconds since the epoch."""
        frozen = self.frozen[-1]
        frozen.catch_up()
        return frozen.now_ms

    @property
    def time_to_freeze(self) -> datetime:
        """The time as a naive UTC datetime, as in freezegun."""
        return to_datetime(self.now_ms).replace(tzinfo=None)

    def tick(self, delta: timedelta) -> None:
        """Move the clock; called by a mock without `freeze` that is nested in one with it."""
        self.frozen[-1].move_by(delta // timedelta(milliseconds=1))


_lock = Lock()
mocked_time = MockedTime()


def can_be_frozen_by_authors() -> bool:
    """Return whether a library has been imported with which the test's author may freeze time."""
    return "freezegun.api" in sys.modules or "time_machine" in sys.modules


def authors_time() -> Any:
    """Return the time frozen by the test's author with another library; None if there is none."""
    api = sys.modules.get("freezegun.api")
    if api is not None:
        # Read once as a slice: another thread may unfreeze in between. Empty during the import of freezegun.
        for factory in getattr(api, "freeze_factories", ())[-1:]:
            return factory
    machine = sys.modules.get("time_machine")
    if machine is not None:
        # The second name is that of versions before 3.
        older: list[Any] = getattr(machine, "coordinates_stack", [])
        stack: list[Any] = getattr(machine, "traveller_stack", older)
        for traveller in stack[-1:]:
            return traveller
    return None


def is_frozen_by_freezegun() -> bool:
    """Return whether the test's author has frozen time with freezegun."""
    return bool(getattr(sys.modules.get("freezegun.api"), "freeze_factories", ()))


def active_time() -> Any:
    """Return the source of the frozen time; None while no time is frozen."""
    authors = authors_time()
    if authors is not None:
        return authors
    return mocked_time if mocked_time.frozen else None


def is_frozen_by(frozen: Frozen, source: Any) -> bool:
    """Return whether a frozen time is the clock of this mock."""
    return source is mocked_time and mocked_time.frozen[-1] is frozen


def frozen_ms(source: Any) -> int:
    """Return the time that is frozen, without making it tick (`auto_tick_seconds`)."""
    if isinstance(source, MockedTime):
        return source.now_ms
    if hasattr(source, "shift"):
        return int(source.time_ns() // 1_000_000)
    # A ticking time (`tick=True`) is only up to date when it is called.
    moment = source() if hasattr(source, "start") else source.time_to_freeze
    return to_epoch_ms(moment)


def move_frozen(source: Any, delta_ms: int) -> None:
    """Move a frozen time forward."""
    if not delta_ms:
        # Without this, `auto_tick_seconds` would add a tick for a move by nothing.
        return
    delta = timedelta(milliseconds=delta_ms)
    if hasattr(source, "shift"):
        source.shift(delta)
    elif hasattr(source, "start"):
        source.move_to(to_datetime(frozen_ms(source) + delta_ms))
    else:
        source.tick(delta)


def freeze(frozen: Frozen) -> None:
    """Freeze time at a clock until it is unfrozen."""
    with _lock:
        mocked_time.frozen.append(frozen)


def unfreeze(frozen: Frozen) -> None:
    """Restore the previous frozen time, or the real time."""
    with _lock:
        mocked_time.frozen = [other for other in mocked_time.frozen if other is not frozen]
