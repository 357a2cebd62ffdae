from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.endpoint
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import NoCredentialsError
from botocore.stub import Stubber

from batchmock import BatchMock, BatchMockError, mock_batch
from batchmock.interception import hooks

KEYS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}


class RawReply:
    """The raw body from which botocore reads an HTTP response."""

    def __init__(self, body: str) -> None:
        self.body = body.encode()

    def stream(self, **_: Any) -> Iterator[bytes]:
        """Return the whole body."""
        yield self.body


class Wire:
    """Answers requests that a client is about to send, in place of the network."""

    def __init__(self, client: Any, body: str) -> None:
        self.urls: list[str] = []
        self._body = body
        client.meta.events.register(
            f"before-send.{client.meta.service_model.service_name}", self._answer
        )

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        self.urls.append(request.url)
        return AWSResponse(request.url, 200, {}, RawReply(self._body))


def queues(client: Any) -> list[str]:
    """Return the names of the job queues that a client sees."""
    return [queue["jobQueueName"] for queue in client.describe_job_queues()["jobQueues"]]


def account_of(client: Any) -> str:
    """Return the account in which a client registers a job definition."""
    reply = client.register_job_definition(
        jobDefinitionName="account", type="container", containerProperties=CONTAINER
    )
    return str(reply["jobDefinitionArn"].split(":")[4])


CONTAINER = {
    "image": "busybox",
    "resourceRequirements": [
        {"type": "VCPU", "value": "1"},
        {"type": "MEMORY", "value": "128"},
    ],
}


def client_of_boto3() -> Any:
    """Create a client with `boto3.client`."""
    return boto3.client("batch")


def client_of_default_session() -> Any:
    """Create a client from a default session that was set up explicitly."""
    boto3.setup_default_session()
    return boto3.client("batch")


def client_of_boto3_session() -> Any:
    """Create a client from a boto3 session."""
    return boto3.Session().client("batch")


def client_of_botocore_session() -> Any:
    """Create a client from a botocore session."""
    return botocore.session.get_session().create_client("batch")


def client_of_botocore_session_given_to_boto3() -> Any:
    """Create a client from a boto3 session that wraps a botocore session."""
    session = botocore.session.Session()
    return boto3.Session(botocore_session=session).client("batch")


WAYS = [
    client_of_boto3,
    client_of_default_session,
    client_of_boto3_session,
    client_of_botocore_session,
    client_of_botocore_session_given_to_boto3,
]


@pytest.mark.parametrize("make", WAYS)
def test_client_without_credentials_or_region(make: Any) -> None:
    """A client of any session is answered without credentials, region or network."""
    with mock_batch(region="eu-west-1") as batch_mock:
        client = make()
        batch_mock.provision(job_queue="mine")
        assert client.meta.region_name == "eu-west-1"
        assert queues(client) == ["mine"]


def test_client_made_before() -> None:
    """A client created before the mock started is answered."""
    client = boto3.client("batch", region_name="us-east-1", **KEYS)
    with mock_batch() as batch_mock:
        batch_mock.provision(job_queue="mine")
        assert queues(client) == ["mine"]


def test_session_made_before() -> None:
    """A client created while the mock is active, from an earlier session, is answered."""
    boto3_session, botocore_session = boto3.Session(), botocore.session.get_session()
    with mock_batch() as batch_mock:
        batch_mock.provision(job_queue="mine")
        assert queues(boto3_session.client("batch")) == ["mine"]
        assert queues(botocore_session.create_client("batch")) == ["mine"]


def test_client_survives_its_mock() -> None:
    """A client created during one mock is answered by the next."""
    with mock_batch():
        client = boto3.client("batch")
    with mock_batch() as batch_mock:
        batch_mock.provision(job_queue="second")
        assert queues(client) == ["second"]


MADE_BEFORE_THE_IMPORT = """
import json, sys
import boto3, botocore.session

KEYS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
old_session = boto3.Session(region_name="us-east-1")
old_botocore_session = botocore.session.get_session()
old_client = boto3.client("batch", region_name="us-east-1", **KEYS)
old_s3 = boto3.client("s3", region_name="us-east-1", **KEYS)
half_made = object.__new__(type(old_client))  # as copy.copy(old_client) leaves one behind, and fails
assert "batchmock" not in sys.modules
from batchmock import mock_batch

with mock_batch(region="us-east-1") as batch_mock:
    batch_mock.provision(job_queue="mine")
    clients = {
        "old client": old_client,
        "old boto3 session": old_session.client("batch"),
        "old botocore session": old_botocore_session.create_client("batch"),
        "old default session": boto3.client("batch"),
        "new session": boto3.Session().client("batch"),
    }
    seen = {
        name: [queue["jobQueueName"] for queue in client.describe_job_queues()["jobQueues"]]
        for name, client in clients.items()
    }
print(json.dumps(seen))
"""


@pytest.mark.slow
def test_made_before_batchmock_was_imported() -> None:
    """Clients and sessions created before `import batchmock` are found and answered."""
    done = subprocess.run(
        [sys.executable, "-c", MADE_BEFORE_THE_IMPORT], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert json.loads(done.stdout) == {
        "old client": ["mine"],
        "old boto3 session": ["mine"],
        "old botocore session": ["mine"],
        "old default session": ["mine"],
        "new session": ["mine"],
    }


IMPORTED_AGAIN = """
import sys
import boto3

client = boto3.client("batch", region_name="us-east-1")
for name in ["first", "second", "third"]:
    from batchmock import mock_batch, throttled
    with mock_batch(advance="sleep") as batch_mock:
        batch_mock.provision(job_queue=name)
        batch_mock.inject("DescribeJobQueues", throttled())
        for asked in (client, boto3.client("batch", region_name="us-east-1")):
            print(asked.describe_job_queues()["jobQueues"][0]["jobQueueName"])
    for module in [module for module in sys.modules if module.split(".")[0] == "batchmock"]:
        del sys.modules[module]
"""


@pytest.mark.slow
def test_batchmock_imported_again() -> None:
    """A batchmock that is imported again in one process, as pytester does, works like the first."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED_AGAIN],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "AWS_EC2_METADATA_DISABLED": "true"},
    )
    assert done.stderr == ""
    assert done.stdout.split() == ["first", "first", "second", "second", "third", "third"]


def test_stubbed_client_of_another_service() -> None:
    """A botocore Stubber for another service works inside a mock."""
    with mock_batch():
        client = boto3.client("s3", **KEYS)
        with Stubber(client) as stubber:
            stubber.add_response("list_buckets", {"Buckets": [{"Name": "mine"}]})
            assert client.list_buckets()["Buckets"] == [{"Name": "mine"}]


def test_request_of_another_service() -> None:
    """A request to another service is sent as it would be without a mock."""
    with mock_batch() as batch_mock:
        client = boto3.client("sqs", region_name="us-east-1", **KEYS)
        wire = Wire(client, '{"QueueUrls": ["https://queue"]}')
        assert client.list_queues()["QueueUrls"] == ["https://queue"]
        assert wire.urls == ["https://sqs.us-east-1.amazonaws.com/"]
        assert len(batch_mock.calls) == 0


def test_no_mock_is_active() -> None:
    """Without an active mock, a Batch request is sent as if batchmock were not installed."""
    with mock_batch():
        client = boto3.client("batch", region_name="us-east-1", **KEYS)
    wire = Wire(client, '{"jobQueues": []}')
    assert queues(client) == []
    assert wire.urls == ["https://batch.us-east-1.amazonaws.com/v1/describejobqueues"]


def test_no_credentials_and_no_mock() -> None:
    """A client created without credentials inside a mock raises NoCredentialsError after the mock."""
    with mock_batch():
        client = boto3.client("batch", region_name="us-east-1")
    with pytest.raises((NoCredentialsError, AssertionError)):
        client.describe_job_queues()


def test_regions_are_apart() -> None:
    """Resources created in one region are not visible in another."""
    with mock_batch(region="us-east-1") as batch_mock:
        batch_mock.provision(job_queue="east")
        batch_mock.provision(job_queue="west", region="eu-west-1")
        assert queues(boto3.client("batch")) == ["east"]
        assert queues(boto3.client("batch", region_name="eu-west-1")) == ["west"]
        assert queues(boto3.client("batch", region_name="eu-central-1")) == []


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("us-east-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
    ],
)
def test_partitions(region: str, partition: str) -> None:
    """ARNs contain the partition of the region."""
    with mock_batch() as batch_mock:
        batch_mock.provision(job_queue="mine", region=region)
        found = boto3.client("batch", region_name=region).describe_job_queues()["jobQueues"]
    assert [queue["jobQueueArn"] for queue in found] == [
        f"arn:{partition}:batch:{region}:123456789012:job-queue/mine"
    ]


@pytest.mark.skipif(
    "aws_account_id" not in inspect.signature(boto3.Session).parameters,
    reason="this boto3 knows no aws_account_id",
)
def test_accounts_of_sessions_are_apart() -> None:
    """A session whose credentials name an account is answered in that account."""
    with mock_batch(account_id="111111111111") as batch_mock:
        batch_mock.provision(job_queue="first")
        other = boto3.Session(**KEYS, aws_account_id="222222222222").client("batch")
        assert queues(other) == []
        assert account_of(other) == "222222222222"
        assert account_of(boto3.client("batch")) == "111111111111"


def test_explicit_keys_without_account() -> None:
    """A session whose credentials name no account is answered in the mock's account."""
    with mock_batch(account_id="111111111111"):
        assert account_of(boto3.Session(**KEYS).client("batch")) == "111111111111"


def test_account_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials from the environment do not change the mock's account."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_ACCOUNT_ID", "333333333333")
    with mock_batch(account_id="111111111111"):
        assert account_of(boto3.client("batch")) == "111111111111"


@pytest.mark.parametrize("profile", [None, "other"])
def test_account_of_a_profile(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, profile: str | None
) -> None:
    """Credentials from a configuration file, which differ between machines, do not change the account."""
    keys = (
        "aws_access_key_id = key\naws_secret_access_key = secret\naws_account_id = 333333333333\n"
    )
    config = tmp_path / "config"
    config.write_text(f"[default]\n{keys}[profile other]\n{keys}", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    with mock_batch(account_id="111111111111"):
        assert account_of(boto3.Session(profile_name=profile).client("batch")) == "111111111111"


def test_nested_mocks() -> None:
    """The innermost mock answers, and the outer mock answers again when it ends."""
    with mock_batch(account_id="111111111111", region="us-east-1") as outer:
        client = boto3.client("batch", region_name="us-east-1")
        outer.provision(job_queue="outer")
        with mock_batch(account_id="222222222222", region="eu-west-1") as inner:
            inner.provision(job_queue="inner", region="us-east-1")
            assert queues(client) == ["inner"]
            assert account_of(client) == "222222222222"
            assert boto3.client("batch").meta.region_name == "eu-west-1"
        assert queues(client) == ["outer"]
        assert account_of(client) == "111111111111"
        assert boto3.Session().client("batch").meta.region_name == "us-east-1"
        assert [call.operation for call in inner.calls] == [
            "DescribeJobQueues",
            "RegisterJobDefinition",
        ]


def test_outer_mock_stops_first() -> None:
    """Mocks can stop in any order, and the remaining one continues to answer."""
    outer, inner = BatchMock().start(), BatchMock().start()
    client = boto3.client("batch")
    inner.provision(job_queue="inner")
    outer.stop()
    assert queues(client) == ["inner"]
    inner.stop()
    assert hooks._active == []


def test_nothing_is_active_after_an_error() -> None:
    """An exception inside the block ends the mock like a normal exit."""
    with pytest.raises(ZeroDivisionError), mock_batch():
        1 / 0  # noqa: B018
    assert hooks._active == []


def client_without_handler() -> Any:
    """Create a client that has lost batchmock's handler."""
    client = boto3.client("batch", region_name="us-east-1", **KEYS)
    client.meta.events.unregister(hooks.BEFORE_CALL, hooks.answer_call)
    return client


def test_a_client_that_has_lost_the_handler() -> None:
    """While a mock is active, a client is answered even if its handlers were removed."""
    with mock_batch() as batch_mock:
        batch_mock.provision(job_queue="mine")
        assert queues(client_without_handler()) == ["mine"]
        assert batch_mock.calls.count("DescribeJobQueues") == 1


def test_request_that_got_past(monkeypatch: pytest.MonkeyPatch) -> None:
    """No request leaves the process, even without batchmock's handler and its patch of the endpoint."""
    make_request: Any = botocore.endpoint.Endpoint.make_request
    with mock_batch():
        monkeypatch.setattr(botocore.endpoint.Endpoint, "make_request", make_request.__wrapped__)
        client = client_without_handler()
        with pytest.raises(BatchMockError) as caught:
            client.describe_job_queues()
    assert str(caught.value) == (
        "batchmock: a request to AWS Batch was about to leave the process: "
        "https://batch.us-east-1.amazonaws.com/v1/describejobqueues. "
        "Its client answers 'before-call' events with a handler of its own, or has lost "
        "batchmock's. Pass the client to batch_mock.attach(client)."
    )


def test_attach() -> None:
    """A client that was not found automatically is answered once it is attached, even repeatedly."""
    with mock_batch() as batch_mock:
        client = client_without_handler()
        batch_mock.attach(client)
        batch_mock.attach(client)
        batch_mock.provision(job_queue="mine")
        assert queues(client) == ["mine"]
        assert batch_mock.calls.count("DescribeJobQueues") == 1


@pytest.mark.parametrize("what", [None, "batch", "s3 client"])
def test_attach_what_is_no_batch_client(what: Any) -> None:
    """Attaching anything but a Batch client raises an error that says what to pass."""
    given = boto3.client("s3", region_name="us-east-1", **KEYS) if what == "s3 client" else what
    with mock_batch() as batch_mock, pytest.raises(BatchMockError) as caught:
        batch_mock.attach(given)
    assert str(caught.value) == (
        f"batchmock: attach() was given {given!r}, which is a client of neither AWS Batch nor "
        'CloudWatch Logs, Amazon ECS or Amazon EC2. Give what boto3.client("batch") returned.'
    )
