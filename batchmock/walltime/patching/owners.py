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

#: The class that owns a dict of attributes, by the id of the dict.
_owners: dict[int, ref[type]] = {}


def owners_of(dicts: Sequence[Any]) -> list[tuple[Any, type | None]]:
    """Return each dict with the class that owns it, or None if it is no `__dict__` of a class."""
    unknown = {id(each): each for each in dicts if _known(each) is None}
    if unknown:
        for owner in referrers([*unknown.values()]):
            if is_a(owner, type):
                for held in gc.get_referents(owner):
                    if id(held) in unknown:
                        _owners[id(held)] = ref(owner)
    return [(each, _known(each)) for each in dicts]


def _known(attributes: Any) -> type | None:
    """Return the cached owner of a dict, if it still is."""
    remembered = _owners.get(id(attributes))
    owner = None if remembered is None else remembered()
    if owner is None or all(held is not attributes for held in gc.get_referents(owner)):
        return None
    return owner
