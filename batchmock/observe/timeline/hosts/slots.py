"""Rows for attempts that run on a host at the same time."""

from __future__ import annotations

from collections.abc import Sequence

from batchmock.observe.timeline.hosts import HostRun


def slots_of(runs: Sequence[HostRun]) -> list[list[HostRun]]:
    """Distribute attempts over as few slots as possible, so that no two of a slot overlap."""
    slots: list[list[HostRun]] = []
    for run in runs:
        free = next((slot for slot in slots if slot[-1].to_ms <= run.from_ms), None)
        if free is None:
            slots.append([run])
        else:
            free.append(run)
    return slots
