"""Copies of JSON values: what a reply shows must not be what the state holds."""

from __future__ import annotations

from typing import Any


def copy_of(value: Any) -> Any:
    """Give a deep copy of a JSON value (dicts, lists, strings, numbers, booleans, None)."""
    kind = type(value)
    # Most of what is inside is text, numbers and empty lists: none of these is worth a call.
    if kind is dict:
        copied = value.copy()
        for key, item in value.items():
            kind = type(item)
            if kind is list:
                copied[key] = copy_of(item) if item else []
            elif kind is dict:
                copied[key] = copy_of(item)
        return copied
    if kind is list:
        return [
            copy_of(item) if type(item) is dict or type(item) is list else item for item in value
        ]
    return value
