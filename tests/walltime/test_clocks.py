"""Simulated clocks, wherever the code under test holds a reference to one."""

from __future__ import annotations

import copy
import datetime
import gc
import pickle
import sched
import time
import weakref
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import date
from datetime import datetime as by_name
from functools import partial
from typing import Any

import pytest

from batchmock import BatchMock, BatchMockWarning, StuckError, mock_batch
from batchmock.walltime.patching import clocks

from ..builders import START_MS, provisioned_mock, status_of, submit

START = START_MS / 1000
CLOCKS = ("time", "monotonic", "perf_counter")


class WithSlots:
    """Holds a sleep and a clock in slots."""

    __slots__ = ("clock", "pause")

    def __init__(self) -> None:
        self.clock = time.monotonic
        self.pause = time.sleep


class Moment(datetime.datetime):
    """A subclass of a date class that has no clock of its own."""


class LaterMoment(Moment):
    """A subclass of that one."""


class WithAttributes:
    """Holds clocks in class and instance attributes."""

    of_class = staticmethod(time.time)

    def __init__(self) -> None:
        self.of_object = time.time


def by_default(clock: Callable[[], float] = time.time) -> float:
    """Return the time of a clock that was bound as a default argument at import."""
    return clock()


def closure() -> Callable[[], float]:
    """Return a function that holds the clock in its closure."""
    clock = time.time
    return lambda: clock()


SLOTS = WithSlots()
ATTRIBUTES = WithAttributes()
CLOSURE = closure()
LIST = [time.time]
TUPLE = (time.time, 1)
NESTED = ((time.time,),)
DEQUE = deque([time.time])
ITEMS = {"clock": time.time}
PARTIAL = partial(by_default, time.time)
PARTIAL_BY_NAME = partial(by_default, clock=time.time)
NOW = datetime.datetime.now
FACTORY: defaultdict[str, float] = defaultdict(time.time)

WAYS: dict[str, Callable[[], float]] = {
    "module": lambda: time.time(),
    "default": by_default,
    "slot": lambda: SLOTS.clock(),
    "attribute of a class": lambda: WithAttributes.of_class(),
    "attribute of an object": lambda: ATTRIBUTES.of_object(),
    "closure": CLOSURE,
    "list": lambda: LIST[0](),
    "tuple": lambda: TUPLE[0](),  # type: ignore[operator]
    "tuple in a tuple": lambda: NESTED[0][0](),
    "deque": lambda: DEQUE[0](),
    "dict": lambda: ITEMS["clock"](),
    "partial": PARTIAL,
    "partial by name": PARTIAL_BY_NAME,
    "bound method": lambda: NOW(datetime.timezone.utc).timestamp(),
    "default factory": lambda: FACTORY[str(len(FACTORY))],
    "subclass": lambda: Moment.now(datetime.timezone.utc).timestamp(),
    "subclass of a subclass": lambda: LaterMoment.now(datetime.timezone.utc).timestamp(),
    "local time of a subclass": lambda: Moment.now().timestamp(),
    "datetime by name": lambda: by_name.now(datetime.timezone.utc).timestamp(),
}


@pytest.mark.parametrize("way", WAYS)
def test_held_clocks(way: str) -> None:
    """Every reference to a clock reads simulated time, and real time afterwards."""
    with provisioned_mock(advance="sleep"):
        assert WAYS[way]() == START
        SLOTS.pause(60)
        assert WAYS[way]() == START + 60
    if way != "slot":
        assert WAYS[way]() > 1_700_000_000


@pytest.mark.parametrize("name", CLOCKS)
def test_every_clock(batch_mock: BatchMock, name: str) -> None:
    """Each clock and its nanosecond variant move by the time slept."""
    read, read_ns = getattr(time, name), getattr(time, f"{name}_ns")
    before, before_ns = read(), read_ns()
    time.sleep(1.5)

    assert (read() - before, read_ns() - before_ns) == (1.5, 1_500_000_000)


@pytest.mark.skipif(not hasattr(time, "clock_gettime"), reason="Windows has no such clocks")
def test_clocks_by_their_number(batch_mock: BatchMock) -> None:
    """So does a clock that is read by its number, except those of processor time."""
    for number in (time.CLOCK_REALTIME, time.CLOCK_MONOTONIC):
        assert time.clock_gettime(number) == time.time()
        assert time.clock_gettime_ns(number) == time.time_ns()
    assert time.clock_gettime(time.CLOCK_PROCESS_CPUTIME_ID) < 100_000


def test_subclasses_are_left_as_they_were() -> None:
    """After the mock, a subclass of a date class has the clock of its base again."""
    with provisioned_mock(advance="sleep"):
        assert isinstance(Moment.now(), Moment)
        assert "now" in vars(Moment)
    assert not {"now", "utcnow"} & vars(Moment).keys()
    assert Moment.now().timestamp() > 1_700_000_000


def test_freeze_false() -> None:
    """With `freeze=False`, clocks are real although sleeps are simulated."""
    with provisioned_mock(advance="sleep", freeze=False):
        assert time.time() > START + 86_400
        time.sleep(86_400)


def test_dates(batch_mock: BatchMock) -> None:
    """Dates, broken-down times and formatted times are simulated too."""
    moment = datetime.datetime.now(datetime.timezone.utc)

    assert moment == batch_mock.clock.now
    assert time.gmtime()[:6] == moment.timetuple()[:6]
    assert time.strftime("%Y", time.gmtime()) == f"{moment.year}"
    assert time.ctime() == time.asctime() == time.ctime(moment.timestamp())
    assert date.today() == by_name.now().date() == by_name.today().date()
    assert by_name.utcnow() == LaterMoment.utcnow() == moment.replace(tzinfo=None)


def test_instances_are_those_of_the_real_classes(batch_mock: BatchMock) -> None:
    """Values returned by a simulated clock pickle, copy and dispatch as usual."""
    moment = by_name.now()

    assert isinstance(moment, by_name)
    assert isinstance(moment, date)
    assert type(moment) == by_name  # noqa: E721
    assert {by_name: "found"}[type(moment)] == "found"
    assert pickle.loads(pickle.dumps(moment)) == copy.deepcopy(moment) == moment
    assert pickle.loads(pickle.dumps(by_name)) is by_name
    assert by_name(2026, 1, 2) + datetime.timedelta(1) == by_name.fromisoformat("2026-01-03")


def test_a_class_of_the_codes_own(batch_mock: BatchMock) -> None:
    """A subclass of `datetime` defined during the mock reads the simulated time."""

    class Moment(by_name):
        """A named subclass of `date`."""

    assert type(Moment.now()) is Moment
    assert Moment.now(datetime.timezone.utc) == batch_mock.clock.now


def test_sched(batch_mock: BatchMock) -> None:
    """A scheduler of the standard library runs in simulated time."""
    ran: list[float] = []
    scheduler = sched.scheduler()
    for delay in (3600, 60):
        scheduler.enter(delay, 1, lambda: ran.append(time.time() - START))
    scheduler.run()

    assert ran == [60, 3600]


def test_a_client_that_asks_at_most_every_ten_seconds(batch_mock: BatchMock, client: Any) -> None:
    """A poller that reads the clock before it calls Batch takes the expected time."""
    job_id = submit(client)
    asked_at, status = 0.0, ""
    while status != "SUCCEEDED":
        if time.time() - asked_at >= 10:
            asked_at, status = time.time(), status_of(client, job_id)
        time.sleep(0.5)

    assert batch_mock.calls.count("DescribeJobs") == 2
    assert batch_mock.clock.epoch_ms == START_MS + 10_500


def test_a_loop_that_reads_the_clock_alone(
    batch_mock: BatchMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy loop on a clock that stands still gets a warning and ends."""
    monkeypatch.setattr(clocks, "READS_OF_A_STILL_CLOCK", 100)
    monkeypatch.setattr(clocks, "MOST_READS_OF_A_STILL_CLOCK", 200)

    def spin() -> None:
        deadline = time.time() + 60
        while time.time() < deadline:
            pass

    with (
        pytest.warns(BatchMockWarning, match=r"time\(\) was read 100 times"),
        pytest.raises(StuckError, match=r"time\(\) was read 200 times"),
    ):
        spin()


def test_nothing_is_kept_alive() -> None:
    """Classes and functions that held a sleep or a clock can be garbage-collected."""

    def make() -> list[weakref.ref[Any]]:
        class Local:
            pause = time.sleep

            def wait(self, clock: Callable[[], float] = time.time) -> float:
                return clock()

        with mock_batch(advance="sleep"):
            assert Local().wait() == time.time()
        return [weakref.ref(Local), weakref.ref(Local.wait)]

    found = make()
    gc.collect()

    assert [each() for each in found] == [None, None]
