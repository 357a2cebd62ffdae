"""Cached replies to repeated reads of jobs, and what invalidates them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from batchmock import BatchMock, CallContext, call, hang, mock_batch
from batchmock.interception import answers
from batchmock.operations import STATES
from batchmock.operations.jobs import describe as job_details

from ..builders import described, provisioned_mock, requirements, submit


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the ids of the jobs that were read to build a reply."""
    seen: list[str] = []
    job_detail = job_details.job_detail

    def looked_at(job: Any) -> dict[str, Any]:
        seen.append(job.id)
        return job_detail(job)

    monkeypatch.setattr(job_details, "job_detail", looked_at)
    # Without the check in conftest, which reads jobs too.
    monkeypatch.setitem(STATES, "DescribeJobs", job_details.described_state)
    return seen


def test_nothing_has_happened(batch_mock: BatchMock, looks: list[str]) -> None:
    """A repeated call is served from the cache, even if time has passed."""
    batch_mock.provision(job_queue="queue", job_definition="definition")
    client = boto3.client("batch")
    batch_mock.script("*", hang())
    job_id = submit(client)
    batch_mock.run()
    first = client.describe_jobs(jobs=[job_id])["jobs"]
    batch_mock.tick(3600)
    assert client.describe_jobs(jobs=[job_id])["jobs"] == first
    assert looks == [job_id]


def test_another_job_has_changed(batch_mock: BatchMock, looks: list[str]) -> None:
    """A change of other jobs does not invalidate the details of a job."""
    batch_mock.provision(job_queue="queue", job_definition="definition")
    client = boto3.client("batch")
    one, other = submit(client), submit(client)
    client.describe_jobs(jobs=[one])
    client.terminate_job(jobId=other, reason="enough")
    client.describe_jobs(jobs=[one])
    assert looks == [one]


def test_what_a_job_shows_has_changed(batch_mock: BatchMock, looks: list[str]) -> None:
    """Each change that the details of a job show invalidates them, with or without a new status."""
    batch_mock.provision(job_queue="queue", job_definition="definition")
    batch_mock.script("*", hang())
    client = boto3.client("batch")
    job_id = submit(client)
    [job] = client.describe_jobs(jobs=[job_id])["jobs"]
    arn = job["jobArn"]

    for change in (
        lambda: client.tag_resource(resourceArn=arn, tags={"team": "imaging"}),
        lambda: client.untag_resource(resourceArn=arn, tagKeys=["team"]),
        lambda: batch_mock.run_until(job_id, "RUNNING"),
        lambda: client.terminate_job(jobId=job_id, reason="enough"),
        batch_mock.run,
    ):
        change()
        before, job = job, client.describe_jobs(jobs=[job_id])["jobs"][0]
        assert job != before
    assert looks == [job_id] * 6


def test_the_children_of_an_array_have_moved(batch_mock: BatchMock) -> None:
    """The counts of an array job are up to date after each move of a child."""
    batch_mock.provision(job_queue="queue", job_definition="definition")
    client = boto3.client("batch")
    job_id = submit(client, arrayProperties={"size": 2})
    seen = []
    while batch_mock.step():
        [job] = client.describe_jobs(jobs=[job_id])["jobs"]
        seen.append(job["arrayProperties"]["statusSummary"])
    assert seen[-1] == {**dict.fromkeys(seen[-1], 0), "SUCCEEDED": 2}
    assert len({tuple(summary.items()) for summary in seen}) > 4


def test_a_job_with_several_containers(batch_mock: BatchMock, looks: list[str]) -> None:
    """The details of tasks of several containers are built anew after any change."""
    batch_mock.provision(job_queue="queue", job_definition="plain")
    client = boto3.client("batch")
    container = {"image": "busybox", "resourceRequirements": requirements(1, 128)}
    client.register_job_definition(
        jobDefinitionName="definition",
        type="container",
        ecsProperties={"taskProperties": [{"containers": [container]}]},
    )
    job_id = submit(client)
    client.describe_jobs(jobs=[job_id])
    submit(client)
    client.describe_jobs(jobs=[job_id])
    assert looks == [job_id, job_id]


def test_answers_share_nothing(batch_mock: BatchMock) -> None:
    """Changes that the caller makes to a reply do not appear in the next one."""
    batch_mock.provision(job_queue="queue", job_definition="definition")
    client = boto3.client("batch")
    job_id = submit(client)
    client.describe_jobs(jobs=[job_id])["jobs"][0]["container"]["command"].append("mine")
    client.describe_jobs(jobs=[job_id])["jobs"].clear()
    [job] = client.describe_jobs(jobs=[job_id])["jobs"]
    assert "mine" not in job["container"]["command"]


def test_each_is_noted(batch_mock: BatchMock) -> None:
    """Each call is recorded separately and has its own request id."""
    batch_mock.provision(job_queue="queue", job_definition="definition")
    client = boto3.client("batch")
    job_id = submit(client)
    replies = [client.describe_jobs(jobs=[job_id]) for _ in range(3)]
    ids = [reply.pop("ResponseMetadata")["RequestId"] for reply in replies]
    calls = batch_mock.calls.of("DescribeJobs")
    assert [call.response for call in calls] == replies
    assert [call.request_id for call in calls] == ids
    assert len(set(ids)) == 3


CHANGES: dict[str, Callable[[BatchMock, Any, str], object]] = {
    "a step": lambda mock, client, job_id: mock.tick(1),
    "cancelled": lambda mock, client, job_id: client.cancel_job(jobId=job_id, reason="me"),
    "terminated": lambda mock, client, job_id: client.terminate_job(jobId=job_id, reason="me"),
    "tagged": lambda mock, client, job_id: client.tag_resource(
        resourceArn=client.describe_jobs(jobs=[job_id])["jobs"][0]["jobArn"], tags={"a": "b"}
    ),
    "over": lambda mock, client, job_id: mock.run(),
    "over and forgotten": lambda mock, client, job_id: mock.tick(10 * 86400),
    "begun anew": lambda mock, client, job_id: mock.reset(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_something_has_happened(change: str) -> None:
    """A change of state is visible in the next reply."""
    with provisioned_mock() as (mock, client):
        job_id = submit(client)
        before = client.describe_jobs(jobs=[job_id])["jobs"]
        CHANGES[change](mock, client, job_id)
        assert client.describe_jobs(jobs=[job_id])["jobs"] != before


def test_list_grows() -> None:
    """ListJobs includes jobs that were submitted since the previous call."""
    with provisioned_mock() as (_, client):
        seen = []
        for name in ("a", "b", "c"):
            client.submit_job(jobName=name, jobQueue="queue", jobDefinition="definition")
            seen.append(
                len(client.list_jobs(jobQueue="queue", jobStatus="SUBMITTED")["jobSummaryList"])
            )
        assert seen == [1, 2, 3]


def test_asked_on_the_way() -> None:
    """A job's function sees its own job as RUNNING, and that reply is not cached."""
    with provisioned_mock() as (mock, client):
        statuses: list[str] = []

        def look(context: CallContext) -> None:
            [job] = client.describe_jobs(jobs=[context.job_id])["jobs"]
            statuses.append(job["status"])

        mock.subscribe(lambda event: look_at(event["detail"]["jobId"]))

        def look_at(job_id: str) -> None:
            [job] = client.describe_jobs(jobs=[job_id])["jobs"]
            statuses.append(job["status"])

        mock.script("*", call(look))
        job_id = submit(client)
        mock.run()
        look_at(job_id)
        assert statuses == ["RUNNABLE", "STARTING", "RUNNING", "RUNNING", "SUCCEEDED", "SUCCEEDED"]


def test_visibility_lag() -> None:
    """A job becomes visible after the visibility lag even if nothing else happens."""
    with mock_batch(region="us-east-1", visibility_lag=10) as mock:
        mock.provision(job_queue="queue", job_definition="definition")
        client = boto3.client("batch")
        mock.hold("*", at="SUBMITTED")
        job_id = client.submit_job(jobName="a", jobQueue="queue", jobDefinition="definition")[
            "jobId"
        ]
        mock.tick(5)
        assert client.describe_jobs(jobs=[job_id])["jobs"] == []
        mock.tick(5)
        assert len(client.describe_jobs(jobs=[job_id])["jobs"]) == 1


def test_regions_are_asked_apart(batch_mock: BatchMock) -> None:
    """The same call in another region has its own cached reply."""
    batch_mock.provision(job_queue="queue", job_definition="definition")
    here, there = (boto3.client("batch", region_name=name) for name in ("us-east-1", "eu-west-1"))
    job_id = submit(here)
    found = [len(client.describe_jobs(jobs=[job_id])["jobs"]) for client in (here, there, here)]
    assert found == [1, 0, 1]


def test_blocked_queue_shows(batch_mock: BatchMock) -> None:
    """The reason of a blocked queue appears once it is found, although the job does not move."""
    batch_mock.provision(job_queue="queue", job_definition="definition", max_vcpus=1, vcpus=2)
    client = boto3.client("batch")
    job_id = submit(client)
    reasons = []
    for _ in range(4):
        batch_mock.tick(90)
        reasons.append(client.describe_jobs(jobs=[job_id])["jobs"][0].get("statusReason"))
    assert reasons[0] is None
    assert reasons[-1] is not None


def test_many_questions(
    batch_mock: BatchMock, looks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """More distinct calls than the cache holds are all answered correctly."""
    monkeypatch.setattr(answers, "_MOST_KEPT", 2)
    batch_mock.provision(job_queue="queue", job_definition="definition")
    client = boto3.client("batch")
    ids = [submit(client) for _ in range(3)]
    for job_id in ids * 2:
        assert described(client, job_id)["jobId"] == job_id
    assert len(looks) > len(ids)
