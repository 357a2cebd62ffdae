"""Scheduling policies: create, update, delete, describe, list, and the queues and jobs that use one."""

from __future__ import annotations

from typing import Any

import pytest

from batchmock import BatchMock
from batchmock.operations.job_queues.scheduling_policies import SchedulingPolicyRecord

from ...builders import (
    ARN,
    described,
    names,
    needs_todays_model,
    refused,
    register,
    status_of,
    submit,
)
from ..resource_requests import create_environment, create_queue, disable_queue, queue

POLICY = f"{ARN}scheduling-policy/fair"
SHARES = {"shareDistribution": [{"shareIdentifier": "A*", "weightFactor": 0.1}]}
QUOTA = {"quotaSharePolicy": {"idleResourceAssignmentStrategy": "FIFO"}}


def create_policy(client: Any, name: str = "fair", **members: Any) -> str:
    """Create a scheduling policy and return its ARN."""
    arn: str = client.create_scheduling_policy(name=name, **members)["arn"]
    return arn


def policy(client: Any, arn: str = POLICY) -> dict[str, Any]:
    """Return the policy with an ARN."""
    (item,) = client.describe_scheduling_policies(arns=[arn])["schedulingPolicies"]
    detail: dict[str, Any] = item
    return detail


@pytest.fixture
def fair_queue(client: Any) -> str:
    """A fair-share queue named queue, and definitions with and without a priority."""
    arn = create_policy(client)
    create_environment(client)
    create_queue(client, schedulingPolicyArn=arn)
    register(client, schedulingPriority=5)
    register(client, "plain")
    return arn


class TestPolicies:
    def test_defaults(self, client: Any) -> None:
        """An empty request creates a fair-share policy with defaults."""
        reply = client.create_scheduling_policy(name="fair")
        assert (reply["name"], reply["arn"]) == ("fair", POLICY)
        assert policy(client) == {
            "name": "fair",
            "arn": POLICY,
            "fairsharePolicy": {
                "shareDecaySeconds": 0,
                "computeReservation": 0,
                "shareDistribution": [],
            },
            "tags": {},
        }

    def test_what_was_sent_is_shown(self, client: Any) -> None:
        """Weight factors have single precision, in their shortest form."""
        shares = [
            {"shareIdentifier": "A*", "weightFactor": 0.1},
            {"shareIdentifier": "B", "weightFactor": 0.123456789},
            {"shareIdentifier": "C"},
        ]
        sent = {"shareDecaySeconds": 60, "computeReservation": 10, "shareDistribution": shares}
        arn = create_policy(client, fairsharePolicy=sent, tags={"team": "a"})
        shares[1]["weightFactor"] = 0.12345679
        assert policy(client, arn)["fairsharePolicy"] == sent
        assert policy(client, arn)["tags"] == {"team": "a"}

    def test_a_name_that_is_taken(self, client: Any) -> None:
        """Names are unique and can be reused once the policy is deleted."""
        arn = create_policy(client)
        assert refused(client, "create_scheduling_policy", name="fair") == "Object already exists."
        client.delete_scheduling_policy(arn=arn)
        create_policy(client)

    def test_update_replaces(self, client: Any) -> None:
        """An update replaces the whole policy, and omitted members get their defaults."""
        arn = create_policy(client, fairsharePolicy={**SHARES, "shareDecaySeconds": 60})
        client.update_scheduling_policy(arn=arn, fairsharePolicy={"computeReservation": 5})
        assert policy(client)["fairsharePolicy"] == {
            "shareDecaySeconds": 0,
            "computeReservation": 5,
            "shareDistribution": [],
        }

    def test_update_with_nothing(self, client: Any) -> None:
        """An empty update changes nothing."""
        arn = create_policy(client, fairsharePolicy=SHARES)
        before = policy(client)
        client.update_scheduling_policy(arn=arn)
        assert policy(client) == before

    @needs_todays_model
    def test_the_kind_never_changes(self, client: Any) -> None:
        """The type of a policy, fair-share or quota-share, cannot change."""
        fair, quota = create_policy(client), create_policy(client, "quota", **QUOTA)
        client.update_scheduling_policy(arn=quota, **QUOTA)
        assert policy(client, quota) == {"name": "quota", "arn": quota, **QUOTA, "tags": {}}
        text = "A scheduling policy with {} cannot be changed to {}."
        kinds = ("fairsharePolicy", "quotaSharePolicy")
        said = refused(client, "update_scheduling_policy", arn=fair, **QUOTA)
        assert said == text.format(*kinds)
        said = refused(client, "update_scheduling_policy", arn=quota, fairsharePolicy={})
        assert said == text.format(*reversed(kinds))

    @pytest.mark.parametrize("operation", ["update_scheduling_policy", "delete_scheduling_policy"])
    @pytest.mark.parametrize("arn", [POLICY, "fair", f"{ARN}job-queue/fair"])
    def test_unknown(self, client: Any, operation: str, arn: str) -> None:
        """An unknown policy cannot be updated or deleted, and a name is not accepted as an ARN."""
        assert refused(client, operation, arn=arn) == f"{arn} does not exist"

    def test_describe_leaves_unknown_ones_out(self, client: Any) -> None:
        """Policies are returned in the requested order, each once, and unknown ones are omitted."""
        arns = [create_policy(client, name) for name in ("a", "b")]
        asked = [arns[1], POLICY, arns[0], arns[1], "b"]
        found = client.describe_scheduling_policies(arns=asked)["schedulingPolicies"]
        assert [item["name"] for item in found] == ["b", "a"]


class TestQueues:
    def test_a_queue_shows_its_policy(self, client: Any, fair_queue: str) -> None:
        """The policy of a queue is described, and cannot be deleted while the queue has it."""
        assert queue(client)["schedulingPolicyArn"] == fair_queue
        text = "Cannot delete, found existing JobQueue relationship."
        assert refused(client, "delete_scheduling_policy", arn=fair_queue) == text
        disable_queue(client)
        client.delete_job_queue(jobQueue="queue")
        client.delete_scheduling_policy(arn=fair_queue)

    def test_a_policy_is_replaced_by_one_of_its_kind(self, client: Any, fair_queue: str) -> None:
        """Another fair-share policy can replace the first."""
        other = create_policy(client, "other")
        client.update_job_queue(jobQueue="queue", schedulingPolicyArn=other)
        assert queue(client)["schedulingPolicyArn"] == other
        client.delete_scheduling_policy(arn=fair_queue)

    def test_a_policy_is_never_added(self, client: Any, batch_mock: BatchMock) -> None:
        """A queue created without a policy stays first in, first out."""
        batch_mock.provision(job_queue="queue", job_definition="definition")
        arn = create_policy(client)
        said = refused(client, "update_job_queue", jobQueue="queue", schedulingPolicyArn=arn)
        assert said == (
            "A scheduling policy cannot be added to a job queue that was created without one."
        )

    def test_an_unknown_policy(self, client: Any, fair_queue: str) -> None:
        """A policy must exist when a queue is created or updated with it."""
        arn = f"{ARN}scheduling-policy/none"
        text = f"SchedulingPolicy {arn} not found."
        order = [{"order": 1, "computeEnvironment": "ce"}]
        request = {"computeEnvironmentOrder": order, "priority": 1, "schedulingPolicyArn": arn}
        assert refused(client, "create_job_queue", jobQueueName="q", **request) == text
        said = refused(client, "update_job_queue", jobQueue="queue", schedulingPolicyArn=arn)
        assert said == text

    @needs_todays_model
    def test_a_quota_policy_on_a_queue_for_jobs(self, client: Any, fair_queue: str) -> None:
        """Quota-share policies are for queues of service jobs."""
        arn = create_policy(client, "quota", **QUOTA)
        said = refused(client, "update_job_queue", jobQueue="queue", schedulingPolicyArn=arn)
        assert said == (
            "Quota Management feature is only supported for SageMaker Training job queues."
        )

    @needs_todays_model
    def test_the_kind_of_policy_of_a_queue_never_changes(
        self, client: Any, batch_mock: BatchMock
    ) -> None:
        """A fair-share queue for service jobs cannot get a quota-share policy."""
        fair, quota = create_policy(client), create_policy(client, "quota", **QUOTA)
        client.create_service_environment(
            serviceEnvironmentName="services",
            serviceEnvironmentType="SAGEMAKER_TRAINING",
            capacityLimits=[{"maxCapacity": 1, "capacityUnit": "ml.m5.large"}],
        )
        client.create_job_queue(
            jobQueueName="training",
            priority=1,
            jobQueueType="SAGEMAKER_TRAINING",
            serviceEnvironmentOrder=[{"order": 1, "serviceEnvironment": "services"}],
            schedulingPolicyArn=fair,
        )
        request = {"jobQueue": "training", "schedulingPolicyArn": quota}
        assert refused(client, "update_job_queue", **request) == (
            "The scheduling policy of a job queue cannot be changed from fairsharePolicy to "
            "quotaSharePolicy."
        )


def test_repr() -> None:
    """The repr of a policy has its name and kind."""
    record = SchedulingPolicyRecord("fair", POLICY, "fairsharePolicy", {}, 1)
    assert repr(record) == "<SchedulingPolicyRecord 'fair' fairsharePolicy>"


@pytest.mark.usefixtures("fair_queue")
class TestJobs:
    def test_shown(self, client: Any) -> None:
        """A job shows its share and its priority, which defaults to the definition's."""
        first = submit(client, shareIdentifier="A1")
        own = submit(client, shareIdentifier="A1", schedulingPriorityOverride=9)
        assert described(client, first)["shareIdentifier"] == "A1"
        assert described(client, first)["schedulingPriority"] == 5
        assert described(client, own)["schedulingPriority"] == 9

    @needs_todays_model
    def test_listed(self, client: Any) -> None:
        """ListJobs shows the share."""
        submit(client, shareIdentifier="A1")
        (summary,) = client.list_jobs(jobQueue="queue", jobStatus="SUBMITTED")["jobSummaryList"]
        assert summary["shareIdentifier"] == "A1"

    def test_filter(self, client: Any, batch_mock: BatchMock) -> None:
        """The filter SHARE_IDENTIFIER can be combined with a status, and lists all statuses without one."""
        submit(client, "early", shareIdentifier="A1")
        submit(client, "other", shareIdentifier="B")
        batch_mock.run()
        submit(client, "late", shareIdentifier="A1")
        share = [{"name": "SHARE_IDENTIFIER", "values": ["A1"]}]
        assert names(client, filters=share) == ["late", "early"]
        assert names(client, filters=share, jobStatus="SUCCEEDED") == ["early"]
        assert names(client, filters=share, jobStatus="FAILED") == []

    def test_a_share_is_required(self, client: Any) -> None:
        """A job without a share is refused."""
        request = {"jobName": "a", "jobQueue": "queue", "jobDefinition": "definition"}
        assert refused(client, "submit_job", **request) == "shareIdentifier must be specified."

    def test_a_priority_is_required(self, client: Any) -> None:
        """A job without a priority, of its own or of its definition, is refused."""
        request = {"jobName": "a", "jobQueue": "queue", "jobDefinition": "plain"}
        said = refused(client, "submit_job", **request, shareIdentifier="A1")
        assert said == (
            "Either schedulingPriority in job definition or schedulingPriorityOverride should be "
            "specified."
        )
        submit(client, jobDefinition="plain", shareIdentifier="A1", schedulingPriorityOverride=0)

    def test_500_shares_at_most(self, client: Any, batch_mock: BatchMock) -> None:
        """With 500 active shares, a job of another share is refused until one has ended."""
        jobs = [submit(client, f"job-{n}", shareIdentifier=f"s{n}") for n in range(500)]
        request = {"jobName": "a", "jobQueue": "queue", "jobDefinition": "definition"}
        said = refused(client, "submit_job", **request, shareIdentifier="new")
        assert said == "A job queue can have at most 500 active share identifiers."
        submit(client, "again", shareIdentifier="s0")
        batch_mock.run()
        assert status_of(client, jobs[-1]) == "SUCCEEDED"
        batch_mock.tick(601)
        submit(client, "new", shareIdentifier="new")


def test_a_definition_shows_its_priority_on_any_queue(client: Any, batch_mock: BatchMock) -> None:
    """A job in a first-in, first-out queue shows the priority of its definition too."""
    batch_mock.provision(job_queue="queue", job_definition="definition")
    register(client, schedulingPriority=7)
    assert described(client, submit(client))["schedulingPriority"] == 7
