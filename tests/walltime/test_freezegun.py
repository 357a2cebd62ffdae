from __future__ import annotations

import asyncio
import pickle
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from freezegun import freeze_time

from batchmock import BatchMock, BatchMockWarning, call, mock_batch, succeed

from ..builders import START_MS, provisioned_mock, submit
from .polling import submit_and_wait

CHRISTMAS = datetime(2024, 12, 25, 12, tzinfo=timezone.utc)
REAL_TIME = time.time
"""freezegun replaces this too."""
READ_BY_OTHERS = ["hypothesis"]
"""Hypothesis reads the time whenever the garbage collector runs, and must not make that tick."""


def frozen_now() -> datetime:
    """Return the time that code under test reads."""
    return datetime.now(timezone.utc)


class TestTheUsersOwn:
    """Time that the test freezes with freezegun."""

    def test_the_clock_starts_there(self) -> None:
        """Under `freeze_time`, the clock starts at the frozen time, to the millisecond."""
        with freeze_time("2024-12-25 12:00:00.678"), mock_batch() as batch_mock:
            assert batch_mock.clock.now == CHRISTMAS + timedelta(milliseconds=678)

    def test_tick_and_move_to_of_the_frozen_time(self) -> None:
        """The clock follows `frozen.tick()` and `frozen.move_to()`, and jobs progress with it."""
        with freeze_time(CHRISTMAS) as frozen, provisioned_mock(start=None) as (batch_mock, client):
            job_id = submit(client)
            seen = []
            for delta in (1, 1, 1):
                frozen.tick(delta)
                seen.append(client.describe_jobs(jobs=[job_id])["jobs"][0]["status"])
            frozen.move_to(CHRISTMAS + timedelta(hours=1))

            assert seen == ["RUNNABLE", "STARTING", "RUNNING"]
            assert batch_mock.clock.now == CHRISTMAS + timedelta(hours=1)
            assert batch_mock.job(job_id).stopped_at == CHRISTMAS + timedelta(seconds=4)

    def test_what_moves_the_clock_moves_the_frozen_time(self) -> None:
        """`tick`, `move_to`, `step`, `run_until` and `run` move the frozen time too."""
        with freeze_time(CHRISTMAS), provisioned_mock(start=None) as (batch_mock, client):
            job_id = submit(client)
            moves = [
                lambda: batch_mock.tick(0.5),
                batch_mock.step,
                lambda: batch_mock.run_until(job_id, "RUNNING"),
                batch_mock.run,
                lambda: batch_mock.move_to(CHRISTMAS + timedelta(hours=1)),
            ]
            seen = []
            for move in moves:
                move()
                assert frozen_now() == batch_mock.clock.now
                seen.append((frozen_now() - CHRISTMAS).total_seconds())

        assert seen == [0.5, 1, 3, 4, 3600]

    def test_a_job_reads_the_time_at_which_it_runs(self) -> None:
        """A job's function reads the simulated time of its start."""
        seen: list[datetime] = []
        with freeze_time(CHRISTMAS), provisioned_mock(start=None) as (batch_mock, client):
            batch_mock.script(call(lambda context: seen.append(frozen_now())))
            submit(client)
            batch_mock.tick(3600)

        assert seen == [CHRISTMAS + timedelta(seconds=3)]

    def test_frozen_inside_the_mock(self) -> None:
        """When time is frozen inside an unused mock, the clock moves to the frozen time."""
        with mock_batch() as batch_mock:
            batch_mock.provision()
            with freeze_time(CHRISTMAS) as frozen:
                assert batch_mock.clock.now == CHRISTMAS
                frozen.tick(60)
                assert batch_mock.clock.now == CHRISTMAS + timedelta(minutes=1)
            batch_mock.tick(60)
            assert batch_mock.clock.now == CHRISTMAS + timedelta(minutes=2)

    def test_frozen_inside_the_mock_by_a_decorator(self) -> None:
        """The fixture `batch_mock` and the decorator do the same."""
        mock = mock_batch()
        batch_mock = mock.start()

        @freeze_time(CHRISTMAS)
        def test() -> datetime:
            return batch_mock.clock.now

        try:
            assert test() == CHRISTMAS
        finally:
            mock.stop()

    def test_frozen_when_something_has_happened(self) -> None:
        """When time is frozen inside a used mock, the clock keeps its time and both move together."""
        with provisioned_mock() as (batch_mock, client):
            submit(client)
            with freeze_time(CHRISTMAS) as frozen:
                assert batch_mock.clock.epoch_ms == START_MS
                frozen.tick(2)
                assert batch_mock.clock.epoch_ms == START_MS + 2000
                batch_mock.tick(3)
                assert frozen_now() == CHRISTMAS + timedelta(seconds=5)

    def test_a_start_of_its_own(self) -> None:
        """With `start`, the clock starts at that time and both move together."""
        with freeze_time(CHRISTMAS) as frozen, provisioned_mock() as (batch_mock, _):
            assert batch_mock.clock.epoch_ms == START_MS
            frozen.tick(60)
            assert batch_mock.clock.epoch_ms == START_MS + 60_000
            batch_mock.tick(60)
            assert frozen_now() == CHRISTMAS + timedelta(minutes=2)

    def test_backwards(self) -> None:
        """When the frozen time goes back, the clock stays and follows the next forward move."""
        with freeze_time(CHRISTMAS) as frozen, mock_batch() as batch_mock:
            batch_mock.tick(3600)
            frozen.move_to(CHRISTMAS - timedelta(days=1))
            assert batch_mock.clock.now == CHRISTMAS + timedelta(hours=1)
            frozen.tick(60)
            assert batch_mock.clock.now == CHRISTMAS + timedelta(minutes=61)

    def test_less_than_a_millisecond(self) -> None:
        """Fractions of a millisecond accumulate and none is lost."""
        with freeze_time(CHRISTMAS) as frozen, mock_batch() as batch_mock:
            for _ in range(10):
                frozen.tick(timedelta(microseconds=400))
                assert batch_mock.clock.epoch_ms >= 0
            batch_mock.tick(1)
            assert batch_mock.clock.now == CHRISTMAS + timedelta(seconds=1.004)
            assert frozen_now() == batch_mock.clock.now

    def test_auto_tick(self) -> None:
        """With `auto_tick_seconds`, the clock follows the ticks caused by reading the time."""
        with (
            freeze_time(CHRISTMAS, auto_tick_seconds=15, ignore=READ_BY_OTHERS),
            mock_batch() as batch_mock,
        ):
            assert batch_mock.clock.now == batch_mock.clock.now
            before = batch_mock.clock.now
            frozen_now()
            frozen_now()
            assert batch_mock.clock.now - before == timedelta(seconds=30)
            batch_mock.tick(60)
            assert batch_mock.clock.now - before == timedelta(seconds=90)

    def test_auto_tick_and_jobs(self) -> None:
        """Several events at one instant move the frozen time once."""
        with (
            freeze_time(CHRISTMAS, auto_tick_seconds=15, ignore=READ_BY_OTHERS),
            provisioned_mock() as (mock, client),
        ):
            for _ in range(10):
                submit(client)
            mock.run()
            assert mock.clock.epoch_ms == START_MS + 4000
            assert frozen_now() == CHRISTMAS + timedelta(seconds=4)

    def test_tick_true(self) -> None:
        """With `tick=True`, the clock runs with the frozen time and moves it too."""
        with freeze_time(CHRISTMAS, tick=True), mock_batch() as batch_mock:
            time.sleep(0.005)
            assert batch_mock.clock.now > CHRISTMAS
            batch_mock.tick(3600)
            assert frozen_now() >= CHRISTMAS + timedelta(hours=1)
            assert abs(batch_mock.clock.now - frozen_now()) < timedelta(minutes=1)

    def test_nested_freezes(self) -> None:
        """The clock follows the innermost frozen time, and the outer one after it ends."""
        with freeze_time(CHRISTMAS) as outer, provisioned_mock() as (batch_mock, client):
            submit(client)
            batch_mock.tick(1)
            with freeze_time("2000-01-01") as inner:
                assert batch_mock.clock.epoch_ms == START_MS + 1000
                inner.tick(10)
                assert batch_mock.clock.epoch_ms == START_MS + 11_000
            assert batch_mock.clock.epoch_ms == START_MS + 11_000
            outer.tick(100)
            assert batch_mock.clock.epoch_ms == START_MS + 111_000

    def test_sleep_moves_the_frozen_time(self) -> None:
        """With `advance="sleep"`, a sleep moves both."""
        with freeze_time(CHRISTMAS), mock_batch(advance="sleep") as batch_mock:
            time.sleep(60)
            assert frozen_now() == batch_mock.clock.now == CHRISTMAS + timedelta(minutes=1)

    def test_an_error_on_the_way(self) -> None:
        """When an event on the way raises, the remaining move is dropped at the next read."""
        with freeze_time(CHRISTMAS) as frozen, provisioned_mock(start=None) as (batch_mock, client):
            batch_mock.script(call(lambda context: batch_mock.tick()))
            submit(client)
            assert batch_mock.clock.now == CHRISTMAS
            frozen.tick(3600)
            with pytest.raises(Exception, match="was called while time is being moved"):
                batch_mock.clock.now  # noqa: B018
            assert batch_mock.clock.now == CHRISTMAS + timedelta(hours=1)

    def test_reset(self) -> None:
        """A mock that is reset starts again at the frozen time."""
        with freeze_time(CHRISTMAS) as frozen, provisioned_mock(start=None) as (batch_mock, client):
            submit(client)
            frozen.tick(60)
            batch_mock.run()
            batch_mock.reset()
            assert batch_mock.clock.now == frozen_now() == CHRISTMAS + timedelta(minutes=1)


class TestFreeze:
    """Time that the mock freezes with `freeze=True`."""

    def test_what_code_reads_agrees_with_the_clock(self) -> None:
        """`time.time()` and `datetime.now()` agree with the clock, however it is moved."""
        with provisioned_mock(freeze=True) as (batch_mock, client):
            job_id = submit(client)
            for move in (
                lambda: batch_mock.tick(0.25),
                batch_mock.step,
                lambda: batch_mock.run_until(job_id, "RUNNING"),
                batch_mock.run,
                lambda: batch_mock.move_to("2030-01-01"),
                batch_mock.reset,
            ):
                move()
                assert frozen_now() == batch_mock.clock.now
                assert round(time.time() * 1000) == batch_mock.clock.epoch_ms

    def test_it_is_put_back(self) -> None:
        """Time is real after the mock, also when the test raised."""

        def be_frozen() -> None:
            with mock_batch(freeze=True, start=0):
                assert REAL_TIME() == time.time() == 0
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            be_frozen()
        assert REAL_TIME() > 1_700_000_000
        assert type(datetime.now()) is datetime

    def test_it_starts_at_the_time_of_entry(self) -> None:
        """Without `start`, it is the time at which the mock was entered."""
        before = time.time()
        with mock_batch(freeze=True):
            assert before - 1 < time.time() < before + 60

    def test_a_job_reads_the_time_at_which_it_runs(self) -> None:
        """A job's function reads the simulated time of its start."""
        seen: list[float] = []
        with provisioned_mock(freeze=True) as (batch_mock, client):
            batch_mock.script(call(lambda context: seen.append(time.time())))
            submit(client)
            batch_mock.tick(3600)

        assert seen == [START_MS / 1000 + 3]

    def test_with_sleep(self) -> None:
        """A loop with its own deadline ends when that has passed."""
        with provisioned_mock(freeze=True, advance="sleep") as (batch_mock, client):
            batch_mock.script(succeed(after=7200))
            deadline = time.time() + 3600
            while time.time() < deadline:
                time.sleep(60)

            assert batch_mock.sleeps == [60] * 60
            assert submit_and_wait(client, poll_every=60) == "SUCCEEDED"

    def test_with_asyncio(self) -> None:
        """A coroutine with its own deadline ends too."""

        async def main() -> float:
            loop = asyncio.get_running_loop()
            before, deadline = loop.time(), time.monotonic() + 3600
            while time.monotonic() < deadline:
                await asyncio.sleep(60)
            return loop.time() - before

        with mock_batch(freeze=True, advance="sleep") as batch_mock:
            assert asyncio.run(main()) == pytest.approx(3600)
        assert batch_mock.sleeps == [60] * 60

    def test_asyncio_without_sleep(self) -> None:
        """When sleeps are real, a loop continues although time is frozen."""
        with mock_batch(freeze=True):
            asyncio.run(asyncio.sleep(0.001))

    def test_with_poll(self) -> None:
        """A loop that throttles itself by the clock and does not sleep makes progress."""
        with provisioned_mock(freeze=True, advance="poll") as (_, client):
            before = time.time()
            job_id = submit(client)
            while client.describe_jobs(jobs=[job_id])["jobs"][0]["status"] != "SUCCEEDED":
                pass
            assert time.time() - before == 5

    def test_in_threads(self) -> None:
        """A thread reads the same time as the test, from its first line on."""
        with mock_batch(freeze=True, start=1000) as batch_mock:
            seen: list[float] = []
            thread = threading.Thread(target=lambda: seen.append(time.time()))
            thread.start()
            thread.join()
            batch_mock.tick(1)
            with ThreadPoolExecutor(1) as pool:
                seen.append(pool.submit(time.time).result())
                seen.append(pool.submit(lambda: time.time()).result())

        assert seen == [1000, 1001, 1001]

    def test_nested(self) -> None:
        """The innermost mock that freezes sets the time."""
        with mock_batch(freeze=True, start=1000) as outer:
            with mock_batch(freeze=True, start=2000) as inner:
                outer.tick(1)
                inner.tick(5)
                assert time.time() == 2006
            assert time.time() == outer.clock.epoch_ms / 1000 == 1001

    def test_a_mock_inside_that_does_not_freeze(self) -> None:
        """A mock inside one that freezes starts at the same time, and both move together."""
        with mock_batch(freeze=True, start=1000) as outer, mock_batch() as inner:
            assert inner.clock.epoch_ms == 1_000_000
            inner.tick(5)
            assert time.time() == outer.clock.epoch_ms / 1000 == 1005
            outer.tick(5)
            assert inner.clock.epoch_ms == 1_010_000

    def test_mocks_that_overlap(self) -> None:
        """Mocks can end in the order in which they started."""
        first, second = mock_batch(freeze=True, start=1000), mock_batch(freeze=True, start=2000)
        first.start()
        second.start()
        first.stop()
        assert time.time() == 2000
        second.stop()
        assert time.time() > 1_700_000_000

    def test_inside_the_users_own(self) -> None:
        """When freezegun has already frozen time, the mock freezes nothing and moves freezegun's time."""
        with freeze_time(CHRISTMAS) as frozen, mock_batch(freeze=True) as batch_mock:
            batch_mock.tick(60)
            frozen.tick(60)
            assert frozen_now() == batch_mock.clock.now == CHRISTMAS + timedelta(minutes=2)

    def test_around_the_users_own(self) -> None:
        """The clock follows a time frozen inside the mock while it lasts, and sets the time again after it."""
        with mock_batch(freeze=True) as batch_mock:
            with freeze_time(CHRISTMAS) as frozen:
                frozen.tick(60)
                assert batch_mock.clock.now == CHRISTMAS + timedelta(minutes=1)
            assert frozen_now() == batch_mock.clock.now == CHRISTMAS + timedelta(minutes=1)

    def test_ended_before_a_freeze_that_began_inside(self) -> None:
        """A warning says what is wrong, and afterwards every clock is the real one again."""
        mock, freeze = mock_batch(freeze=True), freeze_time(CHRISTMAS)
        mock.start()
        freeze.start()
        with pytest.warns(BatchMockWarning, match="End the freeze before the mock") as caught:
            mock.stop()
        assert caught[0].filename == __file__
        freeze.stop()
        assert frozen_now().year > 2024
        assert "datetime.datetime" in repr(datetime)
        assert pickle.loads(pickle.dumps(frozen_now())).year > 2024

    def test_ended_in_a_failed_test_before_a_freeze_that_began_inside(self) -> None:
        """The error of a test that has failed is not hidden by the warning."""
        freeze = freeze_time(CHRISTMAS)

        @mock_batch(freeze=True)
        def test() -> None:
            freeze.start()
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            test()
        freeze.stop()

    def test_ended_before_another_mock_that_simulates(self) -> None:
        """The last mock that ends is the one that warns: until then every clock is right."""
        first, second = mock_batch(freeze=True), mock_batch(advance="sleep")
        freeze = freeze_time(CHRISTMAS)
        first.start()
        freeze.start()
        second.start()
        first.stop()
        assert REAL_TIME() == CHRISTMAS.timestamp()
        with pytest.warns(BatchMockWarning, match="still frozen"):
            second.stop()
        freeze.stop()

    def test_ended_inside_the_users_own(self) -> None:
        """A freeze that began before the mock may end after it."""
        with freeze_time(CHRISTMAS), mock_batch(freeze=True):
            pass

    def test_by_the_marker(self, pytester: pytest.Pytester) -> None:
        """The marker accepts `freeze` like any other option."""
        pytester.makepyfile(
            """
            import time
            import pytest

            @pytest.mark.batch_mock(freeze=True, start=1000, advance="sleep")
            def test(batch_mock):
                time.sleep(5)
                assert time.time() == 1005
            """
        )
        pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


@pytest.mark.slow
def test_freezegun_is_imported_only_when_asked_for() -> None:
    """A mock that freezes nothing imports neither freezegun nor walltime's asyncio support."""
    code = (
        "import sys; from batchmock import mock_batch\n"
        "with mock_batch() as mock: mock.provision(); mock.tick()\n"
        "print([n for n in ('freezegun', 'batchmock.walltime.sleepers') if n in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, encoding="utf-8"
    )

    assert ran.stdout == "[]\n"


def test_clients_work_while_time_is_frozen(batch_mock: BatchMock) -> None:
    """boto3 clients created under a frozen time work as usual."""
    batch_mock.stop()
    with mock_batch(freeze=True, start=1000):
        client: Any = boto3.client("batch", region_name="us-east-1")
        assert client.describe_job_queues()["jobQueues"] == []
    batch_mock.start()
