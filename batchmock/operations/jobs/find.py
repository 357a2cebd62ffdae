"""Look up jobs by id or ARN while the service shows them."""

from __future__ import annotations

from typing import Any

from batchmock.operations.jobs.request import JobRequest
from batchmock.operations.region import Region
from batchmock.simulation.jobs.job import Job


def find_job(region: Region, job_id: str) -> Job | None:
    """Return the job of this account and region with an id or ARN; children and nodes included."""
    if job_id.startswith("arn:"):
        job_id = job_id.removeprefix(region.arn("job", ""))
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


def request_of(job: Job) -> JobRequest:
    """Return the request of a job; children and nodes share their parent's."""
    # The type in the simulation is `object`; a `cast` would cost another call.
    untyped: Any = job.request
    request: JobRequest = untyped
    return request


def arn_of(job: Job) -> str:
    """Return a job's ARN: that of a child or node ends with its index, as its id does."""
    return request_of(job).region.arn("job", job.id)


def submitted_arn_of(job: Job) -> str:
    """Return the ARN of the submitted job, which for a child or node is its parent."""
    return arn_of(job.parent or job)


def tags_of(job: Job) -> dict[str, str]:
    """Return a copy of the tags of a job; children and nodes have none (captured)."""
    return dict(request_of(job).region.job_tags.get(job.id, {}))
