"""
Compute environments and scheduling policies of other stacks, which were not loaded.

Only a deployment knows them, so they are made up: an environment with room for everything, and a policy without
shares.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from batchmock.loading.creations import NAME_MEMBERS, Creation, Origin, Reading
from batchmock.loading.members import Fitter
from batchmock.operations.compute_environments.record import COMPUTE_ENVIRONMENTS
from batchmock.operations.job_queues.scheduling_policies import SCHEDULING_POLICIES
from batchmock.operations.region import Region

_FARGATE: Final = "FARGATE"
_NETWORK: Final[dict[str, Any]] = {
    "maxvCpus": 1_000_000,
    "subnets": ["subnet-0123456789abcdef0"],
    "securityGroupIds": ["sg-0123456789abcdef0"],
}
_INSTANCES: Final[dict[str, Any]] = {
    "instanceRole": "ecsInstanceRole",
    "instanceTypes": ["optimal"],
    "minvCpus": 0,
}


def add_imported(found: Reading, fitter: Fitter, region: Region, file: str) -> None:
    """Add requests that create what queues refer to by a made-up name, unless it exists."""
    known = {
        creation.request.get(NAME_MEMBERS.get(creation.operation, ""))
        for creation in found.creations
    }
    for member, name in dict.fromkeys(fitter.made_up_references):
        if name not in known:
            found.creations += _creations(found, region, member, name, Origin(file, name))


def _creations(
    found: Reading, region: Region, member: str, name: str, origin: Origin
) -> Iterator[Creation]:
    if member == "computeEnvironment" and name not in COMPUTE_ENVIRONMENTS.of(region):
        request = {
            "computeEnvironmentName": name,
            "type": "MANAGED",
            "computeResources": _resources(found),
        }
        yield Creation("CreateComputeEnvironment", request, origin, is_made_up=True)
    if member == "schedulingPolicyArn" and name not in SCHEDULING_POLICIES.of(region):
        yield Creation("CreateSchedulingPolicy", {"name": name}, origin, is_made_up=True)


def _resources(found: Reading) -> dict[str, Any]:
    """Return compute resources that take the job definitions of the template."""
    on_fargate = any(
        _FARGATE in creation.request.get("platformCapabilities", ()) for creation in found.creations
    )
    if on_fargate:
        return {"type": _FARGATE, **_NETWORK}
    return {"type": "EC2", **_NETWORK, **_INSTANCES}
