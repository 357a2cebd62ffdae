"""The end of an attempt of a service job, and of the job unless it is retried."""

from __future__ import annotations

from typing import Protocol

from batchmock.outcomes import Outcome
from batchmock.simulation.jobs.lifecycle import SUCCEEDED
from batchmock.simulation.jobs.retry import Failure
from batchmock.simulation.service_jobs.job import ServiceAttempt, ServiceJob
from batchmock.simulation.service_jobs.queues import ServiceEnvironment
from batchmock.simulation.tracking.endings import Endings
from batchmock.simulation.tracking.records import live_attempt
from batchmock.simulation.tracking.tracker import Tracker


class ReleasesCapacity(Protocol):
    """Releases the capacity that attempts use, and starts the jobs that then fit."""

    def release(self, job: ServiceJob) -> None:
        """Release what the attempt of a job used."""

    def wake(self, environment: ServiceEnvironment | None) -> None:
        """Schedule another look at the waiting jobs of an environment."""


class ServiceJobEndings(Endings[ServiceJob, ServiceAttempt]):
    """
    Ends the attempts of service jobs.

    Args:
        tracker: the tracker of the service jobs.
        dispatcher: releases the capacity that the attempts used.
    """

    def __init__(self, tracker: Tracker[ServiceJob], dispatcher: ReleasesCapacity) -> None:
        super().__init__(tracker)
        self._dispatcher = dispatcher

    def end(self, job: ServiceJob, outcome: Outcome) -> None:
        """End the attempt under way with an outcome, and end or retry its job."""
        attempt = live_attempt(job)
        status_reason = job.kind.status_reason(outcome)
        if outcome.exit_code == 0:
            self.close(job, attempt, status_reason)
            self._tracker.finish(job, SUCCEEDED, status_reason)
        else:
            tried = job.tries_charged
            job.tries_charged += 1
            self.retry_or_fail(job, attempt, Failure(status_reason), tried)

    def _release(self, job: ServiceJob, attempt: ServiceAttempt) -> None:
        self._dispatcher.release(job)
        self._dispatcher.wake(attempt.environment)
        job.is_stopping, job.preempted_by = False, None
