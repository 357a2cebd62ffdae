"""Messages about unexpected selections of jobs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from batchmock.nearest import did_you_mean, listed


def nothing_named(glob: str, names: list[str]) -> str:
    """Return a sentence about a glob that matched no name: the nearest name, and the existing ones."""
    if not names:
        return f"None was named {glob!r}, and none was submitted at all."
    return f"None was named {glob!r}.{did_you_mean(glob, names)} The names are {listed(names)}."


def not_only(jobs: Sequence[Any], kind: str, plural: str, selected: str) -> str:
    """Return the message of `only` for zero or several jobs."""
    if not jobs:
        return (
            f"batchmock: only() found no {kind}. {selected or 'None was submitted.'} "
            f"Submit one first, or correct the name: {plural}.named(glob).only()."
        )
    lines = "".join(f"\n  {job.name!r} ({job.id}) {job.status}" for job in jobs[:10])
    more = f"\n  and {len(jobs) - 10:,} more" if len(jobs) > 10 else ""
    return (
        f"batchmock: only() found {len(jobs):,} {kind}s instead of one.{lines}{more}\n"
        f"Narrow the selection: {plural}.named(glob).only()."
    )
