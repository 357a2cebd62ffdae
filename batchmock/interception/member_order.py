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


def _never(_: Any) -> bool:
    return False


def ordering_of(shape: Any, is_ordered: Callable[[Any], bool] = _never) -> Ordering | None:
    """
    Return a function that orders values of a shape; None for shapes that need no ordering.

    Args:
        shape: botocore's shape of the value, a structure that does not contain itself.
        is_ordered: returns whether all structures of a shape are in order already, at any depth.
    """
    if shape.type_name == "structure":
        return None if is_ordered(shape) else Members(shape, is_ordered)
    if shape.type_name not in ("list", "map"):
        return None
    inner = ordering_of(shape.member if shape.type_name == "list" else shape.value, is_ordered)
    if inner is None:
        return None
    return _of_values(inner) if shape.type_name == "map" else _of_items(inner)


def agrees(shape: Any, orders: Mapping[str, Mapping[str, str]]) -> bool:
    """
    Return whether structures in a given order are in the order of a shape, at any depth.

    Args:
        shape: botocore's shape of the value.
        orders: by shape, the names of all its members in the given order.
    """
    if shape.type_name != "structure":
        inner = {"list": "member", "map": "value"}.get(shape.type_name)
        return inner is None or agrees(getattr(shape, inner), orders)
    names = orders.get(shape.name, ())
    # A member that the given order lacks may be anywhere in a value.
    return [*shape.members] == [name for name in names if name in shape.members] and all(
        agrees(member, orders) for member in shape.members.values()
    )


def _of_items(inner: Ordering) -> Ordering:
    #: The sets of members of structures that need no ordering.
    are_in_order = inner.in_order.issuperset if isinstance(inner, Members) else None

    def ordered(items: list[Any]) -> list[Any]:
        if are_in_order is not None and are_in_order(map(tuple, items)):
            return items
        for index, item in enumerate(items):
            items[index] = inner(item)
        return items

    return ordered


def _of_values(inner: Ordering) -> Ordering:
    def ordered(values: dict[str, Any]) -> dict[str, Any]:
        for name, value in values.items():
            values[name] = inner(value)
        return values

    return ordered


class Members:
    """Orders the members of a structure, recursively. Nested values change in place."""

    __slots__ = ("_orderings", "_places", "_plans", "in_order")

    def __init__(self, shape: Any, is_ordered: Callable[[Any], bool]) -> None:
        self._places = {name: place for place, name in enumerate(shape.members)}
        orderings = {
            name: ordering_of(member, is_ordered) for name, member in shape.members.items()
        }
        self._orderings = {name: found for name, found in orderings.items() if found is not None}
        #: The sets of members seen so far that were in order, with nothing to order inside.
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
            if not inner:
                self.in_order.add(given)
            return None, inner
        return order, inner
