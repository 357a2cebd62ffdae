"""
The agenda: everything that is scheduled, in order.

Entries are ordered by their instant and, at one instant, by the order in which they were added, which makes
runs repeatable. Many entries share an instant, such as those of jobs submitted together, so the heap holds
instants, not entries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heapify, heappop, heappush
from operator import length_hint
from typing import Any, Final

Action = Callable[[Any], None]

#: The number of cancelled entries that may accumulate before they are removed.
_MOST_CANCELLED: Final = 64


class Entry:
    """
    A scheduled call, `action(subject)`; the action is None once it has run or was cancelled.

    An entry that has run can be scheduled again: set its moment and action, and append it to `entries`.
    """

    __slots__ = ("action", "moment", "subject")

    def __init__(self, moment: Moment, action: Action, subject: object) -> None:
        self.moment = moment
        self.action: Action | None = action
        self.subject = subject

    @property
    def due_ms(self) -> int:
        """The instant at which it is due."""
        return self.moment.due_ms


class Moment:
    """
    The entries of one instant, in order.

    Iteration yields each action with its subject, once, including entries that are added meanwhile; entries
    added with `add_last` come after all others.
    """

    __slots__ = ("_cancelled", "_last", "_rest", "due_ms", "entries")

    def __init__(self, due_ms: int) -> None:
        self.due_ms = due_ms
        self.entries: list[Entry] = []
        #: An iterator over the entries, which continues with entries that are added meanwhile; None until the
        #: first is yielded.
        self._rest: Iterator[Entry] | None = None
        #: The number of cancelled entries among those not yet yielded.
        self._cancelled = 0
        #: The entries that come last, which are rare.
        self._last: tuple[Entry, ...] = ()

    def __len__(self) -> int:
        return self._left - self._cancelled + len(self._last)

    def __bool__(self) -> bool:
        left = len(self.entries) if self._rest is None else length_hint(self._rest)
        return left > self._cancelled or bool(self._last)

    @property
    def _left(self) -> int:
        """The number of entries not yet yielded, including cancelled ones, except those that come last."""
        return len(self.entries) if self._rest is None else length_hint(self._rest)

    @property
    def has_begun(self) -> bool:
        """Whether entries have been yielded."""
        return self._rest is not None

    def __iter__(self) -> Iterator[tuple[Action, Any]]:
        if self._rest is None:
            self._rest = iter(self.entries)
        while True:
            for entry in self._rest:
                action = entry.action
                if action is None:
                    self._cancelled -= 1
                else:
                    entry.action = None
                    yield action, entry.subject
            # An exhausted iterator of a list does not continue with what is added later.
            self.entries = []
            self._rest = iter(self.entries)
            if not self._last:
                return
            last, *others = self._last
            self._last = tuple(others)
            action, last.action = last.action, None
            if action is not None:
                yield action, last.subject

    def pending(self) -> Iterator[tuple[Entry, bool]]:
        """Return the entries that have not been yielded, each with whether it comes last."""
        for entry in self.entries[len(self.entries) - self._left :]:
            if entry.action is not None:
                yield entry, False
        for entry in self._last:
            yield entry, True

    @property
    def is_at_its_end(self) -> bool:
        """Whether only entries that come last are left."""
        return bool(self._last) and len(self) == len(self._last)

    def add_last(self, action: Action, subject: object) -> Entry:
        """Add an entry that comes last."""
        entry = Entry(self, action, subject)
        self._last = (*self._last, entry)
        return entry

    def cancel(self, entry: Entry) -> None:
        """Cancel an entry that has not been yielded yet."""
        entry.action = None
        if entry in self._last:
            self._last = tuple(other for other in self._last if other is not entry)
            return
        self._cancelled += 1
        if (
            self._cancelled > _MOST_CANCELLED
            and self._cancelled * 2 > len(self.entries)
            and not self.has_begun
        ):
            self.entries = [entry for entry in self.entries if entry.action is not None]
            self._cancelled = 0


class Moments(dict[int, Moment]):
    """The moments by instant. A moment that is missing is opened: `moments[due_ms]` is always one."""

    __slots__ = ("instants",)

    def __init__(self) -> None:
        super().__init__()
        #: A heap. The instant of a moment that has become empty stays in it for a while.
        self.instants: list[int] = []

    def __missing__(self, due_ms: int) -> Moment:
        moment = self[due_ms] = Moment(due_ms)
        heappush(self.instants, due_ms)
        return moment


class Agenda:
    """The moments at which something is scheduled."""

    __slots__ = ("moments",)

    def __init__(self) -> None:
        self.moments = Moments()

    def __len__(self) -> int:
        return sum(map(len, self.moments.values()))

    def __bool__(self) -> bool:
        return any(self.moments.values())

    def has_more_than(self, entries: int) -> bool:
        """Return whether more entries are left than a number, without looking at others."""
        for moment in self.moments.values():
            entries -= len(moment)
            if entries < 0:
                return True
        return False

    def add(self, due_ms: int, action: Action, subject: object) -> Entry:
        """Schedule `action(subject)` for an instant, after everything that is already due then."""
        moment = self.moments[due_ms]
        entry = Entry(moment, action, subject)
        moment.entries.append(entry)
        return entry

    def add_last(self, due_ms: int, action: Action, subject: object) -> Entry:
        """Schedule `action(subject)` for the end of an instant, after entries that are still to be added."""
        return self.moments[due_ms].add_last(action, subject)

    def cancel(self, entry: Entry) -> None:
        """Cancel an entry; a no-op if it has run or was cancelled."""
        if entry.action is None:
            return
        moment = entry.moment
        moment.cancel(entry)
        # A moment that has begun stays: entries may still be added to it.
        if not moment and not moment.has_begun:
            moments = self.moments
            del moments[moment.due_ms]
            if len(moments.instants) > 2 * len(moments) + _MOST_CANCELLED:
                moments.instants = list(moments)
                heapify(moments.instants)

    def next(self) -> Moment | None:
        """Return the next moment with entries, dropping empty ones before it; None if nothing is left."""
        moments, instants = self.moments, self.moments.instants
        while instants:
            moment = moments.get(instants[0])
            if moment:
                return moment
            if moment is not None:
                del moments[instants[0]]
            heappop(instants)
        return None

    def pending(self) -> Iterator[tuple[Entry, bool]]:
        """Yield all entries in order, each with whether it comes last in its instant."""
        for due_ms in sorted(self.moments):
            yield from self.moments[due_ms].pending()

    def next_due_ms(self) -> int | None:
        """Return the instant of the next entry; None if nothing is left."""
        moment = self.next()
        return None if moment is None else moment.due_ms
