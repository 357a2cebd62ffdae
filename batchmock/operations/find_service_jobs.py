"""Finding service jobs by id, as long as the service shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from batchmock.operations.region import Region
from batchmock.simulation.service_jobs import ServiceJob

if TYPE_CHECKING:
    from batchmock.operations.service_jobs import ServiceJobRequest


def find_service_job(region: Region, job_id: str) -> ServiceJob | None:
    """Give the service job of this account and region with an id."""
    job = region.simulation.service_jobs.visible_job(job_id)
    return job if job is not None and request_of(job).region is region else None


def find_shown_service_job(region: Region, job_id: str) -> ServiceJob | None:
    """Give the service job with an id to one who looks: not before `visibility_lag` is over."""
    job = find_service_job(region, job_id)
    return job if job is not None and region.simulation.shows(job) else None


def request_of(job: ServiceJob) -> ServiceJobRequest:
    """Give what a service job was submitted with."""
    return cast("ServiceJobRequest", job.request)
