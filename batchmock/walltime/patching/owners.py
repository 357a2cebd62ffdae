"""
Find the classes that own attributes, which are changed through the class.

Finding the owners requires a scan of all objects, so results are cached with weak references.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import Any
from weakref import ref

from batchmock.tracked_objects import referrers
from batchmock.walltime.patching.attributes import is_a

#: The owners of dicts of attributes, by the id of the latter.
_owners: dict[int, list[ref[Any]]] = {}


def owners_of(holders: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Return each class `__dict__` with each of its owners, or with None if it has none."""
    unknown = [holder for holder in holders if not _known(holder)]
    if unknown:
        by_id = {id(holder): holder for holder in unknown}
        for holder in unknown:
            _owners[id(holder)] = []
        for owner in referrers(unknown):
            if is_a(owner, type):
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


def _known(holder: Any) -> list[Any]:
    """Return the cached owners that still refer to a holder."""
    owners = (remembered() for remembered in _owners.get(id(holder), ()))
    return [
        owner
        for owner in owners
        if owner is not None and any(held is holder for held in gc.get_referents(owner))
    ]
