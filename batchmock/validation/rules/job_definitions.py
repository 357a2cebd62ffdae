"""
Rules for RegisterJobDefinition: which blocks go together, and what `containerProperties` may say.

The inside of `ecsProperties`, `eksProperties` and `nodeProperties` is not looked at here.
"""

from __future__ import annotations

from collections.abc import Callable

from batchmock.validation.rules.containers import CONTAINER_RULES
from batchmock.validation.rules.resources import Container
from batchmock.validation.rules.rule import PREFLIGHT, Params, Rule, repeated, text_if

_REGISTER = ("RegisterJobDefinition",)
_PAYLOADS = ("containerProperties", "ecsProperties", "eksProperties")
_EXCLUSIVE = (
    ("containerProperties", "ecsProperties", "ECS containerProperties and ecsProperties"),
    ("containerProperties", "eksProperties", "ECS containerProperties and eksProperties"),
    ("ecsProperties", "eksProperties", "ecsProperties and eksProperties"),
    ("nodeProperties", "eksProperties", "nodeProperties and eksProperties"),
)


def platform_of(params: Params) -> str:
    """Give the platform that a job definition asks for; it is EC2 unless it says otherwise."""
    capabilities = params.get("platformCapabilities") or ["EC2"]
    return str(capabilities[0])


def payload_missing(params: Params) -> str | None:
    """Refuse a job definition of type container that describes no container."""
    return text_if(
        params["type"] == "container" and not any(block in params for block in _PAYLOADS),
        "ECS ContainerProperties, ecsProperties, or eksProperties is required "
        "when using type container.",
    )


def node_properties_missing(params: Params) -> str | None:
    """Refuse a multinode job definition that describes no nodes."""
    return text_if(
        params["type"] == "multinode" and "nodeProperties" not in params,
        "Node properties of multinode job is required.",
    )


def exclusive_blocks(params: Params) -> str | None:
    """Refuse two blocks that exclude each other."""
    for one, other, named in _EXCLUSIVE:
        if one in params and other in params:
            return f"Cannot use both {named}"
    return None


def multinode_platform(params: Params) -> str | None:
    """Refuse multi-node parallel jobs on anything but EC2."""
    platform = platform_of(params)
    named = {"FARGATE": "Fargate", "MANAGED_INSTANCES": "MANAGED_INSTANCES"}.get(platform)
    return text_if(
        params["type"] == "multinode" and named is not None, f"{named} does not support MNP jobs"
    )


def managed_instances_container(params: Params) -> str | None:
    """Refuse containerProperties on managed instances, which take ecsProperties."""
    return text_if(
        platform_of(params) == "MANAGED_INSTANCES" and "containerProperties" in params,
        "Cannot use ECS containerProperties for MANAGED_INSTANCES",
    )


def managed_instances_family(params: Params) -> str | None:
    """Refuse Windows on managed instances."""
    if platform_of(params) != "MANAGED_INSTANCES":
        return None
    families = (
        task.get("runtimePlatform", {}).get("operatingSystemFamily", "LINUX")
        for task in params.get("ecsProperties", {}).get("taskProperties", ())
    )
    return text_if(
        any(family != "LINUX" for family in families),
        "runtimePlatform for MANAGED_INSTANCES only supports LINUX operating system family.",
    )


def duplicate_consumable_resources(params: Params) -> str | None:
    """Refuse a consumable resource that is asked for twice."""
    items = params.get("consumableResourceProperties", {}).get("consumableResourceList", ())
    return text_if(
        repeated(item.get("consumableResource") for item in items),
        "Cannot have duplicate consumableResource in consumableResourceProperties",
    )


def propagate_tags_on_eks(params: Params) -> str | None:
    """Refuse tag propagation on EKS."""
    return text_if(
        params.get("propagateTags") and "eksProperties" in params,
        "Batch on EKS does not support tag propagation.",
    )


def of_container_properties(
    violated_by: Callable[[Container, str], str | None],
) -> Callable[[Params], str | None]:
    """Give a rule on a container as a rule on the request that holds it in containerProperties."""

    def of_request(params: Params) -> str | None:
        container = params.get("containerProperties")
        return None if container is None else violated_by(container, platform_of(params))

    return of_request


JOB_DEFINITION_RULES: tuple[Rule, ...] = (
    Rule(
        _REGISTER,
        "type container describes a container",
        payload_missing,
        PREFLIGHT + "jd-node-properties-requires-multinode",
    ),
    Rule(
        _REGISTER,
        "type multinode describes nodes",
        node_properties_missing,
        PREFLIGHT + "jd-multinode-requires-node-properties",
    ),
    Rule(
        _REGISTER,
        "blocks exclude each other",
        exclusive_blocks,
        PREFLIGHT + "jd-props-container-and-ecs and siblings, jd-eks-node-properties",
    ),
    Rule(
        _REGISTER,
        "multinode runs on EC2",
        multinode_platform,
        PREFLIGHT + "fargate-multinode, jd-mi-no-multinode",
    ),
    Rule(
        _REGISTER,
        "managed instances take ecsProperties",
        managed_instances_container,
        PREFLIGHT + "jd-mi-requires-ecs-properties",
    ),
    Rule(
        _REGISTER,
        "managed instances run Linux",
        managed_instances_family,
        PREFLIGHT + "jd-mi-os-family-linux",
    ),
    Rule(
        _REGISTER,
        "consumable resources differ",
        duplicate_consumable_resources,
        PREFLIGHT + "jd-consumable-resource-duplicate",
    ),
    Rule(
        _REGISTER,
        "EKS propagates no tags",
        propagate_tags_on_eks,
        PREFLIGHT + "jd-eks-propagate-tags",
    ),
    *(
        Rule(_REGISTER, row.name, of_container_properties(row.violated_by), row.source)
        for row in CONTAINER_RULES
    ),
)
