"""Explain jobs that are held at their status, or will be once they would leave it."""

from __future__ import annotations

from collections.abc import Sequence

from batchmock.simulation.jobs.lifecycle import PENDING, RUNNING
from batchmock.simulation.service_jobs.job import SERVICE_JOB_STATUSES, ServiceJob
from batchmock.simulation.tracking.functions import FunctionRun
from batchmock.simulation.tracking.records import TrackedJob


def held_from(job: TrackedJob) -> int | None:
    """Return when a hold will keep a job that goes on by itself; None for any other job."""
    if job.parked or job.entry is None or not _is_held(job):
        return None
    is_ready = isinstance(job, ServiceJob) and job.is_ready
    if job.status == PENDING or job.waits_for_capacity or is_ready or functions_of(job):
        return None
    return job.entry.due_ms


def is_held_too(job: TrackedJob) -> bool:
    """Return whether a hold will keep a job after what it waits for."""
    hangs = job.status == RUNNING and job.entry is None and not functions_of(job)
    return _is_held(job) and not hangs


def is_to_be_held(job: TrackedJob) -> bool:
    """Return whether a hold keeps a job at its status, or at a later one before it can end."""
    if job.stop_reason is not None or job.has_children:
        return False
    later = SERVICE_JOB_STATUSES[SERVICE_JOB_STATUSES.index(job.status) :]
    return any(
        status in later and status in job.moves and (status != PENDING or job.status == PENDING)
        for status in job.holds
    )


def _is_held(job: TrackedJob) -> bool:
    return job.status in job.holds and not job.has_children


def functions_of(job: TrackedJob) -> Sequence[FunctionRun]:
    """Return the functions of the test that run as the containers of a job."""
    return () if job.attempt is None else job.attempt.functions


def release_of(job: TrackedJob) -> str:
    """Return the remedy, as the end of a sentence."""
    return f"release({job.name!r}) lets it continue"
