"""The hosts of a timeline as a self-contained SVG document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from batchmock.observe.jobs.explain import clock_time
from batchmock.observe.printable import markup
from batchmock.observe.timeline import shapes
from batchmock.observe.timeline.hosts import (
    EnvironmentUse,
    HostLine,
    HostRun,
    Level,
    environments_of,
)
from batchmock.observe.timeline.hosts.figures import figures_of, labels_of
from batchmock.observe.timeline.hosts.slots import slots_of
from batchmock.observe.timeline.phrases import named
from batchmock.observe.timeline.reasons import label_of
from batchmock.observe.timeline.record import Record
from batchmock.observe.timeline.styles import definitions, pattern_id, style_sheet
from batchmock.observe.times import elapsed, ticks
from batchmock.simulation.jobs.lifecycle import FAILED, RUNNING, STARTING

_LEAST_WIDTH: Final = 640
_MARGIN: Final = 24
_NAMES: Final = 172
_RIGHT: Final = 76
_FIRST_Y: Final = 118
_LANE: Final = 26
_TRACK: Final = 44
_ROW: Final = 40
_BAR: Final = 30
#: The least height of a bar with a name in it.
_LEAST_TEXT: Final = 10
_TICK_WIDTH: Final = 90
#: The width of a letter in a bar, in pixels.
_LETTER: Final = 6.2
_MOST_NAMED: Final = 12
_LEGEND: Final = (
    ("launching", '<rect width="24" height="8" fill="url(#fill-STARTING)" class="STARTING"/>'),
    ("attempt", '<rect width="24" height="12" y="-2" class="RUNNING ink"/>'),
    ("failed attempt", '<rect width="24" height="12" y="-2" fill="url(#fill-FAILED)"/>'),
    ("vCPUs offered", '<rect width="24" height="12" y="-2" class="RUNNING wash"/>'),
)

_STYLE: Final = (
    "#hosts{background:var(--paper);font:12px system-ui,-apple-system,'Segoe UI',sans-serif}"
    "text{fill:var(--ink)}.muted{fill:var(--muted)}.title{font-size:17px;font-weight:600}"
    ".mono{font-family:ui-monospace,'SF Mono',Menlo,Consolas,monospace;font-size:11px}"
    ".lane{font-weight:600}.end{text-anchor:end}.run{fill:var(--paper);font-size:10px}"
    ".FAILED .run{paint-order:stroke;stroke:var(--failed);stroke-width:4;font-weight:600}"
    ".host{fill:var(--raised);stroke:var(--line)}.edge{stroke:var(--paper);stroke-width:1}"
)


def draw_hosts(record: Record, width: int, limit: int) -> str:
    """Draw the hosts of a record; `width` in pixels, `limit` the most hosts."""
    return _Drawing(record, max(width, _LEAST_WIDTH), limit).whole()


class _Drawing:
    """One drawing, with the position of the next row."""

    def __init__(self, record: Record, width: int, limit: int) -> None:
        self._record = record
        self._width = width
        self._left = _MARGIN + _NAMES
        self._bar_width = width - self._left - _MARGIN - _RIGHT
        self._environments = environments_of(record)
        self._hosts_left = limit
        self._y = _FIRST_Y

    def whole(self) -> str:
        """Return the document."""
        record = self._record
        rows = "".join(part for use in self._environments for part in self._environment(use))
        hosts = sum(len(use.hosts) for use in self._environments)
        title = f"{hosts:,} {'host' if hosts == 1 else 'hosts'}, {elapsed(record.span_ms)}"
        since = f"from {clock_time(record.start_ms)} on, in simulated time (UTC)"
        described = "; ".join(
            f"{use.name}: {figures_of(use, record.span_ms)}" for use in self._environments
        )
        height = self._y + 16
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" id="hosts" width="{self._width}" '
            f'height="{height}" viewBox="0 0 {self._width} {height}" '
            'role="graphics-document document" aria-labelledby="title desc">'
            f'<title id="title">{markup(title)}</title>'
            f'<desc id="desc">{markup(f"Hosts {since}. {described}")}</desc>'
            f"<style>{style_sheet('#hosts')}{_STYLE}</style>{definitions()}"
            '<rect width="100%" height="100%" fill="var(--paper)"/>'
            f'<text x="{_MARGIN}" y="34" class="title">{markup(title)}</text>'
            f'<text x="{_MARGIN}" y="53" class="muted">{markup(since)}</text>'
            f'{_legend()}{self._axis()}<g role="list">{rows}</g></svg>\n'
        )

    def _axis(self) -> str:
        record, least_share = self._record, _TICK_WIDTH / self._bar_width
        labels = "".join(
            f'<text x="{shapes.number(self._left + self._bar_width * at_ms / max(record.span_ms, 1))}" '
            f'y="{_FIRST_Y - 12}" class="mono muted">{elapsed(at_ms)}</text>'
            for at_ms in ticks(record.span_ms, least_share)
        )
        height = self._y - _FIRST_Y
        return labels + self._inner(_FIRST_Y, height, shapes.grid(record, least_share, height))

    def _inner(self, y: float, height: float, content: str) -> str:
        """Place content with percentage positions in the column of the bars."""
        return (
            f'<svg x="{self._left}" y="{shapes.number(y)}" width="{self._bar_width}" '
            f'height="{shapes.number(height)}" overflow="visible">{content}</svg>'
        )

    def _environment(self, use: EnvironmentUse) -> Iterator[str]:
        figures = figures_of(use, self._record.span_ms)
        most = max([*(level for _, level in use.used), *(level for _, level in use.offered), 1])
        head = f'<text x="{_MARGIN}" y="{self._y + 18}" class="lane">{markup(use.name)}</text>'
        self._y += _LANE
        bar = self._area(use.offered, most, "wash") + self._area(use.used, most, "ink")
        yield head + self._row("vCPUs", f"of {most / 1000:g}", bar, "", figures, _TRACK)
        shown = use.hosts[: self._hosts_left]
        self._hosts_left -= len(shown)
        for host in shown:
            left = "" if host.left_ms is None else f"left {elapsed(host.left_ms)}"
            ran = named(labels_of(host.runs), _MOST_NAMED) or "nothing"
            yield self._row(
                host.instance_id,
                f"{host.instance_type}, {host.milli_vcpus / 1000:g} vCPUs",
                "".join(self._host(host)),
                left,
                f"{host.instance_id} ({host.instance_type}) ran {ran}",
                _ROW,
            )
        if len(shown) < len(use.hosts):
            more = f"and {len(use.hosts) - len(shown):,} more hosts"
            yield f'<text x="{_MARGIN}" y="{self._y + 16}" class="muted">{more}</text>'
            self._y += _LANE

    def _row(self, name: str, below: str, bar: str, right: str, spoken: str, height: int) -> str:
        y, self._y = self._y, self._y + height
        right_x = self._left + self._bar_width + 12
        return (
            f'<g role="listitem" tabindex="0" aria-label="{markup(spoken)}">'
            f"<title>{markup(spoken)}</title>"
            f'<text x="{_MARGIN}" y="{y + 16}" class="mono">{markup(name)}</text>'
            f'<text x="{_MARGIN}" y="{y + 31}" class="mono muted">{markup(below)}</text>'
            f"{self._inner(y + 4, _BAR, bar)}"
            f'<text x="{right_x}" y="{y + 24}" class="mono muted">{markup(right)}</text></g>'
        )

    def _place(self, from_ms: int, to_ms: int) -> tuple[str, str]:
        """Return the position and width of a period, as far as it is within the timeline."""
        span_ms = self._record.span_ms
        begin, end = min(from_ms, span_ms), min(to_ms, span_ms)
        return shapes.percent(begin, span_ms), shapes.percent(end - begin, span_ms)

    def _area(self, levels: Sequence[Level], most: int, style: str) -> str:
        """Draw a number of vCPUs over time."""
        ends = [*(at_ms for at_ms, _ in levels[1:]), self._record.span_ms]
        parts = []
        for (from_ms, level), to_ms in zip(levels, ends, strict=bool(levels)):
            x, width = self._place(from_ms, to_ms)
            height = _BAR * level / most
            if level and width != "0%":
                parts.append(
                    f'<rect x="{x}" y="{shapes.number(_BAR - height)}" width="{width}" '
                    f'height="{shapes.number(height)}" class="{style}"/>'
                )
        return f'<g class="RUNNING" shape-rendering="crispEdges">{"".join(parts)}</g>'

    def _host(self, host: HostLine) -> Iterator[str]:
        """Draw a host from its launch to its end, with the attempts that ran on it."""
        end_ms = self._record.span_ms if host.left_ms is None else host.left_ms
        x, width = self._place(host.launched_ms, end_ms)
        yield f'<rect x="{x}" width="{width}" height="{_BAR}" rx="3" class="host"/>'
        x, width = self._place(host.launched_ms, min(host.ready_ms, end_ms))
        if width != "0%":
            yield (
                f'<rect x="{x}" y="{_BAR / 2 - 5:g}" width="{width}" height="10" '
                f'fill="url(#{pattern_id(STARTING)})"/>'
            )
        for run, first, part in _stacked(host):
            yield self._run(run, _BAR * first, max(_BAR * part, 1))

    def _run(self, run: HostRun, y: float, height: float) -> str:
        x, width = self._place(run.from_ms, run.to_ms)
        name = label_of(run.job)
        title = f"{name}, attempt {run.attempt}: {elapsed(run.from_ms)} to {elapsed(run.to_ms)}"
        fill = pattern_id(FAILED if run.has_failed else RUNNING)
        pixels = float(width.rstrip("%")) / 100 * self._bar_width
        text = ""
        if height >= _LEAST_TEXT and pixels >= len(name) * _LETTER + 10:
            middle = shapes.number(y + height / 2 + 3.5)
            text = f'<text x="{x}" dx="5" y="{middle}" class="run">{markup(name)}</text>'
        return (
            f'<g class="{FAILED if run.has_failed else RUNNING}"><title>{markup(title)}</title>'
            f'<rect x="{x}" y="{shapes.number(y)}" width="{width}" height="{shapes.number(height)}" '
            f'fill="url(#{fill})" class="edge"/>{text}</g>'
        )


def _stacked(host: HostLine) -> Iterator[tuple[HostRun, float, float]]:
    """
    Yield each attempt with its place on its host: where it begins, and its part of the vCPUs.

    Attempts that have no gap of their size are drawn in equal slots instead.
    """
    placed: list[tuple[HostRun, int]] = []
    beside: list[tuple[HostRun, int]] = []
    for run in host.runs:
        beside = [(other, at) for other, at in beside if other.to_ms > run.from_ms]
        first = 0
        for other, at in sorted(beside, key=lambda item: item[1]):
            if at - first >= run.milli_vcpus:
                break
            first = max(first, at + other.milli_vcpus)
        beside.append((run, first))
        placed.append((run, first))
    if all(first + run.milli_vcpus <= host.milli_vcpus for run, first in placed):
        for run, first in placed:
            yield run, first / host.milli_vcpus, run.milli_vcpus / host.milli_vcpus
        return
    slots = slots_of(host.runs)
    for index, slot in enumerate(slots):
        for run in slot:
            yield run, index / len(slots), 1 / len(slots)


def _legend() -> str:
    """Draw a sample of each mark."""
    parts, x = [], float(_MARGIN)
    for text, sample in _LEGEND:
        parts.append(
            f'<g transform="translate({shapes.number(x)} 70)">{sample}'
            f'<text x="30" y="9" class="muted">{text}</text></g>'
        )
        x += 30 + len(text) * 7.2 + 16
    return f'<g aria-hidden="true">{"".join(parts)}</g>'
