"""An EventBridge handler receives real envelopes, at least once each."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from batchmock import BatchMock, fail, reclaim_spot, succeed

PATTERN = {"detail-type": ["Batch Job State Change"], "detail": {"status": ["FAILED"]}}


class Pager:
    """Code under test: a Lambda function that pages once for a failed job."""

    def __init__(self) -> None:
        self.pages: list[str] = []
        self._seen: set[str] = set()

    def handler(self, event: dict[str, Any], context: object) -> None:
        """Handle one event."""
        if event["id"] in self._seen:
            return
        self._seen.add(event["id"])
        job = event["detail"]
        code = job["attempts"][-1]["container"]["exitCode"]
        self.pages.append(f"{job['jobName']} in {event['region']} exited with {code}")


def resubmit_once(event: dict[str, Any], context: object) -> None:
    """Code under test: a Lambda function that resubmits a failed job under another name."""
    job = event["detail"]
    if not job["jobName"].endswith("-again"):
        boto3.client("batch").submit_job(
            jobName=f"{job['jobName']}-again",
            jobQueue=job["jobQueue"],
            jobDefinition=job["jobDefinition"],
        )


@pytest.fixture(autouse=True)
def _resources(batch_mock: BatchMock) -> None:
    batch_mock.provision(job_queue="q", job_definition="jd")


def submit(name: str, attempts: int = 1) -> None:
    """Submit a job."""
    boto3.client("batch").submit_job(
        jobName=name, jobQueue="q", jobDefinition="jd", retryStrategy={"attempts": attempts}
    )


def test_pages_once_for_each_failure(batch_mock: BatchMock) -> None:
    """Each event is delivered twice, and only the job that finally fails causes a page."""
    pager = Pager()
    batch_mock.subscribe(lambda event: pager.handler(event, None), pattern=PATTERN, duplicates=True)
    batch_mock.script("bad", fail(3))
    batch_mock.script("lucky", reclaim_spot(), succeed())
    submit("bad")
    submit("lucky", attempts=2)
    submit("good")
    batch_mock.run()
    assert pager.pages == ["bad in us-east-1 exited with 3"]


def test_submits_again(batch_mock: BatchMock) -> None:
    """The function calls Batch itself with data from the event."""
    batch_mock.subscribe(lambda event: resubmit_once(event, None), pattern=PATTERN)
    batch_mock.script("job*", fail(1))
    submit("job")
    batch_mock.run()
    assert [(job.name, job.status) for job in batch_mock.jobs] == [
        ("job", "FAILED"),
        ("job-again", "FAILED"),
    ]
