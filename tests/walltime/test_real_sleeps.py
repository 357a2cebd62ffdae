"""Functions that run as jobs and sleep in modes in which time stands still meanwhile."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from time import sleep
from types import ModuleType
from typing import Any

import pytest

from batchmock import BatchMock, BatchMockWarning, StuckError, call, mock_batch, succeed
from batchmock.walltime import real, real_sleeps

from ..builders import needs_todays_model, provisioned_mock, status_of, submit
from ..operations.service_requests import submit as submit_service_job

MODES = ["manual", "poll", "wall"]


def sleep_async(seconds: float) -> None:
    """Sleep in a loop of asyncio."""
    asyncio.run(asyncio.sleep(seconds))


def run_as_job(mock: BatchMock, client: Any, function: Callable[[], object]) -> str:
    """Run a function as a job, and return the id of the job."""
    mock.script("head", call(lambda context: function() and None))
    job_id: str = submit(client, "head")
    mock.tick(10)
    return job_id


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Report sleeps from a hundredth of a second on."""
    monkeypatch.setattr(real_sleeps, "LONG_SLEEP", 0.01)


@pytest.mark.parametrize("advance", MODES)
@pytest.mark.parametrize(
    "pause", [lambda: time.sleep(3600), lambda: sleep(3600), lambda: sleep_async(3600)]
)
def test_a_function_that_waits_for_a_job(advance: str, pause: Callable[[], None]) -> None:
    """A function that submits a job and waits for it is told which mode to take before its first long sleep."""

    def run() -> None:
        step = submit(client, "step")
        while status_of(client, step) != "SUCCEEDED":
            pause()

    with provisioned_mock(advance=advance) as (mock, client), pytest.raises(StuckError) as caught:
        run_as_job(mock, client, run)

    assert str(caught.value) == (
        "batchmock: a function waits for jobs by a sleep of 3600 seconds, but while a function that runs as "
        'a job has not returned, time stands still. With mock_batch(advance="sleep") the function of '
        "call(function), without after=, runs in a thread of its own: its own time.sleep and asyncio.sleep "
        "move the clock, and its attempt lasts as long as it sleeps."
    )


@needs_todays_model
@pytest.mark.parametrize("head", ["a job", "a service job"])
def test_a_function_that_waits_for_a_service_job(head: str) -> None:
    """The same holds for service jobs: those that a function waits for, and those whose function it is."""

    def run(context: object) -> None:
        step = submit_service_job(client, "step", jobQueue="training")
        while client.describe_service_job(jobId=step)["status"] != "SUCCEEDED":
            time.sleep(3600)

    with provisioned_mock() as (mock, client):
        mock.provision_service_jobs(job_queue="training", max_instances=10)
        mock.script("head", call(run))
        if head == "a job":
            submit(client, "head")
        else:
            submit_service_job(client, "head", jobQueue="training")
        with pytest.raises(StuckError, match="waits for jobs by a sleep of 3600 seconds"):
            mock.tick(10)


def test_a_child_of_an_array_that_waits_for_a_job() -> None:
    """A function of a child of an array job is told so too."""

    def run(context: object) -> None:
        step = submit(client, "step")
        while status_of(client, step) != "SUCCEEDED":
            time.sleep(3600)

    with provisioned_mock() as (mock, client):
        mock.script("head", call(run))
        submit(client, "head", arrayProperties={"size": 2})
        with pytest.raises(StuckError, match="waits for jobs by a sleep of 3600 seconds"):
            mock.tick(10)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("advance", MODES)
@pytest.mark.parametrize("pause", [lambda: time.sleep(0.01), lambda: sleep_async(0.01)])
def test_a_function_that_only_sleeps(advance: str, pause: Callable[[], None]) -> None:
    """A long sleep of a function is real, and is warned of once."""
    with provisioned_mock(advance=advance) as (mock, client):
        with pytest.warns(BatchMockWarning, match="sleeps for 0.01 seconds of real time") as warned:
            job_id = run_as_job(mock, client, lambda: (pause(), pause()))

        assert mock.job(job_id).status == "SUCCEEDED"
    assert [warning.filename for warning in warned] == [__file__]


@pytest.mark.parametrize(
    "work",
    [
        lambda: time.sleep(0.001),
        lambda: subprocess.run([sys.executable, "-S", "-c", ""], check=True, timeout=60),
    ],
)
def test_work_that_is_not_a_wait(work: Callable[[], object]) -> None:
    """Short sleeps and child processes are not reported."""
    with provisioned_mock() as (mock, client):
        assert mock.job(run_as_job(mock, client, work)).status == "SUCCEEDED"


@pytest.mark.usefixtures("short")
def test_other_threads_sleep_as_before() -> None:
    """Only the thread of the function is reported."""

    def start_a_sleeper() -> None:
        thread = threading.Thread(target=lambda: time.sleep(0.01))
        thread.start()
        thread.join()

    with provisioned_mock() as (mock, client):
        assert mock.job(run_as_job(mock, client, start_a_sleeper)).status == "SUCCEEDED"


@pytest.mark.usefixtures("short")
def test_the_back_off_of_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses of botocore between two tries are not reported."""
    pauses: list[float] = []
    note = pauses.append
    monkeypatch.setattr(real, "sleep", note)
    monkeypatch.setattr(time, "sleep", note)

    def back_off() -> None:
        names: dict[str, Any] = {"__name__": "botocore.endpoint", "time": time}
        exec("time.sleep(2)", names)

    with provisioned_mock() as (mock, client):
        assert mock.job(run_as_job(mock, client, back_off)).status == "SUCCEEDED"
    assert pauses == [2]


def test_sleeps_of_an_outer_mock() -> None:
    """Inside a mock with `advance="sleep"` the sleeps of a function move the clock of that mock."""
    with (
        mock_batch(region="us-east-1", advance="sleep") as outer,
        provisioned_mock() as (mock, client),
    ):
        before = outer.clock.epoch_ms
        run_as_job(mock, client, lambda: time.sleep(3600))
        # The job runs for 10 seconds besides.
        assert outer.clock.epoch_ms - before == 3_610_000


def test_sleeps_are_restored() -> None:
    """After the function, the modules hold their own sleeps again."""
    held = (time.sleep, asyncio.sleep, sleep)
    with provisioned_mock() as (mock, client):
        mock.script("other", succeed())
        run_as_job(mock, client, lambda: None)
        assert (time.sleep, asyncio.sleep, sleep) == held


def test_objects_among_the_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects that only claim to be modules, as those of cffi do, are left alone."""

    class Library:
        __slots__ = ()
        __class__ = ModuleType

    monkeypatch.setitem(sys.modules, "library", Library())
    with provisioned_mock() as (mock, client):
        assert mock.job(run_as_job(mock, client, lambda: None)).status == "SUCCEEDED"
