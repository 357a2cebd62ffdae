"""
A registry of started mocks, for the report of a failed test.

It imports nothing from batchmock, so that the pytest plugin can use it cheaply in runs without a mock.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol

#: Of more mocks than this in one test, only the latest are kept.
MOST_KEPT: Final = 10


class ReportText(Protocol):
    """The text of a report."""

    coloured: str
    is_whole: bool
    standstill: str


class Page(Protocol):
    """An object that can be rendered as an HTML page."""

    def to_html(self, *, title: str | None = None) -> str:
        """Return the page."""


class Reportable(Protocol):
    """The interface of a mock that the report uses."""

    def report(self, *, whole: bool = False, width: int = 100) -> ReportText:
        """Return the report."""

    def timeline(self) -> Page:
        """Return the timeline."""


class StartedMocks:
    """The active mocks, and all mocks that a test has started so far."""

    def __init__(self) -> None:
        self._active: list[Reportable] = []
        self._kept: list[list[Reportable]] = []
        #: The place of creation of each kept mock, by its id.
        self._places: dict[int, str] = {}
        #: Called with each mock that has just started.
        self.listeners: list[Callable[[Any], None]] = []

    def enter(self, mock: Reportable, place: str = "") -> None:
        """Record that a mock is started, and where it was created."""
        self._active.append(mock)
        for kept in self._kept[-1:]:
            self._drop_superseded(kept, place)
            kept.append(mock)
            self._places[id(mock)] = place
        for listener in self.listeners:
            listener(mock)

    def _drop_superseded(self, kept: list[Reportable], place: str) -> None:
        """Drop the mocks of earlier examples of Hypothesis, and those beyond `MOST_KEPT`."""
        is_example = bool(place) and _runs_hypothesis()
        stopped = [item for item in kept if item not in self._active]
        superseded = [
            item for item in stopped if is_example and self._places.get(id(item)) == place
        ]
        surplus = len(kept) + 1 - MOST_KEPT
        if not superseded and surplus > 0:
            superseded = stopped[:surplus]
        for item in superseded:
            kept.remove(item)
            self._places.pop(id(item), None)

    def leave(self, mock: Reportable) -> None:
        """Record that a mock is stopped."""
        self._active.remove(mock)

    @contextmanager
    def keep_track(self) -> Iterator[list[Reportable]]:
        """Yield a list of the active mocks, to which newly started mocks are added."""
        kept = list(self._active)
        self._kept.append(kept)
        try:
            yield kept
        finally:
            # By identity: two lists of no mocks are equal.
            self._kept = [item for item in self._kept if item is not kept]
            for mock in kept:
                self._places.pop(id(mock), None)


def _runs_hypothesis() -> bool:
    """Return whether Hypothesis, if imported, is running an example."""
    hypothesis = sys.modules.get("hypothesis")
    return hypothesis is not None and bool(hypothesis.currently_in_test_context())


STARTED: Final = StartedMocks()
