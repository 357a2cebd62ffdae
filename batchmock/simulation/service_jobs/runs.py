"""What a training job does from RUNNING on: by its script, or by a user's function."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from batchmock.outcomes import UNSCRIPTED, CallContext, CallResult, Outcome
from batchmock.simulation.jobs.attempts import as_called
from batchmock.simulation.jobs.calling import run_function
from batchmock.simulation.service_jobs.job import (
    ServiceAttempt,
    ServiceJob,
    live_attempt,
    training_job_name,
)
from batchmock.simulation.service_jobs.outcomes import check_suits

if TYPE_CHECKING:
    from batchmock.simulation.service_jobs.engine import ServiceEngine


class ServiceRuns:
    """Lets training jobs run, and plans how they end."""

    def __init__(self, engine: ServiceEngine) -> None:
        self._engine = engine

    def begin(self, job: ServiceJob, attempt: ServiceAttempt, outcome: Outcome) -> None:
        """Let a service job that has become RUNNING do what its outcome says."""
        attempt.logs = outcome.logs
        if outcome.needs_containers:
            # The job goes on as if nothing were scripted: a mistake in a script stops no clock.
            attempt.outcome = UNSCRIPTED
            self._plan_end(job, UNSCRIPTED)
            check_suits(outcome, job.name)
        elif outcome.function is None:
            self._plan_end(job, outcome)
        else:
            self._call(job, attempt, outcome, outcome.function)

    def _call(
        self,
        job: ServiceJob,
        attempt: ServiceAttempt,
        outcome: Outcome,
        function: Callable[[CallContext], CallResult],
    ) -> None:
        ending = UNSCRIPTED
        try:
            context = _context_of(job, attempt)
            with self._engine.simulation.opened():
                result, attempt.logs = run_function(function, context)
            check_suits(result, job.name)
            ending = result
        finally:
            # Should the function take the test down with it, the attempt ends by itself.
            if job.attempt is attempt:
                attempt.outcome = as_called(outcome, ending)
                self._plan_end(job, attempt.outcome)

    def _plan_end(self, job: ServiceJob, outcome: Outcome) -> None:
        """Plan the end of the run, and its time-out behind it: who ends at the limit has ended."""
        if outcome.kind != "hang":
            lasts_ms = live_attempt(job).lasts_ms = self._engine.stage_time(outcome.after_ms)
            self._engine.plan(job, lasts_ms, self._engine.leave_running)
        if job.submission.timeout_ms is not None:
            self._engine.stops.plan_timeout(job, job.submission.timeout_ms)


def _context_of(job: ServiceJob, attempt: ServiceAttempt) -> CallContext:
    """Give what the function of `call` is told of its training job."""
    submission = job.submission
    return CallContext(
        job_id=job.id,
        job_name=job.name,
        attempt=attempt.number,
        command=list(submission.command),
        environment={
            **submission.environment,
            "TRAINING_JOB_NAME": training_job_name(job, attempt),
        },
        job_queue=job.queue.name,
        job_definition="",
        parameters=dict(submission.parameters),
    )
