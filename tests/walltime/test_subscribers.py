"""Event subscribers that run while sleeps and polls move time: what they do and what they wake."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from batchmock import BatchMock, call, succeed

from ..builders import START_MS, provisioned_mock, status_of, submit

ENDED = {"detail": {"status": ["SUCCEEDED"]}}
END_S = 503
"""When a job that runs for 500 seconds ends."""


def seconds(batch_mock: BatchMock) -> float:
    """Return the simulated seconds since the start."""
    return (batch_mock.clock.epoch_ms - START_MS) / 1000


def test_a_handler_that_sleeps_and_calls(batch_mock: BatchMock, client: Any) -> None:
    """A subscriber's sleeps take no time and are not recorded, and it reads the job as in the event."""
    seen = []

    def handler(event: Any) -> None:
        time.sleep(5)
        detail = event["detail"]
        seen.append((detail["status"], status_of(client, detail["jobId"])))

    batch_mock.subscribe(handler)
    submit(client)
    time.sleep(60)

    assert [told for told, _ in seen] == ["RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]
    assert all(told == found for told, found in seen)
    assert batch_mock.sleeps == [60]
    assert seconds(batch_mock) == 60


def test_threads_of_a_handler(batch_mock: BatchMock, client: Any) -> None:
    """Threads that a subscriber starts and joins may sleep and submit."""

    def handler(event: Any) -> None:
        def sleep_and_submit() -> None:
            time.sleep(30)
            submit(client, "next")

        if event["detail"]["jobName"] == "job":
            threads = [threading.Thread(target=sleep_and_submit) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    batch_mock.subscribe(handler, ENDED)
    submit(client)
    time.sleep(60)

    assert [job.status for job in batch_mock.jobs.named("next")] == ["SUCCEEDED"] * 2
    assert [seconds_of(job.created_at) for job in batch_mock.jobs.named("next")] == [4, 4]
    assert batch_mock.sleeps == [60]


def seconds_of(instant: Any) -> float:
    """Return the seconds from the start to an instant."""
    return float(instant.timestamp() - START_MS / 1000)


def test_a_handler_in_a_look() -> None:
    """When polls move time, a subscriber runs inside one, and its own polls move nothing."""
    with provisioned_mock(advance="poll") as (batch_mock, client):
        seen = []
        batch_mock.subscribe(
            lambda event: seen.append(status_of(client, event["detail"]["jobId"])), ENDED
        )
        job_id = submit(client)
        looks = [status_of(client, job_id) for _ in range(5)]

        assert looks == ["SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]
        assert seen == ["SUCCEEDED"]
        assert seconds(batch_mock) == 5


def can_look(client: Any, job_id: str) -> bool:
    """Return whether a poll is answered."""
    try:
        status_of(client, job_id)
    except ZeroDivisionError:
        return False
    return True


def test_an_error_in_a_look() -> None:
    """An exception in a subscriber is raised once, by the poll that delivered the event."""

    def fails(event: Any) -> None:
        raise ZeroDivisionError

    with provisioned_mock(advance="poll") as (batch_mock, client):
        batch_mock.subscribe(fails, ENDED)
        job_id = submit(client)
        looks = [can_look(client, job_id) for _ in range(8)]

        assert looks.count(False) == 1
        assert batch_mock.job(job_id).status == "SUCCEEDED"
        assert batch_mock.calls.count("DescribeJobs") == 8


def wake_directly(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    """Wake a coroutine from another coroutine of its loop."""
    event.set()


def wake_from_elsewhere(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    """Wake a coroutine from another thread."""
    loop.call_soon_threadsafe(event.set)


@pytest.mark.parametrize("wake", [wake_directly, wake_from_elsewhere])
@pytest.mark.parametrize("by", ["an event", "a job"])
def test_a_coroutine_is_woken_at_that_instant(
    batch_mock: BatchMock, client: Any, wake: Callable[..., None], by: str
) -> None:
    """A coroutine that waits for a subscriber or a job's function resumes at that instant."""

    async def main() -> float:
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        if by == "an event":
            batch_mock.script(succeed(after=500))
            batch_mock.subscribe(lambda event: wake(loop, ended), ENDED)
        else:
            batch_mock.script(call(lambda context: wake(loop, ended), starting=501))
        submit(client)
        await asyncio.wait_for(ended.wait(), timeout=3600)
        return seconds(batch_mock)

    assert asyncio.run(main()) == END_S


def test_a_thread_is_woken_at_that_instant(batch_mock: BatchMock, client: Any) -> None:
    """A waiting thread resumes then too, even if another sleeps for longer."""
    batch_mock.script(succeed(after=500))
    events: queue.Queue[Any] = queue.Queue()
    batch_mock.subscribe(events.put, ENDED)
    acted_at = []

    def act() -> None:
        events.get()
        acted_at.append(seconds(batch_mock))

    thread = threading.Thread(target=act)
    thread.start()
    submit(client)
    time.sleep(3600)
    thread.join()

    assert acted_at == [END_S]
    assert seconds(batch_mock) == 3600
    assert batch_mock.sleeps == [3600]
