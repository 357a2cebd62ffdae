"""The timeline in colour on a terminal. Needs `rich`, which is optional."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from batchmock.observe.timeline.text import MANY_CALLS, MARKS, RETRIED, WITH_ERROR, Line
from batchmock.simulation.jobs.lifecycle import (
    FAILED,
    PENDING,
    RUNNABLE,
    RUNNING,
    STARTING,
    SUBMITTED,
    SUCCEEDED,
)

if TYPE_CHECKING:
    from rich.text import Text

_STYLES: Final = {
    SUBMITTED: "bright_black",
    PENDING: "magenta",
    RUNNABLE: "yellow",
    "SCHEDULED": "yellow",
    STARTING: "cyan",
    RUNNING: "bold blue",
    SUCCEEDED: "bold green",
    FAILED: "bold red",
}
_MARK_STYLES: Final = {
    **{mark: _STYLES[status] for status, mark in MARKS.items()},
    RETRIED: "bold yellow",
    MANY_CALLS: "cyan",
    WITH_ERROR: "bold red",
    **{str(digit): "cyan" for digit in range(1, 10)},
}


def coloured(lines: Iterable[Line]) -> Text:
    """Return the lines of a drawing as a `rich` text."""
    from rich.text import Text

    whole = Text(no_wrap=True, end="")
    for number, line in enumerate(lines):
        text = Text(line.text)
        for column in range(*line.bar) if line.status != "status" else ():
            text.stylize(_MARK_STYLES.get(line.text[column : column + 1], ""), column, column + 1)
        status = line.status.rpartition(" ")[2]
        if status in _STYLES:
            text.stylize(_STYLES[status], line.bar[1])
        whole.append("\n" if number else "").append_text(text)
    return whole
