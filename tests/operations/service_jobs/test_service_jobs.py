from __future__ import annotations

import json
import sys
from typing import Any

import boto3
import pytest

from batchmock import (
    BatchMockError,
    CallContext,
    Policies,
    StuckError,
    UnknownJobError,
    call,
    cannot_pull_image,
    cannot_start,
    fail,
    hang,
    mock_batch,
    no_service_capacity,
    reclaim_spot,
    succeed,
)

from ...builders import needs_todays_model
from ..service_requests import (
    ARN,
    COMPLETED,
    FAILED_WITH_1,
    G5,
    M5,
    NO_CAPACITY,
    START_MS,
    create_environment,
    create_queue,
    described,
    limits,
    names,
    payload,
    refusal,
    status,
    submit,
    wrapped,
)

pytestmark = needs_todays_model
SAGEMAKER = "SAGEMAKER_TRAINING"
UNKNOWN = "0b6f2d6e-5a55-4a8f-9d5e-7f2f0f6f0a01"


@pytest.fixture(autouse=True)
def _provisioned(batch_mock: Any) -> None:
    """A queue of service jobs for up to two instances."""
    batch_mock.provision_service_jobs(job_queue="queue", max_instances=2)


def statuses(batch_mock: Any, job_id: str) -> list[str]:
    """Return the statuses of a service job so far."""
    return [move.to_status for move in batch_mock.service_job(job_id).history]


def test_life_of_a_service_job(batch_mock: Any, client: Any) -> None:
    """SCHEDULED lies between RUNNABLE and STARTING, and each stage takes a second."""
    job_id = submit(client, tags={"team": "a"}, timeoutConfig={"attemptDurationSeconds": 60})
    batch_mock.run()
    arn = (
        "arn:aws:sagemaker:us-east-1:123456789012:training-job/"
        + batch_mock.service_job(job_id).attempts[0].training_job_name
    )
    assert arn.rpartition("/")[2].startswith("AWSBatchmodel")
    assert described(client, job_id) == {
        "jobArn": ARN + "service-job/" + job_id,
        "jobId": job_id,
        "jobName": "train",
        "jobQueue": ARN + "job-queue/queue",
        "serviceJobType": SAGEMAKER,
        "serviceRequestPayload": payload(),
        "createdAt": START_MS,
        "scheduledAt": START_MS + 2000,
        "startedAt": START_MS + 4000,
        "stoppedAt": START_MS + 5000,
        "status": "SUCCEEDED",
        "statusReason": COMPLETED,
        "capacityUsage": [{"capacityUnit": "NUM_INSTANCES", "quantity": 1.0}],
        "latestAttempt": {"serviceResourceId": {"name": "TrainingJobArn", "value": arn}},
        "attempts": [
            {
                "serviceResourceId": {"name": "TrainingJobArn", "value": arn},
                "startedAt": START_MS + 4000,
                "stoppedAt": START_MS + 5000,
                "statusReason": COMPLETED,
            }
        ],
        "timeoutConfig": {"attemptDurationSeconds": 60},
        "tags": {"team": "a"},
    }
    assert statuses(batch_mock, job_id) == [
        "RUNNABLE",
        "SCHEDULED",
        "STARTING",
        "RUNNING",
        "SUCCEEDED",
    ]


def test_stages_are_scripted(batch_mock: Any, client: Any) -> None:
    """`runnable`, `scheduled`, `starting` and `after` are the seconds in each stage."""
    batch_mock.script("train", succeed(after=40, runnable=10, scheduled=20, starting=30))
    job_id = submit(client)
    batch_mock.run()
    moved = [(move.at_ms - START_MS) / 1000 for move in batch_mock.service_job(job_id).history]
    assert moved == [1, 11, 31, 61, 101]


def test_a_failed_attempt_is_retried(batch_mock: Any, client: Any) -> None:
    """The outcome of the first attempt does not apply to the second."""
    batch_mock.script("train-*", fail(), succeed(after=30))
    job_id = submit(client, "train-1", retryStrategy={"attempts": 2})
    batch_mock.run()
    job = described(client, job_id)
    assert [attempt["statusReason"] for attempt in job["attempts"]] == [FAILED_WITH_1, COMPLETED]
    assert (job["status"], job["statusReason"]) == ("SUCCEEDED", COMPLETED)
    assert job["retryStrategy"] == {"attempts": 2, "evaluateOnExit": []}


@pytest.mark.parametrize(
    ("status_reason", "attempts"),
    [("InternalServerError: try again", 3), ("ValidationException: no", 1)],
)
def test_rules_look_at_the_status_reason(
    batch_mock: Any, client: Any, status_reason: str, attempts: int
) -> None:
    """The reason of a script gets the service's prefix, and rules match the whole text."""
    batch_mock.script(fail(status_reason=status_reason))
    rules = [
        {"action": "RETRY", "onStatusReason": "Received status from SageMaker: Internal*"},
        {"action": "EXIT", "onStatusReason": "*"},
    ]
    job_id = submit(client, retryStrategy={"attempts": 3, "evaluateOnExit": rules})
    batch_mock.run()
    job = described(client, job_id)
    assert job["statusReason"] == "Received status from SageMaker: " + status_reason
    assert len(job["attempts"]) == attempts
    assert job["retryStrategy"]["evaluateOnExit"] == rules


def test_cannot_start(batch_mock: Any, client: Any) -> None:
    """An attempt that fails in STARTING has no start time."""
    batch_mock.script(cannot_start("ClientError: no such bucket"))
    job_id = submit(client)
    batch_mock.run()
    job = described(client, job_id)
    assert job["statusReason"] == "Received status from SageMaker: ClientError: no such bucket"
    assert "startedAt" not in job["attempts"][0]
    assert statuses(batch_mock, job_id)[-2:] == ["STARTING", "FAILED"]


def test_missing_capacity_uses_no_attempt(batch_mock: Any, client: Any) -> None:
    """An attempt without SageMaker capacity goes back to RUNNABLE and continues with a new training job."""
    batch_mock.script("train", no_service_capacity(), no_service_capacity(), succeed())
    job_id = submit(client)
    batch_mock.run_until(job_id, "SCHEDULED")
    first = described(client, job_id)["latestAttempt"]
    batch_mock.run_until(job_id, "RUNNABLE")
    waiting = described(client, job_id)
    assert waiting["statusReason"] == NO_CAPACITY
    assert (waiting["attempts"], waiting["latestAttempt"]) == ([], first)
    batch_mock.run()
    job = described(client, job_id)
    assert (job["status"], len(job["attempts"])) == ("SUCCEEDED", 1)
    assert job["latestAttempt"] != first
    assert "SageMaker had no capacity for it 2 times" in batch_mock.service_job(job_id).explain()


def test_no_capacity_for_ever_is_refused(batch_mock: Any) -> None:
    """A script cannot end with an outcome that would repeat forever."""
    with pytest.raises(BatchMockError) as caught:
        batch_mock.script("train", no_service_capacity())
    assert str(caught.value) == (
        "batchmock: script('train') ends with no_service_capacity(), so the job would be tried again "
        "forever. Add the outcome of the next try after it, or keep the job with "
        'hold("train-*", at="SCHEDULED").'
    )


@pytest.mark.parametrize("outcome", [cannot_pull_image(), reclaim_spot()])
def test_outcomes_of_containers_are_refused(batch_mock: Any, client: Any, outcome: Any) -> None:
    """The mismatch is reported once, and the job continues as unscripted."""
    batch_mock.script("train", outcome)
    job_id = submit(client)
    with pytest.raises(BatchMockError, match="happens to containers of Amazon ECS"):
        batch_mock.run()
    batch_mock.run()
    assert status(client, job_id) == "SUCCEEDED"


def test_missing_service_capacity_is_refused_for_jobs(batch_mock: Any, client: Any) -> None:
    """A job that runs in a container is never SCHEDULED."""
    batch_mock.provision()
    batch_mock.script("job", no_service_capacity(), succeed())
    job_id = client.submit_job(jobName="job", jobQueue="job-queue", jobDefinition="job-definition")[
        "jobId"
    ]
    with pytest.raises(BatchMockError, match="no_service_capacity"):
        batch_mock.run()
    batch_mock.run()
    assert batch_mock.job(job_id).status == "SUCCEEDED"


def test_call_runs_a_function(batch_mock: Any, client: Any) -> None:
    """A function gets the payload's command, environment and hyperparameters."""
    seen: list[CallContext] = []

    def train(context: CallContext) -> None:
        seen.append(context)
        sys.stdout.write("loss 0.1\n")

    batch_mock.script("train", call(train))
    job_id = submit(
        client,
        serviceRequestPayload=payload(
            Environment={"A": "1"},
            HyperParameters={"rate": "0.1"},
            AlgorithmSpecification={
                "ContainerEntrypoint": ["python"],
                "ContainerArguments": ["train.py"],
            },
        ),
    )
    batch_mock.run()
    assert seen[0].command == ["python", "train.py"]
    assert seen[0].parameters == {"rate": "0.1"}
    training_job = batch_mock.service_job(job_id).attempts[0].training_job_name
    assert seen[0].environment == {"A": "1", "TRAINING_JOB_NAME": training_job}
    assert batch_mock.logs(job_id) == ["loss 0.1"]


def test_timeout(batch_mock: Any, client: Any) -> None:
    """An attempt that exceeds its timeout is stopped and not retried."""
    batch_mock.script("train", hang())
    job_id = submit(
        client,
        timeoutConfig={"attemptDurationSeconds": 60},
        retryStrategy={"attempts": 3},
    )
    batch_mock.run_until(job_id, "RUNNING")
    batch_mock.tick(60)
    job = described(client, job_id)
    assert job["statusReason"] == "Job attempt duration exceeded timeout"
    assert (job["status"], len(job["attempts"])) == ("FAILED", 1)


@pytest.mark.parametrize(("stops_after", "seconds"), [(None, 120), (5, 5), (600, 120)])
@pytest.mark.parametrize("by_request", [True, False])
def test_how_long_a_stop_takes(stops_after: Any, seconds: int, by_request: bool) -> None:
    """A service job that is stopped takes as long as scripted, within the grace, and is FAILED."""
    with mock_batch(region="us-east-1", stop_grace_seconds=120) as batch_mock:
        batch_mock.provision_service_jobs(job_queue="queue")
        client = boto3.client("batch")
        batch_mock.script("train", hang(on_sigterm=0, stops_after=stops_after))
        job_id = submit(client, timeoutConfig={"attemptDurationSeconds": 60})
        batch_mock.run_until(job_id, "RUNNING")
        if by_request:
            client.terminate_service_job(jobId=job_id, reason="enough")
        batch_mock.run()
        job = described(client, job_id)
    assert job["status"] == "FAILED"
    assert job["stoppedAt"] - job["startedAt"] == (seconds if by_request else seconds + 60) * 1000


@pytest.mark.parametrize("at", ["SUBMITTED", "RUNNABLE", "SCHEDULED", "STARTING", "RUNNING"])
def test_terminate(batch_mock: Any, client: Any, at: str) -> None:
    """A terminated service job ends FAILED with the reason, from every status, once time moves."""
    batch_mock.hold("train", at=at)
    job_id = submit(client, retryStrategy={"attempts": 3})
    batch_mock.run_until(job_id, at)
    client.terminate_service_job(jobId=job_id, reason="enough")
    accepted = described(client, job_id)
    assert (accepted["status"], accepted["isTerminated"]) == (at, True)
    batch_mock.run()
    job = described(client, job_id)
    assert (job["status"], job["statusReason"]) == ("FAILED", "enough")
    assert ("attempts" in job and len(job["attempts"])) == (at not in ("SUBMITTED", "RUNNABLE"))
    snapshot = client.get_job_queue_snapshot(jobQueue="queue")
    assert snapshot["queueUtilization"]["totalCapacityUsage"] == []


def test_terminate_many(batch_mock: Any, client: Any) -> None:
    """Unknown ids are accepted, malformed ones are errors, and an ARN is an id."""
    job_id, other = submit(client), submit(client)
    arn = f"{ARN}service-job/{other}"
    reply = client.terminate_service_jobs(jobs=[job_id, UNKNOWN, "x", arn], reason="enough")
    batch_mock.run()
    assert reply["successful"] == [job_id, UNKNOWN, arn]
    assert status(client, other) == "FAILED"
    assert [error["code"] for error in reply["errors"]] == ["ValidationException"]
    assert status(client, job_id) == "FAILED"
    client.terminate_service_job(jobId=UNKNOWN, reason="enough")


def test_capacity_of_the_environment(batch_mock: Any, client: Any) -> None:
    """The first job without room blocks the jobs after it."""
    batch_mock.script(succeed(after=60))
    first, large, small = submit(client), submit(client, instances=2), submit(client)
    batch_mock.tick(10)
    assert [status(client, job_id) for job_id in (first, large, small)] == [
        "RUNNING",
        "RUNNABLE",
        "RUNNABLE",
    ]
    assert "It requests 2 instances" in batch_mock.service_job(large).explain()
    batch_mock.run()
    started = [batch_mock.service_job(job_id).started_at for job_id in (first, large, small)]
    assert started == sorted(started)
    assert len(set(started)) == 3


def test_units_are_instance_types(batch_mock: Any, client: Any) -> None:
    """If there are limits for instance types, each type counts separately, and instance groups add up."""
    create_environment(client, "typed", capacityLimits=limits(m5=1, g5=2))
    create_queue(client, "typed", "typed")
    job_id = submit(
        client, jobQueue="typed", serviceRequestPayload=payload((M5, 1), (G5, 1), (G5, 1))
    )
    blocked = submit(client, jobQueue="typed", serviceRequestPayload=payload((M5, 2)))
    batch_mock.run()
    assert described(client, job_id)["capacityUsage"] == [
        {"capacityUnit": M5, "quantity": 1.0},
        {"capacityUnit": G5, "quantity": 2.0},
    ]
    assert batch_mock.service_job(job_id).instances == {M5: 1, G5: 2}
    assert (status(client, job_id), status(client, blocked)) == ("SUCCEEDED", "RUNNABLE")


def test_queues_share_an_environment_by_priority(batch_mock: Any, client: Any) -> None:
    """The queue of higher priority comes first."""
    create_queue(client, "urgent", "service-environment", priority=9)
    batch_mock.script(succeed(after=60))
    jobs = [submit(client, "plain", instances=2), submit(client, "u", 2, jobQueue="urgent")]
    batch_mock.tick(10)
    assert [status(client, job_id) for job_id in jobs] == ["RUNNABLE", "RUNNING"]


def test_queue_of_higher_priority_keeps_no_room(batch_mock: Any, client: Any) -> None:
    """Capacity that the head of a queue cannot use goes to the queue of lower priority."""
    create_queue(client, "urgent", "service-environment", priority=9)
    batch_mock.script(succeed(after=60))
    first = submit(client)
    batch_mock.run_until(first, "RUNNING")
    urgent = submit(client, instances=2, jobQueue="urgent")
    behind = submit(client)
    batch_mock.tick(10)
    assert [status(client, job_id) for job_id in (urgent, behind)] == ["RUNNABLE", "RUNNING"]
    batch_mock.run()
    assert status(client, urgent) == "SUCCEEDED"


@pytest.mark.parametrize("is_fair", [True, False])
def test_whatever_fits_starts(is_fair: bool) -> None:
    """With head_of_line_blocks=False, jobs pass the first one."""
    with mock_batch(region="us-east-1", policies=Policies(head_of_line_blocks=False)) as mock:
        client = boto3.client("batch")
        create_environment(client)
        policy = client.create_scheduling_policy(name="fair", fairsharePolicy={})["arn"]
        create_queue(client, **({"schedulingPolicyArn": policy} if is_fair else {}))
        mock.script(hang())
        share = {"shareIdentifier": "a"} if is_fair else {}
        jobs = [submit(client, instances=count, **share) for count in (1, 2, 1)]
        mock.tick(10)
        assert [status(client, job_id) for job_id in jobs] == ["RUNNING", "RUNNABLE", "RUNNING"]


def test_a_job_that_is_too_large_blocks_its_queue(batch_mock: Any, client: Any) -> None:
    """A blocked job is reported once, after a delay."""
    blocked: list[tuple[str, str]] = []
    notices = batch_mock._simulation.service_jobs.blocked_listeners
    notices.append(lambda job, reason: blocked.append((job.id, reason)))
    job_id = submit(client, instances=3)
    batch_mock.run()
    reason = (
        "MISCONFIGURATION:SERVICE_ENVIRONMENT_MAX_RESOURCE - Service environment(s) associated with the "
        "job queue cannot meet the capacity requirement of the job."
    )
    assert described(client, job_id)["statusReason"] == reason
    assert blocked == [(job_id, reason)]
    client.update_service_environment(
        serviceEnvironment="service-environment", capacityLimits=limits(NUM_INSTANCES=3)
    )
    batch_mock.run_until(job_id, "SCHEDULED")
    assert "statusReason" not in described(client, job_id)


def test_time_limit_for_a_blocked_job(batch_mock: Any, client: Any) -> None:
    """TERMINATE ends the job that waits for capacity, and the next job starts."""
    client.update_job_queue(
        jobQueue="queue",
        jobStateTimeLimitActions=[
            {
                "reason": "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
                "state": "RUNNABLE",
                "maxTimeSeconds": 600,
                "action": "TERMINATE",
            }
        ],
    )
    batch_mock.script("train", no_service_capacity(), succeed(runnable=3600))
    job_id = submit(client)
    batch_mock.run()
    job = described(client, job_id)
    assert job["statusReason"] == (
        "Terminated by JobStateTimeLimit action due to reason: "
        "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY"
    )
    # Created, a second each in SUBMITTED, RUNNABLE and SCHEDULED, then its time limit.
    assert job["stoppedAt"] == START_MS + 603_000


def test_time_limit_of_one_that_was_overtaken(batch_mock: Any, client: Any) -> None:
    """The time limit restarts when the job is the head again, without a second report."""
    policy = client.create_scheduling_policy(name="fair", fairsharePolicy={})["arn"]
    limit = {"state": "RUNNABLE", "maxTimeSeconds": 600, "action": "TERMINATE"}
    limit["reason"] = "MISCONFIGURATION:SERVICE_ENVIRONMENT_MAX_RESOURCE"
    create_environment(client)
    create_queue(client, "fair", schedulingPolicyArn=policy, jobStateTimeLimitActions=[limit])
    request = {"instances": 3, "jobQueue": "fair", "shareIdentifier": "a"}
    first = submit(client, "first", **request)
    batch_mock.tick(500)
    urgent = submit(client, "urgent", schedulingPriority=9, **request)
    batch_mock.run()
    ended = [described(client, job_id)["stoppedAt"] - START_MS for job_id in (urgent, first)]
    # Each is detected three minutes after it has become the head.
    assert ended == [(501 + 780) * 1000, (501 + 2 * 780) * 1000]
    blocked = batch_mock.events.matching({"detail-type": ["Batch Service Job Queue Blocked"]})
    assert [event["detail"]["jobName"] for event in blocked] == ["first", "urgent"]


def test_step_by_step(batch_mock: Any, client: Any) -> None:
    """A job that can start because another became ready starts in the same step."""
    submit(client)
    batch_mock.tick(0)
    steps = []
    while moves := batch_mock.step():
        steps.append([move.to_status for move in moves])
    assert steps == [["RUNNABLE"], ["SCHEDULED"], ["STARTING"], ["RUNNING"], ["SUCCEEDED"]]


def test_fair_shares_take_turns(batch_mock: Any, client: Any) -> None:
    """The share with the least usage is next, and within a share priority counts."""
    policy = client.create_scheduling_policy(name="fair", fairsharePolicy={})["arn"]
    create_environment(client, "one", capacityLimits=limits(NUM_INSTANCES=1))
    create_queue(client, "fair", "one", schedulingPolicyArn=policy)
    for name, share, priority in (("a1", "a", 1), ("a2", "a", 2), ("b1", "b", 1)):
        submit(client, name, jobQueue="fair", shareIdentifier=share, schedulingPriority=priority)
    snapshot = client.get_job_queue_snapshot(jobQueue="fair")
    assert snapshot["frontOfQueue"]["jobs"] == []
    batch_mock.run()
    started = sorted(batch_mock.service_jobs, key=lambda job: job.started_at)
    assert [job.name for job in started] == ["a2", "b1", "a1"]


def test_update_changes_the_priority(batch_mock: Any, client: Any) -> None:
    """A job that waits behind others becomes the head."""
    policy = client.create_scheduling_policy(name="fair", fairsharePolicy={})["arn"]
    create_environment(client, "one", capacityLimits=limits(NUM_INSTANCES=1))
    create_queue(client, "fair", "one", schedulingPolicyArn=policy)
    jobs = [submit(client, name, jobQueue="fair", shareIdentifier="a") for name in "abc"]
    batch_mock.run_until(jobs[0], "RUNNING")
    reply = client.update_service_job(jobId=jobs[2], schedulingPriority=9)
    assert (reply["jobId"], reply["jobName"]) == (jobs[2], "c")
    assert described(client, jobs[2])["schedulingPriority"] == 9
    batch_mock.run_until(jobs[2], "RUNNING")
    assert status(client, jobs[1]) == "RUNNABLE"


def test_list(batch_mock: Any, client: Any) -> None:
    """RUNNING jobs are listed by default, oldest first, and a filter lists all statuses, newest first."""
    for name in ("Train-1", "train-2", "other"):
        submit(client, name)
    batch_mock.tick(4)
    assert names(client) == ["Train-1", "train-2"]
    assert names(client, jobStatus="RUNNABLE") == ["other"]
    by_name = [{"name": "JOB_NAME", "values": ["train-*"]}]
    assert names(client, filters=by_name, jobStatus="FAILED") == ["train-2", "Train-1"]
    before = [{"name": "BEFORE_CREATED_AT", "values": [str(START_MS)]}]
    assert names(client, filters=before) == []
    after = [{"name": "AFTER_CREATED_AT", "values": [str(START_MS - 1)]}]
    assert len(names(client, filters=after)) == 3
    shares = [{"name": "SHARE_IDENTIFIER", "values": ["a"]}]
    assert names(client, filters=shares, jobStatus="RUNNING") == []


def test_list_in_pages(client: Any) -> None:
    """A paginator returns all service jobs."""
    for index in range(5):
        submit(client, f"job-{index}")
    pages = client.get_paginator("list_service_jobs").paginate(
        jobQueue="queue", jobStatus="SUBMITTED", PaginationConfig={"PageSize": 2}
    )
    listed = [[job["jobName"] for job in page["jobSummaryList"]] for page in pages]
    assert listed == [["job-0", "job-1"], ["job-2", "job-3"], ["job-4"]]


def test_summary_of_a_list(batch_mock: Any, client: Any) -> None:
    """A summary omits members that only a description has."""
    job_id = submit(client)
    batch_mock.run_until(job_id, "RUNNING")
    (summary,) = client.list_service_jobs(jobQueue="queue")["jobSummaryList"]
    job = described(client, job_id)
    assert summary == {name: job[name] for name in summary}
    assert "serviceRequestPayload" not in summary


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ("{", "The request is not a JSON object."),
        ("[]", "The request is not a JSON object."),
        ("1" * 5000, "The request is not a JSON object."),
        ("[" * 5000, "The request is not a JSON object."),
        *(
            (json.dumps({"TrainingJobName": "model", "ResourceConfig": resources}),
             "ResourceConfig must have InstanceType and InstanceCount, or groups.")
            for resources in (
                None, [], {"InstanceType": M5, "InstanceCount": 0}, {"InstanceGroups": [{}]},
                {"InstanceType": M5, "InstanceCount": -1}, {"InstanceType": 1, "InstanceCount": 1},
            )
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("queue", ["queue", "typed"])
def test_a_payload_is_not_validated(
    batch_mock: Any, client: Any, sent: str, sentence: str, queue: str
) -> None:
    """A payload is passed through, and SageMaker refuses it (user guide, "Submit a service job")."""
    create_environment(client, "by-type", capacityLimits=limits(m5=2))
    create_queue(client, "typed", "by-type")
    job_id = submit(client, jobQueue=queue, serviceRequestPayload=sent)
    batch_mock.run_until(job_id, "RUNNABLE")
    view = batch_mock.service_job(job_id)
    assert view.instances == {}
    assert "RUNNABLE" in view.explain()
    batch_mock.run()
    job = described(client, job_id)
    assert (job["status"], job["serviceRequestPayload"]) == ("FAILED", sent)
    assert job["statusReason"] == (
        f"Received status from SageMaker: ValidationException: {sentence}"
    )
    assert statuses(batch_mock, job_id)[-2:] == ["SCHEDULED", "FAILED"]


@pytest.mark.parametrize("members", [{}, {"TrainingJobName": ""}, {"TrainingJobName": 3}])
def test_a_training_job_without_a_name(
    batch_mock: Any, client: Any, members: dict[str, Any]
) -> None:
    """The training job is named after its service job."""
    sent = {**json.loads(payload()), **members}
    if not members:
        del sent["TrainingJobName"]
    job_id = submit(client, serviceRequestPayload=json.dumps(sent))
    batch_mock.run()
    assert described(client, job_id)["status"] == "SUCCEEDED"
    (attempt,) = batch_mock.service_job(job_id).attempts
    assert attempt.training_job_name.startswith("AWSBatchtrain")


def test_a_payload_that_is_refused_is_retried_by_the_rules(batch_mock: Any, client: Any) -> None:
    """A SageMaker error is a failure like any other and releases the job's capacity."""
    rules = [{"onStatusReason": "*ValidationException*", "action": "EXIT"}]
    retried = submit(client, serviceRequestPayload="{", retryStrategy={"attempts": 2})
    strategy = {"attempts": 2, "evaluateOnExit": rules}
    ended = submit(client, serviceRequestPayload="{", retryStrategy=strategy)
    batch_mock.run()
    assert [len(described(client, job_id)["attempts"]) for job_id in (retried, ended)] == [2, 1]


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"jobQueue": "none"}, "JobQueue none not found."),
        ({"jobQueue": "jobs"}, f"Job queue {ARN}job-queue/jobs is not of type {SAGEMAKER}."),
        ({"shareIdentifier": "a"}, "shareIdentifier can only be specified for a job queue with a "
                                   "fair-share scheduling policy."),
        ({"quotaShareName": "a"}, "quotaShareName can only be specified for a job queue with a quota "
                                  "share scheduling policy."),
        ({"jobQueue": "fair"}, "shareIdentifier must be specified."),
        ({"jobQueue": "off"}, f"JobQueue {ARN}job-queue/off is not in ENABLED state."),
        ({"serviceRequestPayload": json.dumps({"TrainingJobName": "x" * 10240})},
         wrapped("serviceRequestPayload must be at most 10240 bytes long, got 10263.")),
    ],
)  # fmt: skip
def test_refused_submits(batch_mock: Any, client: Any, members: dict[str, Any], text: str) -> None:
    """Each refusal has its reason, and no job is created."""
    batch_mock.provision(job_queue="jobs")
    policy = client.create_scheduling_policy(name="fair", fairsharePolicy={})["arn"]
    create_queue(client, "fair", "service-environment", schedulingPolicyArn=policy)
    create_queue(client, "off", "service-environment", state="DISABLED")
    request = {
        "jobName": "train",
        "jobQueue": "queue",
        "serviceJobType": SAGEMAKER,
        "serviceRequestPayload": payload(),
    }
    assert refusal(client, "submit_service_job", **(request | members)) == text
    assert list(batch_mock.service_jobs) == []


def test_jobs_and_service_jobs_stay_apart(batch_mock: Any, client: Any) -> None:
    """SubmitJob refuses the queue, and DescribeJobs does not find service jobs."""
    batch_mock.provision()
    message = refusal(
        client, "submit_job", jobName="job", jobQueue="queue", jobDefinition="job-definition"
    )
    assert message == f"Job queue {ARN}job-queue/queue takes service jobs only."
    job_id = submit(client)
    assert client.describe_jobs(jobs=[job_id])["jobs"] == []
    assert client.list_jobs(jobQueue="queue", jobStatus="SUBMITTED")["jobSummaryList"] == []
    assert client.list_service_jobs(jobQueue="job-queue")["jobSummaryList"] == []


def test_the_same_token_twice(client: Any) -> None:
    """The identical request is refused, and a different one with that token is another job."""
    token = "0123456789"
    submit(client, clientToken=token)
    request = {
        "jobName": "train",
        "jobQueue": "queue",
        "serviceJobType": SAGEMAKER,
        "serviceRequestPayload": payload(),
        "clientToken": token,
    }
    assert refusal(client, "submit_service_job", **request) == (
        "A service job with the same clientToken 0123456789 has already been submitted."
    )
    submit(client, "other", clientToken=token)


def test_unknown_service_job(client: Any) -> None:
    """Describing and updating an unknown job are refused, and so is a list of an unknown queue."""
    text = f"{ARN}service-job/{UNKNOWN} does not exist"
    assert refusal(client, "describe_service_job", jobId=UNKNOWN) == text
    assert refusal(client, "update_service_job", jobId=UNKNOWN, schedulingPriority=1) == text
    arn = f"{ARN}service-job/{UNKNOWN}"
    assert refusal(client, "describe_service_job", jobId=arn) == text
    assert refusal(client, "list_service_jobs", jobQueue="none") == "JobQueue none not found."


def test_arn_as_id(batch_mock: Any, client: Any) -> None:
    """The SageMaker SDK (`sagemaker.train.aws_batch`) passes the ARN of a service job as its id."""
    job_id = submit(client)
    arn = f"{ARN}service-job/{job_id}"
    assert client.describe_service_job(jobId=arn)["jobId"] == job_id
    assert client.update_service_job(jobId=arn, schedulingPriority=7)["jobId"] == job_id
    client.terminate_service_job(jobId=arn, reason="enough")
    batch_mock.run()
    assert client.describe_service_job(jobId=arn)["status"] == "FAILED"


def test_list_of_all_queues(batch_mock: Any, client: Any) -> None:
    """Without a queue, the service jobs of all queues are listed, oldest first (assumed)."""
    submitted = [submit(client, name) for name in ("a", "b")]
    listed = client.list_service_jobs(jobStatus="SUBMITTED")["jobSummaryList"]
    assert [job["jobId"] for job in listed] == submitted


@pytest.mark.parametrize("filters", [[{}], [{"values": ["a"]}]])
def test_filter_without_a_name(client: Any, filters: list[dict[str, Any]]) -> None:
    """A filter without a name matches everything (assumed)."""
    submit(client)
    listed = client.list_service_jobs(jobQueue="queue", jobStatus="SUBMITTED", filters=filters)
    assert len(listed["jobSummaryList"]) == 1


def test_filter_without_values(client: Any) -> None:
    """A filter without a value matches nothing (assumed)."""
    submit(client)
    listed = client.list_service_jobs(jobQueue="queue", filters=[{"name": "JOB_NAME"}])
    assert listed["jobSummaryList"] == []


def test_rule_without_an_action(batch_mock: Any, client: Any) -> None:
    """A retry rule without an action decides nothing (assumed)."""
    batch_mock.script(fail(1), succeed())
    strategy = {"attempts": 2, "evaluateOnExit": [{"onStatusReason": "*"}]}
    job_id = submit(client, retryStrategy=strategy)
    batch_mock.run()
    assert status(client, job_id) == "SUCCEEDED"


def test_retention(batch_mock: Any, client: Any) -> None:
    """A service job is described until a week after its end, and a view of it remains."""
    job_id = submit(client, tags={"a": "b"})
    batch_mock.run()
    batch_mock.tick(7 * 24 * 3600)
    assert "does not exist" in refusal(client, "describe_service_job", jobId=job_id)
    arn = f"{ARN}service-job/{job_id}"
    assert "does not exist" in refusal(client, "list_tags_for_resource", resourceArn=arn)
    assert batch_mock.service_job(job_id).status == "SUCCEEDED"


def test_tags(client: Any) -> None:
    """Tags change like those of any resource, and the change appears at once."""
    job_id = submit(client)
    arn = f"{ARN}service-job/{job_id}"
    client.tag_resource(resourceArn=arn, tags={"a": "b"})
    assert described(client, job_id)["tags"] == {"a": "b"}
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "b"}


def test_deleted_queue(batch_mock: Any, client: Any) -> None:
    """The service jobs of a deleted queue end with it, including running ones."""
    batch_mock.script("train", hang())
    running, waiting = submit(client, instances=2), submit(client)
    batch_mock.run_until(running, "RUNNING")
    client.update_job_queue(jobQueue="queue", state="DISABLED")
    client.delete_job_queue(jobQueue="queue")
    for job_id in (running, waiting):
        job = batch_mock.service_job(job_id)
        assert (job.status, job.status_reason) == ("FAILED", "JobQueue deleted")
    client.update_service_environment(serviceEnvironment="service-environment", state="DISABLED")
    client.delete_service_environment(serviceEnvironment="service-environment")


def test_hold_and_release(batch_mock: Any, client: Any) -> None:
    """A service job can also be held at SCHEDULED, and shows the hold."""
    batch_mock.hold("train", at="SCHEDULED")
    job_id = submit(client)
    batch_mock.run()
    assert status(client, job_id) == "SCHEDULED"
    assert "It is held at SCHEDULED" in batch_mock.service_job(job_id).explain()
    with pytest.raises(StuckError, match="Release it first"):
        batch_mock.run_until(job_id, "RUNNING")
    batch_mock.release("train")
    batch_mock.run()
    assert status(client, job_id) == "SUCCEEDED"
    with pytest.raises(StuckError, match="It was RUNNING before"):
        batch_mock.run_until(job_id, "RUNNING")


def test_hold_one_that_waits_for_room(batch_mock: Any, client: Any) -> None:
    """A job held at RUNNABLE lets the next one pass."""
    batch_mock.script(succeed(after=10))
    first, second, third = (submit(client, name, 2) for name in "abc")
    batch_mock.run_until(first, "RUNNING")
    batch_mock.hold("b", at="RUNNABLE")
    batch_mock.run()
    assert [status(client, job_id) for job_id in (second, third)] == ["RUNNABLE", "SUCCEEDED"]
    batch_mock.release("b")
    batch_mock.run()
    assert status(client, second) == "SUCCEEDED"


def test_explain(batch_mock: Any, client: Any) -> None:
    """The explanation has attempts, decisions, and the current activity."""
    batch_mock.script("train", fail(), hang())
    job_id = submit(client, retryStrategy={"attempts": 2})
    assert (
        batch_mock.service_job(job_id)
        .explain()
        .endswith("It leaves SUBMITTED at 2026-01-02 03:04:06.")
    )
    batch_mock.run()
    assert batch_mock.service_job(job_id).explain() == (
        f"service job 'train' ({job_id}) has been RUNNING since 2026-01-02 03:04:13.\n"
        f"Attempt 1 ended ({FAILED_WITH_1}). It was retried: no evaluateOnExit rules and 1 of 2 "
        "attempts were left.\n"
        "Attempt 2 hangs.\n"
        "It has no timeout, so only a TerminateServiceJob ends it."
    )


def test_views(batch_mock: Any, client: Any) -> None:
    """A view has all properties of a service job."""
    job_id = submit(client, "train-1", retryStrategy={"attempts": 2})
    submit(client, "other")
    batch_mock.run_until(job_id, "RUNNING")
    job = batch_mock.service_jobs.named("train-*").only()
    assert job == batch_mock.service_job(job_id)
    assert (job.name, job.job_queue, job.share) == ("train-1", "queue", None)
    assert (job.max_attempts, job.capacity_failures, job.is_terminated) == (2, 0, False)
    assert (job.scheduling_priority, job.stopped_at) == (0, None)
    assert job.created_at < job.scheduled_at < job.started_at
    assert (job.current_attempt.number, job.current_attempt.stopped_at) == (1, None)
    assert not job.current_attempt.was_preempted
    assert len(batch_mock.service_jobs[:1]) == 1
    with pytest.raises(BatchMockError, match="found 2 service jobs"):
        batch_mock.service_jobs.only()
    with pytest.raises(UnknownJobError, match="There are 2 service jobs"):
        batch_mock.service_job("x")


def test_timeline(batch_mock: Any, client: Any) -> None:
    """Service jobs have rows like jobs."""
    batch_mock.provision()
    client.submit_job(jobName="job", jobQueue="job-queue", jobDefinition="job-definition")
    batch_mock.script("train", fail(), fail(), succeed())
    submit(client, retryStrategy={"attempts": 2})
    batch_mock.run()
    drawn = str(batch_mock.timeline())
    assert drawn.startswith("2 jobs")
    assert ": scheduled" in drawn
    assert f"attempt 2, 8s to 9s: {FAILED_WITH_1}" in drawn


def test_listeners(batch_mock: Any, client: Any) -> None:
    """Each transition is announced with the service job in its new state."""
    told = []
    listeners = batch_mock._simulation.service_jobs.listeners
    listeners.append(lambda job, transition: told.append((job.status, transition.to_status)))
    submit(client)
    moves = batch_mock.run()
    assert told == [(move.to_status, move.to_status) for move in moves]


def test_hold_one_that_is_past_it(batch_mock: Any, client: Any) -> None:
    """A hold does not apply to a status that the job has left."""
    job_id = submit(client)
    batch_mock.run_until(job_id, "RUNNING")
    with pytest.raises(BatchMockError, match="can't be held at SCHEDULED: it is already RUNNING"):
        batch_mock.hold(job_id, at="SCHEDULED")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"max_instances": 0}, "0 instances for max_instances"),
        ({"instance_type": "m5.large"}, "'m5.large' as the instance type"),
        ({"quota_shares": {"a": 1}}, "and no instance type"),
        ({"quota_shares": {"a b": 1}, "instance_type": M5}, "'a b' as a name"),
        ({"quota_shares": {"a": 0}, "instance_type": M5}, "0 instances for a"),
    ],
)
def test_provisioning_what_batch_would_refuse(
    batch_mock: Any, client: Any, arguments: dict[str, Any], text: str
) -> None:
    """The message quotes the argument, and nothing is created."""
    with pytest.raises(BatchMockError, match=text):
        batch_mock.provision_service_jobs("other", "other", **arguments)
    assert len(client.describe_service_environments()["serviceEnvironments"]) == 1


def test_provisioning_keeps_what_exists(batch_mock: Any, client: Any) -> None:
    """A second provision finds the resources of the first."""
    made = [batch_mock.provision_service_jobs("q", "e", 2, M5, {"a": 1, "b": 1}) for _ in range(2)]
    assert made[0] == made[1]
    assert made[0].quota_share_arns["a"] == ARN + "job-queue/q/quota-share/a"
    assert made[0].service_environment_arn == ARN + "service-environment/e"
    assert len(client.list_quota_shares(jobQueue="q")["quotaShares"]) == 2


def test_too_many_shares(client: Any) -> None:
    """At most 500 share identifiers are active in a queue."""
    policy = client.create_scheduling_policy(name="fair", fairsharePolicy={})["arn"]
    create_queue(client, "fair", "service-environment", schedulingPolicyArn=policy)
    for index in range(500):
        submit(client, jobQueue="fair", shareIdentifier=f"share{index}")
    submit(client, jobQueue="fair", shareIdentifier="share7")
    message = refusal(
        client,
        "submit_service_job",
        jobName="train",
        jobQueue="fair",
        serviceJobType=SAGEMAKER,
        serviceRequestPayload=payload(),
        shareIdentifier="one-more",
    )
    assert message == "A job queue can have at most 500 active share identifiers."


@pytest.mark.parametrize(
    ("reason", "ends"),
    [
        ("CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY", True),
        ("MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT", False),
    ],
)
def test_time_limits_that_come_later(batch_mock: Any, client: Any, reason: str, ends: bool) -> None:
    """A new time limit applies from the update on to a job that already waits for its reason."""
    batch_mock.script("train", no_service_capacity(), succeed(runnable=3600))
    job_id = submit(client)
    batch_mock.tick(1000)
    action = {
        "reason": reason,
        "state": "RUNNABLE",
        "maxTimeSeconds": 600,
        "action": "TERMINATE",
    }
    client.update_job_queue(jobQueue="queue", jobStateTimeLimitActions=[action])
    batch_mock.tick(599)
    assert status(client, job_id) == "RUNNABLE"
    client.update_job_queue(jobQueue="queue", jobStateTimeLimitActions=[action])
    batch_mock.tick(599)
    assert status(client, job_id) == "RUNNABLE"
    batch_mock.tick(1)
    assert status(client, job_id) == ("FAILED" if ends else "RUNNABLE")


def test_terminating_twice(batch_mock: Any, client: Any) -> None:
    """The reason of the first request is kept."""
    batch_mock.script("train", hang())
    job_id = submit(client)
    batch_mock.run_until(job_id, "RUNNING")
    client.terminate_service_job(jobId=job_id, reason="first")
    client.terminate_service_job(jobId=job_id, reason="second")
    explained = batch_mock.service_job(job_id).explain()
    assert "A TerminateServiceJob was accepted: 'first'." in explained
    batch_mock.run()
    client.terminate_service_job(jobId=job_id, reason="third")
    assert described(client, job_id)["statusReason"] == "first"


def test_explain_more(batch_mock: Any, client: Any) -> None:
    """The explanation covers the job ahead, a timeout, an end without an attempt, and a lack of capacity."""
    batch_mock.script("a", no_service_capacity(), succeed(after=50))
    first = submit(client, "a", 2, timeoutConfig={"attemptDurationSeconds": 60})
    second, third = submit(client, "b", 2), submit(client, "c")
    batch_mock.hold("b", at="SCHEDULED")
    batch_mock.run_until(first, "RUNNABLE")
    batch_mock.run_until(third, "RUNNABLE")
    batch_mock.tick(20)
    explained = batch_mock.service_job(third).explain()
    assert (
        f"It is number 2 in job queue 'queue'; the first is service job 'a' ({first})" in explained
    )
    assert "SageMaker had no capacity for it once" in batch_mock.service_job(first).explain()
    client.terminate_service_job(jobId=third, reason="enough")
    batch_mock.tick(0)
    assert (
        batch_mock.service_job(third)
        .explain()
        .endswith("It ended without another attempt: enough.")
    )
    with pytest.raises(StuckError, match="or wait for the status that it has"):
        batch_mock.run_until(third, "SUCCEEDED")
    client.terminate_service_job(jobId=second, reason="enough")
    batch_mock.run_until(first, "RUNNING")
    assert "Its timeout is due at" in batch_mock.service_job(first).explain()


def test_stuck_for_want_of_room(batch_mock: Any, client: Any) -> None:
    """No remaining event can start the job."""
    job_id = submit(client, instances=3)
    with pytest.raises(StuckError, match="raise the capacity limit of service environment"):
        batch_mock.run_until(job_id, "RUNNING")


def test_how_views_are_written(batch_mock: Any, client: Any) -> None:
    """Each repr shows the kind and the name."""
    job_id = submit(client)
    batch_mock.run()
    job = batch_mock.service_job(job_id)
    assert repr(job) == f"<ServiceJob 'train' {job_id} SUCCEEDED>"
    assert repr(job.attempts) == f"[<ServiceAttempt 1 status_reason={COMPLETED!r}>]"
    assert repr(batch_mock.service_jobs) == f"<ServiceJobs [{job!r}]>"
    assert {job, batch_mock.service_job(job_id)} == {job}
    attempt = job.attempts[0]
    assert (attempt.started_at < attempt.stopped_at, attempt.logs) == (True, [])


def test_a_function_that_ends_the_test(batch_mock: Any, client: Any) -> None:
    """An exit exception reaches the test, and the job ends normally."""

    def interrupt(context: CallContext) -> None:
        raise KeyboardInterrupt

    batch_mock.script("train", call(interrupt))
    job_id = submit(client)
    with pytest.raises(KeyboardInterrupt):
        batch_mock.run()
    batch_mock.run()
    assert status(client, job_id) == "SUCCEEDED"
