"""`visibility_lag`: Describe and List operations show a new job only after a delay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from batchmock import BatchMock

from ...builders import names, provisioned_mock, submit
from ..service_requests import described, refusal
from ..service_requests import names as service_job_names
from ..service_requests import submit as submit_service_job

LAG = 10


@pytest.fixture
def lagging() -> Iterator[tuple[BatchMock, Any]]:
    """A mock that shows jobs ten seconds after their submission, and its client."""
    with provisioned_mock(visibility_lag=LAG, stage_seconds=100) as started:
        yield started


def found(client: Any, *job_ids: str) -> list[str]:
    """Return those of several ids that DescribeJobs returns."""
    return [job["jobId"] for job in client.describe_jobs(jobs=list(job_ids))["jobs"]]


def test_describe_jobs(lagging: tuple[BatchMock, Any]) -> None:
    """DescribeJobs omits a job as if it did not exist until the lag is over."""
    batch_mock, client = lagging
    early = submit(client)
    batch_mock.tick(LAG - 1)
    late = submit(client)
    seen = [found(client, early, late)]
    for delta in (1, LAG - 1):
        batch_mock.tick(delta)
        seen.append(found(client, early, late))

    assert seen == [[], [early], [early, late]]


@pytest.mark.parametrize(
    "question", [{"jobStatus": "SUBMITTED"}, {"filters": [{"name": "JOB_NAME", "values": ["*"]}]}]
)
def test_list_jobs(lagging: tuple[BatchMock, Any], question: dict[str, Any]) -> None:
    """ListJobs omits it too, with a status or a filter."""
    batch_mock, client = lagging
    submit(client, "early")
    batch_mock.tick(LAG)
    submit(client, "late")
    before = names(client, **question)
    batch_mock.tick(LAG)

    assert before == ["early"]
    assert sorted(names(client, **question)) == ["early", "late"]


def test_pages(lagging: tuple[BatchMock, Any]) -> None:
    """A page is filled with visible jobs, and the last page has no token."""
    batch_mock, client = lagging
    for number in range(3):
        submit(client, f"early-{number}")
    batch_mock.tick(LAG)
    submit(client, "late")
    pages = client.get_paginator("list_jobs").paginate(
        jobQueue="queue", jobStatus="SUBMITTED", PaginationConfig={"PageSize": 2}
    )

    assert [[job["jobName"] for job in page["jobSummaryList"]] for page in pages] == [
        ["early-0", "early-1"],
        ["early-2"],
    ]


def test_children(lagging: tuple[BatchMock, Any]) -> None:
    """The children of an array become visible with their parent."""
    batch_mock, client = lagging
    parent = submit(client, arrayProperties={"size": 2})
    assert found(client, parent, f"{parent}:0") == []
    assert client.list_jobs(arrayJobId=parent, jobStatus="SUBMITTED")["jobSummaryList"] == []
    batch_mock.tick(LAG)

    assert found(client, parent, f"{parent}:0") == [parent, f"{parent}:0"]
    summaries = client.list_jobs(arrayJobId=parent, jobStatus="SUBMITTED")["jobSummaryList"]
    assert len(summaries) == 2


@pytest.mark.parametrize("operation", ["cancel_job", "terminate_job"])
def test_stops(lagging: tuple[BatchMock, Any], operation: str) -> None:
    """Operations that change a job find it at once: it can be stopped before it is visible."""
    batch_mock, client = lagging
    job_id = submit(client)
    getattr(client, operation)(jobId=job_id, reason="changed my mind")
    batch_mock.tick(LAG)

    (job,) = client.describe_jobs(jobs=[job_id])["jobs"]
    assert (job["status"], job["statusReason"]) == ("FAILED", "changed my mind")


def test_dependencies(lagging: tuple[BatchMock, Any]) -> None:
    """A job can depend on one that is not visible yet."""
    batch_mock, client = lagging
    first = submit(client, "first")
    submit(client, "second", dependsOn=[{"jobId": first}])
    batch_mock.run()

    assert [job.status for job in batch_mock.jobs] == ["SUCCEEDED"] * 2


def test_the_test_sees_everything(lagging: tuple[BatchMock, Any]) -> None:
    """The mock's own views have no lag."""
    batch_mock, client = lagging
    job_id = submit(client)

    assert batch_mock.jobs.only().id == batch_mock.job(job_id).id == job_id


def test_service_jobs(lagging: tuple[BatchMock, Any]) -> None:
    """Before the lag is over, neither DescribeServiceJob nor a list finds a service job."""
    batch_mock, client = lagging
    batch_mock.provision_service_jobs(job_queue="training")
    job_id = submit_service_job(client, jobQueue="training")
    seen = []
    for delta in (0, LAG - 1):
        batch_mock.tick(delta)
        refusal(client, "describe_service_job", jobId=job_id)
        seen.append(service_job_names(client, jobQueue="training", jobStatus="SUBMITTED"))
    batch_mock.tick(1)
    seen.append(service_job_names(client, jobQueue="training", jobStatus="SUBMITTED"))

    assert seen == [[], [], ["train"]]
    assert described(client, job_id)["status"] == "SUBMITTED"


def test_stops_of_service_jobs(lagging: tuple[BatchMock, Any]) -> None:
    """A service job that is not visible yet can be terminated."""
    batch_mock, client = lagging
    batch_mock.provision_service_jobs(job_queue="training")
    job_id = submit_service_job(client, jobQueue="training")
    client.terminate_service_job(jobId=job_id, reason="no")
    batch_mock.run()
    assert batch_mock.service_job(job_id).status_reason == "no"
