"""Jobs whose function is a program: it submits jobs, sleeps, and waits for them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from batchmock import (
    BatchMock,
    BatchMockError,
    CallContext,
    ProgramKilled,
    StuckError,
    call,
    fail,
    reclaim_spot,
    succeed,
)

from ..builders import START_MS, provisioned_mock, register, status_of, submit
from .polling import submit_and_wait

#: Seconds from the submission of a job to RUNNING.
STAGES = 3


def seconds(batch_mock: BatchMock) -> float:
    """Return the simulated seconds since the start."""
    return (batch_mock.clock.epoch_ms - START_MS) / 1000


def lasted(batch_mock: BatchMock, job_id: str) -> float:
    """Return how many seconds a job was RUNNING."""
    at = {move.to_status: move.at for move in batch_mock.job(job_id).history}
    return (batch_mock.job(job_id).stopped_at - at["RUNNING"]).total_seconds()


def sleeping(*lengths: float) -> Callable[[CallContext], None]:
    """Return a function that sleeps several times."""

    def function(context: CallContext) -> None:
        for length in lengths:
            time.sleep(length)

    return function


def alive() -> list[str]:
    """Return the names of the threads of programs."""
    return [each.name for each in threading.enumerate() if "attempt" in each.name]


@pytest.fixture
def head(batch_mock: BatchMock, client: Any) -> Callable[[CallContext], None]:
    """A program that submits three jobs of ten minutes and polls them each minute."""

    def run(context: CallContext) -> None:
        ids = [submit(client, f"child-{number}") for number in range(3)]
        print(f"submitted {len(ids)}")
        while not all(status_of(client, job_id) == "SUCCEEDED" for job_id in ids):
            time.sleep(60)
        print("done")

    batch_mock.script("head", call(run))
    batch_mock.script("child-*", succeed(after=600))
    return run


@pytest.mark.usefixtures("head")
class TestAProgramThatWaitsForJobs:
    """A program submits jobs and waits for them."""

    def test_as_the_test_moves_time(self, batch_mock: BatchMock, client: Any) -> None:
        """`run()` moves through the sleeps of the program, which end its attempt."""
        job_id = submit(client, "head")
        batch_mock.run()

        assert batch_mock.job(job_id).status == "SUCCEEDED"
        assert lasted(batch_mock, job_id) == 660
        assert batch_mock.logs(job_id) == ["submitted 3", "done"]

    def test_as_other_code_sleeps(self, batch_mock: BatchMock, client: Any) -> None:
        """Code that polls the program by sleeping moves through its sleeps."""
        assert submit_and_wait(client, "head", poll_every=30) == "SUCCEEDED"
        assert seconds(batch_mock) == 690

    def test_until_a_status(self, batch_mock: BatchMock, client: Any) -> None:
        """`run_until()` stops in the middle of the program."""
        job_id = submit(client, "head")
        batch_mock.run_until(job_id, "RUNNING")
        children = [job.id for job in batch_mock.jobs if job.id != job_id]
        batch_mock.run_until(children[0], "SUCCEEDED")

        assert len(children) == 3
        assert seconds(batch_mock) == STAGES + STAGES + 600
        assert batch_mock.job(job_id).status == "RUNNING"

    def test_tick_by_tick(self, batch_mock: BatchMock, client: Any) -> None:
        """`tick()` moves the program as far as the tick goes."""
        job_id = submit(client, "head")
        batch_mock.tick(STAGES + 59)
        assert batch_mock.sleeps == [60]
        batch_mock.tick(1)
        assert batch_mock.sleeps == [60, 60]
        for _ in range(70):
            batch_mock.tick(10)

        assert lasted(batch_mock, job_id) == 660

    def test_while_nobody_moves_time(self, batch_mock: BatchMock, client: Any) -> None:
        """A thread that waits for the program without sleeping lets its time pass."""
        ended = threading.Event()
        batch_mock.subscribe(
            lambda event: ended.set() if event["detail"]["status"] == "SUCCEEDED" else None,
            {"detail": {"jobName": ["head"]}},
        )
        job_id = submit(client, "head")
        batch_mock.run_until(job_id, "RUNNING")
        ended.wait()

        assert batch_mock.job(job_id).status == "SUCCEEDED"
        assert lasted(batch_mock, job_id) == 660

    def test_many_at_once(self, batch_mock: BatchMock, client: Any) -> None:
        """Two hundred programs wait side by side, each in a thread of its own."""
        ids = [submit(client, "head") for _ in range(200)]
        batch_mock.run()

        assert {lasted(batch_mock, job_id) for job_id in ids} == {660}
        assert Counter(job.status for job in batch_mock.jobs) == {"SUCCEEDED": 800}
        assert alive() == []


def story(rounds: int) -> list[Any]:
    """Run programs that race one another; return all that happened."""

    def run(context: CallContext) -> int:
        for number in range(rounds):
            time.sleep(1 + (len(context.job_id) + number) % 3)
            submit(client, f"{context.job_name}-child")
        return int(context.job_name[-1])

    with provisioned_mock(advance="sleep") as (mock, client):
        mock.script("racer-?", call(run))
        for number in range(8):
            submit(client, f"racer-{number}")
        mock.run()
        return [*mock.transitions, *(call.request for call in mock.calls)]


def test_programs_take_turns() -> None:
    """Programs that wake at the same instant submit their jobs in the same order in each run."""
    first = story(10)
    assert [story(10) == first for _ in range(5)] == [True] * 5
