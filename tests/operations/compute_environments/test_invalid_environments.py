"""
Environments that become INVALID: before they exist, while they are created, and later.

Source: recorded replies of Particle-Cloud-Framework and cloud-custodian (a bad role is accepted, and the
environment becomes INVALID without cluster and uuid); terraform-provider-aws 26930 (an update does not
repair an environment unless it changes what was wrong).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from batchmock import BatchMock, BatchMockError, mock_batch

from ...builders import shared_client
from ..resource_requests import EC2, FARGATE, create_environment, create_queue, environment

BAD_ROLE = "CLIENT_ERROR - Role batch is not authorized."
IDENTITY = ("ecsClusterArn", "uuid")


@pytest.fixture
def slow() -> Iterator[BatchMock]:
    """A mock in which resources take five seconds to become VALID."""
    with mock_batch(region="us-east-1", resource_seconds=5) as mock:
        yield mock


@pytest.fixture
def slow_client(slow: BatchMock) -> Any:
    """A client of the slow mock."""
    return shared_client()


@pytest.mark.parametrize("resources", [EC2, FARGATE])
def test_a_creating_environment_has_no_cluster_yet(
    slow_client: Any, slow: BatchMock, resources: dict[str, Any]
) -> None:
    """A CREATING environment has neither ecsClusterArn nor uuid, and a VALID one keeps both."""
    create_environment(slow_client, resources=resources)
    assert not [member for member in IDENTITY if member in environment(slow_client)]
    slow.tick(5)
    detail = environment(slow_client)
    assert [member for member in IDENTITY if member in detail] == list(IDENTITY)
    slow_client.update_compute_environment(computeEnvironment="ce", state="DISABLED")
    updating = environment(slow_client)
    assert updating["status"] == "UPDATING"
    assert [updating[member] for member in IDENTITY] == [detail[member] for member in IDENTITY]


@pytest.mark.parametrize("when", ["before", "while CREATING"])
def test_creation_fails(slow_client: Any, slow: BatchMock, when: str) -> None:
    """Creation succeeds, and the environment becomes INVALID without cluster and uuid."""
    if when == "before":
        slow.invalidate("ce", BAD_ROLE)
    create_environment(slow_client, resources=EC2)
    if when == "while CREATING":
        slow.invalidate("ce", BAD_ROLE)
    assert environment(slow_client)["status"] == "CREATING"
    slow.tick(5)
    detail = environment(slow_client)
    assert (detail["status"], detail["statusReason"]) == ("INVALID", BAD_ROLE)
    assert not [member for member in IDENTITY if member in detail]


def test_a_failed_environment_can_be_repaired(slow_client: Any, slow: BatchMock) -> None:
    """An update of the role makes the environment VALID, with a cluster and uuid from then on."""
    slow.invalidate("ce", BAD_ROLE)
    create_environment(slow_client, resources=EC2, serviceRole="batch")
    slow.tick(5)
    slow_client.update_compute_environment(computeEnvironment="ce", serviceRole="other")
    slow.tick(5)
    detail = environment(slow_client)
    assert detail["status"] == "VALID"
    assert [member for member in IDENTITY if member in detail] == list(IDENTITY)


@pytest.mark.parametrize(
    "changes",
    [{"state": "DISABLED"}, {"computeResources": {"maxvCpus": 8}}, {"state": "ENABLED"}],
)
def test_state_and_scaling_do_not_heal(
    slow_client: Any, slow: BatchMock, changes: dict[str, Any]
) -> None:
    """An INVALID environment stays INVALID, with its reason, when it is disabled or scaled."""
    create_environment(slow_client, resources=EC2)
    slow.tick(5)
    slow.invalidate("ce", BAD_ROLE)
    slow_client.update_compute_environment(computeEnvironment="ce", **changes)
    assert environment(slow_client)["status"] == "UPDATING"
    slow.tick(5)
    detail = environment(slow_client)
    assert (detail["status"], detail["statusReason"]) == ("INVALID", BAD_ROLE)


def test_an_update_fails(slow_client: Any, slow: BatchMock) -> None:
    """An environment that is invalidated while UPDATING becomes INVALID at the end of the update."""
    create_environment(slow_client, resources=EC2)
    slow.tick(5)
    slow_client.update_compute_environment(computeEnvironment="ce", state="DISABLED")
    slow.invalidate("ce", BAD_ROLE)
    assert environment(slow_client)["status"] == "UPDATING"
    slow.tick(5)
    assert environment(slow_client)["status"] == "INVALID"


def test_an_invalid_environment_can_be_deleted(client: Any, batch_mock: BatchMock) -> None:
    """The next environment with the same name is VALID."""
    batch_mock.invalidate("ce", BAD_ROLE)
    create_environment(client, resources=EC2)
    client.update_compute_environment(computeEnvironment="ce", state="DISABLED")
    client.delete_compute_environment(computeEnvironment="ce")
    create_environment(client, resources=EC2)
    assert environment(client)["status"] == "VALID"


def test_restore(client: Any, batch_mock: BatchMock) -> None:
    """restore() undoes an invalidation, whether the environment exists or not."""
    batch_mock.invalidate("ce", BAD_ROLE)
    batch_mock.restore("ce")
    create_environment(client, resources=EC2)
    assert environment(client)["status"] == "VALID"
    batch_mock.invalidate("ce", BAD_ROLE)
    batch_mock.restore("ce")
    assert environment(client)["status"] == "VALID"


def test_a_failed_environment_cannot_be_attached(client: Any, batch_mock: BatchMock) -> None:
    """CreateJobQueue refuses an environment that is INVALID."""
    batch_mock.invalidate("ce", BAD_ROLE)
    create_environment(client, resources=EC2)
    with pytest.raises(client.exceptions.ClientException, match="must be created and valid"):
        create_queue(client)


def test_an_unknown_arn(batch_mock: BatchMock) -> None:
    """An ARN must name an existing environment."""
    arn = "arn:aws:batch:us-east-1:123456789012:compute-environment/ce"
    with pytest.raises(BatchMockError) as caught:
        batch_mock.invalidate(arn)
    assert str(caught.value) == (
        f"batchmock: invalidate('{arn}') found no such compute environment in us-east-1. Compute "
        "environments there: none. Create it first, e.g. with provision()."
    )


def test_deleting(slow_client: Any, slow: BatchMock) -> None:
    """A DELETING environment cannot become INVALID."""
    create_environment(slow_client, resources=EC2)
    slow.tick(5)
    slow_client.update_compute_environment(computeEnvironment="ce", state="DISABLED")
    slow.tick(5)
    slow_client.delete_compute_environment(computeEnvironment="ce")
    with pytest.raises(BatchMockError) as caught:
        slow.invalidate("ce")
    assert str(caught.value) == (
        "batchmock: compute environment 'ce' cannot become INVALID while it is DELETING. Call "
        "invalidate() before it is deleted."
    )
