"""How an attempt ends, and whether its job ends with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchmock.outcomes import FARGATE_SPOT_INTERRUPTED, Outcome
from batchmock.simulation.jobs.attempts import container_runs, fill_in, live_attempt
from batchmock.simulation.jobs.job import Attempt, Job
from batchmock.simulation.jobs.lifecycle import ATTEMPT_TIMED_OUT, FAILED, SUCCEEDED
from batchmock.simulation.jobs.retry import Failure, RetryDecision, decide
from batchmock.simulation.placement.environments import FARGATE

if TYPE_CHECKING:
    from batchmock.simulation.engine import Simulation


class Endings:
    """Ends attempts."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def end(self, job: Job, attempt: Attempt, outcome: Outcome) -> None:
        """End the attempt under way as an outcome says: the job ends with it, or is tried again."""
        if outcome.kind == "host_lost":
            self._simulation.leave_lost_host(job, attempt)
        attempt.exit_code = outcome.exit_code
        attempt.reason = outcome.reason and fill_in(outcome.reason, job, attempt)
        status_reason = outcome.status_reason and fill_in(outcome.status_reason, job, attempt)
        if outcome.kind == "host_lost" and attempt.environment.platform == FARGATE:
            status_reason = FARGATE_SPOT_INTERRUPTED
        if attempt.timed_out:
            self.fail_for_good(job, ATTEMPT_TIMED_OUT, "the attempt timed out")
        elif outcome.exit_code == 0:
            self.close(job, attempt, status_reason)
            self._simulation.finish(job, SUCCEEDED, status_reason)
        elif job.stop_reason is not None:
            self.fail_for_good(job, job.stop_reason, "the job was terminated")
        else:
            self._on_failed_attempt(job, attempt, status_reason)

    def _on_failed_attempt(self, job: Job, attempt: Attempt, status_reason: str | None) -> None:
        self.close(job, attempt, status_reason)
        attempt.decision = decision = decide(
            job.retry,
            attempt.number,
            Failure(status_reason, attempt.reason, attempt.exit_code),
            case_sensitive=self._simulation.policies.case_sensitive_patterns,
        )
        if decision.retry:
            self._simulation.enter_runnable(job)
        else:
            self._simulation.finish(job, FAILED, status_reason)

    def fail_for_good(self, job: Job, status_reason: str, why: str) -> None:
        """End the attempt under way, and the job FAILED with it, for a cause that is never retried."""
        attempt = live_attempt(job)
        attempt.decision = RetryDecision(False, f"{why}, which is never retried")
        self.close(job, attempt, status_reason)
        self._simulation.finish(job, FAILED, status_reason)

    def close(self, job: Job, attempt: Attempt, status_reason: str | None) -> None:
        """Note that the attempt under way has ended, and give back what it used."""
        attempt.status_reason = status_reason
        attempt.stopped_at_ms = self._simulation.now_ms
        if job.containers:
            attempt.runs = container_runs(job, attempt)
        self._simulation.strike_entries(job)
        if attempt.host_entry is not None:
            self._simulation.agenda.cancel(attempt.host_entry)
        self._simulation.scheduler.end_attempt(job)
        job.attempts += (attempt,)
        job.last_attempt, job.attempt = attempt, None
