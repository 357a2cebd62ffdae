"""Look up jobs by id or ARN while the service shows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from batchmock.operations.jobs.request import JobRequest
from batchmock.operations.region import Region
from batchmock.simulation.jobs.job import Job


def find_job(region: Region, job_id: str) -> Job | None:
    """Return the job of this account and region with an id or ARN; children and nodes included."""
    if job_id.startswith("arn:"):
        job_id = job_id.removeprefix(region.job_arns)
    job = region.simulation.jobs.by_id.get(job_id)
    if job is None or (job.parent or job).expired or request_of(job).region is not region:
        return None
    return job


def find_shown_job(region: Region, job_id: str) -> Job | None:
    """Return the job with an id or ARN, unless `visibility_lag` still hides it."""
    job = find_job(region, job_id)
    simulation = region.simulation
    if job is None or not simulation.visibility.depends_on_time or simulation.shows(job):
        return job
    return None


def shown_jobs(region: Region, job_ids: Iterable[str]) -> list[Job]:
    """Return the jobs that `find_shown_job` finds for ids or ARNs, each id once."""
    simulation = region.simulation
    by_id, all_are_shown = simulation.jobs.by_id, not simulation.visibility.depends_on_time
    found = []
    for job_id in dict.fromkeys(job_ids):
        # The same as `find_shown_job` for most jobs, in a third of the time.
        job = by_id.get(job_id)
        if job is None or job.parent is not None or not all_are_shown:
            job = find_shown_job(region, job_id)
        if job is not None and not job.expired:
            request: Any = job.request
            if request.region is region:
                found.append(job)
    return found


def request_of(job: Job) -> JobRequest:
    """Return the request of a job; children and nodes share their parent's."""
    # The type in the simulation is `object`; a `cast` would cost another call.
    untyped: Any = job.request
    request: JobRequest = untyped
    return request


def arn_of(job: Job) -> str:
    """Return a job's ARN: that of a child or node ends with its index, as its id does."""
    return request_of(job).region.job_arns + job.id


def submitted_arn_of(job: Job) -> str:
    """Return the ARN of the submitted job, which for a child or node is its parent."""
    return arn_of(job.parent or job)


def tags_of(job: Job) -> dict[str, str]:
    """Return a copy of the tags of a job; children and nodes have none (captured)."""
    return dict(request_of(job).region.job_tags.get(job.id, {}))
