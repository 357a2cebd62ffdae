"""
What a job definition or a job runs, whatever kind it is: the face that each kind shows to the operations.

One module for each kind implements it: `containers`, `ecs_tasks`, `eks_pods`, `nodes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from batchmock.simulation.jobs.attempts import Attempt
from batchmock.simulation.jobs.job import Container, Job, TaskContainer

if TYPE_CHECKING:
    from batchmock.operations.region import Region


class Runs(NamedTuple):
    """What the simulation runs: a container, and where there are several in one task, all of them."""

    container: Container
    containers: tuple[TaskContainer, ...] = ()


class Placeholders(NamedTuple):
    """The values of `Ref::name`, and whether it is replaced inside longer strings too."""

    parameters: Mapping[str, str]
    anywhere: bool


class Contents(Protocol):
    """What a job definition or a job runs. Values: an override gives another one."""

    @property
    def member(self) -> str:
        """The member that holds it in RegisterJobDefinition, e.g. `containerProperties`."""

    @property
    def override_member(self) -> str:
        """The member that overrides it in SubmitJob, e.g. `containerOverrides`."""

    @property
    def capability(self) -> str:
        """EC2, FARGATE, EKS or MANAGED_INSTANCES: what a queue must be able to run."""

    @property
    def properties(self) -> dict[str, Any]:
        """The value of `member` as the service shows it."""

    def overridden(self, overrides: dict[str, Any]) -> Contents:
        """Lay SubmitJob's overrides over it; raises ServiceError if they don't fit."""

    def substituted(self, placeholders: Placeholders) -> Contents:
        """Replace `Ref::name` in commands; raises ServiceError if a parameter is missing."""

    def runs(self) -> Runs:
        """Give what the simulation needs of it."""

    def job_members(self, region: Region, job: Job) -> dict[str, Any]:
        """Give its members of a JobDetail, e.g. `container`; they share nothing with the state."""

    def attempt_members(self, region: Region, job: Job, attempt: Attempt) -> dict[str, Any]:
        """Give its members of a finished attempt, e.g. `container` or `taskProperties`."""
