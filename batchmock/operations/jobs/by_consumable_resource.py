"""ListJobsByConsumableResource: the jobs that request a consumable resource."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from batchmock.copies import copy_of
from batchmock.operations.consumable_resources import existing_consumable_resource
from batchmock.operations.filters import filter_test, is_named, named_filters
from batchmock.operations.jobs.find import arn_of, request_of
from batchmock.operations.pagination import listed, position_of, question_of
from batchmock.operations.region import Region
from batchmock.simulation.jobs.families import ArrayJob
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.placement.consumable_resources import ConsumableResource


def list_jobs_by_consumable_resource(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    List the jobs that request a consumable resource, in order of submission, 100 to a page.

    An array job is listed by its children, each of which takes its own quantity (assumed).

    Raises:
        ServiceError: there is no such resource.

    Source: ListJobsByConsumableResource (documented). That all filters must match is assumed.
    """
    resource = existing_consumable_resource(region, request["consumableResource"]).simulated
    tests = [filter_test(JOB_FILTERS, item) for item in named_filters(request)]
    operation = "ListJobsByConsumableResource"
    behind = position_of(request.get("nextToken"), question_of(operation, request))
    jobs = region.simulation.only_shown(_jobs_of(resource, behind))
    return listed(
        operation,
        request,
        "jobs",
        (job for job in jobs if all(test(job) for test in tests)),
        position=_position,
        shown=lambda job: _job_summary(resource, job),
    )


def _position(job: Job) -> list[int]:
    return [job.sequence, -1 if job.array_index is None else job.array_index]


def _jobs_of(resource: ConsumableResource, behind: list[int] | None) -> Iterator[Job]:
    """Yield the jobs after a cursor without scanning those before it."""
    sequence, index = behind or (0, -1)
    first = bisect_left(resource.jobs, sequence, key=lambda job: job.sequence)
    for job in islice(resource.jobs, first, None):
        if job.expired:
            continue
        if isinstance(job, ArrayJob):
            yield from islice(job.children, index + 1 if job.sequence == sequence else 0, None)
        else:
            yield job


def _has_status(values: Iterable[str]) -> Callable[[Job], bool]:
    statuses = frozenset(value.upper() for value in values)
    return lambda job: job.status in statuses


#: Factories of tests by name of a filter of ListJobsByConsumableResource.
JOB_FILTERS: Final[Mapping[str, Callable[[list[str]], Callable[[Job], bool]]]] = {
    "JOB_NAME": is_named,
    "JOB_STATUS": _has_status,
}


def _job_summary(resource: ConsumableResource, job: Job) -> dict[str, Any]:
    request = request_of(job)
    summary: dict[str, Any] = {
        "jobArn": arn_of(job),
        "jobQueueArn": job.queue.arn,
        "jobName": job.name,
        "jobDefinitionArn": request.definition.arn,
        "jobStatus": job.status,
        "quantity": sum(quantity for taken, quantity in job.consumes if taken is resource),
        "createdAt": job.created_at_ms,
        "consumableResourceProperties": copy_of(request.consumable_resources) or _of_nodes(job),
    }
    optional = {
        "shareIdentifier": job.share_identifier,
        "statusReason": job.status_reason,
        "startedAt": job.started_at_ms,
    }
    return {
        **summary,
        **{member: value for member, value in optional.items() if value is not None},
    }


def _of_nodes(job: Job) -> dict[str, Any]:
    """Return the total quantities of a job's nodes, for a job that requests none itself."""
    return {
        "consumableResourceList": [
            {"consumableResource": resource.arn, "quantity": quantity}
            for resource, quantity in job.consumes
        ]
    }
