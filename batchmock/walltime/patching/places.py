"""
Remember where originals were found, so that the next mock does not search the whole heap again.

Reference counts tell whether a place is missing: an original that is referred to more often than the remembered
places explain has a new one, or is a variable of a function that runs now.

Nothing that was found is kept alive: a place is a path from an object that can be referred to weakly.
"""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType, ModuleType
from typing import Any, NamedTuple
from weakref import ref

from batchmock.walltime.patching.attributes import attributes_of, is_a
from batchmock.walltime.patching.bound_clocks import BoundClocks
from batchmock.walltime.patching.derived import Pair, derived_from
from batchmock.walltime.patching.paths import Path, paths_to
from batchmock.walltime.patching.references import held_by_timing_tools, references_to


class Place:
    """
    Where a holder of originals was found.

    Args:
        path: the way to the holder.
        keys: the keys of the originals, if the holder is a dict that has no original as a key.
    """

    __slots__ = ("_anchor", "_way", "keys")

    def __init__(self, path: Path, keys: Sequence[Any] | None) -> None:
        self._anchor = ref(path.anchor)
        self._way = path.way
        self.keys = keys

    def holder(self) -> Any:
        """Return the holder; None if it can no longer be reached."""
        current = self._anchor()
        for step in self._way:
            if current is None:
                return None
            if is_a(current, ModuleType) and id(attributes_of(current)) == step:
                current = attributes_of(current)
            else:
                current = next(
                    (each for each in gc.get_referents(current) if id(each) == step), None
                )
        return current


class Holder:
    """
    A holder of originals.

    Args:
        holder: the object.
        keys: the keys of the originals, if the object is a dict that has no original as a key.
        place: where it is, if that is remembered.
    """

    __slots__ = ("holder", "keys", "place")

    def __init__(self, holder: Any, keys: Sequence[Any] | None, place: Place | None = None) -> None:
        self.holder = holder
        self.keys = keys
        self.place = place

    def values(self) -> Iterator[Any]:
        """Return an iterator over everything that may be an original."""
        if self.keys is not None:
            return (self.holder.get(key) for key in self.keys)
        attributes = attributes_of(self.holder)
        if attributes is None:
            return iter(gc.get_referents(self.holder))
        # Depending on the version, an object refers to the values of its attributes until its `__dict__` is
        # read for the first time, and to that from then on.
        return iter(gc.get_referents(self.holder, attributes))


class Found(NamedTuple):
    """
    What a search for originals has found.

    Attributes:
        derived: immutable objects made from originals, such as bound methods, which are replaced as well.
        holders: everything that holds an original or a derived object.
        unexplained: the pairs whose originals have more references than the holders explain.
        kept: how many references to each original that was searched for are those of batchmock, and of modules
            that need the original, by its id.
    """

    derived: list[Pair]
    holders: list[Holder]
    unexplained: Sequence[Pair] = ()
    kept: Mapping[int, int] = MappingProxyType({})


class _Known(NamedTuple):
    """
    The places of some originals.

    Attributes:
        places: where they are held.
        kept: how many references to each are those of batchmock, and of modules that need the original, by its
            id.
        searched_at: the moment of the search, for bound clocks; None if they are not replaced.
    """

    places: list[Place]
    kept: Mapping[int, int]
    searched_at: tuple[int, int] | None


class Places:
    """The places of all originals for which the heap has been searched, by the ids of the originals."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, ...], _Known] = {}
        self._bound_clocks: BoundClocks | None = None

    def find(
        self, pairs: Sequence[Pair], functions: Sequence[Pair], classes: Mapping[int, Any]
    ) -> Found | None:
        """
        Return all holders of some originals; None if the heap has to be searched for all of them.

        If something refers to an original that did not when the heap was searched, the pair is among those
        that are unexplained, and the heap has to be searched for its original.

        Args:
            pairs: the originals that are replaced everywhere.
            functions: the functions that are replaced in modules.
            classes: the replacements of classes of dates, by the id of the original. Their bound clocks,
                such as `datetime.now`, are replaced as well.
        """
        key = tuple(_ids([*pairs, *functions]))
        known = self._known.get(key)
        if known is None:
            return None
        holders = _holders(known.places)
        # No variable may refer to a holder: it would count as a reference.
        derived = derived_from([each.holder for each in holders], pairs, classes)
        everything = [*pairs, *functions, *derived]
        others = _others(everything, holders)
        # What was derived may be gone, or be held elsewhere: its references to originals are then unexplained.
        if any(count < known.kept.get(each, count + 1) for each, count in others.items()):
            return None
        if classes and not self._has_all_bound_clocks(key, known, _ids(derived)):
            return None
        more = _more(everything, others, known.kept)
        if more:
            in_tools = held_by_timing_tools(_ids(more))
            others = _others(more, holders)
            more = _more(more, {each: others[each] - in_tools[each] for each in others}, known.kept)
        return Found(derived, holders, more)

    def _has_all_bound_clocks(
        self, key: tuple[int, ...], known: _Known, ids: Collection[int]
    ) -> bool:
        """Return whether no bound clock is newer than what is known, given the ids of those that are."""
        watch = self._bound_clocks
        if watch is None or known.searched_at is None or not watch.is_watching:
            return False
        now = watch.moment
        found = watch.since(known.searched_at)
        if found is None or not all(id(each) in ids for each in found):
            return False
        self._known[key] = known._replace(searched_at=now)
        return True

    def _watch_bound_clocks(self, classes: Collection[int]) -> tuple[int, int]:
        """Watch for new bound clocks from now on, and return the moment."""
        if self._bound_clocks is None or not self._bound_clocks.is_watching:
            # What was missed meanwhile may be missing from everything that is known.
            self._known.clear()
            self._bound_clocks = BoundClocks(classes)
        return self._bound_clocks.moment

    def record(self, pairs: Sequence[Pair], classes: Collection[int], found: Found) -> None:
        """
        Record what a search of the heap for some originals has found, before anything is replaced.

        Args:
            pairs: the originals.
            classes: the ids of the classes of dates, if they are replaced.
            found: what was found.
        """
        key = tuple(_ids(pairs))
        before = self._known.pop(key, None)
        kept = {**(before.kept if before else {}), **found.kept}
        unknown = [each.holder for each in found.holders if each.place is None]
        paths = paths_to(unknown, not_through=(Holder, Pair))
        # What has no path is found by another search as long as it exists.
        places = [place for each in found.holders if (place := _place_of(each, paths)) is not None]
        searched_at = self._watch_bound_clocks(frozenset(classes)) if classes else None
        kept = {each: kept.get(each, 0) for each in _ids([*pairs, *found.derived])}
        self._known[key] = _Known(places, kept, searched_at)


def _more(pairs: Sequence[Pair], others: Mapping[int, int], kept: Mapping[int, int]) -> list[Pair]:
    """Return the pairs whose originals have more references than those that are kept."""
    return [pair for pair in pairs if others[id(pair.original)] > kept[id(pair.original)]]


def _holders(places: Sequence[Place]) -> list[Holder]:
    """Return what is at some places, each object once: an id on the way to one may be in use again."""
    found: dict[int, Holder] = {}
    for place in places:
        holder = place.holder()
        if holder is not None:
            before = found.setdefault(id(holder), Holder(holder, place.keys, place))
            if before.place is not place:
                before.keys = keys_together(before.keys, place.keys)
    return list(found.values())


def keys_together(keys: Sequence[Any] | None, more: Sequence[Any] | None) -> list[Any] | None:
    """Return the keys of a holder, given two of its values for `keys`."""
    return None if keys is None or more is None else list(dict.fromkeys([*keys, *more]))


def _place_of(holder: Holder, paths: Mapping[int, Path]) -> Place | None:
    """Return the place of a holder, given the paths of those that are not remembered yet."""
    place = holder.place
    if place is None:
        path = paths.get(id(holder.holder))
        return None if path is None else Place(path, holder.keys)
    place.keys = holder.keys
    return place


def keys_of(holder: Any, ids: Collection[int]) -> list[Any] | None:
    """
    Return the keys under which a dict holds objects with some ids.

    None if the holder is no dict, or if such an object is itself a key.
    """
    if type(holder) is not dict or any(id(key) in ids for key in list(holder)):
        return None
    return [key for key, value in list(holder.items()) if id(value) in ids]


def _ids(pairs: Sequence[Pair]) -> list[int]:
    return [id(pair.original) for pair in pairs]


def _others(pairs: Sequence[Pair], holders: Sequence[Holder]) -> dict[int, int]:
    """Return how many references to each original are not those of the holders, by its id."""
    held = dict.fromkeys(_ids(pairs), 0)
    for holder in holders:
        for address in map(id, holder.values()):
            if address in held:
                held[address] += 1
    return {id(pair.original): references_to(pair) - held[id(pair.original)] for pair in pairs}
