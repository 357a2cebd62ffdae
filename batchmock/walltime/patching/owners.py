"""
Find the functions and classes that own default arguments and attributes.

A tuple of default arguments is changed through its function, and the attributes of a class through the class.
Finding the owners requires a scan of all objects, so results are cached with weak references.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from functools import partial
from types import FunctionType
from typing import Any
from weakref import ref

from batchmock.tracked_objects import referrers
from batchmock.walltime.patching.attributes import is_a

#: The owners of tuples and attribute dicts, by the id of the latter.
_owners: dict[int, list[ref[Any]]] = {}


def owners_of(holders: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Return each tuple or class `__dict__` with each of its owners, or with None if it has none."""
    unknown = [holder for holder in holders if not _known(holder)]
    if unknown:
        by_id = {id(holder): holder for holder in unknown}
        for holder in unknown:
            _owners[id(holder)] = []
        for owner in referrers(unknown):
            if is_a(owner, (type, FunctionType, partial)):
                for held in gc.get_referents(owner):
                    if id(held) in by_id:
                        _owners[id(held)].append(ref(owner))
    found: list[tuple[Any, Any]] = []
    for holder in holders:
        owners = _known(holder)
        found.extend((holder, owner) for owner in owners)
        if not owners:
            found.append((holder, None))
    return found


def forget_owners_unless(holder: tuple[Any, ...], number: int) -> None:
    """Forget the owners of a tuple if their number is another: a new function may share it."""
    if len(_known(holder)) != number:
        forget_owners(holder)


def forget_owners(holder: Any) -> None:
    """Forget the owners of an object, which may be those of an earlier one with its id."""
    _owners.pop(id(holder), None)


def _known(holder: Any) -> list[Any]:
    """Return the cached owners that still refer to a holder."""
    owners = (remembered() for remembered in _owners.get(id(holder), ()))
    return [
        owner
        for owner in owners
        if owner is not None and any(held is holder for held in gc.get_referents(owner))
    ]
