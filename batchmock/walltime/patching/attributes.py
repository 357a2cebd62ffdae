"""The attributes of modules and other objects, read without running code of theirs if possible."""

from __future__ import annotations

from types import GetSetDescriptorType, ModuleType
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


def instance_attributes(value: object) -> dict[Any, Any] | None:
    """Return the `__dict__` of an instance, or None if it has none, or computes it."""
    for kind in type(value).__mro__:
        descriptor = vars(kind).get("__dict__")
        if descriptor is not None:
            attributes = (
                descriptor.__get__(value) if type(descriptor) is GetSetDescriptorType else None
            )
            return attributes if type(attributes) is dict else None
    return None
