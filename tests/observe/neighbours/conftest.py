"""Clients of Amazon ECS and Amazon EC2 on the mock."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from batchmock import BatchMock


@pytest.fixture
def ecs(batch_mock: BatchMock) -> Any:
    """A client of Amazon ECS."""
    return boto3.client("ecs", region_name="us-east-1")


@pytest.fixture
def ec2(batch_mock: BatchMock) -> Any:
    """A client of Amazon EC2."""
    return boto3.client("ec2", region_name="us-east-1")


@pytest.fixture
def cluster(batch_mock: BatchMock, client: Any) -> str:
    """The ARN of the cluster of `queue`, beside which there is `definition`."""
    batch_mock.provision(job_queue="queue", job_definition="definition")
    (environment,) = client.describe_compute_environments()["computeEnvironments"]
    arn: str = environment["ecsClusterArn"]
    return arn
