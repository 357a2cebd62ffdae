"""The attributes of what is in `sys.modules`, where not everything is a module."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Final

#: How many modules are looked through at a time.
_CHUNK: Final = 128
#: The names of modules that have held what was looked for. A hint only: these are looked at one by one.
_holders: Final[set[str]] = set()


def is_module(value: object) -> bool:
    """Return whether an object is a module; unlike isinstance, not misled by one that claims to be."""
    return issubclass(type(value), ModuleType)


def attributes_of(value: Any) -> Any:
    """Return the `__dict__` of a module, without importing a lazy one, or that of another object, or None."""
    if type(value) is ModuleType:
        return value.__dict__
    if issubclass(type(value), ModuleType):
        return object.__getattribute__(value, "__dict__")
    return getattr(value, "__dict__", None)


def attributes_that_hold(first: object, second: object) -> Iterator[dict[str, Any]]:
    """
    Return an iterator over the `__dict__` of each module with one of two objects among its values.

    Most modules hold neither. The garbage collector lists the values of many of these at once, which takes a
    third of the time of looking at each of them alone.
    """
    likely: list[tuple[str, Any]] = []
    others: list[tuple[str, Any]] = []
    for item in list(sys.modules.items()):
        (likely if item[0] in _holders else others).append(item)
    for start in range(0, len(others), _CHUNK):
        chunk = others[start : start + _CHUNK]
        attributes = [
            each.__dict__ if type(each) is ModuleType else attributes_of(each) for _, each in chunk
        ]
        if _hold(attributes, first, second):
            likely += chunk
    for name, module in likely:
        attributes = attributes_of(module)
        if type(attributes) is dict and _hold([attributes], first, second):
            _holders.add(name)
            yield attributes


def _hold(objects: list[Any], first: object, second: object) -> bool:
    found = [each for each in gc.get_referents(*objects) if each is first or each is second]
    return bool(found)
