from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any

import pytest

from batchmock import BatchMock

from ..builders import refused, register, submit

BY_NAME = [{"name": "JOB_NAME", "values": ["*"]}]


@pytest.fixture(autouse=True)
def provisioned(batch_mock: BatchMock) -> None:
    """A queue named queue and a job definition named definition."""
    batch_mock.provision(job_queue="queue", job_definition="definition")


def job_names(reply: dict[str, Any]) -> list[str]:
    """Return the names in a reply of ListJobs."""
    return [summary["jobName"] for summary in reply["jobSummaryList"]]


def revisions(reply: dict[str, Any]) -> list[int]:
    """Return the revisions in a reply of DescribeJobDefinitions."""
    return [item["revision"] for item in reply["jobDefinitions"]]


@pytest.mark.parametrize("question", [{"jobStatus": "SUBMITTED"}, {"filters": BY_NAME}])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 6])
def test_pages_of_jobs(client: Any, question: dict[str, Any], size: int) -> None:
    """The pages of a listing have every job once, in order, and the last one has no nextToken."""
    expected = [submit(client, f"job-{number}") for number in range(5)]
    if "filters" in question:
        expected.reverse()
    found: list[str] = []
    reply: dict[str, Any] = {"nextToken": None}
    while "nextToken" in reply:
        token = {"nextToken": reply["nextToken"]} if found else {}
        reply = client.list_jobs(jobQueue="queue", maxResults=size, **question, **token)
        assert 0 < len(reply["jobSummaryList"]) <= size
        found += [summary["jobId"] for summary in reply["jobSummaryList"]]
    assert found == expected


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6])
def test_pages_of_definitions(client: Any, size: int) -> None:
    """boto3's paginator finds every job definition once."""
    for _ in range(4):
        register(client)
    paginator = client.get_paginator("describe_job_definitions")
    pages = list(paginator.paginate(PaginationConfig={"PageSize": size}))
    sizes = [len(page["jobDefinitions"]) for page in pages]
    assert [number for page in pages for number in revisions(page)] == [5, 4, 3, 2, 1]
    assert all(count == size for count in sizes[:-1])
    assert sum(sizes) == 5


def test_empty_list_has_no_token(client: Any) -> None:
    """An empty listing is one empty page."""
    reply = client.list_jobs(jobQueue="queue")
    del reply["ResponseMetadata"]
    assert reply == {"jobSummaryList": []}


def test_page_size_is_no_part_of_the_question(client: Any) -> None:
    """The next page may have another size."""
    for number in range(5):
        submit(client, f"job-{number}")
    question = {"jobQueue": "queue", "jobStatus": "SUBMITTED"}
    token = client.list_jobs(**question, maxResults=1)["nextToken"]
    reply = client.list_jobs(**question, maxResults=3, nextToken=token)
    assert job_names(reply) == ["job-1", "job-2", "job-3"]


def test_new_jobs_do_not_shift_pages(client: Any) -> None:
    """A job that is submitted or changes status between two pages duplicates no other."""
    for number in range(4):
        submit(client, f"job-{number}")
    question = {"jobQueue": "queue", "filters": BY_NAME, "maxResults": 2}
    first = client.list_jobs(**question)
    submit(client, "late")
    second = client.list_jobs(**question, nextToken=first["nextToken"])
    assert job_names(first) == ["job-3", "job-2"]
    assert job_names(second) == ["job-1", "job-0"]


def test_moved_jobs_leave_the_pages(client: Any, batch_mock: BatchMock) -> None:
    """Jobs that leave the status between two pages are missing from the second."""
    batch_mock.hold("stay", at="SUBMITTED")
    for number in range(3):
        submit(client, f"job-{number}")
    submit(client, "stay")
    question = {"jobQueue": "queue", "jobStatus": "SUBMITTED", "maxResults": 1}
    first = client.list_jobs(**question)
    batch_mock.run()
    second = client.list_jobs(**question, nextToken=first["nextToken"])
    assert job_names(first) == ["job-0"]
    assert job_names(second) == ["stay"]
    assert "nextToken" not in second


def test_new_revisions_do_not_shift_pages(client: Any) -> None:
    """A revision registered between two pages duplicates no other."""
    register(client)
    register(client)
    first = client.describe_job_definitions(maxResults=2)
    register(client)
    second = client.describe_job_definitions(maxResults=2, nextToken=first["nextToken"])
    assert (revisions(first), revisions(second)) == ([3, 2], [1])


@pytest.mark.parametrize(
    "other",
    [
        {"jobStatus": "RUNNABLE"},
        {"jobQueue": "other"},
        {"filters": BY_NAME},
    ],
    ids=str,
)
def test_token_belongs_to_its_question(
    client: Any, batch_mock: BatchMock, other: dict[str, Any]
) -> None:
    """A nextToken is refused with a different request."""
    batch_mock.provision(job_queue="other")
    submit(client)
    submit(client)
    question = {"jobQueue": "queue", "jobStatus": "SUBMITTED", "maxResults": 1}
    token = client.list_jobs(**question)["nextToken"]
    asked = {**question, **other, "nextToken": token}
    assert refused(client, "list_jobs", **asked) == "Invalid nextToken"


def test_token_belongs_to_its_operation(client: Any) -> None:
    """A nextToken of one operation is refused by another."""
    register(client)
    token = client.describe_job_definitions(maxResults=1)["nextToken"]
    assert refused(client, "list_jobs", jobQueue="queue", nextToken=token) == "Invalid nextToken"


@pytest.mark.parametrize("other", [{"status": "ACTIVE"}, {"jobDefinitionName": "definition"}])
def test_token_of_definitions_belongs_to_its_question(client: Any, other: dict[str, Any]) -> None:
    """A nextToken of DescribeJobDefinitions is refused with another filter."""
    register(client)
    token = client.describe_job_definitions(maxResults=1)["nextToken"]
    asked = {**other, "nextToken": token}
    assert refused(client, "describe_job_definitions", **asked) == "Invalid nextToken"


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "é",
        "AAAA",
        "null",
        "arn:aws:batch:us-east-1:123456789012:job-queue/queue",
        "a+/=",
        *(urlsafe_b64encode(text).decode() for text in (b"1", b"[1]", b"{}")),
    ],
)
@pytest.mark.parametrize(
    ("operation", "question"),
    [("list_jobs", {"jobQueue": "queue"}), ("describe_job_definitions", {})],
)
def test_invalid_tokens(client: Any, operation: str, question: dict[str, Any], token: str) -> None:
    """A malformed token is refused."""
    assert refused(client, operation, **question, nextToken=token) == "Invalid nextToken"


def test_token_with_other_characters(client: Any) -> None:
    """So is one that other characters, or another padding, have got into."""
    for _ in range(2):
        submit(client)
    token = client.list_jobs(jobQueue="queue", jobStatus="SUBMITTED", maxResults=1)["nextToken"]
    for other in (f"{token[:8]}.{token[8:]}", f"{token}=", f" {token}", f"{token}\n", f"/{token}"):
        question = {"jobQueue": "queue", "jobStatus": "SUBMITTED", "maxResults": 1}
        assert refused(client, "list_jobs", **question, nextToken=other) == "Invalid nextToken"


def test_largest_page_with_a_filter(client: Any) -> None:
    """With a filter, a page has at most 100 jobs, even with a larger maxResults."""
    for _ in range(101):
        submit(client)
    reply = client.list_jobs(jobQueue="queue", filters=BY_NAME, maxResults=1000)
    assert len(reply["jobSummaryList"]) == 100
    rest = client.list_jobs(
        jobQueue="queue", filters=BY_NAME, maxResults=1000, nextToken=reply["nextToken"]
    )
    assert len(rest["jobSummaryList"]) == 1


def test_largest_page(client: Any) -> None:
    """Without a filter, a page has 1,000 jobs by default."""
    for _ in range(1001):
        submit(client)
    question = {"jobQueue": "queue", "jobStatus": "SUBMITTED"}
    reply = client.list_jobs(**question)
    assert len(reply["jobSummaryList"]) == 1000
    rest = client.list_jobs(**question, nextToken=reply["nextToken"])
    assert len(rest["jobSummaryList"]) == 1
    assert "nextToken" not in rest


def test_default_page_of_definitions(client: Any) -> None:
    """DescribeJobDefinitions returns 100 by default."""
    for _ in range(100):
        register(client)
    reply = client.describe_job_definitions()
    assert revisions(reply) == list(range(101, 1, -1))
    rest = client.describe_job_definitions(nextToken=reply["nextToken"])
    assert revisions(rest) == [1]
