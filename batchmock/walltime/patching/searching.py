"""
Search the heap for everything that refers to some objects.

The garbage collector knows the referrers of an object: modules that imported it by name, default arguments,
attributes, closures, lists, tuples, partial functions.
"""

from __future__ import annotations

import gc
from collections.abc import Collection, Sequence
from types import BuiltinMethodType, MethodWrapperType
from typing import Any, Final

from batchmock.tracked_objects import referrers
from batchmock.walltime.patching.attributes import attributes_of
from batchmock.walltime.patching.bound_clocks import is_bound_clock
from batchmock.walltime.patching.derived import DEPTH, Pair, derived
from batchmock.walltime.patching.places import Found, Holder, keys_of

#: Objects that cannot be changed: they are replaced in what holds them.
IMMUTABLE: Final = (staticmethod, tuple, MethodWrapperType, BuiltinMethodType)
#: Modules that need the originals.
_KEEPERS: Final = frozenset({"freezegun", "time_machine"})


def search(pairs: Sequence[Pair], of_modules: Sequence[Pair], known: Found | None = None) -> Found:
    """
    Return everything that refers to some originals, except modules that need them.

    Args:
        pairs: what is replaced everywhere.
        of_modules: what is replaced in modules only: classes have many other referrers.
        known: what has been found before. Only what holds the originals that this leaves unexplained is added.
    """
    known = known or Found([], [])
    all_derived = [*known.derived]
    found = {id(each.holder): each for each in known.holders}
    classes = {id(p.original): p.replacement for p in of_modules if isinstance(p.original, type)}
    # The `__dict__` of an object that is known is part of it.
    ours = {id(attributes_of(each.holder)) for each in known.holders if each.keys is None}
    level = [*(known.unexplained or [*pairs, *of_modules])]
    ids = {id(pair.original) for pair in level} - classes.keys()
    only_in_modules = {id(pair.original) for pair in of_modules}
    replaced = {
        id(p.original): p.replacement for p in level if id(p.original) not in only_in_modules
    }
    for _ in range(DEPTH + 1):
        for pair in level:
            ours.add(id(pair.replacement))
            ours.update(map(id, getattr(pair.replacement, "__closure__", None) or ()))
        holders = [
            each
            for each in referrers([pair.original for pair in level])
            if type(each) not in (Holder, Pair)
            and id(each) not in ours
            and not is_keeper(each)
            and (is_bound_clock(each, classes) or _holds(each, ids))
        ]
        ours.add(id(holders))
        for each in holders:
            keys = keys_of(each, ids)
            before = found.setdefault(id(each), Holder(each, keys))
            if keys:
                before.keys = list(dict.fromkeys([*(before.keys or ()), *keys]))
        level = _new(derived(holders, replaced, classes), all_derived)
        all_derived.extend(level)
        replaced = {id(pair.original): pair.replacement for pair in level}
        ids = set(replaced)
        if not level:
            break
    return Found(all_derived, list(found.values()))


def _new(pairs: Sequence[Pair], known: Sequence[Pair]) -> list[Pair]:
    originals = {id(pair.original) for pair in known}
    return [pair for pair in pairs if id(pair.original) not in originals]


def is_keeper(holder: Any) -> bool:
    """Return whether an object keeps the originals, as the modules that implement the replacements do."""
    if type(holder) is not dict or "__name__" not in holder:
        return False
    name = str(holder["__name__"])
    return name.startswith("batchmock.walltime") or name.partition(".")[0] in _KEEPERS


def is_owned(holder: Any) -> bool:
    """Return whether an object may have to be changed through its owner: default arguments, attributes."""
    return type(holder) is tuple or (type(holder) is dict and "__module__" in holder)


def _holds(holder: Any, ids: Collection[int]) -> bool:
    return any(id(each) in ids for each in gc.get_referents(holder))
