"""Code under test that submits a job and polls until it has ended, as a thread or a task."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from typing import Any

from batchmock import BatchMock

from ..builders import status_of, submit

ENDED = ("SUCCEEDED", "FAILED")


def submit_and_wait(client: Any, job_name: str = "job", poll_every: float = 30) -> str:
    """Submit a job, wait for its end with `time.sleep`, and return its status."""
    job_id = submit(client, job_name)
    while (status := status_of(client, job_id)) not in ENDED:
        time.sleep(poll_every)
    return status


async def submit_and_wait_async(client: Any, job_name: str = "job", poll_every: float = 30) -> str:
    """Submit a job, wait for its end with `asyncio.sleep`, and return its status."""
    job_id = submit(client, job_name)
    while (status := status_of(client, job_id)) not in ENDED:
        await asyncio.sleep(poll_every)
    return status


def seconds_since(batch_mock: BatchMock, before: datetime) -> float:
    """Return the simulated seconds since an instant."""
    return (batch_mock.clock.now - before).total_seconds()
