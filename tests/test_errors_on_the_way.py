from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.credentials import InstanceMetadataProvider

from batchmock import (
    BatchMock,
    BatchMockError,
    CallContext,
    call,
    connection_error,
    in_containers,
    mock_batch,
)
from batchmock.interception import hooks
from batchmock.observe.calls import format_call
from batchmock.operations import HANDLERS

from .builders import everything, names, provisioned_mock, requirements, submit

#: Exceptions that do not belong to the container and reach the test.
THROUGH = [KeyboardInterrupt, GeneratorExit, pytest.fail.Exception, BatchMockError]


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Check that each test leaves no global state."""
    region, load = os.environ.get("AWS_DEFAULT_REGION"), InstanceMetadataProvider.load
    yield
    assert hooks._active == []
    assert os.environ.get("AWS_DEFAULT_REGION") == region
    assert InstanceMetadataProvider.load is load


@pytest.fixture
def running() -> Iterator[tuple[BatchMock, Any]]:
    """Return a mock with a queue and a definition, and a client."""
    with provisioned_mock() as given:
        yield given


def raiser(error: type[BaseException]) -> Any:
    """Return a job function that prints, and raises on its first call only."""
    raised: list[str] = []

    def function(context: CallContext) -> None:
        if not raised:
            raised.append(context.job_id)
            print("on the way")  # noqa: T201
            raise error("here")

    return function


@pytest.mark.parametrize("error", THROUGH)
def test_error_reaches_the_test_once(
    running: tuple[BatchMock, Any], error: type[BaseException]
) -> None:
    """A fatal exception is raised by the call that moved time, and time can move on afterwards."""
    mock, client = running
    mock.script("bad", call(raiser(error)))
    bad = submit(client, "bad")
    others = [submit(client, f"other-{n}") for n in range(3)]
    streams = (sys.stdout, sys.stderr)
    with pytest.raises(error, match="here"):
        mock.run()
    assert (sys.stdout, sys.stderr) == streams
    assert mock.job(bad).status == "RUNNING"
    mock.run()
    assert [mock.job(job_id).status for job_id in (bad, *others)] == ["SUCCEEDED"] * 4


@pytest.mark.parametrize("error", THROUGH)
def test_error_stops_time_where_it_is(
    running: tuple[BatchMock, Any], error: type[BaseException]
) -> None:
    """An interrupted tick leaves the clock at the last event."""
    mock, client = running
    before = mock.clock.epoch_ms
    mock.script("*", call(raiser(error)))
    submit(client)
    with pytest.raises(error):
        mock.tick(60)
    assert mock.clock.epoch_ms == before + 3000
    mock.tick(1)
    assert mock.jobs.only().status == "SUCCEEDED"


@pytest.mark.parametrize("error", THROUGH)
def test_error_in_one_of_several_containers(
    running: tuple[BatchMock, Any], error: type[BaseException]
) -> None:
    """A fatal exception in the function of one of several containers does the same."""
    mock, client = running
    containers = [
        {"name": name, "image": "busybox", "resourceRequirements": requirements(1, 128)}
        for name in ("app", "side")
    ]
    client.register_job_definition(
        jobDefinitionName="task",
        type="container",
        ecsProperties={"taskProperties": [{"containers": containers}]},
    )
    mock.script("*", in_containers({"app": call(raiser(error))}))
    submit(client, jobDefinition="task")
    with pytest.raises(error):
        mock.run()
    mock.run()
    assert mock.jobs.only().status == "SUCCEEDED"


def interrupted_test() -> None:
    """Run a job whose function is interrupted, in a separate mock."""
    with provisioned_mock() as (mock, client):
        mock.script("*", call(raiser(KeyboardInterrupt)))
        submit(client)
        mock.run()


def test_interrupt_ends_the_mock() -> None:
    """A KeyboardInterrupt that leaves the block of a mock ends it, as any error does."""
    with pytest.raises(KeyboardInterrupt):
        interrupted_test()


def test_error_of_a_container_is_its_own(running: tuple[BatchMock, Any]) -> None:
    """An ordinary exception ends the attempt and does not reach the test."""
    mock, client = running
    mock.script("*", call(raiser(ValueError)))
    job_id = submit(client)
    mock.run()
    assert [attempt.exit_code for attempt in mock.job(job_id).attempts] == [1]
    log = mock.logs(job_id)
    assert (log[0], log[-1]) == ("on the way", "ValueError: here")


@pytest.fixture
def broken_submit(monkeypatch: pytest.MonkeyPatch) -> type[BaseException]:
    """Make SubmitJob raise on its first call, as from an error inside batchmock."""
    real = HANDLERS["SubmitJob"]

    def broken(*args: Any) -> Any:
        monkeypatch.setitem(HANDLERS, "SubmitJob", real)
        raise RuntimeError("inside")

    monkeypatch.setitem(HANDLERS, "SubmitJob", broken)
    return RuntimeError


def test_error_inside_batchmock(
    running: tuple[BatchMock, Any], broken_submit: type[BaseException]
) -> None:
    """An internal error of an operation is raised unchanged, the call is recorded, and the next call works."""
    mock, client = running
    before = everything(client)
    with pytest.raises(broken_submit, match="inside"):
        submit(client)
    noted = mock.calls[-1]
    assert (noted.operation, noted.response, noted.error, noted.fault) == (
        "SubmitJob",
        None,
        None,
        None,
    )
    assert noted.has_failed
    assert repr(noted).endswith("} -> an exception inside batchmock>")
    assert "\n           -> an exception inside batchmock" in format_call(noted, 0)
    assert everything(client) == before
    submit(client)
    assert names(client, jobStatus="SUBMITTED") == ["job"]


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_error_inside_batchmock_in_a_retry(
    running: tuple[BatchMock, Any],
    broken_submit: type[BaseException],
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
) -> None:
    """The client does not retry an internal error of an operation."""
    mock, _ = running
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    client = boto3.client("batch", config=Config(retries={"mode": mode}))
    mock.inject("SubmitJob", connection_error())
    with pytest.raises(broken_submit, match="inside"):
        submit(client)
    assert [call.fault for call in mock.calls.of("SubmitJob")] == [connection_error(), None]
    assert len(mock.jobs) == 0
    submit(client)
    assert len(mock.jobs) == 1


def test_interrupt_inside_an_operation(
    running: tuple[BatchMock, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A KeyboardInterrupt inside an operation leaves the mock usable, from other threads too."""
    mock, client = running

    def interrupted(*args: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setitem(HANDLERS, "SubmitJob", interrupted)
        with pytest.raises(KeyboardInterrupt):
            submit(client)
    submit(client)
    mock.run()
    assert mock.jobs.only().status == "SUCCEEDED"


def test_error_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mock that fails to start leaves nothing behind and can be started again."""
    mock = mock_batch(region="us-east-1")
    with monkeypatch.context() as patch:
        patch.setattr(hooks, "_install_once", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            mock.start()
    assert hooks._active == []
    mock.start()
    mock.stop()
