"""Mocks and clients that the sections measure, and the clients without a mock that are the floor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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
    """Return a Batch client, created in the same way for all comparisons."""
    return boto3.client(
        "batch", region_name=REGION, aws_access_key_id="none", aws_secret_access_key="none"
    )


def canned_client(reply: dict[str, Any]) -> Any:
    """Return a client whose own hook runs first: the least that a call can cost."""
    client = batch_client()
    http = HttpOk()
    client.meta.events.register_first("before-call.batch", lambda **_: (http, reply))
    return client


def canned_last_client(reply: dict[str, Any]) -> Any:
    """Return a client whose own hook runs last, like the hook of batchmock."""
    client = batch_client()
    http = HttpOk()
    events = client.meta.events
    events.unregister(hooks.BEFORE_CALL, hooks.answer_call)
    events.register_last(hooks.BEFORE_CALL, lambda **_: (http, reply))
    return client


@contextmanager
def provided(**options: Any) -> Iterator[tuple[BatchMock, Any]]:
    """Start a mock with a queue and a job definition, and yield it with a client."""
    with mock_batch(region=REGION) as mock:
        mock.provision(job_queue="queue", job_definition="definition", **options)
        yield mock, batch_client()


def submit(client: Any, jobs: int, **members: Any) -> list[str]:
    """Submit jobs and return their ids."""
    return [client.submit_job(**SUBMIT, **members)["jobId"] for _ in range(jobs)]


def anew(mock: BatchMock, ask: Callable[[], Any], job_ids: Iterable[str] = ()) -> Callable[[], Any]:
    """
    Return a function that simulates a change before each request.

    The change makes cached replies stale, and the mock does not count the requests as polls of a still clock.

    Args:
        mock: the mock.
        ask: sends the request.
        job_ids: the jobs that change; none for a change of something else.
    """
    simulation, polls = mock._simulation, mock._polls
    jobs = [simulation.jobs[job_id] for job_id in job_ids]

    def asked() -> Any:
        simulation.changes += 1
        for job in jobs:
            job.started_at_ms = (job.started_at_ms or 0) + 1
        polls.forget()
        return ask()

    return asked
