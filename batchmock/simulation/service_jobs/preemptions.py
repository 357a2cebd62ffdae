"""
Stopping training jobs for other service jobs, and letting those that were stopped wait again.

Source: AWS Batch user guide, "Preemption" (documented).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from batchmock.simulation.jobs.lifecycle import FAILED
from batchmock.simulation.jobs.retry import RetryDecision
from batchmock.simulation.service_jobs.job import ServiceJob, live_attempt

if TYPE_CHECKING:
    from batchmock.simulation.service_jobs.engine import ServiceEngine

# Documented in an example of an event: what is shown while the training job is being stopped.
PREEMPTION_IN_PROGRESS: Final = "PREEMPTION_IN_PROGRESS: {reason}"


class ServicePreemptions:
    """Preempts service jobs. `stop_grace_ms` is how long a training job takes to stop."""

    def __init__(self, engine: ServiceEngine, stop_grace_ms: int) -> None:
        self._engine = engine
        self._stop_grace_ms = stop_grace_ms

    def begin(self, job: ServiceJob, reason: str) -> None:
        """Begin to stop a training job for another service job."""
        self._engine.strike_entries(job)
        job.is_stopping = True
        job.preempted_by = reason
        job.status_reason = PREEMPTION_IN_PROGRESS.format(reason=reason)
        for listener in self._engine.preempting_listeners:
            listener(job, job.status_reason)
        self._engine.plan(job, self._stop_grace_ms, self._on_stopped)

    def _on_stopped(self, job: ServiceJob) -> None:
        """Let the job wait again; it ends when that has happened more often than it allows (documented)."""
        attempt, reason = live_attempt(job), job.preempted_by or ""
        attempt.was_preempted = True
        environment = self._engine.endings.close(job, reason)
        allowed, count = job.submission.preemption_retries, len(job.preempted_attempts)
        goes_on = allowed is None or count <= allowed
        limit = (
            "no limit" if allowed is None else f"preemptionRetriesBeforeTermination is {allowed}"
        )
        attempt.decision = RetryDecision(goes_on, f"it was preempted ({count} so far, {limit})")
        if goes_on:
            self._engine.enter_runnable(job)
        else:
            self._engine.finish(job, FAILED, reason)
        self._engine.dispatch(environment)
