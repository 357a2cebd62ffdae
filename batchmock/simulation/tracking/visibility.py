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
    """
    How long after their submission matching jobs are not shown, with their children and nodes.

    `is_met` is set once a request has not seen a job because of it, or has seen one that others would hide.
    """

    pattern: str
    lag_ms: int
    is_met: bool = False

    def covers(self, job: TrackedJob) -> bool:
        """Return whether the lag applies to a job, by its own name and id or those of its parent."""
        return means(self.pattern, job) or (
            job.parent is not None and self.pattern == job.parent.id
        )


@dataclass(slots=True, eq=False)
class Expiry:
    """How long after their end matching jobs are forgotten. `is_met` is set once a job is."""

    pattern: str
    after_ms: int
    #: Its place among the expiries of a mock.
    number: int
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

    def add_expiry(self, pattern: str, after_ms: int) -> Expiry:
        """Add and return an expiry."""
        expiry = Expiry(pattern, after_ms, len(self.expiries))
        self.expiries.append(expiry)
        return expiry

    def shows(self, job: TrackedJob, age_ms: int) -> bool:
        """Return whether a job of this age is shown; the newest lag that covers it decides."""
        by_default = age_ms >= self._lag_ms
        for lag in self.lags:
            if lag.covers(job):
                is_shown = age_ms >= lag.lag_ms
                lag.is_met = lag.is_met or not is_shown or not by_default
                return is_shown
        return by_default
