"""
CancelJob, TerminateJob, and their bulk forms.

Source: those operations (documented). They are accepted at once and carried out as simulated time passes;
stopping a job that has ended, or an unknown id, succeeds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from batchmock.operations.jobs.find import find_job
from batchmock.operations.region import Region
from batchmock.simulation.jobs.job import Job
from batchmock.validation import is_job_id, is_node_id, texts

# Documented codes; that the id of a node is well-formed and still refused is assumed. The texts are
# those of the single operations.
MALFORMED: Final = "ValidationException"
NOT_STOPPABLE: Final = "ClientException"

Stop = Callable[[Job, str], None]


def cancel_job(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Cancel a job that has not reached STARTING; for other jobs and unknown ids it is a no-op.

    Source:
        CancelJob (documented). Success for an unknown id is inferred from the bulk operation.
    """
    _stop(region, request["jobId"], request["reason"], region.simulation.cancel)
    return {}


def terminate_job(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    End a job in any status: cancelled before STARTING, stopped from then on, and never retried.

    Source:
        TerminateJob (documented). Success for an unknown id is inferred from the bulk operation.
    """
    _stop(region, request["jobId"], request["reason"], region.simulation.terminate)
    return {}


def cancel_jobs(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Cancel 1 to 50 jobs, each as CancelJob would.

    Returns:
        `successful`, the ids that were accepted, and `errors` with a code for each that was not.

    Source:
        CancelJobs (documented).
    """
    return _stop_each(region, request, region.simulation.cancel)


def terminate_jobs(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Terminate 1 to 50 jobs, each as TerminateJob would.

    Returns:
        `successful`, the ids that were accepted, and `errors` with a code for each that was not.

    Source:
        TerminateJobs (documented).
    """
    return _stop_each(region, request, region.simulation.terminate)


def _stop(region: Region, job_id: str, reason: str, stop: Stop) -> None:
    job = find_job(region, job_id)
    if job is not None:
        stop(job, reason)


def _stop_each(region: Region, request: Mapping[str, Any], stop: Stop) -> dict[str, Any]:
    successful, errors = [], []
    for job_id in request["jobs"]:
        if is_node_id(job_id):
            message = texts.NODE_NOT_CANCELLABLE.format(value=job_id)
            errors.append({"job": job_id, "code": NOT_STOPPABLE, "message": message})
        elif is_job_id(job_id):
            _stop(region, job_id, request["reason"], stop)
            successful.append(job_id)
        else:
            message = texts.MALFORMED_JOB_ID.format(value=job_id)
            errors.append({"job": job_id, "code": MALFORMED, "message": message})
    return {"successful": successful, "errors": errors}
