"""Stops of jobs by request or time limit: the common base of jobs and service jobs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from batchmock.simulation.jobs.lifecycle import ATTEMPT_TIMED_OUT
from batchmock.simulation.tracking.endings import Endings
from batchmock.simulation.tracking.records import TrackedAttempt, TrackedJob, live_attempt
from batchmock.simulation.tracking.tracker import Tracker

JobT = TypeVar("JobT", bound=TrackedJob)


class Stops(ABC, Generic[JobT]):
    """
    Stops jobs. A grace period passes from SIGTERM to SIGKILL.

    Args:
        tracker: the tracker of the jobs.
        endings: ends their attempts.
    """

    def __init__(self, tracker: Tracker[JobT], endings: Endings[JobT, Any]) -> None:
        self._tracker = tracker
        self._endings = endings
        self._grace_ms = tracker.world.stop_grace_ms

    def plan_timeout(self, job: JobT, after_ms: int) -> None:
        """Schedule the time limit of the attempt that has just begun to run."""
        self._tracker.plan_timeout(job, after_ms, self._on_limit)

    def _on_limit(self, job: JobT) -> None:
        """Stop the attempt at its time limit, after its functions that wake at this instant have run."""
        attempt: TrackedAttempt = live_attempt(job)
        now_ms = self._tracker.now_ms
        if any(function.wakes_ms == now_ms for function in attempt.functions):
            self.plan_timeout(job, 0)
        else:
            self._on_timeout(job)

    def _stops_after_ms(self, job: JobT) -> int:
        """Return the time from SIGTERM to the end of the attempt: its own, or the whole grace period."""
        attempt: TrackedAttempt | None = job.attempt
        outcome = None if attempt is None else attempt.outcome
        return self._grace_ms if outcome is None else outcome.stops_within_ms(self._grace_ms)

    def note_running(self, job: JobT) -> None:
        """Record that an attempt runs now, for which a stop may have been accepted before."""

    @abstractmethod
    def _on_timeout(self, job: JobT) -> None:
        """Stop the attempt under way at its time limit."""

    def _fail_at_timeout(self, job: JobT) -> None:
        self._endings.fail_for_good(job, ATTEMPT_TIMED_OUT, "the attempt timed out")

    def _end_all(self, jobs: Iterable[JobT], reason: str, why: str) -> None:
        """Fail all unfinished jobs of a queue or share that is being deleted."""
        for job in jobs:
            if not job.is_terminal:
                job.stop_reason = job.stop_reason or reason
                self._endings.fail_for_good(job, reason, why)
