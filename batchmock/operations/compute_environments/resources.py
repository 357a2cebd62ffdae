"""
The `computeResources` of a compute environment: their defaults, and the resulting capacity.

`resource_updates` has the changes of an update.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from batchmock.simulation.placement.capacity import Capacity

FARGATE_TYPES: Final = frozenset({"FARGATE", "FARGATE_SPOT"})
EC2_TYPES: Final = frozenset({"EC2", "SPOT"})
ON_DEMAND_TYPES: Final = frozenset({"EC2", "FARGATE"})
MANAGED_INSTANCES: Final = "ECS_MANAGED_INSTANCES"

#: The kinds of environment, in the words of `jobQueueType`.
EKS_KIND: Final = "EKS"
ECS_KIND: Final = "ECS"
FARGATE_KIND: Final = "ECS_FARGATE"

ARM64: Final = "ARM64"
X86_64: Final = "X86_64"

#: The role of a managed environment for which none is sent.
SERVICE_LINKED_ROLE: Final = "role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch"

#: The strategy if none was sent; the service does not fill it in.
DEFAULT_ALLOCATION_STRATEGY: Final = "BEST_FIT"

#: How long an instance may be idle without a minScaleDownDelayMinutes (assumed: AWS documents no time).
DEFAULT_SCALE_DOWN_MS: Final = 300_000

#: Instance type bundles, which the *_ORDERED and *_PRIORITIZED strategies do not take.
BUNDLES: Final = frozenset({"optimal", "default_x86_64", "default_arm64"})

#: The members, in the order in which the service sends them.
MEMBERS: Final = (
    "type",
    "allocationStrategy",
    "minvCpus",
    "maxvCpus",
    "desiredvCpus",
    "instanceTypes",
    "imageId",
    "subnets",
    "securityGroupIds",
    "ec2KeyPair",
    "instanceRole",
    "tags",
    "placementGroup",
    "bidPercentage",
    "spotIamFleetRole",
    "launchTemplate",
    "ec2Configuration",
    "scalingPolicy",
    "managedInstancesProvider",
    "capacityTags",
)

#: Families with NVIDIA GPUs and an x86 processor: p3, p5en, g4dn, gr6, and similar ones.
_GPU: Final = re.compile(r"(p|gr?)\d+(?!ad|g)")
#: Families with a Graviton processor: a1, t4g, m6gd, c7gn, is4gen, and similar ones.
_GRAVITON: Final = re.compile(r"a1|[a-z]+\d+g[a-z]*")


def in_order(resources: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members in the order in which the service sends them."""
    return {member: resources[member] for member in MEMBERS if member in resources}


def is_on_demand(detail: Mapping[str, Any]) -> bool:
    """Return whether a compute environment has On-Demand capacity only, so that nothing is reclaimed."""
    return detail.get("computeResources", {}).get("type") in ON_DEMAND_TYPES


def kind_of(detail: Mapping[str, Any]) -> str:
    """Return the `jobQueueType` of the queues of a compute environment."""
    if "eksConfiguration" in detail:
        return EKS_KIND
    resource_type = detail.get("computeResources", {}).get("type")
    if resource_type in FARGATE_TYPES:
        return FARGATE_KIND
    return MANAGED_INSTANCES if resource_type == MANAGED_INSTANCES else ECS_KIND


def architecture_of(instance_types: Iterable[str]) -> str | None:
    """Return the processor architecture of instance types; None for no instance types."""
    for instance_type in instance_types:
        family = instance_type.partition(".")[0]
        is_arm = family == "default_arm64" or _GRAVITON.fullmatch(family) is not None
        return ARM64 if is_arm else X86_64
    return None


def image_types(instance_types: Iterable[str], *, eks: bool) -> list[dict[str, Any]]:
    """
    Return the ec2Configuration that applies if none is sent.

    Source: Ec2Configuration (documented): Amazon Linux 2023, its NVIDIA variant when all instance
    types have GPUs. Which families those are is general knowledge.
    """
    families = [instance_type.partition(".")[0] for instance_type in instance_types]
    gpu = bool(families) and all(_GPU.match(family) for family in families)
    return [{"imageType": f"{'EKS' if eks else 'ECS'}_AL2023{'_NVIDIA' if gpu else ''}"}]


def role_arn(prefix: str, name_or_arn: str) -> str:
    """
    Return the ARN of a role that was sent by name, with or without its path.

    Source: CreateComputeEnvironment (documented: both forms are accepted; assumed: Describe calls show
    the ARN).
    """
    return name_or_arn if name_or_arn.startswith("arn:") else prefix + name_or_arn.lstrip("/")


def launch_template(specification: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return a launch template as Describe calls show it, always with `overrides`.

    Source: captured.
    """
    return {**specification, "overrides": specification.get("overrides", [])}


def ec2_configuration(
    sent: Iterable[Mapping[str, Any]], instance_types: Iterable[str], *, eks: bool
) -> list[dict[str, Any]]:
    """
    Return the ec2Configuration that applies after one was sent; an empty one means the default.

    Source: Ec2Configuration (documented). batchImageStatus is read-only and dropped.
    """
    kept = [
        {member: value for member, value in item.items() if member != "batchImageStatus"}
        for item in sent
    ]
    return kept or image_types(instance_types, eks=eks)


def filled_in(sent: Mapping[str, Any], *, eks: bool) -> dict[str, Any]:
    """
    Return the computeResources of a new managed environment.

    Args:
        sent: the computeResources of the request.
        eks: whether the environment belongs to an Amazon EKS cluster.

    Source: DescribeComputeEnvironments of EC2 and Fargate environments (captured: the two empty members
    of Fargate, and an instanceRole shown as sent, by cloud-custodian's recordings and the API reference's
    example). That nothing is filled in for managed instances, and that desiredvCpus follows a larger
    minvCpus, is assumed.
    """
    if sent["type"] in FARGATE_TYPES:
        return in_order({"tags": {}, "ec2Configuration": [], **sent})
    if sent["type"] not in EC2_TYPES:
        return in_order(sent)
    minv_cpus = sent.get("minvCpus", 0)
    configuration = sent.get("ec2Configuration", [])
    filled = {
        **sent,
        "minvCpus": minv_cpus,
        "desiredvCpus": sent.get("desiredvCpus", minv_cpus),
        "tags": sent.get("tags", {}),
        "ec2Configuration": ec2_configuration(configuration, sent["instanceTypes"], eks=eks),
    }
    if "launchTemplate" in sent:
        filled["launchTemplate"] = launch_template(sent["launchTemplate"])
    return in_order(filled)


def capacity_of(detail: Mapping[str, Any]) -> Capacity:
    """
    Return the capacity of an environment for jobs, from its described details.

    Source: ComputeResource, `unmanagedvCpus` (documented: it counts for fair-share scheduling only), and the
    user guide's "Multi-node parallel jobs" (documented: not on Spot Instances nor in unmanaged environments)
    and "Instance type allocation strategies" (documented: all but BEST_FIT with On-Demand Instances may
    exceed maxvCpus by one instance).
    """
    resources = detail.get("computeResources")
    if resources is None:
        return Capacity(takes_nodes=False, fair_share_milli_vcpus=_milli(detail, "unmanagedvCpus"))
    most = _milli(resources, "maxvCpus")
    strategy = resources.get("allocationStrategy", DEFAULT_ALLOCATION_STRATEGY)
    minutes = resources.get("scalingPolicy", {}).get("minScaleDownDelayMinutes", 0)
    return Capacity(
        max_milli_vcpus=most,
        instance_types=tuple(resources.get("instanceTypes", ())),
        takes_nodes=resources["type"] == "EC2",
        # RuntimePlatform (documented).
        takes_windows=resources["type"] != "FARGATE_SPOT",
        fair_share_milli_vcpus=most,
        min_milli_vcpus=_milli(resources, "minvCpus") or 0,
        is_ordered=strategy.endswith(("_ORDERED", "_PRIORITIZED")),
        may_exceed=strategy != DEFAULT_ALLOCATION_STRATEGY or resources["type"] == "SPOT",
        scale_down_ms=minutes * 60_000 or DEFAULT_SCALE_DOWN_MS,
    )


def _milli(members: Mapping[str, Any], name: str) -> int | None:
    return members[name] * 1000 if name in members else None
