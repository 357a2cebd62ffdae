"""Service jobs that are stopped: terminated, timed out, or ended with their queue or quota share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from batchmock.simulation.jobs.lifecycle import JOB_QUEUE_DELETED
from batchmock.simulation.service_jobs.job import ServiceJob
from batchmock.simulation.service_jobs.queues import ServiceQueue
from batchmock.simulation.tracking.stops import Stops

# Assumed: formed like JobQueue deleted.
QUOTA_SHARE_DELETED: Final = "QuotaShare deleted"


class ServiceJobStops(Stops[ServiceJob]):
    """Stops service jobs."""

    def terminate(self, job: ServiceJob, reason: str) -> None:
        """
        Accept a TerminateServiceJob: at once before SCHEDULED, otherwise the attempt is stopped.

        It is FAILED then, whatever its training job does on SIGTERM. Source: TerminateServiceJob (documented).
        A later reason does not replace the first (assumed).
        """
        if job.is_terminal or job.stop_reason is not None:
            return
        job.is_terminated = True
        job.stop_reason = reason
        if job.is_stopping:
            # It has been sent SIGTERM, and the grace period lasts no longer for a second request.
            return
        job.is_stopping = True
        self._tracker.strike_entries(job)
        job.is_ready = False
        after_ms = self._stops_after_ms(job) if job.is_dispatched else 0
        self._tracker.plan(job, after_ms, self._on_stop)

    def _on_stop(self, job: ServiceJob) -> None:
        reason = job.stop_reason or ""
        self._endings.fail_for_good(job, reason, "the service job was terminated")

    def _on_timeout(self, job: ServiceJob) -> None:
        """Stop an attempt at its time limit; as for jobs, a time-out is not retried (assumed)."""
        self._tracker.strike_entries(job)
        job.is_stopping = True
        self._tracker.plan(job, self._stops_after_ms(job), self._fail_at_timeout)

    def delete_queue(self, queue: ServiceQueue) -> None:
        """Fail all jobs of a queue that is being deleted with `JobQueue deleted`, without retries."""
        queue.attach(None)
        self._end_members(queue.jobs.values(), JOB_QUEUE_DELETED, "the job queue was deleted")

    def delete_share(self, queue: ServiceQueue, name: str) -> None:
        """Fail all jobs of a quota share that is being deleted (documented; text assumed)."""
        members = [job for job in queue.jobs.values() if job.share == name]
        self._end_members(members, QUOTA_SHARE_DELETED, "the quota share was deleted")
        queue.backlogs.pop(name, None)
        (queue.quota_shares or {}).pop(name, None)

    def _end_members(self, jobs: Iterable[ServiceJob], reason: str, why: str) -> None:
        members = list(jobs)
        for job in members:
            # The end of one job must not start another that is about to end.
            job.is_ready = False
        self._end_all(members, reason, why)
