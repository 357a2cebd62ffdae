"""
SubmitJob: the checks against stored state, and the job that a request makes.

Source: SubmitJob (documented); texts as captured unless a constant is marked otherwise. `validation`
checks the request itself.
"""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from json import dumps
from typing import Any, Final

from batchmock.errors import ServiceError
from batchmock.operations.consumable_resources import Consumed, consumed
from batchmock.operations.job_definitions.contents import (
    OVERRIDE_MEMBERS,
    Contents,
    Placeholders,
    check_overrides_fit,
)
from batchmock.operations.job_definitions.definitions import JobDefinition, find_definition_to_run
from batchmock.operations.job_definitions.nodes import NodesContents
from batchmock.operations.job_definitions.retry_strategies import NO_RETRY
from batchmock.operations.job_queues.queues import JOB_QUEUES, JobQueueRecord, existing_job_queue
from batchmock.operations.jobs.dependencies import NO_DEPENDENCIES, find_dependencies
from batchmock.operations.jobs.request import JobRequest
from batchmock.operations.region import Region
from batchmock.simulation.jobs.families import ArrayJob, MultiNodeJob
from batchmock.simulation.jobs.job import Job, Submission
from batchmock.simulation.placement.fair_share import MAX_ACTIVE_SHARES
from batchmock.simulation.placement.queues import JobQueue

# Captured.
WRONG_CAPABILITY: Final = (
    "Job Queue is attached to Compute Environment that can not run Jobs with capability "
    "{capability}."
)
SHARE_ON_FIFO_QUEUE: Final = (
    "Job with shareIdentifier or schedulingPriority can onlybe submitted to job queue with fair "
    "share scheduling policy."
)
SHARE_REQUIRED: Final = "shareIdentifier must be specified."
PRIORITY_REQUIRED: Final = (
    "Either schedulingPriority in job definition or schedulingPriorityOverride should be specified."
)
OVERRIDES_TOO_LONG: Final = "Container Overrides length must be at most 8192"
# Documented: the limit, the types and states of queues, and that nodes form no array. The texts are
# assumed.
TOO_MANY_SHARES: Final = "A job queue can have at most {most} active share identifiers."
QUEUE_FOR_SERVICE_JOBS: Final = "Job queue {arn} takes service jobs only."
QUEUE_NOT_ENABLED: Final = "JobQueue {arn} is not in ENABLED state."
ARRAY_OF_NODES: Final = "arrayProperties is not applicable for multi-node parallel jobs."
TOO_MANY_PROPAGATED_TAGS: Final = "The combined tags of the job and its job definition exceed 50."

# Shared by the jobs without parameters; never changed.
_NOTHING: Final[dict[str, Any]] = {}

MAX_OVERRIDES_LENGTH: Final = 8192
MAX_PROPAGATED_TAGS: Final = 50
_OVERRIDES: Final = frozenset(OVERRIDE_MEMBERS)

#: The members that do not change the job definition's settings.
_SAYS_NOTHING_OF_WHAT_RUNS: Final = frozenset(
    {
        "jobName",
        "jobQueue",
        "jobDefinition",
        "arrayProperties",
        "shareIdentifier",
        "tags",
    }
)


def submit_job(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Submit a job: SUBMITTED now, and moving on as simulated time passes.

    Args:
        region: the region of the client.
        request: a validated SubmitJobRequest.

    Returns:
        `jobArn`, `jobName` and `jobId`.

    Raises:
        ServiceError: the queue or the job definition is unknown or does not take jobs, the overrides
            don't fit the definition, a `Ref::` has no parameter, a dependency does not exist.

    Source:
        SubmitJob (documented). That the queue is checked before the job definition is assumed.
    """
    queue = _queue_for(region, request)
    definition = find_definition_to_run(region, request["jobDefinition"])
    _check_family(queue, definition, request)
    details = _details(region, definition, request)
    _check_share(queue, details, request)
    job = _make_job(region, queue.simulated, details, request)
    job.refusal = _refusal_at_dispatch(details, request)
    if request.get("tags"):
        region.job_tags[job.id] = request["tags"]
    region.simulation.jobs.submit(job)
    for resource, _ in job.consumes:
        resource.jobs.append(job)
    return {"jobArn": region.job_arns + job.id, "jobName": job.name, "jobId": job.id}


def _details(region: Region, definition: JobDefinition, request: Mapping[str, Any]) -> JobRequest:
    """Return the request of the job; jobs without overrides share one."""
    if _SAYS_NOTHING_OF_WHAT_RUNS.issuperset(request):
        if definition.as_registered is None:
            definition.as_registered = _new_details(region, definition, _NOTHING)
        # The type of the definition's attribute is `object`; a `cast` would cost another call.
        shared: Any = definition.as_registered
        of_definition: JobRequest = shared
        return of_definition
    return _new_details(region, definition, request)


def _new_details(
    region: Region, definition: JobDefinition, request: Mapping[str, Any]
) -> JobRequest:
    given: dict[str, str] = request.get("parameters", _NOTHING)
    merged: dict[str, str] = definition.shown["parameters"]
    if given:
        merged = {**merged, **given}
    policies, contents = region.simulation.policies, definition.contents
    overrides = request.get(contents.override_member)
    if overrides:
        contents = contents.overridden(overrides)
    contents = contents.substituted(Placeholders(merged, policies.substitute_inside_strings))
    shown = merged if policies.show_merged_parameters else given
    return JobRequest(region, definition, contents, request, shown)


def _make_job(
    region: Region, queue: JobQueue, details: JobRequest, request: Mapping[str, Any]
) -> Job:
    contents, size = details.contents, None
    if "arrayProperties" in request:
        size = request["arrayProperties"].get("size")
    whole, n_to_n, sequential = NO_DEPENDENCIES
    if details.depends_on:
        whole, n_to_n, sequential = find_dependencies(region, details.depends_on, size)
    submission = details.submission
    # Jobs with equal requests share it, unless they differ in their queue or their share.
    if (
        submission is None
        or submission.queue is not queue
        or submission.share_identifier != request.get("shareIdentifier")
        or submission.consumes
    ):
        submission = details.submission = _submission(region, queue, details, request)
    job_id, name = region.simulation.identifiers.uuid("job"), request["jobName"]
    if isinstance(contents, NodesContents):
        nodes, main = contents.nodes(), contents.main_node
        return MultiNodeJob(job_id, name, submission, whole, contents=nodes, main_node=main)
    if size is None:
        return Job(job_id, name, submission, whole)
    return ArrayJob(
        job_id, name, submission, whole, size=size, sequential=sequential, n_to_n=n_to_n
    )


def _submission(
    region: Region, queue: JobQueue, details: JobRequest, request: Mapping[str, Any]
) -> Submission:
    container, containers = details.contents.runs()
    return Submission(
        queue=queue,
        definition=details.definition.label,
        container=container,
        parameters=details.parameters,
        retry=details.retry or NO_RETRY,
        timeout_ms=details.timeout_ms,
        request=details,
        containers=containers,
        share_identifier=request.get("shareIdentifier"),
        scheduling_priority=details.scheduling_priority or 0,
        consumes=_consumed(region, details.consumable_resources, details.contents),
    )


def _consumed(region: Region, asked: dict[str, Any] | None, contents: Contents) -> Consumed:
    """Return the quantities that the whole job takes: its own and those of its nodes."""
    if isinstance(contents, NodesContents):
        return consumed(region, [asked, *contents.consumable_resources()])
    return consumed(region, [asked]) if asked else ()


def _queue_for(region: Region, request: Mapping[str, Any]) -> JobQueueRecord:
    given = request["jobQueue"]
    queue = JOB_QUEUES.of(region).get(given) or existing_job_queue(region, given)
    if not queue.simulated.enabled:
        raise ServiceError(QUEUE_NOT_ENABLED.format(arn=queue.arn))
    if queue.services is not None:
        raise ServiceError(QUEUE_FOR_SERVICE_JOBS.format(arn=queue.arn))
    return queue


def _check_family(
    queue: JobQueueRecord, definition: JobDefinition, request: Mapping[str, Any]
) -> None:
    contents = definition.contents
    if queue.environment_platform not in (None, contents.capability):
        raise ServiceError(WRONG_CAPABILITY.format(capability=contents.capability))
    if not _OVERRIDES.isdisjoint(request):
        check_overrides_fit(contents, request)
    if request.get("arrayProperties") and contents.member == "nodeProperties":
        raise ServiceError(ARRAY_OF_NODES)


def _check_share(queue: JobQueueRecord, details: JobRequest, request: Mapping[str, Any]) -> None:
    """
    Refuse a job without a share in a fair-share queue, and a job with a share in any other.

    Source: SubmitJob (documented; texts captured, except that of too many shares).
    """
    if queue.policy is None:
        if "shareIdentifier" in request or "schedulingPriorityOverride" in request:
            raise ServiceError(SHARE_ON_FIFO_QUEUE)
        return
    if "shareIdentifier" not in request:
        raise ServiceError(SHARE_REQUIRED)
    if details.scheduling_priority is None:
        raise ServiceError(PRIORITY_REQUIRED)
    share, now_ms = request["shareIdentifier"], details.region.simulation.clock.epoch_ms
    is_full = queue.simulated.active_share_count(now_ms) >= MAX_ACTIVE_SHARES
    if is_full and not queue.simulated.knows_share(share, now_ms):
        raise ServiceError(TOO_MANY_SHARES.format(most=MAX_ACTIVE_SHARES))


def _refusal_at_dispatch(details: JobRequest, request: Mapping[str, Any]) -> str | None:
    """Return why the service accepts the job and then fails it without an attempt, if it does."""
    overrides = request.get(details.contents.override_member)
    if overrides and _are_too_long(overrides):
        return OVERRIDES_TOO_LONG
    if details.propagate_tags:
        tags = {**details.definition.shown["tags"], **request.get("tags", _NOTHING)}
        if len(tags) > MAX_PROPAGATED_TAGS:
            return TOO_MANY_PROPAGATED_TAGS
    return None


def _are_too_long(overrides: dict[str, Any]) -> bool:
    # Packing is quicker than writing JSON text, which is at most six times as long: one character may
    # become six ("\\u00e9").
    if len(marshal.dumps(overrides)) * 6 <= MAX_OVERRIDES_LENGTH:
        return False
    return len(dumps(overrides, separators=(",", ":"))) > MAX_OVERRIDES_LENGTH
