"""The end of an attempt, and of its job unless it is retried."""

from __future__ import annotations

from typing import Protocol

from batchmock.outcomes import FARGATE_SPOT_INTERRUPTED, Outcome
from batchmock.simulation.jobs.attempts import Attempt, container_runs, fill_in, shown_reason
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import ATTEMPT_TIMED_OUT, SUCCEEDED
from batchmock.simulation.jobs.losses import leave_lost_host
from batchmock.simulation.jobs.retry import Failure
from batchmock.simulation.jobs.tasks import as_of_pod, pod_reason
from batchmock.simulation.placement.environments import EKS, FARGATE
from batchmock.simulation.tracking.endings import Endings
from batchmock.simulation.tracking.records import live_attempt
from batchmock.simulation.tracking.tracker import Tracker


class ReleasesCapacity(Protocol):
    """Releases what attempts use."""

    def end_attempt(self, job: Job) -> None:
        """Release what the attempt of a job used."""


class JobEndings(Endings[Job, Attempt]):
    """
    Ends the attempts of jobs.

    Args:
        tracker: the tracker of the jobs.
        scheduler: releases what the attempts used.
    """

    def __init__(self, tracker: Tracker[Job], scheduler: ReleasesCapacity) -> None:
        super().__init__(tracker)
        self._scheduler = scheduler

    def end(self, job: Job, outcome: Outcome) -> None:
        """End the attempt under way with an outcome, and end or retry its job."""
        attempt = job.attempt or live_attempt(job)
        platform = attempt.environment.platform
        is_lost = outcome.kind == "host_lost"
        if is_lost:
            leave_lost_host(attempt, self._tracker.now_ms)
        if platform == EKS:
            outcome = as_of_pod(outcome)
        exit_code, status_reason = outcome.exit_code, outcome.status_reason
        attempt.exit_code = exit_code
        if outcome.reason is not None:
            attempt.reason = shown_reason(outcome.reason, job, attempt)
        if status_reason is not None and "{" in status_reason:
            status_reason = fill_in(status_reason, job, attempt)
        if is_lost and platform == FARGATE:
            status_reason = FARGATE_SPOT_INTERRUPTED
        if attempt.timed_out:
            self.fail_for_good(job, ATTEMPT_TIMED_OUT, "the attempt timed out")
        elif exit_code == 0:
            self.close(job, attempt, status_reason)
            self._tracker.finish(job, SUCCEEDED, status_reason)
        elif job.stop_reason is not None:
            self.fail_for_good(job, job.stop_reason, "the job was terminated")
        else:
            failure = Failure(status_reason, attempt.reason, exit_code)
            self.retry_or_fail(job, attempt, failure, attempt.number)

    def _release(self, job: Job, attempt: Attempt) -> None:
        if attempt.environment.platform == EKS:
            attempt.reason = pod_reason(attempt.exit_code, attempt.reason)
        if job.containers:
            attempt.runs = container_runs(job, attempt, self._tracker.world.stop_grace_ms)
        if attempt.host_entry is not None:
            self._tracker.agenda.cancel(attempt.host_entry)
        self._scheduler.end_attempt(job)
