"""
freezegun, both ways: the time that the test's author has frozen, and the time that a mock freezes.

freezegun asks the last of its factories what time it is. Under `freeze=True` that is one of ours, which
reads the clock of the innermost such mock, so that there is nothing to keep in step.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Final, Protocol

from batchmock.simulation.time.clock import to_datetime, to_epoch_ms

#: freezegun gives the real time to whoever is called, within five calls, from one of the modules that it
#: ignores. Functions of threads are, and they are the test's own.
MODULES_OF_THREADS: Final = ("threading", "queue")


class Frozen(Protocol):
    """A time that is frozen at the clock of a mock."""

    @property
    def now_ms(self) -> int:
        """The clock, in milliseconds since the epoch."""

    def catch_up(self) -> None:
        """Bring the clock to where the wall clock has got meanwhile, if it runs with that."""

    def move_by(self, delta_ms: int) -> None:
        """Move the clock."""


class ClockFactory:
    """What freezegun asks for the time: the clock of the mock that froze it last."""

    def __init__(self) -> None:
        self.frozen: list[Frozen] = []

    def __call__(self) -> datetime:
        """Give the time now."""
        return self.time_to_freeze

    @property
    def time_to_freeze(self) -> datetime:
        """The time now, in UTC, without a zone, as freezegun has it."""
        frozen = self.frozen[-1]
        frozen.catch_up()
        return to_datetime(frozen.now_ms).replace(tzinfo=None)

    def tick(self, delta: timedelta) -> None:
        """Move the clock: a mock without `freeze` inside one with it does."""
        self.frozen[-1].move_by(delta // timedelta(milliseconds=1))


_lock = Lock()
_ours = ClockFactory()
_freezer: Any = None


def active_factory() -> Any:
    """Give what freezegun asks for the time, None while no time is frozen. freezegun is not imported."""
    api = sys.modules.get("freezegun.api")
    if api is None:
        return None
    # A slice, read once: another thread may unfreeze meanwhile. Empty while freezegun is being imported.
    for factory in getattr(api, "freeze_factories", ())[-1:]:
        return factory
    return None


def is_frozen_by(frozen: Frozen, factory: Any) -> bool:
    """Whether a factory reads the clock of this very mock."""
    return factory is _ours and _ours.frozen[-1] is frozen


def frozen_ms(factory: Any) -> int:
    """Give the time that is frozen, without making it tick (`auto_tick_seconds`)."""
    # A time that goes on by itself (`tick=True`) knows where it is now when called, and only then.
    moment = factory() if hasattr(factory, "start") else factory.time_to_freeze
    return to_epoch_ms(moment)


def move_frozen(factory: Any, delta_ms: int) -> None:
    """Move a frozen time forward."""
    if not delta_ms:
        # A time that ticks by itself takes no step for a step of its own.
        return
    if hasattr(factory, "start"):
        factory.move_to(to_datetime(frozen_ms(factory) + delta_ms))
    else:
        factory.tick(timedelta(milliseconds=delta_ms))


def freeze(frozen: Frozen) -> None:
    """Freeze the time at a clock, for as long as that is not unfrozen."""
    global _freezer
    from freezegun import api

    with _lock:
        if _freezer is not None:
            _ours.frozen.append(frozen)
            return
        freezer = api.freeze_time(
            to_datetime(frozen.now_ms).replace(tzinfo=None), real_asyncio=True
        )
        freezer.start()
        _freezer = freezer
        _ours.frozen.append(frozen)
        # Its annotation names freezegun's own factories; any that has their methods will do.
        factories: Any = api.freeze_factories
        factories[-1] = _ours
        api.ignore_lists[-1] = tuple(
            name for name in api.ignore_lists[-1] if name not in MODULES_OF_THREADS
        )


def unfreeze(frozen: Frozen) -> None:
    """Give the time back to the mock that had frozen it before, or to whom freezegun had it from."""
    global _freezer
    with _lock:
        _ours.frozen = [other for other in _ours.frozen if other is not frozen]
        if not _ours.frozen:
            freezer, _freezer = _freezer, None
            freezer.stop()
