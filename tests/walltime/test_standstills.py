"""Code that moves time itself and waits for an event that never comes."""

from __future__ import annotations

import asyncio
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from batchmock import BatchMock, StuckError, fail, hang, succeed

from ..builders import provisioned_mock, status_of, submit
from .polling import submit_and_wait, submit_and_wait_async

LAST = 100
"""How many moves in vain are an error in these tests."""
IN_VAIN = "waits in vain"

Started = tuple[BatchMock, Any]


@pytest.fixture
def slept() -> Iterator[Started]:
    """A mock with `advance="sleep"`, in which all jobs hang, and its client."""
    with provisioned_mock(advance="sleep", stuck_after=LAST) as started:
        started[0].script(hang())
        yield started


def warned(waiting: Callable[[], object]) -> list[str]:
    """Return the messages of the warnings that code causes."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        waiting()
    return [str(warning.message) for warning in caught]


def test_error(slept: Started) -> None:
    """A loop that waits for a hanging job ends with an error that explains it."""
    _, client = slept
    with pytest.raises(StuckError) as caught:
        submit_and_wait(client)

    job_id = slept[0].jobs[0].id
    assert str(caught.value) == (
        "batchmock: the code under test waits in vain: time was moved 100 times, by 3,000 seconds, since "
        "something last happened, and nothing is left to happen.\n"
        f"job 'job' ({job_id}) has been RUNNING since 2026-01-02 03:04:08.\n"
        "Attempt 1 of 1 hangs.\n"
        "It has no timeout, so only a TerminateJob ends it.\n"
        "Script an end for the job (succeed, fail), give the job or the loop a timeout, or let deadlines see "
        "simulated time (freeze=True). A loop that needs more rounds: mock_batch(stuck_after=...)."
    )


def test_a_deadline_of_the_code(slept: Started) -> None:
    """A loop with a deadline ends by itself, however many rounds that takes."""
    _, client = slept
    job_id = submit(client)
    deadline = time.monotonic() + 3 * LAST
    rounds = 0
    while time.monotonic() < deadline:
        status_of(client, job_id)
        time.sleep(0.5)
        rounds += 1

    assert rounds == 6 * LAST


def test_a_timeout_of_the_loop(slept: Started) -> None:
    """A coroutine under a timeout ends by itself too."""

    async def main() -> None:
        await asyncio.wait_for(submit_and_wait_async(slept[1], poll_every=1), 5 * LAST)

    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(main())


def test_a_watchdog(slept: Started) -> None:
    """A thread that another thread will stop ends by itself too."""
    _, client = slept
    job_id = submit(client)
    stopped = threading.Event()

    def watch() -> None:
        time.sleep(5 * LAST)
        stopped.set()

    thread = threading.Thread(target=watch)
    thread.start()
    while not stopped.is_set():
        status_of(client, job_id)
        time.sleep(1)
    thread.join()


def test_error_of_coroutines(slept: Started) -> None:
    """The error is raised in one of the sleeping coroutines."""

    async def main() -> None:
        await asyncio.gather(*(submit_and_wait_async(slept[1]) for _ in range(3)))

    with pytest.raises(StuckError, match=IN_VAIN):
        asyncio.run(main())


def test_error_of_threads(slept: Started) -> None:
    """The error is raised in each waiting thread, so that a pool of them ends."""
    with ThreadPoolExecutor(3) as pool:
        waits = [pool.submit(submit_and_wait, slept[1]) for _ in range(3)]

    assert [type(wait.exception()) for wait in waits] == [StuckError] * 3


def test_error_of_looks() -> None:
    """When polls move time, the poll over the limit raises the error and is recorded among the calls."""
    with provisioned_mock(advance="poll", stuck_after=LAST) as (batch_mock, client):
        batch_mock.hold("job")
        job_id = submit(client)

        def look_for_ever() -> None:
            while True:
                status_of(client, job_id)

        with pytest.raises(StuckError, match=r"It is held at RUNNABLE; release\('job'\) lets it"):
            look_for_ever()
        looks = batch_mock.calls.of("DescribeJobs")
        assert looks[-1].response is not None
        assert looks[-1].at_ms < batch_mock.clock.epoch_ms


def test_ticks_in_place_of_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that replaces `time.sleep` with `tick` gets the error too."""
    with provisioned_mock(stuck_after=LAST) as (batch_mock, client):
        batch_mock.script(hang())
        monkeypatch.setattr(time, "sleep", batch_mock.tick)
        with pytest.raises(StuckError, match=IN_VAIN):
            submit_and_wait(client)


def test_a_job_that_has_failed(slept: Started) -> None:
    """A loop that knows only one final status of a job is told about the other."""
    batch_mock, client = slept
    batch_mock.script(fail(3))
    job_id = submit(client)

    def wait_for_success() -> None:
        while status_of(client, job_id) != "SUCCEEDED":
            time.sleep(60)

    with pytest.raises(StuckError, match=r"All jobs have ended\.\njob 'job' .* been FAILED"):
        wait_for_success()


def test_no_job_at_all(slept: Started) -> None:
    """A loop that polls for a job that was never submitted is told so."""
    _, client = slept

    def wait_for_a_job() -> None:
        while not client.list_jobs(jobQueue="queue")["jobSummaryList"]:
            time.sleep(60)

    with pytest.raises(StuckError, match="No job was submitted"):
        wait_for_a_job()


def test_many_jobs(slept: Started) -> None:
    """Three jobs are explained and the others counted."""
    _, client = slept
    for number in range(5):
        submit(client, f"job-{number}")

    def sleep_for_ever() -> None:
        while True:
            time.sleep(1)

    with pytest.raises(StuckError) as caught:
        sleep_for_ever()
    text = str(caught.value)

    assert [f"'job-{number}'" in text for number in range(5)] == [True, True, True, False, False]
    assert "\n2 more jobs have not ended.\n" in text


def test_sleeps_of_code_that_waits_for_no_job(slept: Started) -> None:
    """Sleeps unrelated to a job cause no error, before a job and after it."""
    batch_mock, client = slept
    batch_mock.script(succeed())
    assert warned(lambda: [time.sleep(1) for _ in range(2 * LAST)]) == []
    submit_and_wait(client)
    assert warned(lambda: [time.sleep(1) for _ in range(2 * LAST)]) == []


def test_code_that_sleeps_on_and_on_for_no_job() -> None:
    """Code that neither asks for jobs nor has an unfinished one may sleep a hundred times as often."""
    with provisioned_mock(advance="sleep", stuck_after=5) as (_, client):
        submit_and_wait(client)
        assert warned(lambda: [time.sleep(1) for _ in range(490)]) == []
        with pytest.raises(StuckError, match=IN_VAIN):
            warned(lambda: [time.sleep(1) for _ in range(20)])


def test_ticks_of_the_tests_own() -> None:
    """A test may move the time of a hanging job as often as it likes."""
    with provisioned_mock(stuck_after=LAST) as (batch_mock, client):
        batch_mock.script(hang())
        submit(client)
        assert warned(lambda: [batch_mock.tick() for _ in range(2 * LAST)]) == []


def test_what_happens_now_and_then(slept: Started) -> None:
    """A wait is allowed while any event is due, however late, and the count restarts after it."""
    batch_mock, client = slept
    batch_mock.script("long", succeed(after=30 * LAST * 2))
    assert warned(lambda: submit_and_wait(client, "long")) == []
    assert warned(lambda: [time.sleep(1) for _ in range(LAST // 2)]) == []
    assert warned(lambda: submit_and_wait(client, "long")) == []
