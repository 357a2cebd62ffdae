"""Why a job failed, waits or was retried, in few words."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from datetime import datetime, timezone
from typing import Final

from batchmock.observe.jobs.explain import explain
from batchmock.observe.timeline.interest import is_stuck
from batchmock.observe.timeline.phrases import MOST_NAMED, ending, named
from batchmock.observe.timeline.rows import share_of
from batchmock.observe.times import elapsed
from batchmock.simulation.jobs.families import ArrayChild
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import PENDING, RUNNABLE, RUNNING
from batchmock.simulation.jobs.logs import lines_of
from batchmock.simulation.tracking.records import TrackedAttempt, TrackedJob

_CLOCK_TIME: Final = re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{3})?\b")


def explained(job: TrackedJob, start_ms: int) -> str:
    """Explain why a job is where it is, with times since the start instead of clock times."""

    def since_start(found: re.Match[str]) -> str:
        try:
            moment = datetime.fromisoformat(found[0]).replace(tzinfo=timezone.utc)
        except ValueError:
            return found[0]
        passed_ms = round(moment.timestamp() * 1000) - start_ms
        return elapsed(passed_ms) if passed_ms >= 0 else found[0]

    return _CLOCK_TIME.sub(since_start, explain(job))


def label_of(job: TrackedJob) -> str:
    """Return the name of a job; the child of an array job has its index as well."""
    return job.name if job.array_index is None else f"{job.name}:{job.array_index}"


def reason_to_fail(job: TrackedJob) -> str:
    """Return why a job failed: how its last attempt ended, or which dependency failed."""
    if job.last_attempt is not None:
        return ending(job.last_attempt)
    if isinstance(job, Job) and job.failed_dependency is not None and job.stop_reason is None:
        return f"{job.status_reason} (after {label_of(_first_failure(job))})"
    return job.status_reason or "no reason"


def _first_failure(job: Job) -> Job:
    """Return the job with which a chain of failed dependencies began."""
    while job.failed_dependency is not None and not job.attempts:
        job = job.failed_dependency
    return job


def last_log_line(job: TrackedJob, now_ms: int) -> str:
    """Return the last line that the last attempt of a job has written; empty if there is none."""
    if job.last_attempt is None:
        return ""
    lines = lines_of(job.last_attempt, None, now_ms)
    return lines[-1].text if lines else ""


def retried_attempts(job: TrackedJob) -> list[TrackedAttempt]:
    """Return the attempts of a job that were followed by another one."""
    return [item for item in job.attempts if item.decision is not None and item.decision.retry]


def state_of(job: TrackedJob, format_time: Callable[[int], str]) -> tuple[Hashable, str]:
    """
    Return what unfinished jobs in the same state have in common: a key, and a text.

    Args:
        job: an unfinished job.
        format_time: formats milliseconds since the epoch.
    """
    if job.parked:
        return ("held", job.status), f"held at {job.status}"
    if job.status == RUNNABLE and is_stuck(job):
        key = ("waits", job.queue.name, share_of(job))
        return key, f"{RUNNABLE}, {_capacity(job)}"
    if job.status == PENDING and isinstance(job, Job):
        return _dependencies(job)
    if job.status == RUNNING and job.entry is None:
        limit = "without a timeout" if job.timeout_entry is None else "until its timeout"
        return ("hangs", limit), f"{RUNNING}, hangs {limit}"
    if job.status == RUNNING and job.entry is not None:
        return ("runs", job.entry.due_ms), f"{RUNNING} until {format_time(job.entry.due_ms)}"
    return ("moves", job.status), job.status


def _dependencies(job: Job) -> tuple[Hashable, str]:
    parent = [job.parent] if isinstance(job, ArrayChild) else []
    waits_for = [
        dependency
        for item in (job, *parent)
        for dependency in item.dependencies
        if not dependency.is_terminal
    ]
    names = named([dependency.name for dependency in waits_for], MOST_NAMED)
    key = ("after", *(dependency.id for dependency in waits_for))
    return key, f"{PENDING}, after {names}" if names else PENDING


def _capacity(job: TrackedJob) -> str:
    """Describe how full the environments of a job's queue are."""
    where = f"waiting in job queue {job.queue.name}"
    if not isinstance(job, Job):
        return where
    used = [
        f"{item.name} has {_vcpus(item.used_milli_vcpus)} of "
        f"{_vcpus(item.capacity.max_milli_vcpus)} vCPUs in use"
        for item in job.queue.environments
        if item.capacity.max_milli_vcpus is not None
    ]
    return f"{where}: {', '.join(used)}" if used else where


def _vcpus(milli_vcpus: int) -> str:
    return f"{milli_vcpus / 1000:,.3f}".rstrip("0").rstrip(".")
