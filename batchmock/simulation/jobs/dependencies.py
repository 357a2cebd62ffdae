"""What jobs depend on: whether they still wait for others, or will never run for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchmock.simulation.jobs.families import ArrayChild, Node
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import FAILED, PENDING

if TYPE_CHECKING:
    from batchmock.simulation.engine import Simulation


def waits_for_dependencies(job: Job) -> bool:
    """Say whether the job, or the array that it belongs to, depends on jobs that have not ended."""
    return job.unfinished_dependencies > 0 or (
        isinstance(job, ArrayChild) and job.parent.unfinished_dependencies > 0
    )


def failed_dependency_of(job: Job) -> Job | None:
    """Give a job that this one, or the array that it belongs to, depends on and that has FAILED."""
    if job.failed_dependency is None and isinstance(job, ArrayChild):
        return job.parent.failed_dependency
    return job.failed_dependency


def dependencies_succeeded(job: Job) -> bool:
    """Say whether nothing that the job depends on keeps it from running."""
    if job.unfinished_dependencies or job.failed_dependency is not None:
        return False
    return not isinstance(job, ArrayChild) or dependencies_succeeded(job.parent)


def depend_on(job: Job, dependency: Job) -> None:
    """Let a job wait for another, unless that has ended."""
    ends_with = dependency.parent if isinstance(dependency, Node) else dependency
    if not ends_with.is_terminal:
        job.unfinished_dependencies += 1
        if dependency.dependents is None:
            dependency.dependents = []
        dependency.dependents.append(job)
    elif dependency.status == FAILED:
        job.failed_dependency = job.failed_dependency or dependency


def tell_dependents(simulation: Simulation, job: Job) -> None:
    """Let what depends on the job know that it has ended for good: a node, once its job has."""
    if job.dependents is not None:
        dependents, job.dependents = job.dependents, None
        for dependent in dependents:
            _on_dependency_ended(simulation, dependent, job)


def _on_dependency_ended(simulation: Simulation, job: Job, dependency: Job) -> None:
    """Count, and look at the job at once but on the agenda: a long chain must not be a deep one."""
    job.unfinished_dependencies -= 1
    if dependency.status == FAILED and job.failed_dependency is None:
        job.failed_dependency = dependency
    if job.status == PENDING and (
        not job.unfinished_dependencies or job.failed_dependency is dependency
    ):
        simulation.agenda.add(simulation.now_ms, simulation.leave_pending, job)
