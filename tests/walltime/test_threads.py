from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest

from batchmock import BatchMock, call, mock_batch, succeed
from batchmock.walltime.threads import quiescence

from ..builders import START_MS, status_of, submit
from .polling import submit_and_wait


def test_twenty_pollers_take_the_time_of_one(batch_mock: BatchMock, client: Any) -> None:
    """Threads sleep concurrently: a round of polls of 30 seconds takes 30 seconds."""
    batch_mock.script(succeed(after=90))
    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(lambda n: submit_and_wait(client, f"job-{n}"), range(20)))

    assert statuses == ["SUCCEEDED"] * 20
    assert batch_mock.clock.epoch_ms == START_MS + 120_000
    assert batch_mock.sleeps == [30] * 80


def test_threads_of_different_rhythm(batch_mock: BatchMock) -> None:
    """The thread with shorter sleeps wakes more often, each at its own instants."""
    woken: dict[float, list[int]] = {3: [], 7: []}

    def beat(seconds: float, times: int) -> None:
        for _ in range(times):
            time.sleep(seconds)
            woken[seconds].append((batch_mock.clock.epoch_ms - START_MS) // 1000)

    threads = [threading.Thread(target=beat, args=args) for args in ((3, 7), (7, 3))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert woken == {3: [3, 6, 9, 12, 15, 18, 21], 7: [7, 14, 21]}


def test_fewer_threads_than_jobs(batch_mock: BatchMock, client: Any) -> None:
    """A pool that takes one job after another takes the sum of their times."""
    batch_mock.script(succeed(after=90))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda n: submit_and_wait(client, f"job-{n}"), range(4)))

    assert batch_mock.clock.epoch_ms == START_MS + 240_000


def test_a_thread_behind_a_lock(batch_mock: BatchMock) -> None:
    """A thread blocked on a lock that a sleeping thread holds does not stop that thread from waking."""
    lock = threading.Lock()
    order: list[str] = []

    def hold() -> None:
        with lock:
            held.set()
            time.sleep(60)
            order.append("held")

    held = threading.Event()
    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    with lock:
        order.append("waited")
    thread.join()

    assert order == ["held", "waited"]
    assert batch_mock.clock.epoch_ms == START_MS + 60_000


@pytest.mark.filterwarnings("ignore::batchmock.BatchMockWarning")
def test_a_thread_that_never_rests(batch_mock: BatchMock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that spins until a sleeping one wakes delays it for seconds, but not forever."""
    monkeypatch.setattr(quiescence, "HOLD_SECONDS", 0.05)
    woken = threading.Event()

    def nap() -> None:
        time.sleep(60)
        woken.set()

    thread = threading.Thread(target=nap)
    thread.start()
    while not woken.is_set():
        pass
    thread.join()

    assert batch_mock.clock.epoch_ms == START_MS + 60_000


def test_a_tick_wakes_sleeping_threads(batch_mock: BatchMock) -> None:
    """When another thread moves time, sleeps that are over end, and time moves no further."""

    def tick() -> None:
        while not batch_mock.sleeps:
            pass
        # Not `tick(60)`: if this thread is late, time has already moved.
        batch_mock.move_to(START_MS / 1000 + 60)

    thread = threading.Thread(target=tick)
    thread.start()
    time.sleep(60)
    thread.join()

    assert batch_mock.clock.epoch_ms == START_MS + 60_000


def test_the_end_of_a_mock_wakes_sleeping_threads() -> None:
    """A thread that is sleeping when the mock ends continues at once."""
    done = threading.Event()

    def nap() -> None:
        time.sleep(1_000_000)
        done.set()

    with mock_batch(advance="sleep"):
        thread = threading.Thread(target=nap)
        # This thread is running, so time stands still.
        thread.start()
    assert done.wait(30)
    thread.join()


def test_threads_of_a_job(batch_mock: BatchMock, client: Any) -> None:
    """A job's function can start threads that sleep, and wait for them."""
    slept = []

    def work(context: object) -> None:
        with ThreadPoolExecutor(3) as pool:
            slept.extend(pool.map(lambda n: (time.sleep(3600), n)[1], range(3)))

    batch_mock.script(call(work, after=10))
    job_id = submit(client)
    time.sleep(20)

    assert slept == [0, 1, 2]
    assert batch_mock.sleeps == [20]
    assert status_of(client, job_id) == "SUCCEEDED"
    assert batch_mock.clock.epoch_ms == START_MS + 20_000


def test_an_error_reaches_the_thread_that_slept(batch_mock: BatchMock, client: Any) -> None:
    """A fatal exception inside a job is raised in one thread, and the others continue."""
    batch_mock.script(call(lambda context: batch_mock.tick()))
    submit(client)
    with ThreadPoolExecutor(2) as pool:
        naps = [pool.submit(time.sleep, seconds) for seconds in (60, 90)]
    errors = [nap.exception() for nap in naps]

    assert [type(error).__name__ for error in errors] == ["BatchMockError", "NoneType"]
    assert batch_mock.clock.epoch_ms == START_MS + 90_000


@pytest.mark.parametrize("freeze", [False, True])
def test_a_mock_driven_from_another_thread(freeze: bool) -> None:
    """One thread moves time while the code under test polls in another without delay."""
    with mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z", freeze=freeze) as batch_mock:
        batch_mock.provision(job_queue="queue", job_definition="definition")
        client = boto3.client("batch")
        job_id = submit(client)
        seen: list[tuple[str, float]] = []

        def poll() -> None:
            while not seen or seen[-1][0] != "SUCCEEDED":
                seen.append((status_of(client, job_id), time.time()))

        thread = threading.Thread(target=poll)
        thread.start()
        while batch_mock.job(job_id).status != "SUCCEEDED":
            batch_mock.tick(1)
        thread.join()

    times = [at for _, at in seen]
    assert times == sorted(times)
    assert (times[-1] == START_MS / 1000 + 4) is freeze
