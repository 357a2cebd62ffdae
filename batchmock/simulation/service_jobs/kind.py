"""
The protocol that each type of service jobs implements.

A type is one module of `operations.service_jobs` and one row of its table `SERVICE_TYPES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from batchmock.outcomes import Outcome
    from batchmock.simulation.service_jobs.job import ServiceAttempt, ServiceJob


class Payload(NamedTuple):
    """
    The members of a `serviceRequestPayload` that the simulation uses.

    `name` is the name of the service's resource; `instances` are counts by instance type; `problem` is the
    service's message if it cannot use the payload.
    """

    name: str
    instances: tuple[tuple[str, int], ...]
    command: tuple[str, ...]
    environment: Mapping[str, str]
    parameters: Mapping[str, str]
    problem: str | None = None


class ForeignArns(Protocol):
    """Builds ARNs of other services in the region and account of a job."""

    def foreign_arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource of another service."""


class ServiceKind(Protocol):
    """One type of service jobs."""

    @property
    def name(self) -> str:
        """The value of `serviceJobType`, e.g. `SAGEMAKER_TRAINING`."""

    @property
    def service(self) -> str:
        """The name of the service that runs the jobs, for messages, e.g. `SageMaker`."""

    @property
    def log_group(self) -> str:
        """The log group that the jobs write to."""

    def read_payload(self, text: str, job_name: str) -> Payload:
        """Parse a `serviceRequestPayload`; members that it lacks are empty."""

    def resource_name(self, job: ServiceJob, attempt: ServiceAttempt) -> str:
        """Return the name of the service's resource for an attempt."""

    def resource(
        self, job: ServiceJob, attempt: ServiceAttempt, arns: ForeignArns
    ) -> dict[str, str]:
        """Return the `serviceResourceId` of an attempt: `name` and `value`."""

    def variables(self, job: ServiceJob, attempt: ServiceAttempt) -> dict[str, str]:
        """Return the environment variables that the service adds."""

    def status_reason(self, outcome: Outcome) -> str:
        """Return the status reason with which an attempt ends."""

    def misfit(self, outcome: Outcome) -> str | None:
        """Return a phrase for the subject of an outcome that a job of this type cannot have; None if it can."""
