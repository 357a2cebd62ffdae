"""The calls in a report: refused and latest calls, with repeated ones folded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from batchmock.observe.calls import Call, failure_of, format_request, request_of
from batchmock.observe.styled import Line, Span, styled, wrapped
from batchmock.observe.times import elapsed

#: The varying part of similar calls: a number, an id.
_VARYING: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{13,}(?::\d+)?|\d+")


class _Folded(NamedTuple):
    """Similar calls, oldest first."""

    pattern: str
    failure: str
    calls: list[Call]


def call_lines(
    calls: Sequence[Call], most: int, start_ms: int, width: int, *, fold: bool
) -> tuple[list[Line], bool]:
    """
    Return the lines about calls, and whether they cover all calls one by one.

    Args:
        calls: the calls, oldest first.
        most: the most lines with a call.
        start_ms: the mock's first instant.
        width: the longest line, in columns.
        fold: whether similar calls share a line.
    """
    if not calls:
        return [Line("No call was made.")], True
    groups = _folded(calls) if fold else [_alone(call) for call in calls]
    shown = groups
    if len(groups) > most:
        refused = [group for group in groups if group.failure]
        shown = refused[-most:]
        rest = [group for group in groups if not group.failure]
        shown = [*shown, *rest[len(rest) - (most - len(shown)) :]]
        order = {id(group): place for place, group in enumerate(groups)}
        shown = sorted(shown, key=lambda group: order[id(group)])
    number = sum(len(group.calls) for group in shown)
    head = f"Calls ({number:,} of {len(calls):,}):" if number < len(calls) else "Calls:"
    lines = [styled(head, "head")]
    for group in shown:
        lines += _lines_of(group, start_ms, width)
    is_whole = number == len(calls) and all(
        len(group.calls) == 1 or group.pattern == request_of(group.calls[-1]) for group in shown
    )
    return lines, is_whole


def _alone(call: Call) -> _Folded:
    return _Folded(request_of(call), failure_of(call), [call])


def _folded(calls: Sequence[Call]) -> list[_Folded]:
    """Fold similar calls, ordered by the last call of each fold."""
    groups: dict[tuple[str, str], list[Call]] = {}
    for call in calls:
        pattern = format_request(call.operation, _generalised(call.shown_params))
        key = (pattern, _VARYING.sub("*", failure_of(call)))
        members = groups.pop(key, [])
        members.append(call)
        groups[key] = members
    return [
        _Folded(_common([request_of(call) for call in members], pattern), failure, members)
        for (pattern, _), members in groups.items()
        for failure in (failure_of(members[-1]),)
    ]


def _generalised(value: Any) -> Any:
    """Replace the varying parts of all strings."""
    if isinstance(value, str):
        return _VARYING.sub("*", value)
    if isinstance(value, dict):
        return {name: _generalised(item) for name, item in value.items()}
    return [_generalised(item) for item in value] if isinstance(value, list) else value


def _common(texts: list[str], pattern: str) -> str:
    return texts[0] if all(text == texts[0] for text in texts) else pattern


def _lines_of(group: _Folded, start_ms: int, width: int) -> list[Line]:
    first, last = group.calls[0].at_ms - start_ms, group.calls[-1].at_ms - start_ms
    times = elapsed(first) if first == last else f"{elapsed(first)} to {elapsed(last)}"
    count = f"{len(group.calls):,} × " if len(group.calls) > 1 else ""
    text = f"{times:>9}  {count}{group.pattern}"
    line = text if len(text) <= width else f"{text[: width - 3]}..."
    lines = [Line(line, (Span(0, len(f"{times:>9}"), "muted"),))]
    if group.failure:
        lines += wrapped(f"{'':>11}-> {group.failure}", width, 14, "error")
    for note in group.calls[-1].notes:
        lines += wrapped(f"{'':>11}-> {note.removeprefix('batchmock: ')}", width, 14)
    return lines
