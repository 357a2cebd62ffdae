"""The timeline as a self-contained HTML page, which opens from a file and needs no network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from batchmock.observe.calls import Call
from batchmock.observe.jobs.explain import clock_time
from batchmock.observe.printable import markup
from batchmock.observe.timeline.alike import (
    Group,
    failed_groups,
    leaves,
    retried_groups,
    unfinished_groups,
)
from batchmock.observe.timeline.interest import interest_of
from batchmock.observe.timeline.page_data import PageData
from batchmock.observe.timeline.phrases import counted, in_order, jobs_counted
from batchmock.observe.timeline.reasons import Failures, label_of, last_log_line
from batchmock.observe.timeline.record import Record
from batchmock.observe.timeline.styles import definitions, style_sheet
from batchmock.observe.timeline.svg import FAILED_ATTEMPT, FAILURES, swatch
from batchmock.observe.times import elapsed
from batchmock.simulation.jobs.lifecycle import FAILED
from batchmock.simulation.tracking.records import TrackedJob

#: The parts of the page's script, in order.
_SCRIPT_PARTS: Final = ("jobs", "hosts", "rows", "drawing", "zoom", "input", "panel", "start")
#: The most groups of a section above the chart, and the most names of a group.
MOST_GROUPS: Final = 6
MOST_NAMES: Final = 8
#: The most rows of the table that is shown without scripts.
MOST_WITHOUT_SCRIPTS: Final = 300


def draw_html(record: Record, calls: Sequence[Call], title: str | None = None) -> str:
    """
    Draw a record as a whole page.

    Args:
        record: the contents of the timeline.
        calls: the API calls.
        title: the page's title; by default the number of jobs and the length of time.
    """
    count = f"{jobs_counted(len(record.jobs))}, {elapsed(record.span_ms)}"
    since = f"from {clock_time(record.start_ms)} on, in simulated time (UTC)"
    lines = [f"{count}, {since}" if title else since, record.hidden_note()]
    notes = "".join(f"<p>{markup(line)}</p>" for line in lines if line)
    head = markup(title or count)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{head}</title>\n"
        f"<style>{style_sheet(':root')}{_file('style.css')}</style>\n</head>\n<body>\n"
        f'<svg width="0" height="0" aria-hidden="true" style="position:absolute">{definitions()}</svg>\n'
        f"<main>\n<h1>{head}</h1>\n{notes}\n{_counts(record.jobs)}\n{''.join(_sections(record))}"
        f"{_CHART.replace('{legend}', _legend(record))}\n{_without_scripts(record)}\n</main>\n"
        '<aside class="panel" aria-label="Details" hidden></aside>\n<div class="tip" hidden></div>\n'
        f'<script type="application/json" id="data">{PageData(record, calls).json()}</script>\n'
        f"<script>\n{_script()}</script>\n</body>\n</html>\n"
    )


@cache
def _file(name: str) -> str:
    return (Path(__file__).parent / "page" / name).read_text(encoding="utf-8")


@cache
def _script() -> str:
    """Return the page's script: its parts in one scope."""
    parts = "\n".join(_file(f"{name}.js") for name in _SCRIPT_PARTS)
    return f'"use strict";\n(() => {{\n{parts}}})();\n'


_LINE: Final = (
    '<div class="line head {name}"><span class="what">{what}</span>'
    '<svg class="bar" width="100%" height="{height}" aria-hidden="true"></svg>'
    '<span class="value mono">{value}</span></div>'
)
_CHART: Final = (
    '<form class="tools" hidden>'
    '<input type="search" id="search" aria-label="Search jobs" placeholder="Search: name, reason, id">'
    '<label><input type="checkbox" id="only"> Only failed</label>'
    '<label>Status <select id="status"><option value="">all</option></select></label>'
    '<label>Queue <select id="queue"><option value="">all</option></select></label>'
    '<label>Share <select id="share"><option value="">all</option></select></label>'
    '<label>Lanes <select id="lanes"><option value="">none</option></select></label>'
    '<button type="button" id="in" aria-label="Zoom in" title="Zoom in: +, or Ctrl and the wheel">+</button>'
    '<button type="button" id="out" aria-label="Zoom out" title="Zoom out: -">&minus;</button>'
    '<button type="button" id="all" title="Show everything: 0, or double-click">All</button>'
    '<button type="button" id="calls">Calls</button>'
    '<span id="range" class="ran"></span><output></output></form>\n'
    "{legend}\n"
    '<section class="chart" aria-label="Timeline" hidden>'
    + '<div class="usages"></div>'
    + _LINE.format(name="callmarks", what="API calls", height=20, value="")
    + _LINE.format(name="axis mono", what="", height=18, value="")
    + '<div class="body"><div class="rows"><div class="space" role="list" aria-label="Jobs"></div></div>'
    '<svg class="links" width="100%" height="100%" aria-hidden="true"></svg></div>'
    '<p class="hint">Drag over the bars to zoom in, double-click to see everything. Keys: arrows, '
    "Enter, + and &minus;, 0 for everything, f for the next failure, / to search.</p></section>"
)


def _counts(jobs: Sequence[TrackedJob]) -> str:
    counts = in_order(Counter(job.status for job in jobs))
    entries = "".join(
        f'<li class="{status}">{number:,} {status}</li>' for status, number in counts.items()
    )
    return f'<ul class="counts" aria-label="Jobs by status">{entries}</ul>'


def _sections(record: Record) -> Iterator[str]:
    """Yield the most important sections: why jobs failed, and what unfinished jobs wait for."""
    jobs = [*leaves(record.jobs)]
    failed = failed_groups(jobs)
    if failed:
        yield _section("Failed", "FAILED", failed, record)
    unfinished = unfinished_groups(jobs, record.start_ms)
    if unfinished:
        yield _section("Not finished", unfinished[0].jobs[0].status, unfinished, record)
    retried = retried_groups(jobs)
    if retried:
        yield _section("Retried", "RUNNABLE", retried, record)


def _section(head: str, status: str, groups: Sequence[Group], record: Record) -> str:
    entries = "".join(_entry(group, record) for group in groups[:MOST_GROUPS])
    more = sum(len(group.jobs) for group in groups[MOST_GROUPS:])
    rest = f"<li>and {more:,} more</li>" if more else ""
    return (
        f'<section class="why {status}" aria-label="{head}"><h2>{head}</h2>'
        f"<ul>{entries}{rest}</ul></section>\n"
    )


def _entry(group: Group, record: Record) -> str:
    names = ", ".join(
        f'<button type="button" data-id="{markup(job.id)}">{markup(label_of(job))}</button>'
        for job in group.jobs[:MOST_NAMES]
    )
    more = len(group.jobs) - MOST_NAMES
    rest = f" and {more:,} more" if more > 0 else ""
    line = last_log_line(group.jobs[0], record.end_ms)
    log = f"<p>last log line: <code>{markup(line)}</code></p>" if line else ""
    return (
        f"<li><b>{len(group.jobs):,} × {markup(group.reason)}</b>: "
        f'<span class="mono">{names}</span>{rest}{log}</li>'
    )


def _legend(record: Record) -> str:
    moved = {move.to_status for row in record.rows for job in row.members for move in job.history}
    members = [job for row in record.rows for job in row.members]
    statuses = [*in_order(dict.fromkeys(["SUBMITTED", *moved], 1))] if members else []
    was_retried = any(job.attempt_number > 1 for job in members)
    has_failed_attempt = was_retried or any(
        job.last_attempt for job in members if job.status == FAILED
    )
    marks = [
        ("retried", was_retried),
        (FAILED_ATTEMPT, has_failed_attempt),
        (FAILURES, any(FAILED in row.counts for row in record.rows if row.is_folded)),
    ]
    entries = "".join(
        f'<li><svg width="24" height="18" aria-hidden="true">{swatch(entry, 0, 9)}</svg>'
        f"{entry.capitalize()}</li>"
        for entry in [*statuses, *(name for name, is_drawn in marks if is_drawn)]
    )
    return f'<ul class="legend" aria-label="Legend">{entries}</ul>'


def _without_scripts(record: Record) -> str:
    """Return the table of jobs for readers without scripts."""
    jobs = sorted(record.jobs, key=interest_of)
    failures = Failures()
    rows = "".join(_plain_row(job, record, failures) for job in jobs[:MOST_WITHOUT_SCRIPTS])
    more = record.jobs[MOST_WITHOUT_SCRIPTS:]
    rest = f"<p>and {len(more):,} more: {counted(_statuses(jobs[MOST_WITHOUT_SCRIPTS:]))}</p>"
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("job", "status", "ended", "reason"))
    return (
        f"<noscript><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        f"{rest if more else ''}</noscript>"
    )


def _statuses(jobs: Sequence[TrackedJob]) -> dict[str, int]:
    return in_order(Counter(job.status for job in jobs))


def _plain_row(job: TrackedJob, record: Record, failures: Failures) -> str:
    ended = record.since_start(job.history[-1].at_ms) if job.is_terminal else ""
    why = failures.reason(job) if job.status == FAILED else ""
    cells = "".join(f"<td>{markup(cell)}</td>" for cell in (label_of(job), job.status, ended, why))
    return f"<tr>{cells}</tr>"
