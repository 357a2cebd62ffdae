"""The form of service jobs in DescribeServiceJob, ListServiceJobs and events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from batchmock.copies import copy_of
from batchmock.operations.region import Region
from batchmock.operations.service_jobs.request import (
    find_shown_service_job,
    request_of,
    unknown_service_job,
)
from batchmock.simulation.service_jobs.job import ServiceAttempt, ServiceJob

#: The number of latest preempted attempts that are shown. A sliding window is documented; its size is assumed.
RECENT_PREEMPTIONS: Final = 10


def describe_service_job(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Describe a service job.

    Raises:
        ServiceError: there is no such service job.

    Source: DescribeServiceJob (documented; text assumed). startedAt, which the model requires, is omitted
    before RUNNING (assumed).
    """
    job = find_shown_service_job(region, request["jobId"])
    if job is None:
        raise unknown_service_job(region, request["jobId"])
    detail = service_job_detail(job)
    detail["serviceRequestPayload"] = request_of(job).sent["serviceRequestPayload"]
    detail["tags"] = dict(region.tags.get(request_of(job).arn, {}))
    return detail


def service_job_detail(job: ServiceJob) -> dict[str, Any]:
    """Return a service job as DescribeServiceJob and events show it: without payload and tags (documented)."""
    request = request_of(job)
    detail: dict[str, Any] = {
        **service_job_summary(job),
        "attempts": [_attempt(job, attempt) for attempt in job.attempts],
        "jobQueue": job.queue.arn,
    }
    if request.retry_strategy is not None:
        detail["retryStrategy"] = copy_of(request.retry_strategy)
    if "schedulingPriority" in request.sent or job.priority:
        detail["schedulingPriority"] = job.priority
    for member in ("preemptionConfiguration", "timeoutConfig"):
        if member in request.sent:
            detail[member] = copy_of(request.sent[member])
    if job.preempted_attempts:
        detail["preemptionSummary"] = preemption_summary(job)
    return detail


def preemption_summary(job: ServiceJob) -> dict[str, Any]:
    """Return how often a service job was preempted, and its latest preempted attempts."""
    preempted = job.preempted_attempts
    return {
        "preemptedAttemptCount": len(preempted),
        "recentPreemptedAttempts": [
            _attempt(job, attempt) for attempt in preempted[-RECENT_PREEMPTIONS:]
        ],
    }


def service_job_summary(job: ServiceJob) -> dict[str, Any]:
    """Return the members common to DescribeServiceJob and ListServiceJobs."""
    request = request_of(job)
    shown: dict[str, Any] = {
        "jobArn": request.arn,
        "jobId": job.id,
        "jobName": job.name,
        "serviceJobType": request.sent["serviceJobType"],
        "createdAt": job.created_at_ms,
        "status": job.status,
        "capacityUsage": [
            {"capacityUnit": unit, "quantity": float(amount)}
            for unit, amount in job.queue.demand_of(job).items()
        ],
    }
    if job.latest_attempt is not None:
        resource = _resource(job, job.latest_attempt)
        shown["latestAttempt"] = {"serviceResourceId": resource}
    optional = {
        "statusReason": job.status_reason,
        "scheduledAt": job.scheduled_at_ms,
        "startedAt": job.started_at_ms,
        "stoppedAt": job.stopped_at_ms,
        "shareIdentifier": request.sent.get("shareIdentifier"),
        "quotaShareName": request.sent.get("quotaShareName"),
    }
    shown.update({name: value for name, value in optional.items() if value is not None})
    if job.is_terminated:
        shown["isTerminated"] = True
    return shown


def _attempt(job: ServiceJob, attempt: ServiceAttempt) -> dict[str, Any]:
    shown: dict[str, Any] = {"serviceResourceId": _resource(job, attempt)}
    if attempt.started_at_ms is not None:
        shown["startedAt"] = attempt.started_at_ms
    shown["stoppedAt"] = attempt.stopped_at_ms
    shown["statusReason"] = attempt.status_reason
    return shown


def _resource(job: ServiceJob, attempt: ServiceAttempt) -> dict[str, str]:
    return job.kind.resource(job, attempt, request_of(job).region)
