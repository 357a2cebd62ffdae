"""
Since when the jobs of a queue have had their positions in it.

Source: GetJobQueueSnapshot, `earliestTimeAtPosition` (documented). That a job which leaves or comes moves
those behind it, and nobody else, is assumed.
"""

from __future__ import annotations

from bisect import bisect_left

#: Where a job stands among the others; `()` stands before all of them.
AnyPlace = tuple[int, ...]


class Positions:
    """
    The instants at which somebody left or came, as far as that is not overtaken by a later one.

    A later change at a place overtakes all earlier ones at places behind it, so that what is kept has
    ascending places and ascending instants.
    """

    __slots__ = ("_at_ms", "_places")

    def __init__(self) -> None:
        self._places: list[AnyPlace] = []
        self._at_ms: list[int] = []

    def change(self, place: AnyPlace, at_ms: int) -> None:
        """Note that those behind a place have other positions from an instant on."""
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
        """Let nothing be known any more: nobody is left in the queue."""
        self._places.clear()
        self._at_ms.clear()

    def since_ms(self, place: AnyPlace) -> int:
        """Give since when a job at a place has had its position, if it was there then; 0 for always."""
        behind = bisect_left(self._places, place)
        return self._at_ms[behind - 1] if behind else 0
