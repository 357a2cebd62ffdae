"""Stops of jobs: cancelled, terminated, timed out, killed, or ended with their queue."""

from __future__ import annotations

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
from batchmock.simulation.placement.environments import EKS
from batchmock.simulation.placement.queues import JobQueue
from batchmock.simulation.tracking.records import live_attempt
from batchmock.simulation.tracking.stops import Stops


class JobStops(Stops[Job]):
    """Stops jobs."""

    def cancel(self, job: Job, reason: str) -> None:
        """
        Accept a CancelJob: a no-op from STARTING on, otherwise the job ends FAILED with the reason.

        Cancelling an array job again cancels the children that can be cancelled by then. The first reason
        stays (assumed). Source: CancelJob (documented).
        """
        if job.status not in (SUBMITTED, PENDING, RUNNABLE):
            return
        if isinstance(job, ArrayJob):
            job.is_cancelled = True
            self._note_reason(job, job.stop_reason or reason)
            for child in job.children:
                self.cancel(child, reason)
        elif job.stop_reason is None:
            job.is_cancelled = True
            self._note_reason(job, reason)
            self._plan_stop(job)

    def terminate(self, job: Job, reason: str) -> None:
        """
        Accept a TerminateJob: like a cancellation before STARTING, SIGTERM from then on.

        It takes effect after a CancelJob, and its reason replaces that of the cancellation. The reason of a
        first TerminateJob stays (assumed). Source: TerminateJob (documented).
        """
        if job.is_terminal:
            return
        if isinstance(job, ArrayJob):
            self._note_reason(job, (job.is_terminated and job.stop_reason) or reason)
            job.is_terminated = True
            for child in job.children:
                self.terminate(child, reason)
        elif not job.is_terminated:
            job.is_terminated = True
            self._note_reason(job, reason)
            self._plan_stop(job)

    @staticmethod
    def _note_reason(job: Job, reason: str) -> None:
        """Keep the caller's reason, which a job shows while it stays PENDING."""
        job.stop_reason = reason
        if job.status == PENDING:
            job.status_reason = reason

    def _plan_stop(self, job: Job) -> None:
        """Schedule the end of a job: at once before STARTING, otherwise when its containers have stopped."""
        if job.status in (SUBMITTED, RUNNABLE):
            # The next stage may be due at this very instant; it must not come first.
            self._tracker.strike_entries(job)
        after_ms = self._stops_after_ms(job) if job.status in (STARTING, RUNNING) else 0
        self._tracker.agenda.add(self._tracker.now_ms + after_ms, self._on_stop, job)

    def note_running(self, job: Job) -> None:
        """Schedule the end of a container that handles a SIGTERM sent while it was STARTING."""
        outcome = live_attempt(job).outcome
        if outcome is not None and outcome.stops_after_ms is not None:
            agenda = self._tracker.agenda
            agenda.add(self._tracker.now_ms + outcome.stops_after_ms, self._on_stop, job)

    def _on_stop(self, job: Job) -> None:
        """End a stopped job, unless it has to wait for its dependencies to finish first."""
        reason = job.stop_reason or ""
        if job.status in TERMINAL:
            return
        attempt = job.attempt
        if attempt is not None:
            # A container that was STARTING when the job was terminated has less time to stop.
            started_ms = attempt.started_at_ms
            elapsed_ms = 0 if started_ms is None else self._tracker.now_ms - started_ms
            why = "the job was terminated"
            self._end_stopped(job, reason, why, min(self._grace_ms, elapsed_ms))
        elif job.status != PENDING or not waits_for_dependencies(job):
            self._tracker.finish(job, FAILED, reason)

    def _end_stopped(self, job: Job, reason: str, why: str, grace_ms: int) -> None:
        """End an attempt that is stopped, and its job, by the exit code of its container."""
        attempt = live_attempt(job)
        self._kill(job, grace_ms)
        if attempt.exit_code == 0:
            # Seen live: a container that exits with 0 when it is stopped has succeeded.
            of_task = attempt.environment.platform != EKS
            status_reason = ESSENTIAL_CONTAINER_EXITED if of_task else None
            self._endings.close(job, attempt, status_reason)
            self._tracker.finish(job, SUCCEEDED, status_reason)
        else:
            self._endings.fail_for_good(job, reason, why)

    def _on_timeout(self, job: Job) -> None:
        """Send SIGTERM at the limit and SIGKILL after the grace; neither is retried (documented)."""
        job.timeout_entry = None
        live_attempt(job).timed_out = job.stop_reason is None
        after_ms = self._stops_after_ms(job)
        if after_ms:
            self._tracker.plan_timeout(job, after_ms, self._on_timeout_end)
        else:
            self._on_timeout_end(job)

    def _on_timeout_end(self, job: Job) -> None:
        policy = self._tracker.policies.timeout_sets_is_terminated
        job.is_terminated = job.is_terminated or policy
        self._kill(job, self._grace_ms)
        self._fail_at_timeout(job)

    def _kill(self, job: Job, grace_ms: int) -> None:
        """Set the exit code of an attempt that is stopped: its own, or that of SIGKILL after so long."""
        attempt = live_attempt(job)
        if attempt.started_at_ms is None:
            return
        elapsed_ms = self._tracker.now_ms - attempt.started_at_ms
        outcome = attempt.outcome
        if attempt.plan is not None:
            plan = attempt.plan
            is_pod = attempt.environment.platform == EKS
            ended = plan.failed_first(elapsed_ms) if is_pod else None
            decider = plan.decided_by()
            if ended is None and decider.has_ended(elapsed_ms):
                ended = decider
            if ended is not None:
                attempt.exit_code, attempt.reason = ended.outcome.exit_code, ended.outcome.reason
                return
            essential = {item.name for item in job.containers if item.essential}
            first = plan.stopped_first(elapsed_ms, grace_ms, essential)
            outcome = outcome if first is None else first.outcome
        attempt.exit_code = (
            SIGKILL_EXIT_CODE if outcome is None else outcome.exit_code_on_stop(grace_ms)
        )

    def kill(self, job: Job, reason: str) -> None:
        """Stop the attempt under way at once, and end the job with it."""
        self._end_stopped(job, reason, "it was stopped", self._grace_ms)

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
                self._kill(job, self._grace_ms)
        self._end_all(members, JOB_QUEUE_DELETED, "the job queue was deleted")
