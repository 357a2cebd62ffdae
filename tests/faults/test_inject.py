from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from batchmock import (
    BatchMock,
    BatchMockError,
    UnsupportedError,
    client_error,
    connection_error,
    lost_reply,
    server_error,
    throttled,
)
from batchmock.interception.service import operation_names

from ..builders import submit
from .conftest import MakeClient


def outcome_of(call: Any, **params: Any) -> str | None:
    """Return the error code with which a call ends, or None."""
    try:
        call(**params)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return None


def test_only_the_operation_named(batch_mock: BatchMock, make_client: MakeClient) -> None:
    """Requests of other operations are answered as usual, and the fault stays pending."""
    client = make_client(tries=1)
    batch_mock.inject("SubmitJob", throttled())
    assert outcome_of(client.describe_job_queues) is None
    assert outcome_of(submit, client=client) == "TooManyRequestsException"
    assert outcome_of(submit, client=client) is None


def test_any_operation(batch_mock: BatchMock, make_client: MakeClient) -> None:
    """`*` matches the next request of any operation."""
    client = make_client(tries=1)
    batch_mock.inject("*", throttled(), times=2)
    assert outcome_of(client.describe_job_queues) == "TooManyRequestsException"
    assert outcome_of(submit, client=client) == "TooManyRequestsException"
    assert outcome_of(client.describe_job_queues) is None


def test_in_the_order_injected(batch_mock: BatchMock, make_client: MakeClient) -> None:
    """Faults hit in the order of injection, each as often as requested."""
    client = make_client(tries=1)
    batch_mock.inject("DescribeJobs", throttled(), times=2)
    batch_mock.inject("*", server_error())
    batch_mock.inject("DescribeJobs", client_error("ClientException", "no"))
    codes = [outcome_of(client.describe_jobs, jobs=["x"]) for _ in range(5)]
    assert codes == [
        "TooManyRequestsException",
        "TooManyRequestsException",
        "ServerException",
        "ClientException",
        None,
    ]


def test_each_try_is_a_request(batch_mock: BatchMock, make_client: MakeClient) -> None:
    """Each attempt of a retrying client consumes a fault."""
    client = make_client(tries=3)
    batch_mock.inject("SubmitJob", throttled(), times=4)
    assert outcome_of(submit, client=client) == "TooManyRequestsException"
    assert batch_mock.pending_faults == [("SubmitJob", throttled(), 1)]
    assert outcome_of(submit, client=client) is None
    assert batch_mock.calls.count("SubmitJob") == 5


def test_pending_faults(batch_mock: BatchMock, make_client: MakeClient) -> None:
    """`pending_faults` is a copy of the faults that no request has hit yet."""
    client = make_client(tries=1)
    batch_mock.inject("SubmitJob", throttled(), times=2)
    batch_mock.inject("*", lost_reply())
    outcome_of(submit, client=client)
    pending = batch_mock.pending_faults
    assert [(item.operation, item.fault, item.times) for item in pending] == [
        ("SubmitJob", throttled(), 1),
        ("*", lost_reply(), 1),
    ]
    pending.clear()
    assert len(batch_mock.pending_faults) == 2


def test_reset_forgets_faults(batch_mock: BatchMock, make_client: MakeClient) -> None:
    """`reset` removes all faults."""
    client = make_client(tries=1)
    batch_mock.inject("*", throttled(), times=9)
    batch_mock.reset()
    assert batch_mock.pending_faults == []
    assert outcome_of(client.describe_job_queues) is None


def test_inject_before_any_client(batch_mock: BatchMock) -> None:
    """Faults can be injected before the first client of any mock is created."""
    batch_mock.inject("DescribeJobQueues", connection_error())
    assert [item.times for item in batch_mock.pending_faults] == [1]


def test_every_operation(batch_mock: BatchMock, make_client: MakeClient) -> None:
    """A fault can hit each operation of the service model."""
    client = make_client()
    names = client.meta.service_model.operation_names
    assert set(names) == operation_names()
    for name in names:
        batch_mock.inject(name, throttled())
    assert len(batch_mock.pending_faults) == len(names)


def test_operation_without_a_body(batch_mock: BatchMock, make_client: MakeClient) -> None:
    """Requests without a body fail as well: GET and DELETE, with their arguments in the URL."""
    client = make_client(tries=1)
    arn = "arn:aws:batch:us-east-1:123456789012:job-queue/queue"
    batch_mock.inject("*", throttled(), times=3)
    codes = [
        outcome_of(client.list_tags_for_resource, resourceArn=arn),
        outcome_of(client.untag_resource, resourceArn=arn, tagKeys=["a"]),
        outcome_of(client.tag_resource, resourceArn=arn, tags={"a": "b"}),
    ]
    assert codes == ["TooManyRequestsException"] * 3


def test_retry_of_what_is_not_simulated(
    batch_mock: BatchMock, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Retrying an operation that is not simulated raises an error that says so, without further retries."""
    monkeypatch.delitem(batch_mock_handlers(), "DescribeJobQueues")
    client = make_client(tries=9)
    batch_mock.inject("DescribeJobQueues", throttled())
    with pytest.raises(UnsupportedError, match="DescribeJobQueues is not simulated"):
        client.describe_job_queues()
    assert batch_mock.calls.count("DescribeJobQueues") == 1


def batch_mock_handlers() -> dict[str, Any]:
    """Return the table of operations."""
    from batchmock.operations import HANDLERS

    return HANDLERS


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ("submit_job", "Did you mean 'SubmitJob'"),
        ("describejobs", "Did you mean 'DescribeJobs'"),
        ("SubmitJobs", "Did you mean 'SubmitJob'"),
        ("Frobnicate", 'Pass one such as "SubmitJob". "*" stands for all operations.'),
        (None, 'Pass one such as "SubmitJob". "*" stands for all operations.'),
        ([], 'Pass one such as "SubmitJob". "*" stands for all operations.'),
    ],
)
def test_no_such_operation(batch_mock: BatchMock, given: Any, advice: str) -> None:
    """An unknown operation is refused, and the message lists similar names."""
    with pytest.raises(BatchMockError) as caught:
        batch_mock.inject(given, throttled())
    text = str(caught.value)
    assert text.startswith(f"batchmock: AWS Batch has no operation {given!r}. {advice}")
    assert text.endswith('"*" stands for all operations.')
    assert batch_mock.pending_faults == []


@pytest.mark.parametrize("given", [throttled, "throttled", None, EndpointConnectionError])
def test_no_fault(batch_mock: BatchMock, given: Any) -> None:
    """A value that is not a fault is refused, and the message lists the faults."""
    with pytest.raises(BatchMockError) as caught:
        batch_mock.inject("SubmitJob", given)
    assert str(caught.value) == (
        f"batchmock: inject('SubmitJob', ...) got {given!r}, which is not a fault. Pass "
        "throttled(), server_error(), client_error(code, message), connection_error(), "
        "connect_timeout(), read_timeout(), lost_reply(), slow_reply(seconds) or program_killed()."
    )


@pytest.mark.parametrize("times", [0, -1, 1.5, None, True, "2"])
def test_no_number_of_times(batch_mock: BatchMock, times: Any) -> None:
    """A fault hits a whole number of requests, at least one."""
    with pytest.raises(BatchMockError) as caught:
        batch_mock.inject("SubmitJob", throttled(), times=times)
    assert str(caught.value) == (
        f"batchmock: times is {times!r}; pass the number of requests that fail, 1 or more."
    )


@pytest.mark.parametrize("skip", [-1, 1.5, None, True, "2"])
def test_no_number_of_requests_to_skip(batch_mock: BatchMock, skip: Any) -> None:
    """A fault lets a whole number of requests pass, not a negative one."""
    with pytest.raises(BatchMockError) as caught:
        batch_mock.inject("SubmitJob", throttled(), skip=skip)
    assert str(caught.value) == (
        f"batchmock: skip is {skip!r}; pass the number of requests that pass first, 0 or more."
    )
    assert batch_mock.pending_faults == []


def test_requests_that_pass_first(batch_mock: BatchMock, make_client: MakeClient) -> None:
    """With `skip`, the first requests of the operation succeed; requests of others do not count."""
    client = make_client(tries=1)
    batch_mock.inject("DescribeJobs", throttled(), times=2, skip=2)
    codes = []
    for _ in range(5):
        client.describe_job_queues()
        codes.append(outcome_of(client.describe_jobs, jobs=["x"]))
    throttle = "TooManyRequestsException"
    assert codes == [None, None, throttle, throttle, None]
