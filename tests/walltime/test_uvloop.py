"""Sleeps in the loops of uvloop, which keep a clock of their own."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from subprocess import PIPE
from typing import Any

import boto3
import pytest

from batchmock import BatchMock, StuckError, call, hang, succeed

from ..builders import START_MS, provisioned_mock, status_of, submit

uvloop = pytest.importorskip("uvloop")


def run(main: Callable[[], Awaitable[Any]]) -> Any:
    """Run a coroutine function in a new loop."""
    loop = uvloop.new_event_loop()
    try:
        return loop.run_until_complete(main())
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def seconds(batch_mock: BatchMock) -> float:
    """Return the simulated seconds since the start."""
    return (batch_mock.clock.epoch_ms - START_MS) / 1000


def test_polls_in_a_pool(batch_mock: BatchMock, client: Any) -> None:
    """Results of a pool reach the loop before time moves to the next wake-up."""

    async def poll(every: int) -> list[float]:
        times = []
        for _ in range(60 // every):
            await asyncio.sleep(every)
            await asyncio.to_thread(client.describe_job_queues)
            times.append(seconds(batch_mock) % 60 or 60)
        return times

    async def main() -> list[list[float]]:
        return await asyncio.gather(*map(poll, (10, 15, 20)))

    for _ in range(40):
        assert run(main) == [
            [10, 20, 30, 40, 50, 60],
            [15, 30, 45, 60],
            [20, 40, 60],
        ]


def test_sleeps_in_a_pool(batch_mock: BatchMock) -> None:
    """A loop that only waits for its pool holds nothing up."""

    async def main() -> None:
        await asyncio.gather(*(asyncio.to_thread(time.sleep, length) for length in (5, 9)))

    run(main)

    assert seconds(batch_mock) == 9


def test_beside_a_thread(batch_mock: BatchMock, client: Any) -> None:
    """A loop and a thread sleep at the same simulated time."""
    beats: list[float] = []

    def beat() -> None:
        for _ in range(100):
            time.sleep(7)
            client.describe_job_queues()
            beats.append(seconds(batch_mock))

    async def main() -> list[float]:
        times = []
        for _ in range(100):
            await asyncio.sleep(5)
            times.append(seconds(batch_mock))
        return times

    thread = threading.Thread(target=beat)
    thread.start()
    times = run(main)
    thread.join()

    assert times == [5 * (number + 1) for number in range(100)]
    assert beats == [7 * (number + 1) for number in range(100)]


def test_a_loop_in_a_function_of_a_job(batch_mock: BatchMock, client: Any) -> None:
    """The attempt of a function lasts as long as its loop sleeps."""

    def head(context: object) -> None:
        async def main() -> None:
            own = boto3.client("batch", region_name="us-east-1")
            step = submit(own, "step")
            while status_of(own, step) != "SUCCEEDED":
                await asyncio.sleep(60)

        run(main)

    batch_mock.script("head", call(head))
    batch_mock.script("step", succeed(after=600))
    head_id = submit(client, "head")
    batch_mock.run()

    attempt = batch_mock.job(head_id).attempts[0]
    assert batch_mock.job(head_id).status == "SUCCEEDED"
    assert (attempt.stopped_at - attempt.started_at).total_seconds() == 660


def test_a_cancelled_sleep(batch_mock: BatchMock) -> None:
    """Time does not move to the end of a sleep that was cancelled."""

    async def main() -> None:
        task = asyncio.ensure_future(asyncio.sleep(3600))
        await asyncio.sleep(5)
        task.cancel()
        await asyncio.sleep(5)

    run(main)

    assert seconds(batch_mock) == 10


def test_a_shorter_sleep_that_begins_later(batch_mock: BatchMock) -> None:
    """A sleep that begins later and ends earlier comes first."""

    async def main() -> list[str]:
        ends: list[str] = []

        async def sleep(name: str, length: int) -> None:
            await asyncio.sleep(length)
            ends.append(name)

        long = asyncio.ensure_future(sleep("long", 60))
        await asyncio.sleep(0)
        await sleep("short", 10)
        await long
        return ends

    assert run(main) == ["short", "long"]
    assert seconds(batch_mock) == 60


def test_an_endless_wait() -> None:
    """A coroutine that waits for a job that never ends gets the error."""
    with provisioned_mock(advance="sleep", stuck_after=100) as (batch_mock, client):
        batch_mock.script(hang())
        job_id = submit(client)

        async def main() -> None:
            while status_of(client, job_id) != "SUCCEEDED":
                await asyncio.sleep(60)

        with pytest.raises(StuckError, match="waits in vain"):
            run(main)


def test_a_loop_that_outlives_the_mock() -> None:
    """Sleeps that have not ended when the mock ends return."""

    async def main() -> str:
        with provisioned_mock(advance="sleep"):
            task = asyncio.ensure_future(asyncio.sleep(10**6, "done"))
            await asyncio.sleep(1)
        return await task

    assert run(main) == "done"


def test_results_of_other_threads(batch_mock: BatchMock, client: Any) -> None:
    """A loop in another thread receives coroutines and callbacks before time moves."""
    loop = uvloop.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def step(length: int) -> float:
        await asyncio.sleep(length)
        await asyncio.get_running_loop().run_in_executor(None, client.describe_job_queues)
        return seconds(batch_mock)

    client.describe_job_queues()
    ends = [
        asyncio.run_coroutine_threadsafe(step(10), loop).result(timeout=3600) for _ in range(40)
    ]
    asyncio.run_coroutine_threadsafe(loop.shutdown_default_executor(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()

    assert ends == [10 * (number + 1) for number in range(40)]


def test_a_child_process_holds_time(batch_mock: BatchMock) -> None:
    """Time stands still while a loop waits for a child process."""

    async def main() -> bytes:
        beat = asyncio.ensure_future(asyncio.sleep(3600))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-S", "-c", "import time; time.sleep(0.2); print(5)", stdout=PIPE
        )
        output, _ = await process.communicate()
        before = seconds(batch_mock)
        beat.cancel()
        assert before == 0
        return output

    assert run(main).strip() == b"5"
