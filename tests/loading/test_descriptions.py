from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from batchmock import BatchMock, BatchMockError, mock_batch

from ..builders import ARN, needs_todays_model, register, requirements
from ..operations.resource_requests import EC2, create_environment


def described(client: Any) -> dict[str, Any]:
    """Return the combined output of the describe commands."""
    arns = [policy["arn"] for policy in client.list_scheduling_policies()["schedulingPolicies"]]
    policies = client.describe_scheduling_policies(arns=arns)["schedulingPolicies"] if arns else []
    return {
        "computeEnvironments": client.describe_compute_environments()["computeEnvironments"],
        "jobQueues": client.describe_job_queues()["jobQueues"],
        "jobDefinitions": client.describe_job_definitions()["jobDefinitions"],
        "schedulingPolicies": policies,
    }


def original() -> dict[str, Any]:
    """Return a description of an account with two revisions, a fair-share queue and a Fargate queue."""
    with mock_batch(region="eu-west-1", account_id="999999999999") as other:
        client = boto3.client("batch", region_name="eu-west-1")
        other.provision("queue", "job", "env", shares={"a": 1, "b*": 0.5})
        other.provision("small", "tiny", "fargate", fargate=True)
        for _ in range(2):
            register(client, "report", {"command": ["run"]}, timeout={"attemptDurationSeconds": 60})
        client.deregister_job_definition(jobDefinition="report:1")
        return described(client)


def moved(value: Any) -> Any:
    """Return a description with the region and account of the test's mock, without counters."""
    text = (
        json.dumps(value).replace("eu-west-1", "us-east-1").replace("999999999999", "123456789012")
    )
    found = json.loads(text)
    for environment in found["computeEnvironments"]:
        del environment["uuid"], environment["ecsClusterArn"]
    return found


def test_comes_back_the_same(mock: BatchMock, client: Any) -> None:
    """The describe commands print the same for an account and for the mock into which it was loaded."""
    before = original()
    mock.load(before)
    assert moved(described(client)) == moved(before)


def test_clusters_come_along(mock: BatchMock, client: Any) -> None:
    """An Amazon EKS cluster gets the region and account of the mock, like the resources of Batch."""
    configuration = {
        "eksClusterArn": "arn:aws:eks:eu-west-1:999999999999:cluster/c",
        "kubernetesNamespace": "ns",
    }
    with mock_batch(region="eu-west-1", account_id="999999999999"):
        other = boto3.client("batch", region_name="eu-west-1")
        resources = {**EC2, "allocationStrategy": "BEST_FIT_PROGRESSIVE"}
        create_environment(other, resources=resources, eksConfiguration=configuration)
        before = described(other)
    mock.load(before)

    (environment,) = client.describe_compute_environments()["computeEnvironments"]
    assert environment["eksConfiguration"] == {
        **configuration,
        "eksClusterArn": "arn:aws:eks:us-east-1:123456789012:cluster/c",
    }


@pytest.mark.parametrize("form", ["merged", "list", "documents"])
def test_forms(mock: BatchMock, form: str) -> None:
    """Several replies can be merged, in a list or concatenated."""
    parts = [{name: items} for name, items in original().items()]
    sources: dict[str, Any] = {
        "merged": {name: items for part in parts for name, items in part.items()},
        "list": parts,
        "documents": "\n".join(json.dumps(part, indent=4) for part in parts),
    }
    loaded = mock.load(sources[form])
    assert set(loaded.queues) == {"queue", "small"}


def test_revisions_survive(mock: BatchMock, client: Any) -> None:
    """Revisions keep their numbers and statuses, and a name resolves to the last one."""
    loaded = mock.load(original())
    found = client.describe_job_definitions(jobDefinitionName="report")["jobDefinitions"]
    assert [(item["revision"], item["status"]) for item in found] == [
        (2, "ACTIVE"),
        (1, "INACTIVE"),
    ]
    assert loaded.definitions["report"].arn == f"{ARN}job-definition/report:2"
    assert loaded.definitions["report:1"].arn == f"{ARN}job-definition/report:1"


def test_a_gap_between_revisions(mock: BatchMock, client: Any) -> None:
    """Revisions that were not described stay missing, and the next one is numbered after the last."""
    item = {
        "jobDefinitionName": "job",
        "revision": 7,
        "status": "ACTIVE",
        "type": "container",
        "containerProperties": {
            "image": "busybox",
            "resourceRequirements": requirements(1, 128),
        },
    }
    mock.load({"jobDefinitions": [item]})
    assert register(client, "job").endswith(":8")


def definition(revision: int, status: str = "ACTIVE") -> dict[str, Any]:
    """Return the description of a revision of a job definition."""
    return {
        "jobDefinitionName": "job",
        "jobDefinitionArn": f"arn:aws:batch:eu-west-1:999999999999:job-definition/job:{revision}",
        "revision": revision,
        "status": status,
        "type": "container",
        "containerProperties": {
            "image": "busybox",
            "resourceRequirements": requirements(1, 128),
        },
    }


class TestRevisions:
    def revisions(self, client: Any) -> list[tuple[int, str]]:
        """Return the revisions of the job definition and their statuses, newest first."""
        found = client.describe_job_definitions(jobDefinitionName="job")["jobDefinitions"]
        return [(item["revision"], item["status"]) for item in found]

    @pytest.mark.parametrize("with_arn", [True, False])
    def test_overlapping_replies(self, with_arn: bool, mock: BatchMock, client: Any) -> None:
        """A revision in several replies is loaded once, as the last of them shows it."""
        items = [definition(5), definition(3), definition(3, "INACTIVE")]
        if not with_arn:
            for item in items:
                del item["jobDefinitionArn"]
        mock.load([{"jobDefinitions": items[:2]}, {"jobDefinitions": items[2:]}])
        assert self.revisions(client) == [(5, "ACTIVE"), (3, "INACTIVE")]

    def test_an_older_one_later(self, mock: BatchMock, client: Any) -> None:
        """A revision that is loaded after a newer one keeps its number, and the newer one is the latest."""
        mock.load({"jobDefinitions": [definition(5)]})
        loaded = mock.load({"jobDefinitions": [definition(3)]})
        assert loaded.definitions["job"].arn.endswith(":3")
        assert self.revisions(client) == [(5, "ACTIVE"), (3, "ACTIVE")]
        mock.provision(job_queue="queue", job_definition="other")
        job_id = client.submit_job(jobName="job", jobQueue="queue", jobDefinition="job")["jobId"]
        (job,) = client.describe_jobs(jobs=[job_id])["jobs"]
        assert job["jobDefinition"].endswith(":5")
        assert register(client, "job").endswith(":6")

    def test_one_that_exists(self, mock: BatchMock, client: Any) -> None:
        """A revision that exists already is an error, like other resources that do."""
        mock.load({"jobDefinitions": [definition(5)]})
        with pytest.raises(
            BatchMockError, match="is revision 5 of job definition 'job', which exists already"
        ):
            mock.load({"jobDefinitions": [definition(4), definition(5)]})
        assert self.revisions(client) == [(5, "ACTIVE")]

    def test_overlapping_environments(self, mock: BatchMock) -> None:
        """Other resources in several replies are loaded once too."""
        arn = "arn:aws:batch:eu-west-1:999999999999:compute-environment/environment"
        item = {**ENVIRONMENT, "computeEnvironmentArn": arn}
        loaded = mock.load([{"computeEnvironments": [item]}, {"computeEnvironments": [item]}])
        assert list(loaded.compute_environments) == ["environment"]


@needs_todays_model
def test_single_replies(mock: BatchMock, client: Any) -> None:
    """`describe-consumable-resource` prints one resource, which is loaded like those of a list."""
    loaded = mock.load({"consumableResourceName": "license", "totalQuantity": 3})
    found = client.describe_consumable_resource(consumableResource="license")
    assert found["totalQuantity"] == 3
    assert loaded.consumable_resources["license"].arn == f"{ARN}consumable-resource/license"


def test_a_member_that_nobody_knows(mock: BatchMock) -> None:
    """An unknown member of a description is refused by name."""
    with pytest.raises(
        BatchMockError, match="has a member 'colour', which JobQueueDetail does not"
    ):
        mock.load({"jobQueues": [{"jobQueueName": "a", "colour": "red"}]})


def test_other_keys(mock: BatchMock) -> None:
    """A list of another service is refused by name."""
    with pytest.raises(BatchMockError, match="has 'functions' beside the output"):
        mock.load({"jobQueues": [], "functions": []})


ENVIRONMENT: dict[str, Any] = {
    "computeEnvironmentName": "environment",
    "type": "MANAGED",
    "state": "ENABLED",
    "status": "VALID",
    "computeResources": {
        "type": "EC2",
        "minvCpus": 0,
        "maxvCpus": 16,
        "instanceTypes": ["optimal"],
        "subnets": ["subnet-1"],
        "securityGroupIds": ["sg-1"],
        "instanceRole": "ecsInstanceRole",
    },
}


class TestWhatIsNoLongerCreated:
    def test_a_disabled_environment(self, mock: BatchMock, client: Any) -> None:
        """A DISABLED environment, which a queue can have, stays DISABLED."""
        order = [{"order": 1, "computeEnvironment": "environment"}]
        mock.load(
            {
                "computeEnvironments": [{**ENVIRONMENT, "state": "DISABLED"}],
                "jobQueues": [
                    {"jobQueueName": "queue", "priority": 1, "computeEnvironmentOrder": order}
                ],
            }
        )
        (found,) = client.describe_compute_environments()["computeEnvironments"]
        assert (found["state"], found["status"]) == ("DISABLED", "VALID")
        assert len(client.describe_job_queues()["jobQueues"]) == 1

    @pytest.mark.parametrize("image", ["ECS_AL2", "ECS_AL2_NVIDIA"])
    def test_an_older_image_type(self, image: str, mock: BatchMock, client: Any) -> None:
        """An environment on Amazon Linux 2, which no new one can have, keeps it."""
        resources = {**ENVIRONMENT["computeResources"], "ec2Configuration": [{"imageType": image}]}
        mock.load({"computeEnvironments": [{**ENVIRONMENT, "computeResources": resources}]})
        (found,) = client.describe_compute_environments()["computeEnvironments"]
        assert found["computeResources"]["ec2Configuration"] == [{"imageType": image}]

    @pytest.mark.parametrize("status", ["DELETING", "DELETED"])
    def test_deleted_resources(self, status: str, mock: BatchMock, client: Any) -> None:
        """Resources that are shown for a while after they were deleted are left out."""
        gone = {"state": "DISABLED", "status": status}
        loaded = mock.load(
            {
                "computeEnvironments": [{**ENVIRONMENT, **gone}],
                "jobQueues": [
                    {"jobQueueName": "a", "priority": 1, "computeEnvironmentOrder": [], **gone}
                ],
            }
        )
        assert not loaded.queues
        assert client.describe_compute_environments()["computeEnvironments"] == []
