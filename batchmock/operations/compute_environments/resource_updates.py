"""
Apply updates to the `computeResources` of a compute environment, or refuse them.

`updates` has the other members of a compute environment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from batchmock.errors import ServiceError
from batchmock.operations.compute_environments.resources import (
    BUNDLES,
    DEFAULT_ALLOCATION_STRATEGY,
    EC2_TYPES,
    FARGATE_TYPES,
    MANAGED_INSTANCES,
    architecture_of,
    ec2_configuration,
    in_order,
    launch_template,
)

#: Members of computeResources that need an infrastructure update (documented).
INFRASTRUCTURE_MEMBERS: Final[tuple[str, ...]] = (
    "allocationStrategy",
    "bidPercentage",
    "ec2Configuration",
    "ec2KeyPair",
    "imageId",
    "instanceRole",
    "instanceTypes",
    "launchTemplate",
    "placementGroup",
    "securityGroupIds",
    "subnets",
    "tags",
    "type",
)

#: Lists whose empty value leaves a Fargate environment unchanged (documented).
FARGATE_LISTS: Final = frozenset({"subnets", "securityGroupIds"})

#: Strings whose empty value removes the current one (documented; placementGroup: assumed).
CLEARED_BY_EMPTY_STRING: Final = frozenset({"ec2KeyPair", "imageId", "placementGroup"})

#: The limits of subnets and security groups of a Fargate environment, with texts (captured at create).
FARGATE_LIMITS: Final = (
    ("subnets", 16, "Fargate supports a maximum of 16 subnets."),
    ("securityGroupIds", 5, "Fargate supports a maximum of 5 security groups."),
)

#: The type that an allocation strategy needs (documented).
STRATEGY_TYPES: Final = {
    "BEST_FIT_PROGRESSIVE_ORDERED": "EC2",
    "SPOT_CAPACITY_OPTIMIZED": "SPOT",
    "SPOT_PRICE_CAPACITY_OPTIMIZED": "SPOT",
    "SPOT_CAPACITY_OPTIMIZED_PRIORITIZED": "SPOT",
}

# Captured at create; here they depend on the current values.
MAXIMUM_BELOW_MINIMUM: Final = "maxvCpus should be greater than or equal to minvCpus."
DESIRED_OUT_OF_RANGE: Final = "desiredvCpus should be between minvCpus and maxvCpus."
STRATEGY_NEEDS_TYPE: Final = "Allocation strategy {strategy} requires compute resource type {type}."
BUNDLE_NOT_ALLOWED: Final = (
    "Instance type bundles (e.g. optimal, default_x86_64) are not allowed for {strategy} allocation"
    " strategy. Specify instance families or types directly."
)
INSTANCE_ROLE_REQUIRED: Final = "Instance role is required."
INSTANCE_TYPES_REQUIRED: Final = "Resource instanceTypes are required."
MIXED_ARCHITECTURES: Final = "arm-based instance type cannot be used with other instance types"
INVALID_IMAGE_TYPE: Final = "Invalid imageType in ComputeResources.ec2Configuration"
UNKNOWN_TARGET_TYPES: Final = (
    "LaunchTemplate.overrides:[{types}] have targetInstanceTypes that do not exist in"
    " computeResource.InstanceTypes."
)

# Captured: github.com/opensupplyhub/open-apparel-registry#2043 (with two blanks).
CANNOT_SCALE_DOWN: Final = (
    "Manually scaling down compute environment is not supported.  Disconnecting job queues from "
    "compute environment will cause it to scale-down to minvCpus."
)

# Captured, except for how the members are listed: the middle of the text was lost.
NEEDS_SERVICE_LINKED_ROLE: Final = (
    "Following fields [{members}] can be updated only for Non-fargate Compute Environment having a"
    " Batch Service Linked Role"
)

# Assumed. Documented for ECS_MANAGED_INSTANCES; that EC2 and Fargate cannot be exchanged is not.
CANNOT_CHANGE_TYPE: Final = "Compute resource type cannot be changed from {old} to {new}."


def updated_resources(
    old: Mapping[str, Any],
    sent: Mapping[str, Any],
    *,
    eks: bool,
    has_linked_role: bool,
) -> dict[str, Any]:
    """
    Return the compute resources of an environment after an update.

    Args:
        old: the current compute resources.
        sent: the compute resources of the request.
        eks: whether the environment belongs to an Amazon EKS cluster.
        has_linked_role: whether its service role is the service-linked role of Batch.

    Raises:
        ServiceError: the environment does not allow the change.

    Source: ComputeResourceUpdate (documented: omitted members are unchanged, lists are replaced).
    """
    _check_type_change(old["type"], sent.get("type", old["type"]))
    _check_images(sent.get("ec2Configuration", ()), eks=eks)
    changes = _as_described(old, sent, eks=eks)
    members = [m for m in INFRASTRUCTURE_MEMBERS if m in changes and changes[m] != old.get(m)]
    if sent.get("updateToLatestImageVersion"):
        members.append("updateToLatestImageVersion")
    _check_infrastructure(old, members, has_linked_role)
    merged = {**old, **changes}
    new = in_order({member: value for member, value in merged.items() if value is not None})
    if new["type"] in FARGATE_TYPES:
        _check_fargate_limits(new)
    elif new["type"] in EC2_TYPES:
        if not new.get("instanceRole"):
            raise ServiceError(INSTANCE_ROLE_REQUIRED)
        _check_instance_types(new["instanceTypes"])
        _check_strategy(new)
        _check_overrides(new)
        new["desiredvCpus"] = _desired_vcpus(old, sent, new, eks=eks)
    return new


def replaces_instances(
    old: Mapping[str, Any], new: Mapping[str, Any], sent: Mapping[str, Any]
) -> bool:
    """
    Return whether an update replaces instances: an infrastructure update of EC2 or Spot Instances.

    Source: Updating compute environments in the AWS Batch user guide (documented).
    """
    return old["type"] in EC2_TYPES and (
        bool(sent.get("updateToLatestImageVersion"))
        or any(old.get(member) != new.get(member) for member in INFRASTRUCTURE_MEMBERS)
    )


def _as_described(old: Mapping[str, Any], sent: Mapping[str, Any], *, eks: bool) -> dict[str, Any]:
    """Return the sent members as Describe calls show them; None for a value that is removed."""
    changes = {
        member: None if member in CLEARED_BY_EMPTY_STRING and value == "" else value
        for member, value in sent.items()
        if not (value == [] and old["type"] in FARGATE_TYPES)
    }
    if "launchTemplate" in sent:
        template = sent["launchTemplate"]
        is_cleared = "" in (template.get("launchTemplateId"), template.get("launchTemplateName"))
        changes["launchTemplate"] = None if is_cleared else launch_template(template)
    if "ec2Configuration" in sent:
        instance_types = sent.get("instanceTypes", old.get("instanceTypes", []))
        changes["ec2Configuration"] = ec2_configuration(
            sent["ec2Configuration"], instance_types, eks=eks
        )
    if "managedInstancesProvider" in sent:
        provider = _merged(old["managedInstancesProvider"], sent["managedInstancesProvider"])
        changes["managedInstancesProvider"] = provider
    return changes


def _merged(old: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """
    Merge the settings of managed instances, structure by structure. Lists are replaced.

    Source: UpdateManagedInstancesProviderConfiguration (documented: every member is optional).
    """
    merged = dict(old)
    for member, value in changes.items():
        inner = merged.get(member)
        is_structure = isinstance(value, dict) and isinstance(inner, dict)
        merged[member] = _merged(inner or {}, value) if is_structure else value
    return merged


def _check_type_change(old: str, new: str) -> None:
    for types in (EC2_TYPES, FARGATE_TYPES, {MANAGED_INSTANCES}):
        if (old in types) != (new in types):
            raise ServiceError(CANNOT_CHANGE_TYPE.format(old=old, new=new))


def _check_infrastructure(
    old: Mapping[str, Any], members: list[str], has_linked_role: bool
) -> None:
    """
    Refuse an infrastructure update that is not supported: on Fargate, with a custom role, under BEST_FIT.

    A member that keeps its value needs no such update (assumed).

    Source: Updating compute environments (documented), text captured.
    """
    if old["type"] in FARGATE_TYPES:
        refused = [member for member in members if member not in FARGATE_LISTS]
    elif old["type"] in EC2_TYPES:
        strategy = old.get("allocationStrategy", DEFAULT_ALLOCATION_STRATEGY)
        is_possible = has_linked_role and strategy != DEFAULT_ALLOCATION_STRATEGY
        refused = [] if is_possible else members
    else:
        refused = []
    if refused:
        raise ServiceError(NEEDS_SERVICE_LINKED_ROLE.format(members=", ".join(refused)))


def _check_fargate_limits(new: Mapping[str, Any]) -> None:
    for member, limit, text in FARGATE_LIMITS:
        if len(new.get(member, ())) > limit:
            raise ServiceError(text)


def _check_images(configuration: Iterable[Mapping[str, Any]], *, eks: bool) -> None:
    family = "EKS_" if eks else "ECS_"
    for item in configuration:
        if not item["imageType"].startswith(family):
            raise ServiceError(INVALID_IMAGE_TYPE)


def _check_instance_types(instance_types: Collection[str]) -> None:
    if not instance_types:
        raise ServiceError(INSTANCE_TYPES_REQUIRED)
    if len({architecture_of([instance_type]) for instance_type in instance_types}) > 1:
        raise ServiceError(MIXED_ARCHITECTURES)


def _check_strategy(new: Mapping[str, Any]) -> None:
    strategy = new.get("allocationStrategy", DEFAULT_ALLOCATION_STRATEGY)
    needed = STRATEGY_TYPES.get(strategy, new["type"])
    if new["type"] != needed:
        raise ServiceError(STRATEGY_NEEDS_TYPE.format(strategy=strategy, type=needed))
    is_ranked = strategy.endswith(("_ORDERED", "_PRIORITIZED"))
    if is_ranked and not BUNDLES.isdisjoint(new["instanceTypes"]):
        raise ServiceError(BUNDLE_NOT_ALLOWED.format(strategy=strategy))


def _check_overrides(new: Mapping[str, Any]) -> None:
    for override in new.get("launchTemplate", {}).get("overrides", ()):
        unknown = [
            target
            for target in override["targetInstanceTypes"]
            if not {target, target.partition(".")[0]} & set(new["instanceTypes"])
        ]
        if unknown:
            raise ServiceError(UNKNOWN_TARGET_TYPES.format(types=", ".join(unknown)))


def _desired_vcpus(
    old: Mapping[str, Any], sent: Mapping[str, Any], new: Mapping[str, Any], *, eks: bool
) -> int:
    """
    Check the vCPUs and return the desired ones, within the limits.

    Source: ComputeResourceUpdate (documented: desiredvCpus only grows and stays within the limits;
    on Amazon EKS it has no effect, here assumed as no refusal is known). A maxvCpus below the
    current desiredvCpus is refused: github.com/ASFHyP3/hyp3#2965 (claimed; text assumed).
    """
    low: int = new["minvCpus"]
    high: int = new["maxvCpus"]
    current: int = old["desiredvCpus"]
    desired: int = current if eks else sent.get("desiredvCpus", current)
    if low > high:
        raise ServiceError(MAXIMUM_BELOW_MINIMUM)
    if desired < current:
        raise ServiceError(CANNOT_SCALE_DOWN)
    # Hosts may exceed maxvCpus by one instance, which does not stand in the way of other updates.
    most = high if high < old["maxvCpus"] or "desiredvCpus" in sent else max(high, current)
    if desired > most or ("desiredvCpus" in sent and not eks and desired < low):
        raise ServiceError(DESIRED_OUT_OF_RANGE)
    return max(desired, low)
