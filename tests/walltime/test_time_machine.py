"""time-machine, with which a mock keeps in step as with freezegun."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from batchmock import mock_batch

time_machine: Any = pytest.importorskip("time_machine")

CHRISTMAS = datetime(2024, 12, 25, 12, tzinfo=timezone.utc)


def test_the_clock_starts_there() -> None:
    """Under `travel`, the clock starts at the destination time."""
    with time_machine.travel(CHRISTMAS, tick=False), mock_batch() as batch_mock:
        assert batch_mock.clock.now == CHRISTMAS


def test_each_moves_the_other() -> None:
    """From then on, each moves when the other does."""
    with time_machine.travel(CHRISTMAS, tick=False) as traveller, mock_batch() as batch_mock:
        traveller.shift(60)
        assert batch_mock.clock.now == CHRISTMAS + timedelta(minutes=1)
        batch_mock.tick(3600)
        assert datetime.now(timezone.utc) == CHRISTMAS + timedelta(minutes=61)
        traveller.move_to(CHRISTMAS + timedelta(days=1))
        assert batch_mock.clock.now == CHRISTMAS + timedelta(days=1)


def test_a_traveller_that_ticks() -> None:
    """With `tick=True`, the clock runs with the travelled time and moves it too."""
    with time_machine.travel(CHRISTMAS, tick=True), mock_batch() as batch_mock:
        batch_mock.tick(3600)
        assert datetime.now(timezone.utc) >= CHRISTMAS + timedelta(hours=1)
        assert abs(batch_mock.clock.now - datetime.now(timezone.utc)) < timedelta(minutes=1)


def test_sleep() -> None:
    """With `advance="sleep"`, sleeps move the clock as usual."""
    with time_machine.travel(CHRISTMAS, tick=False), mock_batch(advance="sleep") as batch_mock:
        time.sleep(60)
        asyncio.run(asyncio.sleep(60))
        assert batch_mock.clock.now == CHRISTMAS + timedelta(minutes=2)


def test_wall() -> None:
    """With `advance="wall"`, the clock runs with real time, which time-machine leaves unchanged."""
    options: dict[str, Any] = {"advance": "wall", "speed": 100_000}
    with time_machine.travel(CHRISTMAS, tick=False), mock_batch(**options) as batch_mock:
        time.sleep(0.002)
        assert batch_mock.clock.now >= CHRISTMAS + timedelta(seconds=200)


def test_freeze() -> None:
    """With `freeze=True`, the mock sets the time, starting at the destination time."""
    with time_machine.travel(CHRISTMAS, tick=False), mock_batch(freeze=True) as batch_mock:
        batch_mock.tick(60)
        assert time.time() == batch_mock.clock.epoch_ms / 1000
        assert batch_mock.clock.now == CHRISTMAS + timedelta(minutes=1)


@pytest.mark.parametrize("advance", ["manual", "sleep"])
def test_travel_inside_a_frozen_time(advance: Any) -> None:
    """Inside a mock that freezes, the travelled time applies until it ends, and then the clock's again."""
    with mock_batch(freeze=True, advance=advance) as batch_mock:
        with time_machine.travel(CHRISTMAS, tick=False) as traveller:
            assert batch_mock.clock.now == datetime.now(timezone.utc) == CHRISTMAS
            traveller.shift(60)
            assert batch_mock.clock.now == CHRISTMAS + timedelta(minutes=1)
        assert datetime.now(timezone.utc) == batch_mock.clock.now
    assert time.time() > 1_700_000_000
