from __future__ import annotations

import json
from typing import Any

import pytest

from batchmock import BatchMock, BatchMockError

from ..builders import ARN
from .terraform import (
    CONTAINER,
    DEFINITION,
    ENVIRONMENT,
    ENVIRONMENT_UNKNOWN,
    configured_queue,
    plan,
    queue,
    resource,
    state,
)


class TestState:
    def test_a_state(self, mock: BatchMock, client: Any) -> None:
        """A state becomes the same resources in the mock's region and account."""
        environment = {
            **ENVIRONMENT,
            "arn": "arn:aws:batch:eu-west-1:999999999999:compute-environment/spot",
        }
        order = [{"order": 1, "compute_environment": environment["arn"]}]
        loaded = mock.load(
            state(
                queue(compute_environment_order=order, job_state_time_limit_action=[]),
                resource("compute_environment", "spot", environment),
                resource("job_definition", "report", {**DEFINITION, "revision": 7}),
            )
        )
        (found,) = client.describe_job_queues()["jobQueues"]
        assert found["computeEnvironmentOrder"][0]["computeEnvironment"] == (
            f"{ARN}compute-environment/spot"
        )
        assert loaded.definitions["aws_batch_job_definition.report"].arn == (
            f"{ARN}job-definition/report:7"
        )
        assert loaded.queues["main"] == loaded.queues["aws_batch_job_queue.main"]

    def test_blocks_and_texts(self, mock: BatchMock, client: Any) -> None:
        """Blocks become structures, JSON text is parsed, and unset members are omitted."""
        mock.load(state(resource("job_definition", "report", DEFINITION)))
        (found,) = client.describe_job_definitions()["jobDefinitions"]
        assert found["containerProperties"]["image"] == "report:7"
        assert found["timeout"] == {"attemptDurationSeconds": 3600}
        (rule,) = found["retryStrategy"]["evaluateOnExit"]
        assert {name: text.lower() for name, text in rule.items()} == {
            "onStatusReason": "host ec2*",
            "action": "retry",
        }

    def test_arns_in_json_texts(self, mock: BatchMock, client: Any) -> None:
        """ARNs of Batch resources in JSON texts get the mock's region and account."""
        arn = "arn:aws:batch:eu-west-1:999999999999:job-queue/main"
        container = {**CONTAINER, "environment": [{"name": "QUEUE", "value": arn}]}
        values = {**DEFINITION, "container_properties": json.dumps(container)}
        mock.load(state(resource("job_definition", "report", values)))
        (found,) = client.describe_job_definitions()["jobDefinitions"]
        (variable,) = found["containerProperties"]["environment"]
        assert variable["value"] == f"{ARN}job-queue/main"

    def test_json_texts(self, mock: BatchMock, client: Any) -> None:
        """JSON texts have the API's own names, unlike blocks."""
        nodes = {
            "mainNode": 0,
            "numNodes": 2,
            "nodeRangeProperties": [
                {"targetNodes": "0:", "container": {**CONTAINER, "instanceType": "m5.large"}}
            ],
        }
        values = {"name": "nodes", "type": "multinode", "node_properties": json.dumps(nodes)}
        mock.load(state(resource("job_definition", "nodes", values)))
        (found,) = client.describe_job_definitions()["jobDefinitions"]
        (group,) = found["nodeProperties"]["nodeRangeProperties"]
        assert group["container"]["image"] == "report:7"
        assert group["container"]["instanceType"] == "m5.large"

    def test_members_that_the_provider_drops(self, mock: BatchMock, client: Any) -> None:
        """Members of JSON texts that AWS Batch does not know have no effect, as in the provider."""
        container = {**CONTAINER, "name": "report", "essential": True, "id": "a"}
        values = {**DEFINITION, "container_properties": json.dumps(container)}
        mock.load(state(resource("job_definition", "report", values)))
        (found,) = client.describe_job_definitions()["jobDefinitions"]
        assert found["containerProperties"]["image"] == "report:7"
        assert "essential" not in found["containerProperties"]

    def test_a_disabled_environment(self, mock: BatchMock, client: Any) -> None:
        """An environment that was disabled later is DISABLED, although none is created so."""
        values = {**ENVIRONMENT, "state": "DISABLED"}
        mock.load(state(resource("compute_environment", "spot", values)))
        (found,) = client.describe_compute_environments()["computeEnvironments"]
        assert (found["state"], found["status"]) == ("DISABLED", "VALID")

    @pytest.mark.parametrize("kind", ["FARGATE", "FARGATE_SPOT"])
    def test_zeros_of_fargate(self, kind: str, mock: BatchMock, client: Any) -> None:
        """
        A state has the vCPUs and the bid of an environment on Fargate as 0, which it does not have.

        Source: a captured state, in the form of Terraformer.
        """
        resources = {
            "type": kind,
            "bid_percentage": 0,
            "desired_vcpus": 0,
            "max_vcpus": 64,
            "min_vcpus": 0,
            "security_group_ids": ["sg-1"],
            "subnets": ["subnet-1"],
        }
        values = {**ENVIRONMENT, "compute_resources": [resources]}
        mock.load(state(resource("compute_environment", "spot", values)))
        (found,) = client.describe_compute_environments()["computeEnvironments"]
        assert found["computeResources"]["type"] == kind
        assert "minvCpus" not in found["computeResources"]

    def test_default_tags(self, mock: BatchMock, client: Any) -> None:
        """The provider's default tags are added to each resource."""
        tags = {"tags": {"a": "1"}, "tags_all": {"a": "1", "owner": "data"}}
        mock.load(state(resource("job_definition", "report", {**DEFINITION, **tags})))
        (found,) = client.describe_job_definitions()["jobDefinitions"]
        assert found["tags"] == {"a": "1", "owner": "data"}

    def test_older_queues(self, mock: BatchMock, client: Any) -> None:
        """The list of environments of older providers becomes a compute environment order."""
        mock.load(
            state(
                queue(compute_environments=["spot"]),
                resource("compute_environment", "spot", ENVIRONMENT),
            )
        )
        (found,) = client.describe_job_queues()["jobQueues"]
        assert [item["order"] for item in found["computeEnvironmentOrder"]] == [0]

    def test_other_resources_are_listed(self, mock: BatchMock) -> None:
        """Resources of other services are ignored, and rules about Batch are patterns."""
        rule = {
            "address": "aws_cloudwatch_event_rule.failed",
            "mode": "managed",
            "type": "aws_cloudwatch_event_rule",
            "name": "failed",
            "values": {"event_pattern": '{"source": ["aws.batch"]}'},
        }
        data = {**queue(), "address": "data.aws_batch_job_queue.main", "mode": "data"}
        loaded = mock.load(state(rule, data))
        assert loaded.ignored == ("aws_cloudwatch_event_rule.failed",)
        assert loaded.event_patterns["aws_cloudwatch_event_rule.failed"] == {
            "source": ["aws.batch"]
        }

    def test_event_patterns(self, mock: BatchMock, client: Any) -> None:
        """The patterns of rules match the events of the mock's region and account."""
        home = "arn:aws:batch:eu-west-1:999999999999:"
        pattern = {
            "source": ["aws.batch"],
            "account": ["999999999999"],
            "region": ["eu-west-1"],
            "detail": {
                "jobQueue": [f"{home}job-queue/main"],
                "jobDefinition": [{"prefix": f"{home}job-definition/"}],
                "status": ["SUCCEEDED"],
            },
        }
        rule = {
            "address": "aws_cloudwatch_event_rule.ended",
            "mode": "managed",
            "type": "aws_cloudwatch_event_rule",
            "name": "ended",
            "values": {"event_pattern": json.dumps(pattern)},
        }
        order = [{"order": 1, "compute_environment": f"{home}compute-environment/spot"}]
        loaded = mock.load(
            state(
                rule,
                queue(arn=f"{home}job-queue/main", compute_environment_order=order),
                resource("compute_environment", "spot", ENVIRONMENT),
                resource("job_definition", "report", DEFINITION),
            )
        )
        events: list[Any] = []
        mock.subscribe(events.append, loaded.event_patterns.only())
        client.submit_job(jobName="job", jobQueue="main", jobDefinition="report")
        mock.run()
        assert [event["detail"]["status"] for event in events] == ["SUCCEEDED"]

    def test_unknown_member(self, mock: BatchMock) -> None:
        """An unknown member is refused by name."""
        with pytest.raises(
            BatchMockError, match=r"has a member 'retry_strategy.tries', which neither"
        ):
            mock.load(
                state(
                    resource(
                        "job_definition", "a", {**DEFINITION, "retry_strategy": [{"tries": 1}]}
                    )
                )
            )

    def test_a_malformed_resource(self, mock: BatchMock) -> None:
        """An error about a resource that is not well-formed names it."""
        values = {**DEFINITION, "revision": "x"}
        with pytest.raises(
            BatchMockError, match=r"resource 'aws_batch_job_definition.a' is not well-formed: TypeE"
        ):
            mock.load(state(resource("job_definition", "a", values)))

    def test_parameters(self, mock: BatchMock) -> None:
        """Parameters are refused, since a Terraform document has final values."""
        with pytest.raises(BatchMockError, match="Leave out parameters="):
            mock.load(state(), {"a": 1})


class TestPlan:
    def test_a_reference(self, mock: BatchMock, client: Any) -> None:
        """An ARN that is unknown before the plan is applied is resolved through the reference."""
        mock.load(
            plan(
                [
                    queue(compute_environment_order=[{"order": 1}]),
                    resource("compute_environment", "spot", ENVIRONMENT),
                ],
                {"aws_batch_job_queue.main": ENVIRONMENT_UNKNOWN},
                {
                    "resources": [
                        configured_queue(
                            "aws_batch_compute_environment.spot.arn",
                            "aws_batch_compute_environment.spot",
                        )
                    ]
                },
            )
        )
        (found,) = client.describe_job_queues()["jobQueues"]
        assert found["computeEnvironmentOrder"] == [
            {"order": 1, "computeEnvironment": f"{ARN}compute-environment/spot"}
        ]

    def test_a_reference_into_a_module(self, mock: BatchMock, client: Any) -> None:
        """The output of a module resolves to the resource inside."""
        environment = resource("compute_environment", "this", ENVIRONMENT, "module.spot.")
        output = {"expression": {"references": ["aws_batch_compute_environment.this.arn"]}}
        document = plan(
            [queue(compute_environment_order=[{"order": 1}])],
            {"aws_batch_job_queue.main": ENVIRONMENT_UNKNOWN},
            {
                "resources": [configured_queue("module.spot.arn", "module.spot")],
                "module_calls": {"spot": {"module": {"outputs": {"arn": output}}}},
            },
        )
        document["planned_values"]["root_module"]["child_modules"] = [{"resources": [environment]}]
        mock.load(document)
        assert len(client.describe_job_queues()["jobQueues"]) == 1

    def test_values_of_other_services_are_made_up(self, mock: BatchMock, client: Any) -> None:
        """Subnets and roles that the plan creates get well-formed values."""
        environment = {
            **ENVIRONMENT,
            "compute_resources": [dict(ENVIRONMENT["compute_resources"][0])],
        }
        del environment["compute_resources"][0]["subnets"]
        mock.load(
            plan(
                [resource("compute_environment", "spot", environment)],
                {"aws_batch_compute_environment.spot": {"compute_resources": [{"subnets": True}]}},
                {},
            )
        )
        (found,) = client.describe_compute_environments()["computeEnvironments"]
        (subnet,) = found["computeResources"]["subnets"]
        assert subnet.startswith("subnet-")

    def test_unknown_tags(self, mock: BatchMock, client: Any) -> None:
        """Tags that are known only after the plan is applied are left out."""
        values = {**DEFINITION, "tags": None}
        unknown = {"aws_batch_job_definition.report": {"tags": True, "tags_all": True}}
        mock.load(plan([resource("job_definition", "report", values)], unknown, {}))
        assert client.describe_job_definitions()["jobDefinitions"][0]["tags"] == {}

    def test_replaced_resources(self, mock: BatchMock, client: Any) -> None:
        """An object that is deleted after its successor was created does not hide the new values."""
        address = "aws_batch_job_queue.main"
        environment = resource("compute_environment", "spot", ENVIRONMENT)
        waiting = queue(compute_environment_order=[{"order": 1}])
        configuration = {"resources": [configured_queue("aws_batch_compute_environment.spot.arn")]}
        document = plan([environment, waiting], {address: ENVIRONMENT_UNKNOWN}, configuration)
        document["resource_changes"].append(
            {
                "address": address,
                "deposed": "0a1b2c3d",
                "change": {"actions": ["delete"], "after_unknown": False},
            }
        )
        mock.load(document)
        (found,) = client.describe_job_queues()["jobQueues"]
        (item,) = found["computeEnvironmentOrder"]
        assert item["computeEnvironment"].endswith("/spot")

    def test_addresses_of_other_resources(self, mock: BatchMock) -> None:
        """The addresses of resources that are not of AWS Batch can have any form."""
        other = {"address": "topic", "type": "aws_sns_topic", "name": "topic", "values": {}}
        assert mock.load(state(other)).ignored == ("topic",)

    def test_unknown_containers(self, mock: BatchMock) -> None:
        """Computed container properties are refused, and the message names a way out."""
        definition = {**DEFINITION}
        del definition["container_properties"]
        with pytest.raises(
            BatchMockError, match=r"container_properties, is known only after .* state"
        ):
            mock.load(
                plan(
                    [resource("job_definition", "report", definition)],
                    {"aws_batch_job_definition.report": {"container_properties": True}},
                    {},
                )
            )

    def test_a_new_disabled_environment(self, mock: BatchMock) -> None:
        """An environment that a plan creates has to be ENABLED, as AWS Batch wants it."""
        values = {**ENVIRONMENT, "state": "DISABLED"}
        document = plan([resource("compute_environment", "spot", values)], {}, {})
        document["resource_changes"] = [
            {"address": "aws_batch_compute_environment.spot", "change": {"actions": ["create"]}}
        ]
        with pytest.raises(BatchMockError, match="must be created in ENABLED state"):
            mock.load(document)

    def test_an_environment_from_elsewhere(self, mock: BatchMock) -> None:
        """An environment that the plan does not contain is an error."""
        with pytest.raises(BatchMockError, match="refers to no resource of the plan"):
            mock.load(
                plan(
                    [queue(compute_environment_order=[{"order": 1}])],
                    {"aws_batch_job_queue.main": ENVIRONMENT_UNKNOWN},
                    {"resources": [configured_queue("data.aws_ssm_parameter.arn")]},
                )
            )
