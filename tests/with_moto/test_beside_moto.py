from __future__ import annotations

import asyncio
import os
import sys
import unittest
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from batchmock import (
    BatchMock,
    call,
    client_error,
    connection_error,
    fail,
    lost_reply,
    mock_batch,
    server_error,
    succeed,
    throttled,
)

mock_aws: Any = pytest.importorskip("moto").mock_aws
get_backend: Any = pytest.importorskip("moto.backends").get_backend

REGION = "us-east-1"


def buckets() -> list[str]:
    """Return the names of the buckets that a new S3 client lists."""
    return [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]]


def queues(client: Any = None) -> list[str]:
    """Return the names of the job queues that a Batch client, by default a new one, lists."""
    client = client or boto3.client("batch", region_name=REGION)
    return [queue["jobQueueName"] for queue in client.describe_job_queues()["jobQueues"]]


def definitions() -> list[str]:
    """Return the names of the job definitions that a new Batch client lists."""
    reply = boto3.client("batch", region_name=REGION).describe_job_definitions()
    return [definition["jobDefinitionName"] for definition in reply["jobDefinitions"]]


def register(name: str) -> None:
    """Register a job definition with the active mock."""
    boto3.client("batch", region_name=REGION).register_job_definition(
        jobDefinitionName=name,
        type="container",
        containerProperties={"image": "busybox", "vcpus": 1, "memory": 128},
    )


def moto_knows_of_batch() -> bool:
    """Return whether moto has any Batch resource."""
    backend = get_backend("batch")["123456789012"][REGION]
    return bool(backend._job_definitions or backend._job_queues or backend._jobs)


def use_both(batch_mock: BatchMock) -> None:
    """Use moto's services, and AWS Batch from batchmock."""
    batch_mock.provision(job_queue="queue", job_definition="step")
    boto3.client("s3").create_bucket(Bucket="bucket")
    url = boto3.client("sqs").create_queue(QueueName="messages")["QueueUrl"]
    client = boto3.client("batch")
    job = client.submit_job(jobName="job", jobQueue="queue", jobDefinition="step")
    batch_mock.run()

    assert client.describe_jobs(jobs=[job["jobId"]])["jobs"][0]["status"] == "SUCCEEDED"
    assert buckets() == ["bucket"]
    assert boto3.client("sqs").list_queues()["QueueUrls"] == [url]
    assert len(batch_mock.jobs) == 1
    assert not moto_knows_of_batch()


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Check that each test restores the environment."""
    before = settings()
    yield
    assert settings() == before


def settings() -> dict[str, str]:
    """Return the environment variables that AWS clients read."""
    return {name: value for name, value in os.environ.items() if name.startswith("AWS_")}


# Nested in either order


def test_blocks_with_moto_around() -> None:
    """Inside a block of moto, batchmock answers Batch and moto everything else."""
    with mock_aws(), mock_batch(region=REGION) as batch_mock:
        use_both(batch_mock)


def test_blocks_with_moto_within() -> None:
    """The same is true for a block of moto inside a block of batchmock."""
    with mock_batch(region=REGION) as batch_mock, mock_aws():
        use_both(batch_mock)


def test_decorators_with_moto_around() -> None:
    """The decorator of moto works above that of batchmock."""

    @mock_aws
    @mock_batch(region=REGION)
    def function(batch_mock: BatchMock) -> None:
        use_both(batch_mock)

    function()


def test_decorators_with_moto_within() -> None:
    """The decorator of moto works below that of batchmock."""

    @mock_batch(region=REGION)
    @mock_aws
    def function(batch_mock: BatchMock) -> None:
        use_both(batch_mock)

    given: Any = function
    given()


@pytest.fixture
def aws() -> Iterator[None]:
    """Moto as a fixture, as in its documentation."""
    with mock_aws():
        yield


def test_fixtures_with_moto_around(aws: None, batch_mock: BatchMock) -> None:
    """A test can request the fixture of moto first."""
    use_both(batch_mock)


def test_fixtures_with_moto_within(batch_mock: BatchMock, aws: None) -> None:
    """A test can request the fixture of moto second."""
    use_both(batch_mock)


def test_classes_decorated() -> None:
    """A class can have both decorators, in either order."""

    class Case(unittest.TestCase):
        batch_mock: BatchMock

        def setUp(self) -> None:
            boto3.client("s3", region_name=REGION).create_bucket(Bucket="set-up")

        def test_it(self) -> None:
            self.batch_mock.provision()
            assert buckets() == ["set-up"]
            assert not moto_knows_of_batch()

        def test_injected(self, batch_mock: BatchMock) -> None:
            assert queues() == []
            batch_mock.provision(job_queue="mine")
            assert queues() == ["mine"]

    for above, below in ((mock_aws, mock_batch), (mock_batch, mock_aws)):
        decorated = above()(below()(anew(Case)))
        tests = unittest.defaultTestLoader.loadTestsFromTestCase(decorated)
        result = unittest.TestResult()
        tests.run(result)
        assert [*result.errors, *result.failures] == []
        assert result.testsRun == 2


class _PlainTests:
    batch_mock: BatchMock

    def setup_method(self) -> None:
        """Use both mocks before the test."""
        boto3.client("s3", region_name=REGION).create_bucket(Bucket="set-up")
        self.batch_mock.provision(job_queue="set-up")

    def test_attribute(self) -> None:
        """The test sees what `setup_method` created in both mocks."""
        assert buckets() == ["set-up"]
        assert queues() == ["set-up"]

    def test_injected(self, batch_mock: BatchMock) -> None:
        """The parameter is the mock of the class."""
        assert batch_mock is self.batch_mock
        assert not moto_knows_of_batch()


def anew(kind: type) -> Any:
    """Return a copy of a class that decorators can change."""
    kept = {name: item for name, item in vars(kind).items() if name not in _OF_EACH_CLASS}
    return type(kind.__name__, kind.__bases__, kept)


_OF_EACH_CLASS = ("__dict__", "__weakref__")

TestPlainClassWithMotoAround = mock_aws(mock_batch(region=REGION)(anew(_PlainTests)))
TestPlainClassWithMotoWithin = mock_batch(region=REGION)(mock_aws(anew(_PlainTests)))


async def _use_both(batch_mock: BatchMock) -> None:
    use_both(batch_mock)


def test_async_function() -> None:
    """Moto works as a block inside an async function that batchmock decorates."""

    @mock_batch(region=REGION)
    async def function(batch_mock: BatchMock) -> None:
        with mock_aws():
            await _use_both(batch_mock)

    given: Any = function
    asyncio.run(given())


def test_async_function_under_motos_decorator() -> None:
    """The decorator of batchmock covers an entire async function, although that of moto does not."""

    @mock_batch(region=REGION)
    @mock_aws
    async def function(batch_mock: BatchMock) -> list[str]:
        await asyncio.sleep(0)
        batch_mock.provision(job_queue="mine")
        return queues()

    given: Any = function
    assert asyncio.run(given()) == ["mine"]


# Which mock answers Batch


def test_batch_is_motos_outside() -> None:
    """Moto answers Batch before and after batchmock is active, and they share no resources."""
    with mock_aws():
        register("theirs")
        with mock_batch(region=REGION) as batch_mock:
            assert definitions() == []
            batch_mock.provision(job_definition="ours")
            assert definitions() == ["ours"]
        assert definitions() == ["theirs"]
        assert len(batch_mock.calls) == 2


def test_refusals_are_ours() -> None:
    """A request that batchmock refuses does not reach moto."""
    with mock_aws(), mock_batch(region=REGION):
        with pytest.raises(ClientError, match="JobQueue queue not found"):
            boto3.client("batch").submit_job(
                jobName="job", jobQueue="queue", jobDefinition="definition"
            )
        assert not moto_knows_of_batch()


@pytest.mark.parametrize("moto_first", [True, False])
@pytest.mark.parametrize("moto_stops_first", [True, False])
def test_stopped_in_any_order(moto_first: bool, moto_stops_first: bool) -> None:
    """Mocks can start and stop in any order: the other keeps working, and the environment is restored."""
    aws, ours = mock_aws(), mock_batch(region=REGION)
    for each in (aws, ours) if moto_first else (ours, aws):
        each.start()
    boto3.client("s3").create_bucket(Bucket="bucket")
    register("ours")
    if moto_stops_first:
        aws.stop()
        assert definitions() == ["ours"]
        ours.stop()
    else:
        ours.stop()
        assert buckets() == ["bucket"]
        assert definitions() == []
        register("theirs")
        assert moto_knows_of_batch()
        aws.stop()


def test_clients_made_before_both() -> None:
    """The active mock answers a client that was created earlier."""
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
    client = boto3.client("batch", region_name=REGION, **keys)
    with mock_batch(region=REGION) as batch_mock:
        batch_mock.provision(job_queue="ours")
        with mock_aws():
            assert queues(client) == ["ours"]
    with mock_aws():
        assert queues(client) == []


@pytest.mark.parametrize("made_with", ["batch", "s3"])
def test_session_made_between(made_with: str) -> None:
    """A session that found no credentials under batchmock finds those that moto sets later."""
    with mock_batch(region=REGION):
        session = boto3.Session()
        client = session.client(made_with)
        with mock_aws():
            session.client("s3").create_bucket(Bucket="bucket")
            assert buckets() == ["bucket"]
            assert client.meta.service_model.service_name == made_with


# Both in one program


@pytest.mark.parametrize("moto_first", [True, False])
def test_pipeline(moto_first: bool) -> None:
    """A pipeline over S3, SQS and Batch: a job reads the object named in a message and writes another."""
    with ExitStack() as stack:
        if moto_first:
            stack.enter_context(mock_aws())
        batch_mock = stack.enter_context(mock_batch(region=REGION))
        if not moto_first:
            stack.enter_context(mock_aws())
        s3, sqs, batch = boto3.client("s3"), boto3.client("sqs"), boto3.client("batch")
        s3.create_bucket(Bucket="data")
        s3.put_object(Bucket="data", Key="in.txt", Body=b"three words here")
        url = sqs.create_queue(QueueName="work")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="in.txt")

        def count_words(context: Any) -> None:
            key = context.environment["KEY"]
            text = boto3.client("s3").get_object(Bucket="data", Key=key)["Body"].read()
            boto3.client("s3").put_object(
                Bucket="data", Key="out.txt", Body=str(len(text.split())).encode()
            )
            sys.stdout.write(f"counted {key}\n")

        batch_mock.provision(job_queue="queue", job_definition="count")
        batch_mock.script("count", fail(1), call(count_words))
        batch_mock.script("report", succeed(after=5))

        (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
        first = batch.submit_job(
            jobName="count",
            jobQueue="queue",
            jobDefinition="count",
            retryStrategy={"attempts": 2},
            containerOverrides={"environment": [{"name": "KEY", "value": message["Body"]}]},
        )["jobId"]
        batch.submit_job(
            jobName="report",
            jobQueue="queue",
            jobDefinition="count",
            dependsOn=[{"jobId": first}],
        )
        batch_mock.run()

        assert s3.get_object(Bucket="data", Key="out.txt")["Body"].read() == b"3"
        assert [job.status for job in batch_mock.jobs] == ["SUCCEEDED", "SUCCEEDED"]
        assert batch_mock.logs(first) == ["counted in.txt"]
        assert not moto_knows_of_batch()


# Faults


@pytest.mark.parametrize("moto_first", [True, False])
@pytest.mark.parametrize("fault", [throttled(), server_error(), connection_error(), lost_reply()])
def test_faults(moto_first: bool, fault: Any) -> None:
    """A request with an injected connection fault never reaches moto."""
    with ExitStack() as stack:
        if moto_first:
            stack.enter_context(mock_aws())
        batch_mock = stack.enter_context(mock_batch(region=REGION, advance="sleep"))
        if not moto_first:
            stack.enter_context(mock_aws())
        batch_mock.inject("RegisterJobDefinition", fault, times=2)
        register("ours")
        assert set(definitions()) == {"ours"}
        assert batch_mock.calls.count("RegisterJobDefinition") == 3
        assert not moto_knows_of_batch()


def test_fault_that_is_not_retried() -> None:
    """The client gets an injected error, although moto is active."""
    with mock_aws(), mock_batch(region=REGION) as batch_mock:
        batch_mock.inject("RegisterJobDefinition", client_error("ClientException", "Not now"))
        with pytest.raises(ClientError, match="Not now"):
            register("ours")
        assert not moto_knows_of_batch()
