from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.exceptions import NoCredentialsError

from batchmock import BatchMock, connection_error, mock_batch, throttled
from batchmock.interception.known_operations import known_operation

from .test_hooks import KEYS, Wire, queues

#: Sessions that stand in for those kept by a module of the code under test.
SESSION_OF_A_MODULE = boto3.Session(region_name="us-east-1")
BOTOCORE_SESSION_OF_A_MODULE = botocore.session.get_session()


def test_session_made_at_import() -> None:
    """A session kept in a module makes clients that are answered by each mock in turn."""
    for name in ("first", "second"):
        with mock_batch(region="us-east-1") as batch_mock:
            batch_mock.provision(job_queue=name)
            assert queues(SESSION_OF_A_MODULE.client("batch")) == [name]
            client = BOTOCORE_SESSION_OF_A_MODULE.create_client("batch", region_name="us-east-1")
            assert queues(client) == [name]


def test_default_session_with_settings() -> None:
    """A default session that was set up with a region before the mock keeps that region."""
    boto3.setup_default_session(region_name="eu-west-1")
    with mock_batch(region="us-east-1") as batch_mock:
        batch_mock.provision(job_queue="mine", region="eu-west-1")
        assert queues(boto3.client("batch")) == ["mine"]


def test_clients_made_in_threads() -> None:
    """Threads can create clients concurrently, each from its own session."""
    with mock_batch(region="us-east-1") as batch_mock, ThreadPoolExecutor(8) as pool:
        batch_mock.provision(job_queue="mine")
        found = pool.map(lambda _: queues(boto3.Session().client("batch")), range(16))
        assert list(found) == [["mine"]] * 16


def error_of(action: Callable[[], Any]) -> tuple[type[BaseException], str]:
    """Return the error that a function raises."""
    with pytest.raises(BaseException) as caught:  # noqa: PT011
        action()
    return caught.type, str(caught.value)


@pytest.mark.parametrize("do", [copy.copy, copy.deepcopy, pickle.dumps])
def test_what_botocore_cannot_do(do: Callable[[Any], Any]) -> None:
    """Copying or pickling a client fails with the same error as without a mock."""
    without = error_of(lambda: do(boto3.client("batch", region_name="us-east-1", **KEYS)))
    with mock_batch():
        inside = boto3.client("batch", region_name="us-east-1", **KEYS)
        assert error_of(lambda: do(inside)) == without


@pytest.mark.parametrize("fails", [False, True])
def test_client_used_after_the_mock(monkeypatch: pytest.MonkeyPatch, fails: bool) -> None:
    """A client created inside a mock signs and sends its requests normally after the mock ends."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    with mock_batch() as batch_mock:
        client = boto3.client("batch", region_name="us-east-1", **KEYS)
        if fails:
            batch_mock.inject("*", throttled(), times=2)
        assert queues(client) == []
    wire = Wire(client, '{"jobQueues": []}')
    signed: list[str] = []
    client.meta.events.register(
        "before-send.batch",
        lambda request, **_: signed.append(request.headers["Authorization"].decode()),
    )
    assert queues(client) == []
    assert wire.urls == ["https://batch.us-east-1.amazonaws.com/v1/describejobqueues"]
    assert signed[0].startswith("AWS4-HMAC-SHA256 Credential=key/")
    assert len(batch_mock.calls) == (3 if fails else 1)


def test_credentials_are_missed_after_the_mock() -> None:
    """A client without credentials needs none to hit a fault, but needs them after the mock."""
    with mock_batch() as batch_mock:
        client = boto3.client("batch", region_name="us-east-1")
        batch_mock.inject("*", connection_error())
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("time.sleep", lambda seconds: None)
            assert queues(client) == []
    with pytest.raises((NoCredentialsError, AssertionError)):
        client.describe_job_queues()


def test_presigned_url_is_signed() -> None:
    """Presigned URLs are signed as usual while a fault is pending."""
    with mock_batch() as batch_mock:
        batch_mock.inject("*", throttled())
        client = boto3.client("batch", region_name="us-east-1", **KEYS)
        url = client.generate_presigned_url("list_tags_for_resource", {"resourceArn": "arn"})
        assert "X-Amz-Signature=" in url
        assert len(batch_mock.pending_faults) == 1


def test_other_service_beside_a_fault() -> None:
    """A fault for any operation applies to Batch only: requests to other services are signed and sent."""
    with mock_batch() as batch_mock:
        batch_mock.inject("*", throttled())
        client = boto3.client("sqs", region_name="us-east-1", **KEYS)
        wire = Wire(client, '{"QueueUrls": []}')
        client.list_queues()
        assert wire.urls == ["https://sqs.us-east-1.amazonaws.com/"]
        assert len(batch_mock.pending_faults) == 1


def test_mock_that_stops_between_two_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that began under a mock is answered by that mock to its end: no retry leaves the process."""
    batch_mock = BatchMock().start()
    monkeypatch.setattr("time.sleep", lambda seconds: batch_mock.stop())
    batch_mock.provision(job_queue="mine")
    batch_mock.inject("*", connection_error())
    assert queues(boto3.client("batch", region_name="us-east-1")) == ["mine"]


def test_calls_of_nested_mocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault applies only to requests to the mock into which it was injected."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    with mock_batch(region="us-east-1") as outer:
        outer.inject("*", throttled())
        client = boto3.client("batch")
        with mock_batch(region="us-east-1") as inner:
            queues(client)
        queues(client)
    assert [call.fault for call in inner.calls] == [None]
    assert [call.fault for call in outer.calls] == [throttled(), None]


def test_clients_of_a_session_share_what_is_known_of_operations() -> None:
    """What is computed from the description of an operation is computed once for the clients of a session."""
    session = boto3.Session(region_name="us-east-1", **KEYS)
    first, second = (
        session.client("batch").meta.service_model.operation_model("DescribeJobs") for _ in range(2)
    )
    assert first is not second
    assert known_operation(first) is known_operation(second)
