"""Finding jobs by their ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from batchmock.errors import UnknownJobError
from batchmock.mock.arguments import id_of
from batchmock.mock.parts import Parts
from batchmock.nearest import counted
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.service_jobs.job import ServiceJob

AnyJob = TypeVar("AnyJob", Job, ServiceJob)


class Finding(Parts):
    """Job lookup by id, with an error that lists the existing jobs."""

    def _find_job(self, job: object, verb: str) -> Job:
        jobs = self._simulation.jobs
        job_id = id_of(job, verb)
        found = jobs.get(job_id)
        if found is None:
            other = self._simulation.service_jobs.get(job_id)
            raise UnknownJobError(_no_job(job_id, jobs, "job", other))
        return found

    def _find_service_job(self, job: object, verb: str) -> ServiceJob:
        jobs = self._simulation.service_jobs
        job_id = id_of(job, verb)
        found = jobs.get(job_id)
        if found is None:
            other = self._simulation.jobs.get(job_id)
            raise UnknownJobError(_no_job(job_id, jobs, "service job", other))
        return found


def _no_job(
    job_id: str, jobs: Mapping[str, AnyJob], kind: str, other: Job | ServiceJob | None
) -> str:
    if other is not None:
        found, verb = ("service job", "service_job") if kind == "job" else ("job", "job")
        return (
            f"batchmock: {job_id!r} is the id of {found} {other.name!r}, and not of a {kind}. "
            f"Use batch_mock.{verb}({job_id!r})."
        )
    call = f"submit_{kind.replace(' ', '_')}"
    named = next((job for job in jobs.values() if job.name == job_id), None)
    if named is not None:
        return (
            f"batchmock: {job_id!r} is the name of a {kind}, not an id. Pass the jobId that {call} "
            f"returned, here {named.id!r}, or find the job with "
            f"batch_mock.{kind.replace(' ', '_')}s.named({job_id!r}).only()."
        )
    listed = "".join(f"\n  {job.id} {job.name!r}" for job in list(jobs.values())[:10])
    more = f"\n  and {len(jobs) - 10:,} more" if len(jobs) > 10 else ""
    verb = "is" if len(jobs) == 1 else "are"
    exist = (
        f"There {verb} {counted(len(jobs), kind)}:{listed}{more}"
        if jobs
        else f"No {kind} exists yet."
    )
    return (
        f"batchmock: no {kind} has the id {job_id!r}. {exist}\n"
        f"Pass the jobId that {call} returned; {kind.replace(' ', '_')}s.named(glob) finds jobs by name."
    )
