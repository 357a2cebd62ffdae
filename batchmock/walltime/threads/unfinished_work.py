"""
The work items of thread pools, from `submit` to completion.

A worker that has received an item but does not run yet looks idle. Items are counted where the platform does
not report which threads run.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from weakref import WeakKeyDictionary


class UnfinishedWork:
    """The futures of the work items that are not finished, by executor."""

    def __init__(self) -> None:
        self._pending: WeakKeyDictionary[Any, dict[Future[Any], None]] = WeakKeyDictionary()

    def replacement(self, real: Callable[..., Future[Any]]) -> Callable[..., Future[Any]]:
        """Return a `ThreadPoolExecutor.submit` that counts the items."""

        def submit(executor: Any, function: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            """Schedule the callable to be executed as fn(*args, **kwargs)."""
            future = real(executor, function, *args, **kwargs)
            pending = self._pending.setdefault(executor, {})
            pending[future] = None
            future.add_done_callback(lambda done: pending.pop(done, None))
            return future

        return submit

    def is_handed_out(self) -> bool:
        """Return whether an item is pending although its executor has a worker for it."""
        return any(self._is_handed_out(executor) for executor in list(self._pending))

    def _is_handed_out(self, executor: ThreadPoolExecutor) -> bool:
        futures = list(self._pending.get(executor, ()))
        running = sum(future.running() for future in futures)
        return running < min(len(futures), len(executor._threads))

    def clear(self) -> None:
        """Clear all state."""
        self._pending.clear()


unfinished_work = UnfinishedWork()
