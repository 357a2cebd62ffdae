"""API calls in a line or two each, for messages and reports."""

from __future__ import annotations

from typing import Any, Final

from batchmock.observe.calls import BROKE, Call
from batchmock.observe.timeline.times import elapsed

WIDTH: Final = 100
_LONGEST_VALUE: Final = 40
_INDENT: Final = f"{'':>11}-> "


def told(call: Call, start_ms: int) -> str:
    """Write a call: when, which operation, what was asked; in a second line what became of it if it failed."""
    asked = ", ".join(f"{name}={_short(value)}" for name, value in call.params.items())
    line = _cut(f"{elapsed(call.at_ms - start_ms):>9}  {call.operation}({asked})")
    failure = _failure(call)
    return f"{line}\n{_cut(_INDENT + failure)}" if failure else line


def _failure(call: Call) -> str:
    if call.error is not None:
        return f"{call.error.code}: {call.error.message}"
    if call.fault is not None:
        return call.fault.description
    return BROKE if call.has_broken else ""


def _cut(line: str) -> str:
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 3]}..."


def _short(value: Any) -> str:
    if isinstance(value, list) and len(value) > 2:
        return f"[{value[0]!r}, ... {len(value):,} in all]"
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."
