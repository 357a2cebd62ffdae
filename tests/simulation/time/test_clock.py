from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from batchmock import BatchMock, BatchMockError, mock_batch
from batchmock.simulation.time.clock import Clock, to_datetime, to_epoch_ms

from ...builders import START_MS, provisioned_mock, submit

BERLIN = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("moment", "epoch_ms"),
    [
        (datetime(1970, 1, 1, tzinfo=timezone.utc), 0),
        (datetime(1970, 1, 1, 0, 0, 1, 500_000), 1500),
        (datetime(1970, 1, 1, 1, tzinfo=BERLIN), 0),
        (datetime(1970, 1, 1, 0, 0, 0, 1999, tzinfo=timezone.utc), 1),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc), START_MS),
    ],
)
def test_to_epoch_ms(moment: datetime, epoch_ms: int) -> None:
    """Instants are whole milliseconds since 1970, rounded down, and naive ones are UTC."""
    assert to_epoch_ms(moment) == epoch_ms


def test_to_datetime() -> None:
    """An instant converts to an aware UTC datetime, exact to the millisecond."""
    expected = datetime(2026, 1, 2, 3, 4, 5, 7000, tzinfo=timezone.utc)
    assert to_datetime(START_MS + 7) == expected
    assert to_datetime(START_MS + 7).tzinfo is timezone.utc


def test_moves() -> None:
    """A clock moves forward or stays."""
    clock = Clock(1000)
    clock.set(1000)
    clock.set(2500)
    assert clock.epoch_ms == 2500
    assert clock.now == datetime(1970, 1, 1, 0, 0, 2, 500_000, tzinfo=timezone.utc)


def test_never_back() -> None:
    """A clock never moves back."""
    clock = Clock(1000)
    with pytest.raises(ValueError, match=r"^time can't go backwards$"):
        clock.set(999)
    assert clock.epoch_ms == 1000


def test_repr() -> None:
    """A clock shows its time."""
    assert repr(Clock(START_MS)) == "<Clock 2026-01-02T03:04:05.000+00:00>"


@pytest.mark.parametrize(
    ("delta", "moved"),
    [(0, 0), (1, 1000), (0.001, 1), (0.0004, 0), (timedelta(minutes=1), 60000), (1e6, 10**9)],
)
def test_tick(batch_mock: BatchMock, delta: float, moved: int) -> None:
    """`tick` moves by seconds or a timedelta, rounded to milliseconds."""
    batch_mock.tick(delta)
    assert batch_mock.clock.epoch_ms == START_MS + moved


def test_tick_moves_a_second(batch_mock: BatchMock) -> None:
    """`tick` moves by one second by default."""
    batch_mock.tick()
    assert batch_mock.clock.epoch_ms == START_MS + 1000


@pytest.mark.parametrize(
    "when",
    [
        "2026-01-02T04:04:05Z",
        "2026-01-02T05:04:05+01:00",
        "2026-01-02T04:04:05",
        datetime(2026, 1, 2, 4, 4, 5),
        datetime(2026, 1, 2, 4, 4, 5, tzinfo=timezone.utc),
        (START_MS + 3_600_000) / 1000,
    ],
    ids=str,
)
def test_move_to(batch_mock: BatchMock, when: datetime | str | float) -> None:
    """`move_to` accepts a datetime, an ISO 8601 string or Unix seconds."""
    batch_mock.move_to(when)
    assert batch_mock.clock.epoch_ms == START_MS + 3_600_000


def test_what_is_due_happens_at_its_own_time() -> None:
    """However far time moves at once, every event happens at the instant at which it is due."""
    histories = []
    for ticks in ([100.0], [0.5] * 200, [3.0, 97.0]):
        with provisioned_mock() as (mock, client):
            job_id = submit(client)
            for delta in ticks:
                mock.tick(delta)
            histories.append([move.at_ms for move in mock.job(job_id).history])
            assert mock.clock.epoch_ms == START_MS + 100_000
    assert histories == [[START_MS + ms for ms in (1000, 2000, 3000, 4000)]] * 3


def test_step() -> None:
    """`step` moves to the next entry and returns its transitions, or none if nothing is due."""
    with provisioned_mock() as (mock, client):
        submit(client)
        steps = [mock.step() for _ in range(5)]
        assert mock.clock.epoch_ms == START_MS + 4000
    assert [[move.to_status for move in step] for step in steps] == [
        ["RUNNABLE"],
        ["STARTING"],
        ["RUNNING"],
        ["SUCCEEDED"],
        [],
    ]


def test_run() -> None:
    """`run` returns every transition and leaves the clock at the last entry."""
    with provisioned_mock() as (mock, client):
        submit(client)
        moves = mock.run()
        assert [move.to_status for move in moves] == [
            "RUNNABLE",
            "STARTING",
            "RUNNING",
            "SUCCEEDED",
        ]
        assert mock.run() == []
        assert mock.clock.epoch_ms == START_MS + 4000


@pytest.mark.parametrize(
    ("delta", "message"),
    [
        (
            -1,
            "batchmock: delta is -1; time can't go backwards. "
            "Pass zero or more seconds, or a datetime.timedelta of zero or more.",
        ),
        (
            timedelta(seconds=-1),
            "batchmock: delta is datetime.timedelta(days=-1, seconds=86399); time can't go "
            "backwards. Pass zero or more seconds, or a datetime.timedelta of zero or more.",
        ),
        (
            "1",
            "batchmock: delta is '1', which is not a length of time. "
            "Pass seconds (a number) or a datetime.timedelta.",
        ),
    ],
)
def test_bad_tick(batch_mock: BatchMock, delta: float, message: str) -> None:
    """A negative tick, or one by something that is not a duration, is refused and changes nothing."""
    with pytest.raises(BatchMockError) as caught:
        batch_mock.tick(delta)
    assert str(caught.value) == message
    assert batch_mock.clock.epoch_ms == START_MS


@pytest.mark.parametrize(
    ("when", "message"),
    [
        (
            "2026-01-02T03:04:04Z",
            "batchmock: time can't go backwards. The clock is at 2026-01-02 03:04:05, and "
            "move_to() got 2026-01-02 03:04:04. Pass a later instant, or call reset().",
        ),
        (
            "tomorrow",
            "batchmock: when is 'tomorrow', which is not a point in time. Pass a datetime, an ISO 8601 "
            'string such as "2026-01-02T03:04:05Z", or Unix seconds.',
        ),
        (
            None,
            "batchmock: when is None, which is not a point in time. Pass a datetime, an ISO 8601 "
            'string such as "2026-01-02T03:04:05Z", or Unix seconds.',
        ),
    ],
)
def test_bad_move_to(batch_mock: BatchMock, when: str, message: str) -> None:
    """A move into the past, or to something that is not an instant, is refused."""
    with pytest.raises(BatchMockError) as caught:
        batch_mock.move_to(when)
    assert str(caught.value) == message


@pytest.mark.parametrize("stage", [0, 0.25, 10])
def test_stage_seconds(stage: float) -> None:
    """`stage_seconds` is the length of each stage, and of an unscripted run."""
    with provisioned_mock(stage_seconds=stage) as (mock, client):
        job_id = submit(client)
        mock.run()
        moved = [move.at_ms - START_MS for move in mock.job(job_id).history]
    assert moved == [round(stage * 1000) * number for number in (1, 2, 3, 4)]


def test_start() -> None:
    """The clock starts at `start`, and `reset` moves it back there."""
    with mock_batch(start=1000) as mock:
        assert mock.clock.epoch_ms == 1_000_000
        mock.tick(5)
        mock.reset()
        assert mock.clock.epoch_ms == 1_000_000
