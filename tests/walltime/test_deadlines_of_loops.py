"""Coroutines that go on until the time is past their deadline, not only at it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from math import inf

import anyio
import anyio.lowlevel
import pytest
import trio

from batchmock import BatchMock, mock_batch

from .deadlines import Poll, passed_ms, pause_until

Wait = Callable[[float], Awaitable[object]]
HAS_TIMEOUTS = sys.version_info >= (3, 11)


async def until_past(now: Callable[[], float], poll: Poll, wait: Wait) -> None:
    """Poll until the time is past a deadline, as read from some clock."""
    deadline = now() + 60
    while now() <= deadline:
        poll()
        await wait(pause_until(deadline, now))


async def wait_for_fractions(wait: Wait) -> None:
    """Wait for seconds with fractions of a microsecond, 75 in all."""
    for seconds in (60.0000005, 10.0000002, 5.0000007, 0.0000005):
        await wait(seconds)


# asyncio


async def by_asyncio_sleep(seconds: float) -> None:
    """Sleep."""
    await asyncio.sleep(seconds)


async def by_wait_for(seconds: float) -> None:
    """Wait for an event."""
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), seconds)


async def by_wait_for_by_name(seconds: float) -> None:
    """The same, with names for the arguments."""
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(fut=asyncio.Event().wait(), timeout=seconds)


async def by_wait(seconds: float) -> None:
    """Wait for a task."""
    task = asyncio.ensure_future(asyncio.Event().wait())
    done, _ = await asyncio.wait([task], timeout=seconds)
    assert not done
    task.cancel()


async def by_completed(seconds: float) -> None:
    """Wait for tasks one after the other."""
    for completed in asyncio.as_completed([asyncio.Event().wait()], timeout=seconds):
        with pytest.raises(asyncio.TimeoutError):
            await completed


async def by_timer(seconds: float) -> None:
    """Wait for a task that a timer cancels."""
    task = asyncio.ensure_future(asyncio.Event().wait())
    asyncio.get_running_loop().call_later(seconds, task.cancel)
    with pytest.raises(asyncio.CancelledError):
        await task


async def by_timer_at(seconds: float) -> None:
    """Wait for a future that a timer completes at some time."""
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.call_at(loop.time() + seconds, future.set_result, None)
    await future


async def by_timeout(seconds: float) -> None:
    """Wait in a block with a timeout."""
    with pytest.raises(asyncio.TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.Event().wait()


async def by_timeout_at(seconds: float) -> None:
    """Wait in a block that ends at some time."""
    with pytest.raises(asyncio.TimeoutError):
        async with asyncio.timeout_at(asyncio.get_running_loop().time() + seconds):
            await asyncio.Event().wait()


async def by_later_timeout(seconds: float) -> None:
    """Wait in a block whose timeout is set in it."""

    async def wait() -> None:
        async with asyncio.timeout(None) as timeout:
            timeout.reschedule(asyncio.get_running_loop().time() + seconds)
            await asyncio.Event().wait()

    with pytest.raises(asyncio.TimeoutError):
        await wait()


async def by_anyio_sleep(seconds: float) -> None:
    """Sleep with anyio."""
    await anyio.sleep(seconds)


async def by_anyio_scope(seconds: float) -> None:
    """Wait in a cancel scope of anyio."""
    with anyio.move_on_after(seconds):
        await anyio.Event().wait()


async def by_anyio_scope_by_name(seconds: float) -> None:
    """The same, with a name for the argument."""
    with anyio.move_on_after(delay=seconds):
        await anyio.Event().wait()


async def by_anyio_failure(seconds: float) -> None:
    """Wait in a cancel scope of anyio that fails."""
    with pytest.raises(TimeoutError), anyio.fail_after(seconds):
        await anyio.Event().wait()


async def by_anyio_scope_until(seconds: float) -> None:
    """Wait in a cancel scope of anyio that has a deadline."""
    with anyio.CancelScope(deadline=anyio.current_time() + seconds):
        await anyio.Event().wait()


async def by_anyio_later_deadline(seconds: float) -> None:
    """Wait in a cancel scope of anyio whose deadline is set in it."""
    with anyio.CancelScope() as scope:
        scope.deadline = anyio.current_time() + seconds
        await anyio.Event().wait()


async def by_anyio_until(seconds: float) -> None:
    """Sleep with anyio until some time."""
    await anyio.sleep_until(anyio.current_time() + seconds)


OF_ANYIO: list[Wait] = [
    by_anyio_sleep,
    by_anyio_scope,
    by_anyio_scope_by_name,
    by_anyio_failure,
    by_anyio_scope_until,
    by_anyio_later_deadline,
    by_anyio_until,
]
OF_ASYNCIO: list[Wait] = [
    by_asyncio_sleep,
    by_wait_for,
    by_wait_for_by_name,
    by_wait,
    by_completed,
    by_timer,
    by_timer_at,
    *([by_timeout, by_timeout_at, by_later_timeout] if HAS_TIMEOUTS else []),
    *OF_ANYIO,
]


@pytest.mark.parametrize("wait", OF_ASYNCIO)
def test_the_clock_of_a_loop(batch_mock: BatchMock, poll: Poll, wait: Wait) -> None:
    """The clock of an event loop is past a timer that has ended."""

    async def run() -> None:
        await until_past(asyncio.get_running_loop().time, poll, wait)

    asyncio.run(run())
    assert batch_mock.calls.count("DescribeJobs") == 3
    assert passed_ms(batch_mock) == 60_000


@pytest.mark.parametrize("wait", OF_ASYNCIO)
def test_other_clocks_in_a_loop(batch_mock: BatchMock, poll: Poll, wait: Wait) -> None:
    """The zero seconds that remain by another clock take a millisecond, in the task that has read it."""
    asyncio.run(until_past(time.time, poll, wait))
    assert batch_mock.calls.count("DescribeJobs") == 4
    assert passed_ms(batch_mock) == 60_001


def test_the_clock_of_a_loop_stays_exact_to_the_millisecond(batch_mock: BatchMock) -> None:
    """A long sleep takes its time beside hundreds of short ones."""

    async def tick() -> None:
        while True:
            await asyncio.sleep(0.5)

    async def run() -> None:
        ticks = asyncio.ensure_future(tick())
        await asyncio.sleep(200)
        assert passed_ms(batch_mock) == 200_000
        ticks.cancel()

    asyncio.run(run())


def test_zero_seconds_of_another_task(batch_mock: BatchMock) -> None:
    """A task that only lets others run takes no time, although another one has slept and read the clock."""

    async def read() -> None:
        await asyncio.sleep(60)
        time.time()
        await asyncio.gather(*(let_others_run() for _ in range(3)))

    async def let_others_run() -> None:
        for _ in range(3):
            time.time()
            await asyncio.sleep(0)
            await by_wait_for(0)
            await by_wait(0)

    asyncio.run(read())
    assert passed_ms(batch_mock) == 60_000


@pytest.mark.parametrize("wait", OF_ASYNCIO)
def test_zero_seconds_elsewhere(batch_mock: BatchMock, wait: Wait) -> None:
    """Code that looks with a timeout of zero, and has not read a clock since it slept, takes no time."""

    async def run() -> None:
        await asyncio.sleep(60)
        for _ in range(3):
            await wait(0)

    asyncio.run(run())
    assert passed_ms(batch_mock) == 60_000


@pytest.mark.parametrize("wait", OF_ASYNCIO)
def test_looking_again_and_again(batch_mock: BatchMock, wait: Wait) -> None:
    """Code that looks again and again with a timeout of zero takes a millisecond once."""

    async def run() -> None:
        await wait(60)
        for _ in range(10):
            time.time()
            await wait(0)

    asyncio.run(run())
    assert passed_ms(batch_mock) == 60_001


@pytest.mark.parametrize("wait", OF_ASYNCIO)
def test_fractions_of_a_microsecond(batch_mock: BatchMock, wait: Wait) -> None:
    """A remainder that is computed from `time.time()` has noise, which no timeout waits for in vain."""
    asyncio.run(wait_for_fractions(wait))
    assert 75_000 <= passed_ms(batch_mock) <= 75_001


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("sleep", [anyio.sleep_forever, partial(anyio.sleep, inf)])
def test_sleeping_for_ever(
    batch_mock: BatchMock, backend: str, sleep: Callable[[], Awaitable[object]]
) -> None:
    """An endless sleep ends when it is cancelled."""

    async def run() -> None:
        with anyio.move_on_after(60):
            await sleep()

    anyio.run(run, backend=backend)
    assert passed_ms(batch_mock) == 60_000
    assert batch_mock.sleeps == []


def test_a_result_that_is_there(batch_mock: BatchMock) -> None:
    """A timeout of zero seconds that is not needed takes no time."""

    async def run() -> None:
        await asyncio.sleep(60)
        time.time()
        done = asyncio.get_running_loop().create_future()
        done.set_result(1)
        assert await asyncio.wait_for(done, 0) == 1

    asyncio.run(run())
    assert passed_ms(batch_mock) == 60_000


# trio


async def by_trio_sleep(seconds: float) -> None:
    """Sleep."""
    await trio.sleep(seconds)


async def by_scope(seconds: float) -> None:
    """Wait in a cancel scope."""
    with trio.move_on_after(seconds):
        await trio.Event().wait()


async def by_scope_by_name(seconds: float) -> None:
    """The same, with a name for the argument."""
    with trio.move_on_after(seconds=seconds):
        await trio.Event().wait()


async def by_failure(seconds: float) -> None:
    """Wait in a cancel scope that fails."""
    with pytest.raises(trio.TooSlowError), trio.fail_after(seconds):
        await trio.Event().wait()


async def by_scope_until(seconds: float) -> None:
    """Wait in a cancel scope until some time."""
    with trio.move_on_at(trio.current_time() + seconds):
        await trio.Event().wait()


async def by_failure_at(seconds: float) -> None:
    """Wait in a cancel scope that fails at some time."""
    with pytest.raises(trio.TooSlowError), trio.fail_at(trio.current_time() + seconds):
        await trio.Event().wait()


async def by_later_deadline(seconds: float) -> None:
    """Wait in a cancel scope whose deadline is set in it."""
    with trio.CancelScope() as scope:
        scope.deadline = trio.current_time() + seconds
        await trio.Event().wait()


async def by_trio_until(seconds: float) -> None:
    """Sleep until some time."""
    await trio.sleep_until(trio.current_time() + seconds)


OF_TRIO: list[Wait] = [
    by_trio_sleep,
    by_scope,
    by_scope_by_name,
    by_failure,
    by_scope_until,
    by_failure_at,
    by_later_deadline,
    by_trio_until,
    *OF_ANYIO,
]


@pytest.mark.parametrize("wait", OF_TRIO)
def test_the_clock_of_trio(batch_mock: BatchMock, poll: Poll, wait: Wait) -> None:
    """The clock of a run is past a deadline that has come."""
    trio.run(until_past, trio.current_time, poll, wait)
    assert batch_mock.calls.count("DescribeJobs") == 3
    assert passed_ms(batch_mock) == 60_000


@pytest.mark.parametrize("wait", OF_TRIO)
def test_other_clocks_in_trio(batch_mock: BatchMock, poll: Poll, wait: Wait) -> None:
    """The zero seconds that remain by another clock take a millisecond."""
    trio.run(until_past, time.time, poll, wait)
    assert batch_mock.calls.count("DescribeJobs") == 4
    assert passed_ms(batch_mock) == 60_001


@pytest.mark.parametrize("wait", OF_TRIO)
def test_fractions_of_a_microsecond_in_trio(batch_mock: BatchMock, wait: Wait) -> None:
    """Nor does one in trio."""
    trio.run(wait_for_fractions, wait)
    assert 75_000 <= passed_ms(batch_mock) <= 75_001


def test_trio_in_a_mock_that_only_freezes_time() -> None:
    """Without simulated sleeps, runs of trio take real time."""
    with mock_batch(region="us-east-1", freeze=True) as mock:
        before = mock.clock.now
        trio.run(trio.sleep, 0.01)
        assert mock.clock.now == before


# anyio


def test_zero_seconds_of_anyio(batch_mock: BatchMock) -> None:
    """The checkpoints of anyio take no time."""

    async def run() -> None:
        await anyio.sleep(60)
        time.time()
        await anyio.lowlevel.checkpoint()
        assert passed_ms(batch_mock) == 60_000

    anyio.run(run)


IMPORTED_LATE = """
import time
from batchmock import mock_batch

with mock_batch(region="us-east-1", advance="sleep") as mock:
    import anyio, trio

    async def run():
        deadline = time.time() + 60
        while time.time() <= deadline:
            with anyio.move_on_after(max(0, min(25, deadline - time.time()))):
                await anyio.Event().wait()

    before = mock.clock.epoch_ms
    anyio.run(run, backend={backend!r})
    assert mock.clock.epoch_ms - before == 60_001, mock.clock.epoch_ms - before

kind = trio.CancelScope if {backend!r} == "trio" else anyio._backends._asyncio.CancelScope
print(kind.__enter__.__module__, kind.deadline.fset.__module__)
"""


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_anyio_that_is_imported_during_a_mock(backend: str) -> None:
    """Its timeouts are simulated too, and scopes are their own again afterwards."""
    program = [sys.executable, "-c", IMPORTED_LATE.format(backend=backend)]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "batchmock" not in done.stdout
