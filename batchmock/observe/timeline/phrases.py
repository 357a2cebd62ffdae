"""Counts, names and endings as short phrases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from batchmock.simulation.jobs.lifecycle import FAILED, RUNNING, SUCCEEDED, TERMINAL
from batchmock.simulation.service_jobs.job import SERVICE_JOB_STATUSES
from batchmock.simulation.tracking.records import TrackedAttempt

#: The number of named items of a long list: dependencies, attempts, operations.
MOST_NAMED: Final = 5


def in_order(counts: dict[str, int]) -> dict[str, int]:
    """Return the counts that are not 0, in the order of a job's life."""
    return {status: counts[status] for status in SERVICE_JOB_STATUSES if counts.get(status)}


def counted(counts: dict[str, int]) -> str:
    """Format counts by status, finished jobs first: `7 SUCCEEDED, 2 FAILED, 91 RUNNABLE`."""
    ended = [status for status in (SUCCEEDED, FAILED) if status in counts]
    going = [status for status in counts if status not in TERMINAL]
    return ", ".join(f"{counts[status]:,} {status}" for status in [*ended, *going])


def vcpus_text(milli_vcpus: int) -> str:
    """Format thousandths of vCPUs: `1,000`, `0.25`."""
    return f"{milli_vcpus / 1000:,.3f}".rstrip("0").rstrip(".")


def jobs_counted(count: int) -> str:
    """Format a number of jobs: `1 job`, `1,000 jobs`."""
    return f"{count:,} job{'' if count == 1 else 's'}"


def named(names: Sequence[str], most: int, longest: int = 24) -> str:
    """Join the first of several names, each shortened: `a, b and 3 more`."""
    shown = ", ".join(shortened(name, longest) for name in names[:most])
    more = len(names) - most
    return f"{shown} and {more:,} more" if more > 0 else shown


def shortened(name: str, longest: int = 24) -> str:
    """Shorten a long name in its middle, since names differ mostly at their ends."""
    if len(name) <= longest:
        return name
    return f"{name[: (longest - 2) // 2]}...{name[-(longest - 3 - (longest - 2) // 2) :]}"


def ending(attempt: TrackedAttempt) -> str:
    """Describe how an attempt ended: exit code and reason."""
    code = "" if attempt.exit_code is None else f"exit code {attempt.exit_code}"
    succeeded = attempt.exit_code == 0 and attempt.decision is None
    said = attempt.reason or ("" if succeeded else attempt.status_reason or "")
    return ", ".join(text for text in (code, said) if text)


def furthest(counts: dict[str, int]) -> str | None:
    """Return the furthest status of the unfinished jobs; None if all have finished."""
    going = [status for status in counts if status not in TERMINAL]
    return RUNNING if RUNNING in going else (going[-1] if going else None)
