from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import product
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from batchmock import BatchMock, throttled
from batchmock.interception.replies import success

from .test_hooks import KEYS, queues


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no retry wait."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.fixture
def batch_client(batch_mock: BatchMock) -> Any:
    """A client, of a session that the test may register handlers on; there is a queue."""
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
        # Of two that want to be the last of all, the one is that was registered last.
        ("register", "before-call"),
        ("register_first", "before-call"),
        *product(["register", "register_first", "register_last"], EVENTS),
    ],
)
def test_before_call(batch_client: Any, event: str, register: str) -> None:
    """Handlers of others on `before-call` run before the request is answered."""
    seen: list[str] = []

    def handler(model: Any, params: Any, **_: Any) -> None:
        seen.append(model.name + params["body"].decode())
        params["headers"]["x-mine"] = "1"

    getattr(batch_client.meta.events, register)(event, handler)
    assert queues(batch_client) == ["mine"]
    assert seen == ["DescribeJobQueues{}"]


def test_handlers_of_a_session(batch_mock: BatchMock) -> None:
    """So do those that were registered on the session before the client was made."""
    session = boto3.Session(region_name="us-east-1")
    seen: list[str] = []
    session.events.register("before-call.batch", lambda model, **_: seen.append(model.name))
    queues(session.client("batch"))
    assert seen == ["DescribeJobQueues"]


def test_handler_that_answers(batch_mock: BatchMock, batch_client: Any) -> None:
    """A handler of another that answers has answered: batchmock does not see the request."""
    batch_client.meta.events.register(
        "before-call.batch", lambda **_: success({"jobQueues": []}, "theirs", 0, 16)
    )
    assert queues(batch_client) == []
    assert len(batch_mock.calls) == 0


def test_stubber(batch_mock: BatchMock, batch_client: Any) -> None:
    """The Stubber of botocore answers what it was told to; afterwards batchmock does again."""
    batch_mock.inject("*", throttled())
    with Stubber(batch_client) as stubber:
        stubber.add_response("describe_job_queues", {"jobQueues": []})
        assert queues(batch_client) == []
    assert [len(batch_mock.calls), len(batch_mock.pending_faults)] == [0, 1]
    assert queues(batch_client) == ["mine"]
    assert [call.try_number for call in batch_mock.calls] == [1, 2]


def test_events_around_the_answer(batch_client: Any) -> None:
    """What comes before the request is built, and after its answer, is emitted as ever."""
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
    """What a request meets when it is sent, it meets for each try that a fault has awaited; else nothing."""
    seen: list[str] = []
    batch_client.meta.events.register(
        f"{event}.batch", lambda event_name, **_: seen.append(event_name)
    )
    if is_sent:
        batch_mock.inject("*", throttled())
    queues(batch_client)
    assert seen == [f"{event}.batch.DescribeJobQueues"] * (2 if is_sent else 0)


def test_handler_that_answers_a_try(
    batch_mock: BatchMock, batch_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handler of another on `before-send` sees each try, and may change what comes of it."""
    # Where moto has been imported, the handlers after batchmock's see an address that moto leaves alone.
    monkeypatch.delitem(sys.modules, "moto", raising=False)
    urls: list[str] = []
    batch_client.meta.events.register(
        "before-send.batch", lambda request, **_: urls.append(request.url)
    )
    batch_mock.inject("*", throttled(), times=2)
    assert queues(batch_client) == ["mine"]
    assert urls == ["https://batch.us-east-1.amazonaws.com/v1/describejobqueues"] * 3


def test_own_headers_of_a_request(batch_mock: BatchMock, batch_client: Any) -> None:
    """A request that is sent carries the headers that botocore gives it, and no signature."""
    headers: dict[str, Any] = {}
    batch_client.meta.events.register(
        "before-send.batch", lambda request, **_: headers.update(request.headers)
    )
    batch_mock.inject("*", throttled())
    queues(batch_client)
    assert "amz-sdk-invocation-id" in headers
    assert "Authorization" not in headers
