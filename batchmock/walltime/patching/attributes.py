"""Types and attributes of any objects, read without running their code: a proxy may compute even its class."""

from __future__ import annotations

from types import GetSetDescriptorType, MemberDescriptorType, ModuleType
from typing import Any, Final

#: The types of `__dict__` in classes that do not compute it.
_BUILT_IN: Final = (GetSetDescriptorType, MemberDescriptorType)
_attributes_of_module: Final = vars(ModuleType)["__dict__"].__get__


def is_a(value: object, kinds: type | tuple[type, ...]) -> bool:
    """Return whether an object is an instance of some types, whatever its `__class__` says."""
    return issubclass(type(value), kinds)


def attributes_of(value: object) -> dict[Any, Any] | None:
    """Return the `__dict__` of a module or another object; None if it has none, or computes it."""
    if is_a(value, ModuleType):
        # Without importing a lazy module.
        attributes: dict[Any, Any] = _attributes_of_module(value)
        return attributes
    for kind in type(value).__mro__:
        descriptor = vars(kind).get("__dict__")
        if descriptor is not None:
            found = descriptor.__get__(value) if type(descriptor) in _BUILT_IN else None
            return found if type(found) is dict else None
    return None
