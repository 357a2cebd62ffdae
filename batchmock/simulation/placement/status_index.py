"""The jobs of a queue in one status, in listing order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from itertools import islice
from typing import Final, Generic, Protocol, TypeVar

#: Up to this many changes are inserted one by one; more are sorted at once.
_FEW_CHANGES: Final = 64


class HasSequence(Protocol):
    """A submitted job. A later submission has a larger number."""

    sequence: int


Listed = TypeVar("Listed", bound=HasSequence)


class StatusIndex(Generic[Listed]):
    """
    The jobs of one queue in one status, by order of submission.

    Joining and leaving cost O(1). A listing sorts in the changes since the previous one. A job that has
    left stays in the order until a listing passes it, or until stale entries outnumber the others.
    """

    __slots__ = ("_joined", "_members", "_order")

    def __init__(self) -> None:
        self._members: dict[int, Listed] = {}
        self._order: list[int] = []
        self._joined: list[int] = []

    def __len__(self) -> int:
        return len(self._members)

    def join(self, job: Listed) -> None:
        """Add a job."""
        self._members[job.sequence] = job
        self._joined.append(job.sequence)

    def leave(self, job: Listed) -> None:
        """Remove a job."""
        del self._members[job.sequence]

    def newest_first(self, before: int | None = None) -> Iterator[Listed]:
        """Yield the jobs from the newest on, or from the newest one submitted before a sequence number."""
        self._settle()
        order, members = self._order, self._members
        position = len(order) if before is None else bisect_left(order, before)
        last = None
        while position:
            position -= 1
            sequence = order[position]
            job = members.get(sequence)
            if job is not None and sequence != last:
                last = sequence
                yield job

    def oldest_first(self, after: int | None = None) -> Iterator[Listed]:
        """Yield the jobs from the oldest on, or from the oldest one submitted after a sequence number."""
        self._settle()
        members, last = self._members, None
        for sequence in islice(
            self._order, 0 if after is None else bisect_right(self._order, after), None
        ):
            job = members.get(sequence)
            if job is not None and sequence != last:
                last = sequence
                yield job

    def _settle(self) -> None:
        order, joined = self._order, self._joined
        if len(joined) > _FEW_CHANGES or len(order) > 2 * len(self._members) + _FEW_CHANGES:
            self._order = sorted(self._members)
        else:
            for sequence in joined:
                insort(order, sequence)
        joined.clear()
