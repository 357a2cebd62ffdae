from __future__ import annotations

import asyncio
import sys
import threading
import time
import unittest
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import anyio
import pytest

from batchmock import BatchMock, call, hang, mock_batch, succeed

from ..builders import START_MS, provisioned_mock, status_of, submit
from .polling import submit_and_wait, submit_and_wait_async

Result = TypeVar("Result")

INSTANT = 1_000_000
"""Simulated seconds that no test could wait for."""


def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine in a new event loop."""
    return asyncio.run(coroutine)


def test_sleep_moves_the_clock(batch_mock: BatchMock, client: Any) -> None:
    """A coroutine that polls waits in simulated time."""
    batch_mock.script(succeed(after=3600))
    status = run(submit_and_wait_async(client, poll_every=60))

    assert status == "SUCCEEDED"
    assert batch_mock.sleeps == [60] * 61
    assert batch_mock.clock.epoch_ms == START_MS + 61 * 60_000


def test_twenty_pollers_take_the_time_of_one(batch_mock: BatchMock, client: Any) -> None:
    """Tasks sleep concurrently: a round of polls of 30 seconds takes 30 seconds."""
    batch_mock.script(succeed(after=90))

    async def main() -> list[str]:
        jobs = (submit_and_wait_async(client, f"job-{number}") for number in range(20))
        return await asyncio.gather(*jobs)

    assert run(main()) == ["SUCCEEDED"] * 20
    assert batch_mock.clock.epoch_ms == START_MS + 120_000
    assert batch_mock.sleeps == [30] * 80


def test_tasks_wake_in_the_order_of_their_times(batch_mock: BatchMock) -> None:
    """The task with the shorter sleep wakes first, at its own instant."""
    woken = []

    async def nap(seconds: float) -> None:
        await asyncio.sleep(seconds)
        woken.append((seconds, batch_mock.clock.epoch_ms - START_MS))

    async def main() -> None:
        await asyncio.gather(nap(3), nap(0.001), nap(86_400 * 3), nap(2.5))

    run(main())

    assert woken == [(0.001, 1), (2.5, 2500), (3, 3000), (86_400 * 3, 86_400_000 * 3)]


def test_wait_for(batch_mock: BatchMock, client: Any) -> None:
    """A timeout around a simulated wait fires at its simulated time."""
    batch_mock.script(succeed(after=7200))

    async def main() -> None:
        await asyncio.wait_for(submit_and_wait_async(client), timeout=3600)

    with pytest.raises(asyncio.TimeoutError):
        run(main())
    assert batch_mock.clock.epoch_ms == START_MS + 3_600_000


@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.timeout is of Python 3.11")
def test_timeout(batch_mock: BatchMock, client: Any) -> None:
    """`asyncio.timeout` fires at its simulated time, and not before an operation that ends earlier."""
    batch_mock.script("long", hang())

    async def main() -> None:
        async with asyncio.timeout(600):
            assert await submit_and_wait_async(client, "short") == "SUCCEEDED"
        async with asyncio.timeout(600):
            await submit_and_wait_async(client, "long")

    with pytest.raises(TimeoutError):
        run(main())
    assert batch_mock.clock.epoch_ms == START_MS + 630_000


def test_call_later(batch_mock: BatchMock) -> None:
    """`call_later` callbacks run at their simulated time."""

    async def main() -> int:
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        before = loop.time()
        loop.call_later(60, future.set_result, None)
        await future
        assert loop.time() - before == pytest.approx(60)
        return batch_mock.clock.epoch_ms

    assert run(main()) == START_MS + 60_000
    assert batch_mock.sleeps == []


@pytest.mark.parametrize("seconds", [0, -1, 0.0])
def test_nothing_to_sleep(batch_mock: BatchMock, seconds: float) -> None:
    """A sleep of zero or less lets other tasks run and does not move the clock."""
    assert run(asyncio.sleep(seconds, "result")) == "result"
    assert batch_mock.sleeps == []
    assert batch_mock.clock.epoch_ms == START_MS


def test_result(batch_mock: BatchMock) -> None:
    """`asyncio.sleep` returns its `result` argument."""
    assert run(asyncio.sleep(5, "result")) == "result"


def test_cancelled_sleep(batch_mock: BatchMock) -> None:
    """A cancelled sleep ends at once."""

    async def main() -> None:
        task = asyncio.create_task(asyncio.sleep(INSTANT))
        await asyncio.sleep(5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())

    assert batch_mock.clock.epoch_ms == START_MS + 5000


def test_mock_inside_a_running_loop(batch_mock: BatchMock) -> None:
    """A loop that is already running when a mock starts is in simulated time until the mock ends."""
    batch_mock.stop()

    async def main() -> float:
        loop = asyncio.get_running_loop()
        before = loop.time()
        async with mock_batch(advance="sleep") as inner:
            await asyncio.wait_for(asyncio.sleep(INSTANT), INSTANT + 1)
            assert inner.sleeps == [INSTANT]
        assert "time" not in vars(loop)
        return loop.time() - before

    assert run(main()) < INSTANT / 2
    batch_mock.start()


def test_plans_outlive_the_mock() -> None:
    """Callbacks still scheduled when the mock ends run after the same delay in real time."""

    async def main() -> None:
        with mock_batch(advance="sleep"):
            task = asyncio.create_task(asyncio.sleep(INSTANT + 0.005))
            await asyncio.sleep(INSTANT)
        await asyncio.wait_for(task, 30)

    run(main())


def test_loop_from_before_the_mock(client: Any, batch_mock: BatchMock) -> None:
    """A loop created before the mock and running during and after it is restored."""
    loop = asyncio.new_event_loop()
    selector, resolution = loop._selector, loop._clock_resolution  # type: ignore[attr-defined]
    try:
        with mock_batch(advance="sleep") as inner:
            loop.run_until_complete(asyncio.sleep(INSTANT))
        batch_mock.stop()
        assert inner.sleeps == [INSTANT]
        assert "time" not in vars(loop)
        assert "select" not in vars(selector)
        assert loop._clock_resolution == resolution  # type: ignore[attr-defined]
        loop.run_until_complete(asyncio.sleep(0.001))
    finally:
        loop.close()
        batch_mock.start()


def test_loops_in_two_threads(batch_mock: BatchMock, client: Any) -> None:
    """Loops in several threads sleep concurrently too."""
    batch_mock.script(succeed(after=90))
    statuses: list[str] = []

    def poll(name: str) -> None:
        statuses.append(run(submit_and_wait_async(client, name)))

    threads = [threading.Thread(target=poll, args=(f"job-{number}",)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == ["SUCCEEDED"] * 2
    assert batch_mock.clock.epoch_ms == START_MS + 120_000


def test_threads_of_a_loop(batch_mock: BatchMock, client: Any) -> None:
    """Code that polls with `time.sleep` in `asyncio.to_thread` sleeps concurrently with the loop's tasks."""
    batch_mock.script(succeed(after=90))

    async def main() -> list[str]:
        return await asyncio.gather(
            asyncio.to_thread(submit_and_wait, client, "job-0"),
            asyncio.to_thread(submit_and_wait, client, "job-1"),
            submit_and_wait_async(client, "job-2"),
        )

    assert run(main()) == ["SUCCEEDED"] * 3
    assert batch_mock.clock.epoch_ms == START_MS + 120_000


def test_a_loop_that_ends_waits_for_its_threads(batch_mock: BatchMock) -> None:
    """A thread that is still running when its loop ends can finish, and no simulated time passes."""

    def work() -> None:
        started.set()
        done.wait(0.3)
        seen.append(batch_mock.clock.epoch_ms)

    async def main() -> None:
        asyncio.get_running_loop().run_in_executor(None, work)
        await asyncio.sleep(0)
        started.wait()

    started, done, seen = threading.Event(), threading.Event(), list[int]()
    run(main())
    assert seen == [START_MS]
    assert batch_mock.clock.epoch_ms == START_MS


def test_a_loop_waits_for_its_threads(batch_mock: BatchMock) -> None:
    """Time does not jump while a thread started by the loop is running."""

    def work() -> int:
        deadline = time.thread_time() + 0.05
        while time.thread_time() < deadline:
            pass
        return batch_mock.clock.epoch_ms

    async def main() -> int:
        return await asyncio.wait_for(asyncio.to_thread(work), 10)

    assert run(main()) == START_MS


def test_a_loop_waits_for_real_answers(batch_mock: BatchMock) -> None:
    """Time does not jump past a socket's immediate response."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        await writer.drain()
        writer.close()

    async def main() -> bytes:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server:
            address = server.sockets[0].getsockname()
            reader, writer = await asyncio.open_connection(*address)
            writer.write(b"hello\n")
            line = await asyncio.wait_for(reader.readline(), 5)
            writer.close()
            await writer.wait_closed()
            return line

    assert run(main()) == b"hello\n"
    assert batch_mock.clock.epoch_ms == START_MS


def test_an_idle_socket_does_not_hold_time_up(batch_mock: BatchMock) -> None:
    """An idle server is waited for once and not at each sleep."""

    async def main() -> None:
        server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        async with server:
            for _ in range(1000):
                await asyncio.sleep(60)

    run(main())

    assert batch_mock.clock.epoch_ms == START_MS + 60_000_000


def test_a_process_is_waited_for(batch_mock: BatchMock) -> None:
    """Output of another process arrives while tasks sleep."""

    async def main() -> bytes:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-S", "-c", "print('hello')", stdout=asyncio.subprocess.PIPE
        )
        poller = asyncio.create_task(asyncio.sleep(INSTANT))
        output, _ = await process.communicate()
        poller.cancel()
        return output

    assert run(main()).strip() == b"hello"


def test_an_error_on_the_way_is_the_sleepers(batch_mock: BatchMock, client: Any) -> None:
    """A fatal exception inside a job is raised once, by the sleep in which it happens."""
    batch_mock.script(call(lambda context: batch_mock.tick()))
    job_id = submit(client)

    async def main() -> str:
        with pytest.raises(Exception, match="was called while time is being moved"):
            await asyncio.sleep(60)
        await asyncio.sleep(60)
        return status_of(client, job_id)

    assert run(main()) == "SUCCEEDED"


def test_an_error_on_the_way_to_a_timer(batch_mock: BatchMock, client: Any) -> None:
    """If no task is sleeping, the exception propagates from the loop."""
    batch_mock.script(call(lambda context: batch_mock.tick()))
    submit(client)

    async def main() -> None:
        future = asyncio.get_running_loop().create_future()
        await asyncio.wait_for(future, 60)

    with pytest.raises(Exception, match="was called while time is being moved"):
        run(main())


def test_an_interrupt_ends_the_loop() -> None:
    """KeyboardInterrupt during a jump propagates from the loop and the mock and leaves nothing patched."""

    def interrupt(context: object) -> None:
        raise KeyboardInterrupt

    def be_interrupted() -> None:
        with provisioned_mock(advance="sleep") as (mock, client):
            mock.script(call(interrupt))
            submit(client)
            run(asyncio.sleep(60))

    real = asyncio.sleep
    with pytest.raises(KeyboardInterrupt):
        be_interrupted()

    assert asyncio.sleep is real


def test_anyio(batch_mock: BatchMock) -> None:
    """`anyio.sleep` and anyio's timeouts on asyncio are in simulated time."""
    anyio = pytest.importorskip("anyio")

    async def main() -> None:
        with anyio.move_on_after(60) as scope:
            await anyio.sleep(3600)
        assert scope.cancelled_caught
        await anyio.sleep(5)

    anyio.run(main)

    assert batch_mock.sleeps == [3600, 5]
    assert batch_mock.clock.epoch_ms == START_MS + 65_000


def test_isolated_asyncio_test_case() -> None:
    """A class decorator covers the loop in which `IsolatedAsyncioTestCase` runs its tests."""

    @mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z", advance="sleep")
    class Case(unittest.IsolatedAsyncioTestCase):
        batch_mock: BatchMock

        async def test_sleep(self) -> None:
            await asyncio.wait_for(asyncio.sleep(600), 601)
            assert self.batch_mock.sleeps == [600]

    result = unittest.TestResult()
    Case("test_sleep").run(result)

    assert result.errors == result.failures == []


async def work() -> str:
    """Wait with a timeout and sleep, in a coroutine of a job's function."""
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(asyncio.get_running_loop().create_future(), 60)
    return await asyncio.sleep(3600, "done")


def in_this_thread() -> str:
    """Run the coroutine in the thread of the job's function."""
    return run(work())


def in_another_thread() -> str:
    """Run the coroutine in a thread that the job's function starts."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(in_this_thread).result()


@pytest.mark.parametrize("where", [in_this_thread, in_another_thread])
def test_a_loop_inside_a_job(batch_mock: BatchMock, client: Any, where: Callable[[], str]) -> None:
    """A loop in a job's function runs to its end, and its sleeps take no time."""
    done: list[str] = []
    batch_mock.script(call(lambda context: done.append(where()), after=10))
    job_id = submit(client)
    time.sleep(20)

    assert done == ["done"]
    assert batch_mock.sleeps == [20]
    assert status_of(client, job_id) == "SUCCEEDED"
    assert batch_mock.clock.epoch_ms == START_MS + 20_000


@pytest.mark.usefixtures("sleep_only_loops")
def test_an_opaque_loop_inside_a_job(batch_mock: BatchMock, client: Any) -> None:
    """A loop with its own clock does so too."""
    done: list[str] = []
    batch_mock.script(call(lambda context: done.append(run(asyncio.sleep(3600, "done"))), after=10))
    submit(client)
    time.sleep(20)

    assert done == ["done"]
    assert batch_mock.clock.epoch_ms == START_MS + 20_000


@pytest.fixture
def sleep_only_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loops with their own clock, as uvloop's are."""
    monkeypatch.setattr("batchmock.walltime.loops.is_open", lambda loop: False)


@pytest.mark.usefixtures("sleep_only_loops")
def test_sleeps_of_sleep_only_loops(batch_mock: BatchMock, client: Any) -> None:
    """When a loop's clock cannot be simulated its sleeps are, and twenty pollers take the time of one."""
    batch_mock.script(succeed(after=90))

    async def main() -> list[str]:
        jobs = (submit_and_wait_async(client, f"job-{number}") for number in range(20))
        return await asyncio.gather(*jobs, submit_and_wait_async(client, "slow", poll_every=120))

    assert run(main()) == ["SUCCEEDED"] * 21
    assert batch_mock.clock.epoch_ms == START_MS + 120_000


@pytest.mark.usefixtures("sleep_only_loops")
def test_cancelled_sleep_of_an_opaque_loop(batch_mock: BatchMock) -> None:
    """A cancelled sleep ends and leaves no pending entry."""

    async def main() -> str:
        task = asyncio.create_task(asyncio.sleep(INSTANT))
        await asyncio.sleep(5)
        task.cancel()
        return await asyncio.sleep(5, "result")

    assert run(main()) == "result"
    assert batch_mock.clock.epoch_ms == START_MS + 10_000


@pytest.mark.usefixtures("sleep_only_loops")
def test_an_error_on_the_way_of_an_opaque_loop(batch_mock: BatchMock, client: Any) -> None:
    """A fatal exception inside a job is raised once, by a sleep."""
    batch_mock.script(call(lambda context: batch_mock.tick()))
    job_id = submit(client)

    async def main() -> str:
        with pytest.raises(Exception, match="was called while time is being moved"):
            await asyncio.sleep(60)
        await asyncio.sleep(60)
        return status_of(client, job_id)

    assert run(main()) == "SUCCEEDED"


def test_debug_mode(batch_mock: BatchMock) -> None:
    """A loop in debug mode does not report the hours that pass as a slow callback."""
    asyncio.run(asyncio.sleep(INSTANT), debug=True)

    assert batch_mock.sleeps == [INSTANT]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.timeout_at is new in Python 3.11")
def test_deadlines_by_the_monotonic_clock(batch_mock: BatchMock) -> None:
    """A deadline by `time.monotonic()` is one of the loop, as with the real clocks."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        over = loop.create_future()
        loop.call_at(time.monotonic() + 60, over.set_result, None)
        await over
        with anyio.CancelScope(deadline=time.monotonic() + 60):
            await asyncio.sleep(INSTANT)
        async with asyncio.timeout_at(time.monotonic() + 60):
            await asyncio.sleep(INSTANT)

    with pytest.raises(TimeoutError):
        run(main())
    assert batch_mock.clock.epoch_ms == START_MS + 180_000


@pytest.mark.parametrize("seconds", [1e8, 1e9, 2**31 - 1])
def test_timeouts_of_very_many_seconds(batch_mock: BatchMock, seconds: float) -> None:
    """A timeout that stands for none does not end."""
    run(asyncio.wait_for(asyncio.sleep(INSTANT), seconds))
    assert batch_mock.clock.epoch_ms == START_MS + INSTANT * 1000
