"""
CancelJob, TerminateJob, and their bulk forms.

Source: those operations (documented). They are accepted at once and carried out as simulated time passes;
stopping a job that has ended succeeds, and so does an unknown id, UUID or not (captured by a peer:
github.com/getmoto/moto#5394). Ids can be ARNs: torchx 0.7.0 passes those of ListJobs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from batchmock.operations.jobs.find import find_job
from batchmock.operations.region import Region
from batchmock.simulation.jobs.families import Node
from batchmock.simulation.jobs.job import Job

# Documented of the bulk operations, which report "a job identifier that is malformed or isn't valid" where
# the single ones succeed; what is malformed is assumed.
MALFORMED: Final = "ValidationException"
# Assumed.
MALFORMED_JOB_ID: Final = "Job id {job_id} is not valid."
EMPTY_JOB_ID: Final = "jobs must not contain an empty job id."

#: An ARN, or an id: of a job or service job, of a child, or of a node.
_WELL_FORMED: Final = re.compile(
    r"arn:.+|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}([:#]\d+)?"
)

Stop = Callable[[Job, str], None]


def cancel_job(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Cancel a job that has not reached STARTING; for other jobs and unknown ids it is a no-op.

    Source:
        CancelJob (documented). Success for an unknown id is inferred from the bulk operation.
    """
    _stop(region, request["jobId"], request["reason"], region.simulation.jobs.cancel)
    return {}


def terminate_job(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    End a job in any status: cancelled before STARTING, stopped from then on, and never retried.

    Source:
        TerminateJob (documented). Success for an unknown id is inferred from the bulk operation.
    """
    _stop(region, request["jobId"], request["reason"], region.simulation.jobs.terminate)
    return {}


def cancel_jobs(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Cancel 1 to 50 jobs, each as CancelJob would.

    Returns:
        `successful`, the ids that were accepted, and `errors` with a code for each that was not.

    Source:
        CancelJobs (documented).
    """
    return _stop_each(region, request, region.simulation.jobs.cancel)


def terminate_jobs(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Terminate 1 to 50 jobs, each as TerminateJob would.

    Returns:
        `successful`, the ids that were accepted, and `errors` with a code for each that was not.

    Source:
        TerminateJobs (documented).
    """
    return _stop_each(region, request, region.simulation.jobs.terminate)


def _stop(region: Region, job_id: str, reason: str, stop: Stop) -> None:
    """Stop a job by its id or ARN; a node ends with its job only (assumed)."""
    job = find_job(region, job_id)
    if job is not None and not isinstance(job, Node):
        stop(job, reason)


def _stop_each(region: Region, request: Mapping[str, Any], stop: Stop) -> dict[str, Any]:
    return each(request["jobs"], lambda job_id: _stop(region, job_id, request["reason"], stop))


def each(job_ids: Iterable[str], stop: Callable[[str], None]) -> dict[str, Any]:
    """Stop each of several jobs, and return the reply of a bulk operation."""
    successful, errors = [], []
    for job_id in job_ids:
        if _WELL_FORMED.fullmatch(job_id):
            stop(job_id)
            successful.append(job_id)
        else:
            message = MALFORMED_JOB_ID.format(job_id=job_id) if job_id else EMPTY_JOB_ID
            errors.append({"job": job_id, "code": MALFORMED, "message": message})
    return {"successful": successful, "errors": errors}
