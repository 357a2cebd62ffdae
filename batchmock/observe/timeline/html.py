"""The timeline as a self-contained HTML page, which opens from a file and needs no network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from batchmock.observe.jobs.explain import clock_time, explain
from batchmock.observe.timeline import shapes
from batchmock.observe.timeline.notes import notes_of
from batchmock.observe.timeline.phrases import ending
from batchmock.observe.timeline.record import Record
from batchmock.observe.timeline.rows import Row
from batchmock.observe.timeline.styles import definitions, style_sheet
from batchmock.observe.timeline.svg import below, statuses_of, swatch
from batchmock.observe.times import elapsed, ticks
from batchmock.simulation.jobs.lifecycle import FAILED
from batchmock.simulation.tracking.records import TrackedJob

MOST_MEMBERS: Final = 200
#: The least distance of two ticks, as a share of the axis: labels do not touch on a narrow page.
_TICK_SHARE: Final = 0.2

_STYLE: Final = """
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
 font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:1500px;margin:0 auto;padding:36px 28px 64px}
h1{margin:0;font-size:24px;line-height:1.25;font-weight:650;letter-spacing:-.01em}
p{margin:4px 0 0;color:var(--muted)}
.legend{display:flex;flex-wrap:wrap;gap:6px 22px;margin:20px 0 0;padding:0;list-style:none;
 color:var(--muted);font-size:13px}
.legend li{display:flex;align-items:center;gap:8px}
form{display:flex;flex-wrap:wrap;gap:10px;align-items:center;margin:20px 0 0}
input,button{font:inherit;font-size:14px;color:inherit;background:var(--paper);
 border:1px solid var(--muted);border-radius:6px;padding:5px 11px}
input{flex:0 1 320px;min-width:0}
button{cursor:pointer}button:hover{background:var(--raised)}
output{color:var(--muted);font-size:13px}
svg{display:block;overflow:visible}
text{fill:var(--muted)}
.cross{fill:var(--failed);text-anchor:middle;font-size:11px;font-weight:700}
.mono,.name,.ended,td{font-family:ui-monospace,"SF Mono",Menlo,Consolas,monospace;font-size:12.5px}
.chart{margin-top:20px}
.line,summary{display:grid;grid-template-columns:minmax(120px,22%) minmax(0,1fr) 112px;
 column-gap:22px;align-items:center;padding:5px 10px}
.axis{padding-bottom:0;font-size:12px}
.end{text-anchor:end}
ol.rows{margin:0;padding:0;list-style:none;border-top:1px solid var(--line)}
ol.rows>li{border-bottom:1px solid var(--line)}
summary{min-height:46px;cursor:pointer;list-style:none;border-radius:6px}
summary::-webkit-details-marker{display:none}
summary:hover,details[open]>summary{background:var(--raised)}
:focus-visible{outline:2px solid var(--focus);outline-offset:-2px}
.label{min-width:0}
.name,.below{display:block;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.below{color:var(--muted);font-size:12px;line-height:1.35}
.name{font-size:13px;line-height:1.45}
.status{color:var(--stage,var(--ink));font-size:12px;font-weight:650;line-height:1.45;
 overflow:hidden;text-overflow:ellipsis;white-space:nowrap;display:block}
.ended{color:var(--muted);font-size:12px;line-height:1.35;display:block}
.more{padding:6px 10px 20px;overflow-x:auto}
.more ul{margin:4px 0 10px;padding-left:18px;font-size:13.5px}
.more pre{margin:4px 0 12px;white-space:pre-wrap;font-size:12.5px;color:var(--muted);
 font-family:ui-monospace,"SF Mono",Menlo,Consolas,monospace}
.long{max-height:380px;overflow:auto}
table{border-collapse:collapse;font-size:13px}
th{color:var(--muted);font-weight:500;text-align:left}
th,td{padding:3px 26px 3px 0;border-bottom:1px solid var(--line);vertical-align:top}
[hidden]{display:none!important}
@media (max-width:640px){main{padding:22px 12px}
 .line,summary{grid-template-columns:minmax(0,1fr) auto;row-gap:4px}
 summary>.bar,.axis>.bar{grid-column:1/-1;grid-row:2}}
@media print{form{display:none}}
"""

#: Filtering, opening all rows, and the arrow keys; without it the page shows the same.
_SCRIPT: Final = """
(() => {
  const form = document.querySelector("form");
  const field = form.querySelector("input");
  const [open, close] = form.querySelectorAll("button");
  const told = form.querySelector("output");
  const rows = [...document.querySelectorAll("ol.rows > li")];
  const shown = () => rows.filter((row) => !row.hidden);
  const filter = () => {
    const wanted = field.value.trim().toLowerCase();
    for (const row of rows) row.hidden = !row.dataset.text.includes(wanted);
    told.textContent = wanted ? `${shown().length} of ${rows.length} rows` : "";
  };
  const set = (isOpen) => { for (const row of shown()) row.firstElementChild.open = isOpen; };
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  field.addEventListener("input", filter);
  open.addEventListener("click", () => set(true));
  close.addEventListener("click", () => set(false));
  document.querySelector("ol.rows").addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.target.localName !== "summary") return;
    const all = shown();
    const next = all[all.indexOf(event.target.closest("li")) + step];
    if (!next) return;
    event.preventDefault();
    next.querySelector("summary").focus();
  });
})();
"""


def draw_html(record: Record, title: str | None = None) -> str:
    """Draw a record as a whole page."""
    count = f"{len(record.jobs):,} job{'' if len(record.jobs) == 1 else 's'}"
    title = title or f"{count}, {elapsed(record.span_ms)}"
    since = f"from {clock_time(record.start_ms)} on, in simulated time (UTC)"
    hidden = record.hidden_note()
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n"
        f"<style>{style_sheet(':root')}{_STYLE}</style>\n</head>\n<body>\n"
        f'<svg width="0" height="0" aria-hidden="true" style="position:absolute">{definitions()}</svg>\n'
        f"<main>\n<h1>{escape(title)}</h1>\n<p>{escape(since)}</p>\n{_legend(record)}\n{_FORM}\n"
        f'<section class="chart" aria-label="Timeline">\n{_axis(record)}\n<ol class="rows">\n'
        f"{''.join(_rows(record))}</ol>\n{f'<p>{escape(hidden)}</p>' if hidden else ''}</section>\n"
        f"</main>\n<script>{_SCRIPT}</script>\n</body>\n</html>\n"
    )


_FORM: Final = (
    '<form hidden><input type="search" aria-label="Filter the rows" '
    'placeholder="Filter: name, status, reason"><button type="button">Open all</button>'
    '<button type="button">Close all</button><output></output></form>'
)


def _legend(record: Record) -> str:
    entries = "".join(
        f'<li><svg width="24" height="18" aria-hidden="true">{swatch(status, 0, 9)}</svg>'
        f"{status.capitalize()}</li>"
        for status in statuses_of(record)
    )
    return f'<ul class="legend" aria-label="Legend">{entries}</ul>'


def _axis(record: Record) -> str:
    labels = []
    for at_ms in ticks(record.span_ms, _TICK_SHARE):
        end = ' class="end"' if at_ms > 0.92 * record.span_ms > 0 else ""
        x = shapes.percent(at_ms, record.span_ms)
        labels.append(f'<text x="{x}" y="13"{end}>{elapsed(at_ms)}</text>')
    return (
        '<div class="line axis mono" aria-hidden="true"><span></span>'
        f'<svg class="bar" width="100%" height="18">{"".join(labels)}</svg><span></span></div>'
    )


def _rows(record: Record) -> Iterator[str]:
    if record.calls:
        count, summary = f"{len(record.calls):,} calls", record.calls_note()
        cells = [
            (elapsed(mark.at_ms), mark.operation, "error" if mark.is_error else "")
            for mark in record.calls
        ]
        table = _long_table("Calls", ("at", "operation", "answer"), cells)
        bar = shapes.calls(record)
        more_html = f"{_list([summary])}{table}"
        yield _row(record, "API calls", count, bar, ("", ""), [summary], more_html)
    for row in record.rows:
        notes = list(notes_of(record, row))
        ended = record.since_start(row.last_move_ms) if row.is_terminal else "not ended"
        more_html = "".join([_list(notes), *_details(record, row)])
        bar = shapes.bar(record, row)
        right = (row.status, ended)
        yield _row(record, row.label, below(row, notes), bar, right, notes, more_html)


def _row(
    record: Record,
    label: str,
    under: str,
    bar: str,
    right: tuple[str, str],
    notes: Sequence[str],
    more: str,
) -> str:
    grid = shapes.grid(record, _TICK_SHARE, shapes.BAR_HEIGHT)
    status, ended = right
    stage = status.rpartition(" ")[2]
    text = escape(" ".join([label, under, status, *notes]).lower())
    return (
        f'<li data-text="{text}"><details><summary><span class="label"><span class="name" '
        f'title="{escape(label)}">{escape(label)}</span><span class="below">{escape(under)}</span>'
        f'</span><svg class="bar" width="100%" height="{shapes.BAR_HEIGHT}" aria-hidden="true">'
        f'{grid}{bar}</svg><span><span class="status {escape(stage)}">{escape(status)}</span>'
        f'<span class="ended">{escape(ended)}</span></span></summary>'
        f'<div class="more">{more}</div></details></li>\n'
    )


def _list(notes: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return f"<ul>{items}</ul>" if items else ""


def _details(record: Record, row: Row) -> Iterator[str]:
    if not row.is_folded:
        (job,) = row.jobs
        yield f"<pre>{escape(explain(job))}</pre>"
        yield _table(("stage", "attempt", "from", "to", "length"), _stages(record, job))
        return
    failed_first = sorted(row.members, key=lambda job: job.status != FAILED)
    cells = [_member(record, job) for job in failed_first[:MOST_MEMBERS]]
    head = ("job", "status", "ended", "last attempt")
    yield _long_table("Jobs", head, cells, len(failed_first))


def _stages(record: Record, job: TrackedJob) -> Iterator[Sequence[str]]:
    for stage in record.stages(job):
        attempt = str(stage.attempt) if stage.attempt else ""
        ends = (elapsed(stage.to_ms), elapsed(stage.to_ms - stage.from_ms))
        last = ("", "") if stage.from_ms == stage.to_ms else ends
        yield stage.status, attempt, elapsed(stage.from_ms), *last


def _member(record: Record, job: TrackedJob) -> Sequence[str]:
    name = job.name if job.array_index is None else f"{job.name}, index {job.array_index}"
    ended = record.since_start(job.history[-1].at_ms) if job.is_terminal else ""
    why = ending(job.last_attempt) if job.last_attempt else job.status_reason or ""
    return name, job.status, ended, why


def _long_table(
    label: str, head: Sequence[str], rows: Sequence[Sequence[str]], count: int | None = None
) -> str:
    """Build a scrolling table of the first rows."""
    more = (len(rows) if count is None else count) - MOST_MEMBERS
    rest = f"<p>and {more:,} more</p>" if more > 0 else ""
    return (
        f'<div class="long" tabindex="0" role="region" aria-label="{label}">'
        f"{_table(head, rows[:MOST_MEMBERS])}</div>{rest}"
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    heads = "".join(f'<th scope="col">{name}</th>' for name in head)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>" for cells in rows
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
