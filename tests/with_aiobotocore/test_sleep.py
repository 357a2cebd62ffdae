from __future__ import annotations

import asyncio
from typing import Any

import pytest
from botocore.waiter import WaiterModel

from batchmock import BatchMock, mock_batch, succeed

get_session: Any = pytest.importorskip("aiobotocore.session").get_session
waiters: Any = pytest.importorskip("aiobotocore.waiter")

POLL_SECONDS = 30


async def run_one(client: Any, n: int) -> str:
    """Submit a job and poll until it ends."""
    job_id = (
        await client.submit_job(
            jobName=f"job-{n}", jobQueue="job-queue", jobDefinition="job-definition"
        )
    )["jobId"]
    while True:
        (job,) = (await client.describe_jobs(jobs=[job_id]))["jobs"]
        if job["status"] in ("SUCCEEDED", "FAILED"):
            return str(job["status"])
        await asyncio.sleep(POLL_SECONDS)


@mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z", advance="sleep")
async def test_pollers_at_once(batch_mock: BatchMock) -> None:
    """Twenty concurrent pollers take the simulated time of one, and wake in a deterministic order."""
    batch_mock.provision()
    batch_mock.script("*", succeed(after=3600))
    start = batch_mock.clock.epoch_ms

    async with get_session().create_client("batch") as client:
        statuses = await asyncio.gather(*(run_one(client, n) for n in range(20)))

    assert statuses == ["SUCCEEDED"] * 20
    polls = -(-3603 // POLL_SECONDS)
    assert batch_mock.clock.epoch_ms - start == polls * POLL_SECONDS * 1000
    assert batch_mock.calls.count("DescribeJobs") == 20 * (polls + 1)


@mock_batch(region="us-east-1", advance="sleep")
async def test_timeout(batch_mock: BatchMock) -> None:
    """`asyncio.wait_for` around a poller times out in simulated time."""
    batch_mock.provision()
    batch_mock.script("*", succeed(after=3600))
    start = batch_mock.clock.epoch_ms
    async with get_session().create_client("batch") as client:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(run_one(client, 0), timeout=100)
    assert batch_mock.clock.epoch_ms - start == 100_000


WAITER = {
    "version": 2,
    "waiters": {
        "JobsEnded": {
            "operation": "DescribeJobs",
            "delay": 60,
            "maxAttempts": 100,
            "acceptors": [
                {
                    "matcher": "pathAll",
                    "argument": "jobs[].status",
                    "expected": "SUCCEEDED",
                    "state": "success",
                },
                {
                    "matcher": "pathAny",
                    "argument": "jobs[].status",
                    "expected": "FAILED",
                    "state": "failure",
                },
            ],
        }
    },
}


@mock_batch(region="us-east-1", advance="sleep")
async def test_waiter_of_the_users_own(batch_mock: BatchMock) -> None:
    """A user-defined waiter waits in simulated time."""
    batch_mock.provision()
    batch_mock.script("*", succeed(after=1800))
    async with get_session().create_client("batch") as client:
        reply = await client.submit_job(
            jobName="job", jobQueue="job-queue", jobDefinition="job-definition"
        )
        waiter = waiters.create_waiter_with_client("JobsEnded", WaiterModel(WAITER), client)
        await waiter.wait(jobs=[reply["jobId"]])
    assert batch_mock.jobs.only().status == "SUCCEEDED"
    assert batch_mock.calls.count("DescribeJobs") == 32
