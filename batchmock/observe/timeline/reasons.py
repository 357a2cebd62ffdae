"""Short reasons why a job failed, waits or was retried."""

from __future__ import annotations

import re
from collections.abc import Hashable
from datetime import datetime, timezone
from typing import Final

from batchmock.observe.jobs.explain import explain
from batchmock.observe.jobs.held import held_from
from batchmock.observe.jobs.pending import unfinished_dependencies, will_fail_after
from batchmock.observe.jobs.positions import Positions
from batchmock.observe.jobs.waiting import decision_about
from batchmock.observe.timeline.interest import is_stuck
from batchmock.observe.timeline.phrases import MOST_NAMED, ending, named, vcpus_text
from batchmock.observe.timeline.rows import share_of
from batchmock.observe.times import elapsed
from batchmock.simulation.jobs.dependencies import failed_dependency_of
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import FAILED, PENDING, RUNNABLE, RUNNING
from batchmock.simulation.jobs.logs import lines_of
from batchmock.simulation.placement.capacity import Cause
from batchmock.simulation.tracking.records import TrackedAttempt, TrackedJob

_CLOCK_TIME: Final = re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{3})?\b")


def explained(job: TrackedJob, start_ms: int, positions: Positions) -> str:
    """Explain the status of a job, with times since the start instead of clock times."""

    def since_start(found: re.Match[str]) -> str:
        try:
            moment = datetime.fromisoformat(found[0]).replace(tzinfo=timezone.utc)
        except ValueError:
            return found[0]
        passed_ms = round(moment.timestamp() * 1000) - start_ms
        return elapsed(passed_ms) if passed_ms >= 0 else found[0]

    return _CLOCK_TIME.sub(since_start, explain(job, positions))


def label_of(job: TrackedJob) -> str:
    """Return the name of a job; the child of an array job has its index as well."""
    return job.name if job.array_index is None else f"{job.name}:{job.array_index}"


def is_after_failure(job: TrackedJob) -> bool:
    """Return whether a job failed because a dependency did."""
    return job.status == FAILED and will_fail_after(job) is not None


class Failures:
    """Returns why jobs failed. Use one instance for many jobs: it follows a chain of dependencies once."""

    __slots__ = ("_first",)

    def __init__(self) -> None:
        #: The job with which the failed dependencies of a job began.
        self._first: dict[Job, Job] = {}

    def reason(self, job: TrackedJob) -> str:
        """Return why a job failed: how its last attempt ended, or which dependency failed."""
        if job.last_attempt is not None:
            return ending(job.last_attempt)
        if isinstance(job, Job) and is_after_failure(job):
            return f"{job.status_reason} (after {label_of(self._first_failure(job))})"
        return job.status_reason or "no reason"

    def _first_failure(self, job: Job) -> Job:
        chain = []
        while job not in self._first and not job.attempts:
            dependency = failed_dependency_of(job)
            if dependency is None:
                break
            chain.append(job)
            job = dependency
        first = self._first.get(job, job)
        self._first.update(dict.fromkeys(chain, first))
        return first


def last_log_line(job: TrackedJob, now_ms: int) -> str:
    """Return the last log line of the last attempt of a job; empty if there is none."""
    if job.last_attempt is None:
        return ""
    lines = lines_of(job.last_attempt, None, now_ms)
    return lines[-1].text if lines else ""


def retried_attempts(job: TrackedJob) -> list[TrackedAttempt]:
    """Return the attempts of a job that were followed by another one."""
    return [item for item in job.attempts if item.decision is not None and item.decision.retry]


def state_key(job: TrackedJob) -> Hashable:
    """Return a key that is equal for unfinished jobs in the same state."""
    if job.parked:
        return "held", job.status
    if job.status == RUNNABLE and is_stuck(job):
        return "waits", job.queue.name, share_of(job)
    if job.status == PENDING and isinstance(job, Job):
        failed = will_fail_after(job)
        if failed is not None:
            return "fails after", failed.id
        return "after", *(dependency.id for dependency in unfinished_dependencies(job))
    if job.status == RUNNING and job.entry is not None:
        return "runs", job.entry.due_ms, held_from(job)
    return job.status, job.entry is None, job.timeout_entry is None


def state_text(job: TrackedJob, start_ms: int) -> str:
    """Describe the state of an unfinished job briefly."""
    if job.parked:
        return f"held at {job.status}"
    if job.status == RUNNABLE and is_stuck(job):
        return f"{RUNNABLE}, {_waiting(job)}"
    if job.status == PENDING and isinstance(job, Job):
        failed = will_fail_after(job)
        if failed is not None:
            return f"{PENDING}, about to fail after {label_of(failed)}"
        names = named([item.name for item in unfinished_dependencies(job)], MOST_NAMED)
        return f"{PENDING}, after {names}" if names else PENDING
    if job.status == RUNNING and job.entry is not None:
        end = elapsed(job.entry.due_ms - start_ms)
        return (
            f"{RUNNING} until {end}" if held_from(job) is None else f"{RUNNING}, held from {end} on"
        )
    if job.status == RUNNING:
        limit = "without a timeout" if job.timeout_entry is None else "until its timeout"
        return f"{RUNNING}, hangs {limit}"
    return job.status


def _waiting(job: TrackedJob) -> str:
    """Describe what a RUNNABLE job waits for: consumable resources, or vCPUs that are in use."""
    where = f"waiting in job queue {job.queue.name}"
    if not isinstance(job, Job):
        return where
    decision = decision_about(job)
    if decision.short:
        names = named([item.arn.rpartition("/")[2] for item, _ in decision.short], MOST_NAMED)
        return f"{where} for {names}"
    used = [
        f"{environment.name} has {vcpus_text(environment.used_milli_vcpus)} of {vcpus_text(most)} vCPUs "
        "in use"
        for environment, causes in decision.obstacles
        if Cause.NO_ROOM in causes
        for most in (environment.capacity.max_milli_vcpus,)
        if most is not None
    ]
    return f"{where}: {', '.join(used)}" if used else where
