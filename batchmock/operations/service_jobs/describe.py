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
    details = request_of(job)
    payload, tags = details.sent["serviceRequestPayload"], region.tags.get(details.arn, {})
    return _present(_detail(job, payload, dict(tags)))


def service_job_detail(job: ServiceJob) -> dict[str, Any]:
    """Return a service job as events show it: DescribeServiceJob without payload and tags (documented)."""
    return _present(_detail(job, None, None))


def _detail(job: ServiceJob, payload: str | None, tags: dict[str, str] | None) -> dict[str, Any]:
    """Return the members of DescribeServiceJob in the order of the model; None for those that are not shown."""
    request = request_of(job)
    sent, shows_priority = request.sent, "schedulingPriority" in request.sent or job.priority
    return {
        "attempts": [_attempt(job, attempt) for attempt in job.attempts],
        "capacityUsage": _capacity_usage(job),
        "createdAt": job.created_at_ms,
        "isTerminated": job.is_terminated or None,
        "jobArn": request.arn,
        "jobId": job.id,
        "jobName": job.name,
        "jobQueue": job.queue.arn,
        "latestAttempt": _latest_attempt(job),
        "retryStrategy": copy_of(request.retry_strategy),
        "scheduledAt": job.scheduled_at_ms,
        "schedulingPriority": job.priority if shows_priority else None,
        "serviceRequestPayload": payload,
        "serviceJobType": sent["serviceJobType"],
        "shareIdentifier": sent.get("shareIdentifier"),
        "quotaShareName": sent.get("quotaShareName"),
        "preemptionConfiguration": copy_of(sent.get("preemptionConfiguration")),
        "preemptionSummary": preemption_summary(job) if job.preempted_attempts else None,
        "startedAt": job.started_at_ms,
        "status": job.status,
        "statusReason": job.status_reason,
        "stoppedAt": job.stopped_at_ms,
        "tags": tags,
        "timeoutConfig": copy_of(sent.get("timeoutConfig")),
    }


def _present(members: dict[str, Any]) -> dict[str, Any]:
    """Return the members that are shown."""
    return {name: value for name, value in members.items() if value is not None}


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
    """Return an entry of ListServiceJobs, with its members in the order of the model."""
    request = request_of(job)
    return _present(
        {
            "latestAttempt": _latest_attempt(job),
            "capacityUsage": _capacity_usage(job),
            "createdAt": job.created_at_ms,
            "jobArn": request.arn,
            "jobId": job.id,
            "jobName": job.name,
            "scheduledAt": job.scheduled_at_ms,
            "serviceJobType": request.sent["serviceJobType"],
            "shareIdentifier": request.sent.get("shareIdentifier"),
            "quotaShareName": request.sent.get("quotaShareName"),
            "status": job.status,
            "statusReason": job.status_reason,
            "startedAt": job.started_at_ms,
            "stoppedAt": job.stopped_at_ms,
            "isTerminated": job.is_terminated or None,
        }
    )


def _capacity_usage(job: ServiceJob) -> list[dict[str, Any]]:
    return [
        {"capacityUnit": unit, "quantity": float(amount)}
        for unit, amount in job.queue.demand_of(job).items()
    ]


def _latest_attempt(job: ServiceJob) -> dict[str, Any] | None:
    if job.latest_attempt is None:
        return None
    return {"serviceResourceId": _resource(job, job.latest_attempt)}


def _attempt(job: ServiceJob, attempt: ServiceAttempt) -> dict[str, Any]:
    shown: dict[str, Any] = {"serviceResourceId": _resource(job, attempt)}
    if attempt.started_at_ms is not None:
        shown["startedAt"] = attempt.started_at_ms
    shown["stoppedAt"] = attempt.stopped_at_ms
    shown["statusReason"] = attempt.status_reason
    return shown


def _resource(job: ServiceJob, attempt: ServiceAttempt) -> dict[str, str]:
    return job.kind.resource(job, attempt, request_of(job).region)
