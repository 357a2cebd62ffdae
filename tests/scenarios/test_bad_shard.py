"""One bad shard of an array is found and run again."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from batchmock import BatchMock, fail, out_of_memory, succeed

# The code under test, as a project would write it.


def batch() -> Any:
    """Return a client of AWS Batch."""
    return boto3.client("batch", region_name="us-east-1")


def submit_map(size: int, shards: list[int] | None = None) -> str:
    """Submit one child for each shard, or for each of the given shards."""
    environment = []
    if shards is not None:
        environment = [{"name": "SHARDS", "value": ",".join(map(str, shards))}]
        size = len(shards)
    request: dict[str, Any] = {
        "jobName": "map",
        "jobQueue": "q",
        "jobDefinition": "jd",
        "containerOverrides": {"environment": environment},
    }
    if size > 1:
        request["arrayProperties"] = {"size": size}
    job_id: str = batch().submit_job(**request)["jobId"]
    return job_id


def find_failed(parent: str) -> dict[int, int | None]:
    """Return the exit codes of the failed children by index."""
    pages = batch().get_paginator("list_jobs").paginate(arrayJobId=parent, jobStatus="FAILED")
    return {
        entry["arrayProperties"]["index"]: entry["container"].get("exitCode")
        for page in pages
        for entry in page["jobSummaryList"]
    }


def progress(parent: str) -> str:
    """Return the progress of an array job."""
    (job,) = batch().describe_jobs(jobs=[parent])["jobs"]
    counts = job["arrayProperties"]["statusSummary"]
    ended = counts["SUCCEEDED"] + counts["FAILED"]
    return f"{ended}/{job['arrayProperties']['size']}, {counts['FAILED']} failed"


# The tests.


@pytest.fixture(autouse=True)
def _resources(batch_mock: BatchMock) -> None:
    batch_mock.provision(job_queue="q", job_definition="jd")


def test_one_bad_shard(batch_mock: BatchMock) -> None:
    """A single failed child fails the array job, and ListJobs identifies it."""
    batch_mock.script("map", fail(1), array_index=7)
    parent = submit_map(size=100)
    batch_mock.run()
    assert batch_mock.job(parent).status == "FAILED"
    assert find_failed(parent) == {7: 1}


def test_many_bad_shards(batch_mock: BatchMock) -> None:
    """Failed children on several pages are all found."""
    batch_mock.script("map", out_of_memory())
    batch_mock.script("map", succeed(), array_index=3)
    parent = submit_map(size=2500)
    batch_mock.run()
    failed = find_failed(parent)
    assert sorted(failed) == [index for index in range(2500) if index != 3]
    assert set(failed.values()) == {137}


def test_progress(batch_mock: BatchMock) -> None:
    """While children run, the parent is PENDING and its summary shows the progress."""
    batch_mock.script("map", succeed(after=60))
    batch_mock.script("map", fail(1, after=30), array_index=7)
    parent = submit_map(size=10)
    seen = []
    for _ in range(3):
        batch_mock.tick(30)
        seen.append((batch_mock.job(parent).status, progress(parent)))
    assert seen == [
        ("PENDING", "0/10, 0 failed"),
        ("PENDING", "1/10, 1 failed"),
        ("FAILED", "10/10, 1 failed"),
    ]


def test_run_again(batch_mock: BatchMock) -> None:
    """Only the bad shards are submitted again: one as a plain job, several as an array."""
    batch_mock.script("map", fail(1), array_index=7)
    first = submit_map(size=100)
    batch_mock.run()
    again = submit_map(size=100, shards=sorted(find_failed(first)))
    batch_mock.run()
    job = batch_mock.job(again)
    assert (job.status, job.environment, len(job.children)) == ("SUCCEEDED", {"SHARDS": "7"}, 0)
