"""
Bound clocks, such as `datetime.now` kept as a default factory, and how new ones are noticed.

A class written in C may have no reference count, so that nothing shows how many bound clocks refer to it. New
objects belong to the young generations of the garbage collector, where looking for bound clocks takes little
time. Those that a collection is about to make old are noted as it begins. On Python 3.11, such a collection is
followed by a look at all objects.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Collection, Iterator, Mapping
from types import BuiltinMethodType
from typing import Any, Final
from weakref import ref

_NAMES: Final = frozenset({"now", "today", "utcnow"})
#: The generations of the garbage collector that hold recent objects.
_YOUNG: Final = (0, 1) if sys.version_info < (3, 14) else (0,)
#: Python 3.11 collects garbage while it creates the object of a frame. A callback in Python lets another thread
#: run in the middle of that, and end the frame: the object then refers to freed memory.
_CALLS_BACK: Final = sys.version_info[:2] != (3, 11)


def is_bound_clock(each: Any, classes: Collection[int]) -> bool:
    """Return whether an object is a bound `datetime.now` or the like of one of some classes, given by id."""
    if type(each) is not BuiltinMethodType or id(each.__self__) not in classes:
        return False
    return each.__name__ in _NAMES


class BoundClocks:
    """
    Notices bound clocks of some classes.

    Args:
        classes: the ids of the classes.
    """

    def __init__(self, classes: Collection[int]) -> None:
        self._classes = classes
        #: The bound clocks that have grown old, numbered in this order.
        self._old: list[tuple[int, ref[Any]]] = []
        self._count = 0
        if _CALLS_BACK:
            gc.callbacks.append(self._note)

    @property
    def is_watching(self) -> bool:
        """Whether the garbage collector still calls back, if it has to."""
        return not _CALLS_BACK or self._note in gc.callbacks

    @property
    def moment(self) -> tuple[int, int]:
        """A moment for `since`."""
        return self._count if _CALLS_BACK else _collections(), gc.get_freeze_count()

    def since(self, moment: tuple[int, int]) -> list[Any] | None:
        """
        Return the bound clocks that are new since a moment, and perhaps others.

        None if objects have been frozen or unfrozen since, which makes young ones old.
        """
        count, frozen = moment
        if frozen != gc.get_freeze_count():
            return None
        if not _CALLS_BACK and count != _collections():
            return self._among(gc.get_objects())
        grown_old = (noted() for number, noted in self._old if number > count)
        return [*self._young(), *(each for each in grown_old if each is not None)]

    def _young(self) -> Iterator[Any]:
        for generation in _YOUNG:
            yield from self._among(gc.get_objects(generation))

    def _among(self, objects: list[Any]) -> list[Any]:
        # Most objects are excluded here, without a call.
        bound = [each for each in objects if type(each) is BuiltinMethodType]
        return [each for each in bound if is_bound_clock(each, self._classes)]

    def _note(self, phase: str, details: Mapping[str, int]) -> None:
        """Note the bound clocks that may become old; the garbage collector calls this."""
        if phase != "start" or details["generation"] < len(_YOUNG) - 1:
            return
        for each in self._young():
            self._count += 1
            alive = [item for item in self._old if item[1]() is not None]
            self._old = [*alive, (self._count, ref(each))]


def _collections() -> int:
    """Return how many collections have made young objects old."""
    return sum(each["collections"] for each in gc.get_stats()[len(_YOUNG) - 1 :])
