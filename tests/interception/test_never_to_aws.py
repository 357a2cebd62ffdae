"""Requests must not leave the process, whichever client, process or session makes them."""

from __future__ import annotations

import gc
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.hooks import HierarchicalEmitter

from batchmock import BatchMockError, mock_batch

from ..builders import provisioned_mock, submit

CODE = "import os; print(os.environ['AWS_ENDPOINT_URL_BATCH'], os.environ['AWS_ACCESS_KEY_ID'])"


@pytest.fixture
def frozen() -> Iterator[None]:
    """Objects that the garbage collector has frozen."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("frozen")
def test_sleeps_after_gc_freeze() -> None:
    """Sleeps are patched after `gc.freeze()` too, and frozen objects stay frozen."""
    with mock_batch(advance="sleep") as batch_mock:
        time.sleep(5)
        assert batch_mock.sleeps == [5]
    assert gc.get_freeze_count() > 2000


def test_a_client_without_handlers() -> None:
    """A client that has lost all its handlers is answered and sends nothing to AWS."""
    with provisioned_mock() as (batch_mock, _):
        client = boto3.client("batch", region_name="us-east-1")
        client.meta.events._emitter = HierarchicalEmitter()
        assert client.describe_job_queues()["jobQueues"][0]["jobQueueName"] == "queue"
        assert batch_mock.calls.count("DescribeJobQueues") >= 1


def in_child(client: Any) -> str:
    """Return the result of a request in a forked child process."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            client.describe_job_queues()
            text = "answered"
        except BatchMockError as error:
            text = str(error)
        os.write(write, text.encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(write)
    with open(read, encoding="utf-8") as file:
        return file.read()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
@pytest.mark.parametrize("advance", ["manual", "sleep"])
def test_a_forked_child(advance: Any) -> None:
    """A forked child gets an error that says what to do, and the parent's mock continues to work."""
    with provisioned_mock(advance=advance) as (_, client):
        assert in_child(client).startswith("batchmock: this process was forked from one whose mock")
        submit(client)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_sleeps_of_a_forked_child() -> None:
    """Sleeps and clocks of a forked child are real."""
    with mock_batch(advance="sleep", start=0) as batch_mock:
        process = multiprocessing.get_context("fork").Process(target=time.sleep, args=(0.01,))
        process.start()
        process.join()
        assert process.exitcode == 0
        assert batch_mock.sleeps == []


def test_the_environment_of_child_processes() -> None:
    """Child processes inherit dummy keys and an endpoint whose name explains the error."""
    with mock_batch():
        during = subprocess.check_output([sys.executable, "-S", "-c", CODE], encoding="utf-8")
    after = subprocess.run(
        [sys.executable, "-S", "-c", CODE], stderr=subprocess.DEVNULL, check=False
    )

    assert during.split() == [
        "http://the-batchmock-of-the-parent-process-answers-only-there.invalid",
        "batchmock",
    ]
    assert after.returncode != 0


def test_clients_do_not_see_that_endpoint() -> None:
    """Clients of this process keep their AWS endpoint."""
    with mock_batch():
        client = boto3.client("batch", region_name="us-east-1")
        assert client.meta.endpoint_url == "https://batch.us-east-1.amazonaws.com"


def test_whole_way() -> None:
    """With `whole_way`, each call goes through botocore's send path and its hooks fire."""
    seen = []
    with mock_batch(region="us-east-1", whole_way=True) as batch_mock:
        client = boto3.client("batch")
        for name in ("before-send", "needs-retry", "response-received"):
            client.meta.events.register(
                f"{name}.batch.DescribeJobQueues", lambda name=name, **_: seen.append(name)
            )
        assert client.describe_job_queues()["jobQueues"] == []
        assert batch_mock.calls.count("DescribeJobQueues") == 1

    assert sorted(set(seen)) == ["before-send", "needs-retry", "response-received"]
