from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from batchmock import mock_batch

from ..builders import needs_todays_model, shared_client
from .service_requests import (
    ARN,
    create_environment,
    create_queue,
    create_quota_queue,
    environment,
    limits,
    refusal,
    status,
    submit,
    wrapped,
)

pytestmark = needs_todays_model
NOT_VALID = "Service environments must be created and valid before attaching them to a job queue."


@pytest.fixture
def slow() -> Iterator[Any]:
    """A mock in which resources take five seconds to become VALID."""
    with mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z", resource_seconds=5) as mock:
        yield mock


@pytest.fixture
def slow_client(slow: Any) -> Any:
    """A client of the slow mock."""
    return shared_client()


def test_describe_shows_what_was_created(client: Any) -> None:
    """Replies have no statusReason."""
    assert create_environment(client, tags={"team": "a"}) == ARN + "service-environment/se"
    assert environment(client) == {
        "serviceEnvironmentName": "se",
        "serviceEnvironmentArn": ARN + "service-environment/se",
        "serviceEnvironmentType": "SAGEMAKER_TRAINING",
        "state": "ENABLED",
        "status": "VALID",
        "capacityLimits": [{"maxCapacity": 2, "capacityUnit": "NUM_INSTANCES"}],
        "tags": {"team": "a"},
    }


def test_status_takes_its_time(slow: Any, slow_client: Any) -> None:
    """CREATING, UPDATING and DELETING last `resource_seconds`."""
    create_environment(slow_client)
    assert environment(slow_client)["status"] == "CREATING"
    slow.tick(5)
    slow_client.update_service_environment(serviceEnvironment="se", state="DISABLED")
    assert environment(slow_client)["status"] == "UPDATING"
    slow.tick(5)
    slow_client.delete_service_environment(serviceEnvironment="se")
    assert environment(slow_client)["status"] == "DELETING"
    slow.tick(5)
    assert slow_client.describe_service_environments()["serviceEnvironments"] == []


def test_pages(client: Any) -> None:
    """All environments are returned in order of creation, page by page."""
    for name in "bca":
        create_environment(client, name)
    pages = client.get_paginator("describe_service_environments").paginate(
        PaginationConfig={"PageSize": 2}
    )
    listed = [
        [item["serviceEnvironmentName"] for item in page["serviceEnvironments"]] for page in pages
    ]
    assert listed == [["b", "c"], ["a"]]


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"capacityLimits": []}, "Capacitylimits are required."),
        (
            {"capacityLimits": limits(NUM_INSTANCES=1, m5=1)},
            "Capacity units must specify either number of instances OR instance type, but not both",
        ),
        ({"capacityLimits": limits(NUM_INSTANCES=0)}, "Max capacity must be more than 0."),
        (
            {"capacityLimits": [{"maxCapacity": 1}]},
            "A capacity limit must have a capacityUnit and a maxCapacity.",
        ),
    ],
)
def test_capacity_limits_are_checked(client: Any, members: dict[str, Any], text: str) -> None:
    """Each rule for capacity limits has its message, and nothing is created."""
    message = refusal(
        client,
        "create_service_environment",
        serviceEnvironmentName="se",
        serviceEnvironmentType="SAGEMAKER_TRAINING",
        **members,
    )
    assert message == wrapped(text)
    assert client.describe_service_environments()["serviceEnvironments"] == []


def test_name_is_taken(client: Any) -> None:
    """A second environment of the same name is refused."""
    create_environment(client)
    message = refusal(
        client,
        "create_service_environment",
        serviceEnvironmentName="se",
        serviceEnvironmentType="SAGEMAKER_TRAINING",
        capacityLimits=limits(NUM_INSTANCES=1),
    )
    assert message == "Object already exists."


def test_delete_wants_it_disabled_and_detached(client: Any) -> None:
    """An environment can be deleted once it is DISABLED and in no queue."""
    create_environment(client)
    create_environment(client, "other")
    create_queue(client)
    delete = {"operation": "delete_service_environment", "serviceEnvironment": "se"}
    assert refusal(client, **delete) == "Cannot delete, resource is not in DISABLED state."
    client.update_service_environment(serviceEnvironment="se", state="DISABLED")
    assert refusal(client, **delete) == "Cannot delete, found existing JobQueue relationship."
    client.update_job_queue(
        jobQueue="queue", serviceEnvironmentOrder=[{"order": 1, "serviceEnvironment": "other"}]
    )
    client.delete_service_environment(serviceEnvironment="se")
    (left,) = client.describe_service_environments()["serviceEnvironments"]
    assert left["serviceEnvironmentName"] == "other"


def test_unknown_environment(client: Any) -> None:
    """Updates and deletes of an unknown environment are refused with its ARN, and a describe returns none."""
    text = ARN + "service-environment/none does not exist"
    assert refusal(client, "update_service_environment", serviceEnvironment="none") == text
    assert refusal(client, "delete_service_environment", serviceEnvironment="none") == text
    reply = client.describe_service_environments(serviceEnvironments=["none"])
    assert reply["serviceEnvironments"] == []


def test_a_queue_shows_its_service_environment(client: Any) -> None:
    """The queue has no compute environments, and time limits only if they were sent."""
    create_environment(client)
    create_queue(client)
    (queue,) = client.describe_job_queues()["jobQueues"]
    assert queue["computeEnvironmentOrder"] == []
    assert queue["serviceEnvironmentOrder"] == [
        {"order": 1, "serviceEnvironment": ARN + "service-environment/se"}
    ]
    assert queue["jobQueueType"] == "SAGEMAKER_TRAINING"
    assert "jobStateTimeLimitActions" not in queue


def test_a_queue_wants_a_valid_environment(slow: Any, slow_client: Any) -> None:
    """A missing environment and one that is not VALID yet are refused alike."""
    create_environment(slow_client)
    for name in ("se", "none"):
        message = refusal(
            slow_client,
            "create_job_queue",
            jobQueueName="queue",
            priority=1,
            jobQueueType="SAGEMAKER_TRAINING",
            serviceEnvironmentOrder=[{"order": 1, "serviceEnvironment": name}],
        )
        assert message == NOT_VALID
    assert slow_client.describe_job_queues()["jobQueues"] == []


def test_kinds_of_environments_do_not_change(batch_mock: Any, client: Any) -> None:
    """A queue of jobs cannot have a service environment, and vice versa."""
    batch_mock.provision(job_queue="jobs", compute_environment="ce")
    batch_mock.provision_service_jobs(job_queue="queue", service_environment="se")
    service_order = [{"order": 1, "serviceEnvironment": "se"}]
    order = [{"order": 1, "computeEnvironment": "ce"}]
    assert (
        refusal(client, "update_job_queue", jobQueue="jobs", serviceEnvironmentOrder=service_order)
        == "serviceEnvironmentOrder is only applicable for job queues of type SAGEMAKER_TRAINING."
    )
    required = "Job queues of type SAGEMAKER_TRAINING must have serviceEnvironmentOrder."
    assert (
        refusal(client, "update_job_queue", jobQueue="queue", computeEnvironmentOrder=order)
        == required
    )
    assert (
        refusal(client, "update_job_queue", jobQueue="queue", serviceEnvironmentOrder=[])
        == required
    )


def test_quota_management_has_an_environment_for_itself(client: Any) -> None:
    """A quota-managed environment counts instance types, and no other queue can use it."""
    create_quota_queue(client, m5=2)
    order = [{"order": 1, "serviceEnvironment": "se"}]
    queue = {"priority": 1, "jobQueueType": "SAGEMAKER_TRAINING", "jobQueueName": "second"}
    assert (
        refusal(client, "create_job_queue", serviceEnvironmentOrder=order, **queue)
        == "A service environment of a job queue with quota management can have no other job queue."
    )
    units = (
        "A service environment of a job queue with quota management must have instance types as "
        "capacity units."
    )
    change = {"serviceEnvironment": "se", "capacityLimits": limits(NUM_INSTANCES=1)}
    assert refusal(client, "update_service_environment", **change) == units
    create_environment(client, "counting")
    policy = ARN + "scheduling-policy/quotas"
    order = [{"order": 1, "serviceEnvironment": "counting"}]
    queue["schedulingPolicyArn"] = policy
    assert refusal(client, "create_job_queue", serviceEnvironmentOrder=order, **queue) == units


def test_a_disabled_environment_starts_nothing(batch_mock: Any, client: Any) -> None:
    """Running jobs continue, and waiting jobs start after it is ENABLED."""
    create_environment(client, capacityLimits=limits(NUM_INSTANCES=1))
    create_queue(client)
    first, second = submit(client), submit(client)
    batch_mock.run_until(first, "RUNNING")
    client.update_service_environment(serviceEnvironment="se", state="DISABLED")
    batch_mock.run()
    assert (status(client, first), status(client, second)) == ("SUCCEEDED", "RUNNABLE")
    assert "it is DISABLED" in batch_mock.service_job(second).explain()
    client.update_service_environment(serviceEnvironment="se", state="ENABLED")
    batch_mock.run()
    assert status(client, second) == "SUCCEEDED"


def test_a_lowered_limit_stops_nothing(batch_mock: Any, client: Any) -> None:
    """Running jobs continue above the new limit, and a raised limit starts waiting jobs."""
    create_environment(client)
    create_queue(client)
    running = [submit(client), submit(client)]
    waiting = submit(client)
    batch_mock.hold("train", at="RUNNING")
    batch_mock.tick(10)
    client.update_service_environment(
        serviceEnvironment="se", capacityLimits=limits(NUM_INSTANCES=1)
    )
    batch_mock.tick(10)
    assert [status(client, job_id) for job_id in running] == ["RUNNING", "RUNNING"]
    client.update_service_environment(
        serviceEnvironment="se", capacityLimits=limits(NUM_INSTANCES=3)
    )
    batch_mock.tick(10)
    assert status(client, waiting) == "RUNNING"


def test_names_or_a_page(client: Any) -> None:
    """Environments requested by name are all on one page (assumed)."""
    reply = client.describe_service_environments(serviceEnvironments=["se"], maxResults=1)
    assert "nextToken" not in reply
