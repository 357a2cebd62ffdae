"""
Moto and batchmock, each with a queue and a job definition, for the same requests to both.

Each is imported when it starts, so that neither affects the other. Moto runs without Docker
(`mock_aws(config={"batch": {"use_docker": False}})`), because batchmock has no containers either.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3

if TYPE_CHECKING:
    from batchmock import BatchMock

REGION = "us-east-1"
WITHOUT_DOCKER: Any = {"batch": {"use_docker": False}}
MOTO_FAILS = "MOTO_SIMPLE_BATCH_FAIL_AFTER"
SUBMIT = {"jobName": "job", "jobQueue": "queue", "jobDefinition": "definition"}
CONTAINER = {"image": "busybox", "vcpus": 1, "memory": 128, "command": ["true"]}


class World(NamedTuple):
    """Moto or batchmock, with a client and the methods that stories use."""

    client: Any
    mock: BatchMock | None

    def let_all_fail(self) -> None:
        """Make every attempt fail, which both can do."""
        if self.mock is None:
            os.environ[MOTO_FAILS] = "0"
        else:
            from batchmock import fail

            self.mock.script("*", fail(1))

    def run(self) -> None:
        """Run until nothing is left to happen; moto has already finished by then."""
        if self.mock is not None:
            self.mock.run()

    def anew(self, ask: Callable[[], Any]) -> Callable[[], Any]:
        """Return a function that simulates a change before each request; moto has no cache."""
        if self.mock is None:
            return ask
        from mocks import anew

        return anew(self.mock, ask)

    def submit(self, **more: Any) -> str:
        """Submit a job and return its id."""
        return str(self.client.submit_job(**{**SUBMIT, **more})["jobId"])

    def job(self, job_id: str) -> dict[str, Any]:
        """Describe a job."""
        (job,) = self.client.describe_jobs(jobs=[job_id])["jobs"]
        return dict(job)


@contextmanager
def moto_world() -> Iterator[World]:
    """Start moto with a queue, a job definition, and the network and roles that its Batch looks up."""
    from moto import mock_aws

    with mock_aws(config=WITHOUT_DOCKER):
        client = boto3.client("batch", region_name=REGION)
        ec2 = boto3.client("ec2", region_name=REGION)
        iam = boto3.client("iam", region_name=REGION)
        subnet = ec2.describe_subnets()["Subnets"][0]
        role = iam.create_role(RoleName="role", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        profile = iam.create_instance_profile(InstanceProfileName="profile")["InstanceProfile"]
        group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
        resources = {
            "type": "EC2",
            "minvCpus": 0,
            "maxvCpus": 4,
            "instanceTypes": ["c5.xlarge"],
            "subnets": [subnet["SubnetId"]],
            "securityGroupIds": [group],
            "instanceRole": profile["Arn"],
        }
        _provision(client, type="MANAGED", computeResources=resources, serviceRole=role)
        try:
            yield World(client, None)
        finally:
            os.environ.pop(MOTO_FAILS, None)


@contextmanager
def lean_moto_world() -> Iterator[World]:
    """Start moto with an unmanaged environment, for which it looks up only a role."""
    from moto import mock_aws

    with mock_aws(config=WITHOUT_DOCKER):
        client = boto3.client("batch", region_name=REGION)
        iam = boto3.client("iam", region_name=REGION)
        role = iam.create_role(RoleName="role", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        _provision(client, type="UNMANAGED", serviceRole=role)
        yield World(client, None)


@contextmanager
def batchmock_world() -> Iterator[World]:
    """Start batchmock with a queue and a job definition."""
    from batchmock import mock_batch

    with mock_batch(region=REGION) as mock:
        mock.provision(job_queue="queue", job_definition="definition", max_vcpus=4)
        yield World(boto3.client("batch"), mock)


def _provision(client: Any, **environment_of: Any) -> None:
    environment = client.create_compute_environment(
        computeEnvironmentName="environment", **environment_of
    )["computeEnvironmentArn"]
    client.create_job_queue(
        jobQueueName="queue",
        state="ENABLED",
        priority=1,
        computeEnvironmentOrder=[{"order": 1, "computeEnvironment": environment}],
    )
    client.register_job_definition(
        jobDefinitionName="definition", type="container", containerProperties=CONTAINER
    )
