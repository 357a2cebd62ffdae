"""Dependencies: whether jobs wait for others, or can never run because one has failed."""

from __future__ import annotations

from typing import Protocol

from batchmock.simulation.jobs.families import ArrayChild, Node
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import FAILED, PENDING
from batchmock.simulation.time.agenda import Agenda


class MovesDependents(Protocol):
    """Moves the jobs that waited for another."""

    agenda: Agenda

    @property
    def now_ms(self) -> int:
        """The simulated instant."""

    def leave_pending(self, job: Job) -> None:
        """Move a job on from PENDING, or end it, unless it still waits for its dependencies."""


def waits_for_dependencies(job: Job) -> bool:
    """Return whether a job, or the array that it belongs to, depends on jobs that have not ended."""
    return job.unfinished_dependencies > 0 or (
        isinstance(job, ArrayChild) and job.parent.unfinished_dependencies > 0
    )


def failed_dependency_of(job: Job) -> Job | None:
    """Return the first FAILED job that a job, or the array that it belongs to, depends on."""
    if job.failed_dependency is None and isinstance(job, ArrayChild):
        return job.parent.failed_dependency
    return job.failed_dependency


def dependencies_succeeded(job: Job) -> bool:
    """Return whether all jobs that a job depends on have SUCCEEDED."""
    if job.unfinished_dependencies or job.failed_dependency is not None:
        return False
    return not isinstance(job, ArrayChild) or dependencies_succeeded(job.parent)


def depend_on(job: Job, dependency: Job) -> None:
    """Make a job wait for another, unless the other has ended."""
    ends_with = dependency.parent if isinstance(dependency, Node) else dependency
    if not ends_with.is_terminal:
        job.unfinished_dependencies += 1
        if dependency.dependents is None:
            dependency.dependents = []
        dependency.dependents.append(job)
    elif dependency.status == FAILED:
        job.failed_dependency = job.failed_dependency or dependency


def notify_dependents(tracker: MovesDependents, job: Job) -> None:
    """Notify the dependents of a job that has ended for good; for a node, once its job has ended."""
    if job.dependents is not None:
        dependents, job.dependents = job.dependents, None
        for dependent in dependents:
            _on_dependency_ended(tracker, dependent, job)


def _on_dependency_ended(tracker: MovesDependents, job: Job, dependency: Job) -> None:
    """Count the dependency, and schedule the next step: a long chain must not recurse deeply."""
    job.unfinished_dependencies -= 1
    if dependency.status == FAILED and job.failed_dependency is None:
        job.failed_dependency = dependency
    if job.status == PENDING and (
        not job.unfinished_dependencies or job.failed_dependency is dependency
    ):
        tracker.agenda.add(tracker.now_ms, tracker.leave_pending, job)
