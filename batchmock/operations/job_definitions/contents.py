"""
The contents of a job definition or job: the interface that every kind of contents implements.

Each kind has a module: `containers`, `ecs_tasks`, `eks_pods`, `nodes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Protocol

from batchmock.errors import ServiceError
from batchmock.operations.region import Region
from batchmock.simulation.jobs.attempts import Attempt
from batchmock.simulation.jobs.job import Container, Job, TaskContainer

# Captured: github.com/nextflow-io/nextflow#5817.
OVERRIDES_ON_EKS: Final = (
    "Container overrides or node overrides should not be set for Batch on EKS jobs."
)
# Captured: quoted in a published script that submits jobs.
OVERRIDES_OF_TASKS: Final = "Container overrides should not be set for ecsProperties jobs."
# Documented: the other overrides are for one kind of job definition. The text is assumed.
WRONG_OVERRIDES: Final = "{name} is not applicable for a job definition with {member}."

OVERRIDE_MEMBERS: Final = (
    "containerOverrides",
    "nodeOverrides",
    "eksPropertiesOverride",
    "ecsPropertiesOverride",
)
_NOT_ON_EKS: Final = ("containerOverrides", "nodeOverrides")


class Runs(NamedTuple):
    """The containers to simulate: one, and all containers of a task that has several."""

    container: Container
    containers: tuple[TaskContainer, ...] = ()


class Placeholders(NamedTuple):
    """The values of `Ref::name`, and whether to replace it inside longer strings as well."""

    parameters: Mapping[str, str]
    anywhere: bool


class Contents(Protocol):
    """The contents of a job definition or job. Immutable: an override returns another one."""

    @property
    def member(self) -> str:
        """Its member in RegisterJobDefinition, e.g. `containerProperties`."""

    @property
    def override_member(self) -> str:
        """The member of SubmitJob that overrides it, e.g. `containerOverrides`."""

    @property
    def capability(self) -> str:
        """The capability that a queue needs: EC2, FARGATE, EKS or MANAGED_INSTANCES."""

    @property
    def properties(self) -> dict[str, Any]:
        """The value of `member` as the service shows it."""

    def overridden(self, overrides: dict[str, Any]) -> Contents:
        """Return the contents with SubmitJob's overrides applied; raise ServiceError if they don't fit."""

    def substituted(self, placeholders: Placeholders) -> Contents:
        """Return the contents with `Ref::name` replaced; raise ServiceError if a parameter is missing."""

    def runs(self) -> Runs:
        """Return the containers to simulate."""

    def job_members(self, region: Region, job: Job, attempt: Attempt | None) -> dict[str, Any]:
        """Return copies of its members of a JobDetail, e.g. `container`, with what an attempt adds."""

    @property
    def attempts_member(self) -> str:
        """The member of a JobDetail that lists finished attempts: `attempts` or `eksAttempts`."""

    def attempt_detail(self, region: Region, job: Job, attempt: Attempt) -> dict[str, Any]:
        """Return a finished attempt as an entry of that list."""


def check_overrides_fit(contents: Contents, given: Mapping[str, Any]) -> None:
    """
    Refuse an override that is for another kind of job definition or node range.

    An override without any value is as none (assumed). The overrides of nodes have no effect on a job of one
    node, as in github.com/aws-samples/aws-batch-with-ffmpeg.

    Args:
        contents: the contents that are overridden.
        given: the SubmitJob request, or the override of a node range.

    Raises:
        ServiceError: the override has a member for another kind.
    """
    for name in OVERRIDE_MEMBERS:
        if name == contents.override_member or not _has_values(given.get(name, {})):
            continue
        if contents.member == "eksProperties" and name in _NOT_ON_EKS:
            raise ServiceError(OVERRIDES_ON_EKS)
        if contents.member == "ecsProperties" and name == "containerOverrides":
            raise ServiceError(OVERRIDES_OF_TASKS)
        if name != "nodeOverrides":
            raise ServiceError(WRONG_OVERRIDES.format(name=name, member=contents.member))


def _has_values(block: Any) -> bool:
    """Return whether a block has a value at any depth."""
    if isinstance(block, dict):
        return any(map(_has_values, block.values()))
    return any(map(_has_values, block)) if isinstance(block, list) else True
