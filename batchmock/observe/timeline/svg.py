"""The timeline as a self-contained SVG document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from batchmock.observe.jobs.explain import clock_time
from batchmock.observe.printable import markup
from batchmock.observe.timeline import shapes
from batchmock.observe.timeline.hosts.tracks import tracks_of
from batchmock.observe.timeline.notes import notes_of
from batchmock.observe.timeline.phrases import jobs_counted, shortened, vcpus_text
from batchmock.observe.timeline.record import Record
from batchmock.observe.timeline.rows import Row
from batchmock.observe.timeline.styles import THICKNESS, definitions, pattern_id, style_sheet
from batchmock.observe.times import elapsed, ticks
from batchmock.simulation.jobs.families import MultiNodeJob
from batchmock.simulation.jobs.lifecycle import FAILED

LEAST_WIDTH: Final = 640
_MARGIN: Final = 24
_ROW: Final = 40
_LANE: Final = 26
_STATUS: Final = 150
#: The width of a monospaced letter, as a share of the font size.
_LETTER: Final = 0.6
_NAME_SIZE: Final = 12.5
_SMALL_SIZE: Final = 11
_LINE: Final = 17
_TICK_WIDTH: Final = 90
_MOST_DETAILS: Final = 12
#: Entries of the legend that are not statuses.
FAILED_ATTEMPT: Final = "failed attempt"
FAILURES: Final = "failures"

_STYLE: Final = (
    "#timeline{background:var(--paper);font:12px system-ui,-apple-system,'Segoe UI',sans-serif}"
    "text{fill:var(--ink)}.muted{fill:var(--muted)}.title{font-size:17px;font-weight:600}"
    f".mono{{font-family:ui-monospace,'SF Mono',Menlo,Consolas,monospace;font-size:{_SMALL_SIZE}px}}"
    f".name{{font-size:{_NAME_SIZE}px}}.end{{text-anchor:end}}.middle{{text-anchor:middle}}"
    ".status{fill:var(--stage,var(--ink));font-weight:600;font-size:11px}"
    ".cross{fill:var(--failed);text-anchor:middle;font-size:11px;font-weight:700}"
    ".row{outline:none}.back{fill:transparent}"
    ".row:hover .back{fill:var(--raised)}"
    ".row:focus-visible .back{fill:var(--raised);stroke:var(--focus);stroke-width:2}"
    ".lane{font-size:12px;font-weight:600}.head{font-weight:700}.paper{fill:var(--paper);stroke:var(--muted)}"
    ".vcpus{fill:var(--running);fill-opacity:.4}.limit{stroke:var(--muted);stroke-dasharray:4 3}"
    ".details{visibility:hidden;pointer-events:none}"
)


def draw_svg(record: Record, width: int) -> str:
    """Draw a record; `width` in pixels."""
    return _Drawing(record, max(width, LEAST_WIDTH)).whole()


class _Drawing:
    """One drawing, with the positions of its columns and rows."""

    def __init__(self, record: Record, width: int) -> None:
        self._record = record
        self._width = width
        self._tracks = tracks_of(record)
        self._names = max(round(min(self._longest_name(), width * 0.24)), 120)
        self._left = _MARGIN + self._names
        self._bar_width = width - self._left - _MARGIN - _STATUS
        self._step = _TICK_WIDTH / self._bar_width
        self._bars = [shapes.bar(record, row) for row in record.rows]
        self._legend_rows = list(self._legend_places())
        legend_lines = self._legend_rows[-1][2] + 1 if self._legend_rows else 0
        self._axis_y = 84 + 24 * legend_lines
        self._first_y = self._axis_y + 14
        lines = len(record.rows) + bool(record.calls) + len(self._tracks)
        lanes = sum(bool(lane) for lane, _ in groupby(record.rows, key=lambda row: row.lane))
        self._end_y = self._first_y + _ROW * lines + _LANE * lanes
        self._height = self._end_y + (52 if record.hidden else 28)

    def _longest_name(self) -> float:
        """Return the width of the longest name or text below a name."""
        rows = self._record.rows
        names = max((len(row.label) for row in rows), default=0) * _NAME_SIZE
        texts = [*(track.name for track in self._tracks), *(self._below(row) for row in rows)]
        return max(names, max(map(len, texts), default=0) * _SMALL_SIZE) * _LETTER + 16

    def _below(self, row: Row) -> str:
        return below(row, [*notes_of(self._record, row)])

    def whole(self) -> str:
        """Return the document."""
        record = self._record
        count = jobs_counted(len(record.jobs))
        title = f"{count}, {elapsed(record.span_ms)}"
        since = f"from {clock_time(record.start_ms)} on, in simulated time (UTC)"
        rows = [*self._rows()]
        hovers = ",".join(
            f"#row-{n}:hover~#details-{n},#row-{n}:focus~#details-{n}" for n in range(len(rows))
        )
        show = f"{hovers}{{visibility:visible}}" if rows else ""
        body = "".join(row for row, _ in rows) + "".join(details for _, details in rows)
        hidden = record.hidden_note()
        more = f'<text x="{_MARGIN}" y="{self._end_y + 24}" class="muted">{markup(hidden)}</text>'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" id="timeline" width="{self._width}" '
            f'height="{self._height}" viewBox="0 0 {self._width} {self._height}" '
            'role="graphics-document document" aria-labelledby="title desc">'
            f'<title id="title">{markup(title)}</title>'
            f'<desc id="desc">{markup(self._description(since))}</desc>'
            f"<style>{style_sheet('#timeline')}{_STYLE}{show}</style>{definitions()}"
            f'<rect width="100%" height="100%" fill="var(--paper)"/>'
            f'<text x="{_MARGIN}" y="34" class="title">{markup(title)}</text>'
            f'<text x="{_MARGIN}" y="53" class="muted">{markup(since)}</text>'
            f'{self._legend()}{self._axis()}<g role="list">{body}</g>{more if hidden else ""}</svg>\n'
        )

    def _description(self, since: str) -> str:
        sentences = [f"A timeline {since}."]
        sentences += [f"{row.label}: {row.status}." for row in self._record.rows]
        return " ".join([*sentences, self._record.hidden_note()]).strip()

    def _axis(self) -> str:
        record, last = self._record, self._left + self._bar_width
        parts = []
        for at_ms in ticks(record.span_ms, self._step):
            x = self._left + self._bar_width * at_ms / max(record.span_ms, 1)
            label = elapsed(at_ms)
            anchor = " end" if x + len(label) * _SMALL_SIZE * _LETTER > last + _STATUS / 3 else ""
            parts.append(
                f'<text x="{shapes.number(x)}" y="{self._axis_y}" class="mono muted{anchor}">{label}</text>'
            )
        height = self._end_y - self._first_y + 6
        lines = shapes.grid(record, self._step, height)
        return "".join(parts) + self._inner(self._first_y - 6, height, lines)

    def _inner(self, y: float, height: float, content: str) -> str:
        """Place content with percentage positions in the column of the bars."""
        return (
            f'<svg x="{self._left}" y="{shapes.number(y)}" width="{self._bar_width}" '
            f'height="{shapes.number(height)}" overflow="visible">{content}</svg>'
        )

    def _rows(self) -> Iterator[tuple[str, str]]:
        record, number, y, lane = self._record, 0, self._first_y, ""
        if record.calls:
            summary = record.calls_note()
            bar, label = shapes.calls(record), f"{len(record.calls):,} calls"
            yield self._row(number, y, "API calls", label, bar, ("", "", ""), [summary])
            number, y = number + 1, y + _ROW
        for track in self._tracks:
            most, limit = f"up to {vcpus_text(track.most)}", f"of {vcpus_text(track.limit)}"
            bar, right = shapes.vcpus(record, track), (most, "", limit)
            yield self._row(number, y, "vCPUs in use", track.name, bar, right, [])
            number, y = number + 1, y + _ROW
        for row, bar in zip(record.rows, self._bars, strict=True):
            head = ""
            if row.lane != lane:
                lane = row.lane
                head = f'<text x="{_MARGIN}" y="{y + 18}" class="lane">{markup(lane)}</text>'
                y += _LANE
            notes = list(notes_of(record, row))
            right = (row.status, row.status.rpartition(" ")[2], record.duration(row))
            details = [*self._times(row), *notes, *self._stages(row)]
            drawn, box = self._row(number, y, row.label, below(row, notes), bar, right, details)
            yield f"{head}{drawn}", box
            number, y = number + 1, y + _ROW

    def _times(self, row: Row) -> Iterator[str]:
        """Yield when the job, or the first of several, was submitted, and when the last one ended."""
        record = self._record
        submitted = record.since_start(min(job.created_at_ms for job in row.members))
        ended = f", ended at {record.since_start(row.last_move_ms)}" if row.is_terminal else ""
        yield f"submitted at {submitted}{ended}"

    def _stages(self, row: Row) -> Iterator[str]:
        if not row.is_folded:
            for stage in self._record.stages(row.jobs[0]):
                yield shapes.describe_stage(self._record, stage)

    def _row(
        self,
        number: int,
        y: int,
        label: str,
        below: str,
        bar: str,
        right: tuple[str, str, str],
        details: Sequence[str],
    ) -> tuple[str, str]:
        status, stage, ended = right
        spoken = f"{label}: {'; '.join(text for text in (status, ended, *details) if text)}"
        name = shortened(label, int((self._names - 12) / (_NAME_SIZE * _LETTER)))
        sub = shortened(below, int((self._names - 12) / (_SMALL_SIZE * _LETTER)))
        middle = y + (_ROW / 2 + 4 if not sub else _ROW / 2 - 2)
        right_x = self._left + self._bar_width + 22
        drawn = (
            f'<g class="row" id="row-{number}" tabindex="0" role="listitem" '
            f'aria-label="{markup(spoken)}">'
            f'<rect x="{_MARGIN - 12}" y="{y + 1}" width="{self._width - 2 * _MARGIN + 24}" '
            f'height="{_ROW - 2}" rx="6" class="back"/>'
            f'<text x="{_MARGIN}" y="{shapes.number(middle)}" class="mono name">{markup(name)}</text>'
            f'<text x="{_MARGIN}" y="{y + 33}" class="mono muted">{markup(sub)}</text>'
            f"{self._inner(y + 6, shapes.BAR_HEIGHT, bar)}"
            f'<g class="{markup(stage)}"><text x="{right_x}" y="{y + 18}" class="status">{status}</text>'
            f'</g><text x="{right_x}" y="{y + 33}" class="mono muted">{ended}</text></g>'
        )
        return drawn, self._details(number, y, label, details)

    def _details(self, number: int, y: float, label: str, details: Sequence[str]) -> str:
        """Draw the details of a row, which appear on hover: below it, or above it near the end."""
        width = min(self._width - 2 * _MARGIN, 640)
        columns = int((width - 28) / (_SMALL_SIZE * _LETTER))
        shown = [label, *details[:_MOST_DETAILS]]
        if len(details) > _MOST_DETAILS:
            shown.append(f"and {len(details) - _MOST_DETAILS} more")
        height = _LINE * len(shown) + 16
        top = y + _ROW
        if top + height > self._height - 4:
            top = max(y - height, 4)
        left = min(self._left, self._width - _MARGIN - width)
        lines = "".join(
            f'<text x="{left + 14}" y="{shapes.number(top + 21 + _LINE * index)}" '
            f'class="mono{"" if index else " head"}">{markup(_cut(line, columns))}</text>'
            for index, line in enumerate(shown)
        )
        return (
            f'<g class="details" id="details-{number}" aria-hidden="true">'
            f'<rect x="{left}" y="{shapes.number(top)}" '
            f'width="{width}" height="{height}" rx="6" class="paper"/>{lines}</g>'
        )

    def _legend_places(self) -> Iterator[tuple[str, float, int]]:
        """Yield the entries of the legend, each with its x position and its line."""
        x, line = float(_MARGIN), 0
        for status in legend_of("".join([*self._bars, shapes.calls(self._record)])):
            width = 30 + len(status) * 7.2 + 16
            if x + width > self._width - _MARGIN and x > _MARGIN:
                x, line = float(_MARGIN), line + 1
            yield status, x, line
            x += width

    def _legend(self) -> str:
        parts = []
        for status, x, line in self._legend_rows:
            y = 82 + 24 * line
            parts.append(
                f"<g>{swatch(status, x, y - 4)}"
                f'<text x="{shapes.number(x + 30)}" y="{y}" class="muted">{status.capitalize()}</text></g>'
            )
        return f'<g aria-hidden="true">{"".join(parts)}</g>'


def legend_of(drawn: str) -> list[str]:
    """Return the entries of the legend: drawn statuses in the order of a job's life, then marks."""
    entries = [
        status
        for status in (*THICKNESS,)
        if (f"#{status}-mark" if not THICKNESS[status] else f"#{pattern_id(status)})") in drawn
    ]
    entries += ["retried"] if "#retry-mark" in drawn else []
    entries += [FAILED_ATTEMPT] if f"#{pattern_id(FAILED)})" in drawn else []
    return [*entries, *([FAILURES] if 'class="tick"' in drawn else [])]


def swatch(entry: str, x: float, y: float) -> str:
    """Draw the sample of an entry of the legend, 24 pixels wide, centred on `y`."""
    middle = shapes.number(x + 12)
    if entry == "retried":
        return f'<use href="#retry-mark" x="{middle}" y="{shapes.number(y + 6)}"/>'
    if entry == FAILURES:
        top, bottom = shapes.number(y - 9), shapes.number(y + 9)
        return f'<line x1="{middle}" x2="{middle}" y1="{top}" y2="{bottom}" class="tick"/>'
    status = FAILED if entry == FAILED_ATTEMPT else entry
    height = THICKNESS["RUNNING"] if entry == FAILED_ATTEMPT else THICKNESS.get(status, 8)
    if not height:
        return f'<use href="#{status}-mark" x="{middle}" y="{shapes.number(y)}"/>'
    return (
        f'<rect x="{shapes.number(x)}" y="{shapes.number(y - height / 2)}" width="24" '
        f'height="{height}" fill="url(#{pattern_id(status)})"/>'
    )


def _cut(line: str, columns: int) -> str:
    return line if len(line) <= columns else f"{line[: columns - 3]}..."


def below(row: Row, notes: Sequence[str]) -> str:
    """Return the line below a name: the number of members, or the dependencies."""
    if row.is_folded:
        return f"{len(row.members):,} {row.noun}"
    if isinstance(row.jobs[0], MultiNodeJob):
        return f"{len(row.jobs[0].contents):,} nodes"
    return next((note for note in notes if note.startswith("after ")), "")
