"""Finding service jobs by id, as long as the service shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from batchmock.errors import ServiceError
from batchmock.operations.region import Region
from batchmock.operations.resources import DOES_NOT_EXIST
from batchmock.simulation.service_jobs.job import ServiceJob

if TYPE_CHECKING:
    from batchmock.operations.service_jobs.submit import ServiceJobRequest

#: What the ARNs of service jobs have before their id.
SERVICE_JOB: Final = "service-job"


def find_service_job(region: Region, job_id: str) -> ServiceJob | None:
    """Return the service job of this account and region with an id."""
    job = region.simulation.service_jobs.visible_job(job_id)
    return job if job is not None and request_of(job).region is region else None


def find_shown_service_job(region: Region, job_id: str) -> ServiceJob | None:
    """Return the service job with an id to one who looks: not before `visibility_lag` is over."""
    job = find_service_job(region, job_id)
    return job if job is not None and region.simulation.shows(job) else None


def request_of(job: ServiceJob) -> ServiceJobRequest:
    """Return what a service job was submitted with."""
    return cast("ServiceJobRequest", job.request)


def existing_service_job(region: Region, job_id: str) -> ServiceJob:
    """
    Return the service job with an id.

    Raises:
        ServiceError: there is none.
    """
    job = find_service_job(region, job_id)
    if job is None:
        raise unknown_service_job(region, job_id)
    return job


def unknown_service_job(region: Region, job_id: str) -> ServiceError:
    """Return the error for an id that no service job has (text assumed)."""
    return ServiceError(DOES_NOT_EXIST.format(arn=region.arn(SERVICE_JOB, job_id)))
