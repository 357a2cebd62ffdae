"""Finding jobs by id or ARN, as long as the service shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from batchmock.operations.region import Region
from batchmock.simulation.families import ArrayChild, Node
from batchmock.simulation.job import Job

if TYPE_CHECKING:
    from batchmock.operations.jobs import JobRequest


def find_job(region: Region, job_id: str) -> Job | None:
    """Give the job of this account and region with an id or ARN; children and nodes included."""
    job = region.simulation.visible_job(job_id.removeprefix(region.arn("job", "")))
    return job if job is not None and request_of(job).region is region else None


def find_shown_job(region: Region, job_id: str) -> Job | None:
    """Give the job with an id or ARN to one who looks: not before `visibility_lag` is over."""
    job = find_job(region, job_id)
    return job if job is not None and region.simulation.shows(job) else None


def request_of(job: Job) -> JobRequest:
    """Give what a job was submitted with; children and nodes have their parent's."""
    return cast("JobRequest", job.request)


def tags_of(job: Job) -> dict[str, str]:
    """Give a copy of the tags of a job; children and nodes have none (captured)."""
    request = request_of(job)
    return {} if job.parent is not None else dict(request.region.tags.get(request.arn, {}))


def arn_of(job: Job) -> str:
    """Give a job's ARN: a child's or node's is that of its parent with the index behind it."""
    arn = request_of(job).arn
    if isinstance(job, ArrayChild):
        return f"{arn}:{job.array_index}"
    return f"{arn}#{job.node_index}" if isinstance(job, Node) else arn
