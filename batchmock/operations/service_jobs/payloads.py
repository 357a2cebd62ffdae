"""
The payload of a service job: what batchmock needs to know of a CreateTrainingJob request.

Source: AWS Batch user guide, "Submit a service job" (documented: a payload is passed through without
validation) and "Service job payloads" (documented: the request of SageMaker's CreateTrainingJob, as JSON
text). That SageMaker refuses one without a name or instances follows from that operation's required
members. The words are assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from json import loads
from typing import Any, Final, NamedTuple

# Assumed, except for the name of the error, with which the user guide's retry rules begin.
NOT_JSON: Final = "ValidationException: The request is not a JSON object."
NO_NAME: Final = "ValidationException: TrainingJobName is required."
NO_INSTANCES: Final = (
    "ValidationException: ResourceConfig must have InstanceType and InstanceCount, or groups."
)


class Payload(NamedTuple):
    """
    The name of a training job, its instances, and what its program is given.

    `problem` is what SageMaker says if it cannot use the payload.
    """

    training_job_name: str
    instances: tuple[tuple[str, int], ...]
    command: tuple[str, ...]
    environment: dict[str, str]
    parameters: dict[str, str]
    problem: str | None


def read_payload(text: str) -> Payload:
    """Return what a payload says; members that it lacks are empty."""
    content = _object(text)
    members = content or {}
    name = members.get("TrainingJobName")
    name = name if isinstance(name, str) else ""
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
        _problem(content, name, instances),
    )


def _object(text: str) -> Mapping[str, Any] | None:
    """Return the members of a payload, or None for text that is no JSON object."""
    try:
        content = loads(text)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _problem(
    content: Mapping[str, Any] | None, name: str, instances: tuple[tuple[str, int], ...]
) -> str | None:
    """Return why SageMaker cannot use a payload, or None if it can."""
    if content is None:
        return NOT_JSON
    if not name:
        return NO_NAME
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
