"""
Versions of dicts, which show whether a dict has changed since it was read.

CPython numbers all changes of all dicts (PEP 509): no two states of any dicts have the same number, and a dict
keeps its number until a value changes. Code in Python cannot read the number, so it is read from memory.
Python 3.14 no longer has it, and a free-threaded Python may change it while another thread reads the dict.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Callable, Sequence
from functools import cache
from types import ModuleType
from typing import Any

#: A function that returns the versions of some dicts.
VersionsOf = Callable[[Sequence[dict[Any, Any]]], list[int]]


@cache
def readable_versions() -> VersionsOf | None:
    """Return a function that returns the versions of some dicts; None if this Python has no versions."""
    if sys.implementation.name != "cpython" or sysconfig.get_config_var("Py_GIL_DISABLED"):
        return None
    try:
        import ctypes
    except ImportError:
        # A Python that was built without libffi.
        return None
    # A dict begins with the number of its items, which the version follows.
    size_at = object.__basicsize__
    version_at = size_at + ctypes.sizeof(ctypes.c_ssize_t)
    size_in = ctypes.c_ssize_t.from_address
    version_in = ctypes.c_uint64.from_address

    def versions_of(dicts: Sequence[dict[Any, Any]]) -> list[int]:
        return [version_in(id(each) + version_at).value for each in dicts]

    dicts = [dict.fromkeys(range(size)) for size in range(20)]
    if [size_in(id(each) + size_at).value for each in dicts] != [*range(20)]:
        return None
    return versions_of if show_changes(versions_of) else None


def show_changes(versions_of: VersionsOf) -> bool:
    """Return whether every way to change the attributes of a module changes the version."""
    module = ModuleType("module")
    attributes = vars(module)
    exec("def change():\n    global value\n    value = object()", attributes)
    ways: list[Callable[[], object]] = [
        lambda: attributes.update(value=object()),
        lambda: attributes.__setitem__("value", object()),
        lambda: setattr(module, "value", object()),
        lambda: exec("value = object()", attributes),
        attributes["change"],
        lambda: attributes.__ior__({"value": object()}),
    ]
    others: list[Callable[[], object]] = [
        lambda: attributes.pop("value"),
        lambda: attributes.setdefault("value", object()),
        lambda: delattr(module, "value"),
        attributes.clear,
        lambda: attributes.update({"value": object()}),
    ]
    # What runs often may change to a quicker way.
    for change in [*ways * 100, *others]:
        before = versions_of([attributes])
        change()
        if versions_of([attributes]) == before:
            return False
    before = versions_of([attributes])
    _ = [*attributes.items()]
    return versions_of([attributes]) == before
