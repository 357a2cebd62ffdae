"""
Events as EventBridge delivers them: an envelope whose `detail` is the job as DescribeJobs shows it.

Source: AWS Batch user guide, "AWS Batch events for Amazon EventBridge" (documented); the differences
between the detail and the reply of DescribeJobs as captured from events of all kinds of jobs.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from batchmock.observe.events.events import (
    JOB_QUEUE_BLOCKED,
    JOB_STATE_CHANGE,
    SERVICE_JOB_PREEMPTION_COMPLETED,
    SERVICE_JOB_PREEMPTION_STARTED,
    SERVICE_JOB_QUEUE_BLOCKED,
    SERVICE_JOB_STATE_CHANGE,
    SOURCE,
)
from batchmock.observe.jobs.moments import StateAtMove, state_after
from batchmock.operations.jobs.describe import job_detail
from batchmock.operations.jobs.find import arn_of, request_of
from batchmock.operations.region import Region
from batchmock.operations.service_jobs.describe import preemption_summary, service_job_detail
from batchmock.operations.service_jobs.request import request_of as service_request_of
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import Transition
from batchmock.simulation.placement.queues import JobQueue
from batchmock.simulation.service_jobs.job import ServiceJob
from batchmock.simulation.time.clock import to_datetime


def envelope(
    region: Region,
    event_id: str,
    detail_type: str,
    at_ms: int,
    resources: list[str],
    detail: dict[str, Any],
) -> dict[str, Any]:
    """Build an event; its time is in whole seconds."""
    return {
        "version": "0",
        "id": event_id,
        "detail-type": detail_type,
        "source": SOURCE,
        "account": region.account_id,
        "time": _time_of(at_ms // 1000),
        "region": region.name,
        "resources": resources,
        "detail": detail,
    }


@lru_cache(maxsize=256)
def _time_of(epoch_seconds: int) -> str:
    """Return the time of an event; many events share it."""
    return f"{to_datetime(epoch_seconds * 1000).replace(tzinfo=None).isoformat()}Z"


def state_change(move: Transition, job: Job, state: StateAtMove, event_id: str) -> dict[str, Any]:
    """Build the event of a transition: the job as it was right after it."""
    region = request_of(job).region
    always_stops = region.simulation.policies.stopped_at_without_attempt
    past = state_after(move, job, state, always_stops=always_stops)
    detail = job_detail(job, past)
    arn = detail["jobArn"]
    # Children and nodes have no tags of their own (captured, for children).
    parent = job.parent
    tags = detail["tags"] = {"resourceArn": arn if parent is None else region.job_arns + parent.id}
    if state.tags and parent is None:
        tags.update(state.tags)
    return envelope(region, event_id, JOB_STATE_CHANGE, move.at_ms, [arn], detail)


def queue_blocked(
    job: Job, queue: JobQueue, reason: str, at_ms: int, event_id: str
) -> dict[str, Any]:
    """Build the event of a job that blocks its queue: `resources` has both ARNs, `detail` has no tags."""
    detail = {**job_detail(job), "statusReason": reason}
    del detail["tags"]
    resources = [arn_of(job), queue.arn]
    region = request_of(job).region
    return envelope(region, event_id, JOB_QUEUE_BLOCKED, at_ms, resources, detail)


def service_job_changed(job: ServiceJob, at_ms: int, event_id: str) -> dict[str, Any]:
    """Build the event of a transition of a service job, as it is now."""
    return _of_service_job(job, at_ms, event_id, SERVICE_JOB_STATE_CHANGE, None)


def preemption_started(job: ServiceJob, reason: str, at_ms: int, event_id: str) -> dict[str, Any]:
    """
    Build the event of a service job whose preemption starts.

    Source: AWS Batch user guide, "Service job preemption events" (documented, with both examples).
    """
    request = service_request_of(job)
    detail = {"statusReason": reason, "preemptedJobArn": request.arn, "status": job.status}
    kind = SERVICE_JOB_PREEMPTION_STARTED
    return envelope(request.region, event_id, kind, at_ms, [request.arn], detail)


def preemption_completed(job: ServiceJob, at_ms: int, event_id: str) -> dict[str, Any]:
    """Build the event of a service job whose preemption is complete (documented)."""
    request = service_request_of(job)
    detail = {
        "preemptedJobArn": request.arn,
        "preemptionSummary": preemption_summary(job),
        "status": job.status,
    }
    kind = SERVICE_JOB_PREEMPTION_COMPLETED
    return envelope(request.region, event_id, kind, at_ms, [request.arn], detail)


def service_job_blocked(job: ServiceJob, reason: str, at_ms: int, event_id: str) -> dict[str, Any]:
    """Build the event of a service job that blocks its queue."""
    return _of_service_job(job, at_ms, event_id, SERVICE_JOB_QUEUE_BLOCKED, reason)


def _of_service_job(
    job: ServiceJob, at_ms: int, event_id: str, detail_type: str, reason: str | None
) -> dict[str, Any]:
    """Build an event: the detail is DescribeServiceJob's, without payload and tags (documented)."""
    request = service_request_of(job)
    detail = service_job_detail(job)
    if reason is not None:
        detail["statusReason"] = reason
    return envelope(request.region, event_id, detail_type, at_ms, [request.arn], detail)
