"""Service jobs that are terminated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from batchmock.operations.jobs.stops import each
from batchmock.operations.region import Region
from batchmock.operations.service_jobs.request import find_service_job


def terminate_service_job(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    End a service job in any status; it is never retried.

    Source: TerminateServiceJob (documented). Success for an unknown id is inferred from the bulk operation.
    """
    _terminate(region, request["jobId"], request["reason"])
    return {}


def terminate_service_jobs(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Terminate 1 to 50 service jobs, each as TerminateServiceJob would.

    Returns:
        `successful`, the ids that were accepted, and `errors` with a code for each that was not.

    Source: TerminateServiceJobs (documented).
    """
    return each(request["jobs"], lambda job_id: _terminate(region, job_id, request["reason"]))


def _terminate(region: Region, job_id: str, reason: str) -> None:
    job = find_service_job(region, job_id)
    if job is not None:
        region.simulation.service_jobs.terminate(job, reason)
