"""
The monitor of queue heads: detects, announces and, if configured, cancels a job that blocks its queue.

Source: jobStateTimeLimitActions in CreateJobQueue, and "Jobs stuck in a RUNNABLE status" in the AWS Batch
user guide (documented). Assumed: the limit counts from the detection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from batchmock.simulation.jobs.lifecycle import FAILED, RUNNABLE
from batchmock.simulation.placement.blocked import (
    BLOCKED_DETECTION_MS,
    CANCELED_BY_TIME_LIMIT,
    code_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from batchmock.simulation.jobs.job import Job
    from batchmock.simulation.placement.decisions import Decision
    from batchmock.simulation.placement.queues import JobQueue
    from batchmock.simulation.time.agenda import Agenda

#: The codes for which a time limit has no effect (documented).
WITHOUT_TIME_LIMIT: Final = frozenset(
    {"ACTION_REQUIRED", "UNDETERMINED", "MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS"}
)


class MonitoredSimulation(Protocol):
    """The part of the simulation that the monitor uses."""

    agenda: Agenda
    blocked_listeners: list[Callable[[Job, JobQueue, str, int], None]]

    @property
    def now_ms(self) -> int:
        """The current instant."""

    def finish(self, job: Job, status: str, reason: str | None) -> None:
        """End a job for good."""


class QueueMonitor:
    """Follows the head of each queue."""

    def __init__(self, simulation: MonitoredSimulation) -> None:
        self._simulation = simulation

    def note(self, queue: JobQueue, job: Job | None, decision: Decision | None) -> None:
        """Record which job is at the head of a queue, if any, and the decision about it."""
        head = queue.head
        reason = None if decision is None else decision.reason
        if job is head.job and reason == head.reason and queue.time_limits is head.limits:
            return
        if job is not head.job or reason != head.reason:
            self._retract(queue)
            head.job, head.reason = job, reason
            head.since_ms = self._simulation.now_ms
        self._plan_next(queue)

    def _retract(self, queue: JobQueue) -> None:
        """Remove the reason shown for the previous head, if that is still RUNNABLE."""
        head = queue.head
        if head.job is not None and head.job.status == RUNNABLE:
            head.job.status_reason = None
        head.detected_at_ms = None

    def _plan_next(self, queue: JobQueue) -> None:
        """Plan the detection, or after it the cancellation if the queue has a limit for the reason."""
        head, agenda = queue.head, self._simulation.agenda
        if head.entry is not None:
            agenda.cancel(head.entry)
            head.entry = None
        head.limits = queue.time_limits
        if head.reason is None:
            return
        if head.detected_at_ms is None:
            due_ms = head.since_ms + BLOCKED_DETECTION_MS
            head.entry = agenda.add(due_ms, self._detect, queue)
            return
        code = code_of(head.reason)
        limit_ms = None if code in WITHOUT_TIME_LIMIT else queue.time_limits.get(code)
        if limit_ms is not None:
            due_ms = max(head.detected_at_ms + limit_ms, self._simulation.now_ms)
            head.entry = agenda.add(due_ms, self._cancel, queue)

    def _detect(self, queue: JobQueue) -> None:
        """Show why the head blocks its queue, and call the listeners once for each job and reason."""
        head, now_ms = queue.head, self._simulation.now_ms
        head.entry = None
        job, reason = _blocking(queue)
        job.status_reason = reason
        head.detected_at_ms = now_ms
        self._plan_next(queue)
        if (job.id, reason) not in head.announced:
            head.announced.add((job.id, reason))
            for listener in self._simulation.blocked_listeners:
                listener(job, queue, reason, now_ms)

    def _cancel(self, queue: JobQueue) -> None:
        """Cancel the head, whose time limit has passed; the time of the next head begins."""
        queue.head.entry = None
        job, reason = _blocking(queue)
        job.is_cancelled = True
        self._simulation.finish(job, FAILED, CANCELED_BY_TIME_LIMIT.format(code=code_of(reason)))


def _blocking(queue: JobQueue) -> tuple[Job, str]:
    job, reason = queue.head.job, queue.head.reason
    if job is None or reason is None:
        raise AssertionError(f"nothing blocks {queue!r}")
    return job, reason
