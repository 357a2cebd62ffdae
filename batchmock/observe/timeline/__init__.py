"""The timeline of all jobs over simulated time: as text, as SVG, as an HTML page."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, TextIO, TypeAlias

from batchmock.arguments import MOST_COLUMNS, checked_file, checked_size, checked_text
from batchmock.errors import BatchMockError
from batchmock.observe.calls import Call
from batchmock.observe.styled import Line, printed
from batchmock.observe.timeline.record import Record
from batchmock.observe.timeline.text import TextPicture
from batchmock.simulation.placement.hosts import Host
from batchmock.simulation.tracking.records import TrackedJob
from batchmock.uncopied import Uncopied

if TYPE_CHECKING:
    from rich.text import Text

WIDTH: Final = 100
MOST_ROWS: Final = 50
SVG_WIDTH: Final = 1000

#: What has a row in a drawing.
By: TypeAlias = Literal["job", "host"]


class Timeline(Uncopied):
    """
    The history of all jobs and calls over simulated time. `str()` draws it as text.

    The children of an array job share a row. Similarly named jobs do too when there are more than 20 jobs.

    Args:
        jobs: the jobs, in the order of their rows.
        calls: the API calls.
        start_ms: the mock's first instant.
        end_ms: the current time.
        hosts: the EC2 instances so far, in the order in which they were launched.
    """

    def __init__(
        self,
        jobs: Sequence[TrackedJob],
        calls: Sequence[Call],
        start_ms: int,
        end_ms: int,
        hosts: Sequence[Host] = (),
    ) -> None:
        self._jobs = jobs
        self._calls = calls
        self._start_ms = start_ms
        self._end_ms = end_ms
        self._hosts = hosts

    def __repr__(self) -> str:
        return f"<Timeline of {len(self._jobs)} jobs>"

    def __str__(self) -> str:
        return self.text()

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Text]:
        """Draw the timeline for `rich.print`, as wide as the console."""
        from batchmock.observe.timeline.terminal import rich_text

        yield rich_text(TextPicture(self._record(MOST_ROWS, True), options.max_width).lines())

    def text(
        self, width: int = WIDTH, *, limit: int = MOST_ROWS, fold: bool = True, by: By = "job"
    ) -> str:
        """
        Draw the timeline as plain text.

        Args:
            width: the longest line, in columns; at least 60.
            limit: the most rows to draw; the jobs or hosts of further rows are counted.
            fold: whether like-named jobs share a row when there are more than 20 jobs.
            by: `"host"` for a row for each EC2 instance, with what ran on it, and the vCPUs that each compute
                environment offered and used.

        Raises:
            BatchMockError: `by` is neither `"job"` nor `"host"`, or `width` or `limit` is not a number.
        """
        return "\n".join(line.text for line in self._lines(width, limit, fold, by))

    def show(self, file: TextIO | None = None, *, width: int | None = None, by: By = "job") -> None:
        """
        Print the timeline, in colour if the output is a terminal and `NO_COLOR` is not set.

        Args:
            file: the output; standard output by default.
            width: the longest line, in columns; the terminal's width by default.
            by: `"host"` for a row for each EC2 instance.

        Raises:
            BatchMockError: `by` is neither `"job"` nor `"host"`, `width` is not a number, or `file` is not a
            file.
        """
        stream = sys.stdout if file is None else checked_file(file, "timeline().show(file)")
        columns = shutil.get_terminal_size((WIDTH, 24)).columns if width is None else width
        lines = self._lines(columns, MOST_ROWS, True, by)
        stream.write(f"{printed(lines, stream)}\n")

    def to_svg(
        self,
        *,
        width: int = SVG_WIDTH,
        limit: int = MOST_ROWS,
        fold: bool = True,
        by: By = "job",
    ) -> str:
        """
        Draw the timeline as a self-contained SVG document, without scripts, fonts or network access.

        It follows the reader's light or dark mode. Each row shows its details on hover and on keyboard
        focus. Equal timelines yield equal bytes.

        Args:
            width: the width in pixels; at least 640.
            limit: the most rows to draw; the jobs or hosts of further rows are counted.
            fold: whether like-named jobs share a row when there are more than 20 jobs.
            by: `"host"` for a row for each EC2 instance, with what ran on it, and the vCPUs that each compute
                environment offered and used.

        Raises:
            BatchMockError: `by` is neither `"job"` nor `"host"`, or `width` or `limit` is not a number.
        """
        width = checked_size(width, "timeline(): width")
        if _is_by_host(by):
            from batchmock.observe.timeline.host_pictures.svg import draw_hosts

            return draw_hosts(self._record(limit, fold), width, limit)
        from batchmock.observe.timeline.svg import draw_svg

        return draw_svg(self._record(limit, fold), width)

    def to_html(self, *, limit: int = 20_000, fold: bool = True, title: str | None = None) -> str:
        """
        Draw the timeline as a self-contained HTML page for windows of any width.

        The reasons for failures come first. The chart can be filtered, zoomed and grouped into lanes; each
        job opens, by mouse or keyboard, to show its attempts, events, logs and calls.

        Args:
            limit: the most rows to draw; the jobs of further rows are counted.
            fold: whether like-named jobs share a row when there are more than 20 jobs.
            title: the page's title; by default the number of jobs and the length of time.

        Raises:
            BatchMockError: `limit` is not a number, or `title` is not text.
        """
        if title is not None:
            checked_text(title, "to_html(title=)", 'Pass a string: to_html(title="Nightly run").')
        from batchmock.observe.timeline.html import draw_html

        return draw_html(self._record(limit, fold), self._calls, title)

    def to_trace(self) -> str:
        """
        Return the timeline as JSON in Chrome's trace event format, for Perfetto (https://ui.perfetto.dev).

        Each job queue is a process and each job a thread; each compute environment is a process, too, with a
        track for each host. Flows connect dependencies, counters show the vCPUs in use and on offer.
        """
        from batchmock.observe.timeline.trace import draw_trace

        return draw_trace(self._record(0, False), self._calls)

    def _lines(self, width: int, limit: int, fold: bool, by: By) -> Iterator[Line]:
        record = self._record(limit, fold)
        width = checked_size(width, "timeline(): width", MOST_COLUMNS)
        if not _is_by_host(by):
            return TextPicture(record, width).lines()
        from batchmock.observe.timeline.host_pictures.text import HostPicture

        return HostPicture(record, width, limit).lines()

    def _repr_html_(self) -> str:
        """Draw the timeline for a notebook."""
        return self.to_svg()

    def _record(self, limit: int, fold: bool) -> Record:
        return Record(
            self._jobs,
            self._calls,
            self._start_ms,
            self._end_ms,
            limit=checked_size(limit, "timeline(): limit"),
            fold=fold,
            hosts=self._hosts,
        )


def _is_by_host(by: object) -> bool:
    """
    Return whether a drawing has a row for each host.

    Raises:
        BatchMockError: it is to have rows for something else.
    """
    if by not in ("job", "host"):
        raise BatchMockError(f"batchmock: timeline(): by={by!r} must be 'job' or 'host'.")
    return by == "host"
