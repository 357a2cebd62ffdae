"""
Rules on the `computeResources` of a managed compute environment, which differ by its type.

The functions take the resources and whether the environment is on EKS.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from batchmock.validation import texts
from batchmock.validation.constraints import constraints
from batchmock.validation.rules.instance_types import BUNDLES, is_arm, is_instance_type
from batchmock.validation.rules.rule import PREFLIGHT, Params, text_if

Resources = dict[str, Any]

FARGATE = ("FARGATE", "FARGATE_SPOT")
_EC2 = ("EC2", "SPOT")
MANAGED_INSTANCES = "ECS_MANAGED_INSTANCES"
_MANAGED_INSTANCES_ONLY = ("managedInstancesProvider", "capacityTags")
#: Members for instances. The list is documented; the text is captured for allocationStrategy,
#: desiredvCpus, minvCpus and tags.
NOT_ON_FARGATE = (
    "allocationStrategy",
    "minvCpus",
    "desiredvCpus",
    "instanceTypes",
    "imageId",
    "ec2KeyPair",
    "instanceRole",
    "tags",
    "placementGroup",
    "bidPercentage",
    "spotIamFleetRole",
    "launchTemplate",
    "ec2Configuration",
    "scalingPolicy",
)
#: Managed instances have their network, profile and instance types in `managedInstancesProvider`.
NOT_ON_MANAGED_INSTANCES = (*NOT_ON_FARGATE, "subnets", "securityGroupIds")
_TYPE_OF_STRATEGY = {
    "BEST_FIT_PROGRESSIVE_ORDERED": "EC2",
    "SPOT_CAPACITY_OPTIMIZED": "SPOT",
    "SPOT_PRICE_CAPACITY_OPTIMIZED": "SPOT",
    "SPOT_CAPACITY_OPTIMIZED_PRIORITIZED": "SPOT",
}
_NEEDS_TYPES = ("BEST_FIT_PROGRESSIVE_ORDERED", "SPOT_CAPACITY_OPTIMIZED_PRIORITIZED")
_ENTRIES = constraints()
_INSTANCE_TYPES = _ENTRIES["ComputeResource.instanceTypes"]
_END_OF_LIFE = (
    "Amazon Linux 2 is end-of-life. Please see "
    "https://docs.aws.amazon.com/batch/latest/userguide/compute_resource_AMIs.html."
)
_AMAZON_LINUX_2 = ("ECS_AL2", "ECS_AL2_NVIDIA", "EKS_AL2", "EKS_AL2_NVIDIA")


def inapplicable_members(resource_type: object) -> tuple[str, ...]:
    """Return the members of `computeResources` that environments of a type do not have."""
    if resource_type == MANAGED_INSTANCES:
        return NOT_ON_MANAGED_INSTANCES
    if resource_type in FARGATE:
        return (*NOT_ON_FARGATE, *_MANAGED_INSTANCES_ONLY)
    return _MANAGED_INSTANCES_ONLY


@dataclass(frozen=True, slots=True)
class ComputeResourceRule:
    """
    One row: a combination of members of `computeResources` that is refused.

    Args:
        name: the rule in a few words.
        violated_by: takes the resources and whether they are on EKS; returns the text or None.
        source: the source of the rule and its text, with their grade.
    """

    name: str
    violated_by: Callable[[Resources, bool], str | None]
    source: str

    def of_request(self, params: Params) -> str | None:
        """Apply the rule to the creation of a managed environment."""
        if params["type"] != "MANAGED":
            return None
        return self.violated_by(params["computeResources"], "eksConfiguration" in params)

    def of_update(self, params: Params) -> str | None:
        """Apply the rule to an update, which has only the members that change."""
        return self.violated_by(params.get("computeResources", {}), False)


def not_on_fargate(resources: Resources, on_eks: bool) -> str | None:
    """Refuse members for instances on Fargate."""
    for field in NOT_ON_FARGATE:
        if resources["type"] in FARGATE and field in resources:
            return f"{field} is not applicable for Fargate."
    return None


def not_on_managed_instances(resources: Resources, on_eks: bool) -> str | None:
    """Refuse members that managed instances have in their provider or do not have."""
    for field in NOT_ON_MANAGED_INSTANCES:
        if resources["type"] == MANAGED_INSTANCES and field in resources:
            return texts.NOT_ON_MANAGED_INSTANCES.format(field=field)
    return None


def managed_instances_provider_missing(resources: Resources, on_eks: bool) -> str | None:
    """Refuse managed instances without a provider."""
    return text_if(
        resources["type"] == MANAGED_INSTANCES and "managedInstancesProvider" not in resources,
        texts.MANAGED_INSTANCES_PROVIDER_REQUIRED,
    )


def managed_instances_only(resources: Resources, on_eks: bool) -> str | None:
    """Refuse members for managed instances in other environments."""
    for field in _MANAGED_INSTANCES_ONLY:
        if resources["type"] != MANAGED_INSTANCES and field in resources:
            return texts.MANAGED_INSTANCES_ONLY.format(field=field)
    return None


def min_vcpus_missing(resources: Resources, on_eks: bool) -> str | None:
    """Refuse resources on EKS without a minimum; elsewhere it is 0 by default."""
    violated = on_eks and resources["type"] in _EC2 and "minvCpus" not in resources
    return text_if(violated, "Resource minvCpus is required.")


def instance_role_missing(resources: Resources, on_eks: bool) -> str | None:
    """Refuse EC2 and Spot resources without an instance role."""
    violated = resources["type"] in _EC2 and not resources.get("instanceRole")
    return text_if(violated, "Instance role is required.")


def instance_types_missing(resources: Resources, on_eks: bool) -> str | None:
    """Refuse EC2 and Spot resources without instance types."""
    violated = resources["type"] in _EC2 and not resources.get("instanceTypes")
    return text_if(violated, "Resource instanceTypes are required.")


def unknown_instance_type(resources: Resources, on_eks: bool) -> str | None:
    """Refuse an unknown instance type. The service lists all types, this text a few."""
    types = resources.get("instanceTypes", ())
    return text_if(not all(map(is_instance_type, types)), _INSTANCE_TYPES["x-invalidMessage"])


def mixed_architectures(resources: Resources, on_eks: bool) -> str | None:
    """Refuse arm-based instance types together with others."""
    return text_if(
        len({is_arm(name) for name in resources.get("instanceTypes", ())}) > 1,
        "arm-based instance type cannot be used with other instance types",
    )


def vcpus_out_of_order(resources: Resources, on_eks: bool) -> str | None:
    """Refuse a minimum above the maximum."""
    violated = resources.get("minvCpus", 0) > resources.get("maxvCpus", float("inf"))
    return text_if(violated, "maxvCpus should be greater than or equal to minvCpus.")


def desired_vcpus_outside(resources: Resources, on_eks: bool) -> str | None:
    """Refuse desired vCPUs outside minimum and maximum."""
    if "desiredvCpus" not in resources:
        return None
    lowest, highest = resources.get("minvCpus", 0), resources.get("maxvCpus", float("inf"))
    return text_if(
        not lowest <= resources["desiredvCpus"] <= highest,
        "desiredvCpus should be between minvCpus and maxvCpus.",
    )


def subnets_missing(resources: Resources, on_eks: bool) -> str | None:
    """Refuse resources without subnets, except managed instances."""
    violated = resources["type"] in _EC2 + FARGATE and not resources.get("subnets")
    return text_if(violated, texts.SUBNETS_REQUIRED)


def security_groups_missing(resources: Resources, on_eks: bool) -> str | None:
    """Refuse resources without security groups, unless a launch template may provide them."""
    return text_if(
        resources["type"] in _EC2 + FARGATE
        and not resources.get("securityGroupIds")
        and "launchTemplate" not in resources,
        "Security group ids are required.",
    )


def too_many_subnets(resources: Resources, on_eks: bool) -> str | None:
    """Refuse more subnets than Fargate accepts."""
    entry = _ENTRIES["ComputeResource.subnets"]
    too_many = len(resources.get("subnets", ())) > entry["maxItems"]
    return text_if(resources["type"] in FARGATE and too_many, entry["x-message"])


def too_many_security_groups(resources: Resources, on_eks: bool) -> str | None:
    """Refuse more security groups than Fargate accepts."""
    entry = _ENTRIES["ComputeResource.securityGroupIds"]
    too_many = len(resources.get("securityGroupIds", ())) > entry["maxItems"]
    return text_if(resources["type"] in FARGATE and too_many, entry["x-message"])


def spot_fleet_role_missing(resources: Resources, on_eks: bool) -> str | None:
    """Refuse Spot resources of the BEST_FIT strategy, the default, without a Spot Fleet role."""
    return text_if(
        resources["type"] == "SPOT"
        and resources.get("allocationStrategy", "BEST_FIT") == "BEST_FIT"
        and not resources.get("spotIamFleetRole"),
        "compute resource spotIamFleetRole is required.",
    )


def strategy_of_other_type(resources: Resources, on_eks: bool) -> str | None:
    """Refuse an EC2 strategy for Spot, and a Spot strategy for EC2."""
    strategy = resources.get("allocationStrategy")
    needed = _TYPE_OF_STRATEGY.get(strategy or "", resources["type"])
    return text_if(
        resources["type"] != needed,
        f"Allocation strategy {strategy} requires compute resource type {needed}.",
    )


def bundle_in_order(resources: Resources, on_eks: bool) -> str | None:
    """Refuse bundles of types if the strategy depends on the order of types."""
    strategy = resources.get("allocationStrategy")
    return text_if(
        strategy in _NEEDS_TYPES and not BUNDLES.isdisjoint(resources.get("instanceTypes", ())),
        "Instance type bundles (e.g. optimal, default_x86_64) are not allowed for "
        f"{strategy} allocation strategy. Specify instance families or types directly.",
    )


def image_type_of_other_family(resources: Resources, on_eks: bool) -> str | None:
    """Refuse ECS images on EKS, and EKS images on ECS."""
    family = "EKS_" if on_eks else "ECS_"
    configurations = resources.get("ec2Configuration", ())
    return text_if(
        not all(item["imageType"].startswith(family) for item in configurations),
        _ENTRIES["Ec2Configuration.imageType"]["x-message"],
    )


def amazon_linux_2(resources: Resources, on_eks: bool) -> str | None:
    """Refuse images of Amazon Linux 2, unless the request specifies its own image."""
    return text_if(
        any(
            item["imageType"] in _AMAZON_LINUX_2 and "imageIdOverride" not in item
            for item in resources.get("ec2Configuration", ())
        ),
        _END_OF_LIFE,
    )


VCPUS_IN_ORDER = ComputeResourceRule(
    "minimum before maximum", vcpus_out_of_order, PREFLIGHT + "ce-vcpus-order"
)
DESIRED_VCPUS_WITHIN = ComputeResourceRule(
    "desired within minimum and maximum",
    desired_vcpus_outside,
    PREFLIGHT + "ce-desired-vcpus-range",
)
KNOWN_TYPES = ComputeResourceRule(
    "types are known",
    unknown_instance_type,
    "captured: github.com/Netflix/metaflow#70; which types exist is assumed from their form",
)

COMPUTE_RESOURCE_RULES: tuple[ComputeResourceRule, ...] = (
    ComputeResourceRule(
        "Fargate has no instances",
        not_on_fargate,
        PREFLIGHT + "ce-*; the list of members is documented",
    ),
    ComputeResourceRule(
        "managed instances have their settings in the provider",
        not_on_managed_instances,
        "documented for computeResources of managed instances; text by analogy with Fargate",
    ),
    ComputeResourceRule(
        "managed instances have a provider",
        managed_instances_provider_missing,
        "documented; text assumed",
    ),
    ComputeResourceRule(
        "only managed instances have a provider", managed_instances_only, "documented; text assumed"
    ),
    ComputeResourceRule(
        "a minimum is required on EKS",
        min_vcpus_missing,
        PREFLIGHT + "ce-eks-*",
    ),
    VCPUS_IN_ORDER,
    DESIRED_VCPUS_WITHIN,
    ComputeResourceRule(
        "instances have a role", instance_role_missing, PREFLIGHT + "ce-instance-role-required"
    ),
    ComputeResourceRule(
        "instances have types", instance_types_missing, PREFLIGHT + "ce-instance-types-required"
    ),
    KNOWN_TYPES,
    ComputeResourceRule("one architecture", mixed_architectures, PREFLIGHT + "ce-*"),
    ComputeResourceRule(
        "subnets are required", subnets_missing, "documented as required; text assumed"
    ),
    ComputeResourceRule(
        "security groups are required",
        security_groups_missing,
        PREFLIGHT + "ce-security-groups-required",
    ),
    ComputeResourceRule(
        "subnets on Fargate", too_many_subnets, PREFLIGHT + "ce-fargate-subnets-max"
    ),
    ComputeResourceRule(
        "security groups on Fargate",
        too_many_security_groups,
        PREFLIGHT + "ce-fargate-security-groups-max",
    ),
    ComputeResourceRule(
        "Spot with BEST_FIT has a fleet role",
        spot_fleet_role_missing,
        PREFLIGHT + "ce-spot-fleet-role",
    ),
    ComputeResourceRule("strategies belong to a type", strategy_of_other_type, PREFLIGHT + "ce-*"),
    ComputeResourceRule("ordered strategies name types", bundle_in_order, PREFLIGHT + "ce-*"),
    ComputeResourceRule(
        "images of the family",
        image_type_of_other_family,
        PREFLIGHT + "ce-ec2-config-image-type",
    ),
    ComputeResourceRule(
        "no images of Amazon Linux 2", amazon_linux_2, PREFLIGHT + "ce-ec2-config-image-type"
    ),
)
