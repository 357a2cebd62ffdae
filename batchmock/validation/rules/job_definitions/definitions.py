"""
Rules for RegisterJobDefinition: which blocks can be combined, and the rules of each block.

Each block has its own table: `containers`, `ecs_tasks`, `eks_pods`, `node_properties`. A table
is applied only if the request has the block.
"""

from __future__ import annotations

from batchmock.validation import texts
from batchmock.validation.rules.job_definitions.containers import container_problem
from batchmock.validation.rules.job_definitions.ecs_tasks import task_problem
from batchmock.validation.rules.job_definitions.eks_pods import pod_problem
from batchmock.validation.rules.job_definitions.node_properties import (
    duplicates,
    node_problem,
    runs_on_eks,
)
from batchmock.validation.rules.rule import PREFLIGHT, Params, Rule, text_if

_REGISTER = ("RegisterJobDefinition",)
_PAYLOADS = frozenset({"containerProperties", "ecsProperties", "eksProperties"})
_WITHOUT_NODES = {"FARGATE": "Fargate", "MANAGED_INSTANCES": "MANAGED_INSTANCES"}
_EXCLUSIVE = (
    ("containerProperties", "ecsProperties", "ECS containerProperties and ecsProperties"),
    ("containerProperties", "eksProperties", "ECS containerProperties and eksProperties"),
    ("ecsProperties", "eksProperties", "ecsProperties and eksProperties"),
    ("nodeProperties", "eksProperties", "nodeProperties and eksProperties"),
)


def platform_of(params: Params) -> str:
    """Return the platform of a job definition; EC2 by default."""
    capabilities = params.get("platformCapabilities") or ["EC2"]
    return str(capabilities[0])


def payload_missing(params: Params) -> str | None:
    """Refuse a container job definition without a container."""
    return text_if(
        params["type"] == "container" and _PAYLOADS.isdisjoint(params),
        "ECS ContainerProperties, ecsProperties, or eksProperties is required "
        "when using type container.",
    )


def node_properties_missing(params: Params) -> str | None:
    """Refuse a multinode job definition without nodes."""
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


def blocks_beside_nodes(params: Params) -> str | None:
    """Refuse a container or a task together with nodes, which have their own."""
    for block in ("containerProperties", "ecsProperties"):
        if block in params:
            return texts.BLOCK_BESIDE_NODES.format(block=block)
    return None


def multinode_platform(params: Params) -> str | None:
    """Refuse multi-node parallel jobs on anything but EC2."""
    named = _WITHOUT_NODES.get(platform_of(params)) if params["type"] == "multinode" else None
    return None if named is None else f"{named} does not support MNP jobs"


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
    """Refuse a consumable resource that is requested twice."""
    return duplicates(params["consumableResourceProperties"])


def propagate_tags_on_eks(params: Params) -> str | None:
    """Refuse tag propagation on EKS."""
    return text_if(
        params["propagateTags"] and _on_eks(params),
        "Batch on EKS does not support tag propagation.",
    )


def _on_eks(params: Params) -> bool:
    """Return whether the job definition describes pods, of nodes or of one job."""
    nodes = params.get("nodeProperties")
    return "eksProperties" in params or (nodes is not None and runs_on_eks(nodes))


def container_block(params: Params) -> str | None:
    """Apply the rules for a container."""
    return container_problem(params["containerProperties"], platform_of(params))


def task_block(params: Params) -> str | None:
    """Apply the rules for a task; the schema requires exactly one."""
    return task_problem(params["ecsProperties"]["taskProperties"][0], platform_of(params))


def pod_block(params: Params) -> str | None:
    """Apply the rules for a pod."""
    return pod_problem(params["eksProperties"]["podProperties"])


def node_block(params: Params) -> str | None:
    """Apply the rules for nodes."""
    return node_problem(params["nodeProperties"])


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
        "nodes describe what runs",
        blocks_beside_nodes,
        "documented for nodeProperties; text by analogy with eksProperties, which is captured",
        needs="nodeProperties",
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
        needs="consumableResourceProperties",
    ),
    Rule(
        _REGISTER,
        "EKS propagates no tags",
        propagate_tags_on_eks,
        PREFLIGHT + "jd-eks-propagate-tags",
        needs="propagateTags",
    ),
    *(
        Rule(_REGISTER, member, violated_by, f"see the rows of {table}", needs=member)
        for member, violated_by, table in (
            ("containerProperties", container_block, "containers.CONTAINER_RULES"),
            ("ecsProperties", task_block, "ecs_tasks.TASK_RULES"),
            ("eksProperties", pod_block, "eks_pods.POD_RULES"),
            ("nodeProperties", node_block, "node_properties.NODE_RULES"),
        )
    ),
)
