"""The hosts of a timeline as plain text: each row is one EC2 instance, each column a slice of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from batchmock.observe.styled import Line, Span, styled, wrapped
from batchmock.observe.timeline.bars import axis_bar
from batchmock.observe.timeline.hosts import EnvironmentUse, HostLine, environments_of
from batchmock.observe.timeline.hosts.figures import figures_of, labels_of, levels_of_runs
from batchmock.observe.timeline.phrases import MOST_NAMED, named, shortened
from batchmock.observe.timeline.record import Record
from batchmock.observe.timeline.text import LEAST_WIDTH, heading
from batchmock.observe.times import elapsed

#: The characters of a host, and of a share of vCPUs, with their entries in the legend.
_LAUNCHING: Final = ","
_IDLE: Final = "."
_MANY: Final = "#"
_LOST: Final = "x"
_NAME_WIDTH: Final = len("i-0123456789abcdef0")
_TYPE_WIDTH: Final = 14
_LEFT_WIDTH: Final = 8


class HostPicture:
    """
    Draws the hosts of a record as lines of text.

    Args:
        record: the contents.
        width: the longest line, in columns.
        limit: the most hosts.
    """

    def __init__(self, record: Record, width: int, limit: int) -> None:
        self._record = record
        self._environments = environments_of(record)
        self._width = max(width, LEAST_WIDTH)
        self._bar_width = self._width - _NAME_WIDTH - 2 - 2 - _TYPE_WIDTH - _LEFT_WIDTH
        self._left = limit
        self._drawn: set[str] = set()

    def lines(self) -> Iterator[Line]:
        """Yield the lines."""
        yield Line(heading(self._record))
        if not self._environments:
            return
        yield self._row("host", axis_bar(self._record, self._bar_width), "type", "left")
        for use in self._environments:
            yield styled(f"[compute environment {use.name}]", "head")
            yield self._row("vCPUs in use", self._share_bar(use), "", "")
            yield from self._note(figures_of(use, self._record.span_ms))
            yield from self._hosts(use)
        yield from self._legend()

    def _hosts(self, use: EnvironmentUse) -> Iterator[Line]:
        shown = use.hosts[: self._left]
        self._left -= len(shown)
        for host in shown:
            left = "" if host.left_ms is None else elapsed(host.left_ms)
            yield self._row(host.instance_id, self._host_bar(host), host.instance_type, left)
            if host.runs:
                yield from self._note(f"ran {named(labels_of(host.runs), MOST_NAMED)}")
        if len(shown) < len(use.hosts):
            more = len(use.hosts) - len(shown)
            yield Line(f"and {more:,} more {'host' if more == 1 else 'hosts'}")

    def _host_bar(self, host: HostLine) -> str:
        """Draw a host: its launch, the number of attempts at a time, and its loss."""
        record, width = self._record, self._bar_width
        end_ms = record.span_ms if host.left_ms is None else min(host.left_ms, record.span_ms)
        first, ready, end = (
            record.column(min(at_ms, record.span_ms), width)
            for at_ms in (host.launched_ms, host.ready_ms, end_ms)
        )
        end = max(end, first + 1)
        drawn = [" "] * width
        drawn[first:end] = _IDLE * (end - first)
        drawn[first : min(ready, end)] = _LAUNCHING * (min(ready, end) - first)
        for column, count in enumerate(self._most_of(levels_of_runs(host.runs))):
            if count:
                drawn[column] = str(count) if count < 10 else _MANY
        if any(run.has_failed and run.to_ms == host.left_ms for run in host.runs):
            drawn[min(end, width - 1)] = _LOST
        self._drawn.update(drawn)
        return "".join(drawn).rstrip()

    def _share_bar(self, use: EnvironmentUse) -> str:
        """Draw the vCPUs in use, in tenths of what is offered, or of the most that was in use."""
        most = max((level for _, level in use.used), default=0)
        used = self._most_of(use.used)
        offered = self._most_of(use.offered) if use.offered else [most] * self._bar_width
        drawn = [_tenths(part, whole) for part, whole in zip(used, offered, strict=True)]
        return "".join(drawn).rstrip()

    def _most_of(self, levels: Sequence[tuple[int, int]]) -> list[int]:
        """Return the highest level in each column."""
        record, most = self._record, [0] * self._bar_width
        ends = [*(at_ms for at_ms, _ in levels[1:]), record.span_ms]
        for (from_ms, level), to_ms in zip(levels, ends, strict=bool(levels)):
            if from_ms > record.span_ms:
                break
            first = record.column(from_ms, self._bar_width)
            last = max(record.column(min(to_ms, record.span_ms), self._bar_width), first + 1)
            for column in range(first, last):
                most[column] = max(most[column], level)
        return most

    def _note(self, note: str) -> list[Line]:
        return wrapped(f"  {note}", self._width, 6)

    def _row(self, name: str, bar: str, kind: str, left: str) -> Line:
        begin = _NAME_WIDTH + 2
        bar = f"{bar:<{self._bar_width}}"
        text = f"{shortened(name, _NAME_WIDTH):<{_NAME_WIDTH}}  {bar}  {kind:<{_TYPE_WIDTH}}{left}"
        if kind == "type":
            return styled(text.rstrip(), "muted")
        spans = [
            Span(begin + column, begin + column + 1, "FAILED" if mark == _LOST else "RUNNING")
            for column, mark in enumerate(bar)
            if mark == _LOST or mark in "123456789#"
        ]
        return Line(text.rstrip(), tuple(spans))

    def _legend(self) -> Iterator[Line]:
        entries = ["vCPUs in use: 0-9 tenths of those offered, # all of them"]
        entries += [
            f"{marks[0] if len(marks) == 1 else '1-9'} {text}"
            for marks, text in (
                (_LAUNCHING, "launching"),
                (_IDLE, "idle"),
                ("123456789", "attempts at a time"),
                (_MANY, "ten or more"),
                (_LOST, "lost"),
            )
            if self._drawn.intersection(marks)
        ]
        yield from wrapped("   ".join(entries), self._width, 0, "muted")


def _tenths(part: int, whole: int) -> str:
    if not whole:
        return " "
    return _MANY if part >= whole else str(part * 10 // whole)
