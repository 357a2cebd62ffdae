"""
The watch over the heads of queues: a job that blocks its queue is noticed, announced, and cancelled in time.

Source: jobStateTimeLimitActions in CreateJobQueue (documented). Assumed: a job counts from becoming the
head, or from the notice if that is later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from batchmock.simulation.jobs.lifecycle import FAILED, RUNNABLE
from batchmock.simulation.placement.blocked import (
    BLOCKED_DETECTION_MS,
    CANCELED_BY_TIME_LIMIT,
    blocked_reason,
    code_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from batchmock.simulation.jobs.job import Job
    from batchmock.simulation.placement.queues import JobQueue
    from batchmock.simulation.time.agenda import Agenda


class WatchedTracker(Protocol):
    """What the monitor needs of the tracker of jobs."""

    agenda: Agenda
    blocked_listeners: list[Callable[[Job, JobQueue, str, int], None]]

    @property
    def now_ms(self) -> int:
        """The simulated instant."""

    def finish(self, job: Job, status: str, reason: str | None) -> None:
        """End a job for good."""


class Watchman:
    """Looks at the head of each queue whenever it may have changed."""

    def __init__(self, simulation: WatchedTracker) -> None:
        self._simulation = simulation

    def watch(self, queue: JobQueue, head: Job | None) -> None:
        """Note which job is at the head of a queue, if any waits, and whether it blocks the queue."""
        watch = queue.watch
        reason = None if head is None else blocked_reason(head)
        if head is watch.head and reason == watch.reason and queue.time_limits is watch.limits:
            return
        if head is not watch.head or reason != watch.reason:
            self._forget(queue)
            watch.head, watch.reason = head, reason
            watch.since_ms = self._simulation.now_ms
        self._plan_next(queue)

    def _forget(self, queue: JobQueue) -> None:
        """Take back what was said of the job before, unless it has left RUNNABLE anyway."""
        watch = queue.watch
        if watch.head is not None and watch.head.status == RUNNABLE:
            watch.head.status_reason = None
        watch.detected_at_ms = None

    def _plan_next(self, queue: JobQueue) -> None:
        """Plan the notice, or once that has been given the cancellation, if there is to be one."""
        watch, agenda = queue.watch, self._simulation.agenda
        if watch.entry is not None:
            agenda.cancel(watch.entry)
            watch.entry = None
        watch.limits = queue.time_limits
        if watch.reason is None:
            return
        if watch.detected_at_ms is None:
            due_ms = watch.since_ms + BLOCKED_DETECTION_MS
            watch.entry = agenda.add(due_ms, self._notice, queue)
            return
        limit_ms = queue.time_limits.get(code_of(watch.reason))
        if limit_ms is not None:
            due_ms = max(watch.detected_at_ms + limit_ms, self._simulation.now_ms)
            watch.entry = agenda.add(due_ms, self._cancel, queue)

    def _notice(self, queue: JobQueue) -> None:
        """Show why the head blocks its queue, and announce it once."""
        watch, now_ms = queue.watch, self._simulation.now_ms
        watch.entry = None
        job, reason = watch.head, watch.reason
        if job is None or reason is None:
            raise AssertionError(f"nothing blocks {queue!r}")
        job.status_reason = reason
        watch.detected_at_ms = now_ms
        self._plan_next(queue)
        if (job.id, reason) not in watch.announced:
            watch.announced.add((job.id, reason))
            for listener in self._simulation.blocked_listeners:
                listener(job, queue, reason, now_ms)

    def _cancel(self, queue: JobQueue) -> None:
        """Cancel the head, which has blocked its queue for too long; the next one's time begins."""
        job, reason = queue.watch.head, queue.watch.reason
        queue.watch.entry = None
        if job is None or reason is None:
            raise AssertionError(f"nothing blocks {queue!r}")
        job.is_cancelled = True
        self._simulation.finish(job, FAILED, CANCELED_BY_TIME_LIMIT.format(code=code_of(reason)))
