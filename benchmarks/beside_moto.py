"""
What batchmock does beside moto: `python benchmarks/beside_moto.py [rounds]`, with moto installed.

Moto is asked without Docker (`mock_aws(config={"batch": {"use_docker": False}})`), as batchmock has none
either. Three parts: which operations moto has a handler for, what a dozen small stories come to in each,
and what calls and a whole test take. docs/explanation/comparison.md has the results.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from statistics import median
from typing import Any, NamedTuple

import boto3
import botocore.session
import moto.batch.urls
from botocore.exceptions import ClientError
from measure import REGION, print_table, readable, seconds_of
from moto import mock_aws
from moto.batch.responses import BatchResponse

from batchmock import BatchMock, fail, hang, mock_batch, succeed

WITHOUT_DOCKER: Any = {"batch": {"use_docker": False}}
MOTO_FAILS = "MOTO_SIMPLE_BATCH_FAIL_AFTER"
SUBMIT = {"jobName": "job", "jobQueue": "queue", "jobDefinition": "definition"}
CONTAINER = {"image": "busybox", "vcpus": 1, "memory": 128, "command": ["true"]}


class World(NamedTuple):
    """One of the two: a client that it answers, and what a story may ask of it."""

    client: Any
    mock: BatchMock | None

    def let_all_fail(self) -> None:
        """Let every attempt fail: what moto can be told too."""
        if self.mock is None:
            os.environ[MOTO_FAILS] = "0"
        else:
            self.mock.script("*", fail(1))

    def run(self) -> None:
        """Let everything happen; with moto it has happened by then."""
        if self.mock is not None:
            self.mock.run()

    def submit(self, **more: Any) -> str:
        """Submit a job and give its id."""
        return str(self.client.submit_job(**{**SUBMIT, **more})["jobId"])

    def job(self, job_id: str) -> dict[str, Any]:
        """Describe a job."""
        (job,) = self.client.describe_jobs(jobs=[job_id])["jobs"]
        return dict(job)


@contextmanager
def moto_world() -> Iterator[World]:
    """Start moto, with a network and the roles that its Batch looks up, a queue and a definition."""
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
    """Start moto, with an unmanaged environment, for which it looks up no network and a role only."""
    with mock_aws(config=WITHOUT_DOCKER):
        client = boto3.client("batch", region_name=REGION)
        iam = boto3.client("iam", region_name=REGION)
        role = iam.create_role(RoleName="role", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        _provision(client, type="UNMANAGED", serviceRole=role)
        yield World(client, None)


@contextmanager
def batchmock_world() -> Iterator[World]:
    """Start batchmock, with a queue and a definition."""
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


# Operations


def operations_of_moto() -> set[str]:
    """Give the operations whose address moto routes to a method that it has."""
    model = botocore.session.get_session().get_service_model("batch")
    paths = [pattern.removeprefix("{0}") for pattern in moto.batch.urls.url_paths]
    return {
        name
        for name in model.operation_names
        if any(re.match(path, _address(model, name)) for path in paths)
        and hasattr(BatchResponse, _address(model, name).split("/")[2])
    }


def _address(model: Any, operation: str) -> str:
    return str(model.operation_model(operation).http["requestUri"]).replace("{resourceArn}", "arn")


# Stories: each gives, as a text, what the client sees at its end.


def just_submitted(world: World) -> str:
    """Describe a job right after it was submitted."""
    return str(world.job(world.submit())["status"])


def retried(world: World) -> str:
    """Submit a job that fails, with three attempts."""
    world.let_all_fail()
    job_id = world.submit(retryStrategy={"attempts": 3})
    world.run()
    job = world.job(job_id)
    exit_code = job["attempts"][-1]["container"].get("exitCode")
    return f"{job['status']}, attempts: {len(job['attempts'])}, exit code {exit_code}"


def retried_and_succeeds(world: World) -> str:
    """Let the first attempt fail and the second succeed."""
    if world.mock is None:
        return "no way to say so"
    world.mock.script("*", fail(1), succeed())
    job_id = world.submit(retryStrategy={"attempts": 3})
    world.run()
    job = world.job(job_id)
    return f"{job['status']}, attempts: {len(job['attempts'])}"


def timed_out(world: World) -> str:
    """Submit a job that takes longer than its timeout."""
    if world.mock is not None:
        world.mock.script("*", hang())
    job_id = world.submit(timeout={"attemptDurationSeconds": 60})
    world.run()
    job = world.job(job_id)
    return f"{job['status']}, {job.get('statusReason')}"


def too_large(world: World) -> str:
    """Ask for more vCPUs than the compute environment may have."""
    job_id = world.submit(
        containerOverrides={"resourceRequirements": [{"type": "VCPU", "value": "64"}]}
    )
    world.run()
    return str(world.job(job_id)["status"])


def one_bad_child(world: World) -> str:
    """Let one of three children of an array job fail."""
    if world.mock is None:
        job_id = world.submit(arrayProperties={"size": 3})
        return f"no way to say so; all succeed: {_summary(world.job(job_id))}"
    world.mock.script("*", fail(1), array_index=1)
    job_id = world.submit(arrayProperties={"size": 3})
    world.run()
    return _summary(world.job(job_id))


def _summary(job: dict[str, Any]) -> str:
    summary = job["arrayProperties"].get("statusSummary", {})
    ended = {status: summary[status] for status in ("SUCCEEDED", "FAILED") if status in summary}
    return f"{job['status']}, {ended}"


def multi_node(world: World) -> str:
    """Submit a multi-node job of two nodes and describe its second."""
    container = {"targetNodes": "0:1", "container": CONTAINER}
    nodes = {"numNodes": 2, "mainNode": 0, "nodeRangeProperties": [container]}
    world.client.register_job_definition(
        jobDefinitionName="nodes", type="multinode", nodeProperties=nodes
    )
    job_id = world.submit(jobDefinition="nodes")
    world.run()
    found = world.client.describe_jobs(jobs=[f"{job_id}#1"])["jobs"]
    return f"{world.job(job_id)['status']}, node 1: {found[0]['status'] if found else 'not found'}"


def dependent(world: World) -> str:
    """Let a job depend on one that fails."""
    world.let_all_fail()
    first = world.submit(jobName="first")
    second = world.submit(jobName="second", dependsOn=[{"jobId": first}])
    world.run()
    job = world.job(second)
    return f"{job['status']}, attempts: {len(job['attempts'])}"


def listed(world: World) -> str:
    """List the jobs of a queue without a status, once they have ended."""
    world.submit()
    world.run()
    return f"{len(world.client.list_jobs(jobQueue='queue')['jobSummaryList'])} jobs"


def paged(world: World) -> str:
    """Ask for pages of two, of five jobs."""
    for _ in range(5):
        world.submit()
    world.run()
    page = world.client.list_jobs(jobQueue="queue", jobStatus="SUCCEEDED", maxResults=2)
    more = "and more" if "nextToken" in page else "no more"
    return f"{len(page['jobSummaryList'])} jobs, {more}"


def refused(world: World) -> str:
    """Submit a job with a name that Batch refuses."""
    return _refusal(lambda: world.submit(jobName="a name!"))


def unknown_queue(world: World) -> str:
    """Submit a job to a queue that there is not."""
    return _refusal(lambda: world.submit(jobQueue="none"))


def _refusal(work: Callable[[], Any]) -> str:
    try:
        work()
    except ClientError as error:
        said = error.response["Error"]
        return f"{said['Code']}: {said['Message']}".split(", RequestId")[0]
    return "accepted"


STORIES: tuple[Callable[[World], str], ...] = (
    just_submitted,
    retried,
    retried_and_succeeds,
    timed_out,
    too_large,
    one_bad_child,
    multi_node,
    dependent,
    listed,
    paged,
    refused,
    unknown_queue,
)


def told(story: Callable[[World], str], world: Callable[[], Any]) -> str:
    """Give what a story comes to, or the error that ended it."""
    try:
        with world() as entered:
            return story(entered)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


# Times


def submit_one(world: World) -> None:
    """Submit a job."""
    world.client.submit_job(**SUBMIT)


def describe_one(world: World) -> Callable[[World], None]:
    """Make the call that describes one job."""
    ids = [world.submit()]
    world.run()
    return lambda world: world.client.describe_jobs(jobs=ids)


def list_hundred(world: World) -> Callable[[World], None]:
    """Make the call that lists a hundred jobs."""
    for _ in range(100):
        world.submit()
    world.run()
    return lambda world: world.client.list_jobs(jobQueue="queue", jobStatus="SUCCEEDED")


def whole_test(world: Callable[[], Any]) -> None:
    """Enter, set up, submit a job, let it end, look, leave."""
    with world() as entered:
        job_id = entered.submit()
        entered.run()
        assert entered.job(job_id)["status"] == "SUCCEEDED"


def times_of(world: Callable[[], Any], times: int) -> list[float]:
    """Give the seconds of each of the four, in one round."""
    taken = []
    for prepare in (lambda _: submit_one, describe_one, list_hundred):
        with world() as entered:
            work = prepare(entered)
            work(entered)
            taken.append(seconds_of(partial(work, entered), times))
    return [*taken, seconds_of(lambda: whole_test(world), 3)]


def main(rounds: int) -> None:
    """Print the three parts."""
    packages = ("moto", "boto3", "botocore", "batchmock")
    print(f"Python {sys.version.split()[0]}", *(f"{name} {version(name)}" for name in packages))
    operations = operations_of_moto()
    print(f"{len(operations)} operations of moto: {', '.join(sorted(operations))}\n")
    for story in STORIES:
        print(story.__doc__)
        print(f"  moto       {told(story, moto_world)}")
        print(f"  batchmock  {told(story, batchmock_world)}")
    print()
    worlds = (lean_moto_world, batchmock_world)
    rounds_of = [[times_of(world, 50) for world in worlds] for _ in range(rounds)]
    rows = []
    for place, name in enumerate(("SubmitJob", "DescribeJobs, 1", "ListJobs, 100", "whole test")):
        ours, theirs = (median(each[side][place] for each in rounds_of) for side in (1, 0))
        rows.append([name, readable(theirs), readable(ours), f"{theirs / ours:.1f}"])
    print_table("Times", ["what", "moto", "batchmock", "ratio"], rows)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
