"""A job is found by name among the running ones, with the default status, pages and filters."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from batchmock import BatchMock, hang

OTHERS = 150


def submit(client: Any, name: str) -> str:
    """Submit a job."""
    reply = client.submit_job(jobName=name, jobQueue="q", jobDefinition="jd")
    return str(reply["jobId"])


def find_running(name: str) -> str | None:
    """Find the running job with a name, on any page; ListJobs returns RUNNING jobs by default."""
    client = boto3.client("batch")
    more: dict[str, Any] = {}
    while True:
        page = client.list_jobs(jobQueue="q", maxResults=100, **more)
        for job in page["jobSummaryList"]:
            if job["jobName"] == name:
                return str(job["jobId"])
        if "nextToken" not in page:
            return None
        more = {"nextToken": page["nextToken"]}


def find_unfinished(name: str) -> list[str]:
    """Find the jobs with a name that have not ended, with the service's own filter."""
    pages = (
        boto3.client("batch")
        .get_paginator("list_jobs")
        .paginate(jobQueue="q", filters=[{"name": "JOB_NAME", "values": [name]}])
    )
    jobs = [job for page in pages for job in page["jobSummaryList"]]
    return [job["jobId"] for job in jobs if job["status"] not in ("SUCCEEDED", "FAILED")]


@pytest.fixture
def mine(batch_mock: BatchMock, client: Any) -> str:
    """The id of the running job "mine", newer than 150 other running ones."""
    batch_mock.provision(job_queue="q", job_definition="jd")
    batch_mock.script("*", hang())
    for number in range(OTHERS):
        submit(client, f"other-{number}")
    mine = submit(client, "mine")
    batch_mock.run()
    return mine


def test_finds_the_job_behind_the_first_page(batch_mock: BatchMock, mine: str) -> None:
    """The job is found although it is not on the first page, with only two ListJobs calls."""
    assert find_running("mine") == mine  # must follow nextToken past 150 others
    assert batch_mock.calls.count("ListJobs") == 2
    first_page = batch_mock.calls.of("ListJobs")[0].response
    assert first_page is not None
    assert mine not in [job["jobId"] for job in first_page["jobSummaryList"]]


def test_does_not_find_what_is_not_running(batch_mock: BatchMock, client: Any, mine: str) -> None:
    """A job that has ended or not yet started is not running."""
    client.terminate_job(jobId=mine, reason="done")
    batch_mock.run()
    batch_mock.hold("mine")
    waiting = submit(client, "mine")
    batch_mock.run()
    assert find_running("mine") is None
    assert find_unfinished("mine") == [waiting]


def test_the_filter_finds_it_at_once(batch_mock: BatchMock, mine: str) -> None:
    """With a filter on the name, one page is enough."""
    assert find_unfinished("mine") == [mine]
    assert batch_mock.calls.count("ListJobs") == 1
