"""The attributes of what is in `sys.modules`, where not everything is a module."""

from __future__ import annotations

from types import ModuleType
from typing import Any


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
