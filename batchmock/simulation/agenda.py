"""
Everything that will happen, in the order in which it will.

Entries are ordered by the instant at which they are due and, among those due together, by the order
in which they were added: the counter is what makes two runs alike. A cancelled entry stays in the
heap without an action until it comes up, or until such entries outnumber the others.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Any, Final

Action = Callable[[Any], None]


#: Added to the counter of what comes last at its instant.
_LAST: Final = 1 << 62


class Entry:
    """One thing that will happen: `action(subject)` at `due_ms`."""

    __slots__ = ("action", "due_ms", "subject")

    def __init__(self, due_ms: int, action: Action, subject: object) -> None:
        self.due_ms = due_ms
        self.action: Action | None = action
        self.subject = subject


class Agenda:
    """A heap of entries by (due, order of arrival)."""

    __slots__ = ("_cancelled", "_counter", "_heap")

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Entry]] = []
        self._counter = 0
        self._cancelled = 0

    def __len__(self) -> int:
        return len(self._heap) - self._cancelled

    def add(self, due_ms: int, action: Action, subject: object) -> Entry:
        """Plan `action(subject)` for an instant, behind whatever is due then already."""
        entry = Entry(due_ms, action, subject)
        self._counter += 1
        heappush(self._heap, (due_ms, self._counter, entry))
        return entry

    def add_last(self, due_ms: int, action: Action, subject: object) -> Entry:
        """Plan `action(subject)` for the end of an instant, behind what is still to be added to it too."""
        entry = Entry(due_ms, action, subject)
        self._counter += 1
        heappush(self._heap, (due_ms, _LAST + self._counter, entry))
        return entry

    def cancel(self, entry: Entry) -> None:
        """Strike an entry; striking it twice, or after it has happened, does nothing."""
        if entry.action is None:
            return
        entry.action = None
        self._cancelled += 1
        if self._cancelled > 64 and self._cancelled * 2 > len(self._heap):
            self._heap = [item for item in self._heap if item[2].action is not None]
            heapify(self._heap)
            self._cancelled = 0

    def next_due_ms(self) -> int | None:
        """Give the instant of the next entry, or None when nothing is left to happen."""
        heap = self._heap
        while heap:
            if heap[0][2].action is not None:
                return heap[0][0]
            heappop(heap)
            self._cancelled -= 1
        return None

    def is_at_the_end_of(self, due_ms: int) -> bool:
        """Say whether all that is left for an instant is what comes last in it, if anything is."""
        return self.next_due_ms() == due_ms and self._heap[0][1] > _LAST

    def take(self) -> tuple[Action, Any]:
        """Remove the next entry (`next_due_ms` must have told of one) and give its action and subject."""
        entry = heappop(self._heap)[2]
        action = entry.action
        entry.action = None
        if action is None:
            raise AssertionError("next_due_ms drops cancelled entries before take is called")
        return action, entry.subject
