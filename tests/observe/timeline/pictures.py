"""Mocks with jobs of every kind for the tests of drawings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest

from batchmock import (
    BatchMock,
    fail,
    hang,
    mock_batch,
    out_of_memory,
    reclaim_spot,
    succeed,
)

#: Text that must be escaped in XML and HTML.
NASTY = "<b>\"no\" & 'yes'</b>"


@contextmanager
def busy_mock() -> Iterator[BatchMock]:
    """Return a mock after two hours: retries, a chain, an array, many shards, nodes, a timeout, errors."""
    with mock_batch(region="us-east-1", start="2026-01-05T09:00:00Z", stage_seconds=20) as mock:
        client = boto3.client("batch")
        mock.provision(job_queue="queue", job_definition="step")
        _script(mock)
        polled = _submit(client)
        for _ in range(100):
            mock.tick(60)
            client.describe_jobs(jobs=[polled])
        with pytest.raises(client.exceptions.ClientException):
            client.describe_jobs(jobs=["?"] * 101)
        mock.tick(1200)
        yield mock


@contextmanager
def mock_with_lanes() -> Iterator[BatchMock]:
    """Yield a mock with two queues, of which one has two shares."""
    with mock_batch(region="us-east-1", start="2026-01-05T09:00:00Z") as mock:
        client = boto3.client("batch")
        mock.provision(job_queue="queue", job_definition="step")
        mock.provision(job_queue="fair", job_definition="step", shares={"a": 1, "b": 2})
        client.submit_job(jobName="first", jobQueue="queue", jobDefinition="step")
        for share in "bab":
            client.submit_job(
                jobName=share,
                jobQueue="fair",
                jobDefinition="step",
                shareIdentifier=share,
                schedulingPriorityOverride=1,
            )
        client.submit_job(jobName="last", jobQueue="queue", jobDefinition="step")
        mock.run()
        yield mock


@contextmanager
def mock_with_an_array() -> Iterator[BatchMock]:
    """Yield a mock with an array job of 10,000 children, of which six have failed at different times."""
    with mock_batch(region="us-east-1", start="2026-01-05T09:00:00Z") as mock:
        mock.provision(job_queue="queue", job_definition="step")
        mock.script("map", succeed(after=1000))
        for number in range(6):
            mock.script("map", fail(3, after=100 + 100 * number), array_index=1000 * number)
        boto3.client("batch").submit_job(
            jobName="map", jobQueue="queue", jobDefinition="step", arrayProperties={"size": 10_000}
        )
        mock.run()
        yield mock


def _script(mock: BatchMock) -> None:
    mock.script("extract", succeed(after=600))
    mock.script("train", out_of_memory(after=900), reclaim_spot(after=1500), succeed(after=3600))
    mock.script("map", succeed(after=700))
    for index in (3, 7, 17):
        mock.script("map", fail(3, after=500), array_index=index)
    for index in range(20, 50):
        mock.script("map", succeed(after=60 * index), array_index=index)
    mock.script("audit", hang())
    mock.script("shard-*", succeed(after=400))
    mock.script("shard-1?", succeed(after=1300))
    mock.script("shard-33", fail(1, after=200, reason=NASTY))
    mock.script("mpi", succeed(after=2400))
    mock.script("mpi", fail(9, after=1000), node_index=2)
    mock.hold("held-for-a-reason-and-with-a-very-long-name")


def _submit(client: Any) -> str:
    client.register_job_definition(
        jobDefinitionName="mpi",
        type="multinode",
        nodeProperties={
            "numNodes": 3,
            "mainNode": 0,
            "nodeRangeProperties": [
                {"targetNodes": "0:2", "container": {"image": "i", "vcpus": 1, "memory": 128}}
            ],
        },
    )

    def submit(name: str, *after: str, **members: Any) -> str:
        job_id: str = client.submit_job(
            jobName=name,
            jobQueue="queue",
            dependsOn=[{"jobId": other} for other in after],
            **{"jobDefinition": "step", **members},
        )["jobId"]
        return job_id

    extract = submit("extract")
    train = submit("train", extract, retryStrategy={"attempts": 4})
    array = submit("map", extract, arrayProperties={"size": 100})
    submit("reduce", array)
    submit("report", extract, train)
    submit("audit", timeout={"attemptDurationSeconds": 1800})
    for number in range(60):
        submit(f"shard-{number}")
    submit("mpi", jobDefinition="mpi")
    submit("held-for-a-reason-and-with-a-very-long-name")
    return train
