"""
Types and attributes of any objects, read and set without running their code.

A proxy may compute even its class, and a class or a container may refuse changes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from types import GetSetDescriptorType, MemberDescriptorType, ModuleType
from typing import Any, Final

#: The types of `__dict__` in classes that do not compute it.
_BUILT_IN: Final = (GetSetDescriptorType, MemberDescriptorType)
_attributes_of_class: Final = vars(type)["__dict__"].__get__
_mro_of: Final = vars(type)["__mro__"].__get__
#: Returns the `__dict__` of a module, without importing a lazy one.
attributes_of_module: Final[Callable[[Any], dict[Any, Any]]] = vars(ModuleType)["__dict__"].__get__
_offset_of_references: Final = vars(type)["__weakrefoffset__"].__get__


def is_a(value: object, kinds: type | tuple[type, ...]) -> bool:
    """Return whether an object is an instance of some types, whatever its `__class__` says."""
    return issubclass(type(value), kinds)


def attributes_of(value: object) -> dict[Any, Any] | None:
    """Return the `__dict__` of a module or another object; None if it has none, or computes it."""
    if is_a(value, ModuleType):
        return attributes_of_module(value)
    for kind in mro_of(type(value)):
        descriptor = attributes_of_class(kind).get("__dict__")
        if descriptor is not None:
            found = descriptor.__get__(value) if type(descriptor) in _BUILT_IN else None
            return found if type(found) is dict else None
    return None


def attributes_of_class(kind: type) -> Mapping[str, Any]:
    """Return the attributes of a class, whatever its metaclass computes."""
    attributes: Mapping[str, Any] = _attributes_of_class(kind)
    return attributes


def mro_of(kind: type) -> tuple[type, ...]:
    """Return the method resolution order of a class, whatever its metaclass computes."""
    mro: tuple[type, ...] = _mro_of(kind)
    return mro


def set_class_attribute(kind: type, name: str, value: Any) -> bool:
    """Set an attribute of a class, even if its metaclass refuses; return whether that is possible."""
    try:
        type.__setattr__(kind, name, value)
    except TypeError:
        # A metaclass written in C, such as those of ctypes, sets attributes itself.
        try:
            setattr(kind, name, value)
        except Exception:
            return False
    return True


def can_be_referred_to_weakly(value: object) -> bool:
    """Return whether an object can be the target of a weak reference."""
    return bool(_offset_of_references(type(value)))


def entries_of(entries: Any) -> list[Any]:
    """Return the entries of a list, deque or tuple, whatever a subclass returns."""
    kind: Any = next(each for each in (list, deque, tuple) if is_a(entries, each))
    return [*kind.__iter__(entries)]


def set_entry(entries: Any, index: int, value: Any) -> None:
    """Set an entry of a list or deque, even if a subclass refuses."""
    kind: Any = list if is_a(entries, list) else deque
    kind.__setitem__(entries, index, value)
