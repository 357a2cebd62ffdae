"""
`dependsOn`: which jobs a new job waits for, and how.

Source: JobDependency and AWS Batch user guide, "Job dependencies" (documented). The refusals of
unknown jobs and of arrays of unequal size are assumed.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from batchmock.errors import ServiceError
from batchmock.operations.jobs.find import find_job
from batchmock.operations.region import Region
from batchmock.simulation.jobs.families import ArrayJob
from batchmock.simulation.jobs.job import Job

# Assumed: the service refuses these with an unknown text.
UNKNOWN_DEPENDENCY: Final = "Dependent job {job_id} does not exist."
N_TO_N_NEEDS_ARRAY: Final = "Dependent job {job_id} is not an array job, as type N_TO_N requires."
N_TO_N_SIZES: Final = (
    "Array sizes must be equal for dependencies of type N_TO_N: "
    "{size}, and {other} of job {job_id}."
)

N_TO_N: Final = "N_TO_N"


class Dependencies(NamedTuple):
    """The dependencies of a job: whole jobs, arrays child by child, and whether children run in sequence."""

    whole: tuple[Job, ...] = ()
    n_to_n: tuple[ArrayJob, ...] = ()
    sequential: bool = False


NO_DEPENDENCIES: Final = Dependencies()


def find_dependencies(
    region: Region, depends_on: list[dict[str, str]], size: int | None
) -> Dependencies:
    """
    Find the jobs that `dependsOn` names.

    Args:
        region: the region of the client.
        depends_on: the entries. SEQUENTIAL with a job id is a plain dependency.
        size: the size of the new array job; None for any other job.

    Raises:
        ServiceError: a job does not exist or is no longer shown, or its array has another size.
    """
    whole: dict[str, Job] = {}
    n_to_n: dict[str, ArrayJob] = {}
    sequential = False
    for entry in depends_on:
        if "jobId" not in entry:
            sequential = True
            continue
        job = find_job(region, entry["jobId"])
        if job is None:
            raise ServiceError(UNKNOWN_DEPENDENCY.format(job_id=entry["jobId"]))
        if entry.get("type") == N_TO_N:
            n_to_n[job.id] = _array_of_size(job, size)
        else:
            whole[job.id] = job
    return Dependencies(tuple(whole.values()), tuple(n_to_n.values()), sequential)


def _array_of_size(job: Job, size: int | None) -> ArrayJob:
    if not isinstance(job, ArrayJob):
        raise ServiceError(N_TO_N_NEEDS_ARRAY.format(job_id=job.id))
    if job.size != size:
        raise ServiceError(N_TO_N_SIZES.format(size=size, other=job.size, job_id=job.id))
    return job
