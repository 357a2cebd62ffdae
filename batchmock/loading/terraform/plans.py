"""
The values of a plan, including those known only after it is applied.

Such a value is resolved through the configuration's references. The ARN of a Batch resource follows from its
name; values decided by other services are made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from batchmock.errors import BatchMockError
from batchmock.loading.creations import KINDS
from batchmock.loading.stand_ins import StandIn
from batchmock.loading.terraform.addresses import address_of
from batchmock.loading.terraform.event_patterns import homes_of, moved_pattern
from batchmock.loading.terraform.references import References, references_of
from batchmock.operations.region import Region

#: The operation that creates a resource, by its type.
OPERATIONS: Final[Mapping[str, str]] = {
    "aws_batch_compute_environment": "CreateComputeEnvironment",
    "aws_batch_consumable_resource": "CreateConsumableResource",
    "aws_batch_job_definition": "RegisterJobDefinition",
    "aws_batch_job_queue": "CreateJobQueue",
    "aws_batch_scheduling_policy": "CreateSchedulingPolicy",
    "aws_batch_service_environment": "CreateServiceEnvironment",
}

#: The members whose values cannot be made up.
_MUST_BE_KNOWN: Final = (
    "container_properties",
    "node_properties",
    "ecs_properties",
    "eks_properties",
)

#: Computed members that do not matter for the creation.
_DECIDED_BY_AWS: Final = (
    "arn",
    "arn_prefix",
    "ecs_cluster_arn",
    "id",
    "revision",
    "status",
    "status_reason",
    "tags_all",
)

#: The members that refer to a resource which must be the right one, with the type of the resource.
_WIRING: Final[Mapping[str, str]] = {
    "compute_environment": "aws_batch_compute_environment",
    "compute_environments": "aws_batch_compute_environment",
    "scheduling_policy_arn": "aws_batch_scheduling_policy",
    "service_environment": "aws_batch_service_environment",
}

_NAMES: Final = ("name", "compute_environment_name")
_PREFIXES: Final = ("name_prefix", "compute_environment_name_prefix")
_LONGEST_NAME: Final = 128


def _name_in(values: Mapping[str, Any]) -> str | None:
    """Return the name in the values of a Batch resource."""
    names = (values.get(member) for member in _NAMES)
    return next((name for name in names if isinstance(name, str) and name), None)


class Plan:
    """
    A plan or a state.

    Args:
        contents: the output of `terraform show -json`.
        file: its file, for messages.
        region: the region in which it is loaded.
    """

    def __init__(self, contents: Mapping[str, Any], file: str, region: Region) -> None:
        self._file = file
        self._region = region
        # A replaced object that is still to be deleted has the address of its successor.
        changes = {
            change["address"]: change.get("change") or {}
            for change in contents.get("resource_changes") or ()
            if not change.get("deposed")
        }
        self._unknown = {
            address: change.get("after_unknown") or {} for address, change in changes.items()
        }
        self._created = {
            address
            for address, change in changes.items()
            if "create" in (change.get("actions") or ())
        }
        values = contents.get("planned_values") or contents.get("values") or {}
        #: The resources by address, including those of modules; without data sources.
        self.resources: dict[str, Mapping[str, Any]] = {
            resource["address"]: resource
            for resource in _resources(values.get("root_module") or {})
        }
        configuration = (contents.get("configuration") or {}).get("root_module") or {}
        addresses = [
            address
            for address, resource in self.resources.items()
            if resource["type"] in OPERATIONS
        ]
        self._references = References(configuration, addresses, OPERATIONS)

    def has(self, address: str) -> bool:
        """Return whether a resource exists already, as those of a state do."""
        return address not in self._created

    def moved_pattern(self, pattern: Any) -> Any:
        """Return an event pattern with the region and the account of the mock."""
        arns = [
            (resource.get("values") or {}).get("arn")
            for resource in self.resources.values()
            if resource["type"] in OPERATIONS
        ]
        return moved_pattern(pattern, homes_of(arns), self._region)

    def name_of(self, address: str) -> str:
        """
        Return the name of a Batch resource.

        A name that is decided when the plan is applied is made up of its prefix and its address.
        """
        values = self.resources[address].get("values") or {}
        known = _name_in(values)
        if known is not None:
            return known
        modules, _, instance = address_of(address)
        text = "-".join(f"{step.name}{step.key}" for step in (*modules, instance))
        made = re.sub(r"[^A-Za-z0-9_]+", "-", text).strip("-")
        prefix = next((values[member] for member in _PREFIXES if values.get(member)), "")
        return f"{prefix}{made}"[:_LONGEST_NAME]

    def values_of(self, address: str) -> dict[str, Any]:
        """
        Return the values of a resource, unknown ones filled in.

        Raises:
            BatchMockError: a value that cannot be made up is unknown.
        """
        values = dict(self.resources[address].get("values") or {})
        unknown = self._unknown.get(address, {})
        expressions = self._references.configured(address).get("expressions", {})
        for member, value in unknown.items():
            if member in _DECIDED_BY_AWS or not _has_unknown(value):
                continue
            if member in _MUST_BE_KNOWN:
                raise self._error(address, member, "is known only after the plan is applied")
            values[member] = self._filled(
                values.get(member), value, expressions.get(member), address, member
            )
        return values

    def _filled(self, value: Any, unknown: Any, expression: Any, address: str, member: str) -> Any:
        if unknown is True and member == "compute_environments":
            return self._wired(expression, address, member, None)
        if unknown is True:
            return self._made(expression, address, member, 1)[0]
        if isinstance(unknown, Mapping):
            known = dict(value or {})
            for name, item in unknown.items():
                if _has_unknown(item):
                    at = expression.get(name) if isinstance(expression, Mapping) else None
                    known[name] = self._filled(known.get(name), item, at, address, name)
            return known
        if isinstance(unknown, Sequence):
            return self._filled_list(value, unknown, expression, address, member)
        return value

    def _filled_list(
        self, value: Any, unknown: Sequence[Any], expression: Any, address: str, member: str
    ) -> list[Any]:
        known = list(value or [])
        known += [None] * (len(unknown) - len(known))
        if isinstance(expression, list) and len(expression) != len(unknown):
            # The configuration does not show `dynamic` blocks, so the blocks do not correspond.
            expression = None
        gaps = [index for index, item in enumerate(unknown) if item is True]
        if gaps:
            found = self._made(expression, address, member, len(gaps))
            for index, item in zip(gaps, found, strict=True):
                known[index] = item
        for index, item in enumerate(unknown):
            if item is not True and _has_unknown(item):
                at = expression[index] if isinstance(expression, list) else expression
                known[index] = self._filled(known[index], item, at, address, member)
        return known

    def _made(self, expression: Any, address: str, member: str, count: int) -> list[Any]:
        """Return as many values as a member lacks: ARNs of Batch resources, or made-up ones."""
        if member in _WIRING:
            return self._wired(expression, address, member, count)
        found = self._references.found_by(address, expression)
        if found:
            return [self._arn_of(found[0])] * count
        references = references_of(expression)
        return [StandIn(references[0] if references else f"{address}.{member}")] * count

    def _wired(self, expression: Any, address: str, member: str, count: int | None) -> list[str]:
        """
        Return the ARNs of the resources that an expression refers to.

        Args:
            expression: the expression in the configuration.
            address: the resource that has it.
            member: the member.
            count: how many it refers to; None if the plan does not record the number.

        Raises:
            BatchMockError: the plan does not record which resources these are.
        """
        found = [
            target
            for target in self._references.found_by(address, expression)
            if self.resources[target]["type"] == _WIRING[member]
        ]
        # A resource that exists already has a known ARN, so the unknown one is that of another.
        found = [target for target in found if self._is_new(target)] or found
        late = "is known only after the plan is applied, and"
        if not found:
            raise self._error(address, member, f"{late} refers to no resource of the plan")
        if count not in (None, len(found)):
            choices = " or ".join(map(repr, found))
            raise self._error(address, member, f"{late} can be {choices}")
        return [self._arn_of(target) for target in found]

    def _is_new(self, address: str) -> bool:
        return (self._unknown.get(address) or {}).get("arn") is True

    def _error(self, address: str, member: str, problem: str) -> BatchMockError:
        return BatchMockError(
            f"batchmock: {self._file}: resource {address!r}, member {member}, {problem}. Load the output "
            "of `terraform show -json` for the state instead."
        )

    def _arn_of(self, address: str) -> str:
        kind = KINDS[OPERATIONS[self.resources[address]["type"]]]
        return self._region.arn(kind, self.name_of(address))


def _resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for resource in module.get("resources") or ():
        for member in ("address", "type", "name"):
            if not isinstance(resource[member], str):
                raise TypeError(f"{member} of a resource is {resource[member]!r}")
        if resource.get("mode", "managed") == "managed":
            yield resource
    for child in module.get("child_modules") or ():
        yield from _resources(child)


def _has_unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_unknown, value.values()))
    if isinstance(value, list):
        return any(map(_has_unknown, value))
    return value is True
