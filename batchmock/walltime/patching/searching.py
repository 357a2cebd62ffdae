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
from batchmock.walltime.patching.bound_clocks import is_bound_clock
from batchmock.walltime.patching.derived import DEPTH, Pair, derived
from batchmock.walltime.patching.places import Found, Holder, keys_of

#: Objects that cannot be changed: they are replaced in what holds them.
IMMUTABLE: Final = (staticmethod, tuple, MethodWrapperType, BuiltinMethodType)
#: Modules that need the originals.
_KEEPERS: Final = frozenset({"freezegun", "time_machine"})


def search(pairs: Sequence[Pair], of_modules: Sequence[Pair]) -> Found:
    """
    Return everything that refers to some originals, except modules that need them.

    Args:
        pairs: what is replaced everywhere.
        of_modules: what is replaced in modules only: classes have many other referrers.
    """
    all_derived: list[Pair] = []
    found: dict[int, Holder] = {}
    classes = {id(p.original): p.replacement for p in of_modules if isinstance(p.original, type)}
    functions = [p for p in of_modules if id(p.original) not in classes]
    ours: set[int] = set()
    level = [*pairs, *of_modules]
    known = {id(pair.original): pair.replacement for pair in pairs}
    ids = {*known, *(id(pair.original) for pair in functions)}
    for _ in range(DEPTH + 1):
        for pair in level:
            ours.add(id(pair.replacement))
            ours.update(map(id, getattr(pair.replacement, "__closure__", None) or ()))
        holders = [
            each
            for each in referrers([pair.original for pair in level])
            if not isinstance(each, (Holder, Pair))
            and id(each) not in ours
            and not is_keeper(each)
            and (is_bound_clock(each, classes) or _holds(each, ids))
        ]
        ours.add(id(holders))
        for each in holders:
            keys = keys_of(each, ids)
            before = found.setdefault(id(each), Holder(each, keys))
            if keys and before.keys is not keys:
                before.keys = [*(before.keys or ()), *keys]
        level = derived(holders, known, classes)
        all_derived.extend(level)
        known = {id(pair.original): pair.replacement for pair in level}
        ids = set(known)
        if not level:
            break
    return Found(all_derived, list(found.values()))


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
