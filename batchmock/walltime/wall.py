"""The wall clock, under `advance="wall"`."""

from __future__ import annotations

import sys
import time


class Wall:
    """
    Simulated time that follows the wall clock.

    Args:
        speed: simulated seconds per real second.
    """

    def __init__(self, speed: float) -> None:
        # The real clock, kept as an attribute: freezegun replaces names in modules.
        freezegun = sys.modules.get("freezegun.api")
        self._monotonic = getattr(freezegun, "real_monotonic", time.monotonic)
        self._speed = speed
        self._origin = self._monotonic()
        self._told_ms = 0

    def passed_ms(self) -> int:
        """Return the simulated milliseconds since the last call."""
        now_ms = int((self._monotonic() - self._origin) * self._speed * 1000)
        passed_ms, self._told_ms = now_ms - self._told_ms, now_ms
        return passed_ms
