"""Mocks and clients that the sections measure, and the floor: clients that no mock answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3

from batchmock import BatchMock, mock_batch
from batchmock.interception import hooks

REGION = "us-east-1"
SUBMIT = {"jobName": "job", "jobQueue": "queue", "jobDefinition": "definition"}


class HttpOk:
    """The HTTP side of a canned reply."""

    def __init__(self) -> None:
        self.status_code = 200
        self.headers: dict[str, str] = {}
        self.content = b""


def batch_client() -> Any:
    """Give a Batch client; all that are compared are made alike."""
    return boto3.client(
        "batch", region_name=REGION, aws_access_key_id="none", aws_secret_access_key="none"
    )


def canned_client(reply: dict[str, Any]) -> Any:
    """Give a client whose own hook comes before all others: what a call costs at the very least."""
    client = batch_client()
    http = HttpOk()
    client.meta.events.register_first("before-call.batch", lambda **_: (http, reply))
    return client


def canned_last_client(reply: dict[str, Any]) -> Any:
    """Give a client whose own hook is where batchmock's is: behind those of botocore and of others."""
    client = batch_client()
    http = HttpOk()
    events = client.meta.events
    events.unregister(hooks.BEFORE_CALL, hooks.answer_call)
    events.register_last(hooks.BEFORE_CALL, lambda **_: (http, reply))
    return client


@contextmanager
def provided(**options: Any) -> Iterator[tuple[BatchMock, Any]]:
    """Start a mock with a queue and a job definition, and give it and a client."""
    with mock_batch(region=REGION) as mock:
        mock.provision(job_queue="queue", job_definition="definition", **options)
        yield mock, batch_client()


def submit(client: Any, jobs: int, **members: Any) -> list[str]:
    """Submit jobs and give their ids."""
    return [client.submit_job(**SUBMIT, **members)["jobId"] for _ in range(jobs)]


def anew(mock: BatchMock, ask: Callable[[], Any]) -> Callable[[], Any]:
    """Give what asks a question after something has happened, so that no answer that is kept will do."""
    simulation = mock._simulation

    def asked() -> Any:
        simulation.changes += 1
        return ask()

    return asked
