"""
Measure a whole test with the fixture `batch_client`: provision, submit, run, describe.

Its floor is the same test with a client that is kept. The client is created as the fixture creates it, in the
default session; pytest's own work for a test is left out.
"""

from __future__ import annotations

from typing import Any

import boto3
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


def run(effort: Effort) -> None:
    """Run the section."""
    rounds = effort.rounds_or(ROUNDS)
    with mock_batch():
        kept = boto3.client("batch")
    works = [lambda: use(kept), lambda: use(quickly=True), use]
    floor, fixture, created = medians(works, rounds=rounds, times=10)
    rows = [
        bounded("a test with batch_client: provision, submit, run, describe", fixture, TARGET),
        compared("the same, to one whose client is kept", floor, fixture),
        compared("the same, with a client that botocore creates", floor, created),
    ]
    print_table(f"fixture: a whole test, medians of {rounds} rounds", rows)
