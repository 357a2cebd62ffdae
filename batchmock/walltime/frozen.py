"""
The time that code reads: frozen by the test's author with freezegun or time-machine, or by a mock.

The author's own frozen time counts where there is one. Otherwise it is the clock of the innermost mock that
freezes time.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Protocol

from batchmock.simulation.time.clock import to_datetime, to_epoch_ms


class Frozen(Protocol):
    """A time that is frozen at the clock of a mock."""

    @property
    def now_ms(self) -> int:
        """The clock, in milliseconds since the epoch."""

    def catch_up(self) -> None:
        """Bring the clock to where the wall clock has got meanwhile, if it runs with that."""

    def move_by(self, delta_ms: int) -> None:
        """Move the clock."""


class MockedTime:
    """The clock of the innermost mock that freezes time, in the form of a factory of freezegun."""

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
        """The time in UTC, without a zone, as freezegun has it."""
        return to_datetime(self.now_ms).replace(tzinfo=None)

    def tick(self, delta: timedelta) -> None:
        """Move the clock: a mock without `freeze` inside one with it does."""
        self.frozen[-1].move_by(delta // timedelta(milliseconds=1))


_lock = Lock()
mocked_time = MockedTime()


def authors_time() -> Any:
    """Return the time that the test's author has frozen with another library; None without one."""
    api = sys.modules.get("freezegun.api")
    if api is not None:
        # A slice, read once: another thread may unfreeze meanwhile. Empty while freezegun is imported.
        for factory in getattr(api, "freeze_factories", ())[-1:]:
            return factory
    machine = sys.modules.get("time_machine")
    if machine is not None:
        # The older name is that of versions before 3.
        older: list[Any] = getattr(machine, "coordinates_stack", [])
        stack: list[Any] = getattr(machine, "traveller_stack", older)
        for traveller in stack[-1:]:
            return traveller
    return None


def is_frozen_by_freezegun() -> bool:
    """Return whether the test's author has frozen time with freezegun."""
    return bool(getattr(sys.modules.get("freezegun.api"), "freeze_factories", ()))


def active_time() -> Any:
    """Return what says what time it is; None while no time is frozen."""
    authors = authors_time()
    if authors is not None:
        return authors
    return mocked_time if mocked_time.frozen else None


def is_frozen_by(frozen: Frozen, source: Any) -> bool:
    """Return whether a frozen time is the clock of this very mock."""
    return source is mocked_time and mocked_time.frozen[-1] is frozen


def frozen_ms(source: Any) -> int:
    """Return the time that is frozen, without making it tick (`auto_tick_seconds`)."""
    if isinstance(source, MockedTime):
        return source.now_ms
    if hasattr(source, "shift"):
        return int(source.time_ns() // 1_000_000)
    # A time that goes on by itself (`tick=True`) knows where it is when it is called, and only then.
    moment = source() if hasattr(source, "start") else source.time_to_freeze
    return to_epoch_ms(moment)


def move_frozen(source: Any, delta_ms: int) -> None:
    """Move a frozen time forward."""
    if not delta_ms:
        # A time that ticks by itself takes no step for a step of its own.
        return
    delta = timedelta(milliseconds=delta_ms)
    if hasattr(source, "shift"):
        source.shift(delta)
    elif hasattr(source, "start"):
        source.move_to(to_datetime(frozen_ms(source) + delta_ms))
    else:
        source.tick(delta)


def freeze(frozen: Frozen) -> None:
    """Let code that reads the time read a clock, until it is unfrozen."""
    with _lock:
        mocked_time.frozen.append(frozen)


def unfreeze(frozen: Frozen) -> None:
    """Return to the mock that had frozen the time before, or to the real time."""
    with _lock:
        mocked_time.frozen = [other for other in mocked_time.frozen if other is not frozen]
