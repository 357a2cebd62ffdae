"""
The list between parsers and handlers: the requests that create the resources of a file.

A parser of a template language returns a `Reading`; `carry_out` sends its requests to the handlers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from batchmock.errors import BatchMockError

#: The operations in the order in which their resources refer to each other.
ORDER: Final = (
    "CreateComputeEnvironment",
    "CreateServiceEnvironment",
    "CreateSchedulingPolicy",
    "CreateConsumableResource",
    "CreateJobQueue",
    "CreateQuotaShare",
    "RegisterJobDefinition",
    "DeregisterJobDefinition",
    "UpdateComputeEnvironment",
)

#: The member with the name of the resource, by operation.
NAME_MEMBERS: Final[Mapping[str, str]] = {
    "CreateComputeEnvironment": "computeEnvironmentName",
    "CreateServiceEnvironment": "serviceEnvironmentName",
    "CreateSchedulingPolicy": "name",
    "CreateConsumableResource": "consumableResourceName",
    "CreateJobQueue": "jobQueueName",
    "CreateQuotaShare": "quotaShareName",
    "RegisterJobDefinition": "jobDefinitionName",
}

#: The resource type in ARNs, by operation.
KINDS: Final[Mapping[str, str]] = {
    "CreateComputeEnvironment": "compute-environment",
    "CreateServiceEnvironment": "service-environment",
    "CreateSchedulingPolicy": "scheduling-policy",
    "CreateConsumableResource": "consumable-resource",
    "CreateJobQueue": "job-queue",
    "CreateQuotaShare": "quota-share",
    "RegisterJobDefinition": "job-definition",
}


#: The tag of a job definition that waives findings of `check()` about it.
WAIVER_TAG: Final = "batchmock:waive"


class Origin(NamedTuple):
    """The origin of a request: the file, and the resource in it."""

    file: str
    resource: str

    def __str__(self) -> str:
        return f"{self.file}: resource {self.resource!r}"


#: What a parser raises where the file has something of another type than its language has there.
NOT_WELL_FORMED: Final = (AttributeError, IndexError, KeyError, TypeError, ValueError)


@contextmanager
def reading_resource(file: str, resource: str) -> Iterator[None]:
    """
    Name a resource, or another part of a file, in the error if it is not well-formed.

    Raises:
        BatchMockError: it is not.
    """
    try:
        yield
    except NOT_WELL_FORMED as error:
        raise BatchMockError(
            f"batchmock: {file}: {resource} is not well-formed: {type(error).__name__}: {error}."
        ) from error


class Creation(NamedTuple):
    """
    One request to create a resource.

    Attributes:
        operation: e.g. `CreateJobQueue`.
        request: its members, in the form in which a client sends them.
        origin: its file and resource.
        aliases: other names of the resource in the file.
        revision: the revision that a job definition keeps; None for the next one.
        is_made_up: whether the file only refers to the resource.
        kept_resources: members of `computeResources` that only an existing environment can have.
    """

    operation: str
    request: dict[str, Any]
    origin: Origin
    aliases: tuple[str, ...] = ()
    revision: int | None = None
    is_made_up: bool = False
    kept_resources: Mapping[str, Any] = MappingProxyType({})


@dataclass
class Reading:
    """
    What a parser found in a file.

    Attributes:
        creations: the requests, in the order of the file.
        ignored: the names of resources of other services.
        event_patterns: the event patterns of EventBridge rules about Batch, by name of the rule.
        state_machines: the names of Step Functions state machines that submit jobs.
        exports: the exported outputs, by name.
        waivers: the findings that the file itself waives: rules, or `rule:resource`.
    """

    creations: list[Creation] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    event_patterns: dict[str, Any] = field(default_factory=dict)
    state_machines: list[str] = field(default_factory=list)
    exports: dict[str, Any] = field(default_factory=dict)
    waivers: list[str] = field(default_factory=list)

    def in_order(self) -> list[Creation]:
        """Return the requests in an order in which each comes after those that it refers to."""
        return sorted(self.creations, key=lambda creation: ORDER.index(creation.operation))

    def add_pattern(self, name: str, pattern: Any) -> None:
        """Add the pattern of a rule, if the rule is about events of Batch."""
        if isinstance(pattern, dict) and "aws.batch" in _texts_in(pattern.get("source")):
            self.event_patterns[name] = pattern

    def waive(self, rules: Any, resource: str = "") -> None:
        """Add waivers for a resource, or for the file: a list of rules, or a text that has several."""
        listed = rules.replace(",", " ").split() if isinstance(rules, str) else _texts_in(rules)
        self.waivers += [f"{rule}:{resource}" if resource else str(rule) for rule in listed]

    def waive_by_tags(self) -> None:
        """Add the waivers in the tags of job definitions, which every language can have."""
        for creation in self.creations:
            if creation.operation == "RegisterJobDefinition":
                tags = creation.request.get("tags")
                if isinstance(tags, Mapping):
                    self.waive(tags.get(WAIVER_TAG, []), creation.origin.resource)


def _texts_in(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
