"""The base of the sequences that a mock shows: jobs, calls, events."""

from __future__ import annotations

from collections.abc import Sequence
from operator import eq
from typing import TypeVar

ItemT = TypeVar("ItemT")


class Records(Sequence[ItemT]):
    """
    A read-only sequence that equals other records, lists and tuples of the same items.

    It is not hashable, as a list is not, because it may equal one and may grow.
    """

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Records, list, tuple)):
            return NotImplemented
        return len(self) == len(other) and all(map(eq, self, other))
