from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from batchmock import mock_batch
from batchmock.operations.job_queues.queues import JobQueueRecord

from ...builders import shared_client
from ..resource_requests import (
    ARN,
    EC2,
    EKS,
    FARGATE,
    MANAGED_INSTANCES,
    create_environment,
    create_queue,
    disable_environment,
    disable_queue,
    environment,
    order,
    queue,
)

QUEUE_ARN = ARN + "job-queue/queue"
NOT_VALID = "Compute Environments must be created and valid before attaching them to a job queue"
PROGRESSIVE = {**EC2, "allocationStrategy": "BEST_FIT_PROGRESSIVE"}
ACTION = {
    "reason": "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
    "state": "RUNNABLE",
    "maxTimeSeconds": 600,
    "action": "CANCEL",
}


@pytest.fixture
def slow() -> Iterator[Any]:
    """A mock in which resources take five seconds to become VALID."""
    with mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z", resource_seconds=5) as mock:
        yield mock


@pytest.fixture
def slow_client(slow: Any) -> Any:
    """A client of the slow mock."""
    return shared_client()


def submit(client: Any, **members: Any) -> str:
    """Register a definition, submit a job of it, and return the job's id."""
    client.register_job_definition(
        jobDefinitionName="definition",
        type="container",
        **{
            "containerProperties": {
                "image": "busybox",
                "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
                "resourceRequirements": [
                    {"type": "VCPU", "value": "1"},
                    {"type": "MEMORY", "value": "2048"},
                ],
            }
        }
        | members,
    )
    reply = client.submit_job(jobName="job", jobQueue="queue", jobDefinition="definition")
    job_id: str = reply["jobId"]
    return job_id


def status(client: Any, job_id: str) -> str:
    """Return the status of a job."""
    (job,) = client.describe_jobs(jobs=[job_id])["jobs"]
    found: str = job["status"]
    return found


def refusal(client: Any, operation: str, **members: Any) -> str:
    """Return the message of a refused request, and check that it changed nothing."""
    before = client.describe_job_queues()["jobQueues"]
    with pytest.raises(client.exceptions.ClientException) as caught:
        getattr(client, operation)(**members)
    assert client.describe_job_queues()["jobQueues"] == before
    message: str = caught.value.response["Error"]["Message"]
    return message


def refused_queue(client: Any, *environments: str, **members: Any) -> str:
    """Return the message of a refused queue on these environments."""
    request = {
        "jobQueueName": "queue",
        "priority": 1,
        "computeEnvironmentOrder": order(*environments),
    }
    return refusal(client, "create_job_queue", **request | members)


class TestCreate:
    def test_reply(self, client: Any) -> None:
        """CreateJobQueue returns the name and the ARN."""
        create_environment(client)
        reply = create_queue(client)
        del reply["ResponseMetadata"]
        assert reply == {"jobQueueName": "queue", "jobQueueArn": QUEUE_ARN}

    def test_filled_in(self, client: Any) -> None:
        """The description of a queue has the service's defaults, in the service's order."""
        create_environment(client)
        create_queue(client)
        assert list(queue(client).items()) == [
            ("jobQueueName", "queue"),
            ("jobQueueArn", QUEUE_ARN),
            ("state", "ENABLED"),
            ("status", "VALID"),
            ("statusReason", "JobQueue Healthy"),
            ("priority", 1),
            (
                "computeEnvironmentOrder",
                [{"order": 1, "computeEnvironment": ARN + "compute-environment/ce"}],
            ),
            ("tags", {}),
            ("jobStateTimeLimitActions", []),
        ]

    def test_everything_sent_is_echoed(self, client: Any) -> None:
        """Order values are returned as sent, sorted, and names of environments as ARNs."""
        create_environment(client, "a")
        create_environment(client, "b")
        create_queue(
            client,
            state="DISABLED",
            priority=7,
            computeEnvironmentOrder=[
                {"order": 20, "computeEnvironment": ARN + "compute-environment/a"},
                {"order": 10, "computeEnvironment": "b"},
            ],
            jobQueueType="ECS",
            tags={"team": "a"},
            jobStateTimeLimitActions=[ACTION],
        )
        detail = queue(client)
        assert detail["state"] == "DISABLED"
        assert detail["priority"] == 7
        assert detail["computeEnvironmentOrder"] == [
            {"order": 10, "computeEnvironment": ARN + "compute-environment/b"},
            {"order": 20, "computeEnvironment": ARN + "compute-environment/a"},
        ]
        assert detail["jobQueueType"] == "ECS"
        assert detail["tags"] == {"team": "a"}
        assert detail["jobStateTimeLimitActions"] == [ACTION]

    @pytest.mark.parametrize(
        ("job_queue_type", "made_of", "members"),
        [
            ("ECS", EC2, {}),
            ("ECS_FARGATE", FARGATE, {}),
            ("ECS_MANAGED_INSTANCES", MANAGED_INSTANCES, {}),
            ("EKS", PROGRESSIVE, {"eksConfiguration": EKS}),
        ],
    )
    def test_type(
        self, client: Any, job_queue_type: str, made_of: dict[str, Any], members: dict[str, Any]
    ) -> None:
        """The type of a queue is that of its environments, and another is refused."""
        create_environment(client, resources=made_of, **members)
        for other in {"ECS", "ECS_FARGATE", "ECS_MANAGED_INSTANCES", "EKS"} - {job_queue_type}:
            text = f"{other} job queue type must have {other} compute environment."
            assert refused_queue(client, "ce", jobQueueType=other) == text
        create_queue(client, jobQueueType=job_queue_type)
        assert queue(client)["jobQueueType"] == job_queue_type

    def test_unmanaged(self, client: Any) -> None:
        """An unmanaged environment can be combined with EC2."""
        client.create_compute_environment(
            computeEnvironmentName="unmanaged", type="UNMANAGED", serviceRole="batch"
        )
        create_environment(client)
        create_queue(client, environments=("unmanaged", "ce"), jobQueueType="ECS")
        assert queue(client)["status"] == "VALID"

    def test_name_taken(self, client: Any) -> None:
        """A name cannot be used twice."""
        create_environment(client)
        create_queue(client)
        assert refused_queue(client, "ce") == "Object already exists."

    @pytest.mark.parametrize(
        "name", ["x", "arn:aws:batch:eu-west-1:123456789012:compute-environment/ce"]
    )
    def test_no_such_environment(self, client: Any, name: str) -> None:
        """An unknown environment, or one of another region or account, cannot be attached."""
        create_environment(client)
        assert refused_queue(client, "ce", name) == NOT_VALID

    def test_environment_not_valid(self, slow: Any, slow_client: Any) -> None:
        """An environment cannot be attached before it is VALID."""
        create_environment(slow_client)
        assert refused_queue(slow_client, "ce") == NOT_VALID
        slow.tick(5)
        create_queue(slow_client)
        detail = queue(slow_client)
        assert detail["status"] == "CREATING"
        assert "statusReason" not in detail
        slow.tick(5)
        detail = queue(slow_client)
        assert detail["status"] == "VALID"
        assert detail["statusReason"] == "JobQueue Healthy"

    def test_environment_twice(self, client: Any) -> None:
        """An environment cannot be listed both by name and by ARN."""
        create_environment(client)
        text = refused_queue(client, "ce", ARN + "compute-environment/ce")
        assert text == "Duplicate ComputeEnvironments within order list."

    @pytest.mark.parametrize(
        ("made_of", "members", "text"),
        [
            (FARGATE, {}, "Fargate and EC2 compute environments can not be mixed."),
            (
                PROGRESSIVE,
                {"eksConfiguration": EKS},
                "ECS and EKS compute environments can not be mixed.",
            ),
            (
                MANAGED_INSTANCES,
                {},
                "ECS and ECS_MANAGED_INSTANCES compute environments can not be mixed.",
            ),
            (
                {**EC2, "instanceTypes": ["m6g.large"]},
                {},
                "Compute environments with different architectures can not be mixed.",
            ),
        ],
    )
    def test_mixed(
        self, client: Any, made_of: dict[str, Any], members: dict[str, Any], text: str
    ) -> None:
        """Environments of different kinds or architectures cannot share a queue."""
        create_environment(client)
        create_environment(client, "other", made_of, **members)
        assert refused_queue(client, "ce", "other") == text

    def test_no_such_policy(self, client: Any) -> None:
        """An unknown scheduling policy cannot be attached."""
        create_environment(client)
        policy = ARN + "scheduling-policy/fair"
        text = refused_queue(client, "ce", schedulingPolicyArn=policy)
        assert text == f"SchedulingPolicy {policy} not found."

    def test_no_such_service_environment(self, client: Any) -> None:
        """An unknown service environment cannot be attached."""
        text = refusal(
            client,
            "create_job_queue",
            jobQueueName="queue",
            priority=1,
            jobQueueType="SAGEMAKER_TRAINING",
            serviceEnvironmentOrder=[{"order": 1, "serviceEnvironment": "se"}],
        )
        assert text == (
            "Service environments must be created and valid before attaching them to a job queue."
        )


class TestDescribe:
    def test_by_name_and_arn(self, client: Any) -> None:
        """Named queues are returned in the requested order, and unknown ones are omitted."""
        create_environment(client)
        for name in ("a", "b", "c"):
            create_queue(client, name)
        reply = client.describe_job_queues(jobQueues=["c", "x", ARN + "job-queue/a"])
        assert [item["jobQueueName"] for item in reply["jobQueues"]] == ["c", "a"]

    def test_pages(self, client: Any) -> None:
        """The client's paginator returns all queues in order of creation."""
        create_environment(client)
        for name in ("b", "c", "a"):
            create_queue(client, name)
        pages = client.get_paginator("describe_job_queues").paginate(
            PaginationConfig={"PageSize": 2}
        )
        names = [[item["jobQueueName"] for item in page["jobQueues"]] for page in pages]
        assert names == [["b", "c"], ["a"]]

    def test_token_of_other_operation(self, client: Any) -> None:
        """A token of another operation is refused."""
        create_environment(client)
        create_environment(client, "other")
        token = client.describe_compute_environments(maxResults=1)["nextToken"]
        text = refusal(client, "describe_job_queues", nextToken=token)
        assert text == "Invalid nextToken"


class TestUpdate:
    def test_reply(self, client: Any) -> None:
        """UpdateJobQueue also accepts an ARN and returns the name and the ARN."""
        create_environment(client)
        create_queue(client)
        reply = client.update_job_queue(jobQueue=QUEUE_ARN, priority=2)
        del reply["ResponseMetadata"]
        assert reply == {"jobQueueName": "queue", "jobQueueArn": QUEUE_ARN}
        assert queue(client)["priority"] == 2

    def test_only_what_is_sent(self, client: Any) -> None:
        """Omitted members keep their values."""
        create_environment(client)
        create_environment(client, "other")
        create_queue(client, tags={"a": "b"})
        before = queue(client)
        client.update_job_queue(
            jobQueue="queue",
            computeEnvironmentOrder=order("other", "ce"),
            jobStateTimeLimitActions=[ACTION],
        )
        assert queue(client) == {
            **before,
            "computeEnvironmentOrder": order(
                ARN + "compute-environment/other", ARN + "compute-environment/ce"
            ),
            "jobStateTimeLimitActions": [ACTION],
        }

    def test_unknown(self, client: Any) -> None:
        """The error for an unknown queue contains its ARN."""
        text = refusal(client, "update_job_queue", jobQueue="x", priority=2)
        assert text == f"{ARN}job-queue/x does not exist"

    @pytest.mark.parametrize(
        ("members", "text"),
        [
            ({"computeEnvironmentOrder": order("x")}, NOT_VALID),
            (
                {"computeEnvironmentOrder": order("ce", "fargate")},
                "Fargate and EC2 compute environments can not be mixed.",
            ),
            (
                {"computeEnvironmentOrder": order("fargate")},
                "ECS job queue type must have ECS compute environment.",
            ),
            (
                {"schedulingPolicyArn": ARN + "scheduling-policy/fair"},
                f"SchedulingPolicy {ARN}scheduling-policy/fair not found.",
            ),
            (
                {"serviceEnvironmentOrder": [{"order": 1, "serviceEnvironment": "se"}]},
                "serviceEnvironmentOrder is only applicable for job queues of type"
                " SAGEMAKER_TRAINING.",
            ),
            (
                {"jobStateTimeLimitActions": [{**ACTION, "action": "TERMINATE"}]},
                "Invalid job action. Valid job actions: [CANCEL]",
            ),
        ],
    )
    def test_refusals(self, client: Any, members: dict[str, Any], text: str) -> None:
        """Resources that a new queue refuses cannot be attached later either."""
        create_environment(client)
        create_environment(client, "fargate", FARGATE)
        create_queue(client, jobQueueType="ECS")
        request = {"jobQueue": "queue", "priority": 9, "state": "DISABLED", **members}
        assert refusal(client, "update_job_queue", **request) == text

    def test_updating(self, slow: Any, slow_client: Any) -> None:
        """A new state appears at once, and no other update is accepted until the queue is VALID again."""
        create_environment(slow_client)
        slow.tick(5)
        create_queue(slow_client)
        text = "Cannot update, resource is being modified."
        assert refusal(slow_client, "update_job_queue", jobQueue="queue", priority=2) == text
        slow.tick(5)
        disable_queue(slow_client)
        detail = queue(slow_client)
        assert (detail["state"], detail["status"]) == ("DISABLED", "UPDATING")
        assert detail["statusReason"] == "JobQueue Healthy"
        assert refusal(slow_client, "update_job_queue", jobQueue="queue", priority=2) == text
        slow.tick(5)
        assert queue(slow_client)["status"] == "VALID"


class TestDelete:
    def test_disabled(self, client: Any) -> None:
        """A DISABLED queue is deleted even if it has environments, and its name can be reused."""
        create_environment(client)
        create_queue(client)
        disable_queue(client)
        client.delete_job_queue(jobQueue=QUEUE_ARN)
        assert client.describe_job_queues()["jobQueues"] == []
        create_queue(client)

    def test_enabled(self, client: Any) -> None:
        """An ENABLED queue cannot be deleted."""
        create_environment(client)
        create_queue(client)
        text = refusal(client, "delete_job_queue", jobQueue="queue")
        assert text == "Cannot delete, resource is not in DISABLED state."

    def test_unknown(self, client: Any) -> None:
        """The error for an unknown queue contains its ARN."""
        text = refusal(client, "delete_job_queue", jobQueue="x")
        assert text == f"{ARN}job-queue/x does not exist"

    def test_deleting(self, slow: Any, slow_client: Any) -> None:
        """A queue that is being disabled cannot be deleted, and a DELETING one is still described."""
        create_environment(slow_client)
        slow.tick(5)
        create_queue(slow_client)
        slow.tick(5)
        disable_queue(slow_client)
        text = "Cannot delete, resource is being modified."
        assert refusal(slow_client, "delete_job_queue", jobQueue="queue") == text
        slow.tick(5)
        slow_client.delete_job_queue(jobQueue="queue")
        assert queue(slow_client)["status"] == "DELETING"
        assert refusal(slow_client, "delete_job_queue", jobQueue="queue") == text
        assert refused_queue(slow_client, "ce") == "Object already exists."
        slow.tick(5)
        assert slow_client.describe_job_queues()["jobQueues"] == []


class TestJobs:
    def test_delete_ends_jobs(self, client: Any) -> None:
        """The jobs of a deleted queue fail and can still be described."""
        create_environment(client)
        create_queue(client)
        job_id = submit(client)
        disable_queue(client)
        client.delete_job_queue(jobQueue="queue")
        (job,) = client.describe_jobs(jobs=[job_id])["jobs"]
        assert job["status"] == "FAILED"
        assert job["jobQueue"] == QUEUE_ARN

    def test_jobs_wait_for_an_enabled_environment(self, batch_mock: Any, client: Any) -> None:
        """A DISABLED environment takes no jobs, which continue when it is ENABLED again."""
        create_environment(client)
        create_queue(client)
        disable_environment(client)
        job_id = submit(client)
        batch_mock.tick(60)
        assert status(client, job_id) == "RUNNABLE"
        client.update_compute_environment(computeEnvironment="ce", state="ENABLED")
        batch_mock.tick(60)
        assert status(client, job_id) == "SUCCEEDED"

    def test_jobs_go_to_an_environment_attached_later(self, batch_mock: Any, client: Any) -> None:
        """Waiting jobs start in an environment that is added to the queue later."""
        create_environment(client)
        create_environment(client, "other")
        create_queue(client)
        create_queue(client, "unrelated", environments=("other",))
        disable_environment(client)
        job_id = submit(client)
        batch_mock.tick(60)
        client.update_job_queue(jobQueue="queue", computeEnvironmentOrder=order("ce", "other"))
        batch_mock.tick(60)
        assert status(client, job_id) == "SUCCEEDED"

    def test_updating_environment_takes_jobs(self, slow: Any, slow_client: Any) -> None:
        """An environment takes jobs while it is UPDATING."""
        create_environment(slow_client)
        slow.tick(5)
        create_queue(slow_client)
        slow.tick(5)
        job_id = submit(slow_client)
        slow_client.update_compute_environment(
            computeEnvironment="ce", computeResources={"maxvCpus": 8}
        )
        slow.tick(2)
        assert environment(slow_client)["status"] == "UPDATING"
        assert status(slow_client, job_id) == "STARTING"

    def test_fargate_environment_with_active_jobs(self, batch_mock: Any, client: Any) -> None:
        """A Fargate environment deleted with active jobs is INVALID until they have ended."""
        create_environment(client, resources=FARGATE)
        create_environment(client, "other", resources=FARGATE)
        create_queue(client)
        job_id = submit(client, platformCapabilities=["FARGATE"])
        batch_mock.run_until(job_id, "RUNNING")
        client.update_job_queue(jobQueue="queue", computeEnvironmentOrder=order("other"))
        disable_environment(client)
        client.delete_compute_environment(computeEnvironment="ce")
        detail = environment(client)
        assert detail["status"] == "INVALID"
        assert detail["statusReason"] == "CLIENT_ERROR - Compute environment has active jobs."
        batch_mock.run()
        assert status(client, job_id) == "SUCCEEDED"
        client.delete_compute_environment(computeEnvironment="ce")
        reply = client.describe_compute_environments(computeEnvironments=["ce"])
        assert reply["computeEnvironments"] == []


def test_repr() -> None:
    """The repr of a queue has its name, state and status."""
    detail = {"jobQueueName": "q", "jobQueueArn": "arn", "state": "ENABLED", "status": "VALID"}
    record = JobQueueRecord(detail, 1)
    assert repr(record) == "<JobQueueRecord 'q' ENABLED VALID>"
    assert record.environment_platform is None
