from __future__ import annotations

import json
from typing import Any

import pytest

from batchmock import BatchMock, BatchMockError

from ..builders import ARN

CONTAINER = {
    "image": "report:7",
    "command": ["report"],
    "resourceRequirements": [
        {"type": "VCPU", "value": "1"},
        {"type": "MEMORY", "value": "2048"},
    ],
}
ENVIRONMENT: dict[str, Any] = {
    "compute_environment_name": "spot",
    "compute_environment_name_prefix": "",
    "type": "MANAGED",
    "state": "ENABLED",
    "service_role": "arn:aws:iam::999999999999:role/batch",
    "compute_resources": [
        {
            "type": "SPOT",
            "allocation_strategy": "SPOT_PRICE_CAPACITY_OPTIMIZED",
            "max_vcpus": 64,
            "min_vcpus": 0,
            "instance_type": ["m5"],
            "instance_role": "arn:aws:iam::999999999999:instance-profile/ecs",
            "subnets": ["subnet-1"],
            "security_group_ids": ["sg-1"],
            "ec2_key_pair": "",
            "launch_template": [],
            "tags": None,
        }
    ],
    "eks_configuration": [],
    "update_policy": [],
    "tags": {"stage": "test"},
    "tags_all": {"stage": "test"},
}
DEFINITION: dict[str, Any] = {
    "name": "report",
    "type": "container",
    "container_properties": json.dumps(CONTAINER),
    "deregister_on_new_revision": True,
    "parameters": None,
    "platform_capabilities": ["EC2"],
    "retry_strategy": [
        {
            "attempts": 2,
            "evaluate_on_exit": [
                {
                    "action": "RETRY",
                    "on_exit_code": "",
                    "on_reason": "",
                    "on_status_reason": "Host EC2*",
                }
            ],
        }
    ],
    "timeout": [{"attempt_duration_seconds": 3600}],
    "eks_properties": [],
}


def resource(kind: str, name: str, values: dict[str, Any], module: str = "") -> dict[str, Any]:
    """Return a resource of a plan or a state."""
    address = f"{module}aws_batch_{kind}.{name}"
    bare, _, _ = name.partition("[")
    return {
        "address": address,
        "mode": "managed",
        "type": f"aws_batch_{kind}",
        "name": bare,
        "values": values,
    }


def state(*resources: dict[str, Any]) -> dict[str, Any]:
    """Return the output of `terraform show -json` for a state."""
    return {
        "format_version": "1.0",
        "terraform_version": "1.9.0",
        "values": {"root_module": {"resources": list(resources)}},
    }


def plan(
    resources: list[dict[str, Any]],
    unknown: dict[str, Any],
    configuration: dict[str, Any],
) -> dict[str, Any]:
    """Return the output of `terraform show -json` for a plan, with unknown values by address."""
    changes = [
        {"address": address, "change": {"after_unknown": after}}
        for address, after in unknown.items()
    ]
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": resources}},
        "resource_changes": changes,
        "configuration": {"root_module": configuration},
    }


def queue(**values: Any) -> dict[str, Any]:
    """Return a queue."""
    return resource(
        "job_queue", "main", {"name": "main", "priority": 1, "state": "ENABLED", **values}
    )


def configured_queue(*references: str) -> dict[str, Any]:
    """Return the configuration of the queue, whose environment has a reference."""
    order = [
        {"compute_environment": {"references": list(references)}, "order": {"constant_value": 1}}
    ]
    return {
        "type": "aws_batch_job_queue",
        "name": "main",
        "expressions": {"compute_environment_order": order},
    }


ENVIRONMENT_UNKNOWN = {"compute_environment_order": [{"compute_environment": True}], "arn": True}


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
