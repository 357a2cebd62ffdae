"""
Order the members of replies as in the client's model, like botocore's parser.

The parser iterates over the members of its model, so a parsed reply has them in that order. The order of each
set of members is computed once; after that each structure costs one lookup.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

#: Returns a value with its members in order: the same object unless its own members were out of order.
Ordering = Callable[[Any], Any]


def ordering_of(shape: Any) -> Ordering | None:
    """
    Return a function that orders values of a shape; None for shapes without members.

    Args:
        shape: botocore's shape of the value, a structure that does not contain itself.
    """
    if shape.type_name == "structure":
        return Members(shape)
    if shape.type_name not in ("list", "map"):
        return None
    inner = ordering_of(shape.member if shape.type_name == "list" else shape.value)
    if inner is None:
        return None
    if shape.type_name == "map":
        return _of_values(inner)
    return (
        _of_flat_items(inner) if isinstance(inner, Members) and inner.is_flat else _of_items(inner)
    )


def is_in_order(shape: Any, built: Mapping[str, tuple[str, ...]]) -> bool:
    """
    Return whether replies of a shape are in order as they are built, at any depth.

    Args:
        shape: botocore's shape of the value.
        built: the members of each structure of the reply, by the name of its shape.
    """
    if shape.type_name != "structure":
        inner = {"list": "member", "map": "value"}.get(shape.type_name)
        return inner is None or is_in_order(getattr(shape, inner), built)
    names = built.get(shape.name, ())
    return [name for name in names if name in shape.members] == [
        name for name in shape.members if name in names
    ] and all(is_in_order(member, built) for name, member in shape.members.items() if name in names)


def _of_items(inner: Ordering) -> Ordering:
    def ordered(items: list[Any]) -> list[Any]:
        for index, item in enumerate(items):
            items[index] = inner(item)
        return items

    return ordered


def _of_flat_items(inner: Members) -> Ordering:
    """Return a function that orders a list of flat structures, all at once if they are in order."""
    are_in_order = inner.in_order.issuperset
    one_by_one = _of_items(inner)

    def ordered(items: list[Any]) -> list[Any]:
        return items if are_in_order(map(tuple, items)) else one_by_one(items)

    return ordered


def _of_values(inner: Ordering) -> Ordering:
    def ordered(values: dict[str, Any]) -> dict[str, Any]:
        for name, value in values.items():
            values[name] = inner(value)
        return values

    return ordered


class Members:
    """Orders the members of a structure, recursively. Nested values change in place."""

    __slots__ = ("_orderings", "_places", "_plans", "in_order", "is_flat")

    def __init__(self, shape: Any) -> None:
        self._places = {name: place for place, name in enumerate(shape.members)}
        orderings = {name: ordering_of(member) for name, member in shape.members.items()}
        self._orderings = {name: found for name, found in orderings.items() if found is not None}
        #: Whether no member has members in turn.
        self.is_flat = not self._orderings
        #: The sets of members seen so far that were in order.
        self.in_order: set[tuple[str, ...]] = set()
        #: Keyed by the members of a value: the required order, if it differs, and the members to recurse into.
        self._plans: dict[
            tuple[str, ...], tuple[tuple[str, ...] | None, tuple[tuple[str, Ordering], ...]]
        ] = {}

    def __call__(self, value: dict[str, Any]) -> dict[str, Any]:
        """Return the value in order. Members that the model does not know come last."""
        given = tuple(value)
        plan = self._plans.get(given)
        if plan is None:
            plan = self._plans[given] = self._plan(given)
        order, inner = plan
        for name, ordered in inner:
            item = value[name]
            if item:
                value[name] = ordered(item)
        return value if order is None else {name: value[name] for name in order}

    def _plan(
        self, given: tuple[str, ...]
    ) -> tuple[tuple[str, ...] | None, tuple[tuple[str, Ordering], ...]]:
        last = len(self._places)
        order = tuple(sorted(given, key=lambda name: self._places.get(name, last)))
        inner = tuple((name, self._orderings[name]) for name in order if name in self._orderings)
        if order == given:
            self.in_order.add(given)
            return None, inner
        return order, inner
