from __future__ import annotations

import asyncio
import importlib
import subprocess
import sys
import time
import types
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from time import sleep
from typing import Any

import boto3
import botocore.waiter
import pytest
from botocore.config import Config

from batchmock import BatchMock, call, fail, mock_batch, succeed, throttled

from ..builders import START_MS, provisioned_mock, status_of, submit
from .polling import submit_and_wait

#: The originals, in sets because references in sets are not replaced.
ORIGINALS = ({time.sleep}, {asyncio.sleep})


def original(number: int) -> Any:
    """Return the original of `time.sleep` or `asyncio.sleep`."""
    (function,) = ORIGINALS[number]
    return function


def sleep_by_default(seconds: float, pause: Callable[[float], None] = time.sleep) -> None:
    """Sleep with a function bound as a default argument at import."""
    pause(seconds)


def sleep_by_keyword(seconds: float, *, pause: Callable[[float], None] = time.sleep) -> None:
    """Sleep with a function bound as the default of a keyword-only argument at import."""
    pause(seconds)


class Sleeping:
    """Holds the sleep in a class attribute and in instance attributes."""

    pause = time.sleep
    static_pause = staticmethod(time.sleep)

    def __init__(self) -> None:
        self.own_pause = time.sleep


SLEEPING = Sleeping()
SLEEP_90 = partial(time.sleep, 90)


def closure() -> Callable[[float], None]:
    """Return a function that holds the sleep in its closure."""
    pause = time.sleep

    def inner(seconds: float) -> None:
        pause(seconds)

    return inner


CLOSURE = closure()

WAYS: dict[str, Callable[[float], None]] = {
    "attribute of the module": lambda seconds: time.sleep(seconds),
    "imported by name": lambda seconds: sleep(seconds),
    "default argument": sleep_by_default,
    "default of a keyword-only argument": sleep_by_keyword,
    "attribute of a class": lambda seconds: Sleeping.pause(seconds),
    "attribute of a class, through an object": lambda seconds: SLEEPING.pause(seconds),
    "static method": lambda seconds: Sleeping.static_pause(seconds),
    "static method, through an object": lambda seconds: SLEEPING.static_pause(seconds),
    "attribute of an object": lambda seconds: SLEEPING.own_pause(seconds),
    "closure": CLOSURE,
}


@pytest.mark.parametrize("way", WAYS)
def test_sleep_moves_the_clock(batch_mock: BatchMock, way: str) -> None:
    """Every reference to `time.sleep` in the code under test moves the clock by the time slept."""
    WAYS[way](90)

    assert batch_mock.clock.epoch_ms == START_MS + 90_000
    assert batch_mock.sleeps == [90]


def test_a_sleep_with_its_seconds(batch_mock: BatchMock) -> None:
    """A `partial` that already binds the seconds does so too."""
    SLEEP_90()

    assert batch_mock.sleeps == [90]


@pytest.mark.parametrize("way", WAYS)
def test_sleep_is_put_back(way: str) -> None:
    """After the mock nothing is simulated, also when the test raised."""
    with pytest.raises(ZeroDivisionError), mock_batch(advance="sleep") as batch_mock:
        raise ZeroDivisionError
    WAYS[way](0.001)

    assert batch_mock.sleeps == []


def test_everything_is_put_back() -> None:
    """After the mock every reference is to the original again."""
    with mock_batch(advance="sleep"):
        assert time.sleep is not original(0)
    assert time.sleep is sleep is original(0)
    assert asyncio.sleep is original(1)
    assert Sleeping.pause is SLEEPING.own_pause is original(0)
    assert Sleeping.static_pause is SLEEPING.static_pause is original(0)
    assert SLEEP_90.func is original(0)
    assert sleep_by_default.__defaults__ == (original(0),)
    assert sleep_by_keyword.__kwdefaults__ == {"pause": original(0)}


def test_names_that_a_package_keeps_of_a_module_imported_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A package that keeps the sleep of a module that was imported during a mock has the real one again."""
    package, part = types.ModuleType("lazy"), types.ModuleType("lazy.part")
    monkeypatch.setitem(sys.modules, "lazy", package)
    with mock_batch(region="us-east-1", advance="sleep"):
        monkeypatch.setitem(sys.modules, "lazy.part", part)
        exec("from time import sleep", vars(part))
        vars(package)["sleep"] = vars(part)["sleep"]
    assert vars(package)["sleep"] is time.sleep


@pytest.mark.parametrize("advance", ["manual", "poll", "wall"])
def test_sleep_is_real_in_other_modes(advance: str) -> None:
    """Without the option, `time.sleep` is unchanged."""
    with mock_batch(advance=advance) as batch_mock:
        assert time.sleep is sleep is original(0)
        assert batch_mock.sleeps == []


def test_modules_imported_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module first imported during the mock sleeps in simulated time, and in real time afterwards."""
    tmp_path.joinpath("imported_meanwhile.py").write_text(
        "from asyncio import sleep as async_sleep\nfrom time import sleep\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with mock_batch(advance="sleep") as batch_mock:
        module = importlib.import_module("imported_meanwhile")
        module.sleep(5)

    assert batch_mock.sleeps == [5]
    assert (module.sleep, module.async_sleep) == (original(0), original(1))


def test_a_module_that_is_imported_again_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So does a module that was imported before, and is removed and imported again."""
    tmp_path.joinpath("imported_again.py").write_text("from time import sleep\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("imported_again")
    with mock_batch(advance="sleep") as batch_mock:
        monkeypatch.delitem(sys.modules, "imported_again")
        module = importlib.import_module("imported_again")
        module.sleep(5)

    assert batch_mock.sleeps == [5]
    assert module.sleep is original(0)


def test_what_happens_during_a_sleep_happens_at_its_time(
    batch_mock: BatchMock, client: Any
) -> None:
    """A sleep acts like a tick: all due events happen in order, each at its own instant."""
    batch_mock.script(succeed(after=30))
    submit(client)
    time.sleep(3600)

    assert [move.at_ms - START_MS for move in batch_mock.transitions] == [1000, 2000, 3000, 33_000]


@pytest.mark.parametrize(
    ("seconds", "expected_ms"),
    [(1, 1000), (0.25, 250), (0.0005, 1), (0.0101, 11), (0.1 + 0.2, 300), (True, 1000)],
)
def test_fractions(batch_mock: BatchMock, seconds: float, expected_ms: int) -> None:
    """A sleep lasts whole milliseconds, and never less than requested."""
    time.sleep(seconds)

    assert batch_mock.clock.epoch_ms == START_MS + expected_ms


@pytest.mark.parametrize("seconds", [0, 0.0, False])
def test_zero(batch_mock: BatchMock, seconds: float) -> None:
    """A sleep of zero seconds lets other threads run and does not move the clock."""
    time.sleep(seconds)

    assert batch_mock.clock.epoch_ms == START_MS
    assert batch_mock.sleeps == []


@pytest.mark.parametrize(
    "seconds", [-1, -0.001, float("nan"), float("inf"), 1e300, "1", None, Decimal("NaN")]
)
def test_what_cannot_be_slept(batch_mock: BatchMock, seconds: Any) -> None:
    """Arguments that the original refuses raise the same type of error."""
    kinds = []
    for pause in (time.sleep, original(0)):
        with pytest.raises((ValueError, TypeError, OverflowError)) as caught:
            pause(seconds)
        kinds.append(caught.type)

    assert kinds[0] is kinds[1]
    assert batch_mock.clock.epoch_ms == START_MS


def test_botocore_retries_sleep_in_simulated_time(batch_mock: BatchMock) -> None:
    """The back-off of a throttled client moves the clock and takes no real time."""
    client = boto3.client(
        "batch",
        config=Config(retries={"mode": "legacy", "max_attempts": 4}),
        region_name="us-east-1",
    )
    batch_mock.inject("DescribeJobQueues", throttled(), times=3)
    client.describe_job_queues()

    assert len(batch_mock.sleeps) == 3
    assert batch_mock.clock.epoch_ms > START_MS


def test_botocore_waiters_sleep_in_simulated_time(batch_mock: BatchMock, client: Any) -> None:
    """A user-defined waiter waits for an hour-long job without real delay."""
    batch_mock.script(succeed(after=3600))
    success = {
        "state": "success",
        "matcher": "pathAll",
        "argument": "jobs[].status",
        "expected": "SUCCEEDED",
    }
    model = botocore.waiter.WaiterModel(
        {
            "version": 2,
            "waiters": {
                "JobSucceeded": {
                    "operation": "DescribeJobs",
                    "delay": 60,
                    "maxAttempts": 100,
                    "acceptors": [success],
                }
            },
        }
    )
    waiter = botocore.waiter.create_waiter_with_client("JobSucceeded", model, client)
    waiter.wait(jobs=[submit(client)])

    assert batch_mock.sleeps == [60] * 61


def test_a_sleep_inside_a_job(batch_mock: BatchMock, client: Any) -> None:
    """Sleeps in a job's function take no time; `after` sets the job's length."""
    batch_mock.script(call(lambda context: time.sleep(3600), after=10))
    assert submit_and_wait(client, poll_every=1) == "SUCCEEDED"

    assert set(batch_mock.sleeps) == {1}
    assert batch_mock.clock.epoch_ms == START_MS + 13_000


def test_an_error_on_the_way_is_the_sleepers(batch_mock: BatchMock, client: Any) -> None:
    """A fatal exception inside a job is raised once, by the sleep in which it happens."""

    def interrupt(context: object) -> None:
        raise KeyboardInterrupt

    batch_mock.script(call(interrupt, after=5))
    job_id = submit(client)
    with pytest.raises(KeyboardInterrupt):
        time.sleep(60)
    assert batch_mock.clock.epoch_ms == START_MS + 3000
    time.sleep(60)

    assert status_of(client, job_id) == "SUCCEEDED"
    assert batch_mock.clock.epoch_ms == START_MS + 63_000


def test_an_interrupt_leaves_nothing_patched() -> None:
    """KeyboardInterrupt during a sleep leaves the mock, and everything is restored."""

    def interrupt(context: object) -> None:
        raise KeyboardInterrupt

    def be_interrupted() -> None:
        with provisioned_mock(advance="sleep") as (mock, client):
            mock.script(call(interrupt))
            submit(client)
            time.sleep(60)

    with pytest.raises(KeyboardInterrupt):
        be_interrupted()

    assert time.sleep is original(0)


def test_tick_and_sleep_together(batch_mock: BatchMock) -> None:
    """The test can move the clock as well, and only sleeps are recorded as sleeps."""
    batch_mock.tick(5)
    time.sleep(7)
    batch_mock.tick(11)

    assert batch_mock.clock.epoch_ms == START_MS + 23_000
    assert batch_mock.sleeps == [7]


def test_reset_forgets_the_sleeps(batch_mock: BatchMock) -> None:
    """After a reset there are no recorded sleeps, and the next sleep starts from the initial time."""
    time.sleep(7)
    batch_mock.reset()
    assert batch_mock.sleeps == []
    time.sleep(5)

    assert batch_mock.clock.epoch_ms == START_MS + 5000


def test_the_sleeps_are_a_copy(batch_mock: BatchMock) -> None:
    """Changing the returned list changes nothing."""
    batch_mock.sleeps.append(1)

    assert batch_mock.sleeps == []


def test_nested_mocks(batch_mock: BatchMock) -> None:
    """Sleeps move the clock of the innermost mock that simulates them."""
    with provisioned_mock(advance="sleep") as (inner, _):
        time.sleep(5)
        with provisioned_mock() as (manual, _):
            time.sleep(6)
    time.sleep(7)

    assert inner.sleeps == [5, 6]
    assert manual.sleeps == []
    assert batch_mock.sleeps == [7]


def test_mocks_that_end_in_the_order_in_which_they_began() -> None:
    """Mocks can overlap: each sleep moves the most recently started active mock."""
    first, second = mock_batch(advance="sleep"), mock_batch(advance="sleep")
    a, b = first.start(), second.start()
    first.stop()
    time.sleep(5)
    second.stop()

    assert (a.sleeps, b.sleeps) == ([], [5])
    assert time.sleep is original(0)


def test_a_patch_of_the_tests_own(batch_mock: BatchMock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A patch of `time.sleep` inside the mock takes effect."""
    seen: list[float] = []
    monkeypatch.setattr(time, "sleep", seen.append)
    time.sleep(5)

    assert seen == [5]
    assert batch_mock.sleeps == []


def test_a_patch_that_outlives_the_mock() -> None:
    """A patch made inside the mock and undone after it leaves a real sleep."""
    patch = pytest.MonkeyPatch()
    with mock_batch(advance="sleep") as batch_mock:
        patch.setattr(time, "sleep", lambda seconds: None)
    patch.undo()
    try:
        time.sleep(0.001)
        assert batch_mock.sleeps == []
        with mock_batch(advance="sleep") as later:
            time.sleep(5)
        assert later.sleeps == [5]
    finally:
        time.sleep = original(0)


def test_sleeps_of_tools_are_real(batch_mock: BatchMock) -> None:
    """Sleeps while waiting for another process do not move the clock."""
    subprocess.run([sys.executable, "-S", "-c", "pass"], check=True, timeout=30)
    tool = types.ModuleType("execnet.gateway")
    exec("import time\ndef nap(): time.sleep(0.001)", vars(tool))
    tool.nap()

    assert batch_mock.sleeps == []


@pytest.mark.parametrize(
    "part",
    [
        "batchmock.interception.hooks.activate",
        "batchmock.walltime.patching.replacements.Replacements.make",
    ],
)
def test_failed_start_leaves_nothing_patched(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    """When the mock fails to start, nothing stays patched."""

    def refuse(*args: object) -> None:
        raise RuntimeError("no")

    run_forever = asyncio.BaseEventLoop.run_forever
    monkeypatch.setattr(part, refuse)
    with pytest.raises(RuntimeError):
        mock_batch(advance="sleep", freeze=True).start()

    assert time.sleep is original(0)
    assert asyncio.BaseEventLoop.run_forever is run_forever
    assert time.time() > 1_700_000_000


def test_a_failing_job_is_polled_to_its_end(batch_mock: BatchMock, client: Any) -> None:
    """Code that polls with sleeps sees its job fail."""
    batch_mock.script(fail(3, after=100))

    assert submit_and_wait(client) == "FAILED"
