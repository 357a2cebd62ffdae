"""
What Describe and List show: new jobs after a lag, and finished jobs until they expire.

Rules of a test come by id, name or glob, and cover jobs that are submitted later.
"""

from __future__ import annotations

from dataclasses import dataclass

from batchmock.simulation.jobs.holds import means
from batchmock.simulation.tracking.records import TrackedJob


@dataclass(slots=True, eq=False)
class Lag:
    """How long after their submission matching jobs are not shown, with their children and nodes."""

    pattern: str
    lag_ms: int

    def covers(self, job: TrackedJob) -> bool:
        """Return whether the lag applies to a job, by its own name and id or those of its parent."""
        return means(self.pattern, job) or (
            job.parent is not None and self.pattern == job.parent.id
        )


@dataclass(slots=True, eq=False)
class Expiry:
    """How long after their end matching jobs are forgotten. `is_met` is set once a finished job matches."""

    pattern: str
    after_ms: int
    is_met: bool = False

    def covers(self, job: TrackedJob) -> bool:
        """Return whether the expiry applies to a submitted job."""
        return means(self.pattern, job)


class Visibility:
    """
    The rules of one mock about which jobs are shown.

    Args:
        lag_ms: the lag of jobs without one of their own.
    """

    def __init__(self, lag_ms: int) -> None:
        self._lag_ms = lag_ms
        #: Whether a job may become visible without any transition.
        self.depends_on_time = lag_ms > 0
        #: Newest first.
        self.lags: list[Lag] = []
        self.expiries: list[Expiry] = []

    def add_lag(self, lag: Lag) -> None:
        """Add a lag, which takes precedence over older ones."""
        self.lags.insert(0, lag)
        self.depends_on_time = True

    def lag_of(self, job: TrackedJob) -> int:
        """Return the lag of a job in milliseconds; the newest that covers it decides."""
        for lag in self.lags:
            if lag.covers(job):
                return lag.lag_ms
        return self._lag_ms
