"""Fixtures that submit jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from batchmock import BatchMock


@pytest.fixture
def submit(batch_mock: BatchMock, client: Any) -> Callable[..., str]:
    """Submit a job to an existing queue and return its id."""
    batch_mock.provision()

    def submit_job(name: str = "job", **members: Any) -> str:
        request = {"jobName": name, "jobQueue": "job-queue", "jobDefinition": "job-definition"}
        job_id: str = client.submit_job(**{**request, **members})["jobId"]
        return job_id

    return submit_job
