"""
Replace all references to objects, and restore them.

The garbage collector knows the referrers of an object: modules that imported it by name, default arguments,
attributes, closures, lists, tuples, partial functions. Local variables of running functions are unchanged.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from types import (
    BuiltinMethodType,
    CellType,
    ClassMethodDescriptorType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodWrapperType,
    WrapperDescriptorType,
)
from typing import Any, Final

from batchmock.tracked_objects import referrers
from batchmock.walltime.patching.owners import owners_of

#: Modules that need the originals.
_KEEPERS: Final = frozenset({"freezegun", "time_machine"})
#: The methods and members of the replaced classes themselves, which are many.
_WITHOUT_ATTRIBUTES: Final = frozenset(
    {
        ClassMethodDescriptorType,
        GetSetDescriptorType,
        MethodDescriptorType,
        WrapperDescriptorType,
    }
)
#: Maximum depth of the search through referrers of referrers.
_DEPTH: Final = 3


class Pair:
    """An original and its replacement."""

    __slots__ = ("original", "replacement")

    def __init__(self, original: Any, replacement: Any) -> None:
        self.original = original
        self.replacement = replacement


#: Bound methods of replaced classes found so far, searched for along with the originals.
_bound_methods: list[Pair] = []


class Replacements:
    """
    The replacements of some objects.

    Args:
        pairs: what to replace everywhere.
        of_modules: pairs to replace in modules only: classes, which have many other referrers.
    """

    def __init__(self, pairs: Sequence[Pair], of_modules: Sequence[Pair] = ()) -> None:
        self._pairs = list(pairs)
        self._of_modules = list(of_modules)
        self._undo: list[Callable[[], None]] = []
        self._modules = set(sys.modules)

    def make(self) -> None:
        """Replace the originals."""
        self._modules = set(sys.modules)
        methods = _bound_methods if self._of_modules else []
        self._replace([*self._pairs, *methods], self._of_modules, _DEPTH)

    def make_in_modules(self) -> None:
        """Replace the originals in modules again where another library has restored them."""
        known = {id(each.original): each.replacement for each in self._pairs + self._of_modules}
        for module in list(sys.modules.values()):
            attributes = getattr(module, "__dict__", None)
            if type(attributes) is dict and not _is_keeper(attributes):
                self._replace_items(attributes, known)

    def undo(self) -> None:
        """Restore the originals, including in modules imported in the meantime."""
        for undo in reversed(self._undo):
            undo()
        self._undo.clear()
        originals = {id(pair.replacement): pair.original for pair in self._pairs + self._of_modules}
        for name in sys.modules.keys() - self._modules:
            attributes = getattr(sys.modules.get(name), "__dict__", {})
            for attribute, value in list(attributes.items()):
                if id(value) in originals and not _is_keeper(attributes):
                    attributes[attribute] = originals[id(value)]

    def set(self, owner: Any, name: str, value: Any) -> None:
        """Set an attribute until `undo`."""
        before = vars(owner)[name] if isinstance(owner, type) else getattr(owner, name)

        def undo() -> None:
            if _value_of(owner, name) is value:
                setattr(owner, name, before)

        setattr(owner, name, value)
        self._undo.append(undo)

    def set_item(self, items: dict[Any, Any], key: Any, value: Any) -> None:
        """Add an item to a dict until `undo`, unless the dict has one."""
        if key not in items:
            items[key] = value
            self._undo.append(partial(_drop, items, key, value))

    def _replace(self, pairs: list[Pair], of_modules: list[Pair], depth: int) -> None:
        everywhere = {id(pair.original): pair.replacement for pair in pairs}
        in_modules = {id(pair.original): pair.replacement for pair in of_modules}
        in_modules.update(everywhere)
        ours = {id(pair) for pair in (*pairs, *of_modules)}
        for pair in pairs:
            ours.add(id(pair.replacement))
            ours.update(map(id, getattr(pair.replacement, "__closure__", None) or ()))
        modules = {id(getattr(each, "__dict__", None)) for each in list(sys.modules.values())}
        found = referrers(*(pair.original for pair in (*pairs, *of_modules)))
        holders = [each for each in found if id(each) not in ours and not _is_keeper(each)]
        del found
        nested: list[Pair] = []
        kept: list[Any] = []
        for holder in holders:
            if type(holder) is dict and id(holder) in modules:
                self._replace_items(holder, in_modules)
            elif type(holder) is BuiltinMethodType:
                nested.extend(_method_pair(holder, in_modules))
            elif type(holder) is tuple:
                # Classes occur in many, for instance as arguments of `isinstance`.
                if any(id(value) in everywhere for value in holder):
                    kept.append(holder)
            elif type(holder) is dict and "__module__" in holder:
                kept.append(holder)
            else:
                nested.extend(self._replace_in(holder, everywhere))
        for holder, owner in owners_of(kept):
            if owner is not None:
                self._replace_in_owner(owner, everywhere)
            elif type(holder) is tuple:
                nested.extend(_tuple_pair(holder, everywhere))
        if nested and depth:
            self._replace(nested, [], depth - 1)

    def _replace_in(self, holder: Any, known: Mapping[int, Any]) -> Iterable[Pair]:
        """Replace an object's references; if it is immutable, return pairs to replace the object itself."""
        if isinstance(holder, dict):
            self._replace_items(holder, known)
        elif isinstance(holder, (list, deque)):
            self._replace_entries(holder, known)
        elif isinstance(holder, staticmethod):
            if id(holder.__func__) in known:
                return [Pair(holder, staticmethod(known[id(holder.__func__)]))]
        elif isinstance(holder, partial):
            self._replace_in_partial(holder, known)
        elif type(holder) is CellType:
            if id(holder.cell_contents) in known:
                self.set(holder, "cell_contents", known[id(holder.cell_contents)])
        elif isinstance(holder, MethodWrapperType):
            if id(holder.__self__) in known and holder.__name__ == "__call__":
                return [Pair(holder, known[id(holder.__self__)].__call__)]
        elif isinstance(holder, tuple):
            return _tuple_pair(holder, known)
        elif type(holder) not in _WITHOUT_ATTRIBUTES:
            self._replace_attributes(holder, known)
        return []

    def _replace_items(self, items: dict[Any, Any], known: Mapping[int, Any]) -> None:
        found = [(name, value) for name, value in list(items.items()) if id(value) in known]
        for name, value in found:
            items[name] = replacement = known[id(value)]
            self._undo.append(partial(_put_back, items, name, value, replacement))

    def _replace_entries(self, entries: Any, known: Mapping[int, Any]) -> None:
        for index, value in enumerate(list(entries)):
            replacement = known.get(id(value))
            if replacement is not None:
                entries[index] = replacement
                self._undo.append(partial(_put_entry_back, entries, value, replacement))

    def _replace_in_partial(self, holder: Any, known: Mapping[int, Any]) -> None:
        before = (holder.func, holder.args, holder.keywords, vars(holder))
        function = known.get(id(holder.func), holder.func)
        args = tuple(known.get(id(value), value) for value in holder.args)
        keywords = {name: known.get(id(value), value) for name, value in holder.keywords.items()}
        holder.__setstate__((function, args, keywords, vars(holder)))
        self._undo.append(partial(holder.__setstate__, before))

    def _replace_attributes(self, holder: Any, known: Mapping[int, Any]) -> None:
        """Replace references in an object's slots, or in a `__dict__` that did not exist yet."""
        attributes = getattr(holder, "__dict__", None)
        if type(attributes) is dict:
            self._replace_items(attributes, known)
        for kind in type(holder).__mro__:
            for slot in list(vars(kind).values()):
                if type(slot) is MemberDescriptorType:
                    self._replace_slot(holder, slot, known)

    def _replace_slot(self, holder: Any, slot: Any, known: Mapping[int, Any]) -> None:
        try:
            value = slot.__get__(holder)
        except AttributeError:
            return
        replacement = known.get(id(value))
        if replacement is None:
            return

        def undo() -> None:
            if slot.__get__(holder) is replacement:
                slot.__set__(holder, value)

        try:
            slot.__set__(holder, replacement)
        except (AttributeError, TypeError):
            # A read-only member of a class written in C.
            return
        self._undo.append(undo)

    def _replace_in_owner(self, owner: Any, known: Mapping[int, Any]) -> None:
        if isinstance(owner, type):
            for name, value in list(vars(owner).items()):
                if id(value) in known:
                    self.set(owner, name, known[id(value)])
        elif isinstance(owner, partial):
            self._replace_in_partial(owner, known)
        else:
            defaults = tuple(known.get(id(value), value) for value in owner.__defaults__ or ())
            if owner.__defaults__ != defaults:
                self.set(owner, "__defaults__", defaults)


def _is_keeper(holder: Any) -> bool:
    """Return whether an object keeps the originals, as the modules that implement the replacements do."""
    if type(holder) is not dict or "__name__" not in holder:
        return False
    name = str(holder["__name__"])
    return name.startswith("batchmock.walltime") or name.partition(".")[0] in _KEEPERS


def _method_pair(holder: Any, known: Mapping[int, Any]) -> list[Pair]:
    """Return the replacement of a bound `datetime.now` or the like."""
    kind = known.get(id(holder.__self__))
    is_known = any(pair.original is holder for pair in _bound_methods)
    if kind is None or is_known or holder.__name__ not in ("now", "today", "utcnow"):
        return []
    pair = Pair(holder, getattr(kind, holder.__name__))
    _bound_methods.append(pair)
    return [pair]


def _tuple_pair(holder: tuple[Any, ...], known: Mapping[int, Any]) -> list[Pair]:
    values = tuple(known.get(id(value), value) for value in holder)
    if all(value is before for value, before in zip(values, holder, strict=True)):
        return []
    return [Pair(holder, tuple.__new__(type(holder), values))]


def _value_of(owner: Any, name: str) -> Any:
    # The attribute of a class may be a static method rather than the function.
    return vars(owner).get(name) if isinstance(owner, type) else getattr(owner, name)


def _drop(items: dict[Any, Any], key: Any, value: Any) -> None:
    # freezegun may have put a value of its own there, which it takes away itself.
    if items.get(key) is value:
        del items[key]


def _put_back(items: dict[Any, Any], name: Any, original: Any, replacement: Any) -> None:
    if items.get(name) is replacement:
        items[name] = original


def _put_entry_back(entries: Any, original: Any, replacement: Any) -> None:
    for index, value in enumerate(list(entries)):
        if value is replacement:
            entries[index] = original
            return
