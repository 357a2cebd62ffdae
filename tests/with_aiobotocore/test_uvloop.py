"""Pollers with aiobotocore in the loops of uvloop, which keep a clock of their own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import Any

import pytest

from batchmock import BatchMock, fail, mock_batch, succeed

get_session: Any = pytest.importorskip("aiobotocore.session").get_session
uvloop: Any = pytest.importorskip("uvloop")


def run(main: Awaitable[Any]) -> Any:
    """Run a coroutine in a new loop."""
    loop = uvloop.new_event_loop()
    try:
        return loop.run_until_complete(main)
    finally:
        loop.close()


async def submit_and_wait(client: Any, name: str, every: float) -> tuple[str, float]:
    """Return the last status of a job, and how long it took, in seconds."""
    reply = await client.submit_job(
        jobName=name,
        jobQueue="job-queue",
        jobDefinition="job-definition",
        retryStrategy={"attempts": 2},
    )
    while True:
        (job,) = (await client.describe_jobs(jobs=[reply["jobId"]]))["jobs"]
        if job["status"] in ("SUCCEEDED", "FAILED"):
            return job["status"], (job["stoppedAt"] - job["createdAt"]) / 1000
        await asyncio.sleep(every)


def calls_in_time(batch_mock: BatchMock) -> list[tuple[str, int]]:
    """Return the name of each call and when it arrived, in milliseconds."""
    return [(call.operation, call.at_ms) for call in batch_mock.calls]


def test_pollers_of_different_pace() -> None:
    """Pollers see the same in each of many runs, each at its own pace."""
    # Most of the time of a run would go into loading the models of another session.
    session = get_session()

    async def main() -> list[tuple[str, float]]:
        async with session.create_client("batch") as client:
            return await asyncio.gather(
                submit_and_wait(client, "retried", 30),
                submit_and_wait(client, "long", 455.5),
                submit_and_wait(client, "failed", 1),
            )

    seen = []
    for _ in range(10):
        with mock_batch(
            region="us-east-1", start="2026-01-02T03:04:05Z", advance="sleep"
        ) as batch_mock:
            batch_mock.provision()
            batch_mock.script("retried", fail(after=100), succeed(after=50))
            batch_mock.script("long", succeed(after=3600))
            batch_mock.script("failed", fail(1, after=10), fail(2, after=10))
            assert run(main()) == [("SUCCEEDED", 155), ("SUCCEEDED", 3603), ("FAILED", 25)]
            seen.append(calls_in_time(batch_mock))
    assert all(calls == seen[0] for calls in seen)


@mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z", advance="sleep")
def test_sleeps_in_a_pool_beside_a_poller(batch_mock: BatchMock) -> None:
    """A thread of the loop's pool sleeps in simulated time, beside a poller."""
    batch_mock.provision()
    batch_mock.script("job", succeed(after=600))
    start = batch_mock.clock.epoch_ms

    async def main() -> tuple[str, float]:
        async with get_session().create_client("batch") as client:
            ended, _ = await asyncio.gather(
                submit_and_wait(client, "job", 60), asyncio.to_thread(time.sleep, 3600)
            )
            return ended

    assert run(main()) == ("SUCCEEDED", 603)
    assert batch_mock.clock.epoch_ms - start == 3_600_000
