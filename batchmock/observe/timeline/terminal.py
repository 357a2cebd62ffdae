"""The timeline for `rich.print`. Only this module needs `rich`, which is optional."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from batchmock.observe.styled import Line

if TYPE_CHECKING:
    from rich.text import Text

_STYLES: Final = {
    "SUBMITTED": "bright_black",
    "PENDING": "magenta",
    "RUNNABLE": "yellow",
    "SCHEDULED": "yellow",
    "STARTING": "cyan",
    "RUNNING": "bold blue",
    "SUCCEEDED": "bold green",
    "FAILED": "bold red",
    "retried": "bold yellow",
    "calls": "cyan",
    "error": "bold red",
    "head": "bold",
    "muted": "dim",
}


def rich_text(lines: Iterable[Line]) -> Text:
    """Return the lines of a drawing as a `rich` text that ends with a newline."""
    from rich.text import Text

    whole = Text(no_wrap=True)
    for number, line in enumerate(lines):
        text = Text(line.text)
        for first, end, style in line.spans:
            text.stylize(_STYLES.get(style, ""), first, end)
        whole.append("\n" if number else "").append_text(text)
    return whole
