"""
Preemption: stopping service jobs to make room for others, and making them wait again.

Source: AWS Batch user guide, "Preemption" (documented).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from batchmock.simulation.jobs.lifecycle import FAILED
from batchmock.simulation.jobs.retry import RetryDecision
from batchmock.simulation.service_jobs.job import ServiceAttempt, ServiceJob
from batchmock.simulation.tracking.endings import Endings
from batchmock.simulation.tracking.records import live_attempt
from batchmock.simulation.tracking.tracker import Tracker

# Documented in an example of an event: the status reason while the attempt is being stopped.
PREEMPTION_IN_PROGRESS: Final = "PREEMPTION_IN_PROGRESS: {reason}"

#: Called with a service job and its status reason when its preemption starts.
PreemptingListener = Callable[[ServiceJob, str], None]


class ServiceJobPreemptions:
    """
    Preempts service jobs.

    Args:
        tracker: the tracker of the service jobs.
        endings: ends their attempts.
    """

    def __init__(
        self, tracker: Tracker[ServiceJob], endings: Endings[ServiceJob, ServiceAttempt]
    ) -> None:
        self._tracker = tracker
        self._endings = endings
        self.listeners: list[PreemptingListener] = []
        #: Called with a preempted service job, after its move.
        self.completed_listeners: list[Callable[[ServiceJob], None]] = []

    def begin(self, job: ServiceJob, reason: str) -> None:
        """Start to stop a service job to make room for another."""
        self._tracker.strike_entries(job)
        job.is_stopping = True
        job.preempted_by = reason
        job.status_reason = PREEMPTION_IN_PROGRESS.format(reason=reason)
        for listener in self.listeners:
            listener(job, job.status_reason)
        self._tracker.plan(job, self._tracker.world.stop_grace_ms, self._on_stopped)

    def _on_stopped(self, job: ServiceJob) -> None:
        """Make a preempted job wait again, or end it after more preemptions than it allows (documented)."""
        attempt, reason = live_attempt(job), job.preempted_by or ""
        attempt.was_preempted = True
        if job.stop_reason is not None:
            self._endings.fail_for_good(job, job.stop_reason, "the service job was terminated")
        else:
            self._go_on(job, attempt, reason)
        for listener in self.completed_listeners:
            listener(job)

    def _go_on(self, job: ServiceJob, attempt: ServiceAttempt, reason: str) -> None:
        self._endings.close(job, attempt, reason)
        allowed, count = job.submission.preemption_retries, len(job.preempted_attempts)
        goes_on = allowed is None or count <= allowed
        limit = (
            "no limit" if allowed is None else f"preemptionRetriesBeforeTermination is {allowed}"
        )
        attempt.decision = RetryDecision(goes_on, f"it was preempted ({count} so far, {limit})")
        if goes_on:
            self._tracker.enter_runnable(job)
        else:
            self._tracker.finish(job, FAILED, reason)
