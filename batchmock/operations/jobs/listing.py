"""
ListJobs: selectors, the default status, filters, pages.

Source: ListJobs (documented); keys of a summary as captured.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from batchmock.operations.filters import (
    any_of,
    created_after,
    created_before,
    filter_test,
    is_named,
)
from batchmock.operations.job_queues.queues import existing_job_queue
from batchmock.operations.jobs.capacity_usage import VCPU, capacity_usage, unit_of
from batchmock.operations.jobs.describe import array_properties
from batchmock.operations.jobs.find import find_shown_job, request_of
from batchmock.operations.pagination import make_token, position_of, take_page
from batchmock.operations.region import Region
from batchmock.simulation.jobs.attempts import Attempt
from batchmock.simulation.jobs.families import ArrayChild, ArrayJob, MultiNodeJob, Node
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import RUNNING, TERMINAL
from batchmock.simulation.placement.queues import JobQueue

PAGE_SIZE: Final = 1000
FILTERED_PAGE_SIZE: Final = 100

JobTest = Callable[[Job], bool]


def list_jobs(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    List the jobs of a queue: RUNNING jobs unless the request has a status or a filter.

    Returns:
        `jobSummaryList`, oldest first, or newest first with a filter, and `nextToken` if there are more
        than `maxResults`, which is capped at 1,000, or at 100 with a filter (assumed).

    Raises:
        ServiceError: the queue is unknown, or the filter or token is invalid.

    Source:
        ListJobs (documented: newest first with a filter). Without a filter, both recorded lists of several
        jobs are in ascending order of `createdAt` (captured: aws-parallelcluster). With a filter, entries
        lack `startedAt` and `statusReason` (reported: boto3 3315, aws-sdk-js 4587); a policy.
    """
    question = ["ListJobs"] + [
        request.get(name)
        for name in ("jobQueue", "arrayJobId", "multiNodeJobId", "jobStatus", "filters")
    ]
    cursor = position_of(request.get("nextToken"), question)
    filters = request.get("filters")
    largest = FILTERED_PAGE_SIZE if filters else PAGE_SIZE
    size = min(request.get("maxResults", largest), largest)
    shown = region.simulation.only_shown(_selected(region, request, cursor))
    page, more = take_page(shown, size)
    summaries = _summaries(page, region.job_arns, with_definition=bool(filters))
    if filters and region.simulation.policies.filtered_lists_omit_start_and_reason:
        for summary in summaries:
            summary.pop("startedAt", None)
            summary.pop("statusReason", None)
    reply: dict[str, Any] = {"jobSummaryList": summaries}
    if more:
        reply["nextToken"] = make_token(question, _position(page[-1]))
    return reply


def _selected(region: Region, request: Mapping[str, Any], cursor: int | None) -> Iterator[Job]:
    if "jobQueue" not in request:
        return _members(region, request, cursor)
    queue = existing_job_queue(region, request["jobQueue"])
    filters = request.get("filters")
    if filters and "name" in filters[0]:
        return _filtered(queue.simulated, filters[0], request.get("jobStatus"), cursor)
    return queue.simulated.with_status(request.get("jobStatus", RUNNING)).oldest_first(cursor)


def _position(job: Job) -> int | None:
    """Return the pagination cursor after this job."""
    if isinstance(job, ArrayChild):
        return job.array_index
    return job.node_index if isinstance(job, Node) else job.sequence


def _members(region: Region, request: Mapping[str, Any], behind: int | None) -> Iterator[Job]:
    """Yield the children or nodes of a job in the requested status, by index; unknown jobs have none."""
    given = request.get("arrayJobId") or request.get("multiNodeJobId") or ""
    job = find_shown_job(region, given)
    status = request.get("jobStatus", RUNNING)
    first = 0 if behind is None else behind + 1
    members: Sequence[Job] = ()
    if isinstance(job, ArrayJob) and "arrayJobId" in request and job.summary[status]:
        members = job.children[first:]
    elif isinstance(job, MultiNodeJob) and "multiNodeJobId" in request:
        members = [job.nodes[index] for index in sorted(job.nodes) if index >= first]
    return (member for member in members if member.status == status)


def _filtered(
    queue: JobQueue, filter_: Mapping[str, Any], status: str | None, before: int | None
) -> Iterator[Job]:
    """Yield the jobs that match a filter, newest first. Only SHARE_IDENTIFIER combines with a status."""
    passes = filter_test(FILTERS, filter_)
    if status is not None and filter_["name"] == "SHARE_IDENTIFIER":
        jobs = queue.with_status(status).newest_first(before)
        return (job for job in jobs if passes(job))
    return (
        job
        for sequence, job in reversed(queue.jobs.items())
        if (before is None or sequence < before) and passes(job)
    )


def _has_definition(values: Iterable[str]) -> JobTest:
    return any_of(map(_definition_test, values))


def _definition_test(value: str) -> JobTest:
    if value.startswith("arn:"):
        return lambda job: request_of(job).definition.arn == value
    if value.endswith("*"):
        return lambda job: request_of(job).definition.name.startswith(value[:-1])
    return lambda job: request_of(job).definition.name == value


def _has_share(values: Collection[str]) -> JobTest:
    return lambda job: job.share_identifier in values


#: Factories of tests by name of a filter.
FILTERS: Final[Mapping[str, Callable[[list[str]], JobTest]]] = {
    "JOB_NAME": is_named,
    "JOB_DEFINITION": _has_definition,
    "SHARE_IDENTIFIER": _has_share,
    "BEFORE_CREATED_AT": created_before,
    "AFTER_CREATED_AT": created_after,
}


def _summaries(jobs: Iterable[Job], arns: str, *, with_definition: bool) -> list[dict[str, Any]]:
    """
    Return the list entries of jobs, with their members in the order of the model.

    Args:
        jobs: the jobs.
        arns: the common prefix of job ARNs.
        with_definition: whether to add the ARN of the job definition.
    """
    summaries = []
    # Consecutive jobs mostly share a request, and with it the unit.
    request, unit = None, VCPU
    for job in jobs:
        kind, status, job_id = job.__class__, job.status, job.id
        if job.request is not request:
            request, unit = job.request, unit_of(job)
        summary: dict[str, Any] = {
            "jobArn": arns + job_id,
            "jobId": job_id,
            "jobName": job.name,
            "capacityUsage": [{"capacityUnit": unit, "quantity": job.container.vcpus}],
            "createdAt": job.created_at_ms,
            "status": status,
        }
        if job.share_identifier is not None:
            del summary["status"]
            summary["shareIdentifier"] = job.share_identifier
            summary["status"] = status
        if job.status_reason is not None:
            summary["statusReason"] = job.status_reason
        if job.started_at_ms is not None:
            summary["startedAt"] = job.started_at_ms
        if job.stopped_at_ms is not None and kind is not ArrayJob:
            summary["stoppedAt"] = job.stopped_at_ms
        if status == RUNNING:
            summary["container"] = {}
        elif job.last_attempt is not None and status in TERMINAL:
            summary["container"] = _ended_container(job.last_attempt)
        if kind is not Job:
            summary.update(_family(job))
        if with_definition:
            summary["jobDefinition"] = request_of(job).definition.arn
        if job.is_cancelled:
            summary["isCancelled"] = True
        if job.is_terminated:
            summary["isTerminated"] = True
        summaries.append(summary)
    return summaries


def _ended_container(attempt: Attempt) -> dict[str, Any]:
    """Return exit code and reason of the attempt that ended a job; while RUNNING it is `{}` (captured)."""
    container: dict[str, Any] = {}
    if attempt.exit_code is not None:
        container["exitCode"] = attempt.exit_code
    if attempt.reason is not None:
        container["reason"] = attempt.reason
    return container


def _family(job: Job) -> dict[str, Any]:
    """Return the members in which array parents, children, multi-node jobs and nodes differ from other jobs."""
    if isinstance(job, ArrayJob):
        return {"arrayProperties": array_properties(job, job)}
    if isinstance(job, ArrayChild):
        return {"arrayProperties": {"index": job.array_index}}
    if isinstance(job, MultiNodeJob):
        return {
            "capacityUsage": capacity_usage(job),
            "nodeProperties": {"numNodes": len(job.contents)},
        }
    if isinstance(job, Node):
        return {
            "capacityUsage": capacity_usage(job),
            "nodeProperties": {
                "isMainNode": job.is_main,
                "numNodes": len(job.parent.contents),
                "nodeIndex": job.node_index,
            },
        }
    return {}
