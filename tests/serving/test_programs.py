"""Programs in other languages, configured only through environment variables."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchmock import BatchMock, fail, lost_reply, mock_batch, throttled
from batchmock.serving import Server

#: Programs found on the path, or at the location in these variables.
AWS = os.environ.get("BATCHMOCK_TEST_AWS_CLI") or shutil.which("aws")
NODE = shutil.which("node")
#: A folder in which `npm install @aws-sdk/client-batch @aws-sdk/client-ecs @aws-sdk/client-ec2` has been run.
JAVASCRIPT = os.environ.get("BATCHMOCK_TEST_JAVASCRIPT")

SUBMIT = """
import boto3, sys
batch = boto3.client("batch")
job = batch.submit_job(jobName=sys.argv[1], jobQueue="queue", jobDefinition="definition")["jobId"]
while True:
    (found,) = batch.describe_jobs(jobs=[job])["jobs"]
    if found["status"] in ("SUCCEEDED", "FAILED"):
        print(found["status"])
        break
"""

JAVASCRIPT_PROGRAM = """
import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeTasksCommand, ECSClient } from "@aws-sdk/client-ecs";
import { BatchClient, SubmitJobCommand, DescribeJobsCommand } from "@aws-sdk/client-batch";
const batch = new BatchClient({});
const job = { jobName: "js", jobQueue: "queue", jobDefinition: "definition" };
const { jobId } = await batch.send(new SubmitJobCommand(job));
let found;
do {
  found = (await batch.send(new DescribeJobsCommand({ jobs: [jobId] }))).jobs[0];
} while (!["SUCCEEDED", "FAILED"].includes(found.status));
console.log(found.status, found.container.exitCode);
const { taskArn } = found.container;
const cluster = taskArn.split("/")[1];
const { tasks } = await new ECSClient({}).send(new DescribeTasksCommand({ cluster, tasks: [taskArn] }));
const { Reservations } = await new EC2Client({}).send(new DescribeInstancesCommand({}));
console.log(tasks[0].lastStatus, tasks[0].stoppedAt instanceof Date, Reservations.length);
try {
  await batch.send(new SubmitJobCommand({ ...job, jobQueue: "other" }));
} catch (error) {
  console.log(error.name, error.message);
}
"""


@pytest.fixture
def mock() -> Iterator[BatchMock]:
    """A mock whose clock moves at each poll of a job."""
    with mock_batch(region="eu-west-1", advance="poll") as mock:
        mock.provision(job_queue="queue", job_definition="definition")
        yield mock


@pytest.fixture
def server(mock: BatchMock) -> Iterator[Server]:
    """A server of the mock."""
    with mock.serve() as server:
        yield server


def environment(server: Server) -> dict[str, str]:
    """Return the environment variables with which a program finds the server."""
    return {**os.environ, **server.environment, "PYTHONWARNINGS": "ignore"}


def test_eight_processes_at_once(server: Server, mock: BatchMock) -> None:
    """Eight programs submit and wait concurrently, and each sees its job end."""
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", SUBMIT, f"job-{number}"],
            env=environment(server),
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(8)
    ]
    assert [program.communicate(timeout=120)[0] for program in programs] == ["SUCCEEDED\n"] * 8
    assert {job.name for job in mock.jobs} == {f"job-{number}" for number in range(8)}


def test_the_retries_of_another_program(server: Server, mock: BatchMock) -> None:
    """Faults are retried by the SDK of the other program."""
    mock.inject("SubmitJob", throttled())
    mock.inject("SubmitJob", lost_reply())
    done = subprocess.run(
        [sys.executable, "-c", SUBMIT, "job"],
        env=environment(server),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout == "SUCCEEDED\n"
    assert [call.try_number for call in mock.calls.of("SubmitJob")] == [1, 2, 3]


@pytest.mark.skipif(AWS is None, reason="the AWS CLI is not installed")
def test_the_aws_cli(server: Server, mock: BatchMock) -> None:
    """The AWS CLI submits a job and describes it after the test has moved the clock."""
    assert AWS is not None

    def aws(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [AWS, *arguments, "--output", "json"],
            env=environment(server),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    names = ("--job-name", "cli", "--job-queue", "queue", "--job-definition", "definition")
    job_id = json.loads(aws("batch", "submit-job", *names).stdout)["jobId"]
    mock.run()
    described = json.loads(aws("batch", "describe-jobs", "--jobs", job_id).stdout)
    refused = aws("batch", "describe-jobs", "--jobs", job_id, "--region", "us-west-2")
    streams = aws("logs", "describe-log-streams", "--log-group-name", "/aws/batch/job")
    cluster = described["jobs"][0]["container"]["taskArn"].split("/")[1]
    tasks = aws("ecs", "list-tasks", "--cluster", cluster, "--desired-status", "STOPPED")
    instances = aws("ec2", "describe-instances", "--query", "Reservations[].Instances[].InstanceId")
    assert described["jobs"][0]["status"] == "SUCCEEDED"
    assert json.loads(tasks.stdout)["taskArns"] == [described["jobs"][0]["container"]["taskArn"]]
    assert json.loads(instances.stdout) == [host.instance_id for host in mock.hosts]
    assert json.loads(refused.stdout) == {"jobs": []}
    assert len(json.loads(streams.stdout)["logStreams"]) == 1


@pytest.mark.skipif(NODE is None or JAVASCRIPT is None, reason="the SDK is not installed")
def test_javascript(server: Server, mock: BatchMock) -> None:
    """A program with the AWS SDK for JavaScript waits for its job and gets a modeled error."""
    assert NODE is not None
    assert JAVASCRIPT is not None
    program = Path(JAVASCRIPT) / "batchmock_test.mjs"
    program.write_text(JAVASCRIPT_PROGRAM, encoding="utf-8")
    mock.script("js", fail(3))
    done = subprocess.run(
        [NODE, program],
        env=environment(server),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout == (
        "FAILED 3\nSTOPPED true 1\nClientException JobQueue other not found.\n"
    ), done.stderr
