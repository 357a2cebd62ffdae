"""
The bar of a row, as SVG elements.

Horizontal positions are percentages and vertical ones are pixels, so that the same elements serve an image
of fixed width and a page that follows its window.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from batchmock.observe.printable import markup
from batchmock.observe.timeline.hosts.tracks import Track
from batchmock.observe.timeline.phrases import MOST_NAMED, counted, named, vcpus_text
from batchmock.observe.timeline.record import Mark, Record, Stage
from batchmock.observe.timeline.rows import Row
from batchmock.observe.timeline.styles import THICKNESS, pattern_id
from batchmock.observe.times import elapsed, ticks
from batchmock.simulation.jobs.lifecycle import (
    FAILED,
    PENDING,
    RUNNABLE,
    RUNNING,
    STARTING,
    SUBMITTED,
    SUCCEEDED,
    TERMINAL,
)
from batchmock.simulation.tracking.records import TrackedJob

BAR_HEIGHT: Final = 28
#: The number of slices of time in the bar of several jobs and in the row of calls.
SLICES: Final = 240
_LEAST_SHARE: Final = 2.5
#: The stacking order of statuses in the bar of several jobs, from the bottom.
_STACK: Final = (SUCCEEDED, FAILED, RUNNING, STARTING, "SCHEDULED", RUNNABLE, PENDING, SUBMITTED)


def number(value: float) -> str:
    """Format a number with at most two decimals, and never with an exponent."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def percent(part: float, whole: float) -> str:
    """Format a share with at most three decimals: `33.333%`."""
    return f"{round(100 * part / whole, 3):g}%" if whole else "0%"


def bar(record: Record, row: Row) -> str:
    """Draw the bar of a row."""
    return "".join(_stack(record, row) if row.is_folded else _stages(record, row.jobs[0]))


def grid(record: Record, least_share: float, height: float) -> str:
    """Draw a fine line at each round time."""
    places = [percent(at_ms, record.span_ms) for at_ms in ticks(record.span_ms, least_share)]
    return "".join(
        f'<line x1="{x}" x2="{x}" y1="0" y2="{number(height)}" class="grid"/>' for x in places
    )


def describe_stage(record: Record, stage: Stage) -> str:
    """Describe a stage in one line."""
    which = f", attempt {stage.attempt}" if stage.attempt and stage.status not in TERMINAL else ""
    if stage.status in TERMINAL:
        return f"{stage.status} at {elapsed(stage.from_ms)}"
    return (
        f"{stage.status}{which}: {elapsed(stage.from_ms)} to {elapsed(stage.to_ms)} "
        f"({elapsed(stage.to_ms - stage.from_ms)})"
    )


def _stages(record: Record, job: TrackedJob) -> Iterator[str]:
    marks = []
    for stage in record.stages(job):
        x = percent(stage.from_ms, record.span_ms)
        title = f"<title>{markup(describe_stage(record, stage))}</title>"
        if stage.status in TERMINAL:
            mark = f'<use href="#{stage.status}-mark" x="{x}" y="{BAR_HEIGHT / 2:g}"/>'
            marks.append(f"<g>{title}{mark}</g>")
            continue
        if stage.is_retry:
            marks.append(f'<use href="#retry-mark" x="{x}" y="{BAR_HEIGHT / 2:g}"/>')
        if stage.to_ms > stage.from_ms:
            fill = pattern_id(FAILED if stage.has_failed else stage.status)
            failed = ' class="failed"' if stage.has_failed else ""
            width = percent(stage.to_ms - stage.from_ms, record.span_ms)
            height = THICKNESS.get(stage.status, THICKNESS[PENDING])
            yield (
                f'<rect x="{x}" y="{number((BAR_HEIGHT - height) / 2)}" width="{width}" height="{height}" '
                f'fill="url(#{fill})"{failed}>{title}</rect>'
            )
    yield from marks


def _stack(record: Record, row: Row) -> Iterator[str]:
    """Draw the number of jobs in each status over time, as stacked areas."""
    total = len(row.members)
    slices = [(index, index + 1, counts) for index, counts in enumerate(record.spread(row, SLICES))]
    for counts, alike in groupby(slices, key=lambda item: item[2]):
        run = list(alike)
        if counts and row.is_terminal and TERMINAL.issuperset(counts):
            break
        yield from _column(counts, run[0][0], run[-1][1], total, record.span_ms)
    yield from _ticks(record, row)
    if row.is_terminal:
        x = percent(row.last_move_ms - record.start_ms, record.span_ms)
        status = FAILED if FAILED in row.counts else SUCCEEDED
        yield f'<use href="#{status}-mark" x="{x}" y="{BAR_HEIGHT / 2:g}"/>'


def _ticks(record: Record, row: Row) -> Iterator[str]:
    """Draw a tick for the failures of each slice of time."""
    failures: dict[int, list[TrackedJob]] = {}
    for job in row.members:
        if job.status == FAILED:
            index = (job.history[-1].at_ms - record.start_ms) * SLICES // max(record.span_ms, 1)
            failures.setdefault(index, []).append(job)
    for index, jobs in sorted(failures.items()):
        names = [job.name if job.array_index is None else str(job.array_index) for job in jobs]
        x, at = percent(index, SLICES), record.since_start(jobs[0].history[-1].at_ms)
        yield (
            f"<g><title>{markup(f'at {at} FAILED: {named(names, MOST_NAMED)}')}</title>"
            f'<line x1="{x}" x2="{x}" y1="1" y2="{BAR_HEIGHT - 1}" class="tick"/></g>'
        )


def _column(
    counts: dict[str, int], first: int, last: int, total: int, span_ms: int
) -> Iterator[str]:
    if not counts:
        return
    x, width = percent(first, SLICES), percent(last - first, SLICES)
    begin, end = (elapsed(span_ms * index // SLICES) for index in (first, last))
    yield '<g shape-rendering="crispEdges">'
    yield f"<title>{markup(f'{begin} to {end}: {counted(counts)}')}</title>"
    foot = float(BAR_HEIGHT)
    for status, height in _heights(counts, total).items():
        foot -= height
        yield (
            f'<rect x="{x}" y="{number(foot)}" width="{width}" height="{number(height)}" '
            f'fill="url(#{pattern_id(status)})"/>'
        )
    yield "</g>"


def _heights(counts: dict[str, int], total: int) -> dict[str, float]:
    """Return the height of each status: at least a minimum, except for failures, which have ticks."""
    order = [*_STACK, *(status for status in counts if status not in _STACK)]
    shares = {
        status: max(BAR_HEIGHT * counts[status] / total, 0 if status == FAILED else _LEAST_SHARE)
        for status in order
        if status in counts
    }
    excess = sum(shares.values()) - BAR_HEIGHT
    if excess > 0:
        shares[max(shares, key=shares.__getitem__)] -= excess
    return shares


def vcpus(record: Record, track: Track) -> str:
    """Draw the vCPUs in use in each slice of time as an area below the environment's maxvCpus."""
    peaks = track.peaks(SLICES, lambda at_ms: at_ms * SLICES // max(record.span_ms, 1))
    top, room = 4, BAR_HEIGHT - 4
    drawn = [f'<line x1="0" x2="100%" y1="{top}" y2="{top}" class="limit"/>']
    for peak, alike in groupby(enumerate(peaks), key=lambda item: item[1]):
        run = [index for index, _ in alike]
        if not peak:
            continue
        height = room * min(peak / track.limit, 1)
        begin, end = (elapsed(record.span_ms * at // SLICES) for at in (run[0], run[-1] + 1))
        said = f"{begin} to {end}: {vcpus_text(peak)} of {vcpus_text(track.limit)} vCPUs in use"
        drawn.append(
            f'<rect x="{percent(run[0], SLICES)}" y="{number(BAR_HEIGHT - height)}" '
            f'width="{percent(len(run), SLICES)}" height="{number(height)}" class="vcpus" '
            f'shape-rendering="crispEdges"><title>{markup(said)}</title></rect>'
        )
    return "".join(drawn)


def calls(record: Record) -> str:
    """Draw a stroke for the calls of each slice of time; more calls make it longer."""
    slices: dict[int, list[Mark]] = {}
    for call in record.calls:
        index = call.at_ms * SLICES // max(record.span_ms, 1)
        slices.setdefault(index, []).append(call)
    return "".join(
        _stroke(marks, percent(index, SLICES)) for index, marks in sorted(slices.items())
    )


def _stroke(marks: list[Mark], x: str) -> str:
    names = Counter(f"{mark.operation}{' (error)' if mark.is_error else ''}" for mark in marks)
    said = ", ".join(f"{count} {name}" for name, count in sorted(names.items()))
    title = f"<title>{markup(f'at {elapsed(marks[0].at_ms)}: {said}')}</title>"
    height = min(6 + 2 * len(marks).bit_length(), BAR_HEIGHT - 8)
    error = any(mark.is_error for mark in marks)
    foot = BAR_HEIGHT - 4
    cross = f'<text x="{x}" y="{foot - height - 1}" class="cross">&#215;</text>' if error else ""
    return (
        f'<g>{title}<line x1="{x}" x2="{x}" y1="{foot}" y2="{foot - height}" '
        f'class="call{" error" if error else ""}"/>{cross}</g>'
    )
