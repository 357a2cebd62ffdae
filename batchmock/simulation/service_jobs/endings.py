"""How a training job ends, and whether its service job ends with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchmock.outcomes import Outcome
from batchmock.simulation.jobs.lifecycle import FAILED, SUCCEEDED
from batchmock.simulation.jobs.retry import Failure, RetryDecision, decide
from batchmock.simulation.service_jobs.job import ServiceAttempt, ServiceJob, live_attempt
from batchmock.simulation.service_jobs.outcomes import ended_well, status_reason_of
from batchmock.simulation.service_jobs.queues import ServiceEnvironment
from batchmock.simulation.service_jobs.scheduling import NO_INSTANCE_CAPACITY

if TYPE_CHECKING:
    from batchmock.simulation.service_jobs.engine import ServiceEngine


class ServiceEndings:
    """Ends attempts of service jobs."""

    def __init__(self, engine: ServiceEngine) -> None:
        self._engine = engine

    def end(self, job: ServiceJob, outcome: Outcome) -> None:
        """End the attempt under way as an outcome says: the job ends with it, or is tried again."""
        attempt = live_attempt(job)
        status_reason = status_reason_of(outcome)
        if ended_well(outcome):
            environment = self.close(job, status_reason)
            self._engine.finish(job, SUCCEEDED, status_reason)
            self._engine.dispatch(environment)
        else:
            self._on_failed_attempt(job, attempt, status_reason)

    def _on_failed_attempt(
        self, job: ServiceJob, attempt: ServiceAttempt, status_reason: str
    ) -> None:
        environment = self.close(job, status_reason)
        attempt.decision = decide(
            job.retry,
            job.tries_charged,
            Failure(status_reason),
            case_sensitive=self._engine.simulation.policies.case_sensitive_patterns,
        )
        if attempt.decision.retry:
            job.tries_charged += 1
            self._engine.enter_runnable(job)
        else:
            self._engine.finish(job, FAILED, status_reason)
        self._engine.dispatch(environment)

    def find_no_capacity(self, job: ServiceJob) -> None:
        """Let a job that found no capacity wait in RUNNABLE again, without using up an attempt (documented)."""
        attempt = live_attempt(job)
        self._engine.dispatcher.release(job)
        attempt.status_reason = NO_INSTANCE_CAPACITY
        attempt.stopped_at_ms = self._engine.now_ms
        job.capacity_failures += 1
        self._engine.enter_runnable(job, attempt.status_reason)

    def fail_for_good(self, job: ServiceJob, reason: str, why: str) -> None:
        """End a job, and the attempt under way if there is one, without another attempt."""
        environment = job.queue.environment
        if job.attempt is not None:
            job.attempt.decision = RetryDecision(False, f"{why}, which is never retried")
            environment = self.close(job, reason)
        self._engine.finish(job, FAILED, reason)
        self._engine.dispatch(environment)

    def close(self, job: ServiceJob, status_reason: str) -> ServiceEnvironment:
        """End the attempt, and give where its capacity is free again."""
        attempt = live_attempt(job)
        self._engine.dispatcher.release(job)
        attempt.status_reason = status_reason
        attempt.stopped_at_ms = self._engine.now_ms
        self._engine.strike_entries(job)
        job.attempts.append(attempt)
        job.last_attempt, job.attempt = attempt, None
        job.is_stopping, job.preempted_by = False, None
        return attempt.environment
