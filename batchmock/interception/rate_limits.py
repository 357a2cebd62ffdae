"""
The rate limit of a client in botocore's adaptive retry mode, which applies once it has been throttled.

The client waits for a token on a condition variable with a timeout, and checks the wall clock. That wait would
be real where sleeps are simulated, and endless where the wall clock is frozen. While a mock is active it sleeps
instead, as between two tries, and gets its token when the sleep ends.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from botocore.retries.bucket import TokenBucket


class RateLimits:
    """The original methods of the patched rate limiters."""

    def __init__(self) -> None:
        self._kinds: list[tuple[Any, Any]] = []

    def sleep_for_them(self) -> None:
        """Patch the rate limiters to sleep; those of aiobotocore too, once it is imported."""
        if not self._kinds:
            self._replace(TokenBucket, _sleeping(TokenBucket._acquire))
        async_module = sys.modules.get("aiobotocore.retries.bucket")
        if async_module is not None and len(self._kinds) == 1:
            kind = async_module.AsyncTokenBucket
            self._replace(kind, _sleeping_async(kind._acquire))

    def put_back(self) -> None:
        """Restore botocore's own waits."""
        while self._kinds:
            kind, acquire = self._kinds.pop()
            kind._acquire = acquire

    def _replace(self, kind: Any, acquire: Any) -> None:
        self._kinds.append((kind, kind._acquire))
        kind._acquire = acquire


def _sleeping(acquire: Any) -> Any:
    def acquire_by_sleeping(bucket: Any, amount: float, block: bool) -> Any:
        condition = bucket._new_fill_rate_condition
        # Loops if another thread took the token first.
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
        # Under anyio, which may run on an event loop other than asyncio's, it is another class.
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
    """Credit a rate limiter with the time slept that the wall clock does not show."""
    shown = bucket._clock.current_time() - before
    # A little more, so that no rounding error causes another wait.
    bucket._last_timestamp -= max(0.0, slept - shown) + 0.001
