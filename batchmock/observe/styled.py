"""Lines of text with styled spans, for terminals with and without colours."""

from __future__ import annotations

import os
from collections.abc import Iterable
from textwrap import wrap
from typing import Final, NamedTuple, TextIO

from batchmock.observe.printable import printable

#: The ANSI codes of each style: statuses by name, and other parts of a line.
_CODES: Final = {
    "SUBMITTED": "90",
    "PENDING": "35",
    "RUNNABLE": "33",
    "SCHEDULED": "33",
    "STARTING": "36",
    "RUNNING": "1;34",
    "SUCCEEDED": "1;32",
    "FAILED": "1;31",
    "retried": "1;33",
    "calls": "36",
    "error": "1;31",
    "head": "1",
    "muted": "2",
}


class Span(NamedTuple):
    """A range of columns with a style."""

    first: int
    end: int
    style: str


class Line(NamedTuple):
    """A line of text and its styled spans, from left to right."""

    text: str
    spans: tuple[Span, ...] = ()


def styled(text: str, style: str) -> Line:
    """Return a line in one style."""
    return Line(text, (Span(0, len(text), style),))


def wrapped(text: str, width: int, indent: int, style: str = "") -> list[Line]:
    """
    Wrap text to a width.

    Args:
        text: starts with its own indentation.
        width: the longest line, in columns.
        indent: the indentation of the following lines.
        style: the style of all lines.
    """
    parts = wrap(
        printable(text),
        max(width, indent + 20),
        subsequent_indent=" " * indent,
        break_on_hyphens=False,
        drop_whitespace=True,
    )
    return [styled(part, style) if style else Line(part) for part in parts]


def plain(lines: Iterable[Line]) -> str:
    """Return lines as text without colours."""
    return "\n".join(line.text for line in lines)


def coloured(lines: Iterable[Line]) -> str:
    """Return lines as text with ANSI codes."""
    return "\n".join(_coloured(line) for line in lines)


def printed(lines: Iterable[Line], stream: TextIO) -> str:
    """Return lines as text, with ANSI codes if a stream is a terminal and its user wants colours."""
    return (coloured if stream.isatty() and _shows_colours() else plain)(lines)


def _shows_colours() -> bool:
    """Return whether a terminal supports ANSI colours and its user wants them."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return os.name != "nt" or "WT_SESSION" in os.environ or "ANSICON" in os.environ


def _coloured(line: Line) -> str:
    parts, done = [], 0
    for first, end, style in line.spans:
        code = _CODES.get(style)
        if code is None or first >= len(line.text):
            continue
        parts += [line.text[done:first], f"\x1b[{code}m", line.text[first:end], "\x1b[0m"]
        done = end
    return "".join([*parts, line.text[done:]])
