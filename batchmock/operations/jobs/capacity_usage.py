"""
The capacity that a job requests, as shown in `capacityUsage`.

Source: JobCapacityUsageSummary and QueueSnapshotCapacityUsage (documented): VCPU for jobs on Amazon ECS, cpu
on Amazon EKS; a multi-node job counts with all of its nodes.
"""

from __future__ import annotations

from typing import Any, Final

from batchmock.operations.jobs.describe import contents_of
from batchmock.simulation.jobs.families import MultiNodeJob
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.placement.capacity import ask_of
from batchmock.simulation.placement.environments import EKS

VCPU: Final = "VCPU"
CPU: Final = "cpu"


def capacity_unit(*, on_eks: bool) -> str:
    """Return the unit in which jobs count capacity."""
    return CPU if on_eks else VCPU


def capacity_usage(job: Job) -> list[dict[str, Any]]:
    """Return the capacity that a job requests, including all nodes of a multi-node job."""
    quantity = job.container.vcpus
    if job.__class__ is MultiNodeJob:
        quantity = ask_of(job).milli_vcpus / 1000
    return [{"capacityUnit": unit_of(job), "quantity": quantity}]


def unit_of(job: Job) -> str:
    """Return the unit in which a job counts capacity."""
    return CPU if contents_of(job).capability == EKS else VCPU
