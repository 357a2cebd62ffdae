"""
The payload of a service job: what batchmock needs to know of a CreateTrainingJob request.

Source: AWS Batch user guide, "Service job payloads" (documented: the whole request of SageMaker's
CreateTrainingJob, as JSON text). That a payload without instances is refused at once, and the texts:
assumed. Anything else in it is SageMaker's, and is taken as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from json import JSONDecodeError, loads
from typing import Any, Final, NamedTuple

from batchmock.errors import ServiceError

# Assumed.
NOT_JSON: Final = "serviceRequestPayload must be a valid JSON object."
NO_NAME: Final = "serviceRequestPayload must have a TrainingJobName."
NO_INSTANCES: Final = (
    "serviceRequestPayload must have a ResourceConfig with InstanceType and InstanceCount, or with "
    "InstanceGroups."
)


class Payload(NamedTuple):
    """What a training job is called, runs on, and is told."""

    training_job_name: str
    instances: tuple[tuple[str, int], ...]
    command: tuple[str, ...]
    environment: dict[str, str]
    parameters: dict[str, str]


def read_payload(text: str) -> Payload:
    """
    Read a payload.

    Raises:
        ServiceError: it is no JSON object, has no name, or does not say on how many instances it runs.
    """
    content = _object(text)
    name = content.get("TrainingJobName")
    if not isinstance(name, str) or not name:
        raise ServiceError(NO_NAME, wrapped=True)
    instances = tuple(_instances(content.get("ResourceConfig")))
    if not instances:
        raise ServiceError(NO_INSTANCES, wrapped=True)
    algorithm = _mapping(content.get("AlgorithmSpecification"))
    return Payload(
        name,
        instances,
        (
            *_texts(algorithm.get("ContainerEntrypoint")),
            *_texts(algorithm.get("ContainerArguments")),
        ),
        _text_map(content.get("Environment")),
        _text_map(content.get("HyperParameters")),
    )


def _object(text: str) -> Mapping[str, Any]:
    try:
        content = loads(text)
    except (JSONDecodeError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise ServiceError(NOT_JSON, wrapped=True)
    return content


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
