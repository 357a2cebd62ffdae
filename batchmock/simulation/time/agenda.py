"""
Everything that will happen, in the order in which it will.

Entries are ordered by the instant at which they are due and, among those due together, by the order
in which they were added: that is what makes two runs alike. Many are due together, as jobs are that were
submitted together; so it is instants, not entries, that a heap holds in order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heapify, heappop, heappush
from typing import Any, Final

Action = Callable[[Any], None]

#: So much of what was struck may be left lying about.
_FEW: Final = 64


class Entry:
    """One thing that will happen, `action(subject)`; the action is None once it has, or was struck."""

    __slots__ = ("action", "moment", "subject")

    def __init__(self, moment: Moment, action: Action, subject: object) -> None:
        self.moment = moment
        self.action: Action | None = action
        self.subject = subject

    @property
    def due_ms(self) -> int:
        """The instant at which it happens."""
        return self.moment.due_ms


class Moment:
    """
    What is due at one instant, in the order in which it happens.

    To go through it gives each action with its subject, once, and goes on with what is added meanwhile:
    to its `entries`, or behind whatever may still be added to these.
    """

    __slots__ = ("_given", "_last", "_struck", "due_ms", "entries", "has_begun")

    def __init__(self, due_ms: int) -> None:
        self.due_ms = due_ms
        self.has_begun = False
        self.entries: list[Entry] = []
        #: How many of the entries have been given or passed over, and how many of the others were struck.
        self._given = 0
        self._struck = 0
        #: What comes last in it, which is rare.
        self._last: tuple[Entry, ...] = ()

    def __len__(self) -> int:
        return len(self.entries) - self._given - self._struck + len(self._last)

    def __iter__(self) -> Iterator[tuple[Action, Any]]:
        self.has_begun = True
        entries = self.entries
        while True:
            if self._given < len(entries):
                entry = entries[self._given]
                self._given += 1
            elif self._last:
                entry, *others = self._last
                self._last = tuple(others)
            else:
                return
            action = entry.action
            if action is None:
                self._struck -= 1
            else:
                entry.action = None
                yield action, entry.subject

    @property
    def is_at_its_end(self) -> bool:
        """Whether all that is left of it comes last, if anything is left."""
        return bool(self._last) and len(self) == len(self._last)

    def add_last(self, action: Action, subject: object) -> Entry:
        """Add something that comes last."""
        entry = Entry(self, action, subject)
        self._last = (*self._last, entry)
        return entry

    def strike(self, entry: Entry) -> None:
        """Strike one of its entries that is still to be given."""
        entry.action = None
        if entry in self._last:
            self._last = tuple(other for other in self._last if other is not entry)
            return
        self._struck += 1
        if self._struck > _FEW and self._struck * 2 > len(self.entries) and not self.has_begun:
            self.entries = [entry for entry in self.entries if entry.action is not None]
            self._struck = 0


class Agenda:
    """The moments at which something will happen."""

    __slots__ = ("_instants", "_moments")

    def __init__(self) -> None:
        self._moments: dict[int, Moment] = {}
        #: A heap. The instant of a moment that is not needed any more stays in it for a while.
        self._instants: list[int] = []

    def __len__(self) -> int:
        return sum(map(len, self._moments.values()))

    def __bool__(self) -> bool:
        return any(self._moments.values())

    def add(self, due_ms: int, action: Action, subject: object) -> Entry:
        """Plan `action(subject)` for an instant, behind whatever is due then already."""
        moment = self._moments.get(due_ms)
        if moment is None:
            moment = self._open(due_ms)
        entry = Entry(moment, action, subject)
        moment.entries.append(entry)
        return entry

    def add_again(self, entry: Entry, due_ms: int, action: Action) -> None:
        """
        Plan another action for the subject of an entry that has happened, as `add` does.

        Raises:
            AssertionError: it is still to happen.
        """
        if entry.action is not None:
            raise AssertionError(f"{entry.action!r} is still to happen")
        moment = self._moments.get(due_ms)
        if moment is None:
            moment = self._open(due_ms)
        entry.moment = moment
        entry.action = action
        moment.entries.append(entry)

    def add_last(self, due_ms: int, action: Action, subject: object) -> Entry:
        """Plan `action(subject)` for the end of an instant, behind what is still to be added to it too."""
        moment = self._moments.get(due_ms)
        if moment is None:
            moment = self._open(due_ms)
        return moment.add_last(action, subject)

    def _open(self, due_ms: int) -> Moment:
        moment = self._moments[due_ms] = Moment(due_ms)
        heappush(self._instants, due_ms)
        return moment

    def cancel(self, entry: Entry) -> None:
        """Strike an entry; striking it twice, or after it has happened, does nothing."""
        if entry.action is None:
            return
        moment = entry.moment
        moment.strike(entry)
        # A moment that has begun may still be added to, and what is added is a part of it.
        if not moment and not moment.has_begun:
            del self._moments[moment.due_ms]
            if len(self._instants) > 2 * len(self._moments) + _FEW:
                self._instants = list(self._moments)
                heapify(self._instants)

    def next(self) -> Moment | None:
        """Give the next moment at which something is left to happen; those before it are over."""
        moments, instants = self._moments, self._instants
        while instants:
            moment = moments.get(instants[0])
            if moment:
                return moment
            if moment is not None:
                del moments[instants[0]]
            heappop(instants)
        return None

    def next_due_ms(self) -> int | None:
        """Give the instant of the next entry, or None when nothing is left to happen."""
        moment = self.next()
        return None if moment is None else moment.due_ms
