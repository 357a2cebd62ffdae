"""
Code that goes on until the time is past its deadline, not only at it.

Real time is past a deadline once a sleep until then has ended. Simulated time is there exactly.
"""

from __future__ import annotations

import concurrent.futures
import datetime
import queue
import sched
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from batchmock import BatchMock, call

from ..builders import submit
from .deadlines import Poll, passed_ms, pause_until

ROUNDS = 10


# Threads


def by_sleep(seconds: float) -> None:
    """Sleep."""
    time.sleep(seconds)


def by_event(seconds: float) -> None:
    """Wait for an event."""
    threading.Event().wait(seconds)


def by_condition(seconds: float) -> None:
    """Wait for a condition."""
    condition = threading.Condition()
    with condition:
        condition.wait(seconds)


def by_predicate(seconds: float) -> None:
    """Wait for a predicate."""
    condition = threading.Condition()
    with condition:
        assert not condition.wait_for(lambda: False, seconds)


def by_semaphore(seconds: float) -> None:
    """Wait for a semaphore."""
    assert not threading.Semaphore(0).acquire(timeout=seconds)


def by_barrier(seconds: float) -> None:
    """Wait at a barrier."""
    with pytest.raises(threading.BrokenBarrierError):
        threading.Barrier(2).wait(seconds)


def by_get(seconds: float) -> None:
    """Wait for an item of a queue."""
    with pytest.raises(queue.Empty):
        queue.Queue[int]().get(timeout=seconds)


def by_put(seconds: float) -> None:
    """Wait for room in a queue."""
    full: queue.Queue[int] = queue.Queue(1)
    full.put(1)
    with pytest.raises(queue.Full):
        full.put(1, True, seconds)


def by_result(seconds: float) -> None:
    """Wait for the result of a future."""
    with pytest.raises(concurrent.futures.TimeoutError):
        Future[None]().result(seconds)


def by_futures(seconds: float) -> None:
    """Wait for futures."""
    assert not concurrent.futures.wait([Future[None]()], timeout=seconds).done


def by_completed(seconds: float) -> None:
    """Wait for futures one after the other."""
    with pytest.raises(concurrent.futures.TimeoutError):
        list(as_completed([Future[None]()], timeout=seconds))


THREAD = threading.Thread(target=threading.Event().wait, daemon=True)


def by_join(seconds: float) -> None:
    """Wait for a thread."""
    if not THREAD.is_alive():
        THREAD.start()
    THREAD.join(seconds)


WAITS = [
    by_sleep,
    by_event,
    by_condition,
    by_predicate,
    by_semaphore,
    by_barrier,
    by_get,
    by_put,
    by_result,
    by_futures,
    by_completed,
    by_join,
]


@pytest.mark.parametrize("wait", WAITS)
def test_polling_until_the_time_is_past_a_deadline(
    batch_mock: BatchMock, poll: Poll, wait: Callable[[float], None]
) -> None:
    """The zero seconds that remain at the deadline take a millisecond."""
    deadline = time.time() + 60
    while time.time() <= deadline:
        poll()
        wait(pause_until(deadline))

    assert batch_mock.calls.count("DescribeJobs") == 4
    assert 60_000 < passed_ms(batch_mock) <= 60_002


@pytest.mark.parametrize("wait", [by_sleep, by_event, by_get])
def test_datetime_past_a_deadline(
    batch_mock: BatchMock, poll: Poll, wait: Callable[[float], None]
) -> None:
    """So they do in code that reads `datetime.now`."""
    deadline = datetime.datetime.now() + datetime.timedelta(seconds=60)
    while datetime.datetime.now() <= deadline:
        poll()
        wait(max(0.0, min(25.0, (deadline - datetime.datetime.now()).total_seconds())))

    assert batch_mock.calls.count("DescribeJobs") == 4


def test_a_deadline_of_code_that_does_not_poll(batch_mock: BatchMock) -> None:
    """A loop that only sleeps ends too."""
    deadline = time.monotonic() + 60
    while (remaining := deadline - time.monotonic()) >= 0:
        time.sleep(min(25, remaining))

    assert batch_mock.sleeps == [25, 25, 10]
    assert passed_ms(batch_mock) == 60_001


def test_a_deadline_beside_a_pool(batch_mock: BatchMock, poll: Poll) -> None:
    """So does one that gives a pool work, which looks for an idle thread with a timeout of zero."""
    with ThreadPoolExecutor(4) as pool:
        deadline = time.time() + 60
        while time.time() <= deadline:
            pool.submit(poll).result()
            time.sleep(pause_until(deadline))

    assert batch_mock.calls.count("DescribeJobs") == 4
    assert passed_ms(batch_mock) == 60_001


def test_letting_others_run_after_a_sleep(batch_mock: BatchMock) -> None:
    """Code that lets others run again and again, and reads a clock in between, takes a millisecond once."""
    time.sleep(60)
    for _ in range(20):
        time.time()
        time.sleep(0)
    assert passed_ms(batch_mock) == 60_001


def test_a_deadline_in_the_function_of_a_job(batch_mock: BatchMock, client: Any) -> None:
    """So does one in the function of a job, which takes its turns."""
    ended: list[float] = []

    def work(_: object) -> None:
        deadline = time.time() + 60
        while time.time() <= deadline:
            time.sleep(pause_until(deadline))
        ended.append(time.time() - deadline)

    batch_mock.script("*", call(work))
    submit(client)
    batch_mock.run()
    assert ended == [pytest.approx(0.001, abs=1e-4)]


@pytest.mark.parametrize("zero", [0, 0.0])
def test_zero_seconds_elsewhere(batch_mock: BatchMock, zero: float) -> None:
    """Zero seconds do not move the clock in code that has not read it since it slept."""
    time.time()
    time.sleep(zero)
    time.sleep(60)
    for _ in range(5):
        time.sleep(zero)
        by_event(zero)
        by_get(zero)

    assert passed_ms(batch_mock) == 60_000
    assert batch_mock.sleeps == [60]


def test_zero_seconds_of_libraries(batch_mock: BatchMock) -> None:
    """Libraries that only look take no time: a pool for an idle thread, and `sched` after each event."""
    time.sleep(60)
    with ThreadPoolExecutor(2) as pool:
        for _ in range(3):
            time.time()
            pool.submit(int).result()
    scheduler = sched.scheduler()
    scheduler.enter(0, 0, int)
    scheduler.run()

    assert passed_ms(batch_mock) == 60_000


def test_zero_seconds_while_another_thread_works(batch_mock: BatchMock, client: Any) -> None:
    """Code that waits for another thread with zero seconds goes on as that thread is done: no time passes."""
    for _ in range(ROUNDS):
        with ThreadPoolExecutor(1) as pool:
            work = pool.submit(lambda: [submit(client) for _ in range(20)])
            deadline = time.time() + 60
            while not work.done() and time.time() < deadline:
                time.sleep(0)
    assert passed_ms(batch_mock) == 0


# Futures at their deadline


@pytest.mark.parametrize("first", [30, 60])
def test_a_future_that_completes_at_the_deadline(
    batch_mock: BatchMock, client: Any, first: int
) -> None:
    """Whatever completes at the deadline of `as_completed` has completed in time."""
    for _ in range(ROUNDS):
        client.describe_job_queues()
        before = passed_ms(batch_mock)
        with ThreadPoolExecutor(2) as pool:
            futures = [pool.submit(time.sleep, first), pool.submit(time.sleep, 60)]
            assert {*as_completed(futures, timeout=60)} == {*futures}
        assert passed_ms(batch_mock) - before == 60_000


def test_a_future_that_completes_after_the_deadline(batch_mock: BatchMock, client: Any) -> None:
    """Nothing that completes later has: `as_completed` times out although it was woken at its deadline."""
    for _ in range(ROUNDS):
        client.describe_job_queues()
        with ThreadPoolExecutor(2) as pool:
            futures = [pool.submit(time.sleep, 60), pool.submit(time.sleep, 120)]
            completed = as_completed(futures, timeout=60)
            assert next(completed) is futures[0]
            with pytest.raises(concurrent.futures.TimeoutError):
                next(completed)


def test_no_timeout_at_all(batch_mock: BatchMock, client: Any) -> None:
    """`as_completed` with a timeout of zero ends in a thread that has called Batch."""
    client.describe_job_queues()
    by_completed(0)
    assert passed_ms(batch_mock) <= 1


# Numbers of seconds


@pytest.mark.parametrize("seconds", [Decimal(60), Fraction(60)])
@pytest.mark.parametrize("wait", [by_sleep, by_event, by_condition, by_futures, by_join])
def test_other_numbers(
    batch_mock: BatchMock, client: Any, wait: Callable[[Any], None], seconds: Any
) -> None:
    """From Python 3.15 on, sleeps and waits take any real number; before, they refuse it."""
    client.describe_job_queues()
    if sys.version_info >= (3, 15):
        wait(seconds)
        assert passed_ms(batch_mock) == 60_000
        assert batch_mock.sleeps == [60]
    else:
        with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
            wait(seconds)
        assert passed_ms(batch_mock) == 0
