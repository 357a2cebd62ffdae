"""A workflow engine in a process of its own: its jobs run here, and share files through S3."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from batchmock import BatchMock, CallContext, call, lost_reply, mock_batch, reclaim_spot, throttled
from batchmock.serving import Server

pytest.importorskip("moto.server")
moto_server: Any = pytest.importorskip("moto.moto_server.threaded_moto_server")

REGION = "us-east-1"
KEYS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}

#: The program: it submits a head job and waits for it. Like Nextflow, it reads the exit code of a job from S3,
#: asks for its host, and submits a failed job again.
ENGINE = """
import boto3, sys, time

batch, s3 = boto3.client("batch"), boto3.client("s3")
ecs, ec2 = boto3.client("ecs"), boto3.client("ec2")

def submit(name):
    return batch.submit_job(jobName=name, jobQueue="queue", jobDefinition="task")["jobId"]

def wait(job_id):
    while True:
        (job,) = batch.describe_jobs(jobs=[job_id])["jobs"]
        if job["status"] in ("SUCCEEDED", "FAILED"):
            return job

def host(job):
    task = job["container"]["taskArn"]
    cluster = task.split("/")[1]
    arn = ecs.describe_tasks(cluster=cluster, tasks=[task])["tasks"][0]["containerInstanceArn"]
    found = ecs.describe_container_instances(cluster=cluster, containerInstances=[arn])
    if found["failures"]:
        return found["failures"][0]["reason"]
    instance = found["containerInstances"][0]["ec2InstanceId"]
    (item,) = ec2.describe_instances(InstanceIds=[instance])["Reservations"]
    return item["Instances"][0]["InstanceType"]

def text(key):
    return s3.get_object(Bucket="work", Key=key)["Body"].read().decode()

head = wait(submit("head"))
names = text("samples").split()
jobs = {name: submit(name) for name in names}
for name in names:
    job = wait(jobs[name])
    if job["status"] == "FAILED":
        print(name, "again, its host was", host(job))
        job = wait(submit(f"{name}-again"))
    print(job["jobName"], job["status"], host(job), text(job["jobName"] + ".exit"))
"""


@pytest.fixture
def s3() -> Iterator[str]:
    """The URL of moto's server, which has the bucket `work`."""
    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    url = f"http://127.0.0.1:{port}"
    boto3.client("s3", REGION, endpoint_url=url, **KEYS).create_bucket(Bucket="work")
    yield url
    server.stop()
    # moto leaves the socket open.
    server._server.server_close()


@pytest.fixture
def mock() -> Iterator[BatchMock]:
    """A mock whose clock moves at each look at a job."""
    with mock_batch(region=REGION, advance="poll") as mock:
        mock.provision(
            job_queue="queue", job_definition="task", max_vcpus=8, instance_types=["m5.large"]
        )
        yield mock


@pytest.fixture
def server(mock: BatchMock) -> Iterator[Server]:
    """A server of the mock."""
    with mock.serve() as server:
        yield server


def run_engine(server: Server, s3_url: str, tmp_path: Path) -> str:
    """Run the program to its end and return what it printed."""
    program = tmp_path / "engine.py"
    program.write_text(ENGINE, encoding="utf-8")
    environment = {
        **os.environ,
        **server.environment,
        "AWS_ENDPOINT_URL_S3": s3_url,
        "PYTHONWARNINGS": "ignore",
    }
    done = subprocess.run(
        [sys.executable, program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_head_job_and_workers(mock: BatchMock, server: Server, s3: str, tmp_path: Path) -> None:
    """The engine goes through retries, a lost host and its own recovery to the end of all tasks."""

    def put(key: str, body: str) -> None:
        client = boto3.client("s3", REGION, endpoint_url=s3, **KEYS)
        client.put_object(Bucket="work", Key=key, Body=body.encode())

    def work(context: CallContext) -> None:
        put(f"{context.job_name}.exit", f"0 on attempt {context.attempt}")

    mock.script("*", call(work))
    mock.script("head", call(lambda _: put("samples", "a b c")))
    mock.script("b", reclaim_spot())
    mock.inject("SubmitJob", throttled())
    mock.inject("DescribeJobs", lost_reply())
    assert run_engine(server, s3, tmp_path).splitlines() == [
        "a SUCCEEDED m5.large 0 on attempt 1",
        "b again, its host was MISSING",
        "b-again SUCCEEDED m5.large 0 on attempt 1",
        "c SUCCEEDED m5.large 0 on attempt 1",
    ]
    assert [job.name for job in mock.jobs] == ["head", "a", "b", "c", "b-again"]
