"""
DescribeJobs: the keys that a job shows, and when.

Source: DescribeJobs (documented); which keys are present is captured from jobs in every status.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from batchmock.copies import copy_of
from batchmock.operations.job_definitions.attempt_details import shown_attempt
from batchmock.operations.job_definitions.containers import ContainerContents
from batchmock.operations.job_definitions.contents import Contents
from batchmock.operations.job_definitions.retry_strategies import shown_strategy
from batchmock.operations.jobs.find import find_shown_job, request_of
from batchmock.operations.jobs.request import JobRequest
from batchmock.operations.member_order import in_model_order
from batchmock.operations.region import Region
from batchmock.simulation.jobs.families import ArrayChild, ArrayJob, Node
from batchmock.simulation.jobs.job import Job

_NO_TAGS: Final[dict[str, str]] = {}
_PLAIN: Final = frozenset({Job, ArrayJob, ArrayChild})


def describe_jobs(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Describe up to 100 jobs by id or ARN, in request order (assumed); unknown ids are left out.

    Returns:
        `{"jobs": [JobDetail, ...]}`; times are milliseconds since the epoch.

    Source:
        DescribeJobs (documented).
    """
    details = []
    for job_id in dict.fromkeys(request["jobs"]):
        job = find_shown_job(region, job_id)
        if job is not None:
            details.append(job_detail(job))
    return {"jobs": details}


def described_state(region: Region, request: Mapping[str, Any]) -> list[object] | None:
    """
    Return what the reply to a DescribeJobs request depends on: equal states have equal replies.

    Returns:
        For each job, all that its details are made of and that can change; None if jobs are among them whose
        details also depend on how their containers or nodes run.
    """
    states: list[object] = []
    for job_id in dict.fromkeys(request["jobs"]):
        job = find_shown_job(region, job_id)
        if job is not None:
            if job.__class__ not in _PLAIN or contents_of(job).member != ContainerContents.member:
                return None
            states.append(_state_of(job))
    return states


def _state_of(job: Job) -> tuple[object, ...]:
    """Return the mutable parts of a job of one container."""
    attempt = shown_attempt(job)
    tags = request_of(job).region.job_tags.get(job.id)
    return (
        job,
        job.status,
        job.status_reason,
        job.started_at_ms,
        job.stopped_at_ms,
        # Ended attempts do not change.
        job.attempts,
        attempt,
        None if attempt is None else (attempt.exit_code, attempt.reason, attempt.placed_on),
        job.is_cancelled,
        job.is_terminated,
        tags and tuple(tags.items()),
        (job.summary_at_ms, *job.summary.values()) if isinstance(job, ArrayJob) else None,
    )


def job_detail(job: Job) -> dict[str, Any]:
    """
    Return a copy of a job as DescribeJobs shows it.

    The members of a job of one container are in the order of the model, which saves reordering them.
    """
    request = request_of(job)
    region, contents, is_part = request.region, contents_of(job), job.parent is not None
    detail: dict[str, Any] = {
        "jobArn": region.arn("job", job.id),
        "jobName": job.name,
        "jobId": job.id,
        "jobQueue": job.queue.arn,
        "status": job.status,
    }
    if job.share_identifier is not None:
        detail["shareIdentifier"] = job.share_identifier
    if request.scheduling_priority is not None:
        detail["schedulingPriority"] = request.scheduling_priority
    detail["attempts"] = []
    _add_progress(detail, job, request)
    depends_on = request.depends_on
    if depends_on:
        depends_on = [] if is_part else copy_of(in_model_order("JobDependency", depends_on))
    detail["dependsOn"] = depends_on or []
    detail["jobDefinition"] = request.definition.arn
    detail["parameters"] = request.parameters.copy()
    detail.update(contents.job_members(region, job))
    if job.__class__ is not Job:
        _add_family(detail, job)
    _add_settings(detail, job, request)
    if job.attempts:
        detail[contents.attempts_member] = [
            contents.attempt_detail(region, job, attempt) for attempt in job.attempts
        ]
    if job.is_cancelled:
        detail["isCancelled"] = True
    if job.is_terminated:
        detail["isTerminated"] = True
    if request.consumable_resources is not None:
        detail["consumableResourceProperties"] = copy_of(request.consumable_resources)
    return detail


def _add_progress(detail: dict[str, Any], job: Job, request: JobRequest) -> None:
    """Add the reason, the retry strategy and the times; those of an array parent are left out (captured)."""
    if job.status_reason is not None:
        detail["statusReason"] = job.status_reason
    detail["createdAt"] = job.created_at_ms
    if request.retry is not None and job.__class__ is not Node:
        detail["retryStrategy"] = shown_strategy(request.retry)
    if job.__class__ is ArrayJob:
        return
    if job.started_at_ms is not None:
        detail["startedAt"] = job.started_at_ms
    if job.stopped_at_ms is not None:
        detail["stoppedAt"] = job.stopped_at_ms


def _add_settings(detail: dict[str, Any], job: Job, request: JobRequest) -> None:
    """Add the time limit, the tags and the platform."""
    if request.timeout is not None:
        detail["timeout"] = copy_of(request.timeout)
    # Captured: children and nodes have none.
    detail["tags"] = request.region.job_tags.get(job.id, _NO_TAGS).copy()
    if request.propagate_tags is not None:
        detail["propagateTags"] = request.propagate_tags
    detail["platformCapabilities"] = [*request.definition.shown.get("platformCapabilities", ())]
    detail["eksAttempts"] = []


def contents_of(job: Job) -> Contents:
    """Return the contents of a job; those of its range for a node."""
    # The type of the simulation is `object`; a `cast` would take as long as the rest of this function.
    source: Any = job
    of_job: Contents = source.contents.request if job.__class__ is Node else source.request.contents
    return of_job


def _add_family(detail: dict[str, Any], job: Job) -> None:
    """Add the members that only array parents, array children and nodes show (captured)."""
    if isinstance(job, ArrayJob):
        detail["arrayProperties"] = array_properties(job)
    elif isinstance(job, ArrayChild):
        detail["arrayProperties"] = {"statusSummary": {}, "index": job.array_index}
    elif isinstance(job, Node):
        detail["nodeDetails"] = {"nodeIndex": job.node_index, "isMainNode": job.is_main}


def array_properties(job: ArrayJob) -> dict[str, Any]:
    """Return `arrayProperties` of an array parent, with its running counts of all seven statuses."""
    return {
        "size": job.size,
        "statusSummary": dict(job.summary),
        "statusSummaryLastUpdatedAt": job.summary_at_ms,
    }
