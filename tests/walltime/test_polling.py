from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from batchmock import (
    BatchMock,
    BatchMockError,
    BatchMockWarning,
    StuckError,
    call,
    mock_batch,
    succeed,
)
from batchmock.walltime import polling, real

from ..builders import (
    START_MS,
    described,
    names,
    provisioned_mock,
    status_of,
    submit,
)
from ..operations.service_requests import submit as submit_service_job

POLLS_BEFORE_AN_ERROR = 999
#: How many identical polls the mocks of some tests allow, so that these need fewer.
FEW = 50


@pytest.fixture
def polled() -> Iterator[tuple[BatchMock, Any]]:
    """A mock with `advance="poll"` and its client."""
    with provisioned_mock(advance="poll", stage_seconds=10) as started:
        yield started


def test_each_look_moves_the_clock(polled: tuple[BatchMock, Any]) -> None:
    """DescribeJobs answers and then moves the clock to the next stage."""
    batch_mock, client = polled
    job_id = submit(client)
    seen = [status_of(client, job_id) for _ in range(5)]

    assert seen == ["SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]
    assert batch_mock.clock.epoch_ms == START_MS + 50_000


def test_each_list_moves_the_clock(polled: tuple[BatchMock, Any]) -> None:
    """ListJobs does so too."""
    batch_mock, client = polled
    submit(client)
    seen = [names(client, jobStatus="RUNNABLE") for _ in range(3)]

    assert seen == [[], ["job"], []]
    assert batch_mock.clock.epoch_ms == START_MS + 30_000


def test_other_calls_move_nothing(polled: tuple[BatchMock, Any]) -> None:
    """A call that does not read a job leaves the clock unchanged."""
    batch_mock, client = polled
    submit(client)
    client.describe_job_queues()
    client.describe_job_definitions()

    assert batch_mock.clock.epoch_ms == START_MS


def test_looks_at_service_jobs() -> None:
    """DescribeServiceJob and ListServiceJobs move the clock too."""
    with provisioned_mock(advance="poll", stage_seconds=10) as (batch_mock, client):
        batch_mock.provision_service_jobs(job_queue="training")
        job_id = submit_service_job(client, jobQueue="training")
        seen = [client.describe_service_job(jobId=job_id)["status"] for _ in range(5)]
        client.list_service_jobs(jobQueue="training")

    assert seen == ["SUBMITTED", "RUNNABLE", "SCHEDULED", "STARTING", "RUNNING"]
    assert batch_mock.clock.epoch_ms == START_MS + 60_000


def test_looks_at_a_service_job_that_is_not_shown_yet() -> None:
    """Polls that find no job move the clock until it becomes visible."""
    lagging = provisioned_mock(advance="poll", stage_seconds=10, visibility_lag=20)
    with lagging as (batch_mock, client):
        batch_mock.provision_service_jobs(job_queue="training")
        job_id = submit_service_job(client, jobQueue="training")
        for _ in range(2):
            with pytest.raises(client.exceptions.ClientException):
                client.describe_service_job(jobId=job_id)
        assert client.describe_service_job(jobId=job_id)["status"] == "SCHEDULED"


def test_a_refused_look_moves_the_clock(polled: tuple[BatchMock, Any]) -> None:
    """An error is a reply too and moves the clock."""
    batch_mock, client = polled
    with pytest.raises(client.exceptions.ClientException):
        client.list_jobs(jobQueue="nowhere")

    assert batch_mock.clock.epoch_ms == START_MS + 10_000


def test_a_job_that_polls_itself(polled: tuple[BatchMock, Any]) -> None:
    """A poll from a job's function does not move the clock, which is already moving."""
    batch_mock, client = polled
    seen = []
    batch_mock.script(call(lambda context: seen.append(status_of(client, context.job_id))))
    job_id = submit(client)
    for _ in range(5):
        status_of(client, job_id)

    assert seen == ["RUNNING"]
    assert batch_mock.clock.epoch_ms == START_MS + 50_000


def test_the_test_may_move_time_as_well(polled: tuple[BatchMock, Any]) -> None:
    """`run()` and the other methods that move time work as usual."""
    batch_mock, client = polled
    batch_mock.script(succeed(after=3600))
    job_id = submit(client)
    batch_mock.run()

    assert described(client, job_id)["status"] == "SUCCEEDED"


def test_stages_without_length() -> None:
    """A poll interval of zero is refused, and the message says what to pass."""
    with pytest.raises(BatchMockError) as caught:
        mock_batch(advance="poll", stage_seconds=0)
    assert str(caught.value) == (
        'batchmock: with advance="poll" each look at a job moves the clock by stage_seconds, and that is '
        "0. Pass a stage_seconds above zero."
    )


def poll(client: Any, job_id: str, times: int) -> list[warnings.WarningMessage]:
    """Poll a job repeatedly and return the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(times):
            client.describe_jobs(jobs=[job_id])
    return list(caught)


@pytest.fixture
def still() -> Iterator[tuple[BatchMock, Any, str]]:
    """A mock whose clock only the test moves, its client and a job."""
    with provisioned_mock() as (mock, client):
        yield mock, client, submit(client)


def slow_polls(client: Any, job_id: str, monkeypatch: pytest.MonkeyPatch, times: int) -> list[Any]:
    """Poll as if the code slept a real second between polls, and return the warnings."""
    seconds = iter(range(1_000_000))
    monkeypatch.setattr(real, "monotonic", lambda: float(next(seconds)))
    return poll(client, job_id, times)


def test_warning(still: tuple[BatchMock, Any, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Code that sleeps and polls while the clock stands still gets a warning at its third poll."""
    _, client, job_id = still
    assert slow_polls(client, job_id, monkeypatch, 2) == []
    (warning,) = slow_polls(client, job_id, monkeypatch, 10)

    assert warning.category is BatchMockWarning
    assert warning.filename == __file__
    assert str(warning.message) == (
        "batchmock: the same DescribeJobs has been asked 3 times since the clock last moved, and nobody "
        "moves it: it moves only when the test moves it. Is the code under test waiting for a job? With "
        'mock_batch(advance="sleep") its own time.sleep and asyncio.sleep move the clock; with '
        'advance="poll" each look at a job does.'
    )


def test_no_warning_of_a_loaded_machine(
    still: tuple[BatchMock, Any, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code that waits for a processor between its polls does not sleep."""
    _, client, job_id = still
    seconds = iter(range(1_000))
    monkeypatch.setattr(polling, "thread_starved_seconds", lambda: float(next(seconds)))

    assert slow_polls(client, job_id, monkeypatch, 10) == []


def test_error(still: tuple[BatchMock, Any, str]) -> None:
    """Code that polls without a pause gets an error."""
    _, client, job_id = still

    def poll_for_ever() -> None:
        while True:
            client.describe_jobs(jobs=[job_id])

    with pytest.raises(StuckError, match="asked 1,000 times"):
        poll_for_ever()


def test_stuck_after() -> None:
    """`stuck_after` sets how many identical polls are allowed."""
    with provisioned_mock(stuck_after=5) as (_, client):
        job_id = submit(client)
        poll(client, job_id, 5)
        with pytest.raises(StuckError, match="asked 5 times"):
            client.describe_jobs(jobs=[job_id])


def test_no_warning_while_the_clock_moves() -> None:
    """A clock that moves now and then causes no warning."""
    with provisioned_mock(stuck_after=FEW) as (batch_mock, client):
        job_id = submit(client)
        for _ in range(3):
            assert poll(client, job_id, FEW - 1) == []
            batch_mock.tick()


def test_no_warning_while_something_changes() -> None:
    """A poll after each of many other requests causes no warning."""
    with provisioned_mock(stuck_after=FEW) as (_, client):
        job_id = submit(client)
        for _ in range(3):
            assert poll(client, job_id, FEW - 1) == []
            client.describe_job_queues()
            client.cancel_job(jobId=job_id, reason="test")


def test_no_warning_for_questions_that_differ() -> None:
    """Reading many jobs once each causes no warning."""
    with provisioned_mock(stuck_after=FEW) as (_, client), warnings.catch_warnings():
        warnings.simplefilter("error")
        for number in range(3 * FEW):
            client.describe_jobs(jobs=[f"00000000-0000-0000-0000-{number:012}"])


def test_error_of_code_that_does_not_sleep() -> None:
    """When sleeps move the clock, code that waits in another way gets a warning that names the remedy."""
    with provisioned_mock(advance="sleep") as (_, client):
        job_id = submit(client)
        poll(client, job_id, POLLS_BEFORE_AN_ERROR + 1)
        with pytest.raises(StuckError) as caught:
            client.describe_jobs(jobs=[job_id])

    assert str(caught.value) == (
        "batchmock: the same DescribeJobs has been asked 1,000 times since the clock last moved, and "
        'under advance="sleep" only time.sleep, asyncio.sleep and the test move it. Is the code under '
        'test waiting for a job in another way? With advance="poll" each look at a job moves the clock; '
        'with advance="wall" the wall clock does.'
    )


def test_no_warning_with_the_wall_clock() -> None:
    """When the clock runs by itself, polling causes no warning."""
    with provisioned_mock(advance="wall", stuck_after=FEW) as (_, client):
        assert poll(client, submit(client), 3 * FEW) == []


def test_wall() -> None:
    """The clock runs at a multiple of the wall clock and is exact whenever it is read."""
    with provisioned_mock(advance="wall", speed=100_000) as (batch_mock, client):
        batch_mock.script(succeed(after=60))
        job_id = submit(client)
        clock = batch_mock.clock
        before = clock.now
        time.sleep(0.002)
        assert (clock.now - before).total_seconds() >= 200
        assert status_of(client, job_id) == "SUCCEEDED"
    stopped_at = clock.now
    time.sleep(0.002)
    assert clock.now == stopped_at


def test_wall_and_views() -> None:
    """The mock's views show the state at the moment of reading."""
    with provisioned_mock(advance="wall", speed=100_000) as (batch_mock, client):
        job_id = submit(client)
        time.sleep(0.002)
        assert batch_mock.job(job_id).status == "SUCCEEDED"
        assert batch_mock.transitions[-1].to_status == "SUCCEEDED"


def test_wall_and_tick() -> None:
    """The test can move the clock ahead, and it continues from there."""
    with provisioned_mock(advance="wall", speed=0.001) as (batch_mock, _):
        batch_mock.tick(3600)
        assert 3600 <= (batch_mock.clock.epoch_ms - START_MS) / 1000 < 3601


def test_wall_frozen() -> None:
    """With `freeze`, the time that code reads runs with the wall clock too."""
    with provisioned_mock(advance="wall", speed=100_000, freeze=True) as (batch_mock, _):
        before = time.time()
        time.sleep(0.002)
        assert time.time() - before >= 200
        assert batch_mock.clock.epoch_ms / 1000 >= before + 200


ADVICE_IN_A_FUNCTION = (
    "and time stands still while a function that runs as a job or handles an event has not returned. Does "
    'the function wait for a job? With mock_batch(advance="sleep") the function of call(function), without '
    "after=, runs in a thread of its own: its own time.sleep and asyncio.sleep move the clock, and its "
    "attempt lasts as long as it sleeps."
)


@pytest.mark.parametrize("advance", ["manual", "poll", "wall"])
def test_a_function_that_polls_in_vain(advance: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that polls a job while time stands still is told which mode to take."""
    # However long the machine takes between two polls.
    monkeypatch.setattr("batchmock.walltime.polling.REAL_SLEEP", float("inf"))

    def run(context: object) -> None:
        step = submit(client, "step")
        while status_of(client, step) != "SUCCEEDED":
            pass

    with provisioned_mock(advance=advance) as (mock, client):
        mock.script("head", call(run))
        submit(client, "head")
        with pytest.raises(StuckError) as caught:
            mock.tick(10)
    assert str(caught.value) == (
        "batchmock: the same DescribeJobs has been asked 1,000 times since the clock last moved, "
        + ADVICE_IN_A_FUNCTION
    )


@pytest.mark.parametrize("advance", ["manual", "poll", "wall"])
def test_a_function_that_sleeps_and_polls_in_vain(
    advance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A function that sleeps in real time between its polls is told so at the third."""

    def run(context: object) -> None:
        slow_polls(client, submit(client, "step"), monkeypatch, 10)

    with provisioned_mock(advance=advance) as (mock, client):
        mock.script("head", call(run))
        submit(client, "head")
        with pytest.raises(StuckError, match="asked 3 times since the clock last moved, and time"):
            mock.tick(10)
