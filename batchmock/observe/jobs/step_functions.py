"""
The output and the error of an AWS Step Functions task that ran a job or a service job, and waited for it.

Source: outputs and causes captured from executions. That the tags contain the ARN of the job, as in events,
is inferred: Step Functions follows jobs by their EventBridge events (documented). Those of service jobs have
the same form (assumed).
"""

from __future__ import annotations

from json import dumps
from typing import Any, Final

from batchmock.errors import BatchMockError
from batchmock.operations.jobs.describe import job_detail
from batchmock.operations.jobs.find import submitted_arn_of
from batchmock.operations.service_jobs.describe import service_job_detail
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import FAILED, SUCCEEDED
from batchmock.simulation.service_jobs.job import ServiceJob

TASK_FAILED: Final = "States.TaskFailed"

#: Members whose keys are chosen by users, and stay unchanged.
MAPS: Final = frozenset(
    {
        "annotations",
        "labels",
        "limits",
        "options",
        "parameters",
        "requests",
        "statusSummary",
        "tags",
    }
)


def sfn_output(job: Job | ServiceJob) -> dict[str, Any]:
    """
    Return the output of the task that ran a job: the reply of DescribeJobs with keys in PascalCase.

    Raises:
        BatchMockError: the job has not SUCCEEDED.
    """
    if job.status != SUCCEEDED:
        instead = (
            "Its task fails with an error: use as_sfn_error()."
            if job.status == FAILED
            else "Step Functions waits for its end: call batch_mock.run() first."
        )
        raise BatchMockError(
            f"batchmock: job {job.name!r} ({job.id}) is {job.status}, so it has no output. {instead}"
        )
    return _detail(job)


def sfn_error(job: Job | ServiceJob) -> dict[str, str]:
    """
    Return the error output of the task that ran a job: `Error`, and the job as JSON in `Cause`.

    Raises:
        BatchMockError: the job has not FAILED.
    """
    if job.status != FAILED:
        raise BatchMockError(
            f"batchmock: job {job.name!r} ({job.id}) is {job.status}, so it has not failed. "
            "Script a failure for it and call batch_mock.run() first, or use as_sfn_output() for a job "
            "that has SUCCEEDED."
        )
    cause = dumps(_detail(job), separators=(",", ":"), ensure_ascii=False)
    return {"Error": TASK_FAILED, "Cause": cause}


def _detail(job: Job | ServiceJob) -> dict[str, Any]:
    if isinstance(job, ServiceJob):
        detail = service_job_detail(job)
    else:
        detail = job_detail(job)
        detail["tags"] = {"resourceArn": submitted_arn_of(job), **detail["tags"]}
    shown: dict[str, Any] = _in_pascal_case(detail)
    return shown


def _in_pascal_case(value: Any) -> Any:
    """Return a value with its keys in PascalCase and in alphabetical order (captured)."""
    if isinstance(value, list):
        return [_in_pascal_case(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name[:1].upper() + name[1:]: item if name in MAPS else _in_pascal_case(item)
        for name, item in sorted(value.items())
    }
