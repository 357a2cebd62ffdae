"""
DescribeJobs: which keys a job shows, and when.

Source: DescribeJobs (documented); presence and absence of keys as captured from jobs in every status.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from batchmock.operations.containers import shown_container
from batchmock.operations.copies import copy_of
from batchmock.operations.jobs import JobRequest, find_job
from batchmock.operations.region import Region
from batchmock.simulation.job import Attempt, Job
from batchmock.simulation.queues import FARGATE


def describe_jobs(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Describe up to 100 jobs by id or ARN, in the order asked for (assumed); unknown ids are left out.

    Returns:
        `{"jobs": [JobDetail, ...]}`; times are milliseconds since the epoch.

    Source:
        DescribeJobs (documented).
    """
    found = (find_job(region, job_id) for job_id in dict.fromkeys(request["jobs"]))
    return {"jobs": [job_detail(job) for job in found if job is not None]}


def job_detail(job: Job) -> dict[str, Any]:
    """Give a job as DescribeJobs shows it, sharing nothing with the state."""
    request = request_of(job)
    detail: dict[str, Any] = {
        "jobArn": request.arn,
        "jobName": job.name,
        "jobId": job.id,
        "jobQueue": job.queue.arn,
        "status": job.status,
        "attempts": [attempt_detail(job, attempt) for attempt in job.attempts],
        "createdAt": job.created_at_ms,
        "dependsOn": copy_of(request.depends_on),
        "jobDefinition": request.definition.arn,
        "parameters": dict(request.parameters),
        "container": _container(job, request),
        "tags": dict(request.tags),
        "platformCapabilities": list(request.definition.shown.get("platformCapabilities", ())),
        "eksAttempts": [],
    }
    _add_if_set(
        detail,
        statusReason=job.status_reason,
        startedAt=job.started_at_ms,
        stoppedAt=job.stopped_at_ms,
        retryStrategy=copy_of(request.retry_strategy),
        timeout=copy_of(request.timeout),
        propagateTags=request.propagate_tags,
        consumableResourceProperties=copy_of(request.consumable_resources),
        isCancelled=job.is_cancelled or None,
        isTerminated=job.is_terminated or None,
    )
    return detail


def _add_if_set(detail: dict[str, Any], **members: Any) -> None:
    detail.update((name, value) for name, value in members.items() if value is not None)


def request_of(job: Job) -> JobRequest:
    """Give what a job was submitted with."""
    if not isinstance(job.request, JobRequest):
        raise AssertionError(f"{job!r} was not made by submit_job")
    return job.request


def attempt_detail(job: Job, attempt: Attempt) -> dict[str, Any]:
    """Give a finished attempt as an entry of `attempts`."""
    container = run_time_keys(job, attempt)
    container["networkInterfaces"] = network_interfaces(attempt)
    detail: dict[str, Any] = {"container": container}
    _add_if_set(
        detail,
        startedAt=attempt.started_at_ms,
        stoppedAt=attempt.stopped_at_ms,
        statusReason=attempt.status_reason,
    )
    return detail


def _container(job: Job, request: JobRequest) -> dict[str, Any]:
    container = shown_container(request.properties)
    attempt = job.attempt or job.last_attempt
    if attempt is not None:
        container.update(run_time_keys(job, attempt))
        container["networkInterfaces"] = network_interfaces(attempt)
    return container


def run_time_keys(job: Job, attempt: Attempt) -> dict[str, Any]:
    """Give what a container shows from STARTING on; no container instance on Fargate (captured)."""
    region = request_of(job).region
    environment = attempt.environment
    keys: dict[str, Any] = {}
    if environment.platform != FARGATE:
        keys["containerInstanceArn"] = region.foreign_arn(
            "ecs", f"container-instance/{environment.cluster}/{attempt.container_instance_id}"
        )
    keys["taskArn"] = region.foreign_arn("ecs", f"task/{environment.cluster}/{attempt.task_id}")
    keys["logStreamName"] = log_stream_name(job, attempt)
    _add_if_set(keys, exitCode=attempt.exit_code, reason=attempt.reason)
    return keys


def log_stream_name(job: Job, attempt: Attempt) -> str:
    """
    Give the log stream of an attempt: `<job definition name or own prefix>/default/<task id>`.

    Source: AWS Batch user guide, awslogs log driver (documented); own prefix as captured.
    """
    request = request_of(job)
    options = request.properties.get("logConfiguration", {}).get("options", {})
    prefix = options.get("awslogs-stream-prefix", request.definition.name[:200])
    return f"{prefix}/default/{attempt.task_id}"


def network_interfaces(attempt: Attempt) -> list[dict[str, str]]:
    """Give the one network interface of a Fargate task, derived from its id; none on EC2 (captured)."""
    if attempt.environment.platform != FARGATE:
        return []
    digest = blake2b(attempt.task_id.encode(), digest_size=18).digest()
    attachment = digest[:16].hex()
    return [
        {
            "attachmentId": "-".join(
                (
                    attachment[:8],
                    attachment[8:12],
                    attachment[12:16],
                    attachment[16:20],
                    attachment[20:],
                )
            ),
            "privateIpv4Address": f"10.0.{digest[16]}.{digest[17]}",
        }
    ]
