"""RegisterJobDefinition with nodeProperties: node ranges and their containers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from batchmock.validation.rules.job_definitions.node_ranges import (
    covers_all,
    has_open_end,
    parse_range,
    range_problem,
    ranges_at,
)

from .examples import (
    CONTAINER,
    ECS_TASK,
    EKS_PROPERTIES,
    NODE_PROPERTIES,
    POD_CONTAINER,
    RICH_NODE_PROPERTIES,
    RICH_POD,
    multinode,
    without,
)

Text = Callable[[str, dict[str, Any]], str | None]

ECS = {"taskProperties": [ECS_TASK]}


def nodes(**members: Any) -> dict[str, Any]:
    """Return a request whose node properties have these members."""
    return multinode(nodeProperties={**NODE_PROPERTIES, **members})


def ranges(*items: dict[str, Any], count: int = 2) -> dict[str, Any]:
    """Return a request with these ranges."""
    return nodes(nodeRangeProperties=list(items), numNodes=count)


def targets(*named: str, count: int = 10) -> dict[str, Any]:
    """Return a request whose ranges have these targets, each with a container."""
    return ranges(*({"targetNodes": text, "container": CONTAINER} for text in named), count=count)


def whole(**members: Any) -> dict[str, Any]:
    """Return a request with one range of all nodes that has these members."""
    return ranges({"targetNodes": ":", **members})


def pod(**metadata: Any) -> dict[str, Any]:
    """Return eksProperties whose pod has this metadata."""
    return {"podProperties": {"containers": [POD_CONTAINER], "metadata": metadata}}


VALID = {
    "minimal": nodes(),
    "rich": multinode(nodeProperties=RICH_NODE_PROPERTIES, platformCapabilities=["EC2"]),
    "one node": targets("0", count=1),
    "a thousand nodes": targets("0:998", "999", count=1000),
    "leading zeros": targets("00:09"),
    "nested ranges": targets("0:", "3:5", "4"),
    "equal ranges": targets("0:9", "0:9"),
    "a size for each node": ranges(
        {"targetNodes": "0:", "container": CONTAINER},
        {"targetNodes": "0", "container": {"image": "head"}},
    ),
    "vCPUs and memory in different ranges": ranges(
        {"targetNodes": "0", "container": {"image": "head", "vcpus": 1}},
        {"targetNodes": "0:", "container": {"image": "all", "memory": 128}},
        {"targetNodes": "1:", "container": {"image": "rest", "vcpus": 2}},
    ),
    "a range that applies to no node": ranges(
        {"targetNodes": "0:1", "container": {"image": "hidden"}},
        {"targetNodes": "0:1", "container": CONTAINER},
    ),
    "tasks inside a container that applies to no node": ranges(
        {"targetNodes": "0:", "container": {"image": "hidden"}},
        {"targetNodes": "0:1", "ecsProperties": ECS},
    ),
    "five ranges": targets("0", "1", "2", "3", "4:"),
    "tasks": whole(ecsProperties=ECS, instanceTypes=["c6i.large"]),
    "no instance types": whole(container=CONTAINER, instanceTypes=[]),
    "pods": whole(eksProperties={"podProperties": RICH_POD}),
    "pods in one namespace": ranges(
        {"targetNodes": "0", "eksProperties": pod(namespace="render")},
        {"targetNodes": "1", "eksProperties": pod(namespace="render")},
    ),
    "containers and tasks": ranges(
        {"targetNodes": "0", "container": CONTAINER}, {"targetNodes": "1", "ecsProperties": ECS}
    ),
}

REFUSED = [
    (nodes(numNodes=0), "Number of nodes must be between 1 and 1000."),
    (nodes(numNodes=1001), "Number of nodes must be between 1 and 1000."),
    (
        nodes(mainNode=2),
        "Main node index is out of range, must be less than numNodes.",
    ),
    (
        nodes(mainNode=-1),
        "Main node index is out of range, must be less than numNodes.",
    ),
    (
        multinode(nodeProperties=without(NODE_PROPERTIES, "mainNode")),
        "nodeProperties.mainNode is required.",
    ),
    (ranges(), "Node Range Properties target nodes have missing ranges"),
    (targets(*":" * 6), "Maximum allowed size of node range properties is 5"),
    *(
        (targets(text), "targetNodes should contain only digits.")
        for text in ("", "all", "-1", "0-9", "0:1:2", "0: 9", "0:9\n", "٣")
    ),
    (
        targets("0:10"),
        "Node range error 0:10. Node range should be smaller than number of nodes",
    ),
    (
        targets(":10"),
        "Node range error :10. Node range should be smaller than number of nodes",
    ),
    (targets("10"), "Node range error 10. Node range should be smaller than number of nodes"),
    (
        targets(":", "10:"),
        "Node range error 10:. Node range should be smaller than number of nodes",
    ),
    (
        targets("9" * 5000),
        f"Node range error {'9' * 5000}. Node range should be smaller than number of nodes",
    ),
    (
        targets(":", "5:4"),
        "Node range error 5:4. Node range should not end before it starts",
    ),
    (targets("1:"), "Node Range Properties target nodes have missing ranges"),
    (targets("0:3", "5:9"), "Node Range Properties target nodes have missing ranges"),
    (targets("0:8"), "Node Range Properties target nodes have missing ranges"),
    (ranges({"targetNodes": "0:1"}), "Must specify container for node range 0:1."),
    (
        whole(container=CONTAINER, ecsProperties=ECS),
        "NodeRangeProperties can not use both ecsProperties and container fields",
    ),
    (
        whole(container=CONTAINER, eksProperties=EKS_PROPERTIES),
        "NodeRangeProperties can not use both container and eksProperties fields",
    ),
    (
        whole(ecsProperties=ECS, eksProperties=EKS_PROPERTIES),
        "NodeRangeProperties can not use both ecsProperties and eksProperties fields",
    ),
    (
        ranges(
            {"targetNodes": "0", "container": CONTAINER},
            {"targetNodes": "1", "eksProperties": EKS_PROPERTIES},
        ),
        "Either all node ranges must use eksProperties or none.",
    ),
    (
        whole(container=CONTAINER, instanceTypes=["c6i.large"]),
        "Using instanceTypes with nodeRangeProperty is only allowed for ecsProperties jobs.",
    ),
    (
        whole(ecsProperties=ECS, instanceTypes=["c6i.large", "c6i.xlarge"]),
        "nodeProperties.nodeRangeProperties[0].instanceTypes can have at most 1 items, got 2.",
    ),
    (
        whole(
            container=CONTAINER,
            consumableResourceProperties={
                "consumableResourceList": [{"consumableResource": "license", "quantity": 1}] * 2
            },
        ),
        "Cannot have duplicate consumableResource in consumableResourceProperties",
    ),
    (
        whole(
            container=CONTAINER,
            consumableResourceProperties={
                "consumableResourceList": [
                    {"consumableResource": str(n), "quantity": 1} for n in range(6)
                ]
            },
        ),
        "Each ConsumableResourceProperty can have at most 5 consumableResources",
    ),
    (
        ranges(
            {"targetNodes": "0", "eksProperties": pod(namespace="render")},
            {"targetNodes": "1", "eksProperties": pod()},
        ),
        "The namespace must be the same in all node ranges.",
    ),
    (whole(container={}), "ECS Container Image must be provided."),
    (whole(container={"image": "busybox"}), "vCPU is required."),
    (whole(container={"image": "busybox", "vcpus": 1}), "Memory is required."),
    (
        ranges(
            {"targetNodes": "0", "container": CONTAINER},
            {"targetNodes": "1:", "container": {"image": "busybox"}},
        ),
        "vCPU is required.",
    ),
    (
        ranges(
            {"targetNodes": ":", "ecsProperties": ECS},
            {"targetNodes": "1", "container": {"image": "busybox"}},
        ),
        "vCPU is required.",
    ),
    (
        ranges(
            {"targetNodes": "0", "container": CONTAINER},
            {"targetNodes": "1", "container": {**CONTAINER, "vcpus": 1}},
        ),
        "Cannot use both ECS containerProperties vcpus and resourceRequirement VCPU.",
    ),
    (
        whole(container={**CONTAINER, "networkConfiguration": {"assignPublicIp": "ENABLED"}}),
        "networkConfiguration not applicable for EC2.",
    ),
    (whole(ecsProperties={"taskProperties": []}), "taskProperties must have exactly one element."),
    (
        whole(ecsProperties={"taskProperties": [{"containers": [{"image": "busybox"}]}]}),
        "vCPU is required.",
    ),
    (whole(eksProperties={}), "Containers must be provided for Batch on EKS jobs."),
    (
        whole(eksProperties={"podProperties": {"containers": [{"image": "busybox"}]}}),
        "You must provide a container for eksProperties.",
    ),
]


@pytest.mark.parametrize("name", VALID)
def test_accepted(refused_text: Text, name: str) -> None:
    """Node properties that follow every rule are accepted."""
    assert refused_text("RegisterJobDefinition", VALID[name]) is None


@pytest.mark.parametrize(("request_params", "text"), REFUSED)
def test_refused(refused_text: Text, request_params: dict[str, Any], text: str | None) -> None:
    """Node properties are accepted (None) or refused with the message of the rule that they break."""
    assert refused_text("RegisterJobDefinition", request_params) == text


@pytest.mark.parametrize(
    ("text", "expected", "is_open"),
    [
        ("2:4", range(2, 5), False),
        (":4", range(5), False),
        ("2:", range(2, 10), True),
        (":", range(10), True),
        ("2", range(2, 3), False),
        ("0:99", range(100), False),
        ("12:", range(12, 10), True),
    ],
)
def test_parse_range(text: str, expected: range, is_open: bool) -> None:
    """A range may omit its first or last node, which default to the first and last of all nodes."""
    assert parse_range(text, 10) == expected
    assert has_open_end(text) is is_open


@pytest.mark.parametrize(
    ("spans", "node", "expected"),
    [
        ([range(10)], 9, [0]),
        ([range(10)], 10, []),
        ([], 0, []),
        ([range(10), range(4, 6)], 5, [1, 0]),
        ([range(4, 6), range(10)], 5, [0, 1]),
        ([range(4, 6), range(10)], 6, [1]),
        ([range(10), range(10)], 5, [1, 0]),
        ([range(5), range(3, 8)], 4, [1, 0]),
    ],
)
def test_ranges_at(spans: list[range], node: int, expected: list[int]) -> None:
    """The narrower range applies to a node, and the later of two that are equally wide."""
    assert ranges_at(spans, node) == expected


def test_range_helpers() -> None:
    """Each range is checked alone, and all ranges together for nodes that none covers."""
    assert range_problem("0:9", 10) is None
    assert covers_all([range(5), range(3, 10)], 10)
    assert not covers_all([range(5), range(6, 10)], 10)
