"""Threads, pools, loops and processes during whose work time must not jump."""

from __future__ import annotations

import asyncio
import gc
import os
import queue
import subprocess
import sys
import threading
import time
import warnings
import weakref
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.pool import ThreadPool
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from batchmock import BatchMock, BatchMockWarning
from batchmock.walltime.threads import pressure, quiescence
from batchmock.walltime.threads.thread_states import ThreadState, ThreadStates

from ..builders import START_MS

NAP = [sys.executable, "-S", "-c", "import time; time.sleep(0.3)"]


def seconds(batch_mock: BatchMock) -> float:
    """Return the simulated seconds since the start."""
    return (batch_mock.clock.epoch_ms - START_MS) / 1000


@pytest.fixture(params=["reported by the system", "seen in frames"])
def states(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run with thread states read from the operating system, and without them."""
    if request.param == "seen in frames":
        monkeypatch.setattr(ThreadStates, "are_reported", False)
        monkeypatch.setattr(ThreadStates, "of", lambda self, native_id: None)


@pytest.mark.usefixtures("states")
@pytest.mark.parametrize(("polls", "timeout"), [(200, 3600 * 1.7), (120, 3601)])
def test_polls_in_a_pool_under_a_timeout(
    batch_mock: BatchMock, client: Any, polls: int, timeout: float
) -> None:
    """A loop that polls with `asyncio.to_thread` takes the sum of its sleeps and not its timeout."""

    async def poll() -> None:
        for _ in range(polls):
            await asyncio.sleep(30)
            await asyncio.to_thread(client.describe_job_queues)

    asyncio.run(asyncio.wait_for(poll(), timeout))

    assert seconds(batch_mock) == polls * 30


@pytest.mark.usefixtures("states")
def test_each_poll_under_a_timeout(batch_mock: BatchMock, client: Any) -> None:
    """A loop with a timeout around each poll does so too."""

    async def once() -> None:
        await asyncio.sleep(30)
        await asyncio.to_thread(client.describe_job_queues)

    async def poll() -> None:
        for _ in range(200):
            await asyncio.wait_for(once(), 3600)

    asyncio.run(poll())

    assert seconds(batch_mock) == 200 * 30


def beside_a_watchdog(
    batch_mock: BatchMock, client: Any, work: Callable[[Callable[[int], int]], object]
) -> tuple[float, list[float]]:
    """Return when work in steps of ten seconds has ended, and when a watchdog of two hours has fired."""
    fired = []

    def watch() -> None:
        time.sleep(7200)
        fired.append(seconds(batch_mock))

    def step(number: int) -> int:
        time.sleep(10)
        client.describe_job_queues()
        return number

    watchdog = threading.Thread(target=watch)
    watchdog.start()
    work(step)
    done = seconds(batch_mock)
    watchdog.join()
    return done, fired


@pytest.mark.usefixtures("states")
def test_a_watchdog_beside_a_pool(batch_mock: BatchMock, client: Any) -> None:
    """A watchdog does not fire while a pool that finishes earlier passes results between threads."""

    def work(step: Callable[[int], int]) -> None:
        with ThreadPoolExecutor(3) as pool:
            for number in range(189):
                assert pool.submit(step, number).result() == number

    assert beside_a_watchdog(batch_mock, client, work) == (1890, [7200])


@pytest.mark.usefixtures("states")
def test_items_of_a_queue(batch_mock: BatchMock) -> None:
    """A consumer receives an item at the instant at which it was put."""
    items: queue.Queue[float] = queue.Queue()
    got = []

    def consume() -> None:
        for _ in range(200):
            put_at = items.get()
            got.append(seconds(batch_mock) - put_at)

    def beat() -> None:
        for _ in range(1000):
            time.sleep(1)

    threads = [threading.Thread(target=consume), threading.Thread(target=beat)]
    for thread in threads:
        thread.start()
    for _ in range(200):
        time.sleep(5)
        items.put(seconds(batch_mock))
    for thread in threads:
        thread.join()

    assert got == [0] * 200


@pytest.mark.usefixtures("states")
def test_a_loop_beside_threads(batch_mock: BatchMock) -> None:
    """A loop's sleeps have their exact length while four threads sleep too."""
    late = []

    def beat() -> None:
        for _ in range(500):
            time.sleep(6)

    async def main() -> None:
        beats = [asyncio.create_task(asyncio.to_thread(beat)) for _ in range(4)]
        for _ in range(176):
            before = seconds(batch_mock)
            await asyncio.sleep(17)
            late.append(seconds(batch_mock) - before - 17)
        await asyncio.gather(*beats)

    asyncio.run(main())

    assert [each for each in late if each] == []


@pytest.mark.usefixtures("states")
def test_a_thread_at_work(batch_mock: BatchMock) -> None:
    """A thread that creates boto3 sessions takes no simulated time."""
    made: Future[float] = Future()

    def work() -> None:
        for _ in range(3):
            boto3.session.Session(region_name="us-east-1").client("batch")
        made.set_result(seconds(batch_mock))

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(60)
    thread.join()

    assert made.result() == 0


def test_a_process_in_a_pool(batch_mock: BatchMock) -> None:
    """A process that a thread waits for takes no simulated time."""

    async def main() -> None:
        await asyncio.wait_for(asyncio.to_thread(subprocess.run, NAP, check=True), 60)

    asyncio.run(main())

    assert seconds(batch_mock) == 0


def test_a_process_of_a_loop(batch_mock: BatchMock) -> None:
    """A process that a coroutine waits for takes no simulated time."""

    async def main() -> int:
        process = await asyncio.create_subprocess_exec(*NAP)
        return await asyncio.wait_for(process.wait(), 60)

    assert asyncio.run(main()) == 0
    assert seconds(batch_mock) == 0


def test_a_process_beside_a_heartbeat(batch_mock: BatchMock) -> None:
    """A heartbeat stands still while the main thread waits for a process."""
    stopped = threading.Event()

    def beat() -> None:
        while not stopped.is_set():
            time.sleep(1)

    thread = threading.Thread(target=beat)
    thread.start()
    before = seconds(batch_mock)
    subprocess.run(NAP, check=True)
    after = seconds(batch_mock)
    stopped.set()
    thread.join()

    # The process starts and ends while the other thread runs.
    assert after - before <= 2


def test_what_holds_time_up_for_long(
    batch_mock: BatchMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread blocked on real input holds time for seconds and is named in a warning."""
    monkeypatch.setattr(quiescence, "HOLD_SECONDS", 0.05)
    read, write = os.pipe()
    thread = threading.Thread(target=os.read, args=(read, 1), name="reader")
    thread.start()
    with pytest.warns(BatchMockWarning, match="thread 'reader' has been waiting for something"):
        time.sleep(60)
    os.write(write, b"x")
    thread.join()
    os.close(read)
    os.close(write)

    assert seconds(batch_mock) == 60


def test_a_thread_that_sleeps_often(batch_mock: BatchMock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that computes a little between its sleeps does not hold up one that sleeps for long."""
    monkeypatch.setattr(quiescence, "HOLD_SECONDS", 0.5)
    thread = threading.Thread(target=time.sleep, args=(1_000_000,))
    thread.start()
    began = time.thread_time()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rounds = 0
        while time.thread_time() < began + 1:
            time.sleep(1)
            rounds += 1
            sum(range(20_000))

    assert seconds(batch_mock) == rounds
    time.sleep(1_000_000)
    thread.join()


def test_what_a_thread_has_computed_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processor time that a thread used before it is looked at does not count as holding time up."""
    states = iter([ThreadState("lock", 9_000_000_000), ThreadState("running", 9_001_000_000)])
    monkeypatch.setattr(ThreadStates, "of", lambda self, native_id: next(states))
    lookout: Any = quiescence.Lookout(quiescence.Observer())
    code = SimpleNamespace(co_name="wait")
    frame = SimpleNamespace(f_globals={"__name__": "batchmock.mock"}, f_back=None, f_code=code)

    inside, running = (lookout._busy(1, 1, frame, ()) for _ in range(2))

    assert running.used_ns - inside.used_ns == 1_000_000


@pytest.mark.parametrize(("share", "warned_after"), [(0, 5), (0.5, 7.5), (1, 20)])
def test_a_loaded_machine_gets_more_time(
    monkeypatch: pytest.MonkeyPatch, share: float, warned_after: float
) -> None:
    """Time in which processes wait for a processor does not count as holding time up, up to a limit."""
    instant = [0.0]
    monkeypatch.setattr(quiescence.real, "monotonic", lambda: instant[0])
    monkeypatch.setattr(quiescence, "starved_seconds", lambda: 7 + share * instant[0])
    lookout: Any = quiescence.Lookout(quiescence.Observer())
    child = quiescence.Busy(-9, "running as child process 9", None, 0)

    def hold_up() -> None:
        while not lookout._observer.excused_children:
            instant[0] += 0.5
            lookout._hold_up(child)

    lookout._hold_up(child)
    with pytest.warns(BatchMockWarning, match="running as child process 9"):
        hold_up()

    assert instant[0] == warned_after


def test_whether_processes_wait_for_a_processor() -> None:
    """Linux reports how long some process has waited for a processor; the value never falls."""
    before = pressure.starved_seconds()

    assert 0 <= before <= pressure.starved_seconds()


def test_a_machine_that_does_not_report_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the load is not reported, no time counts as waiting for a processor."""
    monkeypatch.setattr(pressure, "_PRESSURE", os.devnull)

    assert pressure.starved_seconds() == 0


@pytest.mark.usefixtures("states")
def test_a_pool_of_multiprocessing(batch_mock: BatchMock, client: Any) -> None:
    """A watchdog does not fire while the threads of another kind of pool work, which look like servers."""

    def work(step: Callable[[int], int]) -> None:
        with ThreadPool(2) as pool:
            assert pool.map(step, range(6), chunksize=1) == list(range(6))

    assert beside_a_watchdog(batch_mock, client, work) == (30, [7200])


@pytest.mark.usefixtures("states")
def test_looks_at_threads_keep_nothing_alive(batch_mock: BatchMock) -> None:
    """The variables of other threads are freed with their functions, not when garbage is collected."""

    class Local:
        """Something that a thread holds in a variable."""

    watched = []
    gc.disable()
    try:
        for _ in range(5):
            done = threading.Event()

            def work(done: threading.Event) -> None:
                local = Local()
                watched.append(weakref.ref(local))
                done.wait()

            thread = threading.Thread(target=work, args=(done,))
            thread.start()
            time.sleep(60)
            done.set()
            thread.join()
        assert [each() for each in watched] == [None] * 5
    finally:
        gc.enable()
