"""
DescribeJobs: which keys a job shows, and when.

Source: DescribeJobs (documented); presence and absence of keys as captured from jobs in every status.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from batchmock.operations.contents import Contents
from batchmock.operations.copies import copy_of
from batchmock.operations.eks_pods import EksContents
from batchmock.operations.find_jobs import arn_of, find_shown_job, request_of, tags_of
from batchmock.operations.region import Region
from batchmock.simulation.families import ArrayChild, ArrayJob, Node
from batchmock.simulation.job import Attempt, Job


def describe_jobs(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Describe up to 100 jobs by id or ARN, in the order asked for (assumed); unknown ids are left out.

    Returns:
        `{"jobs": [JobDetail, ...]}`; times are milliseconds since the epoch.

    Source:
        DescribeJobs (documented).
    """
    found = (find_shown_job(region, job_id) for job_id in dict.fromkeys(request["jobs"]))
    return {"jobs": [job_detail(job) for job in found if job is not None]}


def job_detail(job: Job) -> dict[str, Any]:
    """Give a job as DescribeJobs shows it, sharing nothing with the state."""
    request = request_of(job)
    is_part = job.parent is not None
    detail: dict[str, Any] = {
        "jobArn": arn_of(job),
        "jobName": job.name,
        "jobId": job.id,
        "jobQueue": job.queue.arn,
        "status": job.status,
        "attempts": [],
        "createdAt": job.created_at_ms,
        "dependsOn": [] if is_part else copy_of(request.depends_on),
        "jobDefinition": request.definition.arn,
        "parameters": dict(request.parameters),
        "tags": tags_of(job),
        "platformCapabilities": list(request.definition.shown.get("platformCapabilities", ())),
        "eksAttempts": [],
    }
    contents = contents_of(job)
    detail.update(contents.job_members(request.region, job))
    _add_attempts(detail, contents, request.region, job)
    _add_if_set(
        detail,
        shareIdentifier=job.share_identifier,
        schedulingPriority=request.scheduling_priority,
        statusReason=job.status_reason,
        startedAt=job.started_at_ms,
        stoppedAt=job.stopped_at_ms,
        retryStrategy=None if isinstance(job, Node) else request.shown_retry_strategy(),
        timeout=copy_of(request.timeout),
        propagateTags=request.propagate_tags,
        consumableResourceProperties=copy_of(request.consumable_resources),
        isCancelled=job.is_cancelled or None,
        isTerminated=job.is_terminated or None,
    )
    if not is_part and not isinstance(job, ArrayJob):
        return detail
    return _with_family(detail, job)


def _add_if_set(detail: dict[str, Any], **members: Any) -> None:
    detail.update({name: value for name, value in members.items() if value is not None})


def contents_of(job: Job) -> Contents:
    """Give what a job runs; a node, what its range does."""
    return (
        cast("Contents", job.contents.request)
        if isinstance(job, Node)
        else request_of(job).contents
    )


def _add_attempts(detail: dict[str, Any], contents: Contents, region: Region, job: Job) -> None:
    if isinstance(contents, EksContents):
        detail["eksAttempts"] = [
            contents.eks_attempt(region, job, attempt) for attempt in job.attempts
        ]
    else:
        detail["attempts"] = [_attempt(contents, region, job, attempt) for attempt in job.attempts]


def _attempt(contents: Contents, region: Region, job: Job, attempt: Attempt) -> dict[str, Any]:
    detail = contents.attempt_members(region, job, attempt)
    _add_if_set(
        detail,
        startedAt=attempt.started_at_ms,
        stoppedAt=attempt.stopped_at_ms,
        statusReason=attempt.status_reason,
    )
    return detail


def _with_family(detail: dict[str, Any], job: Job) -> dict[str, Any]:
    """Add what only array parents, array children and nodes show (captured)."""
    if isinstance(job, ArrayJob):
        detail["arrayProperties"] = array_properties(job)
        # An array parent shows no times of its own, even when it has ended (captured).
        detail.pop("startedAt", None)
        detail.pop("stoppedAt", None)
    elif isinstance(job, ArrayChild):
        detail["arrayProperties"] = {"statusSummary": {}, "index": job.array_index}
    elif isinstance(job, Node):
        detail["nodeDetails"] = {"nodeIndex": job.node_index, "isMainNode": job.is_main}
    return detail


def array_properties(job: ArrayJob) -> dict[str, Any]:
    """Give `arrayProperties` of an array parent: all seven counts, kept and not counted."""
    return {
        "size": job.size,
        "statusSummary": dict(job.summary),
        "statusSummaryLastUpdatedAt": job.summary_at_ms,
    }
