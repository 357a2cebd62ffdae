"""
Find the modules that hold the classes of `datetime`.

The classes have no reference counts from Python 3.12 on, so every attribute of every module is read, unless its
module has not changed since it was read last.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from types import ModuleType
from typing import Any

from batchmock.walltime.patching.attributes import attributes_of, attributes_of_module, is_a
from batchmock.walltime.patching.versions import readable_versions

#: The attributes of a module, and the names of some of them.
Named = tuple[dict[Any, Any], list[Any]]


class Modules:
    """
    Knows which modules hold one of two objects.

    Args:
        first: one of the objects.
        second: the other one.
    """

    def __init__(self, first: object, second: object) -> None:
        self._first = first
        self._second = second
        #: The versions of attributes among which is neither object.
        self._without: set[int] = set()

    def with_objects(self, modules: Collection[Any]) -> list[Named]:
        """Return the attributes of each module that holds an object, and the names of those that are one."""
        # Almost all are instances of the type itself, for which no call is needed.
        rest = [each for each in modules if type(each) is not ModuleType]
        real = [each for each in modules if type(each) is ModuleType]
        real += (each for each in rest if is_a(each, ModuleType))
        # What stands in for a module may keep its attributes elsewhere, where its `__dict__` shows no change.
        others = [attributes_of(each) for each in rest if not is_a(each, ModuleType)]
        found = self._among(each for each in others if each is not None)
        dicts = [*map(attributes_of_module, real)]
        versions_of = readable_versions()
        if versions_of is None:
            return found + self._among(dicts)
        return found + self._among_changed(dicts, versions_of(dicts))

    def _among_changed(self, modules: list[dict[Any, Any]], versions: list[int]) -> list[Named]:
        """Return those among some modules, given versions that were read before."""
        known = self._without
        changed = [
            (each, version)
            for each, version in zip(modules, versions, strict=True)
            if version not in known
        ]
        found = self._among(each for each, _ in changed)
        with_objects = {id(attributes) for attributes, _ in found}
        self._without = {*versions}.difference(
            version for each, version in changed if id(each) in with_objects
        )
        return found

    def _among(self, modules: Iterable[dict[Any, Any]]) -> list[Named]:
        # Comparing each value with both objects takes half the time of looking up its id.
        first, second = self._first, self._second
        found = []
        for attributes in modules:
            # A copy, because other threads may change the module.
            values = attributes.copy()
            for value in values.values():
                if value is first or value is second:
                    names = [
                        name for name, value in values.items() if value is first or value is second
                    ]
                    found.append((attributes, names))
                    break
        return found
