"""Waits with a timeout are sleeps in threads that call Batch and real in others."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import boto3
import pytest

from batchmock import BatchMock, mock_batch, succeed

from ..builders import START_MS, status_of, submit


def seconds(batch_mock: BatchMock) -> float:
    """Return the simulated seconds since the start."""
    return (batch_mock.clock.epoch_ms - START_MS) / 1000


def wait_for_condition() -> None:
    """Wait for a condition that is never notified."""
    condition = threading.Condition()
    with condition:
        condition.wait_for(lambda: False, 5)


def get_from_queue() -> None:
    """Wait for an item that never comes."""
    with pytest.raises(queue.Empty):
        queue.Queue[int]().get(timeout=5)


WAITS: dict[str, Callable[[], object]] = {
    "event": lambda: threading.Event().wait(5),
    "condition": wait_for_condition,
    "queue": get_from_queue,
    "semaphore": lambda: threading.Semaphore(0).acquire(timeout=5),
}


@pytest.mark.parametrize("wait", WAITS)
def test_a_wait_in_a_loop_that_asks(batch_mock: BatchMock, client: Any, wait: str) -> None:
    """In a polling loop, a wait with a timeout takes only simulated time."""
    batch_mock.script(succeed(after=3600))
    job_id = submit(client)
    rounds = 0
    while status_of(client, job_id) != "SUCCEEDED":
        WAITS[wait]()
        rounds += 1

    assert rounds == 721
    assert seconds(batch_mock) == 3605


def test_a_result_that_never_comes(batch_mock: BatchMock, client: Any) -> None:
    """A wait for a result does so too."""
    client.describe_job_queues()
    with pytest.raises(Exception, match=r"^$"):
        Future[int]().result(timeout=3600)

    assert seconds(batch_mock) == 3600


def test_a_wait_of_code_that_does_not_ask(batch_mock: BatchMock) -> None:
    """In other threads a wait with a timeout is real."""
    assert not threading.Event().wait(0.01)

    assert seconds(batch_mock) == 0


def test_what_was_asked_of_an_earlier_mock() -> None:
    """A thread that called an earlier mock has not called this one."""
    with mock_batch(advance="sleep"):
        boto3.client("batch", region_name="us-east-1").describe_job_queues()
    with mock_batch(advance="sleep") as batch_mock:
        assert not threading.Event().wait(0.01)
        assert batch_mock.sleeps == []


def test_a_second_wait(batch_mock: BatchMock, client: Any) -> None:
    """A wait after one that timed out is real until the thread calls Batch again."""
    client.describe_job_queues()
    threading.Event().wait(60)
    threading.Event().wait(0.01)
    assert seconds(batch_mock) == 60
    client.describe_job_queues()
    threading.Event().wait(60)

    assert seconds(batch_mock) == 120


def test_an_event_that_is_set_meanwhile(batch_mock: BatchMock, client: Any) -> None:
    """An event set by another thread ends the wait at that instant."""
    event = threading.Event()

    def set_it() -> None:
        time.sleep(30)
        event.set()

    for _ in range(50):
        event.clear()
        before = seconds(batch_mock)
        thread = threading.Thread(target=set_it)
        thread.start()
        client.describe_job_queues()
        assert event.wait(3600)
        assert seconds(batch_mock) - before == 30
        thread.join()


def test_a_watcher_beside(batch_mock: BatchMock, client: Any) -> None:
    """A thread that polls the job next to the waiting one sees simulated time too."""
    batch_mock.script(succeed(after=60))
    job_id = submit(client)
    stop = threading.Event()
    looks = []

    def follow() -> None:
        while not stop.wait(0.5):
            looks.append((seconds(batch_mock), status_of(client, job_id)))

    thread = threading.Thread(target=follow)
    client.describe_job_queues()
    thread.start()
    while status_of(client, job_id) != "SUCCEEDED":
        time.sleep(10)
    stop.set()
    thread.join()

    assert len(looks) >= 100


def test_join(batch_mock: BatchMock, client: Any) -> None:
    """`join` with a timeout ends when the thread does or when the timeout has passed."""
    thread = threading.Thread(target=time.sleep, args=(30,))
    thread.start()
    client.describe_job_queues()
    thread.join(20)
    assert (thread.is_alive(), seconds(batch_mock)) == (True, 20)
    client.describe_job_queues()
    thread.join(20)

    assert (thread.is_alive(), seconds(batch_mock)) == (False, 30)


def test_a_timer(batch_mock: BatchMock, client: Any) -> None:
    """A timer repeatedly started by code that calls Batch runs in simulated time."""
    done = threading.Event()
    job_id = submit(client)

    def poll() -> None:
        if status_of(client, job_id) == "SUCCEEDED":
            done.set()
        else:
            threading.Timer(30, poll).start()

    poll()
    assert done.wait(3600)

    assert seconds(batch_mock) == 30


def test_a_loop_that_runs_already_in_another_thread() -> None:
    """A loop in another thread is in simulated time from the start of the mock."""
    loop = asyncio.new_event_loop()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(loop.run_forever)
        with mock_batch(advance="sleep") as batch_mock:
            done = asyncio.run_coroutine_threadsafe(asyncio.sleep(86_400, "slept"), loop)
            assert done.result() == "slept"
            assert batch_mock.sleeps == [86_400]
        loop.call_soon_threadsafe(loop.stop)
        running.result()
    loop.close()
