from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from batchmock import BatchMock, BatchMockError, fail

from ..builders import shared_client, submit
from ..operations.service_requests import submit as submit_service


@pytest.fixture
def client(batch_mock: BatchMock) -> Any:
    """A client on a mock with a queue and a definition."""
    batch_mock.provision("queue", "definition")
    return shared_client()


class Received:
    """A handler that keeps the statuses of events with the simulated seconds of their arrival."""

    def __init__(self, batch_mock: BatchMock) -> None:
        self._clock, self._start_ms = batch_mock.clock, batch_mock.clock.epoch_ms
        self.events: list[tuple[float, str]] = []

    def __call__(self, event: dict[str, Any]) -> None:
        """Keep an event."""
        at = (self._clock.epoch_ms - self._start_ms) / 1000
        self.events.append((at, event["detail"]["status"]))

    @property
    def statuses(self) -> list[str]:
        """The statuses in the order of arrival."""
        return [status for _, status in self.events]


def slow_start(event: dict[str, Any]) -> float:
    """Return a delay that makes the event of RUNNING arrive after that of the end."""
    return 60 if event["detail"]["status"] == "RUNNING" else 0


@pytest.mark.parametrize("delay", [30, 30.0, timedelta(seconds=30), lambda event: 30])
def test_late(batch_mock: BatchMock, client: Any, delay: Any) -> None:
    """Each event arrives so much later, within `run()`, and shows the job as it was."""
    on_time, late = Received(batch_mock), Received(batch_mock)
    batch_mock.subscribe(on_time)
    batch_mock.subscribe(late, delay=delay)
    submit(client)
    batch_mock.run()
    assert late.events == [(at + 30, status) for at, status in on_time.events]
    assert (
        batch_mock.clock.epoch_ms
        == batch_mock.jobs.only().history[-1].at.timestamp() * 1000 + 30_000
    )


def test_out_of_order(batch_mock: BatchMock, client: Any) -> None:
    """A function of the event delays some events beyond later ones."""
    received = Received(batch_mock)
    batch_mock.subscribe(
        received, {"detail": {"status": ["RUNNING", "SUCCEEDED"]}}, delay=slow_start
    )
    submit(client)
    batch_mock.run()
    assert received.statuses == ["SUCCEEDED", "RUNNING"]


def test_the_end_of_a_job_does_not_wait(batch_mock: BatchMock, client: Any) -> None:
    """`run_until` returns when the job has its status; the event arrives when time moves on."""
    received = Received(batch_mock)
    batch_mock.subscribe(received, {"detail": {"status": ["SUCCEEDED"]}}, delay=10)
    batch_mock.run_until(submit(client), "SUCCEEDED")
    assert received.events == []
    batch_mock.tick(10)
    assert received.statuses == ["SUCCEEDED"]


def test_late_and_twice(batch_mock: BatchMock, client: Any) -> None:
    """Each of two deliveries has its own delay."""
    delays = iter([0, 100])
    received = Received(batch_mock)
    batch_mock.subscribe(
        received,
        {"detail": {"status": ["SUCCEEDED"]}},
        duplicates=True,
        delay=lambda event: next(delays),
    )
    submit(client)
    batch_mock.run()
    first, second = received.events
    assert second == (first[0] + 100, "SUCCEEDED")


def test_a_cancelled_subscription(batch_mock: BatchMock, client: Any) -> None:
    """Late events on their way are dropped with the subscription."""
    received = Received(batch_mock)
    with batch_mock.subscribe(received, delay=1000):
        submit(client)
        batch_mock.tick(10)
    batch_mock.run()
    assert received.events == []


def test_a_handler_that_raises(batch_mock: BatchMock, client: Any) -> None:
    """The error of a handler leaves the method that moved time, and time goes on afterwards."""

    def handler(event: dict[str, Any]) -> None:
        raise RuntimeError(event["detail"]["status"])

    batch_mock.subscribe(handler, {"detail": {"status": ["RUNNABLE", "FAILED"]}}, delay=50)
    batch_mock.script("job", fail(1))
    submit(client)
    for status in ("RUNNABLE", "FAILED"):
        with pytest.raises(RuntimeError, match=status):
            batch_mock.run()
    assert batch_mock.run() == []


@pytest.mark.parametrize("delay", [-1, "soon", None, float("nan")])
def test_no_length_of_time(batch_mock: BatchMock, delay: Any) -> None:
    """A delay that is negative, or no length of time, is an error at once."""
    with pytest.raises(BatchMockError, match=r"^batchmock: subscribe\(delay=\) is "):
        batch_mock.subscribe(print, delay=delay)
    with pytest.raises(BatchMockError, match=r"^batchmock: disturb_events\(delay=\) is "):
        batch_mock.disturb_events(delay=delay)


def test_a_function_of_no_event(batch_mock: BatchMock) -> None:
    """A function that can't be called with an event is an error at once."""

    def delay():
        return 5

    unfit: Any = delay
    with pytest.raises(BatchMockError) as caught:
        batch_mock.subscribe(print, delay=unfit)
    assert str(caught.value) == (
        "batchmock: subscribe() got delay=delay(), which can't be called with one argument. Pass seconds, or a "
        'function of the event that returns seconds: delay=lambda event: 60 if event["detail"]["status"] == '
        '"RUNNING" else 0.'
    )


def test_a_function_that_returns_no_delay(batch_mock: BatchMock, client: Any) -> None:
    """What a function returns is checked when the event happens."""
    batch_mock.subscribe(print, delay=lambda event: -5)
    submit(client)
    with pytest.raises(
        BatchMockError, match=r"^batchmock: subscribe\(delay=<lambda>\), for an event, is -5"
    ):
        batch_mock.run()


class TestDisturbEvents:
    def test_all_subscriptions(self, batch_mock: BatchMock, client: Any) -> None:
        """Subscriptions before and after the call are disturbed."""
        before, after = Received(batch_mock), Received(batch_mock)
        batch_mock.subscribe(before)
        batch_mock.disturb_events({"detail": {"status": ["RUNNING"]}}, delay=100)
        batch_mock.subscribe(after)
        submit(client)
        batch_mock.run()
        assert before.events == after.events
        assert before.statuses == ["RUNNABLE", "STARTING", "SUCCEEDED", "RUNNING"]

    def test_twice(self, batch_mock: BatchMock, client: Any) -> None:
        """Each event that matches comes twice, the others once."""
        received = Received(batch_mock)
        batch_mock.subscribe(received)
        batch_mock.disturb_events({"detail": {"status": ["SUCCEEDED"]}}, duplicates=True)
        submit(client)
        batch_mock.run()
        assert received.statuses[-3:] == ["RUNNING", "SUCCEEDED", "SUCCEEDED"]

    def test_in_order(self, batch_mock: BatchMock, client: Any) -> None:
        """Events of one instant keep their order."""
        received = Received(batch_mock)
        batch_mock.subscribe(received)
        batch_mock.disturb_events(duplicates=True)
        submit(client, arrayProperties={"size": 2})
        batch_mock.run()
        expected = [event["detail"]["status"] for event in batch_mock.events for _ in range(2)]
        assert received.statuses == expected

    def test_delays_add_up(self, batch_mock: BatchMock, client: Any) -> None:
        """An event is late by the delay of its subscription and that of the disturbance."""
        late = Received(batch_mock)
        batch_mock.disturb_events({"detail": {"status": ["RUNNING"]}}, delay=5)
        batch_mock.disturb_events(delay=slow_start)
        batch_mock.subscribe(late, {"detail": {"status": ["RUNNING"]}}, delay=1)
        submit(client)
        batch_mock.run()
        running = batch_mock.jobs.only().started_at
        assert running is not None
        assert (
            late.events[0][0] - 66 == (running - batch_mock.jobs.only().created_at).total_seconds()
        )

    def test_duplicates_do_not_multiply(self, batch_mock: BatchMock, client: Any) -> None:
        """An event comes twice at most."""
        received = Received(batch_mock)
        batch_mock.subscribe(received, {"detail": {"status": ["RUNNING"]}}, duplicates=True)
        batch_mock.disturb_events(duplicates=True)
        submit(client)
        batch_mock.run()
        assert received.statuses == ["RUNNING", "RUNNING"]

    def test_the_record_is_undisturbed(self, batch_mock: BatchMock, client: Any) -> None:
        """`events` has each event once, when it happened."""
        batch_mock.disturb_events(duplicates=True, delay=100)
        batch_mock.subscribe(lambda event: None)
        submit(client)
        batch_mock.run()
        assert len(batch_mock.events) == len(batch_mock.transitions)

    def test_events_of_service_jobs(self, batch_mock: BatchMock, client: Any) -> None:
        """Events of service jobs are late as well."""
        batch_mock.provision_service_jobs(job_queue="services")
        received = Received(batch_mock)
        batch_mock.subscribe(received, {"detail-type": ["Batch Service Job State Change"]})
        batch_mock.disturb_events({"detail": {"status": ["RUNNING"]}}, delay=3600)
        submit_service(client, jobQueue="services")
        batch_mock.run()
        assert received.statuses[-2:] == ["SUCCEEDED", "RUNNING"]

    def test_an_invalid_pattern(self, batch_mock: BatchMock) -> None:
        """A pattern that EventBridge would refuse is an error."""
        with pytest.raises(BatchMockError, match="pattern"):
            batch_mock.disturb_events({"detail": "RUNNING"}, delay=5)

    def test_reset(self, batch_mock: BatchMock) -> None:
        """`reset()` forgets disturbances."""
        batch_mock.disturb_events(delay=5)
        batch_mock.reset()
        batch_mock.check_all_used()
