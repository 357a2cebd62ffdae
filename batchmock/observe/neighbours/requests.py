"""The requests to services beside AWS Batch that a mock answers, by service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from batchmock.observe.logs.requests import LogRequests
from batchmock.observe.neighbours.ec2 import Ec2Requests
from batchmock.observe.neighbours.ecs import EcsRequests
from batchmock.observe.neighbours.instances import Instances
from batchmock.observe.neighbours.tasks import Tasks
from batchmock.operations.region import Region
from batchmock.simulation.engine import Simulation


class NeighbourRequests(Protocol):
    """Answers the requests to one service."""

    def answer(
        self, operation: str, request: Mapping[str, Any], region: Region
    ) -> dict[str, Any] | None:
        """
        Answer a request that is about what the mock has; return None for any other.

        Raises:
            ServiceError: the service would refuse the request.
        """

    def answer_alone(
        self, operation: str, request: Mapping[str, Any], region: Region
    ) -> dict[str, Any] | str | None:
        """
        Answer a request that `answer` did not, and that would otherwise go to AWS.

        Returns:
            The reply; why the request may not go to AWS, for the author of the test; None if it may.

        Raises:
            ServiceError: the service would refuse the request.
        """


def neighbours_of(simulation: Simulation) -> dict[str, NeighbourRequests]:
    """Return what answers for each service, by its name in botocore."""
    tasks = Tasks(simulation)
    instances = Instances(simulation, tasks)
    return {
        "logs": LogRequests(simulation, simulation.start_ms),
        "ecs": EcsRequests(tasks, instances),
        "ec2": Ec2Requests(instances, simulation.clock),
    }
