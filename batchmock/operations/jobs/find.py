"""Finding jobs by id or ARN, as long as the service shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from batchmock.operations.region import Region
from batchmock.simulation.jobs.job import Job

if TYPE_CHECKING:
    from batchmock.operations.jobs.submit import JobRequest


def find_job(region: Region, job_id: str) -> Job | None:
    """Give the job of this account and region with an id or ARN; children and nodes included."""
    if job_id.startswith("arn:"):
        job_id = job_id.removeprefix(region.arn("job", ""))
    job = region.simulation.jobs.visible_job(job_id)
    return job if job is not None and request_of(job).region is region else None


def find_shown_job(region: Region, job_id: str) -> Job | None:
    """Give the job with an id or ARN to one who looks: not before `visibility_lag` is over."""
    job = find_job(region, job_id)
    return job if job is not None and region.simulation.shows(job) else None


def request_of(job: Job) -> JobRequest:
    """Give what a job was submitted with; children and nodes have their parent's."""
    return cast("JobRequest", job.request)


def arn_of(job: Job) -> str:
    """Give a job's ARN: that of a child or node ends with its index, as its id does."""
    return request_of(job).region.arn("job", job.id)


def submitted_arn_of(job: Job) -> str:
    """Give the ARN of the job that was submitted: of a child or node that of its parent."""
    return arn_of(job.parent or job)


def tags_of(job: Job) -> dict[str, str]:
    """Give a copy of the tags of a job; children and nodes have none (captured)."""
    return dict(request_of(job).region.job_tags.get(job.id, {}))
