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

_INDEX: Final = re.compile(r"\[[^\]]*\]")


def name_in(values: Mapping[str, Any]) -> str | None:
    """Return the name in the values of a Batch resource."""
    for member in ("name", "compute_environment_name"):
        if isinstance(values.get(member), str) and values[member]:
            return str(values[member])
    for member in ("name_prefix", "compute_environment_name_prefix"):
        if values.get(member):
            return f"{values[member]}1"
    return None


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
        self._configuration = (contents.get("configuration") or {}).get("root_module") or {}
        self._unknown = {
            change["address"]: (change.get("change") or {}).get("after_unknown") or {}
            for change in contents.get("resource_changes") or ()
        }
        values = contents.get("planned_values") or contents.get("values") or {}
        #: The resources by address, including those of modules; without data sources.
        self.resources: dict[str, Mapping[str, Any]] = {
            resource["address"]: resource
            for resource in _resources(values.get("root_module") or {})
        }

    def values_of(self, address: str) -> dict[str, Any]:
        """
        Return the values of a resource, unknown ones filled in.

        Raises:
            BatchMockError: a value that cannot be made up is unknown.
        """
        values = dict(self.resources[address].get("values") or {})
        unknown = self._unknown.get(address, {})
        expressions = self._configured(address).get("expressions", {})
        for member, value in unknown.items():
            if member in _DECIDED_BY_AWS or not _has_unknown(value):
                continue
            if member in _MUST_BE_KNOWN:
                raise BatchMockError(
                    f"batchmock: {self._file}: resource {address!r}, member {member}, is known only after "
                    "the plan is applied. Load the output of `terraform show -json` for the state "
                    "instead."
                )
            values[member] = self._filled(
                values.get(member), value, expressions.get(member), address, member
            )
        return values

    def _filled(self, value: Any, unknown: Any, expression: Any, address: str, member: str) -> Any:
        if unknown is True:
            return self._referred_to(expression, address, member)
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
        for index, item in enumerate(unknown):
            if not _has_unknown(item):
                continue
            at = expression
            if isinstance(expression, list):
                at = expression[min(index, len(expression) - 1)] if expression else None
            found = self._filled(known[index], item, at, address, member)
            if isinstance(found, list) and item is True:
                found = found[min(index, len(found) - 1)]
            known[index] = found
        return known

    def _referred_to(self, expression: Any, address: str, member: str) -> Any:
        """Return the ARN of the Batch resource that an expression refers to, or a made-up value."""
        module = _module_of(address)
        references = expression.get("references", ()) if isinstance(expression, Mapping) else ()
        found = list(dict.fromkeys(self._batch_resources(references, module, address)))
        arns = [self._arn_of(target) for target in found]
        if member in ("compute_environments",):
            return arns
        if arns:
            return arns[0]
        if member in ("compute_environment", "scheduling_policy_arn"):
            raise BatchMockError(
                f"batchmock: {self._file}: resource {address!r}, member {member}, is known only after the "
                "plan is applied, and refers to no resource of the plan. Load the output of "
                "`terraform show -json` for the state instead."
            )
        return StandIn(references[0] if references else f"{address}.{member}")

    def _batch_resources(
        self, references: Sequence[str], module: tuple[str, ...], address: str
    ) -> Iterator[str]:
        for reference in references:
            kind, _, rest = reference.partition(".")
            if kind in OPERATIONS:
                yield from self._instances(kind, rest, module, address)
            elif kind == "module":
                called, _, output = rest.partition(".")
                content = self._module(module).get("module_calls", {}).get(_bare(called), {})
                outputs = content.get("module", {}).get("outputs", {})
                expression = outputs.get(_bare(output.partition(".")[0]), {}).get("expression", {})
                inside = (*module, _bare(called))
                yield from self._batch_resources(expression.get("references", ()), inside, address)
            elif kind == "var" and module:
                call = self._module(module[:-1]).get("module_calls", {}).get(module[-1], {})
                variable = _bare(rest.partition(".")[0])
                expression = call.get("expressions", {}).get(variable, {})
                outside = module[:-1]
                yield from self._batch_resources(expression.get("references", ()), outside, address)

    def _instances(
        self, kind: str, rest: str, module: tuple[str, ...], address: str
    ) -> Iterator[str]:
        """Yield the resource instances that a reference points to."""
        name, index = (
            _bare(rest.partition(".")[0]),
            _INDEX.match(rest[len(rest.partition("[")[0]) :]),
        )
        found = [
            candidate
            for candidate, resource in self.resources.items()
            if resource["type"] == kind
            and resource["name"] == name
            and _module_of(candidate) == module
        ]
        own = _INDEX.search(address.rpartition(".")[2])
        wanted = index or own
        same = [one for one in found if wanted is not None and one.endswith(wanted[0])]
        yield from same or found

    def _arn_of(self, address: str) -> str:
        resource = self.resources[address]
        kind = KINDS[OPERATIONS[resource["type"]]]
        return self._region.arn(kind, name_in(resource.get("values") or {}) or resource["name"])

    def _configured(self, address: str) -> Mapping[str, Any]:
        resource = self.resources[address]
        for configured in self._module(_module_of(address)).get("resources", ()):
            if (configured["type"], configured["name"]) == (resource["type"], resource["name"]):
                found: Mapping[str, Any] = configured
                return found
        return {}

    def _module(self, path: tuple[str, ...]) -> Mapping[str, Any]:
        module: Mapping[str, Any] = self._configuration
        for name in path:
            module = module.get("module_calls", {}).get(name, {}).get("module", {})
        return module


def _resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for resource in module.get("resources") or ():
        for member in ("address", "type", "name"):
            if not isinstance(resource[member], str):
                raise TypeError(f"{member} of a resource is {resource[member]!r}")
        if resource.get("mode") != "data":
            yield resource
    for child in module.get("child_modules") or ():
        yield from _resources(child)


def _has_unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_unknown, value.values()))
    if isinstance(value, list):
        return any(map(_has_unknown, value))
    return value is True


def _bare(name: str) -> str:
    return _INDEX.sub("", name)


def _module_of(address: str) -> tuple[str, ...]:
    """Return the names of the modules that contain a resource, from the outside in."""
    parts = _INDEX.sub("", address).split(".")
    return tuple(parts[at + 1] for at, part in enumerate(parts[:-2]) if part == "module")
