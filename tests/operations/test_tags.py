"""TagResource, UntagResource, ListTagsForResource, and the tags in Describe replies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from batchmock import BatchMock

from ..builders import ARN, UNKNOWN_JOB, described, needs_todays_model, refused, submit
from .family_requests import register_nodes
from .resource_requests import (
    create_environment,
    create_queue,
    disable_environment,
    disable_queue,
    environment,
    queue,
)

Shown = Callable[[Any, str], dict[str, str]]


def make_environment(client: Any, **members: Any) -> str:
    """Create a compute environment and return its ARN."""
    arn: str = create_environment(client, "tagged", **members)["computeEnvironmentArn"]
    return arn


def make_queue(client: Any, **members: Any) -> str:
    """Create a job queue and return its ARN."""
    arn: str = create_queue(client, "tagged", ("compute-environment",), **members)["jobQueueArn"]
    return arn


def make_definition(client: Any, **members: Any) -> str:
    """Register a job definition and return its ARN."""
    arn: str = client.register_job_definition(
        jobDefinitionName="tagged",
        type="container",
        containerProperties={
            "image": "busybox",
            "resourceRequirements": [
                {"type": "VCPU", "value": "1"},
                {"type": "MEMORY", "value": "128"},
            ],
        },
        **members,
    )["jobDefinitionArn"]
    return arn


def make_job(client: Any, **members: Any) -> str:
    """Submit a job and return its ARN."""
    return f"{ARN}job/{submit(client, **members)}"


def make_policy(client: Any, **members: Any) -> str:
    """Create a scheduling policy and return its ARN."""
    arn: str = client.create_scheduling_policy(name="tagged", **members)["arn"]
    return arn


def make_resource(client: Any, **members: Any) -> str:
    """Create a consumable resource and return its ARN."""
    arn: str = client.create_consumable_resource(consumableResourceName="tagged", **members)[
        "consumableResourceArn"
    ]
    return arn


def definition_tags(client: Any, arn: str) -> dict[str, str]:
    """Return the tags from DescribeJobDefinitions."""
    (item,) = client.describe_job_definitions(jobDefinitions=[arn])["jobDefinitions"]
    tags: dict[str, str] = item["tags"]
    return tags


def policy_tags(client: Any, arn: str) -> dict[str, str]:
    """Return the tags from DescribeSchedulingPolicies."""
    (item,) = client.describe_scheduling_policies(arns=[arn])["schedulingPolicies"]
    tags: dict[str, str] = item["tags"]
    return tags


KINDS: list[Any] = [
    pytest.param(make_environment, lambda c, arn: environment(c, arn)["tags"], id="environment"),
    pytest.param(make_queue, lambda c, arn: queue(c, arn)["tags"], id="queue"),
    pytest.param(make_definition, definition_tags, id="definition"),
    pytest.param(make_job, lambda c, arn: described(c, arn)["tags"], id="job"),
    pytest.param(make_policy, policy_tags, id="policy"),
    pytest.param(
        make_resource,
        lambda c, arn: c.describe_consumable_resource(consumableResource=arn)["tags"],
        id="consumable-resource",
        marks=needs_todays_model,
    ),
]


@pytest.fixture(autouse=True)
def provisioned(batch_mock: BatchMock) -> None:
    """A queue named queue and a job definition named definition."""
    batch_mock.provision(job_queue="queue", job_definition="definition")


def tags_of(client: Any, arn: str) -> dict[str, str]:
    """Return the tags of a resource."""
    tags: dict[str, str] = client.list_tags_for_resource(resourceArn=arn)["tags"]
    return tags


@pytest.mark.parametrize(("make", "shown"), KINDS)
class TestEachKind:
    def test_tags_of_the_beginning(
        self, client: Any, make: Callable[..., str], shown: Shown
    ) -> None:
        """A resource is created with the request's tags, which are copied."""
        tags = {"team": "a", "stage": ""}
        arn = make(client, tags=tags)
        tags["more"] = "x"
        assert shown(client, arn) == tags_of(client, arn) == {"team": "a", "stage": ""}

    def test_changes(self, client: Any, make: Callable[..., str], shown: Shown) -> None:
        """Tags are merged and removed by key, and replies have the current tags."""
        arn = make(client)
        assert shown(client, arn) == tags_of(client, arn) == {}
        client.tag_resource(resourceArn=arn, tags={"team": "a", "stage": "test"})
        client.tag_resource(resourceArn=arn, tags={"team": "b", "Größe+1 = 2": "a/b:c@d"})
        whole = {"team": "b", "stage": "test", "Größe+1 = 2": "a/b:c@d"}
        assert shown(client, arn) == tags_of(client, arn) == whole
        client.untag_resource(resourceArn=arn, tagKeys=["stage", "Größe+1 = 2", "no such"])
        assert shown(client, arn) == tags_of(client, arn) == {"team": "b"}

    def test_a_reply_is_the_callers_own(
        self, client: Any, make: Callable[..., str], shown: Shown
    ) -> None:
        """Changing a reply changes no tags."""
        arn = make(client, tags={"team": "a"})
        shown(client, arn).clear()
        tags_of(client, arn).clear()
        assert tags_of(client, arn) == {"team": "a"}

    def test_limit(self, client: Any, make: Callable[..., str], shown: Shown) -> None:
        """A resource has at most 50 tags in total, and a request that exceeds them adds none."""
        arn = make(client, tags={f"k{number}": "v" for number in range(49)})
        client.tag_resource(resourceArn=arn, tags={"k0": "w", "last": "v"})
        with pytest.raises(ClientError, match="A resource can have at most 50 tags, got 51"):
            client.tag_resource(resourceArn=arn, tags={"k1": "w", "more": "v"})
        assert shown(client, arn)["k1"] == "v"
        assert len(tags_of(client, arn)) == 50


def test_deleting_drops_the_tags(client: Any) -> None:
    """A resource created again under a name has no tags of the deleted one."""
    create_environment(client, tags={"team": "a"})
    create_queue(client, "tagged", tags={"team": "a"})
    disable_queue(client, "tagged")
    client.delete_job_queue(jobQueue="tagged")
    disable_environment(client)
    client.delete_compute_environment(computeEnvironment="ce")
    arn = make_policy(client, tags={"team": "a"})
    client.delete_scheduling_policy(arn=arn)
    for gone in (f"{ARN}job-queue/tagged", f"{ARN}compute-environment/ce", arn):
        said = refused(client, "list_tags_for_resource", resourceArn=gone)
        assert said == f"{gone} does not exist"
    create_environment(client)
    assert environment(client)["tags"] == {}
    assert tags_of(client, make_policy(client)) == {}


def test_an_update_keeps_the_tags(client: Any, batch_mock: BatchMock) -> None:
    """Tags added during an update are kept."""
    client.update_compute_environment(
        computeEnvironment="compute-environment", computeResources={"maxvCpus": 10}
    )
    arn = f"{ARN}compute-environment/compute-environment"
    client.tag_resource(resourceArn=arn, tags={"team": "a"})
    batch_mock.run()
    assert environment(client, arn)["tags"] == {"team": "a"}


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("tag_resource", {"tags": {"team": "a"}}),
        ("untag_resource", {"tagKeys": ["team"]}),
        ("list_tags_for_resource", {}),
    ],
)
@pytest.mark.parametrize(
    ("arn", "text"),
    [
        (f"{ARN}job-queue/none", "{arn} does not exist"),
        (f"{ARN}job/{UNKNOWN_JOB}", "{arn} does not exist"),
        (f"{ARN}job-definition/definition", "{arn} does not exist"),
        ("arn:aws:batch:eu-west-1:123456789012:job-queue/queue", "{arn} does not exist"),
        ("arn:aws:batch:us-east-1:999999999999:job-queue/queue", "{arn} does not exist"),
        ("queue", "resourceArn {arn} is not a valid ARN of AWS Batch."),
        ("arn:aws:s3:::bucket/queue", "resourceArn {arn} is not a valid ARN of AWS Batch."),
        (f"{ARN}job-queue", "resourceArn {arn} is not a valid ARN of AWS Batch."),
    ],
)
def test_unknown(client: Any, operation: str, members: dict[str, Any], arn: str, text: str) -> None:
    """A malformed ARN, and an ARN that does not exist in this account and region, are refused."""
    assert refused(client, operation, resourceArn=arn, **members) == text.format(arn=arn)


def test_children_and_nodes_cannot_be_tagged(client: Any, batch_mock: BatchMock) -> None:
    """Array jobs and multi-node jobs can be tagged, but their children and nodes cannot."""
    register_nodes(client)
    array, nodes = (
        make_job(client, arrayProperties={"size": 2}),
        make_job(client, jobDefinition="nodes"),
    )
    batch_mock.run()
    for parent, part in ((array, f"{array}:0"), (nodes, f"{nodes}#0")):
        client.tag_resource(resourceArn=parent, tags={"team": "a"})
        assert described(client, parent)["tags"] == {"team": "a"}
        assert described(client, part)["tags"] == {}
        said = refused(client, "tag_resource", resourceArn=part, tags={"team": "a"})
        assert said == f"{part} cannot be tagged: child jobs are not supported."


@pytest.mark.parametrize(
    ("tags", "text"),
    [
        (
            {"a!": "v"},
            "Tags can only contain letters, numbers, spaces, and the following special characters: "
            "_ . : / = + - @",
        ),
        ({"aws:a": "v"}, "Tag key aws:a is not valid: keys that start with aws: are reserved."),
    ],
)
def test_bad_tags(client: Any, tags: dict[str, str], text: str) -> None:
    """Invalid tags are refused, and so is removing reserved keys."""
    arn = f"{ARN}job-queue/queue"
    assert refused(client, "tag_resource", resourceArn=arn, tags=tags) == text
    assert refused(client, "untag_resource", resourceArn=arn, tagKeys=list(tags)) == text


def test_no_tags(client: Any) -> None:
    """An empty map of tags adds none."""
    client.tag_resource(resourceArn=f"{ARN}job-queue/queue", tags={})
    assert queue(client)["tags"] == {}


def test_tags_of_a_job_go_with_it(client: Any, batch_mock: BatchMock) -> None:
    """An expired job has no tags."""
    arn = make_job(client, tags={"team": "a"})
    batch_mock.run()
    batch_mock.tick(8 * 86_400)
    assert refused(client, "list_tags_for_resource", resourceArn=arn) == f"{arn} does not exist"


def test_the_calls_log_has_path_and_query(client: Any, batch_mock: BatchMock) -> None:
    """Members in the path and query string are recorded as parameters."""
    arn = f"{ARN}job-queue/queue"
    client.tag_resource(resourceArn=arn, tags={"a b": "c"})
    client.untag_resource(resourceArn=arn, tagKeys=["a b", "d"])
    client.list_tags_for_resource(resourceArn=arn)
    assert [(call.operation, call.params) for call in batch_mock.calls[-3:]] == [
        ("TagResource", {"resourceArn": arn, "tags": {"a b": "c"}}),
        ("UntagResource", {"resourceArn": arn, "tagKeys": ["a b", "d"]}),
        ("ListTagsForResource", {"resourceArn": arn}),
    ]


def test_each_region_has_its_own(batch_mock: BatchMock, client: Any) -> None:
    """A queue of the same name in another region or account has its own tags."""
    batch_mock.provision(job_queue="queue", region="eu-west-1")
    client.tag_resource(resourceArn=f"{ARN}job-queue/queue", tags={"team": "a"})
    elsewhere = boto3.client("batch", region_name="eu-west-1")
    assert queue(elsewhere)["tags"] == {}
