"""
Pairs of originals and replacements, and what is made from originals.

A bound method, a static method or a tuple cannot be changed. It is replaced as a whole, in what holds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import BuiltinMethodType, MethodWrapperType
from typing import Any, Final

from batchmock.walltime.patching.attributes import entries_of, is_a

#: Maximum depth of the search through referrers of referrers.
DEPTH: Final = 3
_function_of: Final = vars(staticmethod)["__func__"].__get__


class Pair:
    """An original and its replacement."""

    __slots__ = ("original", "replacement")

    def __init__(self, original: Any, replacement: Any) -> None:
        self.original = original
        self.replacement = replacement


def derived_from(
    holders: Sequence[Any], pairs: Sequence[Pair], classes: Mapping[int, Any]
) -> list[Pair]:
    """
    Return the replacements of all immutable holders, of those that hold others of them too.

    Args:
        holders: what refers to originals, or to other holders.
        pairs: the originals.
        classes: the replacements of classes of dates, by the id of the original.
    """
    found: list[Pair] = []
    level = pairs
    for _ in range(DEPTH):
        known = {id(pair.original): pair.replacement for pair in level}
        level = derived(holders, known, classes)
        if not level:
            break
        found.extend(level)
        classes = {}
    return found


def derived(
    holders: Iterable[Any], known: Mapping[int, Any], classes: Mapping[int, Any]
) -> list[Pair]:
    """
    Return the replacements of immutable holders.

    Args:
        holders: what refers to originals.
        known: the replacements by the id of the original.
        classes: the replacements of classes of dates, by the id of the original.
    """
    pairs: list[Pair] = []
    for holder in holders:
        if type(holder) is BuiltinMethodType:
            kind = classes.get(id(holder.__self__))
            if kind is not None:
                pairs.append(Pair(holder, getattr(kind, holder.__name__)))
        elif is_a(holder, staticmethod):
            function = _function_of(holder)
            if id(function) in known:
                pairs.append(Pair(holder, staticmethod(known[id(function)])))
        elif is_a(holder, MethodWrapperType):
            if id(holder.__self__) in known and holder.__name__ == "__call__":
                pairs.append(Pair(holder, known[id(holder.__self__)].__call__))
        elif is_a(holder, tuple):
            entries = entries_of(holder)
            if any(id(value) in known for value in entries):
                values = [known.get(id(value), value) for value in entries]
                pairs.append(Pair(holder, tuple.__new__(type(holder), values)))
    return pairs
