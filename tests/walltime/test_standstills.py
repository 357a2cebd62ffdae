"""Code that moves time itself and waits for what will never come."""

from __future__ import annotations

import asyncio
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from batchmock import BatchMock, BatchMockWarning, StuckError, fail, hang, succeed
from batchmock.walltime import standstills

from ..builders import provisioned_mock, status_of, submit
from .polling import submit_and_wait, submit_and_wait_async

FIRST = 20
LAST = 100
IN_VAIN = "waits in vain"

Started = tuple[BatchMock, Any]


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let so many moves be too many that a test is done soon."""
    monkeypatch.setattr(standstills, "VAIN_MOVES", FIRST)
    monkeypatch.setattr(standstills, "MOST_VAIN_MOVES", LAST)


@pytest.fixture
def slept() -> Iterator[Started]:
    """A mock with `advance="sleep"`, in which all jobs hang, and its client."""
    with provisioned_mock(advance="sleep") as started:
        started[0].script(hang())
        yield started


def warned(waiting: Callable[[], object]) -> list[str]:
    """Give the texts of the warnings that code brings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        waiting()
    return [str(warning.message) for warning in caught]


def test_warning(slept: Started) -> None:
    """A loop that waits for a job that hangs is told so once, and why, where it sleeps."""
    _, client = slept
    job_id = submit(client)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2 * FIRST):
            status_of(client, job_id)
            time.sleep(30)

    (warning,) = caught
    assert warning.category is BatchMockWarning
    assert warning.filename == __file__
    assert str(warning.message) == (
        "batchmock: the code under test waits in vain: time was moved 20 times since something last "
        "happened, and nothing is left to happen.\n"
        f"job 'job' ({job_id}) has been RUNNING since 2026-01-02 03:04:08.\n"
        "Attempt 1 of 1 hangs.\n"
        "It has no timeout, so that only a TerminateJob ends it.\n"
        "After 100 times a StuckError is raised."
    )


@pytest.mark.filterwarnings("ignore::batchmock.BatchMockWarning")
def test_error(slept: Started) -> None:
    """A loop that goes on ends with an error."""
    with pytest.raises(StuckError, match="time was moved 100 times"):
        submit_and_wait(slept[1])


@pytest.mark.filterwarnings("ignore::batchmock.BatchMockWarning")
def test_error_of_coroutines(slept: Started) -> None:
    """One of the coroutines that sleep has it."""

    async def main() -> None:
        await asyncio.gather(*(submit_and_wait_async(slept[1]) for _ in range(3)))

    with pytest.raises(StuckError, match=IN_VAIN):
        asyncio.run(main())


@pytest.mark.filterwarnings("ignore::batchmock.BatchMockWarning")
def test_error_of_threads(slept: Started) -> None:
    """Each thread that waits has it, so that a pool of them comes to its end."""
    with ThreadPoolExecutor(3) as pool:
        waits = [pool.submit(submit_and_wait, slept[1]) for _ in range(3)]

    assert [type(wait.exception()) for wait in waits] == [StuckError] * 3


@pytest.mark.filterwarnings("ignore::batchmock.BatchMockWarning")
def test_error_of_looks() -> None:
    """Where each look moves time, the look that is one too many has it, and is among the calls."""
    with provisioned_mock(advance="poll") as (batch_mock, client):
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
    """A test that puts `tick` in the place of `time.sleep` is told as well."""
    with provisioned_mock() as (batch_mock, client):
        batch_mock.script(hang())
        monkeypatch.setattr(time, "sleep", batch_mock.tick)
        with pytest.raises(BatchMockWarning, match=IN_VAIN):
            submit_and_wait(client)


def test_a_job_that_has_failed(slept: Started) -> None:
    """A loop that knows but one end of a job is told of the other."""
    batch_mock, client = slept
    batch_mock.script(fail(3))
    job_id = submit(client)

    def wait_for_success() -> None:
        while status_of(client, job_id) != "SUCCEEDED":
            time.sleep(60)

    with pytest.raises(BatchMockWarning, match=r"All jobs have ended\.\njob 'job' .* been FAILED"):
        wait_for_success()


def test_no_job_at_all(slept: Started) -> None:
    """A loop that looks for a job that nobody has submitted is told so."""
    _, client = slept

    def wait_for_a_job() -> None:
        while not client.list_jobs(jobQueue="queue")["jobSummaryList"]:
            time.sleep(60)

    with pytest.raises(BatchMockWarning, match="No job was submitted"):
        wait_for_a_job()


def test_many_jobs(slept: Started) -> None:
    """Three jobs are explained, and the others counted."""
    _, client = slept
    for number in range(5):
        submit(client, f"job-{number}")
    (text,) = warned(lambda: [time.sleep(1) for _ in range(2 * FIRST)])

    assert [f"'job-{number}'" in text for number in range(5)] == [True, True, True, False, False]
    assert "\n2 more jobs have not ended.\n" in text


def test_sleeps_of_code_that_waits_for_no_job(slept: Started) -> None:
    """Who sleeps for reasons of its own is left alone, before a job and after it."""
    batch_mock, client = slept
    batch_mock.script(succeed())
    assert warned(lambda: [time.sleep(1) for _ in range(2 * LAST)]) == []
    submit_and_wait(client)
    assert warned(lambda: [time.sleep(1) for _ in range(2 * LAST)]) == []


def test_ticks_of_the_tests_own() -> None:
    """A test may move the time of a job that hangs as often as it likes."""
    with provisioned_mock() as (batch_mock, client):
        batch_mock.script(hang())
        submit(client)
        assert warned(lambda: [batch_mock.tick() for _ in range(2 * LAST)]) == []


def test_what_happens_now_and_then(slept: Started) -> None:
    """A wait is not in vain while something is due, be it far away, and the count begins anew behind it."""
    batch_mock, client = slept
    batch_mock.script("long", succeed(after=30 * LAST * 2))
    assert warned(lambda: submit_and_wait(client, "long")) == []
    assert warned(lambda: [time.sleep(1) for _ in range(FIRST - 1)]) == []
    assert warned(lambda: submit_and_wait(client, "long")) == []
