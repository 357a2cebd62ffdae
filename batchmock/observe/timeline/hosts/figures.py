"""Figures and names of what ran on hosts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from batchmock.observe.timeline.hosts import EnvironmentUse, HostRun, Level, levels
from batchmock.observe.timeline.reasons import label_of


def labels_of(runs: Iterable[HostRun]) -> list[str]:
    """Return the names of the jobs that ran, each with the number of its attempts if it had several."""
    counts = Counter(label_of(run.job) for run in runs)
    return [
        label if count == 1 else f"{label} ({count:,} attempts)" for label, count in counts.items()
    ]


def levels_of_runs(runs: Iterable[HostRun]) -> tuple[Level, ...]:
    """Return the number of attempts at a time."""
    changes = [(run.from_ms, 1) for run in runs]
    return levels([*changes, *((run.to_ms, -1) for run in runs if not run.is_under_way)])


def figures_of(use: EnvironmentUse, span_ms: int) -> str:
    """Describe how many vCPUs were in use and offered, and which part of the offered time was used."""
    most_used = max((level for _, level in use.used), default=0)
    if not use.offered:
        return f"most in use {most_used / 1000:g}, without a limit"
    most_offered = max(level for _, level in use.offered)
    text = f"most in use {most_used / 1000:g}, most offered {most_offered / 1000:g}"
    offered = _area(use.offered, span_ms)
    if not offered:
        return text
    return f"{text}; {100 * _area(use.used, span_ms) / offered:.0f}% of the offered time in use"


def _area(over_time: Sequence[Level], span_ms: int) -> int:
    """Return the sum of a level over time, up to the end of the timeline."""
    ends = [*(at_ms for at_ms, _ in over_time[1:]), span_ms]
    return sum(
        level * (min(to_ms, span_ms) - min(from_ms, span_ms))
        for (from_ms, level), to_ms in zip(over_time, ends, strict=bool(over_time))
    )
