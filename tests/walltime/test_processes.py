"""Pools and child processes beside simulated time."""

from __future__ import annotations

import asyncio
import copy
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import date, datetime
from multiprocessing.pool import ThreadPool
from typing import Any

import boto3
import pytest
import trio

from batchmock import BatchMock, mock_batch

from ..builders import provisioned_mock, submit
from .deadlines import passed_ms

ROUNDS = 20


@pytest.fixture
def batch_mock() -> Iterator[BatchMock]:
    """A mock with `advance="sleep"`."""
    with provisioned_mock(advance="sleep") as (batch_mock, _):
        yield batch_mock


class Poller:
    """An object that keeps a sleep and a clock."""

    def __init__(self) -> None:
        self.nap = time.sleep
        self.now = time.time


# Pickles

REPLACED: dict[str, Callable[[], Any]] = {
    "sleep": lambda: time.sleep,
    "time": lambda: time.time,
    "monotonic_ns": lambda: time.monotonic_ns,
    "gmtime": lambda: time.gmtime,
    "strftime": lambda: time.strftime,
    "datetime": lambda: datetime,
    "date": lambda: date,
    "asyncio.sleep": lambda: asyncio.sleep,
    "asyncio.wait_for": lambda: asyncio.wait_for,
    "trio.sleep": lambda: trio.sleep,
    "Thread.join": lambda: threading.Thread.join,
    "Condition.wait": lambda: threading.Condition.wait,
}
replaced = pytest.mark.parametrize("current", REPLACED.values(), ids=REPLACED.keys())


@replaced
@pytest.mark.parametrize("protocol", [0, 2, pickle.HIGHEST_PROTOCOL])
def test_pickling(batch_mock: BatchMock, current: Callable[[], Any], protocol: int) -> None:
    """What a mock replaces can be pickled, by name, as its original can."""
    pickled = pickle.dumps(current(), protocol)
    assert pickle.loads(pickled) is current()
    assert b"batchmock" not in pickled


@replaced
def test_a_pickle_read_later(current: Callable[[], Any]) -> None:
    """After the mock, the name is that of the original."""
    with mock_batch(advance="sleep"):
        pickled = pickle.dumps(current())
    assert pickle.loads(pickled) is current()


def test_copying_an_object_that_keeps_a_sleep(batch_mock: BatchMock) -> None:
    """An object that keeps a sleep and a clock can be copied and pickled, and its copy sleeps."""
    for each in (
        copy.copy(Poller()),
        copy.deepcopy(Poller()),
        pickle.loads(pickle.dumps(Poller())),
    ):
        before = each.now()
        each.nap(60)
        assert each.now() == before + 60


# Pools of processes


def test_a_pool_of_processes(batch_mock: BatchMock) -> None:
    """A pool takes sleeps and clocks as its functions, which are real there."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(time.sleep, 0.01).result() is None
        assert abs(pool.submit(time.time).result() - batch_mock.clock.epoch_ms / 1000) > 1000
    assert passed_ms(batch_mock) == 0


def test_an_idle_pool_of_processes(batch_mock: BatchMock) -> None:
    """A pool without work does not hold time, and its work does."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        done_at: list[int] = []

        def note(_: Future[None]) -> None:
            done_at.append(passed_ms(batch_mock))

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for _ in range(ROUNDS):
                pool.submit(time.sleep, 0.01).add_done_callback(note)
                time.sleep(60)
                time.sleep(60)
    assert done_at == [number * 120_000 for number in range(ROUNDS)]


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_an_idle_pool_of_multiprocessing(batch_mock: BatchMock, method: str) -> None:
    """The same holds for a pool of `multiprocessing`."""
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip("the platform has no fork")
    with multiprocessing.get_context(method).Pool(1) as pool:
        pool.apply(time.sleep, (0,))
        done_at: list[int] = []

        def note(_: None) -> None:
            done_at.append(passed_ms(batch_mock))

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for _ in range(ROUNDS):
                pool.apply_async(time.sleep, (0.01,), callback=note)
                time.sleep(60)
                time.sleep(60)
    assert done_at == [number * 120_000 for number in range(ROUNDS)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_pool_that_begins_and_ends(batch_mock: BatchMock) -> None:
    """No time passes while a pool begins and ends, though another thread sleeps."""
    threading.Thread(target=time.sleep, args=(10**8,), daemon=True).start()
    fork = multiprocessing.get_context("fork")
    for _ in range(4 * ROUNDS):
        with ProcessPoolExecutor(2, fork) as pool:
            assert list(pool.map(abs, [1, -2, 3])) == [1, 2, 3]
        assert passed_ms(batch_mock) == 0


# Pools of threads


def test_sleeps_as_the_function_of_a_pool(batch_mock: BatchMock) -> None:
    """A pool of threads may be given a sleep or a clock itself."""
    with ThreadPool(2) as pool:
        pool.map(time.sleep, [40, 30])
        assert passed_ms(batch_mock) in (40_000, 70_000)
        pool.starmap(time.sleep, [(60,)])
        before_ms = passed_ms(batch_mock)
        pool.apply(time.sleep, (60,))
        assert passed_ms(batch_mock) == before_ms + 60_000
        assert pool.apply(time.time) == batch_mock.clock.epoch_ms / 1000
    assert sorted(batch_mock.sleeps) == [30, 40, 60, 60]


def test_a_result_that_a_pool_sleeps_for(batch_mock: BatchMock) -> None:
    """A timeout of a result and a sleep in the pool are in the same time."""
    submit(boto3.client("batch"))
    with ThreadPool(2) as pool:
        slow = pool.apply_async(time.sleep, (600,))
        with pytest.raises(multiprocessing.TimeoutError):
            slow.get(timeout=100)
        assert passed_ms(batch_mock) == 100_000


# Forked processes

IN_A_CHILD = """
import os, threading, time
from batchmock import mock_batch

if os.fork() == 0:
    with mock_batch(region="us-east-1", advance="sleep") as batch_mock:
        thread = threading.Thread(target=time.sleep, args=(60,))
        thread.start()
        thread.join()
        print(batch_mock.sleeps, flush=True)
    os._exit(0)
os.wait()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
def test_a_mock_in_a_forked_process() -> None:
    """In a forked process the thread that waits for another one is seen to wait."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", IN_A_CHILD],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.stdout, run.stderr) == ("[60]\n", "")
