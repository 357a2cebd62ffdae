"""
Consumable resources: create, update, delete, describe, list.

The simulation decides when a job takes and returns a quantity.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from batchmock.errors import ServiceError
from batchmock.operations.arns import name_in
from batchmock.operations.filters import any_of, name_test, named_filters
from batchmock.operations.pagination import listed
from batchmock.operations.quotas import CONSUMABLE_RESOURCE_QUOTA, check_quota
from batchmock.operations.region import Records, Region
from batchmock.operations.resources import DOES_NOT_EXIST, name_taken
from batchmock.simulation.placement.consumable_resources import ConsumableResource

REPLENISHABLE: Final = "REPLENISHABLE"
NON_REPLENISHABLE: Final = "NON_REPLENISHABLE"

# Captured from a create; assumed for an update that removes more than there is.
NEGATIVE_TOTAL: Final = "totalQuantity cannot be a negative number."

# Assumed: a job cannot name a resource that never existed, and an operation has a quantity. The texts are
# assumed.
NOT_FOUND: Final = "ConsumableResource {given} not found."
QUANTITY_REQUIRED: Final = "quantity is required with operation {operation}."

Consumed = tuple[tuple[ConsumableResource, int], ...]


class ConsumableResourceRecord:
    """A consumable resource. `simulated` has its quantities and the jobs that request it."""

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
        """Return its name and ARN."""
        return {"consumableResourceName": self.name, "consumableResourceArn": self.arn}

    def summary(self) -> dict[str, Any]:
        """Return its ListConsumableResources item."""
        return {
            **self.named(),
            "totalQuantity": self.simulated.shown_total,
            "inUseQuantity": self.simulated.in_use,
            "resourceType": self.resource_type,
        }


#: The consumable resources of each region, by name.
CONSUMABLE_RESOURCES: Final = Records[ConsumableResourceRecord]("consumable-resource")
#: The deleted ones, by ARN.
_DELETED: Final = Records[ConsumableResource]("deleted consumable resources")


def create_consumable_resource(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Create a consumable resource; it can be used at once.

    Raises:
        ServiceError: the name is taken, or there are too many.

    Source: CreateConsumableResource, and the user guide, "Delete a consumable resource": one that is
    created with the name of a deleted one is the same resource (documented). Assumed: a total of 0 by
    default, and the text for a name that is taken.
    """
    name = request["consumableResourceName"]
    if name in CONSUMABLE_RESOURCES.of(region):
        raise name_taken()
    check_quota(CONSUMABLE_RESOURCES.of(region), CONSUMABLE_RESOURCE_QUOTA)
    arn = region.arn(CONSUMABLE_RESOURCES.kind, name)
    simulated = _simulated(region, arn, request)
    record = ConsumableResourceRecord(
        name,
        simulated,
        region.new_tags(arn, request),
        region.simulation.clock.epoch_ms,
        region.next_sequence(),
    )
    CONSUMABLE_RESOURCES.of(region)[name] = record
    return record.named()


def _simulated(region: Region, arn: str, request: Mapping[str, Any]) -> ConsumableResource:
    """Return the quantities of a new resource: those of a deleted one, if it had this name."""
    total = request.get("totalQuantity", 0)
    replenishable = request.get("resourceType", REPLENISHABLE) == REPLENISHABLE
    deleted = _DELETED.of(region).pop(arn, None)
    if deleted is None:
        return ConsumableResource(arn, total, replenishable=replenishable)
    deleted.restore(total, replenishable=replenishable)
    region.simulation.jobs.capacity_changed()
    return deleted


def update_consumable_resource(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Set, add to or subtract from the total quantity. A repeated clientToken is a no-op.

    Raises:
        ServiceError: there is no such resource, it has less than is to be removed, or the token
        belongs to a different request.

    Source: UpdateConsumableResource, and the user guide, "Update the quantity of a resource while it is
    in use by jobs" (documented). Assumed: SET is the default operation, and a request without a quantity
    changes nothing.
    """
    record = existing_consumable_resource(region, request["consumableResource"])
    now_ms = region.simulation.clock.epoch_ms
    earlier = region.consumable_resource_updates.reply_to(request, now_ms)
    if earlier is not None:
        return earlier
    total = _new_total(record.simulated.total, request)
    if total < 0:
        raise ServiceError(NEGATIVE_TOTAL)
    record.simulated.total = total
    reply = {**record.named(), "totalQuantity": record.simulated.shown_total}
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
    Delete a consumable resource. Waiting jobs keep waiting, and running jobs run to their end.

    Raises:
        ServiceError: there is no such resource.

    Source: the user guide, "Delete a consumable resource" (documented).
    """
    record = existing_consumable_resource(region, request["consumableResource"])
    del CONSUMABLE_RESOURCES.of(region)[record.name]
    region.drop_tags(record.arn)
    record.simulated.delete()
    _DELETED.of(region)[record.arn] = record.simulated
    region.simulation.jobs.capacity_changed()
    return {}


def describe_consumable_resource(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Describe a consumable resource; the quantities are those of this instant.

    Raises:
        ServiceError: there is no such resource.

    Source: DescribeConsumableResource (documented; real figures can lag by up to 30 seconds).
    """
    record = existing_consumable_resource(region, request["consumableResource"])
    return {
        **record.summary(),
        "availableQuantity": record.simulated.available,
        "createdAt": record.created_at_ms,
        "tags": dict(record.tags),
    }


def list_consumable_resources(region: Region, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    List consumable resources, oldest first (assumed), by pages of up to 100.

    Source: ListConsumableResources (documented). That all filters must match is assumed.
    """
    tests = [any_of(map(name_test, item.get("values", ()))) for item in named_filters(request)]
    found = (
        record
        for record in CONSUMABLE_RESOURCES.of(region).values()
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


def find_consumable_resource(region: Region, given: str) -> ConsumableResourceRecord | None:
    """Return the resource with a name or ARN; None if this region has none."""
    name = name_in(given, region.arn(CONSUMABLE_RESOURCES.kind, ""))
    return None if name is None else CONSUMABLE_RESOURCES.of(region).get(name)


def consumed(region: Region, properties: Iterable[Mapping[str, Any] | None]) -> Consumed:
    """
    Return the quantities that a job takes when it starts, summed over `consumableResourceProperties`.

    Raises:
        ServiceError: there is no such resource (the refusal and its text are assumed).
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


def existing_consumable_resource(region: Region, given: str) -> ConsumableResourceRecord:
    """
    Return the resource with a name or ARN.

    Raises:
        ServiceError: there is none (text assumed).
    """
    record = find_consumable_resource(region, given)
    if record is None:
        arn = given if given.startswith("arn:") else region.arn(CONSUMABLE_RESOURCES.kind, given)
        raise ServiceError(DOES_NOT_EXIST.format(arn=arn))
    return record
