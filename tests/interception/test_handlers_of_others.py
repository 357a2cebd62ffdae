from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import product
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from batchmock import (
    BatchMock,
    ProgramKilled,
    connect_timeout,
    connection_error,
    lost_reply,
    program_killed,
    read_timeout,
    throttled,
)
from batchmock.interception.replies import success

from .test_hooks import KEYS, queues


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the delay between retries."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.fixture
def batch_client(batch_mock: BatchMock) -> Any:
    """A client from a session on which the test can register handlers, with one queue."""
    batch_mock.provision(job_queue="mine")
    return boto3.client("batch", region_name="us-east-1", **KEYS)


EVENTS = [
    "before-call.*",
    "before-call.*.*",
    "before-call.batch",
    "before-call.batch.*",
    "before-call.batch.DescribeJobQueues",
    "before-call.*.DescribeJobQueues",
]


@pytest.mark.parametrize(
    ("register", "event"),
    [
        # When two handlers are registered as last, the later registration wins.
        ("register", "before-call"),
        ("register_first", "before-call"),
        *product(["register", "register_first", "register_last"], EVENTS),
    ],
)
def test_before_call(batch_client: Any, event: str, register: str) -> None:
    """Other handlers on `before-call` run before the request is answered."""
    seen: list[str] = []

    def handler(model: Any, params: Any, **_: Any) -> None:
        seen.append(model.name + params["body"].decode())
        params["headers"]["x-mine"] = "1"

    getattr(batch_client.meta.events, register)(event, handler)
    assert queues(batch_client) == ["mine"]
    assert seen == ["DescribeJobQueues{}"]


def test_handlers_of_a_session(batch_mock: BatchMock) -> None:
    """Handlers registered on the session before the client was created run too."""
    session = boto3.Session(region_name="us-east-1")
    seen: list[str] = []
    session.events.register("before-call.batch", lambda model, **_: seen.append(model.name))
    queues(session.client("batch"))
    assert seen == ["DescribeJobQueues"]


def test_handler_that_answers(batch_mock: BatchMock, batch_client: Any) -> None:
    """When another handler answers a request, batchmock does not see it."""
    batch_client.meta.events.register(
        "before-call.batch", lambda **_: success({"jobQueues": []}, "theirs", 0, 16)
    )
    assert queues(batch_client) == []
    assert len(batch_mock.calls) == 0


def test_stubber(batch_mock: BatchMock, batch_client: Any) -> None:
    """A Stubber of botocore answers with its stubbed responses, and batchmock answers afterwards."""
    batch_mock.inject("*", throttled())
    with Stubber(batch_client) as stubber:
        stubber.add_response("describe_job_queues", {"jobQueues": []})
        assert queues(batch_client) == []
    assert [len(batch_mock.calls), len(batch_mock.pending_faults)] == [0, 1]
    assert queues(batch_client) == ["mine"]
    assert [call.try_number for call in batch_mock.calls] == [1, 2]


def test_events_around_the_answer(batch_client: Any) -> None:
    """Events before the request is built and after the response are emitted as usual."""
    seen: list[str] = []
    for event in ("provide-client-params", "before-parameter-build", "after-call"):
        note: Callable[..., None] = lambda event_name, **_: seen.append(event_name)  # noqa: E731
        batch_client.meta.events.register(f"{event}.batch.DescribeJobQueues", note)
    queues(batch_client)
    assert seen == [
        "provide-client-params.batch.DescribeJobQueues",
        "before-parameter-build.batch.DescribeJobQueues",
        "after-call.batch.DescribeJobQueues",
    ]


SENDING = [
    "request-created",
    "before-sign",
    "before-send",
    "response-received",
    "needs-retry",
]


@pytest.mark.parametrize("event", SENDING)
@pytest.mark.parametrize("is_sent", [False, True])
def test_events_of_sending(
    batch_mock: BatchMock, batch_client: Any, event: str, is_sent: bool
) -> None:
    """Events of sending are emitted once for each attempt that hits a fault, and otherwise not at all."""
    seen: list[str] = []
    batch_client.meta.events.register(
        f"{event}.batch", lambda event_name, **_: seen.append(event_name)
    )
    if is_sent:
        batch_mock.inject("*", throttled())
    queues(batch_client)
    assert seen == [f"{event}.batch.DescribeJobQueues"] * (2 if is_sent else 0)


BROKEN = [lost_reply, connection_error, connect_timeout, read_timeout]


@pytest.mark.parametrize("fault", BROKEN, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize(
    ("register", "event"),
    [
        # Of two handlers registered as last for the same event, the later one comes after.
        ("register", "before-send"),
        ("register_first", "before-send"),
        ("register", "before-send.batch"),
        ("register_first", "before-send.batch"),
        ("register_last", "before-send.batch"),
        ("register_last", "before-send.*.DescribeJobQueues"),
    ],
)
def test_broken_connection(
    batch_mock: BatchMock, batch_client: Any, register: str, event: str, fault: Any
) -> None:
    """A try that ends in a broken connection is seen too, before it breaks."""
    seen: list[str] = []
    getattr(batch_client.meta.events, register)(
        event, lambda request, **_: seen.append(request.url)
    )
    batch_mock.inject("*", fault())
    assert queues(batch_client) == ["mine"]
    assert len(seen) == 2


def test_program_that_is_killed(batch_mock: BatchMock, batch_client: Any) -> None:
    """The try at which a program dies is seen too."""
    seen: list[str] = []
    batch_client.meta.events.register("before-send", lambda request, **_: seen.append(request.url))
    batch_mock.inject("*", program_killed())
    with pytest.raises(ProgramKilled):
        queues(batch_client)
    assert len(seen) == 1


def test_handler_that_answers_a_try(
    batch_mock: BatchMock, batch_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another handler on `before-send` sees each attempt and can replace its response."""
    # When moto is imported, the handlers after batchmock's see an address that moto does not intercept.
    monkeypatch.delitem(sys.modules, "moto", raising=False)
    urls: list[str] = []
    batch_client.meta.events.register(
        "before-send.batch", lambda request, **_: urls.append(request.url)
    )
    batch_mock.inject("*", throttled(), times=2)
    assert queues(batch_client) == ["mine"]
    assert urls == ["https://batch.us-east-1.amazonaws.com/v1/describejobqueues"] * 3


def test_own_headers_of_a_request(batch_mock: BatchMock, batch_client: Any) -> None:
    """A request that is sent carries botocore's headers and no signature."""
    headers: dict[str, Any] = {}
    batch_client.meta.events.register(
        "before-send.batch", lambda request, **_: headers.update(request.headers)
    )
    batch_mock.inject("*", throttled())
    queues(batch_client)
    assert "amz-sdk-invocation-id" in headers
    assert "Authorization" not in headers
