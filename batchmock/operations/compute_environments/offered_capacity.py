"""
What a compute environment offers to jobs, by its described details.

Source: ComputeResource, `unmanagedvCpus` (documented: it counts for fair-share scheduling alone), and the
user guide's "Multi-node parallel jobs" (documented: not on Spot Instances, nor in unmanaged environments).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from batchmock.simulation.placement.capacity import Capacity


def offered_capacity(detail: Mapping[str, Any]) -> Capacity:
    """Give what an environment offers; there is no limit where its details name none."""
    resources = detail.get("computeResources")
    if resources is None:
        return Capacity(takes_nodes=False, fair_share_milli_vcpus=_milli(detail, "unmanagedvCpus"))
    most = _milli(resources, "maxvCpus")
    return Capacity(
        max_milli_vcpus=most,
        instance_types=tuple(resources.get("instanceTypes", ())),
        takes_nodes=resources["type"] == "EC2",
        fair_share_milli_vcpus=most,
    )


def _milli(members: Mapping[str, Any], name: str) -> int | None:
    return members[name] * 1000 if name in members else None
