"""Code that polls until a deadline: each way of reading a clock shows that it will end."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timezone
from typing import Any

import anyio
import pytest
import trio
from freezegun import freeze_time

from batchmock import StuckError, hang, mock_batch

from ..builders import provisioned_mock, status_of, submit

LAST = 20
"""How many moves in vain are an error in these tests."""
ROUNDS = 5 * LAST
"""How often the code under test polls until its deadline."""
CHRISTMAS = datetime(2024, 12, 25, 12, tzinfo=timezone.utc)

Now = Callable[[], float]


def hanging(advance: str = "sleep") -> AbstractContextManager[Any]:
    """Return a mock, to enter, in which all jobs hang, with its client."""
    return provisioned_mock(advance=advance, stuck_after=LAST, start=None)


def poll(client: Any, job_id: str, seconds: float, goes_on: Callable[[], bool]) -> int:
    """Poll for a job as long as a function says so; return how often."""
    rounds = 0
    while goes_on():
        status_of(client, job_id)
        time.sleep(seconds)
        rounds += 1
    return rounds


def of(moment: time.struct_time) -> float:
    """Return a moment, local or in UTC, in seconds."""
    return datetime(*moment[:6], tzinfo=timezone.utc).timestamp()


def day_of(moment: date) -> float:
    """Return a day in seconds."""
    return moment.toordinal() * 86_400.0


CLOCKS: dict[str, Now] = {
    "time": lambda: time.time(),
    "time_ns": lambda: time.time_ns() / 1e9,
    "monotonic": lambda: time.monotonic(),
    "perf_counter_ns": lambda: time.perf_counter_ns() / 1e9,
    "gmtime": lambda: of(time.gmtime()),
    "localtime": lambda: of(time.localtime()),
    "now": lambda: datetime.now().timestamp(),
    "now in UTC": lambda: datetime.now(timezone.utc).timestamp(),
    "today": lambda: datetime.today().timestamp(),
    "date": lambda: day_of(date.today()),
}
clocks = pytest.mark.parametrize("now", CLOCKS.values(), ids=CLOCKS.keys())


@clocks
def test_clocks(now: Now) -> None:
    """A poll until a deadline ends by itself, by whatever clock of Python it sees that."""
    with hanging() as (batch_mock, client):
        batch_mock.script(hang())
        job_id = submit(client)
        end = now() + ROUNDS * 3600
        assert poll(client, job_id, 3600, lambda: now() < end) >= ROUNDS - 24


@clocks
def test_clocks_of_freezegun(now: Now) -> None:
    """So does one under a time that freezegun has frozen."""
    with freeze_time(CHRISTMAS), hanging() as (batch_mock, client):
        batch_mock.script(hang())
        job_id = submit(client)
        end = now() + ROUNDS * 3600
        assert poll(client, job_id, 3600, lambda: now() < end) >= ROUNDS - 24


@pytest.mark.parametrize(
    "name", [name for name in CLOCKS if name not in ("monotonic", "perf_counter_ns")]
)
def test_clocks_of_time_machine(name: str) -> None:
    """So does one under a time that time-machine has frozen, which leaves some clocks real."""
    now = CLOCKS[name]
    travel = pytest.importorskip("time_machine").travel
    with travel(CHRISTMAS, tick=False), hanging() as (batch_mock, client):
        batch_mock.script(hang())
        job_id = submit(client)
        end = now() + ROUNDS * 3600
        assert poll(client, job_id, 3600, lambda: now() < end) >= ROUNDS - 24


def test_polls_that_move_time() -> None:
    """The same holds where polls move time, not sleeps."""
    with freeze_time(CHRISTMAS), hanging("poll") as (batch_mock, client):
        batch_mock.script(hang())
        job_id = submit(client)
        end = time.time() + ROUNDS
        while time.time() < end:
            status_of(client, job_id)


@pytest.mark.parametrize("library", ["freezegun", "time_machine"])
def test_until_past_the_deadline(library: str) -> None:
    """Code that pauses for at most the remaining time gets past its deadline under a time of its author's."""
    frozen = {
        "freezegun": lambda: freeze_time(CHRISTMAS),
        "time_machine": lambda: pytest.importorskip("time_machine").travel(CHRISTMAS, tick=False),
    }
    with frozen[library](), mock_batch(region="us-east-1", advance="sleep") as batch_mock:
        end = time.time() + 600
        while (left := end - time.time()) >= 0:
            time.sleep(min(left, 60))
        assert batch_mock.sleeps == [60] * 10


def test_the_clock_of_a_loop() -> None:
    """The clock of asyncio counts."""
    with hanging() as (batch_mock, client):
        batch_mock.script(hang())
        job_id = submit(client)

        async def main() -> int:
            loop, rounds = asyncio.get_running_loop(), 0
            end = loop.time() + ROUNDS - 0.5
            while loop.time() < end:
                status_of(client, job_id)
                await asyncio.sleep(1)
                rounds += 1
            return rounds

        assert asyncio.run(main()) == ROUNDS


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_clock_of_anyio(backend: str) -> None:
    """So does that of anyio, on both of its backends."""
    with hanging() as (batch_mock, client):
        batch_mock.script(hang())
        job_id = submit(client)

        async def main() -> int:
            end, rounds = anyio.current_time() + ROUNDS - 0.5, 0
            while anyio.current_time() < end:
                status_of(client, job_id)
                await anyio.sleep(1)
                rounds += 1
            return rounds

        assert anyio.run(main, backend=backend) == ROUNDS


@pytest.mark.parametrize("advance", ["sleep", "manual"])
def test_the_clock_of_trio(advance: str) -> None:
    """So does that of trio, also in a run with the clock of a mock."""
    with hanging(advance) as (batch_mock, client):
        batch_mock.script(hang())
        job_id = submit(client)

        async def main() -> int:
            end, rounds = trio.current_time() + ROUNDS - 0.5, 0
            while trio.current_time() < end:
                status_of(client, job_id)
                await trio.sleep(1)
                rounds += 1
            return rounds

        clock = batch_mock.trio_clock() if advance == "manual" else None
        assert trio.run(main, clock=clock) == ROUNDS


def test_a_deadline_beside_many_polls() -> None:
    """The clock may be read once in many polls, here of five jobs and by a thread with a pause of its own."""
    with hanging() as (batch_mock, client):
        batch_mock.script(hang())
        ids = [submit(client, f"job-{number}") for number in range(5)]
        beat = threading.Thread(target=lambda: [time.sleep(0.7) for _ in range(ROUNDS)])
        beat.start()
        end, rounds = time.time() + ROUNDS, 0
        while time.time() < end:
            rounds += 1
            for job_id in ids:
                status_of(client, job_id)
                time.sleep(1)
        beat.join()
    assert rounds == ROUNDS / 5


# Reads that are no deadlines


def log_the_time() -> bool:
    """Log a line, which has a time of its own."""
    logging.getLogger(__name__).warning("still waiting")
    return True


def show_the_time() -> bool:
    """Write the time in a text."""
    sys.stdout.write(time.strftime("%H:%M:%S"))
    return True


@pytest.mark.parametrize("goes_on", [lambda: True, log_the_time, show_the_time])
def test_a_poll_without_a_deadline(goes_on: Callable[[], bool]) -> None:
    """A poll for ever is an error soon, though boto3 reads clocks, and what it writes has the time."""
    with hanging() as (batch_mock, client):
        batch_mock.script(hang())
        with pytest.raises(StuckError, match=f"moved {LAST} times"):
            poll(client, submit(client), 60, goes_on)


@pytest.mark.parametrize("goes_on", [lambda: True, log_the_time, show_the_time])
def test_a_poll_without_a_deadline_under_freezegun(goes_on: Callable[[], bool]) -> None:
    """The same holds under a time that freezegun has frozen."""
    with freeze_time(CHRISTMAS), hanging() as (batch_mock, client):
        batch_mock.script(hang())
        with pytest.raises(StuckError, match=f"moved {LAST} times"):
            poll(client, submit(client), 60, goes_on)


def test_a_display_of_progress() -> None:
    """A display that reads the clock at each step has no deadline."""
    module: dict[str, Any] = {"__name__": "tqdm.std", "time": time}
    exec("def progress():\n    while True:\n        yield time.time()", module)
    steps = module["progress"]()
    with hanging() as (batch_mock, client):
        batch_mock.script(hang())
        with pytest.raises(StuckError, match=f"moved {LAST} times"):
            poll(client, submit(client), 60, lambda: next(steps) > 0)


def test_a_loop_that_reads_the_clock_for_ever() -> None:
    """Code that reads the clock is given a hundred times as many moves."""
    with hanging() as (batch_mock, client):
        batch_mock.script(hang())
        with pytest.raises(StuckError, match=r"moved 2,000 times"):
            poll(client, submit(client), 1, lambda: time.time() > 0)


def test_scopes_of_a_loop_for_ever() -> None:
    """Cancel scopes and timeouts read the clock for themselves."""
    with hanging() as (batch_mock, client):
        batch_mock.script(hang())
        job_id = submit(client)

        async def main() -> None:
            while status_of(client, job_id) != "SUCCEEDED":
                with anyio.move_on_after(30):
                    await anyio.sleep_forever()

        with pytest.raises(StuckError, match=f"moved {LAST} times"):
            anyio.run(main)


def test_a_library_of_the_author_is_left_as_it_was() -> None:
    """After the mock, freezegun has its own functions again."""
    from freezegun import api

    before = vars(api)["get_current_time"]
    with hanging():
        assert vars(api)["get_current_time"] is not before
    assert vars(api)["get_current_time"] is before
