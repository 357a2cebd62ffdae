"""Copies of JSON values: what a reply shows must not be what the state holds."""

from __future__ import annotations

from typing import Any


def copy_of(value: Any) -> Any:
    """Give a deep copy of a JSON value (dicts, lists, strings, numbers, booleans, None)."""
    kind = type(value)
    if kind is dict:
        return {key: copy_of(item) for key, item in value.items()}
    if kind is list:
        return [copy_of(item) for item in value]
    return value
