"""What tests of deadlines share."""

from __future__ import annotations

import time
from collections.abc import Callable

from batchmock import BatchMock

from ..builders import START_MS

Poll = Callable[[], object]


def passed_ms(batch_mock: BatchMock) -> int:
    """Return the simulated milliseconds since the mock began."""
    return batch_mock.clock.epoch_ms - START_MS


def pause_until(deadline: float, now: Callable[[], float] = time.time) -> float:
    """Return how long to pause, as in code that polls every 25 seconds until a deadline."""
    return min(25, max(0, deadline - now()))
