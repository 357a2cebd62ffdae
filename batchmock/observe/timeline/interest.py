"""Rank jobs by importance for a report: failed, stuck, retried, running, the rest."""

from __future__ import annotations

from batchmock.observe.timeline.rows import Row
from batchmock.simulation.jobs.families import ArrayJob
from batchmock.simulation.jobs.lifecycle import FAILED, RUNNABLE, RUNNING, TERMINAL
from batchmock.simulation.service_jobs.job import ServiceJob
from batchmock.simulation.tracking.records import TrackedJob

#: Most interesting first.
HAS_FAILED, IS_STUCK, WAS_RETRIED, IS_UNFINISHED, OTHER = range(5)


def interest_of(job: TrackedJob) -> int:
    """Rank a job: the lower, the more interesting."""
    if job.status == FAILED:
        return HAS_FAILED
    if is_stuck(job):
        return IS_STUCK
    if len(job.attempts) > (job.status in TERMINAL):
        return WAS_RETRIED
    return OTHER if job.is_terminal else IS_UNFINISHED


def interest_of_row(row: Row) -> int:
    """Rank a row by its most interesting member."""
    job = row.jobs[0]
    if isinstance(job, ArrayJob) and (job.summary.get(FAILED) or job.status == FAILED):
        return HAS_FAILED
    return min(interest_of(member) for member in row.members)


def is_stuck(job: TrackedJob) -> bool:
    """Return whether a job waits for something that is not scheduled: capacity, a release, an end."""
    if job.is_terminal or isinstance(job, ArrayJob):
        return False
    if job.parked:
        return True
    if job.status == RUNNABLE:
        return job.is_ready if isinstance(job, ServiceJob) else job.waits_for_capacity
    return job.status == RUNNING and job.entry is None and job.timeout_entry is None
