"""
The watch over the first service jobs of queues: one that holds up others is noticed, announced, and ended.

Source: AWS Batch user guide, "Service job status", and jobStateTimeLimitActions in CreateJobQueue
(documented).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from batchmock.simulation.placement.blocked import BLOCKED_DETECTION_MS, code_of
from batchmock.simulation.service_jobs.job import ServiceJob
from batchmock.simulation.service_jobs.queues import ServiceQueue
from batchmock.simulation.service_jobs.scheduling import first_jobs, why_blocked
from batchmock.simulation.tracking.endings import Endings


class WatchedTracker(Protocol):
    """What the monitor needs of the tracker of service jobs."""

    blocked_listeners: list[Callable[[ServiceJob, str], None]]

    @property
    def now_ms(self) -> int:
        """The simulated instant."""

    @property
    def endings(self) -> Endings[ServiceJob]:
        """Ends attempts."""

    def plan_timeout(
        self, job: ServiceJob, delay_ms: int, action: Callable[[ServiceJob], None]
    ) -> None:
        """Schedule what happens to a job that stays in its status for too long."""

    def cancel_timeout(self, job: ServiceJob) -> None:
        """Cancel the time limit of a job."""


# Captured.
TIME_LIMIT: Final = "Terminated by JobStateTimeLimit action due to reason: {code}"


class ServiceWatchman:
    """Notes why service jobs that others wait for are blocked, and for how long they may be."""

    def __init__(self, engine: WatchedTracker) -> None:
        self._engine = engine

    def note(self, job: ServiceJob) -> None:
        """
        Note why a job that holds up others is blocked, if it is.

        What SageMaker has said is known at once; what is wrong otherwise takes the service as long to
        notice as of jobs (assumed).
        """
        reason = why_blocked(job) or job.capacity_reason
        if job.suspected_reason == reason:
            return
        job.suspected_reason = reason
        self._engine.cancel_timeout(job)
        if reason is None:
            job.blocked_reason = job.status_reason = None
        elif reason == job.capacity_reason:
            self._tell_blocked(job)
        else:
            self._engine.plan_timeout(job, BLOCKED_DETECTION_MS, self._tell_blocked)

    def _tell_blocked(self, job: ServiceJob) -> None:
        """Say why a job is blocked, once for each reason; its time limit begins to count."""
        job.timeout_entry = None
        reason = job.suspected_reason
        if reason is None or job not in first_jobs(job.queue, self._engine.now_ms):
            # It will be noticed again when it is first again.
            job.suspected_reason = None
            return
        if job.blocked_reason != reason:
            job.blocked_reason = job.status_reason = reason
            for listener in self._engine.blocked_listeners:
                listener(job, reason)
        self._limit_time(job)

    def _limit_time(self, job: ServiceJob) -> None:
        """Let the time limit for the job's blocking reason begin now, if there is one."""
        limit_ms = job.queue.time_limits.get(code_of(job.blocked_reason or ""))
        if limit_ms is not None:
            self._engine.plan_timeout(job, limit_ms, self._on_time_limit)

    def _on_time_limit(self, job: ServiceJob) -> None:
        """End a job whose time limit is over; one that another has overtaken has it anew when it is first."""
        job.timeout_entry = None
        code = code_of(job.blocked_reason or "")
        if job not in first_jobs(job.queue, self._engine.now_ms):
            job.suspected_reason = None
        elif code in job.queue.time_limits:
            self._engine.endings.fail_for_good(
                job, TIME_LIMIT.format(code=code), "its time limit was over"
            )

    def limit_times(self, queue: ServiceQueue, time_limits: dict[str, int]) -> None:
        """Take other time limits for a queue; they count from now on (assumed)."""
        queue.time_limits = time_limits
        for job in first_jobs(queue, self._engine.now_ms):
            if job.blocked_reason is not None:
                self._engine.cancel_timeout(job)
                self._limit_time(job)
