from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from batchmock import BatchMock, BatchMockError

SOUND = {
    "Type": "container",
    "Timeout": {"AttemptDurationSeconds": 3600},
    "RetryStrategy": {
        "Attempts": 3,
        "EvaluateOnExit": [
            {"OnStatusReason": "Host EC2*", "Action": "RETRY"},
            {"OnReason": "*", "Action": "EXIT"},
        ],
    },
}


def loaded(mock: BatchMock, *, vcpus: int = 1, image: str = "report:7", **properties: Any) -> Any:
    """Load a template of a Spot queue and a valid definition, with some other properties."""
    resources = {
        "Type": "SPOT",
        "AllocationStrategy": "SPOT_PRICE_CAPACITY_OPTIMIZED",
        "MaxvCpus": 16,
        "MinvCpus": 0,
        "InstanceTypes": ["m5"],
        "InstanceRole": "ecs",
        "Subnets": ["subnet-1"],
        "SecurityGroupIds": ["sg-1"],
    }
    container = {
        "Image": image,
        "Command": ["report", "Ref::day"],
        "ResourceRequirements": [
            {"Type": "VCPU", "Value": vcpus},
            {"Type": "MEMORY", "Value": 2048},
        ],
    }
    definition = {**SOUND, "ContainerProperties": container, **properties}
    order = [{"Order": 1, "ComputeEnvironment": {"Ref": "Spot"}}]
    return mock.load(
        {
            "Resources": {
                "Spot": {
                    "Type": "AWS::Batch::ComputeEnvironment",
                    "Properties": {"Type": "MANAGED", "ComputeResources": resources},
                },
                "Queue": {
                    "Type": "AWS::Batch::JobQueue",
                    "Properties": {"Priority": 1, "ComputeEnvironmentOrder": order},
                },
                "Report": {"Type": "AWS::Batch::JobDefinition", "Properties": definition},
            }
        }
    )


def test_a_sound_file_has_no_findings(mock: BatchMock) -> None:
    """A definition that fits, has a timeout and retries a lost instance has no findings."""
    assert loaded(mock).check() == ()


def test_nothing_of_the_mock_changes(mock: BatchMock) -> None:
    """Jobs are tried in a copy: the mock has none, and its clock does not move."""
    now = mock.clock.now
    loaded(mock).check()
    assert len(mock.jobs) == 0
    assert mock.clock.now == now


@pytest.mark.parametrize(
    ("changes", "rule", "message"),
    [
        (
            {"vcpus": 32},
            "no-queue",
            "no queue of the file can run it. Queue 'Queue': Compute environment 'Spot'",
        ),
        (
            {"PlatformCapabilities": ["EC2"], "RetryStrategy": {"Attempts": 1}},
            "spot-not-retried",
            "a job in Spot queue 'Queue' fails when its instance is reclaimed.",
        ),
        (
            {
                "RetryStrategy": {
                    "Attempts": 2,
                    "EvaluateOnExit": [{"OnReason": "*", "Action": "EXIT"}],
                }
            },
            "spot-not-retried",
            "a job in Spot queue 'Queue' fails when its instance is reclaimed.",
        ),
        ({"Timeout": {}}, "no-timeout", "its attempts have no timeout"),
        (
            {"Timeout": {"AttemptDurationSeconds": 604800}},
            "long-retries",
            "3 attempts of 604800 seconds can take 21 days, and the bound is 14.",
        ),
        ({"image": "report"}, "moving-tag", "image 'report' can change between two attempts."),
        ({"image": "host:5000/a/report:latest"}, "moving-tag", "image 'host:5000/a/report:latest'"),
    ],
)
def test_findings(mock: BatchMock, changes: dict[str, Any], rule: str, message: str) -> None:
    """Each mistake is found alone, with its rule, its resource and the change to make."""
    (finding,) = loaded(mock, **changes).check()
    assert (finding.rule, finding.resource, finding.file) == (rule, "Report", "the dict")
    assert finding.message.startswith(message)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (
            [{"OnReason": "*", "Action": "RETRY"}, {"OnExitCode": "1", "Action": "EXIT"}],
            "rule 2 of evaluateOnExit never decides, because rule 1 matches everything",
        ),
        (
            [
                {"OnStatusReason": "Host*", "Action": "RETRY"},
                {"OnStatusReason": "Host EC2*", "OnExitCode": "1", "Action": "EXIT"},
            ],
            "rule 2 of evaluateOnExit never decides, because rule 1 matches everything",
        ),
        ([{"OnExitCode": "256", "Action": "EXIT"}], "rule 1 of evaluateOnExit never matches"),
        ([{"OnExitCode": "0", "Action": "RETRY"}], "rule 1 of evaluateOnExit never matches"),
    ],
)
def test_retry_rules(mock: BatchMock, rules: list[dict[str, str]], message: str) -> None:
    """Retry rules that never decide are found."""
    found = loaded(mock, RetryStrategy={"Attempts": 2, "EvaluateOnExit": rules}).check()
    messages = [one.message for one in found if one.rule == "unreachable-retry-rule"]
    assert len(messages) == 1
    assert messages[0].startswith(message)


@pytest.mark.filterwarnings("ignore:.*can never match:batchmock.BatchMockWarning")
def test_an_asterisk_in_the_middle(mock: BatchMock) -> None:
    """A pattern with an asterisk before its end matches nothing."""
    rules = [{"OnReason": "Out*Memory", "Action": "RETRY"}, EXIT]
    found = loaded(mock, RetryStrategy={"Attempts": 2, "EvaluateOnExit": rules}).check()
    (message,) = [one.message for one in found if one.rule == "unreachable-retry-rule"]
    assert message == (
        "rule 1 of evaluateOnExit never matches: in onReason 'Out*Memory' an asterisk is a wildcard at the "
        "end only."
    )


def test_rules_without_a_second_attempt(mock: BatchMock) -> None:
    """Retry rules that have no effect, because there is only one attempt, are found."""
    strategy = {"Attempts": 1, "EvaluateOnExit": [{"OnExitCode": "1", "Action": "RETRY"}]}
    rules = [finding.rule for finding in loaded(mock, RetryStrategy=strategy).check()]
    assert rules == ["spot-not-retried", "unreachable-retry-rule"]


def test_a_digest_does_not_move(mock: BatchMock) -> None:
    """An image referenced by digest needs no tag."""
    assert loaded(mock, image="report@sha256:0123abcd").check() == ()


def test_waived(mock: BatchMock) -> None:
    """A rule is waived for all resources or for one."""
    stack = loaded(mock, Timeout={}, image="report")
    assert [one.rule for one in stack.check(waive=["no-timeout"])] == ["moving-tag"]
    assert [one.rule for one in stack.check(waive=["moving-tag:Report"])] == ["no-timeout"]
    assert len(stack.check(waive=["moving-tag:Other"])) == 2


def spot_queue(mock: BatchMock, kinds: list[str], rules: list[dict[str, str]]) -> Any:
    """Load a queue with environments of several types, and a definition with two attempts."""
    network = {"MaxvCpus": 16, "Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    instances = {
        "AllocationStrategy": "BEST_FIT_PROGRESSIVE",
        "InstanceRole": "ecs",
        "InstanceTypes": ["m5"],
        "MinvCpus": 0,
    }
    template = one_definition("Report", Metadata=WAIVED)
    resources, properties = template["Resources"], template["Resources"]["Report"]["Properties"]
    properties["RetryStrategy"] = {"Attempts": 2, "EvaluateOnExit": rules}
    if kinds[0].startswith("FARGATE"):
        properties["PlatformCapabilities"] = ["FARGATE"]
        properties["ContainerProperties"]["ExecutionRoleArn"] = "arn:aws:iam::123456789012:role/e"
    for kind in kinds:
        of_kind = {} if kind.startswith("FARGATE") else instances
        compute = {"Type": kind, **network, **of_kind}
        resources[kind.replace("_", "")] = {
            "Type": "AWS::Batch::ComputeEnvironment",
            "Properties": {"Type": "MANAGED", "ComputeResources": compute},
        }
    order = [
        {"Order": place, "ComputeEnvironment": {"Ref": kind.replace("_", "")}}
        for place, kind in enumerate(kinds, 1)
    ]
    resources["Queue"] = {
        "Type": "AWS::Batch::JobQueue",
        "Properties": {"Priority": 1, "ComputeEnvironmentOrder": order},
    }
    return mock.load(template)


HOST = {"OnStatusReason": "Host EC2*", "Action": "RETRY"}
TASK = {"OnStatusReason": "Your Spot Task*", "Action": "RETRY"}
EXIT = {"OnReason": "*", "Action": "EXIT"}


@pytest.mark.parametrize(
    ("kinds", "rules", "expected"),
    [
        (["EC2", "SPOT"], [EXIT], "its instance is reclaimed. Set attempts to 2"),
        (["EC2", "SPOT"], [HOST, EXIT], None),
        (["SPOT", "EC2"], [TASK, EXIT], "onStatusReason 'Host EC2*'."),
        (["EC2"], [EXIT], None),
        (["FARGATE_SPOT"], [HOST, EXIT], "its Spot capacity is reclaimed. Set attempts to 2"),
        (["FARGATE", "FARGATE_SPOT"], [EXIT], "onStatusReason 'Your Spot Task*'."),
        (["FARGATE_SPOT"], [TASK, EXIT], None),
        (["FARGATE"], [EXIT], None),
    ],
)
def test_spot_losses(
    mock: BatchMock, kinds: list[str], rules: list[dict[str, str]], expected: str | None
) -> None:
    """A Spot loss must be retried wherever a job may land, with the words of that environment."""
    messages = [finding.message for finding in spot_queue(mock, kinds, rules).check()]
    assert len(messages) == (expected is not None)
    assert all(str(expected) in message for message in messages)


WAIVED = {"batchmock": {"waive": ["no-timeout"]}}


@pytest.mark.parametrize("rules", [["no-timeout"], "no-timeout", "moving-tag no-timeout"])
def test_waived_in_the_metadata_of_a_resource(mock: BatchMock, rules: Any) -> None:
    """The Metadata of a resource waive rules for it."""
    template = one_definition("Report", Metadata={"batchmock": {"waive": rules}})
    assert mock.load(template).check() == ()


def test_waived_for_one_resource(mock: BatchMock) -> None:
    """The Metadata of a resource waive nothing for others."""
    template = one_definition("Report", Metadata=WAIVED)
    template["Resources"].update(one_definition("Other")["Resources"])
    assert [finding.resource for finding in mock.load(template).check()] == ["Other"]


def test_waived_in_the_metadata_of_the_template(mock: BatchMock) -> None:
    """The Metadata of a template waive rules for all its resources."""
    template = one_definition("Report")
    assert mock.load({**template, "Metadata": WAIVED}).check() == ()


def test_waived_by_a_tag(mock: BatchMock) -> None:
    """The tag of a job definition waives rules for it, in every language."""
    container = {"image": "report", "vcpus": 1, "memory": 128}
    definition = {
        "jobDefinitionName": "report",
        "type": "container",
        "containerProperties": container,
        "tags": {"batchmock:waive": "no-timeout moving-tag"},
    }
    assert mock.load({"jobDefinitions": [definition]}).check() == ()
    template = one_definition("Report")
    template["Resources"]["Report"]["Properties"]["Tags"] = {"batchmock:waive": "no-timeout"}
    assert mock.load(template).check() == ()


def test_an_unknown_rule_in_a_file(mock: BatchMock) -> None:
    """A file that waives a rule which does not exist can be loaded; its check names the resource."""
    loaded = mock.load(one_definition("Report", Metadata={"batchmock": {"waive": ["timeout"]}}))
    with pytest.raises(BatchMockError) as caught:
        loaded.check()
    assert str(caught.value).startswith(
        "batchmock: the dict waives 'timeout:Report', and there is no rule 'timeout' to waive. "
        "The rules are no-queue,"
    )


def one_definition(name: str, **members: Any) -> dict[str, Any]:
    """Return a template with a job definition that has no timeout."""
    container = {
        "Image": "report:7",
        "ResourceRequirements": [
            {"Type": "VCPU", "Value": "1"},
            {"Type": "MEMORY", "Value": "2048"},
        ],
    }
    properties = {"Type": "container", "ContainerProperties": container}
    resource = {"Type": "AWS::Batch::JobDefinition", "Properties": properties, **members}
    return {"Resources": {name: resource}}


@pytest.mark.parametrize(
    ("image", "rules"),
    [
        ({"Ref": "Image"}, []),
        ("{{resolve:ssm:/images/report}}", []),
        ({"Fn::ImportValue": "ReportImage"}, []),
        ({"Fn::GetAtt": ["Repository", "RepositoryUri"]}, ["moving-tag"]),
        ({"Fn::Sub": "${Repository.RepositoryUri}:latest"}, ["moving-tag"]),
        ({"Fn::Sub": "${Repository.RepositoryUri}:7"}, []),
    ],
)
def test_images_of_a_deployment(mock: BatchMock, image: Any, rules: list[str]) -> None:
    """An image that only a deployment knows has no finding; the URI of a repository has no tag."""
    template = one_definition("Report", Metadata=WAIVED)
    template["Resources"]["Report"]["Properties"]["ContainerProperties"]["Image"] = image
    template["Resources"]["Repository"] = {"Type": "AWS::ECR::Repository"}
    kind = "AWS::SSM::Parameter::Value<String>"
    template["Parameters"] = {"Image": {"Type": kind, "Default": "/images/report"}}
    assert [finding.rule for finding in mock.load(template).check()] == rules


def test_another_bound(mock: BatchMock) -> None:
    """The bound on the total time of all attempts can be lowered."""
    (finding,) = loaded(mock).check(longest=timedelta(hours=2))
    assert finding.rule == "long-retries"


def test_an_unknown_rule(mock: BatchMock) -> None:
    """Waiving a rule that does not exist is an error that lists the rules."""
    with pytest.raises(
        BatchMockError, match=r"no rule 'no-tiemout' to waive. The rules are no-queue,"
    ):
        loaded(mock).check(waive=["no-tiemout"])


def test_as_text(mock: BatchMock) -> None:
    """A finding is one line, with its rule at the end."""
    (finding,) = loaded(mock, Timeout={}).check()
    assert str(finding) == (
        "the dict: Report: its attempts have no timeout, so one that hangs runs until it is terminated. "
        "Set attemptDurationSeconds. [no-timeout]"
    )


def test_beside_a_disabled_environment(mock: BatchMock, client: Any) -> None:
    """Environments that were disabled since do not prevent a check."""
    report = loaded(mock)
    client.create_compute_environment(
        computeEnvironmentName="old",
        type="MANAGED",
        computeResources={
            "type": "FARGATE",
            "maxvCpus": 4,
            "subnets": ["subnet-1"],
            "securityGroupIds": ["sg-1"],
        },
    )
    mock.run()
    client.update_compute_environment(computeEnvironment="old", state="DISABLED")
    mock.run()
    assert report.check() == ()
