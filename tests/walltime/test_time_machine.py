"""time-machine: what works where reading the time is enough, and what does not."""

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
    """Under `travel` the clock begins at the time travelled to."""
    with time_machine.travel(CHRISTMAS, tick=False), mock_batch() as batch_mock:
        assert batch_mock.clock.now == CHRISTMAS


def test_neither_moves_the_other() -> None:
    """From then on each goes its own way."""
    with time_machine.travel(CHRISTMAS, tick=False) as traveller, mock_batch() as batch_mock:
        traveller.shift(60)
        batch_mock.tick(3600)
        assert batch_mock.clock.now == CHRISTMAS + timedelta(hours=1)
        assert datetime.now(timezone.utc) == CHRISTMAS + timedelta(minutes=1)


def test_moving_the_traveller_by_hand() -> None:
    """A test that wants both to agree moves time-machine to where the clock is."""
    with time_machine.travel(CHRISTMAS, tick=False) as traveller, mock_batch() as batch_mock:
        batch_mock.tick(3600)
        traveller.move_to(batch_mock.clock.now)
        assert datetime.now(timezone.utc) == batch_mock.clock.now


def test_sleep() -> None:
    """With `advance="sleep"` sleeps move the clock as ever."""
    with time_machine.travel(CHRISTMAS, tick=False), mock_batch(advance="sleep") as batch_mock:
        time.sleep(60)
        asyncio.run(asyncio.sleep(60))
        assert batch_mock.clock.now == CHRISTMAS + timedelta(minutes=2)


def test_wall() -> None:
    """With `advance="wall"` the clock runs with the real time, which time-machine leaves be."""
    options: dict[str, Any] = {"advance": "wall", "speed": 100_000}
    with time_machine.travel(CHRISTMAS, tick=False), mock_batch(**options) as batch_mock:
        time.sleep(0.002)
        assert batch_mock.clock.now >= CHRISTMAS + timedelta(seconds=200)


def test_freeze() -> None:
    """With `freeze=True` it is the mock that says what time it is, from the time travelled to on."""
    with time_machine.travel(CHRISTMAS, tick=False), mock_batch(freeze=True) as batch_mock:
        batch_mock.tick(60)
        assert time.time() == batch_mock.clock.epoch_ms / 1000
        assert batch_mock.clock.now == CHRISTMAS + timedelta(minutes=1)


def test_travel_inside_a_frozen_time() -> None:
    """time-machine refuses to travel while time is frozen."""
    with mock_batch(freeze=True), pytest.raises(RuntimeError, match="freezegun is active"):
        time_machine.travel(CHRISTMAS).start()
