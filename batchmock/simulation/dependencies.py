"""Whether a job, or the array that it belongs to, still waits for other jobs, or will never run for one."""

from __future__ import annotations

from batchmock.simulation.families import ArrayChild
from batchmock.simulation.job import Job


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
    return not waits_for_dependencies(job) and failed_dependency_of(job) is None
