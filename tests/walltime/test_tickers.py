"""Threads that never call Batch, but wait and then give work to threads that do."""

from __future__ import annotations

import asyncio
import io
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.pool import ThreadPool
from typing import Any

import pytest
from rich.console import Console
from rich.progress import Progress

from batchmock import BatchMock, mock_batch, succeed

from ..builders import provisioned_mock, status_of, submit
from .deadlines import passed_ms

ROUNDS = 5
Poll = Callable[[], bool]
Loop = asyncio.AbstractEventLoop
#: Starts what polls whenever the returned function is called, until `poll` returns False.
Giver = Callable[[Poll, Loop], Callable[[], object]]


def in_thread(function: Callable[[], object]) -> None:
    """Run a function in a thread that does not keep the process alive."""
    threading.Thread(target=function, daemon=True).start()


@pytest.fixture
def loop() -> Iterator[Loop]:
    """An event loop that runs in a thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def by_queue(poll: Poll, _: Loop) -> Callable[[], object]:
    """Put an item on a queue."""
    items: queue.Queue[int] = queue.Queue()

    def work() -> None:
        while items.get() and poll():
            items.task_done()

    in_thread(work)
    return lambda: items.put(1)


def by_event(poll: Poll, _: Loop) -> Callable[[], object]:
    """Set an event."""
    event = threading.Event()

    def work() -> None:
        while event.wait() and poll():
            event.clear()

    in_thread(work)
    return event.set


def by_semaphore(poll: Poll, _: Loop) -> Callable[[], object]:
    """Release a semaphore."""
    semaphore = threading.Semaphore(0)

    def work() -> None:
        while semaphore.acquire() and poll():
            pass

    in_thread(work)
    return semaphore.release


def by_condition(poll: Poll, _: Loop) -> Callable[[], object]:
    """Notify a condition."""
    condition = threading.Condition()

    def work() -> None:
        with condition:
            while condition.wait() and poll():
                pass

    def give() -> None:
        with condition:
            condition.notify()

    in_thread(work)
    return give


def by_pool(poll: Poll, _: Loop) -> Callable[[], object]:
    """Submit work to a pool."""
    pool = ThreadPoolExecutor(2)
    return lambda: pool.submit(poll)


def by_loop(poll: Poll, loop: Loop) -> Callable[[], object]:
    """Schedule work in an event loop."""
    return lambda: loop.call_soon_threadsafe(poll)


def by_coroutine(poll: Poll, loop: Loop) -> Callable[[], object]:
    """Run a coroutine in an event loop."""

    async def work() -> None:
        poll()

    return lambda: asyncio.run_coroutine_threadsafe(work(), loop).result()


def by_thread(poll: Poll, _: Loop) -> Callable[[], object]:
    """Start a thread."""
    return lambda: in_thread(poll)


def by_pool_of_multiprocessing(poll: Poll, _: Loop) -> Callable[[], object]:
    """Submit work to a pool of `multiprocessing`, through a queue in C."""
    pool = ThreadPool(2)
    return lambda: pool.apply_async(lambda: poll() or pool.close())


def by_simple_queue(poll: Poll, _: Loop) -> Callable[[], object]:
    """Put an item on a queue in C."""
    items: queue.SimpleQueue[int] = queue.SimpleQueue()

    def work() -> None:
        while items.get() and poll():
            pass

    in_thread(work)
    return lambda: items.put(1)


def by_variable(poll: Poll, _: Loop) -> Callable[[], object]:
    """Set a variable that another thread looks at."""
    requests: list[int] = []

    def work() -> None:
        while not requests or poll():
            requests.clear()
            time.sleep(5)

    in_thread(work)
    return lambda: requests.append(1)


NOTICED: list[Giver] = [
    by_queue,
    by_event,
    by_semaphore,
    by_condition,
    by_pool,
    by_loop,
    by_coroutine,
    by_thread,
]
UNNOTICED: list[Giver] = [by_pool_of_multiprocessing, by_simple_queue, by_variable]


def ticks(stop: threading.Event, seconds: float, give: Callable[[], object]) -> None:
    """Call a function every so many seconds, in a thread."""

    def tick() -> None:
        while not stop.wait(seconds):
            give()

    in_thread(tick)


def timers(stop: threading.Event, seconds: float, give: Callable[[], object]) -> None:
    """The same by a timer that starts the next one."""

    def tick() -> None:
        if not stop.is_set():
            give()
            start()

    def start() -> None:
        timer = threading.Timer(seconds, tick)
        timer.daemon = True
        timer.start()

    start()


def waits_of(
    batch_mock: BatchMock, client: Any, loop: Loop, ticker: Any, seconds: float, by: Giver
) -> int:
    """Wait for a job that a thread polls at each tick; return how often it has polled."""
    batch_mock.script("*", succeed(after=20 * seconds))
    job_id = submit(client)
    done, stop = threading.Event(), threading.Event()

    def poll() -> bool:
        if not stop.is_set() and status_of(client, job_id) == "SUCCEEDED":
            done.set()
        return not stop.is_set()

    before = batch_mock.calls.count("DescribeJobs")
    give = by(poll, loop)
    ticker(stop, seconds, give)
    try:
        assert done.wait(120 * seconds)
    finally:
        stop.set()
        give()
    return batch_mock.calls.count("DescribeJobs") - before


@pytest.mark.parametrize("by", NOTICED)
@pytest.mark.parametrize("seconds", [30, 0.3])
@pytest.mark.parametrize("ticker", [ticks, timers])
def test_ticks(
    batch_mock: BatchMock, client: Any, loop: Loop, ticker: Any, seconds: float, by: Giver
) -> None:
    """Time does not pass by the ticks of a thread that gives work to others."""
    for _ in range(ROUNDS):
        before = passed_ms(batch_mock)
        polls = waits_of(batch_mock, client, loop, ticker, seconds, by)
        # Three seconds until the job runs.
        assert passed_ms(batch_mock) - before == (630_000 if seconds == 30 else 9_000)
        assert polls == (21 if seconds == 30 else 30)


@pytest.mark.parametrize("by", UNNOTICED)
def test_long_ticks(batch_mock: BatchMock, client: Any, loop: Loop, by: Giver) -> None:
    """Nor does it pass by ticks of a second or more, whatever the thread does then."""
    before = passed_ms(batch_mock)
    polls = waits_of(batch_mock, client, loop, ticks, 30, by)
    assert 600_000 < passed_ms(batch_mock) - before <= 635_000
    assert 20 <= polls <= 21


def test_a_limit_of_waits(batch_mock: BatchMock, client: Any) -> None:
    """Code that waits again and again for the work of another thread waits in simulated time each time."""
    client.describe_job_queues()
    done = threading.Event()

    def work() -> None:
        time.sleep(600)
        done.set()

    in_thread(work)
    assert not any(done.wait(30) for _ in range(10))
    assert passed_ms(batch_mock) == 300_000
    assert done.wait(301)
    assert passed_ms(batch_mock) == 600_000


@pytest.mark.parametrize("timeout", [0.05, 1])
def test_idle_workers(batch_mock: BatchMock, client: Any, timeout: float) -> None:
    """A worker that looks for work, and finds none, soon does not stop time any more."""
    client.describe_job_queues()
    items: queue.Queue[int] = queue.Queue()
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            with suppress(queue.Empty):
                items.get(timeout=timeout)

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(24 * 3600)
    stop.set()
    items.put(1)
    thread.join()
    assert passed_ms(batch_mock) >= 24 * 3_600_000
    assert len(batch_mock.sleeps) <= 102


def test_threads_that_show_progress(batch_mock: BatchMock, client: Any) -> None:
    """The thread of a progress display waits in real time, and leaves no sleeps."""
    client.describe_job_queues()
    with Progress(console=Console(file=io.StringIO(), force_terminal=True)) as progress:
        progress.add_task("wait")
        time.sleep(3600)
    assert batch_mock.sleeps == [3600]


def test_an_event_that_is_set_as_the_mock_ends() -> None:
    """A wait returns True for an event that was set before the mock ended."""
    results: list[bool] = []
    for _ in range(20):
        event = threading.Event()
        with provisioned_mock(advance="sleep") as (mock, client):
            client.describe_job_queues()
            thread = threading.Thread(target=lambda: results.append(event.wait(3600)))  # noqa: B023
            thread.start()
            time.sleep(1)
            assert mock.sleeps
            event.set()
        thread.join()
    assert results == [True] * 20


def test_threads_that_have_nothing_to_do_with_batch() -> None:
    """Hand-overs of threads that never called Batch do not make their waits sleeps."""
    with mock_batch(region="us-east-1", advance="sleep") as mock:
        events: queue.Queue[int] = queue.Queue()
        for _ in range(3):
            events.put(1)
            assert not threading.Event().wait(0.01)
        assert mock.sleeps == []
