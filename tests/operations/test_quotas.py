"""How many resources of each kind an account can have in a region."""

from __future__ import annotations

from typing import Any

import boto3

from batchmock import BatchMock

from ..builders import refused
from .resource_requests import (
    EC2,
    EKS,
    create_environment,
    create_queue,
    disable_queue,
    order,
)


def test_compute_environments(client: Any) -> None:
    """The 51st compute environment is refused, but a duplicate name is reported first."""
    for number in range(50):
        create_environment(client, f"ce-{number}")
    request = {"type": "MANAGED", "computeResources": EC2}
    operation = "create_compute_environment"
    said = refused(client, operation, computeEnvironmentName="more", **request)
    assert said == "The limit of 50 compute environments has been reached."
    said = refused(client, operation, computeEnvironmentName="ce-0", **request)
    assert said == "Object already exists."
    create_environment(boto3.client("batch", region_name="eu-west-1"), "more")


def test_environments_of_a_cluster(client: Any) -> None:
    """An Amazon EKS cluster can have at most 5 compute environments."""
    request = {
        "computeResources": {**EC2, "allocationStrategy": "BEST_FIT_PROGRESSIVE"},
        "type": "MANAGED",
    }
    for number in range(5):
        client.create_compute_environment(
            computeEnvironmentName=f"ce-{number}", eksConfiguration=EKS, **request
        )
    said = refused(
        client,
        "create_compute_environment",
        computeEnvironmentName="more",
        eksConfiguration=EKS,
        **request,
    )
    assert said == (
        "The limit of 5 compute environments for an Amazon EKS cluster has been reached."
    )
    other = {**EKS, "eksClusterArn": f"{EKS['eksClusterArn']}2"}
    client.create_compute_environment(
        computeEnvironmentName="more", eksConfiguration=other, **request
    )


def test_job_queues(client: Any, batch_mock: BatchMock) -> None:
    """With 50 job queues, none can be created until one is deleted."""
    create_environment(client)
    for number in range(50):
        create_queue(client, f"q-{number}")
    request = {"jobQueueName": "more", "priority": 1, "computeEnvironmentOrder": order("ce")}
    said = refused(client, "create_job_queue", **request)
    assert said == "The limit of 50 job queues has been reached."
    disable_queue(client, "q-0")
    client.delete_job_queue(jobQueue="q-0")
    client.create_job_queue(**request)
