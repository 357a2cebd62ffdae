"""
Service jobs of type SAGEMAKER_TRAINING: Amazon SageMaker runs a training job for each attempt.

Source: AWS Batch user guide, "Submit a service job" (documented: a payload is passed through without
validation), "Service job payloads" (documented: the request of CreateTrainingJob, as JSON text) and "Service
job retries" (documented: the form of the status reason, and the words of success); the documentation of
FailureReason in SageMaker for a program that fails. That SageMaker refuses a payload without
instances follows from the required members of CreateTrainingJob. The words are assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from json import loads
from typing import Any, Final

from batchmock.outcomes import ESSENTIAL_CONTAINER_EXITED, TASK_FAILED_TO_START, Outcome
from batchmock.simulation.service_jobs.job import ServiceAttempt, ServiceJob
from batchmock.simulation.service_jobs.kind import ForeignArns, Payload

# Assumed, except for the name of the error, with which the retry rules in the user guide begin.
NOT_JSON: Final = "ValidationException: The request is not a JSON object."
NO_INSTANCES: Final = (
    "ValidationException: ResourceConfig must have InstanceType and InstanceCount, or groups."
)

FROM_SAGEMAKER: Final = "Received status from SageMaker: "
COMPLETED: Final = "Training job completed"
ALGORITHM_ERROR: Final = "AlgorithmError: {reason}, exit code: {exit_code}"

#: The texts of container jobs without a scripted reason, which SageMaker does not use.
_CONTAINER_TEXTS: Final = (None, ESSENTIAL_CONTAINER_EXITED, TASK_FAILED_TO_START)


class SageMakerTraining:
    """The type SAGEMAKER_TRAINING."""

    name: Final = "SAGEMAKER_TRAINING"
    service: Final = "SageMaker"
    log_group: Final = "/aws/sagemaker/TrainingJobs"

    def read_payload(self, text: str, job_name: str) -> Payload:
        """Parse a payload; a training job without a name has that of its service job (assumed)."""
        content = _object(text)
        members = content or {}
        name = members.get("TrainingJobName")
        if not isinstance(name, str) or not name:
            name = job_name
        instances = tuple(_instances(members.get("ResourceConfig")))
        algorithm = _mapping(members.get("AlgorithmSpecification"))
        return Payload(
            name,
            instances,
            (
                *_texts(algorithm.get("ContainerEntrypoint")),
                *_texts(algorithm.get("ContainerArguments")),
            ),
            _text_map(members.get("Environment")),
            _text_map(members.get("HyperParameters")),
            _problem(content, instances),
        )

    def resource_name(self, job: ServiceJob, attempt: ServiceAttempt) -> str:
        """Return the name of a training job (documented: prefix, name in the payload, attempt id)."""
        return f"AWSBatch{job.payload.name}{attempt.digits}"

    def resource(
        self, job: ServiceJob, attempt: ServiceAttempt, arns: ForeignArns
    ) -> dict[str, str]:
        """Return the `serviceResourceId` of an attempt."""
        training_job = f"training-job/{self.resource_name(job, attempt)}"
        return {"name": "TrainingJobArn", "value": arns.foreign_arn("sagemaker", training_job)}

    def variables(self, job: ServiceJob, attempt: ServiceAttempt) -> dict[str, str]:
        """Return the environment variables that SageMaker adds."""
        return {"TRAINING_JOB_NAME": self.resource_name(job, attempt)}

    def status_reason(self, outcome: Outcome) -> str:
        """Return the status reason of an attempt; a scripted text gets the prefix if it lacks it."""
        if outcome.status_reason not in _CONTAINER_TEXTS:
            words = outcome.status_reason or ""
        elif outcome.exit_code == 0:
            words = COMPLETED
        elif outcome.exit_code is None:
            words = outcome.reason or ""
        else:
            words = ALGORITHM_ERROR.format(reason=outcome.reason or "", exit_code=outcome.exit_code)
        return FROM_SAGEMAKER + words.removeprefix(FROM_SAGEMAKER)

    def misfit(self, outcome: Outcome) -> str | None:
        """Return a phrase if an outcome is for containers only; None if a training job can have it."""
        if not outcome.needs_containers:
            return None
        return "to containers of Amazon ECS and not to training jobs"


def _object(text: str) -> Mapping[str, Any] | None:
    """Return the members of a payload, or None for text that is not a JSON object."""
    try:
        content = loads(text)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _problem(
    content: Mapping[str, Any] | None, instances: tuple[tuple[str, int], ...]
) -> str | None:
    """Return why SageMaker cannot use a payload, or None if it can."""
    if content is None:
        return NOT_JSON
    return None if instances else NO_INSTANCES


def _instances(resources: object) -> list[tuple[str, int]]:
    """Return type and number of each group of instances, or of the only one; none if one is incomplete."""
    config = _mapping(resources)
    named = config.get("InstanceGroups")
    groups = [_mapping(group) for group in named] if isinstance(named, list) else [config]
    instances = [(group.get("InstanceType"), group.get("InstanceCount")) for group in groups]
    complete = [
        (instance_type, count)
        for instance_type, count in instances
        if isinstance(instance_type, str) and type(count) is int and count > 0
    ]
    return complete if len(complete) == len(instances) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def _text_map(value: object) -> dict[str, str]:
    return {name: str(item) for name, item in _mapping(value).items()}
