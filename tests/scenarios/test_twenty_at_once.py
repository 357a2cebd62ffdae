"""Twenty coroutines that poll concurrently take the time of one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from batchmock import BatchMock, mock_batch, succeed


async def run_one(client: Any, number: int) -> str:
    """Submit a job, poll it every half minute until it has ended, and return its status."""
    reply = client.submit_job(jobName=f"job-{number}", jobQueue="q", jobDefinition="jd")
    while True:
        status: str = client.describe_jobs(jobs=[reply["jobId"]])["jobs"][0]["status"]
        if status in ("SUCCEEDED", "FAILED"):
            return status
        await asyncio.sleep(30)


async def run_all() -> list[str]:
    """Run twenty jobs concurrently."""
    client = boto3.client("batch")
    return await asyncio.gather(*(run_one(client, number) for number in range(20)))


@pytest.fixture
def batch_mock() -> Iterator[BatchMock]:
    """A mock whose clock `asyncio.sleep` moves."""
    with mock_batch(region="us-east-1", advance="sleep") as mock:
        mock.provision(job_queue="q", job_definition="jd")
        yield mock


def test_twenty_at_once(batch_mock: BatchMock) -> None:
    """Twenty ten-minute jobs, polled concurrently every half minute, take ten and a half minutes."""
    batch_mock.script(succeed(after=600))
    before = batch_mock.clock.now

    assert asyncio.run(run_all()) == ["SUCCEEDED"] * 20
    assert (batch_mock.clock.now - before).total_seconds() == 630
