"""Jobs that are stopped: cancelled, terminated, timed out, killed, or ended with their queue."""

from __future__ import annotations

from collections.abc import Callable

from batchmock.outcomes import ESSENTIAL_CONTAINER_EXITED, SIGKILL_EXIT_CODE
from batchmock.simulation.jobs.dependencies import waits_for_dependencies
from batchmock.simulation.jobs.families import ArrayChild, ArrayJob
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import (
    FAILED,
    JOB_QUEUE_DELETED,
    PENDING,
    RUNNABLE,
    RUNNING,
    STARTING,
    SUBMITTED,
    SUCCEEDED,
    TERMINAL,
)
from batchmock.simulation.placement.queues import JobQueue
from batchmock.simulation.tracking.records import live_attempt
from batchmock.simulation.tracking.stops import Stops


class JobStops(Stops[Job]):
    """Stops jobs."""

    def cancel(self, job: Job, reason: str) -> None:
        """
        Accept a CancelJob: a no-op from STARTING on, otherwise the job ends FAILED with the reason.

        Source: CancelJob (documented). A later reason does not replace the first (assumed).
        """
        if job.status in (SUBMITTED, PENDING, RUNNABLE) and job.stop_reason is None:
            job.is_cancelled = True
            self._stop(job, reason, self.cancel)

    def terminate(self, job: Job, reason: str) -> None:
        """Accept a TerminateJob: like a cancellation before STARTING, SIGTERM from then on."""
        if not job.is_terminal and job.stop_reason is None:
            job.is_terminated = True
            self._stop(job, reason, self.terminate)

    def _stop(self, job: Job, reason: str, stop_child: Callable[[Job, str], None]) -> None:
        job.stop_reason = reason
        if isinstance(job, ArrayJob):
            for child in job.children:
                stop_child(child, reason)
            return
        if job.status in (SUBMITTED, RUNNABLE):
            # The next stage may be due at this very instant; it must not come first.
            self._tracker.strike_entries(job)
        grace_ms = self._grace_ms if job.status in (STARTING, RUNNING) else 0
        self._tracker.agenda.add(self._tracker.now_ms + grace_ms, self._on_stop, job)

    def _on_stop(self, job: Job) -> None:
        """End a stopped job, unless it has to wait for its dependencies to finish first."""
        reason = job.stop_reason or ""
        if job.status in TERMINAL:
            return
        attempt = job.attempt
        if attempt is not None:
            self._kill(job)
            if attempt.exit_code == 0:
                # Seen live: a container that ends well when it is asked to stop has succeeded.
                self._endings.close(job, ESSENTIAL_CONTAINER_EXITED)
                self._tracker.finish(job, SUCCEEDED, ESSENTIAL_CONTAINER_EXITED)
            else:
                self._endings.fail_for_good(job, reason, "the job was terminated")
        elif job.status != PENDING or not waits_for_dependencies(job):
            self._tracker.finish(job, FAILED, reason)

    def _on_timeout(self, job: Job) -> None:
        """Send SIGTERM at the limit and SIGKILL after the grace; neither is retried (documented)."""
        job.timeout_entry = None
        live_attempt(job).timed_out = job.stop_reason is None
        if self._grace_ms:
            self._tracker.plan_timeout(job, self._grace_ms, self._on_timeout_kill)
        else:
            self._on_timeout_kill(job)

    def _on_timeout_kill(self, job: Job) -> None:
        policy = self._tracker.policies.timeout_sets_is_terminated
        job.is_terminated = job.is_terminated or policy
        self._kill(job)
        self._fail_at_timeout(job)

    @staticmethod
    def _kill(job: Job) -> None:
        attempt = live_attempt(job)
        if attempt.started_at_ms is not None:
            outcome = attempt.outcome
            attempt.exit_code = SIGKILL_EXIT_CODE if outcome is None else outcome.on_sigterm

    def kill(self, job: Job, reason: str) -> None:
        """End the attempt under way with SIGKILL, and the job with it."""
        self._kill(job)
        self._endings.fail_for_good(job, reason, "it was stopped")

    def delete_queue(self, queue: JobQueue) -> None:
        """Fail all jobs of a queue that is being deleted with `JobQueue deleted`, without retries."""
        members = [
            member
            for job in queue.jobs.values()
            for member in (job.children if isinstance(job, ArrayJob) else (job,))
        ]
        for job in members:
            if job.is_terminal:
                continue
            if isinstance(job, ArrayChild):
                job.parent.stop_reason = job.parent.stop_reason or JOB_QUEUE_DELETED
            if job.attempt is not None:
                self._kill(job)
        self._end_all(members, JOB_QUEUE_DELETED, "the job queue was deleted")
