"""Timeouts, sleeps of others and deadlines that outlast a poll that waits in vain."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import anyio
import pytest
import trio

from batchmock import StuckError, hang

from ..builders import provisioned_mock, status_of, submit

LAST = 20
"""How many moves in vain are an error in these tests."""
PAUSE = 1
"""Seconds between two polls."""


@pytest.fixture
def client() -> Iterator[Any]:
    """The client of a mock with `advance="sleep"`, in which all jobs hang."""
    with provisioned_mock(advance="sleep", stuck_after=LAST) as (batch_mock, client):
        batch_mock.script(hang())
        yield client


def poll(client: Any, job_id: str) -> None:
    """Wait for a job, in a thread."""
    while status_of(client, job_id) != "SUCCEEDED":
        time.sleep(PAUSE)


async def poll_in_asyncio(client: Any, job_id: str) -> None:
    """Wait for a job, in a task of asyncio."""
    while status_of(client, job_id) != "SUCCEEDED":
        await asyncio.sleep(PAUSE)


async def poll_in_trio(client: Any, job_id: str) -> None:
    """Wait for a job, in a task of trio."""
    while status_of(client, job_id) != "SUCCEEDED":
        await trio.sleep(PAUSE)


# A poll whose own pauses are timeouts


def pause_of_an_event(client: Any, job_id: str) -> None:
    """Pause by a wait for an event that is never set."""
    never = threading.Event()
    while status_of(client, job_id) != "SUCCEEDED":
        never.wait(30)


def pause_of_wait_for(client: Any, job_id: str) -> None:
    """Pause by `asyncio.wait_for`."""

    async def main() -> None:
        never = asyncio.Event()
        while status_of(client, job_id) != "SUCCEEDED":
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(never.wait(), 30)

    asyncio.run(main())


def pause_of_wait(client: Any, job_id: str) -> None:
    """Pause by `asyncio.wait`."""

    async def main() -> None:
        never = asyncio.get_running_loop().create_future()
        while status_of(client, job_id) != "SUCCEEDED":
            await asyncio.wait([never], timeout=30)

    asyncio.run(main())


def pause_of_a_timer(client: Any, job_id: str) -> None:
    """Pause by `call_later`."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        while status_of(client, job_id) != "SUCCEEDED":
            over = loop.create_future()
            loop.call_later(30, over.set_result, None)
            await over

    asyncio.run(main())


def pause_of_a_scope(client: Any, job_id: str) -> None:
    """Pause by a cancel scope of trio."""

    async def main() -> None:
        while status_of(client, job_id) != "SUCCEEDED":
            with trio.move_on_after(30):
                await trio.sleep_forever()

    trio.run(main)


def pause_of_a_scope_of_anyio(client: Any, job_id: str) -> None:
    """Pause by a cancel scope of anyio."""

    async def main() -> None:
        while status_of(client, job_id) != "SUCCEEDED":
            with anyio.move_on_after(30):
                await anyio.sleep_forever()

    anyio.run(main)


@pytest.mark.parametrize(
    "pause",
    [
        pause_of_an_event,
        pause_of_wait_for,
        pause_of_wait,
        pause_of_a_timer,
        pause_of_a_scope,
        pause_of_a_scope_of_anyio,
    ],
)
def test_a_poll_that_pauses_by_a_timeout(client: Any, pause: Callable[..., None]) -> None:
    """A poll for ever ends with an error, also if its own pauses are timeouts, which end each time."""
    with pytest.raises(StuckError, match="moved 20 times, by 600 seconds"):
        pause(client, submit(client))


# A loop that tries again


def try_in_threads(client: Any, job_id: str, attempts: int) -> int:
    """Wait for a job in a thread several times, each with a limit, and pause in between."""
    given_up = 0
    for _ in range(attempts):
        over = threading.Event()
        limit = threading.Timer(3 * LAST, over.set)
        limit.start()
        while not over.is_set() and status_of(client, job_id) != "SUCCEEDED":
            time.sleep(PAUSE)
        limit.join()
        given_up += 1
        time.sleep(60)
    return given_up


def try_in_a_pool(client: Any, job_id: str, attempts: int) -> int:
    """Wait for a job in a pool several times, each stopped by the main thread, and pause in between."""
    given_up = 0
    for _ in range(attempts):
        over = threading.Event()

        def watch(over: threading.Event = over) -> None:
            while not over.wait(PAUSE):
                status_of(client, job_id)

        with ThreadPoolExecutor(1) as pool:
            pool.submit(watch)
            time.sleep(3 * LAST)
            over.set()
        given_up += 1
        time.sleep(60)
    return given_up


def try_in_asyncio(client: Any, job_id: str, attempts: int) -> int:
    """Wait for a job by asyncio several times, each with a timeout, and pause in between."""

    async def main() -> int:
        given_up = 0
        for _ in range(attempts):
            try:
                await asyncio.wait_for(poll_in_asyncio(client, job_id), 3 * LAST)
            except asyncio.TimeoutError:
                given_up += 1
            await asyncio.sleep(60)
        return given_up

    return asyncio.run(main())


def try_in_trio(client: Any, job_id: str, attempts: int) -> int:
    """Wait for a job by trio several times, each in a cancel scope, and pause in between."""

    async def main() -> int:
        given_up = 0
        for _ in range(attempts):
            with trio.move_on_after(3 * LAST) as scope:
                await poll_in_trio(client, job_id)
            given_up += scope.cancelled_caught
            await trio.sleep(60)
        return given_up

    return trio.run(main)


TRIES = pytest.mark.parametrize(
    "tries", [try_in_threads, try_in_a_pool, try_in_asyncio, try_in_trio]
)


@TRIES
def test_a_loop_that_tries_again(client: Any, tries: Callable[..., int]) -> None:
    """A loop that waits several times with a limit, and sleeps in between, ends by itself."""
    assert tries(client, submit(client), attempts=4) == 4


@TRIES
def test_a_loop_that_tries_for_ever(
    client: Any, tries: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same loop ends with an error if it goes on for ever; the error counts all moves."""
    monkeypatch.setitem(globals(), "PAUSE", 2.5)
    with pytest.raises(StuckError, match=r"moved 1,\d\d\d times"):
        tries(client, submit(client), attempts=1_000_000)


def test_a_slow_heartbeat(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A poll for ever ends with an error beside another thread whose sleeps are longer, but never end it."""
    monkeypatch.setitem(globals(), "PAUSE", 2.5)
    job_id = submit(client)
    over = threading.Event()

    def beat() -> None:
        # The heart may get the error first.
        with suppress(StuckError):
            while not over.is_set():
                time.sleep(3 * LAST)

    heart = threading.Thread(target=beat)
    heart.start()
    with pytest.raises(StuckError):
        poll(client, job_id)
    over.set()
    heart.join()


def test_a_timeout_that_ends_at_the_instant_of_a_poll(client: Any) -> None:
    """A timeout that ends exactly when a poll does comes in time, though nothing else is ahead then."""

    async def main() -> None:
        await asyncio.wait_for(poll_in_asyncio(client, submit(client)), LAST)

    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(main())
