"""
Measure a whole test with the fixture `batch_client`: provision, submit, run, describe.

Its floor is the same test with a client that is kept. The client is created as the fixture creates it, in the
default session; pytest's own work for a test is left out. For comparison, a Stubber of botocore answers two of
these calls.
"""

from __future__ import annotations

from typing import Any

import boto3
from botocore.stub import Stubber
from measure import Effort, bounded, compared, medians, print_table
from mocks import SUBMIT

from batchmock import mock_batch
from batchmock.interception.client_recipes.clients import quick_clients

ROUNDS = 51
TARGET = 2e-3


def use(client: Any = None, *, quickly: bool = False) -> None:
    """Run a whole test."""
    with mock_batch() as mock:
        if quickly:
            with quick_clients.in_force():
                client = boto3.client("batch")
        elif client is None:
            client = boto3.client("batch")
        mock.provision(job_queue="queue", job_definition="definition")
        job_id = client.submit_job(**SUBMIT)["jobId"]
        mock.run()
        client.describe_jobs(jobs=[job_id])


def use_stubber() -> None:
    """Run a test that submits and describes a job, with prepared replies."""
    client = boto3.client(
        "batch", region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret"
    )
    job = {"jobId": "id", "jobName": "job"}
    described = {"jobQueue": "queue", "jobDefinition": "definition", "startedAt": 0}
    with Stubber(client) as stubber:
        stubber.add_response("submit_job", job)
        stubber.add_response(
            "describe_jobs", {"jobs": [{**job, **described, "status": "SUCCEEDED"}]}
        )
        job_id = client.submit_job(**SUBMIT)["jobId"]
        client.describe_jobs(jobs=[job_id])


def run(effort: Effort) -> None:
    """Run the section."""
    rounds = effort.rounds_or(ROUNDS)
    with mock_batch():
        kept = boto3.client("batch")
    works = [lambda: use(kept), lambda: use(quickly=True), use, use_stubber]
    floor, fixture, created, stubbed = medians(works, rounds=rounds, times=10)
    rows = [
        bounded("a test with batch_client: provision, submit, run, describe", fixture, TARGET),
        compared("the same, to one whose client is kept", floor, fixture),
        compared("the same, with a client that botocore creates", floor, created),
        compared("for comparison: submit and describe, with botocore's Stubber", floor, stubbed),
    ]
    print_table(f"fixture: a whole test, medians of {rounds} rounds", rows)
