"""
What befalls compute environments without a call: no instances to be had, or a broken configuration.

Source: the blocked reasons of the user guide, "Jobs stuck in a RUNNABLE status" (documented).
"""

from __future__ import annotations

from batchmock.errors import BatchMockError
from batchmock.operations.compute_environments.environments import (
    COMPUTE_ENVIRONMENTS,
    ComputeEnvironmentRecord,
)
from batchmock.operations.region import Region
from batchmock.operations.resources import INVALID, VALID
from batchmock.simulation.placement.environments import ComputeEnvironment


def exhaust(region: Region, compute_environment: str) -> ComputeEnvironment:
    """Let EC2 have no instances left for an environment: it starts no more jobs."""
    environment = _existing(region, compute_environment, "exhaust").simulated
    environment.is_exhausted = True
    region.simulation.capacity_changed()
    return environment


def invalidate(region: Region, compute_environment: str, reason: str) -> ComputeEnvironment:
    """Let an environment be INVALID: it starts no more jobs."""
    record = _existing(region, compute_environment, "invalidate")
    if record.status not in (VALID, INVALID):
        raise BatchMockError(
            f"batchmock: compute environment {record.name!r} can't become INVALID while it is "
            f"{record.status}. Move time until it is VALID first."
        )
    record.set_status(INVALID, reason)
    region.simulation.capacity_changed()
    return record.simulated


def restore(region: Region, compute_environment: str) -> ComputeEnvironment:
    """Undo `exhaust` and `invalidate`."""
    record = _existing(region, compute_environment, "restore")
    record.simulated.is_exhausted = False
    if record.status == INVALID:
        record.set_status(VALID, record.HEALTHY)
    region.simulation.capacity_changed()
    return record.simulated


def _existing(region: Region, name_or_arn: str, what: str) -> ComputeEnvironmentRecord:
    record = COMPUTE_ENVIRONMENTS.find(region, name_or_arn)
    if record is None:
        exist = ", ".join(map(repr, COMPUTE_ENVIRONMENTS.of(region))) or "none"
        raise BatchMockError(
            f"batchmock: {what}({name_or_arn!r}) found no such compute environment in {region.name}. "
            f"There are: {exist}. Create it first, or with provision()."
        )
    return record
