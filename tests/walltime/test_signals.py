"""Handlers of signals that sleep while the code that they interrupt does."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
import trio

from batchmock import BatchMock, succeed

from ..builders import START_MS, provisioned_mock, status_of, submit

ROUNDS = 20
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs signals that are handled")


@pytest.fixture
def batch_mock() -> Iterator[BatchMock]:
    """A mock in which jobs take an hour."""
    with provisioned_mock(advance="sleep") as (batch_mock, _):
        batch_mock.script(succeed(after=3600))
        yield batch_mock


@pytest.fixture
def handle() -> Iterator[Callable[[Callable[[], object]], None]]:
    """A function that registers a handler for SIGTERM."""
    before = signal.getsignal(signal.SIGTERM)
    yield lambda handler: signal.signal(signal.SIGTERM, lambda *_: handler()) and None
    signal.signal(signal.SIGTERM, before)


def interrupted(batch_mock: BatchMock, code: Callable[[], object]) -> float:
    """Run code in this thread, and send it a signal after ten simulated seconds; return how long it takes."""
    before_ms = batch_mock.clock.epoch_ms

    def send() -> None:
        time.sleep(10)
        os.kill(os.getpid(), signal.SIGTERM)

    sender = threading.Thread(target=send)
    sender.start()
    code()
    sender.join()
    return (batch_mock.clock.epoch_ms - before_ms) / 1000


SLEEPS: list[Callable[[], object]] = [
    lambda: time.sleep(600),
    lambda: asyncio.run(asyncio.sleep(600)),
    lambda: trio.run(trio.sleep, 600),
    lambda: [threading.Thread(target=time.sleep, args=(600,))].pop().run(),
]


@pytest.mark.parametrize("code", SLEEPS)
@pytest.mark.parametrize(("seconds", "lasts"), [(2, 600), (900, 910)])
def test_a_handler_that_sleeps(
    batch_mock: BatchMock, handle: Any, code: Callable[[], object], seconds: int, lasts: int
) -> None:
    """The sleep goes on after that of the handler, or ends with it, whichever is later."""
    for _ in range(ROUNDS):
        handled: list[int] = []
        handle(lambda: (time.sleep(seconds), handled.append(batch_mock.clock.epoch_ms)))  # noqa: B023
        began_ms = batch_mock.clock.epoch_ms
        assert interrupted(batch_mock, code) == lasts
        assert handled == [began_ms + (10 + seconds) * 1000]


def test_a_handler_that_waits_for_a_job(batch_mock: BatchMock, handle: Any) -> None:
    """A handler may submit a job and poll it until it has ended."""
    client = boto3.client("batch")
    seen: list[str] = []

    def handler() -> None:
        job_id = submit(client)
        while status_of(client, job_id) != "SUCCEEDED":
            time.sleep(60)
        seen.append(status_of(client, job_id))

    handle(handler)
    assert interrupted(batch_mock, lambda: time.sleep(7200)) == 7200
    assert seen == ["SUCCEEDED"]
    assert batch_mock.calls.of("SubmitJob")[0].at_ms == START_MS + 10_000


def test_a_handler_that_works(batch_mock: BatchMock, handle: Any) -> None:
    """Time stands still while a handler runs, beside a thread that sleeps often."""
    handled: list[tuple[int, int]] = []
    is_over = threading.Event()

    def beat() -> None:
        while not is_over.is_set():
            time.sleep(1)

    def handler() -> None:
        began_ms = batch_mock.clock.epoch_ms
        sum(range(2_000_000))
        handled.append((began_ms, batch_mock.clock.epoch_ms))

    handle(handler)
    heart = threading.Thread(target=beat)
    heart.start()
    time.sleep(0.5)
    for _ in range(5):
        at_ms = batch_mock.clock.epoch_ms + 10_000
        interrupted(batch_mock, lambda: time.sleep(30))
        assert handled.pop() == (at_ms, at_ms)
    is_over.set()
    heart.join()


def test_a_handler_that_raises(batch_mock: BatchMock, handle: Any) -> None:
    """What a handler raises after a sleep ends the sleep that it has interrupted."""

    class Stopped(Exception):
        pass

    def handler() -> None:
        time.sleep(5)
        raise Stopped

    def code() -> None:
        with pytest.raises(Stopped):
            time.sleep(600)

    handle(handler)
    for _ in range(ROUNDS):
        assert interrupted(batch_mock, code) == 15
