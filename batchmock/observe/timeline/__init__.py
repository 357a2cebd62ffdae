"""A picture of all jobs over simulated time: as text, as SVG, as a page of HTML."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, TextIO

from batchmock.observe.calls import Call
from batchmock.observe.jobs.any_job import AnyJob
from batchmock.observe.timeline.record import Record
from batchmock.observe.timeline.text import TextPicture

if TYPE_CHECKING:
    from rich.text import Text

WIDTH: Final = 100
MOST_ROWS: Final = 50
SVG_WIDTH: Final = 1000


class Timeline:
    """
    What happened to each job, and when; which calls were made. `str()` of it is the picture as text.

    Like-named jobs share a row when there are more than twenty, and all children of an array job do.

    Args:
        jobs: in the order of their rows.
        calls: the API calls.
        start_ms: the mock's first instant.
        end_ms: its instant now.
    """

    def __init__(
        self, jobs: Sequence[AnyJob], calls: Sequence[Call], start_ms: int, end_ms: int
    ) -> None:
        self._jobs = jobs
        self._calls = calls
        self._start_ms = start_ms
        self._end_ms = end_ms

    def __repr__(self) -> str:
        return f"<Timeline of {len(self._jobs)} jobs>"

    def __str__(self) -> str:
        return self.text()

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Text]:
        """Draw it for `rich.print`, as wide as the console."""
        from batchmock.observe.timeline.terminal import coloured

        yield coloured(TextPicture(self._record(MOST_ROWS, True), options.max_width).lines())

    def text(self, width: int = WIDTH, *, limit: int = MOST_ROWS, fold: bool = True) -> str:
        """
        Draw it as plain text.

        Args:
            width: the longest line, in columns; less than 60 is taken for 60.
            limit: how many rows there are at the most; the rest is counted.
            fold: whether like-named jobs share a row when there are many.
        """
        picture = TextPicture(self._record(limit, fold), width)
        return "\n".join(line.text for line in picture.lines())

    def show(self, file: TextIO | None = None, *, width: int | None = None) -> None:
        """
        Print it: with colours where `rich` is installed and the output is a terminal.

        Args:
            file: where to, instead of standard output.
            width: columns, instead of the terminal's.
        """
        stream = sys.stdout if file is None else file
        columns = shutil.get_terminal_size((WIDTH, 24)).columns if width is None else width
        if stream.isatty() and _rich_is_installed():
            from rich.console import Console

            Console(file=stream, width=columns).print(self)
        else:
            stream.write(f"{self.text(columns)}\n")

    def to_svg(self, *, width: int = SVG_WIDTH, limit: int = MOST_ROWS, fold: bool = True) -> str:
        """
        Draw it as an SVG document that needs nothing else: no script, no font, no network.

        Light or dark as the reader's system is. Each row shows its details when it is pointed at, or
        has the keyboard's focus. The same timeline gives the same bytes.

        Args:
            width: in pixels; less than 640 is taken for 640.
            limit: how many rows there are at the most; the rest is counted.
            fold: whether like-named jobs share a row when there are many.
        """
        from batchmock.observe.timeline.svg import draw_svg

        return draw_svg(self._record(limit, fold), width)

    def to_html(self, *, limit: int = 500, fold: bool = True) -> str:
        """
        Draw it as a page of HTML that needs nothing else and fits any window.

        Each row opens, with mouse or keyboard, to what there is to know of it; a field filters the rows.

        Args:
            limit: how many rows there are at the most; the rest is counted.
            fold: whether like-named jobs share a row when there are many.
        """
        from batchmock.observe.timeline.html import draw_html

        return draw_html(self._record(limit, fold))

    def _record(self, limit: int, fold: bool) -> Record:
        return Record(self._jobs, self._calls, self._start_ms, self._end_ms, limit=limit, fold=fold)


def _rich_is_installed() -> bool:
    from importlib.util import find_spec

    return find_spec("rich") is not None
