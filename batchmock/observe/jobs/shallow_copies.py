"""Copies of records such as attempts, of which each event needs one as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

RecordT = TypeVar("RecordT")

#: By class, a function that sets all attributes of its first argument to those of the second.
_fillers: Final[dict[type, Callable[[Any, Any], None]]] = {}


def shallow_copy(record: RecordT) -> RecordT:
    """
    Return what `copy.copy` returns, in a tenth of its time.

    Args:
        record: an object whose classes all have `__slots__`, with every attribute set.
    """
    kind = type(record)
    fill = _fillers.get(kind) or _filler_for(kind)
    copied = object.__new__(kind)
    fill(copied, record)
    return copied


def _filler_for(kind: type) -> Callable[[Any, Any], None]:
    """Compile the function for a class, as `dataclasses` does: a loop over names takes much longer."""
    names = [name for each in kind.__mro__ for name in getattr(each, "__slots__", ())]
    lines = [f"    copied.{name} = record.{name}" for name in names]
    defined: dict[str, Callable[[Any, Any], None]] = {}
    exec("\n".join(["def fill(copied, record):", *lines]), defined)
    _fillers[kind] = defined["fill"]
    return defined["fill"]
