"""
The work items of thread pools, from `submit` to completion.

A worker that has received an item but does not run yet looks idle. Items are counted where the platform does
not report which threads run.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary


class WorkState(NamedTuple):
    """
    The state of all work at one moment. Two equal ones mean that no item was submitted or completed in between.

    Attributes:
        is_handed_out: whether an item is pending although its executor has a worker for it.
        change: the number of the last change.
    """

    is_handed_out: bool
    change: int


class UnfinishedWork:
    """The futures of the work items that are not finished, by executor."""

    def __init__(self) -> None:
        self._pending: WeakKeyDictionary[Any, dict[Future[Any], None]] = WeakKeyDictionary()
        #: A key for each `submit` that has not returned.
        self._submitting: dict[object, None] = {}
        # Unique, so that an equal number means no change, in whatever order threads assign them.
        self._changes = count(1)
        self._change = 0

    def replacement(self, real: Callable[..., Future[Any]]) -> Callable[..., Future[Any]]:
        """Return a `ThreadPoolExecutor.submit` that counts the items."""

        def submit(executor: Any, function: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            """Schedule the callable to be executed as fn(*args, **kwargs)."""
            submission = object()
            self._submitting[submission] = None
            self._change = next(self._changes)
            try:
                future = real(executor, function, *args, **kwargs)
                self._add(executor, future)
            finally:
                self._submitting.pop(submission, None)
                self._change = next(self._changes)
            return future

        return submit

    def _add(self, executor: Any, future: Future[Any]) -> None:
        pending = self._pending.setdefault(executor, {})
        pending[future] = None

        def forget(done: Future[Any]) -> None:
            pending.pop(done, None)
            self._change = next(self._changes)

        future.add_done_callback(forget)

    def state(self) -> WorkState:
        """Return the state of all work."""
        change = self._change
        is_handed_out = bool(self._submitting) or any(
            map(_is_handed_out, list(self._pending.items()))
        )
        return WorkState(is_handed_out, change)

    def clear(self) -> None:
        """Clear all state."""
        self._pending.clear()
        self._submitting.clear()


def _is_handed_out(work: tuple[ThreadPoolExecutor, dict[Future[Any], None]]) -> bool:
    executor, pending = work
    futures = list(pending)
    running = sum(future.running() for future in futures)
    return running < min(len(futures), len(executor._threads))


unfinished_work = UnfinishedWork()
