"""The wall clock, under `advance="wall"`."""

from __future__ import annotations

import sys
import time


class Wall:
    """
    Simulated time that passes with the wall clock.

    Args:
        speed: simulated seconds to a real one.
    """

    def __init__(self, speed: float) -> None:
        # What is frozen must not be read, and freezegun replaces what stands in a module.
        freezegun = sys.modules.get("freezegun.api")
        self._monotonic = getattr(freezegun, "real_monotonic", time.monotonic)
        self._speed = speed
        self._origin = self._monotonic()
        self._told_ms = 0

    def passed_ms(self) -> int:
        """Give the simulated milliseconds since it was asked last."""
        now_ms = int((self._monotonic() - self._origin) * self._speed * 1000)
        passed_ms, self._told_ms = now_ms - self._told_ms, now_ms
        return passed_ms
