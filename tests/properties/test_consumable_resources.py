"""Invariants of consumable resources, with any requirements and outcomes of jobs."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from batchmock import BatchMock, Outcome, fail, mock_batch, succeed

from ..builders import needs_todays_model, shared_client

pytestmark = needs_todays_model

ENDS: list[Outcome] = [succeed(after=5), fail(after=5), succeed(after=0), fail(after=90)]
JOBS = st.lists(st.tuples(st.integers(1, 4), st.sampled_from(ENDS), st.integers(1, 3)), max_size=8)


def licences(client: Any) -> tuple[int, int, int]:
    """Return the total, used and available quantity of licences."""
    shown = client.describe_consumable_resource(consumableResource="licence")
    return shown["totalQuantity"], shown["inUseQuantity"], shown["availableQuantity"]


def submit_all(batch_mock: BatchMock, jobs: list[tuple[int, Outcome, int]]) -> dict[str, int]:
    """Submit jobs that need licences, and return the quantity by job id."""
    client = shared_client()
    asking = {}
    for number, (quantity, outcome, attempts) in enumerate(jobs):
        batch_mock.script(f"job-{number}", outcome)
        asked = [{"consumableResource": "licence", "quantity": quantity}]
        reply = client.submit_job(
            jobName=f"job-{number}",
            jobQueue="job-queue",
            jobDefinition="job-definition",
            retryStrategy={"attempts": attempts},
            timeout={"attemptDurationSeconds": 60},
            consumableResourcePropertiesOverride={"consumableResourceList": asked},
        )
        asking[reply["jobId"]] = quantity
    return asking


@settings(deadline=None, max_examples=40)
@given(total=st.integers(4, 6), jobs=JOBS, stopped=st.integers(0, 7))
def test_what_is_in_use_is_what_the_jobs_have(
    total: int, jobs: list[tuple[int, Outcome, int]], stopped: int
) -> None:
    """Usage never exceeds the total, and at the end nothing is in use and all jobs have run."""
    with mock_batch(region="us-east-1") as batch_mock:
        batch_mock.provision(consumable_resources={"licence": total})
        client = shared_client()
        asking = submit_all(batch_mock, jobs)
        for job_id in list(asking)[stopped:]:
            client.terminate_job(jobId=job_id, reason="enough")
        while batch_mock.step():
            _, in_use, available = licences(client)
            having = [
                asking[job.id] for job in batch_mock.jobs if job.status in ("STARTING", "RUNNING")
            ]
            assert sum(having) <= in_use <= total
            assert available == total - in_use
        batch_mock.run()
        assert licences(client) == (total, 0, total)
        assert all(job.status in ("SUCCEEDED", "FAILED") for job in batch_mock.jobs)
