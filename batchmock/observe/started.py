"""
Which mocks are started, for whoever tells of a failed test.

It imports nothing of batchmock, so that the pytest plugin can use it in runs without any mock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol


class Reportable(Protocol):
    """What can tell what has happened to it."""

    def report(self, *, whole: bool = False) -> str:
        """Tell it."""


class StartedMocks:
    """The mocks that are started now, and those that were while somebody kept track."""

    def __init__(self) -> None:
        self._active: list[Reportable] = []
        self._kept: list[list[Reportable]] = []

    def enter(self, mock: Reportable) -> None:
        """Note that a mock has been started."""
        self._active.append(mock)
        for kept in self._kept[-1:]:
            kept.append(mock)

    def leave(self, mock: Reportable) -> None:
        """Note that a mock has been stopped."""
        self._active.remove(mock)

    @contextmanager
    def keep_track(self) -> Iterator[list[Reportable]]:
        """Give a list of the mocks that are active, to which those are added that are started meanwhile."""
        kept = list(self._active)
        self._kept.append(kept)
        try:
            yield kept
        finally:
            self._kept.remove(kept)


STARTED: Final = StartedMocks()
