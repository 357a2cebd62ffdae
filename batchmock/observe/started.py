"""
The mocks that are started, for the report of a failed test.

Imports nothing of batchmock, so that the pytest plugin can use it in runs without any mock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol


class ReportText(Protocol):
    """The text of a report."""

    coloured: str
    is_whole: bool


class Page(Protocol):
    """What can be drawn as a page."""

    def to_html(self, *, title: str | None = None) -> str:
        """Return the page."""


class Reportable(Protocol):
    """A mock that can report what happened."""

    def report(self, *, whole: bool = False, width: int = 100) -> ReportText:
        """Return the report."""

    def timeline(self) -> Page:
        """Return the timeline."""


class StartedMocks:
    """The active mocks, and those that were active while they were tracked."""

    def __init__(self) -> None:
        self._active: list[Reportable] = []
        self._kept: list[list[Reportable]] = []

    def enter(self, mock: Reportable) -> None:
        """Record that a mock has started."""
        self._active.append(mock)
        for kept in self._kept[-1:]:
            kept.append(mock)

    def leave(self, mock: Reportable) -> None:
        """Record that a mock has stopped."""
        self._active.remove(mock)

    @contextmanager
    def keep_track(self) -> Iterator[list[Reportable]]:
        """Yield a list of the active mocks; mocks that start within the block are added to it."""
        kept = list(self._active)
        self._kept.append(kept)
        try:
            yield kept
        finally:
            self._kept.remove(kept)


STARTED: Final = StartedMocks()
