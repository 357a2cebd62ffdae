"""Keeping jobs in a stage until they are released: which jobs, and at which status."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Final, NamedTuple, Protocol

from batchmock.simulation.jobs.lifecycle import TERMINAL
from batchmock.simulation.service_jobs.job import SERVICE_JOB_STATUSES

#: Only service jobs are SCHEDULED.
HOLDABLE: Final = tuple(status for status in SERVICE_JOB_STATUSES if status not in TERMINAL)


#: What most jobs have, shared: every `frozenset()` of its own takes memory.
_NONE: Final[frozenset[str]] = frozenset()


class Named(Protocol):
    """A job or a service job, as far as holds know it."""

    id: str
    name: str


class Hold(NamedTuple):
    """Keep every job that `pattern` (an id, a name, or a glob of names) means at a status."""

    pattern: str
    status: str

    def covers(self, job: Named) -> bool:
        """Say whether the job is meant."""
        return means(self.pattern, job)


def means(pattern: str, job: Named) -> bool:
    """Say whether an id, a name, or a glob of names means a job."""
    return pattern == job.id or fnmatchcase(job.name, pattern)


class Holds:
    """The holds in force, for jobs that exist and for jobs still to come."""

    def __init__(self) -> None:
        self._holds: list[Hold] = []

    def add(self, hold: Hold) -> None:
        """Put a hold in force."""
        self._holds.append(hold)

    def remove(self, pattern: str) -> int:
        """Lift every hold whose pattern is this one or is matched by it; give how many there were."""
        kept = [hold for hold in self._holds if not fnmatchcase(hold.pattern, pattern)]
        removed = len(self._holds) - len(kept)
        self._holds = kept
        return removed

    def statuses_for(self, job: Named) -> frozenset[str]:
        """Give the statuses at which a new job is to be kept."""
        if not self._holds:
            return _NONE
        return frozenset(hold.status for hold in self._holds if hold.covers(job))

    def patterns(self) -> list[str]:
        """Give the patterns in force, in the order in which they were added."""
        return [hold.pattern for hold in self._holds]
