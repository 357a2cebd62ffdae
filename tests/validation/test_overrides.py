"""SubmitJob: overrides that the service refuses from the request alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .examples import OVERRIDES, SUBMIT_JOB, asking

Text = Callable[[str, dict[str, Any]], str | None]

RESERVED = (
    "Environment variable name AWS_BATCH_X is not valid: "
    "names that start with AWS_BATCH are reserved."
)
EMPTY_COMMAND = "Command field cannot have empty strings"
DUPLICATE_REQUIREMENTS = "Cannot provide duplicates in resourceRequirements."
DUPLICATE_RESOURCES = "Cannot have duplicate consumableResource in consumableResourceProperties"


def container(**members: Any) -> dict[str, Any]:
    """Return overrides of a container."""
    return {"containerOverrides": members}


def tasks(*containers: dict[str, Any]) -> dict[str, Any]:
    """Return overrides of containers of a task."""
    return {"ecsPropertiesOverride": {"taskProperties": [{"containers": list(containers)}]}}


def pod(*containers: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Return overrides of a pod and its containers."""
    return {"eksPropertiesOverride": {"podProperties": {"containers": list(containers), **members}}}


def resources(*names: str) -> dict[str, Any]:
    """Return an override of consumable resources."""
    return {
        "consumableResourcePropertiesOverride": {
            "consumableResourceList": [
                {"consumableResource": name, "quantity": 1} for name in names
            ]
        }
    }


def nodes(*targets: str, count: int | None = None, **members: Any) -> dict[str, Any]:
    """Return overrides of ranges of nodes, each with these members."""
    overrides: dict[str, Any] = {
        "nodePropertyOverrides": [{"targetNodes": target, **members} for target in targets]
    }
    return {"nodeOverrides": overrides if count is None else {"numNodes": count, **overrides}}


ACCEPTED: dict[str, dict[str, Any]] = {
    "rich": OVERRIDES,
    "empty container": container(),
    "empty pod": {"eksPropertiesOverride": {}},
    "empty nodes": {"nodeOverrides": {}},
    "number of nodes alone": {"nodeOverrides": {"numNodes": 1}},
    "empty task": {"ecsPropertiesOverride": {"taskProperties": [{}]}},
    "no consumable resources": {"consumableResourcePropertiesOverride": {}},
    "five consumable resources": resources(*"abcde"),
    "part of the resources": pod({"resources": {"limits": {"memory": "8Mi"}}}),
    "any range: the job definition has to have it": nodes("0:1000", "2:1", "0,n", count=4),
}

# Members that an override may not have, for a job or for a range of nodes.
IN_EVERY_FAMILY = [
    (container(command=["echo", ""]), EMPTY_COMMAND),
    (container(environment=[{"name": "AWS_BATCH_X", "value": ""}]), None),
    (container(environment=[{"value": "x"}]), "Environment variable name is required."),
    (container(resourceRequirements=asking(VCPU="1") * 2), DUPLICATE_REQUIREMENTS),
    (
        {"ecsPropertiesOverride": {"taskProperties": []}},
        None,
    ),
    (
        {"ecsPropertiesOverride": {"taskProperties": [{}, {}]}},
        "taskProperties must have exactly one element.",
    ),
    (tasks({"name": "main", "command": [""]}), EMPTY_COMMAND),
    (tasks({"name": "main", "environment": [{"name": "AWS_BATCH_X"}]}), None),
    (
        tasks({"name": "a"}, {"name": "b", "resourceRequirements": asking(MEMORY="4") * 2}),
        DUPLICATE_REQUIREMENTS,
    ),
    (tasks({"command": ["x"]}), None),
    (tasks({"name": ""}), None),
    (tasks({"name": "main"}, {"name": "main"}), "Container names must be unique"),
    (pod({"command": [""]}), None),
    (pod({"env": [{"name": "AWS_BATCH_X"}]}), None),
    (
        pod({}, initContainers=[{"name": "Default"}]),
        "The container name: Default must be unique in multi-container job.",
    ),
    (
        pod({"resources": {"limits": {"disk": "1"}}}),
        "disk is not a supported type for resources.",
    ),
    (
        pod({"resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "2"}}}),
        "cpu request must be <= to cpu limit if both are provided.",
    ),
    (
        pod(metadata={"labels": {"-team": "A"}}),
        "The name -team of the pod label key does not match a valid pattern.",
    ),
    (
        pod(metadata={"annotations": {"k8s.io/a": "b"}}),
        "The prefix k8s.io of the pod annotation key cannot contain terms from the following "
        "[kubernetes.io, k8s.io, batch.amazonaws.com].",
    ),
    (
        pod(metadata={"namespace": "default"}),
        "kubernetesNamespace cannot be the default Kubernetes namespace.",
    ),
    (resources("license", "license"), DUPLICATE_RESOURCES),
    (
        resources(*"abcdef"),
        "Each ConsumableResourceProperty can have at most 5 consumableResources",
    ),
]

OF_NODES = [
    (nodes(count=0), "Number of nodes must be between 1 and 1000."),
    (nodes(count=1001), "Number of nodes must be between 1 and 1000."),
    (
        nodes(":", instanceTypes=["a", "b"]),
        None,
    ),
    (
        {"ecsPropertiesOverride": {}},
        None,
    ),
]


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(refused_text: Text, name: str) -> None:
    """Overrides that follow every rule are accepted, whatever the job definition contains."""
    assert refused_text("SubmitJob", {**SUBMIT_JOB, **ACCEPTED[name]}) is None


@pytest.mark.parametrize(("members", "text"), [*IN_EVERY_FAMILY, *OF_NODES])
def test_refused(refused_text: Text, members: dict[str, Any], text: str | None) -> None:
    """Overrides are accepted (None) or refused with the message of the rule that they break."""
    assert refused_text("SubmitJob", {**SUBMIT_JOB, **members}) == text


@pytest.mark.parametrize(("members", "text"), IN_EVERY_FAMILY)
def test_refused_of_nodes(refused_text: Text, members: dict[str, Any], text: str | None) -> None:
    """An override that is refused for a job is refused for a range of nodes too."""
    assert refused_text("SubmitJob", {**SUBMIT_JOB, **nodes(":", **members)}) == text
