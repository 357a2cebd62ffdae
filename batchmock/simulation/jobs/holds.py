"""Holds: which jobs are kept at which status until they are released."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import Final, Protocol

from batchmock.globs import name_matcher
from batchmock.simulation.jobs.lifecycle import TERMINAL
from batchmock.simulation.service_jobs.job import SERVICE_JOB_STATUSES

#: SCHEDULED is a status of service jobs only.
HOLDABLE: Final = tuple(status for status in SERVICE_JOB_STATUSES if status not in TERMINAL)


#: The holds of most jobs, shared: a `frozenset()` for each job would take memory.
_NONE: Final[frozenset[str]] = frozenset()


class Named(Protocol):
    """A job or a service job, as holds see it."""

    id: str
    name: str


@dataclass(slots=True, eq=False)
class Hold:
    """
    Keep every job that `pattern` (an id, a name, or a glob of names) matches at a status.

    `reason` is the status reason that held jobs show meanwhile, if any. `is_met` is set once a matching job
    has the status.
    """

    pattern: str
    status: str
    reason: str | None = None
    is_met: bool = False

    def covers(self, job: Named) -> bool:
        """Return whether the hold applies to a job."""
        return includes(self.pattern, job)


def means(pattern: str, job: Named) -> bool:
    """Return whether an id, a name, or a glob of names matches a job."""
    return pattern == job.id or name_matcher(pattern)(job.name)


def includes(pattern: str, job: Named) -> bool:
    """Return whether an id, a name, or a glob of names matches a job, or an id the array job of a child."""
    # The id of a child is that of its array job, a colon and its index.
    return means(pattern, job) or pattern == job.id.partition(":")[0]


class Holds:
    """The holds in force, for existing and future jobs."""

    def __init__(self) -> None:
        self._holds: list[Hold] = []

    def add(self, hold: Hold) -> None:
        """Add a hold."""
        self._holds.append(hold)

    def remove(self, pattern: str) -> int:
        """Remove every hold whose pattern equals or matches this one; return their number."""
        matches = name_matcher(pattern)
        kept = [hold for hold in self._holds if not matches(hold.pattern)]
        removed = len(self._holds) - len(kept)
        self._holds = kept
        return removed

    def meet(self, job: Named, status: str) -> None:
        """Record that a job is at a status at which it is held."""
        for hold in self._holds:
            if hold.status == status and not hold.is_met and hold.covers(job):
                hold.is_met = True

    def unrecorded(self) -> Holds:
        """Return a copy whose use is not recorded here."""
        holds = Holds()
        holds._holds = list(map(copy, self._holds))
        return holds

    def statuses_for(self, job: Named) -> frozenset[str]:
        """Return the statuses at which a new job is held."""
        if not self._holds:
            return _NONE
        return frozenset(hold.status for hold in self._holds if hold.covers(job))

    def reason_for(self, job: Named, status: str) -> str | None:
        """Return the status reason that a job shows while it is held at a status; the latest hold decides."""
        reasons = (
            hold.reason
            for hold in reversed(self._holds)
            if hold.reason is not None and hold.status == status and hold.covers(job)
        )
        return next(reasons, None)

    def patterns(self) -> list[str]:
        """Return the patterns in force, in the order in which they were added."""
        return [hold.pattern for hold in self._holds]
