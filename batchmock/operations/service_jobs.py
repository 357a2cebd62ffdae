"""
Service jobs: submit, describe, list, update, terminate.

Not here: what a payload says (`service_payloads`), and the life of a service job, which is the
simulation's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from batchmock.errors import ServiceError
from batchmock.operations.copies import copy_of
from batchmock.operations.find_service_jobs import (
    find_service_job,
    find_shown_service_job,
    request_of,
)
from batchmock.operations.job_filters import any_of, name_test
from batchmock.operations.job_lists import instant_of
from batchmock.operations.job_queues import (
    JobQueueRecord,
    find_job_queue,
)
from batchmock.operations.jobs import (
    QUEUE_NOT_ENABLED,
    QUEUE_NOT_FOUND,
    SHARE_REQUIRED,
    TOO_MANY_SHARES,
)
from batchmock.operations.pagination import (
    DEFAULT_PAGE_SIZE,
    make_token,
    position_of,
    take_page,
)
from batchmock.operations.region import Region
from batchmock.operations.resources import DISABLED, DOES_NOT_EXIST
from batchmock.operations.service_payloads import Payload, read_payload
from batchmock.operations.stops import MALFORMED
from batchmock.operations.tags import new_tags
from batchmock.simulation.fair_share import MAX_ACTIVE_SHARES
from batchmock.simulation.lifecycle import RUNNING
from batchmock.simulation.retry import ExitRule, RetryStrategy
from batchmock.simulation.service_engine import training_job_name
from batchmock.simulation.service_jobs import (
    ServiceAttempt,
    ServiceJob,
    ServiceSubmission,
)
from batchmock.simulation.service_queues import ServiceQueue
from batchmock.validation import is_service_job_id, texts

#: What the ARNs of service jobs have before their id.
KIND: Final = "service-job"

# Assumed. Documented is what each of them refuses.
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

#: How many preempted attempts are shown, the latest ones. Documented is a sliding window; ten: assumed.
RECENT_PREEMPTIONS: Final = 10

#: The members of a request that are shown as they were sent.
ECHOED: Final = (
    "shareIdentifier",
    "quotaShareName",
    "preemptionConfiguration",
    "serviceRequestPayload",
    "serviceJobType",
    "timeoutConfig",
)

JobTest = Callable[[ServiceJob], bool]


class ServiceJobRequest:
    """What DescribeServiceJob shows of a service job and the simulation does not need."""

    __slots__ = ("arn", "region", "retry_strategy", "sent")

    def __init__(self, region: Region, sent: Mapping[str, Any]) -> None:
        self.region = region
        self.sent = sent
        self.arn = ""
        self.retry_strategy: dict[str, Any] | None = None
        if "retryStrategy" in sent:
            self.retry_strategy = {"evaluateOnExit": [], **sent["retryStrategy"]}


def submit_service_job(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Take in a service job: SUBMITTED, and on its way as simulated time passes.

    Returns:
        `jobArn`, `jobName` and `jobId`.

    Raises:
        ServiceError: the payload is no good, the queue is unknown or does not take service jobs, the
            share does not fit the queue, or the very same request was submitted with this clientToken.

    Source: SubmitServiceJob (documented; texts assumed). Assumed too: that one clientToken with two
    different requests makes two jobs.
    """
    payload = read_payload(request["serviceRequestPayload"])
    queue = _queue_for(region, request["jobQueue"])
    services = _services(queue)
    share = _share(region, queue, services, request)
    _check_token(region, request)
    details = ServiceJobRequest(region, request)
    job_id = region.simulation.identifiers.uuid("service-job")
    job = ServiceJob(job_id, _submission(details, services, share, payload))
    details.arn = region.arn(KIND, job.id)
    if request.get("tags"):
        new_tags(region, details.arn, request)
    region.service_job_tokens[request.get("clientToken", job_id)] = job
    region.simulation.service_jobs.submit(job)
    return {"jobArn": details.arn, "jobName": job.name, "jobId": job.id}


def _submission(
    details: ServiceJobRequest, queue: ServiceQueue, share: str, payload: Payload
) -> ServiceSubmission:
    sent = details.sent
    timeout = sent.get("timeoutConfig", {}).get("attemptDurationSeconds")
    return ServiceSubmission(
        name=sent["jobName"],
        queue=queue,
        request=details,
        instances=payload.instances,
        training_job_name=payload.training_job_name,
        retry=_retry(details.retry_strategy),
        timeout_ms=None if timeout is None else timeout * 1000,
        priority=sent.get("schedulingPriority", 0),
        share=share,
        preemption_retries=sent.get("preemptionConfiguration", {}).get(
            "preemptionRetriesBeforeTermination"
        ),
        command=payload.command,
        environment=payload.environment,
        parameters=payload.parameters,
    )


def _retry(strategy: Mapping[str, Any] | None) -> RetryStrategy:
    """Give a shown retry strategy as the simulation uses it; none is one attempt (documented)."""
    if strategy is None:
        return RetryStrategy()
    rules = [
        ExitRule(rule["action"].upper() == "RETRY", rule.get("onStatusReason"))
        for rule in strategy["evaluateOnExit"]
    ]
    return RetryStrategy(strategy["attempts"], tuple(rules))


def _queue_for(region: Region, given: str) -> JobQueueRecord:
    queue = find_job_queue(region, given)
    if queue is None:
        raise ServiceError(QUEUE_NOT_FOUND.format(given=given))
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
    """Give the share that a job belongs to: what it must have, and must not have, is its queue's policy's."""
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
    record = region.quota_shares.get(f"{queue.arn}/quota-share/{name}")
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


def describe_service_job(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Describe a service job.

    Raises:
        ServiceError: there is no such service job.

    Source: DescribeServiceJob (documented; text assumed). startedAt, which the model has as always
    there, is left out before RUNNING (assumed).
    """
    job = find_shown_service_job(region, request["jobId"])
    if job is None:
        raise _unknown(region, request["jobId"])
    detail = service_job_detail(job)
    detail["serviceRequestPayload"] = request_of(job).sent["serviceRequestPayload"]
    detail["tags"] = dict(region.tags.get(request_of(job).arn, {}))
    return detail


def service_job_detail(job: ServiceJob) -> dict[str, Any]:
    """Give a service job as DescribeServiceJob and events show it: without payload and tags (documented)."""
    request = request_of(job)
    detail: dict[str, Any] = {
        **_common(job),
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
    preempted = job.preempted_attempts
    if preempted:
        detail["preemptionSummary"] = {
            "preemptedAttemptCount": len(preempted),
            "recentPreemptedAttempts": [
                _attempt(job, attempt) for attempt in preempted[-RECENT_PREEMPTIONS:]
            ],
        }
    return detail


def _common(job: ServiceJob) -> dict[str, Any]:
    """Give what DescribeServiceJob and ListServiceJobs both show."""
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
    name = training_job_name(job, attempt)
    arn = request_of(job).region.foreign_arn("sagemaker", f"training-job/{name}")
    return {"name": "TrainingJobArn", "value": arn}


def list_service_jobs(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    List the service jobs of a queue, RUNNING ones unless a status or a filter says otherwise.

    Returns:
        `jobSummaryList`, newest first, and `nextToken` if there are more than `maxResults`, by default
        and at most 100.

    Raises:
        ServiceError: there is no such queue, no queue was named, or the filter or the token is no good.

    Source: ListServiceJobs (documented). Order without a filter, and that a queue must be named: assumed.
    """
    question = ["ListServiceJobs"] + [
        request.get(name) for name in ("jobQueue", "jobStatus", "filters")
    ]
    before = position_of(request.get("nextToken"), question)
    jobs = region.simulation.only_shown(_selected(region, request, before))
    page, more = take_page(jobs, request.get("maxResults", DEFAULT_PAGE_SIZE))
    reply: dict[str, Any] = {"jobSummaryList": [_common(job) for job in page]}
    if more:
        reply["nextToken"] = make_token(question, page[-1].sequence)
    return reply


def _selected(
    region: Region, request: Mapping[str, Any], before: int | None
) -> Iterator[ServiceJob]:
    given = request["jobQueue"]
    queue = find_job_queue(region, given)
    if queue is None:
        raise ServiceError(QUEUE_NOT_FOUND.format(given=given))
    if queue.services is None:
        return iter(())
    services, filters = queue.services, request.get("filters")
    if not filters:
        return services.with_status(request.get("jobStatus", RUNNING)).newest_first(before)
    name, values = filters[0]["name"], filters[0]["values"]
    passes = _test_of(name, values)
    candidates: Iterator[ServiceJob] = reversed(services.jobs.values())
    if "jobStatus" in request and name in ("SHARE_IDENTIFIER", "QUOTA_SHARE_NAME"):
        candidates = services.with_status(request["jobStatus"]).newest_first()
    return (job for job in candidates if (before is None or job.sequence < before) and passes(job))


def _test_of(name: str, values: list[str]) -> JobTest:
    if name == "JOB_NAME":
        is_named = any_of(map(name_test, values))
        return lambda job: is_named(job.name)
    if name == "SHARE_IDENTIFIER":
        return lambda job: job.queue.policy is not None and job.share in values
    if name == "QUOTA_SHARE_NAME":
        return lambda job: job.queue.quota_shares is not None and job.share in values
    instants = [instant_of(name, value) for value in values]
    if name == "BEFORE_CREATED_AT":
        return lambda job: job.created_at_ms < min(instants)
    return lambda job: job.created_at_ms > max(instants)


def update_service_job(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Give a service job another scheduling priority; one that has ended keeps its own (assumed).

    Raises:
        ServiceError: there is no such service job.

    Source: UpdateServiceJob (documented; text assumed).
    """
    job = _existing(region, request["jobId"])
    if not job.is_terminal:
        region.simulation.service_jobs.reprioritize(job, request["schedulingPriority"])
    return {"jobArn": request_of(job).arn, "jobName": job.name, "jobId": job.id}


def terminate_service_job(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    End a service job in whatever status; it is never retried.

    Source: TerminateServiceJob (documented). Success for an unknown id: inferred from the bulk operation.
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
    successful, errors = [], []
    for job_id in request["jobs"]:
        if is_service_job_id(job_id):
            _terminate(region, job_id, request["reason"])
            successful.append(job_id)
        else:
            message = texts.MALFORMED_JOB_ID.format(value=job_id)
            errors.append({"job": job_id, "code": MALFORMED, "message": message})
    return {"successful": successful, "errors": errors}


def _terminate(region: Region, job_id: str, reason: str) -> None:
    job = find_service_job(region, job_id)
    if job is not None:
        region.simulation.service_jobs.terminate(job, reason)


def _existing(region: Region, job_id: str) -> ServiceJob:
    job = find_service_job(region, job_id)
    if job is None:
        raise _unknown(region, job_id)
    return job


def _unknown(region: Region, job_id: str) -> ServiceError:
    return ServiceError(DOES_NOT_EXIST.format(arn=region.arn(KIND, job_id)))
