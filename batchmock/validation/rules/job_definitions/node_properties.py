"""
The rules on `nodeProperties`, and on the containers, tasks and pods of its node ranges.

Multi-node parallel jobs run on EC2 only, so each range has that platform.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from batchmock.validation import texts
from batchmock.validation.rules.job_definitions.containers import CONTAINER_RULES
from batchmock.validation.rules.job_definitions.ecs_tasks import task_problem
from batchmock.validation.rules.job_definitions.eks_pods import pod_problem
from batchmock.validation.rules.job_definitions.node_ranges import (
    covers_all,
    parse_range,
    range_problem,
    ranges_at,
)
from batchmock.validation.rules.resources import memory_missing, vcpu_missing
from batchmock.validation.rules.rule import PREFLIGHT, BlockRule, BlockRules, repeated, text_if

NodeProperties = dict[str, Any]

_FAMILIES = ("ecsProperties", "container", "eksProperties")
_PLATFORM = "EC2"
_SIZES = (vcpu_missing, memory_missing)
#: A container of a range need not have the size that a wider range has.
_IN_A_RANGE = BlockRules(rule for rule in CONTAINER_RULES if rule.violated_by not in _SIZES)


def node_problem(nodes: NodeProperties) -> str | None:
    """Return the text for the first rule that the nodes violate, or None."""
    return NODE_RULES.problem(nodes, _PLATFORM)


def main_node(nodes: NodeProperties, platform: str) -> str | None:
    """Refuse a main node index beyond the last node."""
    return text_if(
        nodes["mainNode"] >= nodes["numNodes"],
        "Main node index is out of range, must be less than numNodes.",
    )


def ranges_within(nodes: NodeProperties, platform: str) -> str | None:
    """Refuse a range that reaches beyond the nodes, or runs backwards."""
    problems = (
        range_problem(item["targetNodes"], nodes["numNodes"])
        for item in nodes["nodeRangeProperties"]
    )
    return next(filter(None, problems), None)


def missing_ranges(nodes: NodeProperties, platform: str) -> str | None:
    """Refuse ranges that leave a node uncovered; `ranges_within` has checked their ends."""
    ranges = (
        parse_range(item["targetNodes"], nodes["numNodes"]) for item in nodes["nodeRangeProperties"]
    )
    return text_if(
        not covers_all(ranges, nodes["numNodes"]),
        "Node Range Properties target nodes have missing ranges",
    )


def one_family(nodes: NodeProperties, platform: str) -> str | None:
    """Refuse a range with no description of its containers, or with more than one."""
    for item in nodes["nodeRangeProperties"]:
        given = [family for family in _FAMILIES if family in item]
        if not given:
            return f"Must specify container for node range {item['targetNodes']}."
        if len(given) > 1:
            return f"NodeRangeProperties can not use both {given[0]} and {given[1]} fields"
    return None


def eks_among_others(nodes: NodeProperties, platform: str) -> str | None:
    """Refuse ranges that mix pods and ECS: no queue runs both."""
    on_eks = {"eksProperties" in item for item in nodes["nodeRangeProperties"]}
    return text_if(len(on_eks) > 1, texts.NODE_RANGES_MIXED)


def instance_types(nodes: NodeProperties, platform: str) -> str | None:
    """Refuse instance types in a range without ecsProperties."""
    return text_if(
        any(
            item.get("instanceTypes") and "ecsProperties" not in item
            for item in nodes["nodeRangeProperties"]
        ),
        "Using instanceTypes with nodeRangeProperty is only allowed for ecsProperties jobs.",
    )


def duplicate_consumable_resources(nodes: NodeProperties, platform: str) -> str | None:
    """Refuse a consumable resource that a range requests twice."""
    return next(
        filter(
            None,
            (
                duplicates(item.get("consumableResourceProperties"))
                for item in nodes["nodeRangeProperties"]
            ),
        ),
        None,
    )


def duplicates(properties: dict[str, Any] | None) -> str | None:
    """Refuse a consumable resource that is requested twice."""
    items = properties.get("consumableResourceList", ()) if properties else ()
    return text_if(
        repeated(item.get("consumableResource") for item in items),
        "Cannot have duplicate consumableResource in consumableResourceProperties",
    )


def differing_namespaces(nodes: NodeProperties, platform: str) -> str | None:
    """Refuse pods in different namespaces."""
    namespaces = {pod.get("metadata", {}).get("namespace") for pod in _pods(nodes)}
    return text_if(len(namespaces) > 1, texts.NODE_NAMESPACES)


def unsized_node(nodes: NodeProperties, platform: str = _PLATFORM) -> str | None:
    """
    Refuse a container without vCPUs or memory for a node that has them in no wider range either.

    Source: ContainerProperties (documented: they must be specified at least once for each node).
    """
    items = nodes["nodeRangeProperties"]
    for missing in _SIZES:
        # None for a task or a pod, whose table has these checks.
        texts_of = [
            missing(item["container"], platform) if "container" in item else None for item in items
        ]
        if any(texts_of):
            spans = [parse_range(item["targetNodes"], nodes["numNodes"]) for item in items]
            for node in range(nodes["numNodes"]):
                # The first range applies; a wider one may be of another kind.
                first, *wider = ranges_at(spans, node)
                sizes = [texts_of[place] for place in wider if "container" in items[place]]
                if texts_of[first] and all(sizes):
                    return texts_of[first]
    return None


def _containers(nodes: NodeProperties) -> Iterator[dict[str, Any]]:
    """Return the container of each range that has one."""
    return (item["container"] for item in nodes["nodeRangeProperties"] if "container" in item)


def _tasks(nodes: NodeProperties) -> Iterator[dict[str, Any]]:
    """Return the task of each range that has one."""
    for item in nodes["nodeRangeProperties"]:
        if "ecsProperties" in item:
            yield from item["ecsProperties"]["taskProperties"]


def _pods(nodes: NodeProperties) -> Iterator[dict[str, Any]]:
    """Return the pod of each range that has one."""
    for item in nodes["nodeRangeProperties"]:
        if "eksProperties" in item:
            yield item["eksProperties"]["podProperties"]


def runs_on_eks(nodes: NodeProperties) -> bool:
    """Return whether a range has eksProperties."""
    return any(True for _ in _pods(nodes))


def of_each(
    described: Callable[[NodeProperties], Iterator[dict[str, Any]]],
    problem: Callable[[dict[str, Any], str], str | None],
) -> Callable[[NodeProperties, str], str | None]:
    """Return a rule that checks each container, task or pod of the ranges."""

    def violated_by(nodes: NodeProperties, platform: str) -> str | None:
        texts_found = (problem(block, _PLATFORM) for block in described(nodes))
        return next(filter(None, texts_found), None)

    return violated_by


NODE_RULES = BlockRules(
    (
        BlockRule("the main node exists", main_node, PREFLIGHT + "jd-node-main-node-lt-num"),
        BlockRule(
            "ranges are within the nodes",
            ranges_within,
            PREFLIGHT
            + "jd-node-target-nodes-in-range; a range that ends before it starts has no nodes",
        ),
        BlockRule(
            "ranges leave no node out", missing_ranges, PREFLIGHT + "jd-node-target-nodes-coverage"
        ),
        BlockRule(
            "ranges describe one thing",
            one_family,
            PREFLIGHT + "jd-node-range-payload-required, jd-node-range-payload-exclusive; "
            "with eksProperties by analogy",
        ),
        BlockRule(
            "ranges run on EKS or not",
            eks_among_others,
            "no job queue has compute environments for both (documented for CreateJobQueue)",
        ),
        BlockRule(
            "instance types go with ecsProperties",
            instance_types,
            PREFLIGHT + "jd-node-instance-types-ecs-only",
        ),
        BlockRule(
            "consumable resources of a range differ",
            duplicate_consumable_resources,
            PREFLIGHT + "jd-consumable-resource-duplicate",
        ),
        BlockRule(
            "pods are in one namespace",
            differing_namespaces,
            "documented for EksMetadata.namespace; text assumed",
        ),
        BlockRule(
            "containers of ranges",
            of_each(_containers, _IN_A_RANGE.problem),
            "the rows for containerProperties",
        ),
        BlockRule(
            "each node has vCPUs and memory",
            unsized_node,
            "documented for ContainerProperties: at least once for each node; the rows for "
            "containerProperties",
        ),
        BlockRule("tasks of ranges", of_each(_tasks, task_problem), "the rows for ecsProperties"),
        BlockRule("pods of ranges", of_each(_pods, pod_problem), "the rows for eksProperties"),
    )
)
