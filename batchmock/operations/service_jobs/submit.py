"""
SubmitServiceJob and UpdateServiceJob.

The module of a service job's type reads its payload, and the simulation runs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from batchmock.errors import ServiceError
from batchmock.operations.job_queues.queues import JobQueueRecord, existing_job_queue
from batchmock.operations.job_queues.quota_shares import QUOTA_SHARES
from batchmock.operations.jobs.submit import (
    QUEUE_NOT_ENABLED,
    SHARE_REQUIRED,
    TOO_MANY_SHARES,
)
from batchmock.operations.region import Region
from batchmock.operations.resources import DISABLED
from batchmock.operations.service_jobs.request import (
    SERVICE_JOB,
    ServiceJobRequest,
    existing_service_job,
    request_of,
)
from batchmock.operations.service_jobs.service_types import SERVICE_TYPES
from batchmock.simulation.jobs.retry import RetryStrategy
from batchmock.simulation.placement.fair_share import MAX_ACTIVE_SHARES
from batchmock.simulation.service_jobs.job import ServiceJob, ServiceSubmission
from batchmock.simulation.service_jobs.kind import Payload, ServiceKind
from batchmock.simulation.service_jobs.queues import ServiceQueue
from batchmock.simulation.service_jobs.retry import ServiceExitRule

# Documented: each of these refusals. The texts are assumed.
QUEUE_FOR_JOBS: Final = "Job queue {arn} is not of type SAGEMAKER_TRAINING."
SHARE_WITHOUT_POLICY: Final = (
    "shareIdentifier can only be specified for a job queue with a fair-share scheduling policy."
)
QUOTA_SHARE_WITHOUT_POLICY: Final = (
    "quotaShareName can only be specified for a job queue with a quota share scheduling policy."
)
QUOTA_SHARE_REQUIRED: Final = "quotaShareName must be specified."
QUOTA_SHARE_NOT_FOUND: Final = "QuotaShare {name} not found."
QUOTA_SHARE_NOT_ENABLED: Final = "QuotaShare {arn} is not in ENABLED state."
SUBMITTED_BEFORE: Final = (
    "A service job with the same clientToken {token} has already been submitted."
)


def submit_service_job(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Submit a service job: SUBMITTED now, and moving on as simulated time passes.

    Returns:
        `jobArn`, `jobName` and `jobId`.

    Raises:
        ServiceError: the queue is unknown or does not take service jobs, the share does not fit
        the queue, or an equal request was submitted with this clientToken.

    Source: SubmitServiceJob (documented; texts assumed). Assumed too: that one clientToken with two
    different requests makes two jobs.
    """
    kind = SERVICE_TYPES[request["serviceJobType"]]
    payload = kind.read_payload(request["serviceRequestPayload"], request["jobName"])
    queue = _queue_for(region, request["jobQueue"])
    services = _services(queue)
    share = _share(region, queue, services, request)
    _check_token(region, request)
    details = ServiceJobRequest(region, request)
    job_id = region.simulation.identifiers.uuid("service-job")
    job = ServiceJob(job_id, _submission(details, services, share, kind, payload))
    details.arn = region.arn(SERVICE_JOB, job.id)
    if request.get("tags"):
        region.new_tags(details.arn, request)
    region.service_job_tokens[request.get("clientToken", job_id)] = job
    region.simulation.service_jobs.submit(job)
    return {"jobArn": details.arn, "jobName": job.name, "jobId": job.id}


def _submission(
    details: ServiceJobRequest,
    queue: ServiceQueue,
    share: str,
    kind: ServiceKind,
    payload: Payload,
) -> ServiceSubmission:
    sent = details.sent
    timeout = sent.get("timeoutConfig", {}).get("attemptDurationSeconds")
    return ServiceSubmission(
        name=sent["jobName"],
        queue=queue,
        request=details,
        kind=kind,
        payload=payload,
        retry=_retry(details.retry_strategy),
        timeout_ms=None if timeout is None else timeout * 1000,
        priority=sent.get("schedulingPriority", 0),
        share=share,
        preemption_retries=sent.get("preemptionConfiguration", {}).get(
            "preemptionRetriesBeforeTermination"
        ),
    )


def _retry(strategy: Mapping[str, Any] | None) -> RetryStrategy:
    """
    Convert a shown retry strategy for the simulation; the default is one attempt (documented).

    A rule without an action decides nothing (assumed).
    """
    if strategy is None:
        return RetryStrategy()
    rules = [
        ServiceExitRule(rule["action"].upper() == "RETRY", rule.get("onStatusReason"))
        for rule in strategy["evaluateOnExit"]
        if "action" in rule
    ]
    return RetryStrategy(strategy["attempts"], tuple(rules))


def _queue_for(region: Region, given: str) -> JobQueueRecord:
    queue = existing_job_queue(region, given)
    if queue.state == DISABLED:
        raise ServiceError(QUEUE_NOT_ENABLED.format(arn=queue.arn))
    return queue


def _services(queue: JobQueueRecord) -> ServiceQueue:
    if queue.services is None:
        raise ServiceError(QUEUE_FOR_JOBS.format(arn=queue.arn))
    return queue.services


def _share(
    region: Region, queue: JobQueueRecord, services: ServiceQueue, request: Mapping[str, Any]
) -> str:
    """Return the share of a job; the queue's policy determines whether it must have one."""
    if "shareIdentifier" in request and services.policy is None:
        raise ServiceError(SHARE_WITHOUT_POLICY)
    if "quotaShareName" in request and services.quota_shares is None:
        raise ServiceError(QUOTA_SHARE_WITHOUT_POLICY)
    if services.policy is not None:
        return _fair_share(region, services, request)
    if services.quota_shares is None:
        return ""
    if "quotaShareName" not in request:
        raise ServiceError(QUOTA_SHARE_REQUIRED)
    name: str = request["quotaShareName"]
    record = QUOTA_SHARES.of(region).get(f"{queue.arn}/quota-share/{name}")
    if record is None or name not in services.quota_shares:
        raise ServiceError(QUOTA_SHARE_NOT_FOUND.format(name=name))
    if record.state == DISABLED:
        raise ServiceError(QUOTA_SHARE_NOT_ENABLED.format(arn=record.arn))
    return name


def _fair_share(region: Region, services: ServiceQueue, request: Mapping[str, Any]) -> str:
    if "shareIdentifier" not in request:
        raise ServiceError(SHARE_REQUIRED)
    share: str = request["shareIdentifier"]
    now_ms = region.simulation.clock.epoch_ms
    window_ms = 0 if services.policy is None else services.policy.window_ms
    is_known = services.shares.is_active(share, now_ms, window_ms)
    if not is_known and services.shares.active_count(now_ms, window_ms) >= MAX_ACTIVE_SHARES:
        raise ServiceError(TOO_MANY_SHARES.format(most=MAX_ACTIVE_SHARES))
    return share


def _check_token(region: Region, request: Mapping[str, Any]) -> None:
    token = request.get("clientToken", "")
    earlier = region.service_job_tokens.get(token)
    if earlier is not None and not earlier.expired and request_of(earlier).sent == request:
        raise ServiceError(SUBMITTED_BEFORE.format(token=token))


def update_service_job(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Change the scheduling priority of a service job; no-op if it has ended (assumed).

    Raises:
        ServiceError: there is no such service job.

    Source: UpdateServiceJob (documented; text assumed).
    """
    job = existing_service_job(region, request["jobId"])
    if not job.is_terminal:
        region.simulation.service_jobs.reprioritize(job, request["schedulingPriority"])
    return {"jobArn": request_of(job).arn, "jobName": job.name, "jobId": job.id}
