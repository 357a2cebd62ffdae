"""
Replace all references to objects, and restore them.

Local variables of running functions are unchanged.
"""

from __future__ import annotations

import sys
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from operator import is_
from types import (
    CellType,
    ClassMethodDescriptorType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    WrapperDescriptorType,
)
from typing import Any, Final

from batchmock.walltime.patching.attributes import (
    attributes_of,
    attributes_of_class,
    entries_of,
    is_a,
    mro_of,
    set_class_attribute,
    set_entry,
)
from batchmock.walltime.patching.classes_in_modules import Modules
from batchmock.walltime.patching.derived import Pair
from batchmock.walltime.patching.owners import owners_of
from batchmock.walltime.patching.places import Found, Places
from batchmock.walltime.patching.searching import IMMUTABLE, is_keeper, is_owned, search

_places: Final = Places()
_modules: Final = cache(Modules)
#: The methods and members of the replaced classes themselves, which are many.
_WITHOUT_ATTRIBUTES: Final = (
    ClassMethodDescriptorType,
    GetSetDescriptorType,
    MethodDescriptorType,
    WrapperDescriptorType,
)
#: What a partial function is made of.
_OF_PARTIAL: Final = ("func", "args", "keywords")


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
        self._modules: dict[str, Any] = {}

    def make(self) -> None:
        """Replace the originals."""
        self._modules = sys.modules.copy()
        classes = {id(p.original): p.replacement for p in self._of_modules if _is_class(p)}
        functions = [pair for pair in self._of_modules if not _is_class(pair)]
        found = _places.find(self._pairs, functions, classes)
        if found is None or found.unexplained:
            found = search(self._pairs, self._of_modules, found)
            _places.record([*self._pairs, *functions], classes, found)
        self._replace(found)
        if classes:
            self._replace_classes_in_modules(classes)

    def _replace_classes_in_modules(self, known: Mapping[int, Any]) -> None:
        """Replace the two classes of dates in modules."""
        first, second = (pair.original for pair in self._of_modules if _is_class(pair))
        for attributes, names in _modules(first, second).with_objects(self._modules.values()):
            if not is_keeper(attributes):
                self._replace_items(attributes, known, names)

    def make_in_modules(self) -> None:
        """Replace the originals in modules again where another library has restored them."""
        pairs = self._pairs + self._of_modules
        self._replace_in_modules({id(each.original): each.replacement for each in pairs})

    def add_in_modules(self, pairs: Sequence[Pair]) -> None:
        """Replace the originals of more pairs, which only modules hold that have just been imported."""
        self._pairs.extend(pairs)
        self._replace_in_modules({id(each.original): each.replacement for each in pairs})

    def when_undone(self, undo: Callable[[], None]) -> None:
        """Call a function in `undo`."""
        self._undo.append(undo)

    def _replace_in_modules(self, known: Mapping[int, Any]) -> None:
        ids = frozenset(known)
        for module in list(sys.modules.values()):
            attributes = attributes_of(module)
            if attributes is None or ids.isdisjoint(map(id, attributes.values())):
                continue
            if not is_keeper(attributes):
                self._replace_items(attributes, known)

    def undo(self) -> None:
        """Restore the originals, and in all modules if some were imported in the meantime."""
        for undo in reversed(self._undo):
            undo()
        self._undo.clear()
        before, self._modules = self._modules, {}
        modules = sys.modules.copy()
        if len(modules) != len(before) or not all(map(is_, modules.values(), before.values())):
            self._restore_in_modules()

    def _restore_in_modules(self) -> None:
        """
        Restore the originals in all modules.

        A package that was there before may have got them from a new module of its own.
        """
        originals = {id(pair.replacement): pair.original for pair in self._pairs + self._of_modules}
        for module in list(sys.modules.values()):
            attributes = attributes_of(module)
            if attributes is None or originals.keys().isdisjoint(map(id, attributes.values())):
                continue
            if not is_keeper(attributes):
                for attribute, value in list(attributes.items()):
                    if id(value) in originals:
                        attributes[attribute] = originals[id(value)]

    def set(self, owner: Any, name: str, value: Any) -> None:
        """Set an attribute until `undo`."""
        before = _value_of(owner, name)

        def undo() -> None:
            if _value_of(owner, name) is value:
                _set(owner, name, before)

        if _set(owner, name, value):
            self._undo.append(undo)

    def add_to_class(self, kind: type, name: str, value: Any) -> None:
        """Add an attribute to a class until `undo`, if that is possible."""

        def undo() -> None:
            if attributes_of_class(kind).get(name) is value:
                type.__delattr__(kind, name)

        if set_class_attribute(kind, name, value):
            self._undo.append(undo)

    def set_item(self, items: dict[Any, Any], key: Any, value: Any) -> None:
        """Add an item to a dict until `undo`, unless the dict has one."""
        if key not in items:
            items[key] = value
            self._undo.append(partial(_drop, items, key, value))

    def _replace(self, found: Found) -> None:
        pairs = [*self._pairs, *found.derived]
        everywhere = {id(pair.original): pair.replacement for pair in pairs}
        in_modules = {id(pair.original): pair.replacement for pair in self._of_modules}
        in_modules.update(everywhere)
        derived = {id(pair.original) for pair in found.derived}
        modules = _Modules()
        owned: list[Any] = []
        for each in found.holders:
            holder, keys = each.holder, each.keys
            if keys is not None and holder in modules:
                self._replace_items(holder, in_modules, keys)
            elif id(holder) in derived:
                # It is replaced as a whole.
                continue
            elif is_owned(holder):
                # Finding an owner may take a search of the heap.
                if any(id(value) in everywhere for value in each.values()):
                    owned.append(holder)
            else:
                self._replace_in(holder, everywhere)
        for _, owner in owners_of(owned):
            if owner is not None:
                self._replace_in_class(owner, everywhere)

    def _replace_in(self, holder: Any, known: Mapping[int, Any]) -> None:
        """Replace an object's references."""
        if is_a(holder, dict):
            self._replace_items(holder, known)
            if is_a(holder, defaultdict):
                self._replace_slot(holder, vars(defaultdict)["default_factory"], known)
        elif is_a(holder, (list, deque)):
            self._replace_entries(holder, known)
        elif is_a(holder, partial):
            self._replace_in_partial(holder, known)
        elif type(holder) is CellType:
            if id(holder.cell_contents) in known:
                self.set(holder, "cell_contents", known[id(holder.cell_contents)])
        elif not is_a(holder, IMMUTABLE + _WITHOUT_ATTRIBUTES):
            if type(holder) is FunctionType and id(holder.__defaults__) in known:
                self.set(holder, "__defaults__", known[id(holder.__defaults__)])
            self._replace_attributes(holder, known)

    def _replace_items(
        self, items: dict[Any, Any], known: Mapping[int, Any], keys: Iterable[Any] | None = None
    ) -> None:
        names = [*dict.__iter__(items)] if keys is None else keys
        values = [(name, dict.get(items, name)) for name in names]
        for name, value in values:
            if id(value) not in known:
                continue
            replacement = known[id(value)]
            dict.__setitem__(items, name, replacement)
            self._undo.append(partial(_put_back, items, name, value, replacement))

    def _replace_entries(self, entries: Any, known: Mapping[int, Any]) -> None:
        for index, value in enumerate(entries_of(entries)):
            replacement = known.get(id(value))
            if replacement is not None:
                set_entry(entries, index, replacement)
                self._undo.append(partial(_put_entry_back, entries, value, replacement))

    def _replace_in_partial(self, holder: Any, known: Mapping[int, Any]) -> None:
        func, args, keywords = (vars(partial)[name].__get__(holder) for name in _OF_PARTIAL)
        attributes = attributes_of(holder)
        after = (
            known.get(id(func), func),
            tuple(known.get(id(value), value) for value in args),
            {name: known.get(id(value), value) for name, value in keywords.items()},
            attributes,
        )
        set_state: Any = vars(partial)["__setstate__"]
        set_state(holder, after)
        self._undo.append(partial(set_state, holder, (func, args, keywords, attributes)))

    def _replace_attributes(self, holder: Any, known: Mapping[int, Any]) -> None:
        """Replace references in an object's slots, or in a `__dict__` that did not exist yet."""
        attributes = attributes_of(holder)
        if attributes is not None:
            self._replace_items(attributes, known)
        for kind in mro_of(type(holder)):
            for slot in list(attributes_of_class(kind).values()):
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

    def _replace_in_class(self, owner: type, known: Mapping[int, Any]) -> None:
        for name, value in list(attributes_of_class(owner).items()):
            if id(value) in known:
                self.set(owner, name, known[id(value)])


class _Modules:
    """The modules of the process, by the ids of their attributes."""

    def __init__(self) -> None:
        self._ids: set[int] | None = None

    def __contains__(self, attributes: dict[Any, Any]) -> bool:
        name = attributes.get("__name__")
        if type(name) is not str:
            return False
        if attributes_of(sys.modules.get(name)) is attributes:
            return True
        # It may be registered under another name.
        if self._ids is None:
            self._ids = {id(attributes_of(each)) for each in list(sys.modules.values())}
        return id(attributes) in self._ids


def _is_class(pair: Pair) -> bool:
    return isinstance(pair.original, type)


def _value_of(owner: Any, name: str) -> Any:
    # The attribute of a class may be a static method rather than the function.
    return attributes_of_class(owner).get(name) if is_a(owner, type) else getattr(owner, name)


def _set(owner: Any, name: str, value: Any) -> bool:
    """Set an attribute; return whether that is possible."""
    if is_a(owner, type):
        return set_class_attribute(owner, name, value)
    setattr(owner, name, value)
    return True


def _drop(items: dict[Any, Any], key: Any, value: Any) -> None:
    # freezegun may have put a value of its own there, which it takes away itself.
    if items.get(key) is value:
        del items[key]


def _put_back(items: dict[Any, Any], name: Any, original: Any, replacement: Any) -> None:
    if dict.get(items, name) is replacement:
        dict.__setitem__(items, name, original)


def _put_entry_back(entries: Any, original: Any, replacement: Any) -> None:
    for index, value in enumerate(entries_of(entries)):
        if value is replacement:
            set_entry(entries, index, original)
            return
