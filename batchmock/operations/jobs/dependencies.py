"""
`dependsOn`: which jobs a new job waits for, and how.

Source: JobDependency and AWS Batch user guide, "Job dependencies" (documented). No refusal is known except for
the number of entries, so each entry has the closest effect (assumed): N_TO_N
between jobs other than arrays of one size is a dependency on the whole job; SEQUENTIAL has no effect on a
job other than an array job, nor has an entry without a jobId.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from batchmock.errors import ServiceError
from batchmock.operations.jobs.find import find_job
from batchmock.operations.region import Region
from batchmock.simulation.jobs.families import ArrayJob
from batchmock.simulation.jobs.job import Job

# Assumed: a job that does not exist cannot be waited for.
UNKNOWN_DEPENDENCY: Final = "Dependent job {job_id} does not exist."

N_TO_N: Final = "N_TO_N"
SEQUENTIAL: Final = "SEQUENTIAL"


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
    Look up the jobs in `dependsOn`.

    Args:
        region: the region of the client.
        depends_on: the entries. SEQUENTIAL with a job id is a plain dependency.
        size: the size of the new array job; None for any other job.

    Raises:
        ServiceError: a job does not exist or is no longer shown.
    """
    whole: dict[str, Job] = {}
    n_to_n: dict[str, ArrayJob] = {}
    sequential = False
    for entry in depends_on:
        if "jobId" not in entry:
            sequential = sequential or entry.get("type") == SEQUENTIAL
            continue
        job = find_job(region, entry["jobId"])
        if job is None:
            raise ServiceError(UNKNOWN_DEPENDENCY.format(job_id=entry["jobId"]))
        if entry.get("type") == N_TO_N and isinstance(job, ArrayJob) and job.size == size:
            n_to_n[job.id] = job
        else:
            whole[job.id] = job
    return Dependencies(tuple(whole.values()), tuple(n_to_n.values()), sequential)
