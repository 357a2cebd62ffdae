"""
The rate limit that a client in botocore's adaptive retry mode keeps once it has been throttled.

The client waits for its turn on a condition variable, with a timeout, and looks at the wall clock to see
whether it has come: for real where sleeps are simulated, and for ever where the wall clock is frozen. While
a mock is active it sleeps instead, as it does between two tries, and its turn has come when it has slept.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from botocore.retries.bucket import TokenBucket


class RateLimits:
    """The kinds of rate limits as they were, while they are waited for by sleeping."""

    def __init__(self) -> None:
        self._kinds: list[tuple[Any, Any]] = []

    def sleep_for_them(self) -> None:
        """Let clients sleep for their turn, those of aiobotocore too once that has been imported."""
        if not self._kinds:
            self._replace(TokenBucket, _sleeping(TokenBucket._acquire))
        async_module = sys.modules.get("aiobotocore.retries.bucket")
        if async_module is not None and len(self._kinds) == 1:
            kind = async_module.AsyncTokenBucket
            self._replace(kind, _sleeping_async(kind._acquire))

    def put_back(self) -> None:
        """Let clients wait as botocore has it."""
        while self._kinds:
            kind, acquire = self._kinds.pop()
            kind._acquire = acquire

    def _replace(self, kind: Any, acquire: Any) -> None:
        self._kinds.append((kind, kind._acquire))
        kind._acquire = acquire


def _sleeping(acquire: Any) -> Any:
    def acquire_by_sleeping(bucket: Any, amount: float, block: bool) -> Any:
        condition = bucket._new_fill_rate_condition
        # More than once if another thread was quicker.
        while block and (seconds := _seconds_until(bucket, amount)) > 0:
            before = bucket._clock.current_time()
            condition.release()
            try:
                time.sleep(seconds)
            finally:
                condition.acquire()
            _credit(bucket, before, seconds)
        return acquire(bucket, amount, block)

    return acquire_by_sleeping


def _sleeping_async(acquire: Any) -> Any:
    import asyncio

    async def acquire_by_sleeping(bucket: Any, amount: float, block: bool) -> Any:
        condition = bucket._new_fill_rate_condition
        # Under anyio, which may stand on another event loop than asyncio's, it is another kind.
        may_sleep = block and isinstance(condition, asyncio.Condition)
        while may_sleep and (seconds := _seconds_until(bucket, amount)) > 0:
            before = bucket._clock.current_time()
            condition.release()
            try:
                await asyncio.sleep(seconds)
            finally:
                await condition.acquire()
            _credit(bucket, before, seconds)
        return await acquire(bucket, amount, block)

    return acquire_by_sleeping


def _seconds_until(bucket: Any, amount: float) -> float:
    bucket._refill()
    seconds: float = bucket._sleep_amount(amount)
    return seconds


def _credit(bucket: Any, before: float, slept: float) -> None:
    """Let a rate limit know of what was slept beyond what the wall clock shows."""
    shown = bucket._clock.current_time() - before
    # A little more: what is missing by a rounding error would be waited for.
    bucket._last_timestamp -= max(0.0, slept - shown) + 0.001
