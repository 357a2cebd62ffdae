"""
The monitor of the first service jobs of queues: detects, announces and ends a job that holds up others.

Source: AWS Batch user guide, "Service job status", and jobStateTimeLimitActions in CreateJobQueue
(documented).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from batchmock.simulation.placement.blocked import BLOCKED_DETECTION_MS, code_of
from batchmock.simulation.service_jobs.job import ServiceAttempt, ServiceJob
from batchmock.simulation.service_jobs.queues import ServiceQueue
from batchmock.simulation.service_jobs.scheduling import first_jobs, why_blocked
from batchmock.simulation.tracking.endings import Endings


class WatchedTracker(Protocol):
    """The part of the tracker of service jobs that the monitor uses."""

    blocked_listeners: list[Callable[[ServiceJob, str], None]]

    @property
    def now_ms(self) -> int:
        """The simulated instant."""

    @property
    def endings(self) -> Endings[ServiceJob, ServiceAttempt]:
        """Ends attempts."""

    def plan_timeout(
        self, job: ServiceJob, delay_ms: int, action: Callable[[ServiceJob], None]
    ) -> None:
        """Schedule the time limit of a job in its current status."""

    def cancel_timeout(self, job: ServiceJob) -> None:
        """Cancel the time limit of a job."""


# Captured.
TIME_LIMIT: Final = "Terminated by JobStateTimeLimit action due to reason: {code}"


class ServiceQueueMonitor:
    """Follows the service jobs that hold up others."""

    def __init__(self, engine: WatchedTracker) -> None:
        self._engine = engine

    def note(self, job: ServiceJob) -> None:
        """
        Record why a job that holds up others is blocked, if it is.

        Reasons reported by SageMaker are known at once. Other reasons are detected after the same time as those
        of jobs (assumed).
        """
        reason = why_blocked(job) or job.capacity_reason
        if job.suspected_reason == reason:
            return
        job.suspected_reason = reason
        self._engine.cancel_timeout(job)
        if reason is None:
            job.blocked_reason = job.status_reason = None
        elif reason == job.capacity_reason:
            self._announce(job)
        else:
            self._engine.plan_timeout(job, BLOCKED_DETECTION_MS, self._announce)

    def _announce(self, job: ServiceJob) -> None:
        """Show why a job is blocked, call the listeners once per reason, and start its time limit."""
        job.timeout_entry = None
        reason = job.suspected_reason
        if reason is None or job not in first_jobs(job.queue, self._engine.now_ms):
            # It is detected again once it is first again.
            job.suspected_reason = None
            return
        if job.blocked_reason != reason:
            job.blocked_reason = job.status_reason = reason
            for listener in self._engine.blocked_listeners:
                listener(job, reason)
        self._limit_time(job)

    def _limit_time(self, job: ServiceJob) -> None:
        """Start the time limit for the blocked reason of a job, if there is one."""
        limit_ms = job.queue.time_limits.get(code_of(job.blocked_reason or ""))
        if limit_ms is not None:
            self._engine.plan_timeout(job, limit_ms, self._on_time_limit)

    def _on_time_limit(self, job: ServiceJob) -> None:
        """End a job whose time limit has passed; a job that was overtaken gets a new one when first again."""
        job.timeout_entry = None
        code = code_of(job.blocked_reason or "")
        if job not in first_jobs(job.queue, self._engine.now_ms):
            job.suspected_reason = None
        elif code in job.queue.time_limits:
            self._engine.endings.fail_for_good(
                job, TIME_LIMIT.format(code=code), "its time limit was over"
            )

    def limit_times(self, queue: ServiceQueue, time_limits: dict[str, int]) -> None:
        """Replace the time limits of a queue; they count from now on (assumed)."""
        queue.time_limits = time_limits
        for job in first_jobs(queue, self._engine.now_ms):
            if job.blocked_reason is not None:
                self._engine.cancel_timeout(job)
                self._limit_time(job)
