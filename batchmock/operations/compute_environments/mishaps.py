"""
Failures of compute environments that no request causes: no instances, or a broken configuration.

Source: the blocked reasons of the user guide, "Jobs stuck in a RUNNABLE status" (documented).
"""

from __future__ import annotations

from batchmock.arguments import checked_text
from batchmock.errors import BatchMockError
from batchmock.operations.compute_environments.environments import settle_status
from batchmock.operations.compute_environments.record import (
    COMPUTE_ENVIRONMENTS,
    ComputeEnvironmentRecord,
)
from batchmock.operations.region import Region
from batchmock.operations.resources import DELETING, INVALID, VALID
from batchmock.simulation.placement.blocked import LAUNCH_FAILURES


def exhaust(region: Region, compute_environment: str, reason: str) -> None:
    """
    Make an environment unable to launch instances: it starts no more jobs.

    Raises:
        BatchMockError: the environment does not exist, or the reason is not one of a failed launch.
    """
    if not isinstance(reason, str) or reason not in LAUNCH_FAILURES:
        raise BatchMockError(
            f"batchmock: exhaust() was given reason={reason!r}. Pass the code of a reason for which "
            f"instances cannot be launched: {', '.join(map(repr, LAUNCH_FAILURES))}."
        )
    _existing(region, compute_environment, "exhaust").simulated.launch_failure = reason
    region.simulation.jobs.capacity_changed()


def invalidate(region: Region, compute_environment: str, reason: str) -> None:
    """
    Make an environment INVALID: at once, at the end of CREATING or UPDATING, or when it is created.

    Raises:
        BatchMockError: it is DELETING, or an ARN names an environment that does not exist.
    """
    _check_name(compute_environment, "invalidate")
    checked_text(reason, "invalidate(reason=)", "Pass the statusReason that the environment shows.")
    record = COMPUTE_ENVIRONMENTS.find(region, compute_environment)
    if record is None and not compute_environment.startswith("arn:"):
        region.failing_environments[compute_environment] = reason
        return
    record = _existing(region, compute_environment, "invalidate")
    if record.status == DELETING:
        raise BatchMockError(
            f"batchmock: compute environment {record.name!r} cannot become INVALID while it is "
            "DELETING. Call invalidate() before it is deleted."
        )
    record.failure = reason
    if record.status in (VALID, INVALID):
        record.set_status(INVALID, reason)
        region.simulation.jobs.capacity_changed()


def restore(region: Region, compute_environment: str) -> None:
    """
    Undo `exhaust` and `invalidate`.

    Raises:
        BatchMockError: the environment does not exist.
    """
    _check_name(compute_environment, "restore")
    if region.failing_environments.pop(compute_environment, None) is not None:
        return
    record = _existing(region, compute_environment, "restore")
    record.simulated.launch_failure = None
    record.failure = None
    if record.status == INVALID:
        settle_status(region, record)
    region.simulation.jobs.capacity_changed()


def _check_name(name_or_arn: object, what: str) -> None:
    advice = f'Pass the name or ARN of a compute environment: {what}("compute-environment").'
    checked_text(name_or_arn, f"{what}(compute_environment)", advice)


def _existing(region: Region, name_or_arn: str, what: str) -> ComputeEnvironmentRecord:
    _check_name(name_or_arn, what)
    record = COMPUTE_ENVIRONMENTS.find(region, name_or_arn)
    if record is None:
        exist = ", ".join(map(repr, COMPUTE_ENVIRONMENTS.of(region))) or "none"
        raise BatchMockError(
            f"batchmock: {what}({name_or_arn!r}) found no such compute environment in {region.name}. "
            f"Compute environments there: {exist}. Create it first, e.g. with provision()."
        )
    return record
