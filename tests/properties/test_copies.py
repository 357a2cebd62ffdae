"""Copies of JSON values are equal to the originals, and share nothing mutable with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchmock.copies import Copier, copy_of

SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
VALUES = st.recursive(
    SCALARS,
    lambda inside: (
        st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=3), inside, max_size=4)
    ),
    max_leaves=20,
)
OBJECTS = st.dictionaries(st.text(max_size=3), VALUES, max_size=5)


def copy_by_copier(value: dict[str, Any]) -> dict[str, Any]:
    """Return the second copy from a copier."""
    copier = Copier(value)
    copier.copy()
    return copier.copy()


def changeable(value: Any) -> Iterator[int]:
    """Return the identities of all dicts and lists in a value."""
    if isinstance(value, (dict, list)):
        yield id(value)
        for item in value.values() if isinstance(value, dict) else value:
            yield from changeable(item)


@pytest.mark.parametrize("copied", [copy_of, copy_by_copier])
@given(value=OBJECTS)
def test_copies(copied: Callable[[dict[str, Any]], dict[str, Any]], value: dict[str, Any]) -> None:
    """A copy has the same members in the same order, and no dict or list of the original."""
    copy = copied(value)
    assert copy == value
    assert list(copy) == list(value)
    assert set(changeable(copy)).isdisjoint(changeable(value))
