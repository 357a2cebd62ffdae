"""Service jobs that are stopped: terminated, timed out, or ended with their queue or quota share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from batchmock.simulation.jobs.lifecycle import ATTEMPT_TIMED_OUT, JOB_QUEUE_DELETED
from batchmock.simulation.service_jobs.job import ServiceJob
from batchmock.simulation.service_jobs.queues import ServiceQueue

if TYPE_CHECKING:
    from batchmock.simulation.service_jobs.engine import ServiceEngine

# Assumed: formed like JobQueue deleted.
QUOTA_SHARE_DELETED: Final = "QuotaShare deleted"


class ServiceStops:
    """Stops service jobs. `grace_ms` is how long a training job takes to stop."""

    def __init__(self, engine: ServiceEngine, grace_ms: int) -> None:
        self._engine = engine
        self._grace_ms = grace_ms

    def terminate(self, job: ServiceJob, reason: str) -> None:
        """
        Accept a TerminateServiceJob: at once before SCHEDULED, otherwise the training job is stopped.

        Source: TerminateServiceJob (documented). A later reason does not replace the first (assumed).
        """
        if job.is_terminal or job.stop_reason is not None:
            return
        job.is_terminated = job.is_stopping = True
        job.stop_reason = reason
        self._engine.strike_entries(job)
        job.is_ready = False
        grace_ms = self._grace_ms if job.is_dispatched else 0
        self._engine.plan(job, grace_ms, self._on_stop)

    def _on_stop(self, job: ServiceJob) -> None:
        self._engine.endings.fail_for_good(
            job, job.stop_reason or "", "the service job was terminated"
        )

    def plan_timeout(self, job: ServiceJob, after_ms: int) -> None:
        """Plan the time-out of the attempt that has just begun to run."""
        self._engine.plan_timeout(job, after_ms, self._on_timeout)

    def _on_timeout(self, job: ServiceJob) -> None:
        """Stop the training job at its limit; as for jobs, a time-out is not retried (assumed)."""
        self._engine.strike_entries(job)
        job.is_stopping = True
        self._engine.plan(job, self._grace_ms, self._on_stopped_at_timeout)

    def _on_stopped_at_timeout(self, job: ServiceJob) -> None:
        self._engine.endings.fail_for_good(job, ATTEMPT_TIMED_OUT, "the attempt timed out")

    def delete_queue(self, queue: ServiceQueue) -> None:
        """End all jobs of a queue that is being deleted: FAILED, `JobQueue deleted`, never retried."""
        environment = queue.environment
        queue.attach(None)
        self._end_all(queue.jobs.values(), JOB_QUEUE_DELETED, "the job queue was deleted")
        self._engine.dispatch(environment)

    def delete_share(self, queue: ServiceQueue, name: str) -> None:
        """End all jobs of a quota share that is being deleted (documented; text assumed)."""
        members = [job for job in queue.jobs.values() if job.share == name]
        self._end_all(members, QUOTA_SHARE_DELETED, "the quota share was deleted")
        queue.backlogs.pop(name, None)
        (queue.quota_shares or {}).pop(name, None)
        self._engine.dispatch(queue.environment)

    def _end_all(self, jobs: Iterable[ServiceJob], reason: str, why: str) -> None:
        unfinished = [job for job in jobs if not job.is_terminal]
        for job in unfinished:
            # Whoever ends first must not make room for one that ends too.
            job.is_ready = False
        for job in unfinished:
            job.stop_reason = job.stop_reason or reason
            self._engine.endings.fail_for_good(job, reason, why)
