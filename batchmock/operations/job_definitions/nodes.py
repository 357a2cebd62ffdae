"""
Multi-node parallel jobs: `nodeProperties` and the contents of node ranges.

Source: NodeProperties, NodeRangeProperty, NodeOverrides (documented); what parent and nodes show as
captured from DescribeJobs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from batchmock.copies import copy_of
from batchmock.errors import ServiceError
from batchmock.operations.job_definitions.attempt_details import (
    log_stream_name,
    with_exit,
    with_times,
)
from batchmock.operations.job_definitions.containers import (
    ContainerContents,
    OverriddenContainer,
    shown_properties,
)
from batchmock.operations.job_definitions.contents import (
    Contents,
    Placeholders,
    Runs,
    check_overrides_fit,
)
from batchmock.operations.job_definitions.ecs_tasks import EcsContents
from batchmock.operations.job_definitions.eks_pods import EksContents
from batchmock.operations.member_order import in_model_order
from batchmock.operations.region import Region
from batchmock.simulation.jobs.attempts import Attempt
from batchmock.simulation.jobs.families import NodeContents
from batchmock.simulation.jobs.job import Job
from batchmock.validation.rules.job_definitions.node_properties import unsized_node
from batchmock.validation.rules.job_definitions.node_ranges import parse_range, ranges_at
from batchmock.validation.rules.resources import missing_requirements

# Captured.
UNMATCHED_TARGETS: Final = (
    "NodeOverride targets should match job definition. Non matching targets - {targets}"
)
# Documented rules for a different number of nodes; the texts are assumed.
NUM_NODES_NEEDS_OPEN_RANGE: Final = (
    "numNodes can only be overridden if a node range of the job definition has no upper limit."
)
NUM_NODES_TOO_SMALL: Final = (
    "numNodes must be greater than the main node index and the lower limit of the open node range."
)

Properties = dict[str, Any]


class NodesContents:
    """The nodes of a multi-node parallel job; each range has its own contents."""

    __slots__ = ("_of_ranges", "definition_name", "properties", "ranges")

    member = "nodeProperties"
    override_member = "nodeOverrides"

    def __init__(
        self, properties: Properties, definition_name: str, ranges: tuple[Contents, ...]
    ) -> None:
        self.properties = properties
        self.definition_name = definition_name
        #: The contents of each of `nodeRangeProperties`.
        self.ranges = ranges
        #: The contents of the nodes that the same ranges contain.
        self._of_ranges: dict[tuple[int, ...], Contents] = {}

    @classmethod
    def registered(cls, node_properties: Properties, name: str) -> NodesContents:
        """Return the contents of a validated `nodeProperties`."""
        ranges = tuple(
            member_contents(
                {"containerProperties": item.get("container"), **_without_container(item)},
                name,
                "EC2",
            )
            for item in node_properties["nodeRangeProperties"]
        )
        shown = [
            _shown_range(item, contents)
            for item, contents in zip(node_properties["nodeRangeProperties"], ranges, strict=True)
        ]
        return cls({**node_properties, "nodeRangeProperties": shown}, name, ranges)

    @property
    def capability(self) -> str:
        """EKS if the nodes are pods, otherwise EC2."""
        return self.ranges[0].capability

    @property
    def num_nodes(self) -> int:
        """The number of nodes."""
        return int(self.properties["numNodes"])

    @property
    def main_node(self) -> int:
        """The index of the main node."""
        return int(self.properties["mainNode"])

    def overridden(self, overrides: dict[str, Any]) -> NodesContents:
        """Return the contents with nodeOverrides applied: the number of nodes, and the contents of ranges."""
        properties = dict(self.properties)
        if "numNodes" in overrides:
            self._check_num_nodes(overrides["numNodes"])
            properties["numNodes"] = overrides["numNodes"]
        ranges = list(self.ranges)
        shown = list(properties["nodeRangeProperties"])
        for override in overrides.get("nodePropertyOverrides", ()):
            index = self._range_index(override["targetNodes"])
            ranges[index] = _overridden_range(ranges[index], override)
            shown[index] = _shown_range({**shown[index], **_kept(override)}, ranges[index])
        properties["nodeRangeProperties"] = shown
        text = unsized_node(properties)
        if text is not None:
            raise ServiceError(text, wrapped=True)
        return NodesContents(properties, self.definition_name, tuple(ranges))

    def _check_num_nodes(self, num_nodes: int) -> None:
        lower_limits = [
            int(item["targetNodes"].rstrip(":") or 0)
            for item in self.properties["nodeRangeProperties"]
            if item["targetNodes"].endswith(":")
        ]
        if not lower_limits:
            raise ServiceError(NUM_NODES_NEEDS_OPEN_RANGE)
        if num_nodes <= max(self.main_node, *lower_limits):
            raise ServiceError(NUM_NODES_TOO_SMALL)

    def _range_index(self, targets: str) -> int:
        for index, item in enumerate(self.properties["nodeRangeProperties"]):
            if item["targetNodes"] == targets:
                return index
        raise ServiceError(UNMATCHED_TARGETS.format(targets=targets))

    def substituted(self, placeholders: Placeholders) -> NodesContents:
        """Return the contents with `Ref::name` replaced in the commands of all ranges."""
        ranges = tuple(contents.substituted(placeholders) for contents in self.ranges)
        shown = [
            _shown_range(item, contents)
            for item, contents in zip(self.properties["nodeRangeProperties"], ranges, strict=True)
        ]
        properties = {**self.properties, "nodeRangeProperties": shown}
        return NodesContents(properties, self.definition_name, ranges)

    def runs(self) -> Runs:
        """Return the containers of the main node."""
        return self._contents_at(self.main_node).runs()

    def nodes(self) -> tuple[NodeContents, ...]:
        """Return the contents of each node."""
        return tuple(self._node_at(index) for index in range(self.num_nodes))

    def _node_at(self, index: int) -> NodeContents:
        numbers = self._ranges_at(index)
        contents = self._contents_of(numbers)
        return NodeContents(*contents.runs(), contents, self._instance_type(numbers[0]))

    def _instance_type(self, number: int) -> str | None:
        """Return the container of a range with the instance type that the range names."""
        named = self.properties["nodeRangeProperties"][number].get("instanceTypes")
        if named:
            return str(named[0])
        instance_type: str | None = self.ranges[number].properties.get("instanceType")
        return instance_type

    def consumable_resources(self) -> list[Properties]:
        """Return the consumable resources of each node that requests any."""
        items = self.properties["nodeRangeProperties"]
        if not any("consumableResourceProperties" in item for item in items):
            return []
        asked = [items[self._ranges_at(index)[0]] for index in range(self.num_nodes)]
        return [item.get("consumableResourceProperties", {}) for item in asked]

    def _contents_at(self, index: int) -> Contents:
        return self._contents_of(self._ranges_at(index))

    def _contents_of(self, numbers: tuple[int, ...]) -> Contents:
        """Return the contents of nodes in these ranges: the first one's, with a size that it may lack."""
        contents = self._of_ranges.get(numbers)
        if contents is None:
            contents = self.ranges[numbers[0]]
            for number in numbers[1:]:
                contents = _with_size_of(contents, self.ranges[number])
            self._of_ranges[numbers] = contents
        return contents

    def _ranges_at(self, index: int) -> tuple[int, ...]:
        """Return the indexes of the ranges that contain a node; the first one applies to it."""
        items = self.properties["nodeRangeProperties"]
        spans = [parse_range(item["targetNodes"], self.num_nodes) for item in items]
        return tuple(ranges_at(spans, index))

    def job_members(self, region: Region, job: Job, attempt: Attempt | None) -> dict[str, Any]:
        """Return `nodeProperties`: a multi-node job shows no container of its own (captured)."""
        return {"nodeProperties": copy_of(self.properties)}

    @property
    def attempts_member(self) -> str:
        """The member that lists finished attempts, as for the main node."""
        return self._contents_at(self.main_node).attempts_member

    def attempt_detail(self, region: Region, job: Job, attempt: Attempt) -> dict[str, Any]:
        """
        Return a finished attempt of the main node, as the job shows it.

        It has exit codes and log streams, but no ARNs and no network (captured for `container`, inferred for
        `taskProperties`). An entry of `eksAttempts` is that of the main node (inferred).
        """
        contents = self._contents_at(self.main_node)
        detail: dict[str, Any]
        if isinstance(contents, EcsContents):
            containers = [
                {**item, "networkInterfaces": []}
                for item in contents.ended_containers(job, attempt)
            ]
            detail = {"taskProperties": [{"containers": containers}]}
        elif isinstance(contents, ContainerContents):
            keys = {
                "logStreamName": log_stream_name(
                    self.definition_name, contents.properties, attempt
                ),
                "networkInterfaces": [],
            }
            detail = {"container": with_exit(keys, attempt.exit_code, attempt.reason)}
        else:
            return contents.attempt_detail(region, job, attempt)
        return cast("Properties", in_model_order("AttemptDetail", with_times(detail, attempt)))


def _with_size_of(contents: Contents, wider: Contents) -> Contents:
    """Return the contents of a range with the vCPUs and the memory that only a wider range has."""
    if not isinstance(contents, ContainerContents) or not isinstance(wider, ContainerContents):
        return contents
    missing = missing_requirements(contents.properties, wider.properties)
    if not missing:
        return contents
    return OverriddenContainer(contents, {"resourceRequirements": missing})


def _without_container(item: Mapping[str, Any]) -> Properties:
    return {name: value for name, value in item.items() if name != "container"}


def _shown_range(item: Mapping[str, Any], contents: Contents) -> Properties:
    member = "container" if contents.member == "containerProperties" else contents.member
    return {**item, member: contents.properties}


def _overridden_range(contents: Contents, override: Mapping[str, Any]) -> Contents:
    check_overrides_fit(contents, override)
    given = override.get(contents.override_member)
    return contents.overridden(given) if given else contents


def _kept(override: Mapping[str, Any]) -> Properties:
    """Return the members of an override that replace those of the range as a whole."""
    kept = {}
    if "instanceTypes" in override:
        kept["instanceTypes"] = override["instanceTypes"]
    if "consumableResourcePropertiesOverride" in override:
        kept["consumableResourceProperties"] = override["consumableResourcePropertiesOverride"]
    return kept


def _container(properties: Mapping[str, Any], name: str, capability: str) -> Contents:
    shown = shown_properties(properties, fargate=capability == "FARGATE")
    return ContainerContents(shown, name, capability)


def _task(properties: Mapping[str, Any], name: str, capability: str) -> Contents:
    return EcsContents.registered(properties, name, capability)


def _pod(properties: Mapping[str, Any], name: str, capability: str) -> Contents:
    return EksContents.registered(properties, name)


#: The kinds of contents: from the member of a job definition or node range to what reads it.
KINDS: Final[Mapping[str, Callable[[Mapping[str, Any], str, str], Contents]]] = {
    "ecsProperties": _task,
    "eksProperties": _pod,
    "containerProperties": _container,
}


def member_contents(source: Mapping[str, Any], name: str, capability: str) -> Contents:
    """
    Return the contents of a job definition or node range.

    Args:
        source: the job definition or node range, which has a member of one kind (validated).
        name: the name of the job definition.
        capability: the platform capability that it needs, e.g. `FARGATE`.
    """
    member = next(member for member in KINDS if member in source)
    return KINDS[member](source[member], name, capability)
