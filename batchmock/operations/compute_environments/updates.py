"""
Apply UpdateComputeEnvironment to a compute environment, or refuse it.

The functions work on described details only and return a new detail. `resource_updates` has the
`computeResources`, `validation` the checks that need the request only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from batchmock.errors import ServiceError
from batchmock.operations.compute_environments.resource_updates import updated_resources
from batchmock.operations.compute_environments.resources import (
    EC2_TYPES,
    FARGATE_TYPES,
    MANAGED_INSTANCES,
    SERVICE_LINKED_ROLE,
    role_arn,
)
from batchmock.operations.region import Region
from batchmock.simulation.placement.host_pool import HostPool
from batchmock.validation import texts
from batchmock.validation.reading import without_inapplicable
from batchmock.validation.rules.compute_resources import NOT_ON_MANAGED_INSTANCES

#: Members of computeResources that do not apply to Fargate, each with a text of its own (captured for
#: minvCpus and desiredvCpus).
NOT_FOR_FARGATE: Final = (
    "minvCpus",
    "desiredvCpus",
    "scalingPolicy",
)

#: Members that cannot be updated on Fargate, in the order of the service's text.
FIXED_ON_FARGATE: Final = (
    "allocationStrategy",
    "bidPercentage",
    "ec2Configuration",
    "ec2KeyPair",
    "imageId",
    "instanceRole",
    "instanceTypes",
    "launchTemplate",
    "placementGroup",
    "tags",
    "type",
    "updatePolicy",
    "updateToLatestImageVersion",
)
#: Values that change nothing (assumed). A number changes something, also 0.
_CHANGES_NOTHING: Final[tuple[object, ...]] = ({}, [], "")
#: Captured: github.com/aws/aws-cdk#27054.
CANNOT_UPDATE_ON_FARGATE: Final = (
    "The following parameters can't be updated for Fargate compute environment: "
    f"{', '.join(FIXED_ON_FARGATE)}."
)

#: Members of computeResources that only scale an environment.
_SCALING_MEMBERS: Final = frozenset({"minvCpus", "maxvCpus", "desiredvCpus"})

#: Members of computeResources for ECS_MANAGED_INSTANCES only (documented).
MANAGED_INSTANCES_MEMBERS: Final = ("managedInstancesProvider", "capacityTags")

#: The members that an update replaces entirely.
REPLACED_MEMBERS: Final = ("state", "unmanagedvCpus", "context", "ecsSettings")

#: The defaults of an updatePolicy (documented; that they are shown: assumed).
DEFAULT_UPDATE_POLICY: Final = {"terminateJobsOnUpdate": False, "jobExecutionTimeoutMinutes": 30}

# Captured at create; here they depend on the current values.
UNMANAGED_VCPUS: Final = "unmanagedvCpus is not applicable for managed Compute Environments"
NOT_APPLICABLE_FOR_FARGATE: Final = "{field} is not applicable for Fargate."

# Assumed. Documented: a service-linked role and another role cannot replace each other.
CANNOT_SWITCH_ROLE: Final = (
    "serviceRole cannot be changed between a Batch Service Linked Role and another role."
)

# Assumed. Documented: an unmanaged environment has no compute resources.
NOT_FOR_UNMANAGED: Final = "computeResources is not applicable for unmanaged Compute Environments"

# Assumed. Documented: eksConfiguration is for Amazon EKS environments only.
NOT_FOR_ECS: Final = "eksConfiguration is not applicable for ECS Compute Environments"


def access_entry(sent: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return an access entry as Describe calls show it: the desired state and the status.

    Source: EksAccessEntry (documented: `status` is read-only). Assumed, since the mock has no clusters: an
    entry is ACTIVE at once if it is ENABLED.
    """
    desired = sent["desiredState"]
    return {"desiredState": desired, "status": "ACTIVE" if desired == "ENABLED" else "INACTIVE"}


def updated(
    region: Region, detail: Mapping[str, Any], request: Mapping[str, Any]
) -> dict[str, Any]:
    """
    Return the detail of an environment after an update.

    Args:
        detail: the current one.
        request: the `UpdateComputeEnvironment` request.

    Raises:
        ServiceError: the environment does not allow the change.

    Source: UpdateComputeEnvironment (documented; graded at each text above).
    """
    request = _without_inapplicable(detail, request)
    _check_applicable(detail, request)
    new = dict(detail)
    new.update({member: request[member] for member in REPLACED_MEMBERS if member in request})
    if request.get("serviceRole"):
        new["serviceRole"] = role_arn(region.iam_arn("role/"), request["serviceRole"])
        if _is_linked_role(region, new) != _is_linked_role(region, detail):
            raise ServiceError(CANNOT_SWITCH_ROLE)
    if "computeResources" in request:
        new["computeResources"] = updated_resources(
            detail["computeResources"],
            request["computeResources"],
            eks="eksConfiguration" in detail,
            has_linked_role=_is_linked_role(region, detail),
        )
    new.update(_updated_settings(detail, request))
    return new


def _updated_settings(detail: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that change in part; an updatePolicy is for EC2 only."""
    settings: dict[str, Any] = {}
    if "accessEntry" in request.get("eksConfiguration", {}):
        entry = access_entry(request["eksConfiguration"]["accessEntry"])
        settings["eksConfiguration"] = {**detail["eksConfiguration"], "accessEntry": entry}
    if "updatePolicy" in request and _resource_type(detail) in EC2_TYPES:
        old_policy = detail.get("updatePolicy", DEFAULT_UPDATE_POLICY)
        settings["updatePolicy"] = {**old_policy, **request["updatePolicy"]}
    return settings


def may_heal(request: Mapping[str, Any]) -> bool:
    """
    Return whether an update can make an INVALID environment VALID again.

    State and scaling do not touch what makes an environment INVALID.

    Source: the report of an environment that stays INVALID with its reason after it was disabled
    (terraform-provider-aws 26930). Which other members heal one is assumed.
    """
    sent = request.get("computeResources", {})
    return bool(
        request.get("serviceRole")
        or not _SCALING_MEMBERS.issuperset(sent)
        or "eksConfiguration" in request
    )


def _is_linked_role(region: Region, detail: Mapping[str, Any]) -> bool:
    return bool(detail["serviceRole"] == region.iam_arn(SERVICE_LINKED_ROLE))


def _resource_type(detail: Mapping[str, Any]) -> str | None:
    resource_type: str | None = detail.get("computeResources", {}).get("type")
    return resource_type


def _check_applicable(detail: Mapping[str, Any], request: Mapping[str, Any]) -> None:
    """Refuse members that do not apply to this type of environment."""
    if "unmanagedvCpus" in request and detail["type"] == "MANAGED":
        raise ServiceError(UNMANAGED_VCPUS)
    if "computeResources" in request and detail["type"] != "MANAGED":
        raise ServiceError(NOT_FOR_UNMANAGED)
    if "eksConfiguration" in request and "eksConfiguration" not in detail:
        raise ServiceError(NOT_FOR_ECS)
    sent = request.get("computeResources", {})
    resource_type = _resource_type(detail)
    if resource_type in FARGATE_TYPES:
        _check_fargate(detail["computeResources"], {**request, **sent})
        _refuse(sent, NOT_FOR_FARGATE, NOT_APPLICABLE_FOR_FARGATE)
    if resource_type == MANAGED_INSTANCES:
        _refuse(sent, NOT_ON_MANAGED_INSTANCES, texts.NOT_ON_MANAGED_INSTANCES)
    else:
        _refuse(sent, MANAGED_INSTANCES_MEMBERS, texts.MANAGED_INSTANCES_ONLY)


def _without_inapplicable(
    detail: Mapping[str, Any], request: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return a request without empty values of members that the environment does not have."""
    if "computeResources" not in request or "computeResources" not in detail:
        return request
    resource_type = detail["computeResources"]["type"]
    sent = without_inapplicable(request["computeResources"], resource_type)
    return {**request, "computeResources": sent}


def _check_fargate(resources: Mapping[str, Any], sent: Mapping[str, Any]) -> None:
    """
    Refuse an update of members that cannot be updated on Fargate.

    Empty values change nothing, as does false, nor does the type that the environment has already (assumed).
    """
    given = {member: sent[member] for member in FIXED_ON_FARGATE if member in sent}
    changed = [
        member
        for member, value in given.items()
        if value is not False and value not in _CHANGES_NOTHING
    ]
    if changed == ["type"] and sent["type"] == resources["type"]:
        return
    if changed:
        raise ServiceError(CANNOT_UPDATE_ON_FARGATE)


def _refuse(sent: Mapping[str, Any], members: Iterable[str], text: str) -> None:
    for member in members:
        if member in sent:
            raise ServiceError(text.format(field=member))


def replace_instances(region: Region, detail: Mapping[str, Any], pool: HostPool | None) -> None:
    """
    Place jobs on new instances, and end the attempts on the old ones, at once or after a delay.

    Source: UpdatePolicy (documented). Assumed: the attempts end like those on any lost instance, and are
    retried likewise.
    """
    policy = {**DEFAULT_UPDATE_POLICY, **detail.get("updatePolicy", {})}
    minutes = 0 if policy["terminateJobsOnUpdate"] else policy["jobExecutionTimeoutMinutes"]
    if pool is not None:
        region.simulation.jobs.replace_hosts(pool, minutes * 60_000)
