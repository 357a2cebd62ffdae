from __future__ import annotations

from typing import Any

import boto3
import pytest

from batchmock import hang, mock_batch, succeed

from ...builders import needs_todays_model
from ..service_requests import (
    ARN,
    G5,
    M5,
    create_environment,
    create_queue,
    create_quota_queue,
    create_share,
    described,
    limits,
    names,
    payload,
    refusal,
    status,
    submit,
)

pytestmark = needs_todays_model
CROSS_SHARE = "Cross-share preemption triggered to reclaim borrowed capacity"
IN_SHARE = "In-share preemption triggered to run a job of higher priority"


@pytest.fixture
def quota_client(client: Any) -> Any:
    """A client with a quota-managed queue on four ml.m5.large instances."""
    create_quota_queue(client, m5=4)
    return client


def submit_to(client: Any, share: str, name: str = "train", instances: int = 1, **more: Any) -> str:
    """Submit a service job to a quota share and return its id."""
    return submit(client, name, instances, quotaShareName=share, **more)


def statuses(client: Any, *job_ids: str) -> list[str]:
    """Return the statuses of service jobs."""
    return [status(client, job_id) for job_id in job_ids]


def test_describe_and_list(quota_client: Any) -> None:
    """A listed share has no tags and borrows without limit by default."""
    client = quota_client
    arn = create_share(client, "a", m5=2)
    create_share(client, "b", "RESERVE", in_share=True, m5=1)
    assert arn == ARN + "job-queue/queue/quota-share/a"
    detail = client.describe_quota_share(quotaShareArn=arn)
    del detail["ResponseMetadata"]
    assert detail == {
        "quotaShareName": "a",
        "quotaShareArn": arn,
        "jobQueueArn": ARN + "job-queue/queue",
        "capacityLimits": [{"maxCapacity": 2, "capacityUnit": M5}],
        "resourceSharingConfiguration": {"strategy": "LEND_AND_BORROW", "borrowLimit": -1},
        "preemptionConfiguration": {"inSharePreemption": "DISABLED"},
        "state": "ENABLED",
        "status": "VALID",
        "tags": {},
    }
    del detail["tags"]
    listed = client.list_quota_shares(jobQueue="queue")["quotaShares"]
    assert [share["quotaShareName"] for share in listed] == ["a", "b"]
    assert listed[0] == detail
    assert listed[1]["resourceSharingConfiguration"] == {"strategy": "RESERVE"}
    pages = client.get_paginator("list_quota_shares").paginate(
        jobQueue="queue", PaginationConfig={"PageSize": 1}
    )
    assert [len(page["quotaShares"]) for page in pages] == [1, 1]


def test_status_takes_its_time() -> None:
    """CREATING, UPDATING and DELETING last `resource_seconds`, and no change is accepted meanwhile."""
    with mock_batch(region="us-east-1", resource_seconds=5) as mock:
        mock.provision_service_jobs("queue", instance_type=M5, quota_shares={"other": 1})
        client = boto3.client("batch")
        client.update_job_queue(jobQueue="queue", priority=2)
        request = {
            "quotaShareName": "a",
            "jobQueue": "queue",
            "capacityLimits": limits(m5=1),
            "resourceSharingConfiguration": {"strategy": "LEND"},
            "preemptionConfiguration": {"inSharePreemption": "DISABLED"},
        }
        busy = f"JobQueue {ARN}job-queue/queue is not in VALID status."
        assert refusal(client, "create_quota_share", **request) == busy
        mock.tick(5)
        arn = create_share(client, "a", m5=1)
        assert client.describe_quota_share(quotaShareArn=arn)["status"] == "CREATING"
        busy = "Cannot update, resource is being modified."
        assert refusal(client, "update_quota_share", quotaShareArn=arn, state="DISABLED") == busy
        mock.tick(5)
        client.update_quota_share(quotaShareArn=arn, state="DISABLED")
        mock.tick(5)
        client.delete_quota_share(quotaShareArn=arn)
        assert client.describe_quota_share(quotaShareArn=arn)["status"] == "DELETING"
        mock.tick(5)
        assert len(client.list_quota_shares(jobQueue="queue")["quotaShares"]) == 1


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"jobQueue": "none"}, "JobQueue none not found."),
        ({"jobQueue": "plain"},
         f"JobQueue {ARN}job-queue/plain does not have a scheduling policy with quotaSharePolicy."),
        ({"quotaShareName": "taken"}, "Object already exists."),
    ],
)  # fmt: skip
def test_refused_shares(quota_client: Any, members: dict[str, Any], text: str) -> None:
    """Each refusal has its reason, and nothing is created."""
    client = quota_client
    create_share(client, "taken", m5=1)
    create_environment(client, "counting")
    create_queue(client, "plain", "counting")
    request = {
        "quotaShareName": "a",
        "jobQueue": "queue",
        "capacityLimits": limits(m5=1),
        "resourceSharingConfiguration": {"strategy": "LEND"},
        "preemptionConfiguration": {"inSharePreemption": "DISABLED"},
    }
    assert refusal(client, "create_quota_share", **(request | members)) == text
    assert len(client.list_quota_shares(jobQueue="queue")["quotaShares"]) == 1


def test_no_more_than_twenty(quota_client: Any) -> None:
    """A queue has at most 20 quota shares."""
    for index in range(20):
        create_share(quota_client, f"share-{index}", m5=1)
    message = refusal(
        quota_client,
        "create_quota_share",
        quotaShareName="one-more",
        jobQueue="queue",
        capacityLimits=limits(m5=1),
        resourceSharingConfiguration={"strategy": "LEND"},
        preemptionConfiguration={"inSharePreemption": "DISABLED"},
    )
    assert message == "The limit of 20 quota shares for a job queue has been reached."


def test_unknown_share(quota_client: Any) -> None:
    """Requests about an unknown share are refused, and so is a list of an unknown queue."""
    arn = ARN + "job-queue/queue/quota-share/none"
    for operation in ("describe_quota_share", "update_quota_share", "delete_quota_share"):
        assert refusal(quota_client, operation, quotaShareArn=arn) == f"{arn} does not exist"
    assert refusal(quota_client, "list_quota_shares", jobQueue="x") == "JobQueue x not found."


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "quotaShareName must be specified."),
        ("none", "QuotaShare none not found."),
        ("off", f"QuotaShare {ARN}job-queue/queue/quota-share/off is not in ENABLED state."),
    ],
)
def test_a_job_needs_a_share(quota_client: Any, share: str | None, text: str) -> None:
    """A service job must name an existing and ENABLED quota share."""
    arn = create_share(quota_client, "off", m5=1)
    quota_client.update_quota_share(quotaShareArn=arn, state="DISABLED")
    message = refusal(
        quota_client,
        "submit_service_job",
        jobName="train",
        jobQueue="queue",
        serviceJobType="SAGEMAKER_TRAINING",
        serviceRequestPayload=payload(),
        **({"quotaShareName": share} if share else {}),
    )
    assert message == text


def test_reserved_capacity_stays_idle(batch_mock: Any, quota_client: Any) -> None:
    """Shares borrow from a share that lends but not from one that reserves."""
    create_share(quota_client, "reserves", "RESERVE", m5=2)
    create_share(quota_client, "lends", "LEND", m5=1)
    create_share(quota_client, "borrows", m5=1)
    batch_mock.script(hang())
    jobs = [submit_to(quota_client, "borrows") for _ in range(3)]
    batch_mock.run()
    assert statuses(quota_client, *jobs) == ["RUNNING", "RUNNING", "RUNNABLE"]


def test_reserved_capacity_makes_up_for_none_that_was_lent(
    batch_mock: Any, quota_client: Any
) -> None:
    """An owner reclaims the capacity that it lent, but not capacity that another reserves."""
    create_share(quota_client, "reserves", "RESERVE", m5=1)
    create_share(quota_client, "lends", "LEND", m5=1)
    create_share(quota_client, "borrows", m5=2)
    batch_mock.script(hang())
    borrowed = [submit_to(quota_client, "borrows") for _ in range(3)]
    batch_mock.run()
    assert statuses(quota_client, *borrowed) == ["RUNNING"] * 3
    own = submit_to(quota_client, "lends")
    batch_mock.run()
    assert statuses(quota_client, own, *borrowed) == ["RUNNING", "RUNNING", "RUNNING", "RUNNABLE"]
    reserved = submit_to(quota_client, "reserves")
    batch_mock.run()
    assert statuses(quota_client, reserved, own) == ["RUNNING", "RUNNING"]


def test_more_claims_than_there_is(batch_mock: Any, quota_client: Any) -> None:
    """If demands exceed the capacity, the first job within its own share starts."""
    create_share(quota_client, "reserves", "RESERVE", m5=3)
    create_share(quota_client, "lends", "LEND", m5=3)
    batch_mock.script(hang())
    jobs = [submit_to(quota_client, "lends") for _ in range(3)]
    batch_mock.run()
    assert statuses(quota_client, *jobs) == ["RUNNING"] * 3


@pytest.mark.parametrize("strategy", ["RESERVE", "LEND"])
def test_a_share_that_does_not_borrow_stays_within_its_quota(
    batch_mock: Any, quota_client: Any, strategy: str
) -> None:
    """A share cannot exceed its limits, however much capacity is idle."""
    create_share(quota_client, "a", strategy, m5=1)
    create_share(quota_client, "b", m5=3)
    batch_mock.script(hang())
    jobs = [submit_to(quota_client, "a") for _ in range(2)]
    batch_mock.run()
    assert statuses(quota_client, *jobs) == ["RUNNING", "RUNNABLE"]


def test_borrow_limit_is_a_percentage(batch_mock: Any, quota_client: Any) -> None:
    """The borrow limit is a percentage of the share's own limits: 100 percent of one is one more."""
    create_share(quota_client, "a", borrow_limit=100, m5=1)
    create_share(quota_client, "b", m5=3)
    batch_mock.script(hang())
    jobs = [submit_to(quota_client, "a") for _ in range(3)]
    batch_mock.run()
    assert statuses(quota_client, *jobs) == ["RUNNING", "RUNNING", "RUNNABLE"]


@pytest.mark.parametrize(
    ("strategy", "borrow_limit", "instances", "sentence"),
    [
        ("LEND", None, 3, "Job requirements exceed quota share capacity limits."),
        ("LEND_AND_BORROW", 50, 4,
         "Job requirements exceed quota share capacity limits and borrow limits."),
        ("LEND_AND_BORROW", 200, 4,
         "Job requires borrowing that exceeds all configured borrowable capacity."),
        ("LEND_AND_BORROW", 50, 3, None),
    ],
)  # fmt: skip
def test_a_job_too_large_for_its_share(
    batch_mock: Any,
    quota_client: Any,
    strategy: str,
    borrow_limit: int | None,
    instances: int,
    sentence: str | None,
) -> None:
    """The job's status reason names the limit that it exceeds (guide, "Jobs stuck in RUNNABLE")."""
    create_share(quota_client, "a", strategy, borrow_limit=borrow_limit, m5=2)
    create_share(quota_client, "lender", "LEND", m5=1)
    create_share(quota_client, "miser", "RESERVE", m5=1)
    job_id = submit_to(quota_client, "a", instances=instances)
    batch_mock.run()
    job = described(quota_client, job_id)
    if sentence is None:
        assert job["status"] == "SUCCEEDED"
    else:
        assert job["status"] == "RUNNABLE"
        assert (
            job["statusReason"] == f"MISCONFIGURATION:QUOTA_MANAGEMENT_LIMIT_EXCEEDED - {sentence}"
        )


def test_borrows_no_more_than_others_lend(batch_mock: Any, quota_client: Any) -> None:
    """An unlimited borrower uses its own instance and the lender's, and two unassigned ones stay idle."""
    create_share(quota_client, "a", m5=1)
    create_share(quota_client, "lender", "LEND", m5=1)
    batch_mock.script(hang())
    jobs = [submit_to(quota_client, "a") for _ in range(3)]
    batch_mock.run()
    assert statuses(quota_client, *jobs) == ["RUNNING", "RUNNING", "RUNNABLE"]


def test_two_borrowers_share_what_is_lent(batch_mock: Any, quota_client: Any) -> None:
    """Capacity borrowed by one share is not lent to another, though more of the environment is idle."""
    for name in ("a", "b"):
        create_share(quota_client, name, m5=1)
    create_share(quota_client, "lender", "LEND", m5=1)
    batch_mock.script(hang())
    jobs = [submit_to(quota_client, name) for name in ("a", "a", "b", "b")]
    batch_mock.run()
    assert statuses(quota_client, *jobs) == ["RUNNING", "RUNNING", "RUNNING", "RUNNABLE"]


def test_lent_capacity_is_reclaimed(batch_mock: Any, quota_client: Any) -> None:
    """The owner's job preempts the borrower's latest job, which waits again and keeps its attempt."""
    create_share(quota_client, "owner", m5=2)
    create_share(quota_client, "borrower", m5=2)
    batch_mock.script(hang())
    borrowed = []
    for _ in range(4):
        borrowed.append(submit_to(quota_client, "borrower", retryStrategy={"attempts": 1}))
        batch_mock.tick(10)
    own = submit_to(quota_client, "owner")
    batch_mock.run_until(own, "RUNNING")
    assert statuses(quota_client, *borrowed) == ["RUNNING", "RUNNING", "RUNNING", "RUNNABLE"]
    job = described(quota_client, borrowed[3])
    assert [attempt["statusReason"] for attempt in job["attempts"]] == [CROSS_SHARE]
    assert job["preemptionSummary"] == {
        "preemptedAttemptCount": 1,
        "recentPreemptedAttempts": job["attempts"],
    }
    assert "startedAt" not in job
    assert f"ended ({CROSS_SHARE}). It was retried" in batch_mock.service_job(borrowed[3]).explain()
    quota_client.terminate_service_job(jobId=own, reason="done")
    batch_mock.run_until(borrowed[3], "RUNNING")


def test_lowest_priority_goes_first(batch_mock: Any, quota_client: Any) -> None:
    """Of the borrower's jobs, the one of lowest priority is preempted, also after an update."""
    create_share(quota_client, "owner", m5=2)
    create_share(quota_client, "borrower", m5=2)
    batch_mock.script(hang())
    jobs = [submit_to(quota_client, "borrower", schedulingPriority=5) for _ in range(4)]
    batch_mock.run()
    quota_client.update_service_job(jobId=jobs[1], schedulingPriority=1)
    own = submit_to(quota_client, "owner")
    batch_mock.run_until(own, "RUNNING")
    assert statuses(quota_client, *jobs) == ["RUNNING", "RUNNABLE", "RUNNING", "RUNNING"]


@pytest.mark.parametrize(("retries", "count"), [(0, 1), (1, 2)])
def test_preempted_too_often(batch_mock: Any, quota_client: Any, retries: int, count: int) -> None:
    """A job preempted more often than preemptionRetriesBeforeTermination is FAILED."""
    create_share(quota_client, "owner", m5=4)
    create_share(quota_client, "borrower", borrow_limit=300, m5=1)
    batch_mock.script("borrower", hang())
    batch_mock.script("owner", succeed(after=10))
    job_id = submit_to(
        quota_client,
        "borrower",
        "borrower",
        instances=2,
        preemptionConfiguration={"preemptionRetriesBeforeTermination": retries},
    )
    for _ in range(count):
        batch_mock.run_until(job_id, "RUNNING")
        submit_to(quota_client, "owner", "owner", instances=3)
        batch_mock.tick(5)
    job = described(quota_client, job_id)
    assert (job["status"], job["statusReason"]) == ("FAILED", CROSS_SHARE)
    assert job["preemptionSummary"]["preemptedAttemptCount"] == count
    assert job["preemptionConfiguration"] == {"preemptionRetriesBeforeTermination": retries}


@pytest.mark.parametrize("in_share", [True, False])
def test_in_share_preemption(batch_mock: Any, quota_client: Any, in_share: bool) -> None:
    """If enabled, a job of higher priority preempts one of lower priority in its own share."""
    create_share(quota_client, "a", "RESERVE", in_share=in_share, m5=2)
    batch_mock.script(hang())
    low = submit_to(quota_client, "a", schedulingPriority=1)
    same = submit_to(quota_client, "a", schedulingPriority=5)
    batch_mock.run()
    high = submit_to(quota_client, "a", schedulingPriority=5)
    batch_mock.run()
    expected = (
        ["RUNNABLE", "RUNNING", "RUNNING"] if in_share else ["RUNNING", "RUNNING", "RUNNABLE"]
    )
    assert statuses(quota_client, low, same, high) == expected
    attempts = described(quota_client, low)["attempts"]
    assert [attempt["statusReason"] for attempt in attempts] == [IN_SHARE] * in_share


def test_nothing_is_preempted_in_vain(batch_mock: Any, quota_client: Any) -> None:
    """Borrowers continue when preempting them would not make enough room."""
    create_share(quota_client, "owner", m5=2)
    create_share(quota_client, "reserves", "RESERVE", m5=1)
    create_share(quota_client, "borrower", m5=1)
    batch_mock.script(hang())
    owners = submit_to(quota_client, "owner")
    batch_mock.run()
    borrowed = [submit_to(quota_client, "borrower") for _ in range(2)]
    batch_mock.run()
    too_large = submit_to(quota_client, "owner", instances=2)
    batch_mock.run()
    assert statuses(quota_client, owners, *borrowed, too_large) == ["RUNNING"] * 3 + ["RUNNABLE"]


def test_while_it_is_being_preempted() -> None:
    """Stopping a training job takes `stop_grace_seconds`, during which it has the preemption reason."""
    with mock_batch(region="us-east-1", stop_grace_seconds=30) as mock:
        mock.provision_service_jobs(
            "queue", max_instances=2, instance_type=M5, quota_shares={"owner": 1, "borrower": 1}
        )
        client = boto3.client("batch")
        told: list[str] = []
        listeners = mock._simulation.service_jobs.preempting_listeners
        listeners.append(lambda job, reason: told.append(reason))
        mock.script(hang())
        jobs = [submit_to(client, "borrower") for _ in range(2)]
        mock.run()
        own = submit_to(client, "owner")
        mock.tick(10)
        reason = f"PREEMPTION_IN_PROGRESS: {CROSS_SHARE}"
        shown = described(client, jobs[1])
        assert (shown["status"], shown["statusReason"]) == ("RUNNING", reason)
        assert told == [reason]
        assert "It is being preempted" in mock.service_job(jobs[1]).explain()
        mock.tick(30)
        assert statuses(client, jobs[1], own) == ["RUNNABLE", "RUNNING"]
        assert told == [reason]


def test_lowered_limits_make_borrowers(batch_mock: Any, quota_client: Any) -> None:
    """A share above its lowered limits can be preempted for another's quota."""
    arn = create_share(quota_client, "a", "RESERVE", m5=4)
    create_share(quota_client, "b", m5=2)
    batch_mock.script(hang())
    jobs = [submit_to(quota_client, "a") for _ in range(4)]
    waiting = submit_to(quota_client, "b")
    batch_mock.run()
    assert status(quota_client, waiting) == "RUNNABLE"
    quota_client.update_quota_share(quotaShareArn=arn, capacityLimits=limits(m5=2))
    batch_mock.run()
    assert statuses(quota_client, *jobs, waiting) == ["RUNNING"] * 3 + ["RUNNABLE", "RUNNING"]


def test_units_are_shared_out_one_by_one(batch_mock: Any, client: Any) -> None:
    """A share has limits for each instance type, and gets no instance of a type without a limit."""
    create_quota_queue(client, m5=2, g5=1)
    create_share(client, "a", m5=1)
    batch_mock.script(hang())
    one = submit_to(client, "a")
    other = submit_to(client, "a", serviceRequestPayload=payload((G5, 1)))
    batch_mock.tick(10)
    assert statuses(client, one, other) == ["RUNNING", "RUNNABLE"]


def test_delete_ends_its_jobs(batch_mock: Any, quota_client: Any) -> None:
    """Only a DISABLED share can be deleted: its jobs are FAILED, and those of other shares continue."""
    arn = create_share(quota_client, "a", m5=4)
    create_share(quota_client, "b", m5=4)
    batch_mock.script(hang())
    running = submit_to(quota_client, "a", instances=4)
    waiting = submit_to(quota_client, "a")
    other = submit_to(quota_client, "b")
    batch_mock.tick(3)
    assert (
        refusal(quota_client, "delete_quota_share", quotaShareArn=arn)
        == "Cannot delete, resource is not in DISABLED state."
    )
    quota_client.update_quota_share(quotaShareArn=arn, state="DISABLED")
    quota_client.delete_quota_share(quotaShareArn=arn)
    for job_id in (running, waiting):
        job = described(quota_client, job_id)
        assert (job["status"], job["statusReason"]) == ("FAILED", "QuotaShare deleted")
    assert refusal(quota_client, "list_tags_for_resource", resourceArn=arn)
    batch_mock.run()
    assert status(quota_client, other) == "RUNNING"


def test_a_deleted_queue_takes_its_shares_along(quota_client: Any) -> None:
    """Quota shares and their tags are deleted with their queue."""
    arn = create_share(quota_client, "a", m5=1)
    quota_client.update_job_queue(jobQueue="queue", state="DISABLED")
    quota_client.delete_job_queue(jobQueue="queue")
    text = f"{arn} does not exist"
    assert refusal(quota_client, "describe_quota_share", quotaShareArn=arn) == text
    assert refusal(quota_client, "list_tags_for_resource", resourceArn=arn) == text


def test_list_by_share(batch_mock: Any, quota_client: Any) -> None:
    """The filter QUOTA_SHARE_NAME can be combined with a status."""
    for share in ("a", "b"):
        create_share(quota_client, share, m5=1)
        submit_to(quota_client, share, f"of-{share}")
    batch_mock.tick(4)
    filters = [{"name": "QUOTA_SHARE_NAME", "values": ["b"]}]
    assert names(quota_client, filters=filters) == ["of-b"]
    assert names(quota_client, filters=filters, jobStatus="RUNNING") == ["of-b"]
    assert names(quota_client, filters=filters, jobStatus="FAILED") == []
