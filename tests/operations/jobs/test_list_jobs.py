from __future__ import annotations

from typing import Any

import pytest

from batchmock import BatchMock, Policies, cannot_pull_image, fail, hang

from ...builders import (
    ARN,
    ESSENTIAL,
    START_MS,
    names,
    provisioned_mock,
    refused,
    register,
    submit,
    wrapped,
)

STATUSES = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED")


@pytest.fixture(autouse=True)
def provisioned(batch_mock: BatchMock) -> None:
    """A queue named queue and a job definition named definition."""
    batch_mock.provision(job_queue="queue", job_definition="definition")


@pytest.fixture
def one_of_each(client: Any, batch_mock: BatchMock) -> None:
    """A job in each status, named after it."""
    for status in ("SUBMITTED", "RUNNABLE", "STARTING", "RUNNING"):
        batch_mock.hold(status, at=status)
    batch_mock.script("FAILED", fail())
    jobs = {status: submit(client, status) for status in STATUSES if status != "PENDING"}
    submit(client, "PENDING", dependsOn=[{"jobId": jobs["RUNNING"]}])
    batch_mock.run()


def summary(client: Any, **question: Any) -> dict[str, Any]:
    """Return the only job that ListJobs returns."""
    (item,) = client.list_jobs(**{"jobQueue": "queue", **question})["jobSummaryList"]
    listed: dict[str, Any] = item
    return listed


def by(name: str, *values: str) -> list[dict[str, Any]]:
    """Return a filter."""
    return [{"name": name, "values": list(values)}]


@pytest.mark.usefixtures("one_of_each")
@pytest.mark.parametrize("status", STATUSES)
def test_status(client: Any, status: str) -> None:
    """A jobStatus selects the jobs in that status."""
    assert names(client, jobStatus=status) == [status]


@pytest.mark.usefixtures("one_of_each")
def test_default_status(client: Any) -> None:
    """Without a status and without a filter, the jobs that are RUNNING are listed."""
    assert names(client) == ["RUNNING"]


@pytest.mark.parametrize("queue", ["queue", ARN + "job-queue/queue"])
def test_queue_by_name_or_arn(client: Any, queue: str) -> None:
    """The queue is given by name or ARN."""
    submit(client)
    assert names(client, jobQueue=queue, jobStatus="SUBMITTED") == ["job"]


def test_one_queue(client: Any, batch_mock: BatchMock) -> None:
    """The jobs of other queues are not listed."""
    batch_mock.provision(job_queue="other")
    submit(client, "a")
    submit(client, "b", jobQueue="other")
    assert names(client, jobStatus="SUBMITTED") == ["a"]


@pytest.mark.parametrize("selector", ["arrayJobId", "multiNodeJobId"])
def test_members_of_a_plain_job(client: Any, selector: str) -> None:
    """A job of one container has neither children nor nodes."""
    job_id = submit(client)
    assert client.list_jobs(**{selector: job_id})["jobSummaryList"] == []


def test_oldest_first(client: Any, batch_mock: BatchMock) -> None:
    """Without a filter, jobs are listed in ascending order of createdAt (captured: aws-parallelcluster)."""
    for name in ("a", "b"):
        submit(client, name)
    batch_mock.tick(0.5)
    submit(client, "c")
    assert names(client, jobStatus="SUBMITTED") == ["a", "b", "c"]


def test_order_does_not_change(client: Any, batch_mock: BatchMock) -> None:
    """The order is that of submission, whichever job reached the status first."""
    for name in ("a", "b", "c"):
        batch_mock.hold(name, at="RUNNABLE")
        submit(client, name)
    batch_mock.run()
    for name in ("c", "a"):
        batch_mock.release(name)
        batch_mock.tick(10)
    assert names(client, jobStatus="SUCCEEDED") == ["a", "c"]
    assert names(client, jobStatus="RUNNABLE") == ["b"]


SUMMARY = {
    "jobName": "job",
    "createdAt": START_MS,
    "capacityUsage": [{"capacityUnit": "VCPU", "quantity": 1.0}],
}


@pytest.mark.parametrize(
    ("seconds", "status", "more"),
    [
        (0, "SUBMITTED", {}),
        (1, "RUNNABLE", {}),
        (2, "STARTING", {}),
        (3, "RUNNING", {"startedAt": START_MS + 3000, "container": {}}),
        (
            4,
            "SUCCEEDED",
            {
                "startedAt": START_MS + 3000,
                "stoppedAt": START_MS + 4000,
                "statusReason": ESSENTIAL,
                "container": {"exitCode": 0},
            },
        ),
    ],
)
def test_summary(
    client: Any, batch_mock: BatchMock, seconds: int, status: str, more: dict[str, Any]
) -> None:
    """A summary has a container from RUNNING on, times once they are set, and no definition."""
    job_id = submit(client)
    batch_mock.tick(seconds)
    expected = {**SUMMARY, "jobId": job_id, "jobArn": f"{ARN}job/{job_id}", "status": status}
    shown = summary(client, jobStatus=status)
    known = client.meta.service_model.shape_for("JobSummary").members
    expected = {name: value for name, value in (expected | more).items() if name in known}
    assert {name: value for name, value in shown.items() if name in known} == expected


def test_summary_of_a_failed_start(client: Any, batch_mock: BatchMock) -> None:
    """A job that failed to start has stoppedAt and a reason but no startedAt and no exit code."""
    batch_mock.script("job", cannot_pull_image())
    submit(client)
    batch_mock.run()
    shown = summary(client, jobStatus="FAILED")
    assert shown["statusReason"] == "Task failed to start"
    assert shown["stoppedAt"] == START_MS + 3000
    assert "startedAt" not in shown
    assert shown["container"] == {
        "reason": "CannotPullContainerError: Error response from daemon: manifest for busybox "
        "not found: manifest unknown: Requested image not found"
    }


def test_summary_of_a_retried_job(client: Any, batch_mock: BatchMock) -> None:
    """Between attempts, a summary has no members of the last one."""
    batch_mock.script("job", fail())
    submit(client, retryStrategy={"attempts": 2})
    batch_mock.tick(4)
    shown = summary(client, jobStatus="RUNNABLE")
    assert shown.keys() & {"startedAt", "stoppedAt", "statusReason", "container"} == set()


@pytest.mark.parametrize(
    ("operation", "flag"), [("cancel_job", "isCancelled"), ("terminate_job", "isTerminated")]
)
def test_summary_of_a_stopped_job(
    client: Any, batch_mock: BatchMock, operation: str, flag: str
) -> None:
    """The flags isCancelled and isTerminated are present only if true."""
    getattr(client, operation)(jobId=submit(client), reason="enough")
    batch_mock.run()
    shown = summary(client, jobStatus="FAILED")
    known = client.meta.service_model.shape_for("JobSummary").members
    expected = {flag: True} if flag in known else {}
    assert {name: shown[name] for name in shown if name.startswith("is")} == expected
    assert shown["statusReason"] == "enough"
    assert "container" not in shown


@pytest.fixture
def named(client: Any, batch_mock: BatchMock) -> None:
    """Jobs with several names, definitions and times; the last one is RUNNING."""
    register(client, "train")
    register(client, "train")
    register(client, "Train-large")
    batch_mock.script("last", hang())
    for name, label in (
        ("nightly", "definition:1"),
        ("Nightly-2", "train:1"),
        ("weekly", "train:2"),
        ("last", "Train-large:1"),
    ):
        submit(client, name, jobDefinition=label)
        batch_mock.tick(10)


ALL = ["last", "weekly", "Nightly-2", "nightly"]


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (by("JOB_NAME", "nightly"), ["nightly"]),
        (by("JOB_NAME", "NIGHTLY"), ["nightly"]),
        (by("JOB_NAME", "night*"), ["Nightly-2", "nightly"]),
        (by("JOB_NAME", "*"), ALL),
        (by("JOB_NAME", "ghtly"), []),
        (by("JOB_NAME"), []),
        ([{"values": ["weekly"]}], ["last"]),
        (by("JOB_DEFINITION", "train"), ["weekly", "Nightly-2"]),
        (by("JOB_DEFINITION", "TRAIN"), []),
        (by("JOB_DEFINITION", "T*"), ["last"]),
        (by("JOB_DEFINITION", ARN + "job-definition/train:2"), ["weekly"]),
        (by("JOB_DEFINITION", ARN + "job-definition/train*"), []),
        (by("BEFORE_CREATED_AT", str(START_MS + 20000)), ["Nightly-2", "nightly"]),
        (by("AFTER_CREATED_AT", str(START_MS + 20000)), ["last"]),
        (by("SHARE_IDENTIFIER", "a"), []),
        ([], ["last"]),
    ],
    ids=str,
)
def test_filters(client: Any, filters: list[dict[str, Any]], found: list[str]) -> None:
    """A filter covers all statuses: names ignore case, definitions do not, and instants are exclusive."""
    assert names(client, filters=filters) == found


@pytest.mark.usefixtures("named")
def test_filter_takes_no_notice_of_the_status(client: Any) -> None:
    """With a filter, jobStatus is ignored."""
    question = {"filters": by("JOB_NAME", "*"), "jobStatus": "FAILED"}
    assert names(client, **question) == ALL


@pytest.mark.usefixtures("named")
def test_summary_with_filter(client: Any) -> None:
    """With a filter, a summary has the job definition."""
    shown = summary(client, filters=by("JOB_NAME", "weekly"))
    assert shown["jobDefinition"] == ARN + "job-definition/train:2"


SELECTORS = "Exactly one of jobQueue, arrayJobId or multiNodeJobId must be specified."
FILTERS = "[JOB_NAME, JOB_DEFINITION, BEFORE_CREATED_AT, AFTER_CREATED_AT, SHARE_IDENTIFIER]"


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({"jobQueue": "nope"}, "JobQueue nope not found."),
        ({}, wrapped(SELECTORS)),
        ({"jobQueue": "queue", "arrayJobId": "nope"}, wrapped(SELECTORS)),
        (
            {"jobQueue": "queue", "jobStatus": "DONE"},
            wrapped(
                f"Value DONE for jobStatus is not valid. Valid values are: [{', '.join(STATUSES)}]"
            ),
        ),
        (
            {"jobQueue": "queue", "maxResults": 0},
            wrapped("maxResults must be between 1 and 2147483647, got 0."),
        ),
        (
            {"jobQueue": "queue", "filters": by("JOB_STATUS", "FAILED")},
            wrapped(
                f"Value JOB_STATUS for filters[0].name is not valid. Valid values are: {FILTERS}"
            ),
        ),
        (
            {"jobQueue": "queue", "filters": by("job_name", "a")},
            wrapped(
                f"Value job_name for filters[0].name is not valid. Valid values are: {FILTERS}"
            ),
        ),
        (
            {"jobQueue": "queue", "filters": by("JOB_NAME", "a") + by("JOB_NAME", "b")},
            wrapped("Only one filter key-value pair can be specified."),
        ),
        (
            {"jobQueue": "queue", "filters": by("JOB_NAME", "a", "b")},
            wrapped("Filter cannot take more than one value."),
        ),
        (
            {"jobQueue": "queue", "filters": by("BEFORE_CREATED_AT", "soon")},
            "Filter BEFORE_CREATED_AT must be a time in milliseconds since the epoch, got soon.",
        ),
        (
            {"jobQueue": "queue", "filters": by("AFTER_CREATED_AT", "9" * 5000)},
            "Filter AFTER_CREATED_AT must be a time in milliseconds since the epoch, "
            f"got {'9' * 5000}.",
        ),
        ({"jobQueue": "queue", "nextToken": "x"}, "Invalid nextToken"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_refusals(client: Any, question: dict[str, Any], message: str) -> None:
    """An unknown queue, job, status or filter is refused."""
    submit(client)
    assert refused(client, "list_jobs", **question) == message


@pytest.mark.parametrize("omitted", [True, False])
def test_what_a_filtered_list_leaves_out(omitted: bool) -> None:
    """With a filter, entries lack startedAt and statusReason (reported: boto3 3315, aws-sdk-js 4587)."""
    policies = Policies(filtered_lists_omit_start_and_reason=omitted)
    with provisioned_mock(policies=policies) as (mock, client):
        submit(client)
        mock.run()
        by_name = [{"name": "JOB_NAME", "values": ["job"]}]
        (entry,) = client.list_jobs(jobQueue="queue", filters=by_name)["jobSummaryList"]
        (plain,) = client.list_jobs(jobQueue="queue", jobStatus="SUCCEEDED")["jobSummaryList"]
    assert {"startedAt", "statusReason", "stoppedAt"} <= plain.keys()
    assert ("startedAt" in entry, "statusReason" in entry) == (not omitted, not omitted)
    assert entry["stoppedAt"] == plain["stoppedAt"]
