"""Which job an id is of."""

from __future__ import annotations

from batchmock.errors import UnknownJobError
from batchmock.mock.parts import Parts
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.service_jobs.job import ServiceJob


class Finding(Parts):
    """Jobs by their ids, with an error that helps whoever gives a wrong one."""

    def _find_job(self, job_id: str) -> Job:
        jobs = self._simulation.jobs
        job = jobs.get(job_id)
        if job is not None:
            return job
        listed = "".join(f"\n  {job.id} {job.name!r}" for job in list(jobs.values())[:10])
        more = f"\n  and {len(jobs) - 10} more" if len(jobs) > 10 else ""
        there_is = (
            f"There are {len(jobs)} jobs:{listed}{more}" if jobs else "There are no jobs yet."
        )
        raise UnknownJobError(
            f"batchmock: there is no job with the id {job_id!r}. {there_is}\n"
            "Give the jobId that submit_job returned; jobs.named(glob) finds jobs by name."
        )

    def _find_service_job(self, job_id: str) -> ServiceJob:
        jobs = self._simulation.service_jobs
        job = jobs.get(job_id)
        if job is not None:
            return job
        raise UnknownJobError(
            f"batchmock: there is no service job with the id {job_id!r}; there are {len(jobs)} "
            "service jobs. Give the jobId that submit_service_job returned; "
            "service_jobs.named(glob) finds service jobs by name."
        )
