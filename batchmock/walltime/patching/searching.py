"""
Search the heap for everything that refers to some objects.

The garbage collector knows the referrers of an object: modules that imported it by name, default arguments,
attributes, closures, lists, tuples, partial functions.
"""

from __future__ import annotations

import gc
from collections.abc import Collection, Sequence
from types import BuiltinMethodType, FrameType, FunctionType, MethodWrapperType
from typing import Any, Final

from batchmock.tracked_objects import referrers
from batchmock.walltime.patching.attributes import attributes_of, is_a
from batchmock.walltime.patching.bound_clocks import is_bound_clock
from batchmock.walltime.patching.derived import DEPTH, Pair, derived
from batchmock.walltime.patching.places import Found, Holder, keys_of, keys_together
from batchmock.walltime.patching.references import may_be_hidden, references_of, references_to

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
    kept: dict[int, int] = {}
    classes = {id(p.original): p.replacement for p in of_modules if isinstance(p.original, type)}
    # The `__dict__` of an object that is known is part of it.
    ours = {id(attributes_of(each.holder)) for each in known.holders if each.keys is None}
    level = [*(known.unexplained or [*pairs, *of_modules])]
    ids = {id(pair.original) for pair in level} - classes.keys()
    only_in_modules = {id(pair.original) for pair in of_modules}
    replaced = {
        id(p.original): p.replacement for p in level if id(p.original) not in only_in_modules
    }
    replacements: set[int] = set()
    for _ in range(DEPTH + 1):
        for pair in level:
            replacements.add(id(pair.replacement))
            if type(pair.replacement) is FunctionType:
                replacements.update(map(id, pair.replacement.__closure__ or ()))
        holders, keepers = [], []
        all_referrers = referrers([pair.original for pair in level])
        for each in all_referrers:
            if id(each) in ours or type(each) is FrameType:
                # Variables of functions come and go, and are not replaced.
                continue
            if type(each) in (Holder, Pair) or id(each) in replacements or is_keeper(each):
                keepers.append(each)
            elif is_bound_clock(each, classes) or _holds(each, ids):
                holders.append(each)
        kept.update(_kept(level, ids, keepers, all_referrers))
        ours.update(map(id, (holders, keepers, all_referrers)))
        for each in holders:
            keys = keys_of(each, ids)
            before = found.setdefault(id(each), Holder(each, keys))
            before.keys = keys_together(before.keys, keys)
        level = _new(derived(holders, replaced, classes), all_derived)
        all_derived.extend(level)
        replaced = {id(pair.original): pair.replacement for pair in level}
        ids = set(replaced)
        if not level:
            break
    return Found(all_derived, list(found.values()), kept=kept)


def _kept(
    pairs: Sequence[Pair],
    ids: Collection[int],
    keepers: Sequence[Any],
    all_referrers: Sequence[Any],
) -> dict[int, int]:
    """Return how many references to originals with some ids are kept, by id."""
    kept = references_of(keepers, ids)
    hidden = [pair for pair in pairs if id(pair.original) in ids and may_be_hidden(pair.original)]
    if hidden:
        seen = references_of(all_referrers, ids)
        for pair in hidden:
            kept[id(pair.original)] += min(1, max(0, references_to(pair) - seen[id(pair.original)]))
    return kept


def _new(pairs: Sequence[Pair], known: Sequence[Pair]) -> list[Pair]:
    originals = {id(pair.original) for pair in known}
    return [pair for pair in pairs if id(pair.original) not in originals]


def is_keeper(holder: Any) -> bool:
    """Return whether an object keeps the originals, as the modules that implement the replacements do."""
    name = holder.get("__name__") if type(holder) is dict else None
    if type(name) is not str:
        return False
    return name.startswith("batchmock.walltime") or name.partition(".")[0] in _KEEPERS


def is_owned(holder: Any) -> bool:
    """
    Return whether an object may be the `__dict__` of a class, which has to be changed through the class.

    Python caches what it finds in one, and would read freed memory if a value were exchanged behind its back.
    """
    if not is_a(holder, dict) or not dict.__contains__(holder, "__doc__"):
        return False
    # The attributes of a module, which may be in `sys.modules` no longer.
    return not any(dict.__contains__(holder, name) for name in ("__spec__", "__builtins__"))


def _holds(holder: Any, ids: Collection[int]) -> bool:
    return any(id(each) in ids for each in gc.get_referents(holder))
