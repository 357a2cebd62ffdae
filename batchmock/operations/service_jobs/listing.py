"""Listing service jobs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from heapq import merge
from typing import Any, Final

from batchmock.operations.filters import created_after, created_before, filter_test, is_named
from batchmock.operations.job_queues.queues import JOB_QUEUES, existing_job_queue
from batchmock.operations.pagination import DEFAULT_PAGE_SIZE, make_token, position_of, take_page
from batchmock.operations.region import Region
from batchmock.operations.service_jobs.describe import service_job_summary
from batchmock.simulation.jobs.lifecycle import RUNNING
from batchmock.simulation.service_jobs.job import ServiceJob
from batchmock.simulation.service_jobs.queues import ServiceQueue

JobTest = Callable[[ServiceJob], bool]


def list_service_jobs(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    List the service jobs of a queue: RUNNING jobs unless the request has a status or a filter.

    Returns:
        `jobSummaryList`, oldest first, or newest first with a filter, and `nextToken` if there are more
        than `maxResults`, by default and at most 100.

    Raises:
        ServiceError: there is no such queue, or the filter or the token is invalid.

    Source: ListServiceJobs (documented). Assumed: the order without a filter is that of ListJobs, and a request
    without a queue lists the service jobs of all queues.
    """
    question = ["ListServiceJobs"] + [
        request.get(name) for name in ("jobQueue", "jobStatus", "filters")
    ]
    cursor = position_of(request.get("nextToken"), question)
    jobs = region.simulation.only_shown(_selected(region, request, cursor))
    page, more = take_page(jobs, request.get("maxResults", DEFAULT_PAGE_SIZE))
    reply: dict[str, Any] = {"jobSummaryList": [service_job_summary(job) for job in page]}
    if more:
        reply["nextToken"] = make_token(question, page[-1].sequence)
    return reply


def _selected(
    region: Region, request: Mapping[str, Any], cursor: int | None
) -> Iterator[ServiceJob]:
    if "jobQueue" in request:
        queues = [existing_job_queue(region, request["jobQueue"])]
    else:
        queues = list(JOB_QUEUES.of(region).values())
    listed = [
        _of_queue(queue.services, request, cursor) for queue in queues if queue.services is not None
    ]
    return merge(*listed, key=lambda job: job.sequence, reverse=_has_filter(request))


def _has_filter(request: Mapping[str, Any]) -> bool:
    return any("name" in item for item in request.get("filters") or ())


def _of_queue(
    services: ServiceQueue, request: Mapping[str, Any], cursor: int | None
) -> Iterator[ServiceJob]:
    if not _has_filter(request):
        return services.with_status(request.get("jobStatus", RUNNING)).oldest_first(cursor)
    filters = request["filters"]
    passes = filter_test(FILTERS, filters[0])
    candidates: Iterator[ServiceJob] = reversed(services.jobs.values())
    if "jobStatus" in request and filters[0]["name"] in ("SHARE_IDENTIFIER", "QUOTA_SHARE_NAME"):
        candidates = services.with_status(request["jobStatus"]).newest_first()
    return (job for job in candidates if (cursor is None or job.sequence < cursor) and passes(job))


def _has_share(values: Collection[str]) -> JobTest:
    return lambda job: job.queue.policy is not None and job.share in values


def _has_quota_share(values: Collection[str]) -> JobTest:
    return lambda job: job.queue.quota_shares is not None and job.share in values


#: Factories of tests by name of a filter.
FILTERS: Final[Mapping[str, Callable[[list[str]], JobTest]]] = {
    "JOB_NAME": is_named,
    "SHARE_IDENTIFIER": _has_share,
    "QUOTA_SHARE_NAME": _has_quota_share,
    "BEFORE_CREATED_AT": created_before,
    "AFTER_CREATED_AT": created_after,
}
