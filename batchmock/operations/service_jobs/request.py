"""
The request of a service job, and the look-up of service jobs by id or ARN.

Source: AWS's SageMaker SDK (`sagemaker.train.aws_batch`) passes `jobArn` as `jobId` to DescribeServiceJob,
TerminateServiceJob and UpdateServiceJob (captured).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from batchmock.errors import ServiceError
from batchmock.operations.member_order import in_model_order
from batchmock.operations.region import Region
from batchmock.operations.resources import DOES_NOT_EXIST
from batchmock.simulation.service_jobs.job import ServiceJob

#: The part before the id in ARNs of service jobs.
SERVICE_JOB: Final = "service-job"


class ServiceJobRequest:
    """The members of a service job that DescribeServiceJob shows and the simulation does not need."""

    __slots__ = ("arn", "region", "retry_strategy", "sent")

    def __init__(self, region: Region, sent: Mapping[str, Any]) -> None:
        self.region = region
        self.sent = sent
        self.arn = ""
        self.retry_strategy: dict[str, Any] | None = None
        if "retryStrategy" in sent:
            shown = {"evaluateOnExit": [], **sent["retryStrategy"]}
            self.retry_strategy = in_model_order("ServiceJobRetryStrategy", shown)


def find_service_job(region: Region, job_id: str) -> ServiceJob | None:
    """Return the service job of this account and region with an id or ARN."""
    if job_id.startswith("arn:"):
        job_id = job_id.removeprefix(region.arn(SERVICE_JOB, ""))
    job = region.simulation.service_jobs.visible_job(job_id)
    return job if job is not None and request_of(job).region is region else None


def find_shown_service_job(region: Region, job_id: str) -> ServiceJob | None:
    """Return the service job with an id or ARN, unless `visibility_lag` still hides it."""
    job = find_service_job(region, job_id)
    return job if job is not None and region.simulation.shows(job) else None


def request_of(job: ServiceJob) -> ServiceJobRequest:
    """Return the request of a service job."""
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
    arn = job_id if job_id.startswith("arn:") else region.arn(SERVICE_JOB, job_id)
    return ServiceError(DOES_NOT_EXIST.format(arn=arn))
