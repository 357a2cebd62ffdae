"""Find paths to objects from others that can be referred to weakly, so that they can be found again."""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping
from types import FrameType, ModuleType
from typing import Any, Final

from batchmock.tracked_objects import referrers
from batchmock.walltime.patching.attributes import attributes_of, can_be_referred_to_weakly, is_a

#: How many references may lie between an object and one that can be referred to weakly.
_LONGEST_PATH: Final = 5


class Path:
    """A way from an object that can be referred to weakly."""

    __slots__ = ("anchor", "way")

    def __init__(self, anchor: Any, way: list[int]) -> None:
        self.anchor = anchor
        self.way = way


class _Step:
    """
    An object on the way to some of what was found.

    Args:
        here: the object.
        ways: the ids of the objects on the way from here, by the id of what was found.
    """

    __slots__ = ("here", "ways")

    def __init__(self, here: Any, ways: dict[int, list[int]]) -> None:
        self.here = here
        self.ways = ways


def paths_to(found: list[Any], *, not_through: tuple[type, ...]) -> dict[int, Path]:
    """
    Return the path to each object that has one, by its id.

    Args:
        found: the objects. No other list may hold them.
        not_through: the types of objects that refer to them for now only.
    """
    paths: dict[int, Path] = {}
    modules = {
        id(attributes_of(module)): module
        for module in list(sys.modules.values())
        if is_a(module, ModuleType)
    }
    pending = {id(each): _Step(each, {id(each): []}) for each in found}
    for_now = (*not_through, _Step, Path, FrameType)
    for _ in range(_LONGEST_PATH + 1):
        pending = _unanchored(pending, modules, paths)
        if not pending:
            break
        pending = _one_step_up(pending, paths, found, for_now)
    return paths


def _unanchored(
    pending: dict[int, _Step], modules: Mapping[int, ModuleType], paths: dict[int, Path]
) -> dict[int, _Step]:
    """Record the paths of what is an anchor or the attributes of a module; return the rest."""
    rest = {}
    for address, step in pending.items():
        module = modules.get(address)
        if module is None and not can_be_referred_to_weakly(step.here):
            rest[address] = step
            continue
        for target, way in step.ways.items():
            path = Path(step.here, way) if module is None else Path(module, [address, *way])
            paths.setdefault(target, path)
    return {key: step for key, step in rest.items() if not step.ways.keys() <= paths.keys()}


def _one_step_up(
    pending: dict[int, _Step],
    paths: Mapping[int, object],
    found: list[Any],
    for_now: tuple[type, ...],
) -> dict[int, _Step]:
    """Return what refers to what is pending, except some lists and objects of types that do so for now only."""
    above: dict[int, _Step] = {}
    objects = [step.here for step in pending.values()]
    for referrer in referrers(objects):
        if type(referrer) in for_now or referrer is found:
            continue
        ways: dict[int, list[int]] = {}
        for held in gc.get_referents(referrer):
            step = pending.get(id(held))
            for target, way in step.ways.items() if step is not None else ():
                if target not in paths:
                    ways.setdefault(target, [id(held), *way])
        if ways:
            above[id(referrer)] = _Step(referrer, ways)
    return above
