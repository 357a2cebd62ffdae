"""EventBridge events of service jobs: transitions, preemption, blocked queues, delivery."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchmock import (
    BatchMock,
    call,
    cannot_start,
    fail,
    hang,
    mock_batch,
    no_service_capacity,
    succeed,
)
from batchmock.operations.service_jobs.describe import service_job_detail
from batchmock.simulation.jobs.lifecycle import Transition
from batchmock.simulation.service_jobs.job import ServiceJob

from ...builders import needs_todays_model, shared_client
from ...operations.service_requests import (
    ARN,
    M5,
    NO_CAPACITY,
    START_MS,
    described,
    names,
    submit,
)

pytestmark = needs_todays_model

STATE_CHANGE = "Batch Service Job State Change"
QUEUE_BLOCKED = "Batch Service Job Queue Blocked"
CROSS_SHARE = "Cross-share preemption triggered to reclaim borrowed capacity"
TOO_LARGE = (
    "MISCONFIGURATION:SERVICE_ENVIRONMENT_MAX_RESOURCE - Service environment(s) associated with the "
    "job queue cannot meet the capacity requirement of the job."
)


@pytest.fixture
def services(batch_mock: BatchMock) -> BatchMock:
    """A mock with a queue of service jobs for up to two instances."""
    batch_mock.provision_service_jobs(job_queue="queue", max_instances=2)
    return batch_mock


def statuses(events: Any) -> list[str]:
    """Return the statuses of events."""
    return [event["detail"]["status"] for event in events]


def seconds(events: Any) -> list[int]:
    """Return the times of events, in seconds since the start."""
    times = [datetime.fromisoformat(event["time"].replace("Z", "+00:00")) for event in events]
    return [int(time.timestamp()) - START_MS // 1000 for time in times]


class TestLife:
    def test_whole_life(self, services: BatchMock, client: Any) -> None:
        """Each status after the first has one event, with SCHEDULED between RUNNABLE and STARTING."""
        submit(client)
        assert len(services.events) == 0
        services.run()
        assert statuses(services.events) == [
            "RUNNABLE",
            "SCHEDULED",
            "STARTING",
            "RUNNING",
            "SUCCEEDED",
        ]
        assert seconds(services.events) == [1, 2, 3, 4, 5]
        assert {event["detail-type"] for event in services.events} == {STATE_CHANGE}

    def test_envelope(self, services: BatchMock, client: Any) -> None:
        """The envelope is that of any Batch event, and its only resource is the service job."""
        job_id = submit(client)
        services.tick(1.5)
        (event,) = services.events
        del event["detail"]
        assert len(event.pop("id")) == 36
        assert event == {
            "version": "0",
            "detail-type": STATE_CHANGE,
            "source": "aws.batch",
            "account": "123456789012",
            "time": "2026-01-02T03:04:06Z",
            "region": "us-east-1",
            "resources": [f"{ARN}service-job/{job_id}"],
        }

    def test_region_and_account(self) -> None:
        """Account and region are those of the service job."""
        with mock_batch(account_id="111122223333") as batch_mock:
            batch_mock.provision_service_jobs(job_queue="queue", region="eu-west-1")
            job_id = submit(boto3.client("batch", region_name="eu-west-1"))
            batch_mock.run()
            event = batch_mock.events[0]
        assert (event["region"], event["account"]) == ("eu-west-1", "111122223333")
        arn = f"arn:aws:batch:eu-west-1:111122223333:service-job/{job_id}"
        assert event["resources"] == [arn] == [event["detail"]["jobArn"]]

    def test_detail_is_what_is_described(self, services: BatchMock, client: Any) -> None:
        """The detail is that of DescribeServiceJob, without payload and tags."""
        job_id = submit(
            client,
            tags={"team": "a"},
            retryStrategy={"attempts": 2},
            timeoutConfig={"attemptDurationSeconds": 60},
            schedulingPriority=3,
        )
        services.run()
        expected = described(client, job_id)
        assert expected.pop("tags") == {"team": "a"}
        assert "ml.m5.large" in expected.pop("serviceRequestPayload")
        detail = services.events[-1]["detail"]
        assert detail == expected
        assert detail["timeoutConfig"] == {"attemptDurationSeconds": 60}
        assert (detail["retryStrategy"]["attempts"], detail["schedulingPriority"]) == (2, 3)
        json.dumps(detail)

    def test_is_of_its_own_moment(self, services: BatchMock, client: Any) -> None:
        """An event keeps the attempts and times of its own moment."""
        services.script(no_service_capacity(), fail(1), succeed())
        submit(client, retryStrategy={"attempts": 2})
        services.run()
        changes = services.events.matching({"detail-type": [STATE_CHANGE]})
        shown = [
            (
                d["status"],
                len(d["attempts"]),
                "latestAttempt" in d,
                "scheduledAt" in d,
                "startedAt" in d,
                "stoppedAt" in d,
            )
            for d in (event["detail"] for event in changes)
        ]
        assert shown == [
            ("RUNNABLE", 0, False, False, False, False),
            ("SCHEDULED", 0, True, True, False, False),
            ("RUNNABLE", 0, True, False, False, False),
            ("SCHEDULED", 0, True, True, False, False),
            ("STARTING", 0, True, True, False, False),
            ("RUNNING", 0, True, True, True, False),
            ("RUNNABLE", 1, True, False, False, False),
            ("SCHEDULED", 1, True, True, False, False),
            ("STARTING", 1, True, True, False, False),
            ("RUNNING", 1, True, True, True, False),
            ("SUCCEEDED", 2, True, True, True, True),
        ]
        assert changes[2]["detail"]["statusReason"] == NO_CAPACITY
        latest = [json.dumps(event["detail"].get("latestAttempt")) for event in changes]
        assert len(set(latest)) == 4  # none, the one without capacity, and one for each attempt

    def test_termination(self, services: BatchMock, client: Any) -> None:
        """A termination shows only in later events, and its reason in the last one."""
        job_id = submit(client)
        services.run_until(job_id, "SCHEDULED")
        client.terminate_service_job(jobId=job_id, reason="enough")
        services.run()
        flags = [event["detail"].get("isTerminated") for event in services.events]
        assert flags == [None, None, True]
        assert services.events[-1]["detail"]["statusReason"] == "enough"

    def test_deleted_queue(self, services: BatchMock, client: Any) -> None:
        """Each service job that ends with its queue has an event."""
        for name in "ab":
            submit(client, name)
        client.update_job_queue(jobQueue="queue", state="DISABLED")
        client.delete_job_queue(jobQueue="queue")
        ended = services.events.matching({"detail": {"status": ["FAILED"]}})
        assert [event["detail"]["jobName"] for event in ended] == ["a", "b"]
        assert {event["detail"]["statusReason"] for event in ended} == {"JobQueue deleted"}

    def test_shares_nothing(self, services: BatchMock, client: Any) -> None:
        """Changing an event changes nothing else."""
        job_id = submit(client)
        services.run()
        services.events[-1]["detail"]["attempts"].clear()
        services.events[-1]["resources"].clear()
        assert len(services.events[-1]["detail"]["attempts"]) == 1
        assert services.events[-1]["resources"] == [f"{ARN}service-job/{job_id}"]

    def test_retention(self, services: BatchMock, client: Any) -> None:
        """Events remain after the service has forgotten a service job."""
        submit(client)
        services.run()
        before = list(services.events)
        services.tick(8 * 86400)
        assert names(client, jobStatus="SUCCEEDED") == []
        assert list(services.events) == before


OUTCOMES = [
    succeed(after=3),
    fail(1),
    cannot_start("no image"),
    no_service_capacity(),
    hang(),
    call(lambda context: context.attempt % 2),
]


@settings(max_examples=30, deadline=None, derandomize=True, database=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(OUTCOMES) - 1),
            st.integers(1, 3),
            st.sampled_from(["a", "b"]),
            st.integers(0, 2),
            st.booleans(),
            st.integers(0, 4),
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["none", "fair", "quota"]),
)
def test_each_event_shows_its_moment(
    plans: list[tuple[int, int, str, int, bool, int]], policy: str
) -> None:
    """An event shows the service job at that time: in full queues, with shares, preempted, terminated."""
    shown: list[tuple[str, dict[str, Any]]] = []
    with mock_batch(region="us-east-1", stop_grace_seconds=0.5) as mock:
        client = shared_client()
        quotas = {"a": 1, "b": 1} if policy == "quota" else {}
        mock.provision_service_jobs(
            job_queue="queue", max_instances=2, instance_type=M5, quota_shares=quotas
        )
        if policy == "fair":
            arn = client.create_scheduling_policy(name="fair", fairsharePolicy={})["arn"]
            client.create_job_queue(
                jobQueueName="fair",
                priority=2,
                jobQueueType="SAGEMAKER_TRAINING",
                schedulingPolicyArn=arn,
                serviceEnvironmentOrder=[{"order": 1, "serviceEnvironment": "service-environment"}],
            )
        services = mock._simulation.service_jobs

        def look(job: ServiceJob, _: Transition) -> None:
            shown.append((STATE_CHANGE, service_job_detail(job)))

        def look_again(job: ServiceJob, reason: str) -> None:
            shown.append((QUEUE_BLOCKED, service_job_detail(job)))

        services.listeners.append(look)
        services.blocked_listeners.append(look_again)
        for index, (outcome, size, share, priority, is_stopped, after) in enumerate(plans):
            mock.script(f"job-{index}", OUTCOMES[outcome], succeed())
            members: dict[str, Any] = {
                "schedulingPriority": priority,
                "jobQueue": "fair" if policy == "fair" else "queue",
                "retryStrategy": {"attempts": 2},
                "timeoutConfig": {"attemptDurationSeconds": 60},
            }
            member = {"fair": "shareIdentifier", "quota": "quotaShareName"}.get(policy)
            if member is not None:
                members[member] = share
            job_id = submit(client, f"job-{index}", size, **members)
            mock.tick(after)
            if is_stopped:
                client.terminate_service_job(jobId=job_id, reason="because")
        mock.run()
        told = [
            (event["detail-type"], event["detail"])
            for event in mock.events
            if event["detail-type"] in (STATE_CHANGE, QUEUE_BLOCKED)
        ]
    assert told == shown


class TestPreemption:
    @pytest.fixture
    def quotas(self) -> Iterator[BatchMock]:
        """A mock whose training jobs take two seconds to stop, with two quota shares of one instance."""
        with mock_batch(
            region="us-east-1", start="2026-01-02T03:04:05Z", stop_grace_seconds=2
        ) as mock:
            mock.provision_service_jobs(
                job_queue="queue",
                max_instances=2,
                instance_type=M5,
                quota_shares={"lender": 1, "borrower": 1},
            )
            mock.script(hang())
            yield mock

    def preempt(self, mock: BatchMock) -> str:
        """Submit a job of the owner of lent capacity, and return the id of the preempted job."""
        client = shared_client()
        submit(client, "first", quotaShareName="borrower")
        victim = submit(client, "second", quotaShareName="borrower")
        mock.run()
        submit(client, "owner", quotaShareName="lender")
        return victim

    def test_event_in_between(self, quotas: BatchMock) -> None:
        """Events report the start and completion of a preemption, as in the user guide's examples."""
        victim = quotas.service_job(self.preempt(quotas))
        quotas.run()
        arn = f"arn:aws:batch:us-east-1:123456789012:service-job/{victim.id}"
        events = quotas.events.matching({"resources": [arn]})
        started, waiting, completed = events[-3:]
        assert [event["detail-type"] for event in (started, waiting, completed)] == [
            "Batch Service Job Preemption Started",
            STATE_CHANGE,
            "Batch Service Job Preemption Completed",
        ]
        assert started["detail"] == {
            "statusReason": f"PREEMPTION_IN_PROGRESS: {CROSS_SHARE}",
            "preemptedJobArn": arn,
            "status": "RUNNING",
        }
        assert seconds([started, waiting, completed]) == [6, 8, 8]
        detail = waiting["detail"]
        assert [attempt["statusReason"] for attempt in detail["attempts"]] == [CROSS_SHARE]
        assert detail["preemptionSummary"]["preemptedAttemptCount"] == 1
        assert "statusReason" not in detail
        assert completed["detail"] == {
            "preemptedJobArn": arn,
            "preemptionSummary": detail["preemptionSummary"],
            "status": "RUNNABLE",
        }

    def test_can_be_found(self, quotas: BatchMock) -> None:
        """`events.matching` knows the detail-types of preemptions."""
        self.preempt(quotas)
        quotas.run()
        for stage in ("Started", "Completed"):
            pattern = {"detail-type": [f"Batch Service Job Preemption {stage}"]}
            assert len(quotas.events.matching(pattern)) == 1

    def test_can_be_subscribed_to(self, quotas: BatchMock) -> None:
        """A rule on the reason matches when preemption begins."""
        seen: list[tuple[str, int]] = []
        quotas.subscribe(
            lambda event: seen.append(
                (event["detail"]["preemptedJobArn"], quotas.clock.epoch_ms - START_MS)
            ),
            {"detail": {"statusReason": [{"prefix": "PREEMPTION_IN_PROGRESS"}]}},
        )
        victim = self.preempt(quotas)
        quotas.run()
        arn = f"arn:aws:batch:us-east-1:123456789012:service-job/{victim}"
        assert seen == [(arn, 6000)]

    def test_before_the_owners_own(self, quotas: BatchMock) -> None:
        """The owner's job is SCHEDULED only after the preempted job has stopped and waits."""
        self.preempt(quotas)
        before = len(quotas.events)
        quotas.run()
        told = [
            (event["detail"]["jobName"], event["detail"]["status"])
            for event in quotas.events[before:]
            if event["detail-type"] == STATE_CHANGE
        ]
        assert told == [
            ("owner", "RUNNABLE"),
            ("second", "RUNNABLE"),
            ("owner", "SCHEDULED"),
            ("owner", "STARTING"),
            ("owner", "RUNNING"),
        ]


class TestQueueBlocked:
    def test_job_that_is_too_large(self, services: BatchMock, client: Any) -> None:
        """The event comes once, five minutes after the job became the head of its queue (documented)."""
        job_id = submit(client, instances=3, tags={"team": "a"})
        services.run()
        services.tick(86400)
        assert [event["detail-type"] for event in services.events] == [STATE_CHANGE, QUEUE_BLOCKED]
        event = services.events[-1]
        assert event["resources"] == [f"{ARN}service-job/{job_id}"]
        assert event["time"] == "2026-01-02T03:07:06Z"
        detail = event["detail"]
        assert (detail["status"], detail["statusReason"]) == ("RUNNABLE", TOO_LARGE)
        assert not {"tags", "serviceRequestPayload"} & detail.keys()
        assert detail == {
            name: value
            for name, value in described(client, job_id).items()
            if name not in ("tags", "serviceRequestPayload")
        }

    def test_no_capacity(self, services: BatchMock, client: Any) -> None:
        """A lack of SageMaker capacity has an event at once, after the transition."""
        services.script(no_service_capacity(), succeed())
        submit(client)
        services.run()
        told = [(event["detail-type"][18:], event["detail"]["status"]) for event in services.events]
        assert told[:5] == [
            ("State Change", "RUNNABLE"),
            ("State Change", "SCHEDULED"),
            ("State Change", "RUNNABLE"),
            ("Queue Blocked", "RUNNABLE"),
            ("State Change", "SCHEDULED"),
        ]
        assert services.events[3]["detail"]["statusReason"] == NO_CAPACITY
        assert "statusReason" not in services.events[4]["detail"]

    def test_a_handler_that_terminates_what_blocks(self, services: BatchMock, client: Any) -> None:
        """A handler for blocked queues can unblock the queue."""
        services.subscribe(
            lambda event: client.terminate_service_job(
                jobId=event["detail"]["jobId"], reason="too large"
            ),
            {"detail-type": [QUEUE_BLOCKED]},
        )
        large, small = submit(client, "large", 3), submit(client, "small")
        services.run()
        assert services.service_job(large).status_reason == "too large"
        assert services.service_job(small).status == "SUCCEEDED"


class TestBesideJobs:
    def test_order_of_one_instant(self, services: BatchMock, client: Any) -> None:
        """Events of jobs and service jobs are in the order of their transitions."""
        services.provision(job_queue="jobs", job_definition="definition")
        client.submit_job(jobName="job", jobQueue="jobs", jobDefinition="definition")
        submit(client, "training")
        services.run()
        told = [
            (event["detail"]["jobName"], event["detail"]["status"]) for event in services.events
        ]
        moves = [
            (services.service_job(move.job_id) if move.job_id in ids else services.job(move.job_id))
            for ids in [{job.id for job in services.service_jobs}]
            for move in services.transitions
        ]
        assert told == [
            (job.name, move.to_status)
            for job, move in zip(moves, services.transitions, strict=True)
        ]
        assert told[:4] == [
            ("job", "RUNNABLE"),
            ("training", "RUNNABLE"),
            ("job", "STARTING"),
            ("training", "SCHEDULED"),
        ]

    def test_patterns_tell_them_apart(self, services: BatchMock, client: Any) -> None:
        """A pattern selects service jobs by detail type, or by fields that only they have."""
        services.provision(job_queue="jobs", job_definition="definition")
        client.submit_job(jobName="job", jobQueue="jobs", jobDefinition="definition")
        submit(client, "training")
        services.run()
        by_type = services.events.matching({"detail-type": [STATE_CHANGE]})
        by_field = services.events.matching({"detail": {"serviceJobType": [{"exists": True}]}})
        assert list(by_type) == list(by_field)
        assert len(by_type) == 5
        ended = {"detail": {"status": ["SUCCEEDED"], "jobQueue": [f"{ARN}job-queue/queue"]}}
        assert [event["detail"]["jobName"] for event in services.events.matching(ended)] == [
            "training"
        ]

    def test_same_seed_same_events(self) -> None:
        """Equal runs have equal events, ids included, and ids are unique."""
        runs = []
        for _ in range(2):
            with mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z") as mock:
                mock.provision_service_jobs(job_queue="queue")
                mock.provision(job_queue="jobs", job_definition="definition")
                client = shared_client()
                mock.script("training", no_service_capacity(), fail(1))
                client.submit_job(jobName="job", jobQueue="jobs", jobDefinition="definition")
                submit(client, "training", clientToken="token")
                mock.run()
                runs.append(json.dumps(list(mock.events)))
        assert runs[0] == runs[1]
        ids = [event["id"] for event in json.loads(runs[0])]
        assert len(set(ids)) == len(ids)


class TestSubscribe:
    def test_duplicates(self, services: BatchMock, client: Any) -> None:
        """With duplicates, each event is delivered twice in a row with the same id."""
        seen: list[Any] = []
        services.subscribe(seen.append, {"detail": {"status": ["SCHEDULED", "SUCCEEDED"]}}, True)
        submit(client)
        services.run()
        assert statuses(seen) == ["SCHEDULED", "SCHEDULED", "SUCCEEDED", "SUCCEEDED"]
        assert seen[0] == seen[1]
        assert seen[0] is not seen[1]

    def test_a_handler_sees_what_it_hears_of(self, services: BatchMock, client: Any) -> None:
        """A handler runs at the time of the event and can describe the service job."""
        seen: list[tuple[str, str, int]] = []

        def handler(event: Any) -> None:
            status = described(client, event["detail"]["jobId"])["status"]
            at_ms = services.clock.epoch_ms - START_MS
            seen.append((event["detail"]["status"], status, at_ms))

        services.subscribe(handler, {"detail-type": [STATE_CHANGE]})
        submit(client)
        services.run()
        assert seen == [
            ("RUNNABLE", "RUNNABLE", 1000),
            ("SCHEDULED", "SCHEDULED", 2000),
            ("STARTING", "STARTING", 3000),
            ("RUNNING", "RUNNING", 4000),
            ("SUCCEEDED", "SUCCEEDED", 5000),
        ]

    def test_run_until_includes_the_event(self, services: BatchMock, client: Any) -> None:
        """`run_until` returns after the delivery of the status's event."""
        seen: list[Any] = []
        services.subscribe(seen.append)
        services.run_until(submit(client), "SCHEDULED")
        assert statuses(seen) == ["RUNNABLE", "SCHEDULED"]

    def test_other_detail_types_are_passed_over(self, services: BatchMock, client: Any) -> None:
        """A rule for jobs does not match service jobs."""
        seen: list[Any] = []
        services.subscribe(seen.append, {"detail-type": ["Batch Job State Change"]})
        submit(client)
        services.run()
        assert seen == []

    def test_at_its_time_as_a_datetime(self, services: BatchMock, client: Any) -> None:
        """The times in the detail are milliseconds, as in all events of Batch."""
        submit(client)
        services.run()
        detail = services.events[-1]["detail"]
        started = datetime.fromtimestamp(detail["startedAt"] / 1000, timezone.utc)
        assert started == services.service_jobs.only().started_at
