from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from batchmock import BatchMock, BatchMockError, StuckError, call, hang, succeed
from batchmock.walltime import real

from ..builders import START_MS, provisioned_mock, submit

ROUNDS = 10


def seconds_of(batch_mock: BatchMock) -> float:
    """Return the simulated seconds since the mock began."""
    return (batch_mock.clock.epoch_ms - START_MS) / 1000


def status_of(client: Any, job_id: str) -> str:
    """Ask for the status of a job."""
    return str(client.describe_jobs(jobs=[job_id])["jobs"][0]["status"])


async def poll(client: Any, job_id: str, seconds: float = 600) -> None:
    """Wait for a job, in the thread of the run."""
    while status_of(client, job_id) != "SUCCEEDED":
        await trio.sleep(seconds)


async def poll_in_threads(client: Any, job_id: str, seconds: float = 600) -> None:
    """Wait for a job, and ask for it in worker threads."""
    while await trio.to_thread.run_sync(status_of, client, job_id) != "SUCCEEDED":
        await trio.sleep(seconds)


POLLS = pytest.mark.parametrize("poller", [poll, poll_in_threads])
MODES = pytest.mark.parametrize("advance", ["sleep", "manual", "poll"])


@POLLS
def test_sleeps_move_the_clock(poller: Callable[..., Any]) -> None:
    """Under `advance="sleep"` what trio.sleep sleeps moves the clock, in a run like any other."""
    for _ in range(ROUNDS):
        with provisioned_mock(advance="sleep") as (batch_mock, client):
            batch_mock.script("*", succeed(after=3600))
            trio.run(poller, client, submit(client))
            assert batch_mock.sleeps == [600] * 7
            assert seconds_of(batch_mock) == 4200


@POLLS
def test_clock_in_manual_mode(poller: Callable[..., Any]) -> None:
    """A run with the clock of a mock moves that mock in the other modes too."""
    for _ in range(ROUNDS):
        with provisioned_mock() as (batch_mock, client):
            batch_mock.script("*", succeed(after=3600))
            trio.run(poller, client, submit(client), clock=batch_mock.trio_clock())
            assert seconds_of(batch_mock) == 4200


@MODES
def test_order_and_instants(advance: str) -> None:
    """Tasks wake in the order of their instants, each at its own, to the millisecond."""
    with provisioned_mock(advance=advance) as (batch_mock, _):
        woken = []

        async def sleeper(seconds: float) -> None:
            await trio.sleep(seconds)
            woken.append((seconds, seconds_of(batch_mock)))

        async def main() -> None:
            async with trio.open_nursery() as nursery:
                for seconds in (0.3, 0.1, 17, 0.7):
                    nursery.start_soon(sleeper, seconds)

        trio.run(main, clock=batch_mock.trio_clock())
        assert woken == [(0.1, 0.1), (0.3, 0.3), (0.7, 0.7), (17, 17)]


@MODES
@POLLS
def test_timeout(advance: str, poller: Callable[..., Any]) -> None:
    """A timeout ends a wait in vain at its instant, after more rounds than `stuck_after`."""
    with provisioned_mock(advance=advance, stage_seconds=0.001, stuck_after=20) as made:
        batch_mock, client = made
        batch_mock.script("*", hang())
        job_id = submit(client)

        async def main() -> float:
            began = trio.current_time()
            with trio.move_on_after(100):
                await poller(client, job_id, 1)
            return trio.current_time() - began

        assert trio.run(main, clock=batch_mock.trio_clock()) == pytest.approx(100, abs=0.2)


@pytest.mark.parametrize("advance", ["sleep", "manual"])
def test_waiting_in_vain(advance: str) -> None:
    """A poll for ever is an error in the main task, as with other sleeps."""
    with provisioned_mock(advance=advance, stuck_after=20) as (batch_mock, client):
        batch_mock.script("*", hang())
        with pytest.raises(StuckError, match="waits in vain: time was moved 20 times"):
            trio.run(poll, client, submit(client), clock=batch_mock.trio_clock())


def test_error_on_the_way() -> None:
    """What a job's function raises out of the test comes out of the run as it is."""

    def misuse(context: Any) -> None:
        batch_mock.tick()

    with provisioned_mock(advance="sleep") as (batch_mock, client):
        batch_mock.script("*", call(misuse))
        with pytest.raises(BatchMockError, match=r"tick\(\)"):
            trio.run(poll, client, submit(client))


@MODES
def test_worker_threads_hold_time(advance: str) -> None:
    """Time does not jump to a deadline past a worker thread that is at work."""
    with provisioned_mock(advance=advance) as (batch_mock, _):

        async def main() -> bool:
            with trio.move_on_after(3600) as scope:
                for _ in range(50):
                    await trio.sleep(30)
                    await trio.to_thread.run_sync(sum, range(10_000))
            return scope.cancelled_caught

        for _ in range(5):
            assert trio.run(main, clock=batch_mock.trio_clock()) is False


@pytest.mark.parametrize("_", range(ROUNDS))
def test_threads_sleep_at_the_same_time(_: int) -> None:
    """Under `advance="sleep"` tasks and threads share the time."""
    seen = []

    with provisioned_mock(advance="sleep") as (batch_mock, _client):

        def sleep_in_a_thread() -> None:
            for _ in range(3):
                time.sleep(20)
                seen.append(("thread", seconds_of(batch_mock)))

        async def main() -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.to_thread.run_sync, sleep_in_a_thread)
                await trio.sleep(30)
                seen.append(("task", seconds_of(batch_mock)))

        trio.run(main)
    assert seen == [("thread", 20), ("task", 30), ("thread", 40), ("thread", 60)]


@pytest.mark.parametrize("advance", ["sleep", "manual"])
def test_input_comes_before_a_jump(advance: str) -> None:
    """An answer from a socket comes first if it takes a few milliseconds."""
    with provisioned_mock(advance=advance) as (batch_mock, _):
        ours, theirs = socket.socketpair()

        def answer() -> None:
            real.sleep(0.01)
            theirs.send(b"x")

        async def main() -> bytes:
            thread = threading.Thread(target=answer)
            thread.start()
            with trio.fail_after(3600):
                received: bytes = await trio.socket.from_stdlib_socket(ours).recv(1)
            thread.join()
            return received

        with ours, theirs:
            assert trio.run(main, clock=batch_mock.trio_clock()) == b"x"
        assert seconds_of(batch_mock) == 0


def test_without_a_deadline() -> None:
    """A run that waits for a thread, and for no time, is woken by it."""
    with provisioned_mock(advance="sleep") as (batch_mock, _):

        async def main() -> int:
            return await trio.to_thread.run_sync(sum, range(1000))

        assert trio.run(main) == 499_500
        assert seconds_of(batch_mock) == 0


def test_mock_inside_a_run() -> None:
    """A run that runs already is in simulated time while the mock is started, and in real time again."""

    async def main() -> tuple[float, float, float]:
        began = trio.current_time()
        with provisioned_mock(advance="sleep") as (batch_mock, client):
            batch_mock.script("*", succeed(after=3600))
            await poll(client, submit(client))
            passed = seconds_of(batch_mock)
        simulated = trio.current_time() - began
        before = real.monotonic()
        await trio.sleep(0.02)
        return passed, simulated, real.monotonic() - before

    passed, simulated, slept = trio.run(main)
    assert passed == 4200
    assert simulated >= 4200
    assert slept >= 0.01


def test_inside_a_job() -> None:
    """What the function of a job sleeps in a run of its own takes no time."""

    def function(context: Any) -> None:
        trio.run(trio.sleep, 500)
        ends.append(seconds_of(batch_mock))

    ends: list[float] = []
    with provisioned_mock(advance="sleep") as (batch_mock, client):
        batch_mock.script("*", call(function, after=10))
        submit(client)
        time.sleep(20)
        assert ends == [3]
        assert batch_mock.sleeps == [20]


def test_a_clock_of_the_tests_own() -> None:
    """A run with another clock keeps it."""
    with provisioned_mock(advance="sleep") as (batch_mock, _):
        clock = MockClock(autojump_threshold=0)
        trio.run(trio.sleep, 500, clock=clock)
        assert clock.current_time() == pytest.approx(500)
        assert seconds_of(batch_mock) == 0


def test_reset() -> None:
    """The time of a run does not go back when the mock does."""
    with provisioned_mock() as (batch_mock, _):
        clock = batch_mock.trio_clock()
        batch_mock.tick(60)
        assert clock.current_time() == 60
        batch_mock.reset()
        assert clock.current_time() == 60
        batch_mock.tick(5)
        assert clock.current_time() == 65


def test_without_trio(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where trio is not installed, the clock says so."""
    monkeypatch.setitem(sys.modules, "trio", None)
    monkeypatch.setitem(sys.modules, "trio.testing", None)
    with provisioned_mock() as (batch_mock, _), pytest.raises(BatchMockError, match="needs trio"):
        batch_mock.trio_clock()


LATE = """
import sys
from batchmock import mock_batch

for _ in range(2):
    with mock_batch(region="us-east-1", advance="sleep") as mock:
        if sys.argv[1] == "trio":
            import trio
            trio.run(trio.sleep, 3600)
        else:
            import anyio
            anyio.run(anyio.sleep, 3600, backend="trio")
        assert mock.sleeps == [3600]
        import trio
        assert type(trio.__loader__).__module__.startswith(("importlib", "_frozen_importlib"))
assert not [each for each in sys.meta_path if type(each).__module__.startswith("batchmock")]
assert trio.sleep.__module__ == "trio"
with mock_batch(region="us-east-1", advance="sleep", freeze=False) as mock:
    trio.run(trio.sleep, 3600)
"""


@pytest.mark.parametrize("library", ["trio", "anyio"])
def test_trio_that_is_imported_during_a_mock(library: str) -> None:
    """A run is in simulated time although trio was imported after the mock had started, as anyio does."""
    command = [sys.executable, "-c", LATE, library]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
