"""
What the outcomes of scripts mean for service jobs, where SageMaker runs the containers.

Source: AWS Batch user guide, "Service job retries" (documented: the form of the status reason, and that of
success); the words of SageMaker for a training program that fails: its documentation of FailureReason.
"""

from __future__ import annotations

from typing import Final

from batchmock.errors import BatchMockError
from batchmock.outcomes import ESSENTIAL_CONTAINER_EXITED, TASK_FAILED_TO_START, Outcome

FROM_SAGEMAKER: Final = "Received status from SageMaker: "
COMPLETED: Final = "Training job completed"
ALGORITHM_ERROR: Final = "AlgorithmError: {reason}, exit code: {exit_code}"

#: The texts that container jobs have where a script says nothing: no words of SageMaker.
_CONTAINER_TEXTS: Final = (None, ESSENTIAL_CONTAINER_EXITED, TASK_FAILED_TO_START)


def ended_well(outcome: Outcome) -> bool:
    """Say whether the training job has completed."""
    return outcome.exit_code == 0


def status_reason_of(outcome: Outcome) -> str:
    """Give the status reason with which an attempt ends; texts of a script get the prefix they lack."""
    if outcome.status_reason not in _CONTAINER_TEXTS:
        said = outcome.status_reason or ""
    elif ended_well(outcome):
        said = COMPLETED
    elif outcome.exit_code is None:
        said = outcome.reason or ""
    else:
        said = ALGORITHM_ERROR.format(reason=outcome.reason or "", exit_code=outcome.exit_code)
    return FROM_SAGEMAKER + said.removeprefix(FROM_SAGEMAKER)


def check_suits(outcome: Outcome, job_name: str) -> None:
    """
    Refuse an outcome that no service job has.

    Raises:
        BatchMockError: it happens to containers of Amazon ECS only.
    """
    if outcome.needs_containers:
        raise BatchMockError(
            f"batchmock: service job {job_name!r} was scripted with {outcome.description}, which happens "
            "to containers of Amazon ECS and not to training jobs; it goes on as if nothing were "
            "scripted. Use succeed(), fail(status_reason=...), cannot_start(reason), hang(), "
            "call(function) or no_service_capacity(), or script other jobs by name or job_queue."
        )
