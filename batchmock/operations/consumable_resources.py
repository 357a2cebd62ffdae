"""
Consumable resources: create, update, delete, describe, list, and the jobs that ask for one.

Not here: when a job takes what it asks for and gives it back, which is the simulation's.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from batchmock.copies import copy_of
from batchmock.errors import ServiceError
from batchmock.operations.arns import name_in
from batchmock.operations.jobs.find import arn_of, request_of
from batchmock.operations.name_filters import any_of, is_named, name_test
from batchmock.operations.pagination import listed, position_of, question_of
from batchmock.operations.quotas import CONSUMABLE_RESOURCES, check_quota
from batchmock.operations.resources import ALREADY_EXISTS, DOES_NOT_EXIST
from batchmock.operations.tags import drop_tags, new_tags
from batchmock.simulation.jobs.families import ArrayJob
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.placement.consumable_resources import ConsumableResource

if TYPE_CHECKING:
    from batchmock.operations.region import Region

#: What the ARNs of consumable resources have before their name.
KIND: Final = "consumable-resource"

REPLENISHABLE: Final = "REPLENISHABLE"
NON_REPLENISHABLE: Final = "NON_REPLENISHABLE"

# Captured at create; that an update which removes more than there is says the same is assumed.
NEGATIVE_TOTAL: Final = "totalQuantity cannot be a negative number."

# Assumed.
NOT_FOUND: Final = "ConsumableResource {given} not found."
QUANTITY_REQUIRED: Final = "quantity is required with operation {operation}."

Consumed = tuple[tuple[ConsumableResource, int], ...]


class ConsumableResourceRecord:
    """A consumable resource. `simulated` knows its quantities and the jobs that ask for it."""

    __slots__ = ("arn", "created_at_ms", "name", "resource_type", "sequence", "simulated", "tags")

    def __init__(
        self,
        name: str,
        simulated: ConsumableResource,
        tags: dict[str, str],
        created_at_ms: int,
        sequence: int,
    ) -> None:
        self.name = name
        self.arn = simulated.arn
        self.simulated = simulated
        self.resource_type = REPLENISHABLE if simulated.replenishable else NON_REPLENISHABLE
        self.tags = tags
        self.created_at_ms = created_at_ms
        self.sequence = sequence

    def __repr__(self) -> str:
        return f"<ConsumableResourceRecord {self.name!r} {self.simulated!r}>"

    def named(self) -> dict[str, Any]:
        """Give its name and ARN."""
        return {"consumableResourceName": self.name, "consumableResourceArn": self.arn}

    def summary(self) -> dict[str, Any]:
        """Give the item that ListConsumableResources shows."""
        return {
            **self.named(),
            "totalQuantity": self.simulated.total,
            "inUseQuantity": self.simulated.in_use,
            "resourceType": self.resource_type,
        }


def create_consumable_resource(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Create a consumable resource; it can be used at once.

    Raises:
        ServiceError: the name is taken, or there are too many.

    Source: CreateConsumableResource (documented). A total of 0 where none is sent, and the text for a
    name that is taken: assumed.
    """
    name = request["consumableResourceName"]
    if name in region.consumable_resources:
        raise ServiceError(ALREADY_EXISTS)
    check_quota(region.consumable_resources, CONSUMABLE_RESOURCES)
    arn = region.arn(KIND, name)
    simulated = ConsumableResource(
        arn,
        request.get("totalQuantity", 0),
        replenishable=request.get("resourceType", REPLENISHABLE) == REPLENISHABLE,
    )
    record = ConsumableResourceRecord(
        name,
        simulated,
        new_tags(region, arn, request),
        region.simulation.clock.epoch_ms,
        region.next_sequence(),
    )
    region.consumable_resources[name] = record
    return record.named()


def update_consumable_resource(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Set the total quantity, or add to it, or take from it. The same clientToken again does nothing.

    Raises:
        ServiceError: there is no such resource, more is to be removed than there is, or the token
            came with another request before.

    Source: UpdateConsumableResource (documented). Assumed: SET where no operation is sent, no change
    where nothing is, and that a total below what is in use leaves running jobs alone.
    """
    record = _existing(region, request["consumableResource"])
    now_ms = region.simulation.clock.epoch_ms
    earlier = region.consumable_resource_updates.reply_to(request, now_ms)
    if earlier is not None:
        return earlier
    total = _new_total(record.simulated.total, request)
    if total < 0:
        raise ServiceError(NEGATIVE_TOTAL)
    record.simulated.total = total
    reply = {**record.named(), "totalQuantity": total}
    region.consumable_resource_updates.keep(request, reply, now_ms)
    region.simulation.jobs.capacity_changed()
    return reply


def _new_total(old: int, request: Mapping[str, Any]) -> int:
    operation = request.get("operation", "SET")
    if "quantity" not in request:
        if "operation" in request:
            raise ServiceError(QUANTITY_REQUIRED.format(operation=operation))
        return old
    quantity: int = request["quantity"]
    return {"SET": quantity, "ADD": old + quantity, "REMOVE": old - quantity}[operation]


def delete_consumable_resource(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Delete a consumable resource; jobs that wait for it wait on, running ones end as they would.

    Raises:
        ServiceError: there is no such resource.

    Source: DeleteConsumableResource (documented). What becomes of the jobs: assumed.
    """
    record = _existing(region, request["consumableResource"])
    del region.consumable_resources[record.name]
    drop_tags(region, record.arn)
    record.simulated.delete()
    region.simulation.jobs.capacity_changed()
    return {}


def describe_consumable_resource(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Describe a consumable resource; the quantities are those of this instant.

    Raises:
        ServiceError: there is no such resource.

    Source: DescribeConsumableResource (documented; real figures can lag by up to 30 seconds).
    """
    record = _existing(region, request["consumableResource"])
    return {
        **record.summary(),
        "availableQuantity": record.simulated.available,
        "createdAt": record.created_at_ms,
        "tags": dict(record.tags),
    }


def list_consumable_resources(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    List consumable resources, oldest first (assumed), by pages of up to 100.

    Source: ListConsumableResources (documented). That several filters must all be met: assumed.
    """
    tests = [any_of(map(name_test, item["values"])) for item in request.get("filters", ())]
    found = (
        record
        for record in region.consumable_resources.values()
        if all(test(record.name) for test in tests)
    )
    return listed(
        "ListConsumableResources",
        request,
        "consumableResources",
        found,
        position=lambda record: record.sequence,
        shown=lambda record: record.summary(),
    )


def list_jobs_by_consumable_resource(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    List the jobs that ask for a consumable resource, in the order of submission, by pages of up to 100.

    Of an array job these are its children, each of which takes its own (assumed).

    Raises:
        ServiceError: there is no such resource.

    Source: ListJobsByConsumableResource (documented). That several filters must all be met: assumed.
    """
    resource = _existing(region, request["consumableResource"]).simulated
    tests = [_job_test(item["name"], item["values"]) for item in request.get("filters", ())]
    operation = "ListJobsByConsumableResource"
    behind = position_of(request.get("nextToken"), question_of(operation, request))
    return listed(
        operation,
        request,
        "jobs",
        (job for job in _jobs_of(resource, behind) if all(test(job) for test in tests)),
        position=_position,
        shown=lambda job: _job_summary(resource, job),
    )


def _position(job: Job) -> list[int]:
    return [job.sequence, -1 if job.array_index is None else job.array_index]


def _jobs_of(resource: ConsumableResource, behind: list[int] | None) -> Iterator[Job]:
    """Give the jobs from the one on that a page has ended with, without a look at those before it."""
    sequence, index = behind or (0, -1)
    first = bisect_left(resource.jobs, sequence, key=lambda job: job.sequence)
    for job in islice(resource.jobs, first, None):
        if job.expired:
            continue
        if isinstance(job, ArrayJob):
            yield from islice(job.children, index + 1 if job.sequence == sequence else 0, None)
        else:
            yield job


def _job_test(name: str, values: Iterable[str]) -> Callable[[Job], bool]:
    if name == "JOB_NAME":
        return is_named(values)
    statuses = frozenset(values)
    return lambda job: job.status in statuses


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
    """Give what the nodes of a job ask for together, which the job itself does not say."""
    return {
        "consumableResourceList": [
            {"consumableResource": resource.arn, "quantity": quantity}
            for resource, quantity in job.consumes
        ]
    }


def find_consumable_resource(region: Region, given: str) -> ConsumableResourceRecord | None:
    """Give the resource with a name or ARN; None if this region has none such."""
    name = name_in(given, region.arn(KIND, ""))
    return None if name is None else region.consumable_resources.get(name)


def consumed(region: Region, properties: Iterable[Mapping[str, Any] | None]) -> Consumed:
    """
    Give what a job takes when it starts: the sum of what several `consumableResourceProperties` ask for.

    Raises:
        ServiceError: there is no such resource (that SubmitJob refuses it, and the words: assumed).
    """
    quantities: dict[ConsumableResource, int] = {}
    for asked in properties:
        for item in (asked or {}).get("consumableResourceList", ()):
            record = find_consumable_resource(region, item["consumableResource"])
            if record is None:
                raise ServiceError(NOT_FOUND.format(given=item["consumableResource"]))
            taken = quantities.get(record.simulated, 0)
            quantities[record.simulated] = taken + item["quantity"]
    return tuple(quantities.items())


def _existing(region: Region, given: str) -> ConsumableResourceRecord:
    record = find_consumable_resource(region, given)
    if record is None:
        arn = given if given.startswith("arn:") else region.arn(KIND, given)
        raise ServiceError(DOES_NOT_EXIST.format(arn=arn))
    return record
