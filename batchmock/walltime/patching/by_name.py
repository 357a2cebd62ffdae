"""
Pickle and copy replacements by the name of what they replace.

A process pool gets its functions and arguments pickled. In the other process the name stands for the original.
"""

from __future__ import annotations

from collections.abc import Callable
from pkgutil import resolve_name
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


def named_like(original: Any, replacement: Function) -> Function:
    """Return the function that replaces another one, under the other's name."""
    for name in ("__module__", "__name__", "__qualname__"):
        setattr(replacement, name, getattr(original, name))
    return replacement


class ReplacesByName:
    """The base of replacements that are objects, for an original that is a function of a module."""

    __slots__ = ("real",)

    real: Callable[..., Any]

    def __reduce__(self) -> tuple[Callable[[str], Any], tuple[str]]:
        """Refer to the name of the original."""
        return resolve_name, (f"{self.real.__module__}:{self.real.__name__}",)
