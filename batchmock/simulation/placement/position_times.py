"""
The times since which the jobs of a queue have held their positions.

Source: GetJobQueueSnapshot, `earliestTimeAtPosition` (documented). Assumed: a job that leaves or arrives
changes only the positions of later jobs.
"""

from __future__ import annotations

from bisect import bisect_left

#: The place of a job among the others; `()` sorts before all of them.
AnyPlace = tuple[int, ...]


class PositionTimes:
    """
    The instants at which a job left or arrived, unless a later change supersedes them.

    A change at a place supersedes all earlier changes at later places, so both places and instants ascend.
    """

    __slots__ = ("_at_ms", "_places")

    def __init__(self) -> None:
        self._places: list[AnyPlace] = []
        self._at_ms: list[int] = []

    def change(self, place: AnyPlace, at_ms: int) -> None:
        """Record that the jobs after a place changed their positions at an instant."""
        places = self._places
        if places and place >= places[-1]:
            if at_ms == self._at_ms[-1]:
                return
        else:
            kept = bisect_left(places, place)
            del places[kept:], self._at_ms[kept:]
        places.append(place)
        self._at_ms.append(at_ms)

    def forget(self) -> None:
        """Drop all records: the queue is empty."""
        self._places.clear()
        self._at_ms.clear()

    def since_ms(self, place: AnyPlace) -> int:
        """Return the instant of the last change ahead of a place, or 0 if there was none."""
        behind = bisect_left(self._places, place)
        return self._at_ms[behind - 1] if behind else 0
