"""Attempts of service jobs from RUNNING on."""

from __future__ import annotations

from batchmock.outcomes import CallContext, Outcome
from batchmock.simulation.service_jobs.job import ServiceJob
from batchmock.simulation.tracking.records import live_attempt
from batchmock.simulation.tracking.runs import Runs


class ServiceJobRuns(Runs[ServiceJob]):
    """Runs the attempts of service jobs, and schedules their ends."""

    def _misfit_of(self, job: ServiceJob, outcome: Outcome) -> str | None:
        misfit = job.kind.misfit(outcome)
        if misfit is None:
            return None
        return (
            f"batchmock: service job {job.name!r} was scripted with {outcome.description}, which happens "
            f"{misfit}; the job runs as if nothing were scripted. Use succeed(), "
            "fail(status_reason=...), cannot_start(reason), hang(), call(function) or "
            "no_service_capacity(), or script other jobs by name or job_queue."
        )

    def _alike(self, job: ServiceJob) -> str:
        return job.name

    def _context_of(self, job: ServiceJob) -> CallContext:
        attempt = live_attempt(job)
        return CallContext(
            job_id=job.id,
            job_name=job.name,
            attempt=attempt.number,
            command=list(job.payload.command),
            environment={**job.payload.environment, **job.kind.variables(job, attempt)},
            job_queue=job.queue.name,
            job_definition="",
            parameters=dict(job.payload.parameters),
        )
