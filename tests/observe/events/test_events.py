"""EventBridge events: envelope, detail, order and delivery."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchmock import (
    BatchMock,
    BatchMockError,
    Policies,
    call,
    cannot_pull_image,
    fail,
    hang,
    mock_batch,
    reclaim_spot,
    succeed,
)
from batchmock.observe.events import log
from batchmock.observe.events.patterns import Pattern
from batchmock.operations.jobs.describe import job_detail
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import Transition
from batchmock.simulation.placement.queues import JobQueue

from ...builders import (
    ARN,
    START_MS,
    described,
    needs_todays_model,
    provisioned_mock,
    shared_client,
    submit,
)
from ...operations.family_requests import register_nodes

STATE_CHANGE = "Batch Job State Change"
QUEUE_BLOCKED = "Batch Job Queue Blocked"
TOO_LARGE = [{"type": "VCPU", "value": "2000000"}]


@pytest.fixture(autouse=True)
def _resources(batch_mock: BatchMock) -> None:
    batch_mock.provision(job_queue="queue", job_definition="definition")


def statuses(events: Any) -> list[str]:
    """Return the statuses of events."""
    return [event["detail"]["status"] for event in events]


class TestEnvelope:
    def test_of_a_job(self, batch_mock: BatchMock, client: Any) -> None:
        """The envelope is EventBridge's, with its time in whole seconds."""
        job_id = submit(client)
        batch_mock.tick(1.5)
        (event,) = batch_mock.events
        detail = event.pop("detail")
        event_id = event.pop("id")
        assert event == {
            "version": "0",
            "detail-type": STATE_CHANGE,
            "source": "aws.batch",
            "account": "123456789012",
            "time": "2026-01-02T03:04:06Z",
            "region": "us-east-1",
            "resources": [f"{ARN}job/{job_id}"],
        }
        assert len(event_id) == 36
        assert (detail["jobId"], detail["status"]) == (job_id, "RUNNABLE")

    def test_time_is_rounded_down(self) -> None:
        """The time of an event is rounded down to a second."""
        with provisioned_mock(stage_seconds=0.9) as (batch_mock, client):
            submit(client)
            batch_mock.run()
            times = [event["time"][-4:] for event in batch_mock.events]
        assert times == [":05Z", ":06Z", ":07Z", ":08Z"]

    def test_region_and_account(self) -> None:
        """Account and region are those of the job."""
        with mock_batch(account_id="111122223333") as batch_mock:
            batch_mock.provision(region="eu-west-1")
            client = boto3.client("batch", region_name="eu-west-1")
            client.submit_job(jobName="a", jobQueue="job-queue", jobDefinition="job-definition")
            batch_mock.run()
            event = batch_mock.events[0]
        assert (event["region"], event["account"]) == ("eu-west-1", "111122223333")

    def test_ids_come_from_the_seed(self) -> None:
        """Ids are unique and depend only on the seed."""
        ids = []
        for seed in (1, 1, 2):
            with provisioned_mock(seed=seed) as (batch_mock, client):
                submit(client)
                batch_mock.run()
                ids.append([event["id"] for event in batch_mock.events])
        assert ids[0] == ids[1]
        assert len({*ids[0], *ids[2]}) == 8


class TestDetail:
    def test_is_what_describe_jobs_shows(self, batch_mock: BatchMock, client: Any) -> None:
        """The detail is that of DescribeJobs, and its tags also have the job's ARN."""
        job_id = submit(client, tags={"team": "a"})
        batch_mock.run()
        detail = batch_mock.events[-1]["detail"]
        expected = described(client, job_id)
        assert expected["tags"] == {"team": "a"}
        expected["tags"] = {"resourceArn": f"{ARN}job/{job_id}", "team": "a"}
        assert detail == expected

    def test_is_of_its_own_moment(self, batch_mock: BatchMock, client: Any) -> None:
        """An event keeps the state of the job at its own time."""
        batch_mock.script("job", reclaim_spot(), succeed())
        submit(client, retryStrategy={"attempts": 2})
        batch_mock.run()
        details = [event["detail"] for event in batch_mock.events]
        shown = [
            (d["status"], len(d["attempts"]), "startedAt" in d, "taskArn" in d["container"])
            for d in details
        ]
        assert shown == [
            ("RUNNABLE", 0, False, False),
            ("STARTING", 0, False, True),
            ("RUNNING", 0, True, True),
            ("RUNNABLE", 1, False, False),
            ("STARTING", 1, False, True),
            ("RUNNING", 1, True, True),
            ("SUCCEEDED", 2, True, True),
        ]
        assert "exitCode" not in details[5]["container"]
        assert details[6]["container"]["exitCode"] == 0

    def test_shows_flags_from_when_they_were_set(self, batch_mock: BatchMock, client: Any) -> None:
        """A termination shows only in later events."""
        job_id = submit(client)
        batch_mock.run_until(job_id, "RUNNING")
        client.terminate_job(jobId=job_id, reason="enough")
        batch_mock.run()
        flags = [event["detail"].get("isTerminated") for event in batch_mock.events]
        assert flags == [None, None, None, True]
        assert batch_mock.events[-1]["detail"]["statusReason"] == "enough"

    def test_array(self, batch_mock: BatchMock, client: Any) -> None:
        """A child's tags name its parent, and the parent's event counts the children at that time."""
        parent = submit(client, arrayProperties={"size": 2}, tags={"team": "a"})
        batch_mock.script("job", fail(1), array_index=1)
        batch_mock.run()
        child = batch_mock.events.matching({"detail": {"jobId": [f"{parent}:1"]}})[-1]
        assert child["resources"] == [f"{ARN}job/{parent}:1"]
        assert child["detail"]["tags"] == {"resourceArn": f"{ARN}job/{parent}"}
        of_parent = batch_mock.events.matching({"detail": {"jobId": [parent]}})
        assert statuses(of_parent) == ["PENDING", "FAILED"]
        first, last = (event["detail"]["arrayProperties"] for event in of_parent)
        assert first["statusSummary"]["SUBMITTED"] == 2
        assert last["statusSummary"]["FAILED"] == last["statusSummary"]["SUCCEEDED"] == 1
        assert of_parent[1]["detail"]["statusReason"] == "Array Child Job failed"

    @pytest.mark.parametrize("stops", [True, False])
    def test_stopped_at_without_attempt(self, stops: bool) -> None:
        """The policy decides whether a job that never ran has a stoppedAt."""
        policies = Policies(stopped_at_without_attempt=stops)
        with provisioned_mock(policies=policies) as (batch_mock, client):
            job_id = submit(client)
            client.cancel_job(jobId=job_id, reason="no")
            batch_mock.run()
            detail = batch_mock.events[-1]["detail"]
        assert (detail["status"], "stoppedAt" in detail) == ("FAILED", stops)
        assert detail["isCancelled"] is True

    def test_shares_nothing(self, batch_mock: BatchMock, client: Any) -> None:
        """Changing an event changes nothing else."""
        submit(client, tags={"team": "a"})
        batch_mock.run()
        batch_mock.events[0]["detail"]["tags"].clear()
        batch_mock.events[0]["detail"]["container"]["command"].append("x")
        assert batch_mock.events[0]["detail"]["tags"]["team"] == "a"
        assert batch_mock.events[0]["detail"]["container"]["command"] == ["true"]


class TestOrder:
    def test_none_for_the_submission(self, batch_mock: BatchMock, client: Any) -> None:
        """The first event is that of the first transition."""
        submit(client)
        assert list(batch_mock.events) == []
        batch_mock.run()
        assert statuses(batch_mock.events) == ["RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]

    def test_order_of_moves(self, batch_mock: BatchMock, client: Any) -> None:
        """Events of one instant: a dependency before its dependent, children in order before their parent."""
        parent = submit(client, arrayProperties={"size": 2})
        after = submit(client, dependsOn=[{"jobId": parent}])
        batch_mock.script("*", fail(1))
        batch_mock.run()
        ended = batch_mock.events.matching({"detail": {"status": ["FAILED"]}})
        ids = [event["detail"]["jobId"] for event in ended]
        assert ids == [f"{parent}:0", f"{parent}:1", parent, after]
        assert len({event["time"] for event in ended}) == 1

    def test_sequence(self, batch_mock: BatchMock, client: Any) -> None:
        """Events can be counted, indexed, sliced and selected by a pattern."""
        submit(client)
        batch_mock.run()
        events = batch_mock.events
        assert len(events) == 4
        assert statuses(events[1:3]) == ["STARTING", "RUNNING"]
        assert statuses(events.matching({"detail": {"status": [{"prefix": "RUN"}]}})) == [
            "RUNNABLE",
            "RUNNING",
        ]
        assert repr(events) == "<Events, 4 of them>"

    @pytest.mark.parametrize(
        "pattern",
        [
            {"detail": {"status": ["RUNNING", "FAILED"]}},
            {"detail": {"jobName": [{"prefix": "b"}], "container": {"exitCode": [0]}}},
            {"detail-type": [QUEUE_BLOCKED]},
            {"detail": {"status": ["SUCCEEDED"], "shareIdentifier": [{"exists": False}]}},
            {"detail": {"$or": [{"status": ["STARTING"]}, {"jobName": ["c"]}]}},
            {
                "$or": [
                    {"source": ["other"]},
                    {"detail": {"attempts": {"startedAt": [{"exists": True}]}}},
                ]
            },
        ],
    )
    def test_matching_selects_as_a_rule_does(
        self, batch_mock: BatchMock, client: Any, pattern: dict[str, Any]
    ) -> None:
        """`matching()` selects what the whole events match, though it builds only those that may match."""
        batch_mock.script("a", fail(1), succeed())
        submit(client, "a", retryStrategy={"attempts": 2})
        submit(client, "b", arrayProperties={"size": 2})
        submit(client, "c", containerOverrides={"resourceRequirements": TOO_LARGE})
        batch_mock.tick(1000)
        matches = Pattern(pattern).matches
        expected = [event for event in batch_mock.events if matches(event)]
        assert expected
        assert list(batch_mock.events.matching(pattern)) == expected

    def test_matching_builds_no_event_to_read_its_status(
        self, batch_mock: BatchMock, client: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """`matching()` builds no event if the pattern reads only fields that are cheap to build."""
        built: list[str] = []

        def noted(move: Any, *_: Any) -> dict[str, Any]:
            built.append(move.to_status)
            return {}

        monkeypatch.setattr(log, "_state_change", lambda: noted)
        submit(client, "a")
        batch_mock.run()
        pattern = {"source": ["aws.batch"], "detail": {"status": ["RUNNING"], "jobName": ["a"]}}
        assert len(batch_mock.events.matching(pattern)) == 1
        assert built == []
        batch_mock.events.matching({**pattern, "account": [{"exists": False}]})
        assert built == ["RUNNING"]

    def test_reset_forgets_them(self, batch_mock: BatchMock, client: Any) -> None:
        """A reset drops all events and subscriptions."""
        seen: list[Any] = []
        batch_mock.subscribe(seen.append)
        submit(client)
        batch_mock.run()
        assert len(seen) == len(batch_mock.events) == 4
        batch_mock.reset()
        batch_mock.provision(job_queue="queue", job_definition="definition")
        submit(client)
        batch_mock.run()
        assert (len(seen), len(batch_mock.events)) == (4, 4)


class TestQueueBlocked:
    REASON = "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - too large"

    def block(self, batch_mock: BatchMock, client: Any) -> str:
        """Submit a job that blocks its queue in two seconds."""
        job_id = submit(client, tags={"team": "a"})
        batch_mock.hold(job_id)
        batch_mock.tick(2)
        job = batch_mock._simulation.jobs[job_id]
        at_ms = batch_mock.clock.epoch_ms
        batch_mock._events.on_blocked(job, job.queue, self.REASON, at_ms)
        return job_id

    def test_event(self, batch_mock: BatchMock, client: Any) -> None:
        """The event names the job and queue and has the reason but no tags."""
        job_id = self.block(batch_mock, client)
        event = batch_mock.events[-1]
        assert event["detail-type"] == "Batch Job Queue Blocked"
        assert event["time"] == "2026-01-02T03:04:07Z"
        assert event["resources"] == [f"{ARN}job/{job_id}", f"{ARN}job-queue/queue"]
        detail = event["detail"]
        assert (detail["status"], detail["statusReason"]) == ("RUNNABLE", self.REASON)
        assert "tags" not in detail

    def test_comes_between_the_moves(self, batch_mock: BatchMock, client: Any) -> None:
        """The event is in order with the others, never changes, and is delivered like any other."""
        seen: list[Any] = []
        batch_mock.subscribe(seen.append, {"detail-type": ["Batch Job Queue Blocked"]})
        job_id = self.block(batch_mock, client)
        batch_mock.release(job_id)
        batch_mock.run()
        assert statuses(batch_mock.events) == [
            "RUNNABLE",
            "RUNNABLE",
            "STARTING",
            "RUNNING",
            "SUCCEEDED",
        ]
        batch_mock.events[1]["resources"].clear()
        assert seen == [batch_mock.events[1]]
        assert len({event["id"] for event in batch_mock.events}) == 5


OUTCOMES = [
    succeed(after=3),
    fail(1),
    reclaim_spot(),
    cannot_pull_image(),
    hang(),
    call(lambda context: context.attempt % 2),
]


@settings(max_examples=30, deadline=None, derandomize=True, database=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["job", "array", "nodes"]),
            st.integers(0, len(OUTCOMES) - 1),
            st.sampled_from([None, "cancel_job", "terminate_job"]),
            st.integers(0, 5),
            st.booleans(),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_each_event_shows_its_moment(
    plans: list[tuple[str, int, str | None, int, bool]],
) -> None:
    """The events of every kind of job show what DescribeJobs would have returned at that time."""
    shown: list[dict[str, Any]] = []

    def look(job: Job, _: Transition) -> None:
        shown.append(job_detail(job))

    with provisioned_mock(stop_grace_seconds=0.5) as (mock, client):
        mock._simulation.jobs.listeners.append(look)
        register_nodes(client, nodes=2)
        ids: list[str] = []
        for kind, outcome, stop, after, depends in plans:
            mock.script(kind, OUTCOMES[outcome], succeed())
            members: dict[str, Any] = {"retryStrategy": {"attempts": 2}, "timeout": {}}
            members["timeout"]["attemptDurationSeconds"] = 60
            if kind == "array":
                members["arrayProperties"] = {"size": 2}
            definition = "nodes" if kind == "nodes" else "definition"
            depends_on = [{"jobId": job_id} for job_id in ids[-1:] if depends]
            job_id = submit(client, kind, jobDefinition=definition, dependsOn=depends_on, **members)
            ids.append(job_id)
            mock.tick(after)
            if stop is not None:
                getattr(client, stop)(jobId=job_id, reason="because")
        mock.run()
        events = list(mock.events)
    for event, detail in zip(events, shown, strict=True):
        assert event["detail"].pop("tags").keys() == {"resourceArn"}
        assert detail.pop("tags") == {}
        assert event["detail"] == detail


@needs_todays_model
@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 4),  # vCPUs: there are two, so some never fit
            st.integers(0, len(OUTCOMES) - 1),
            st.sampled_from(["a", "b"]),
            st.booleans(),  # needs the only licence
            st.integers(0, 3),  # size of an array, from 2 on
            st.sampled_from([None, "cancel_job", "terminate_job"]),
            st.sampled_from([0, 1, 5, 700]),
        ),
        min_size=1,
        max_size=6,
    ),
    st.booleans(),
    st.booleans(),
)
def test_each_event_shows_its_moment_in_full_queues(
    plans: list[tuple[int, int, str, bool, int, str | None, int]], is_fair: bool, has_limit: bool
) -> None:
    """The same holds for jobs that wait for capacity, licences or their share, block, or are cancelled."""
    shown: list[tuple[str, dict[str, Any]]] = []

    def look(job: Job, _: Transition) -> None:
        shown.append((STATE_CHANGE, job_detail(job)))

    def look_again(job: Job, queue: JobQueue, reason: str, at_ms: int) -> None:
        shown.append((QUEUE_BLOCKED, {**job_detail(job), "statusReason": reason}))

    with mock_batch(region="us-east-1", stop_grace_seconds=0.5) as mock:
        mock.provision(
            job_queue="queue",
            job_definition="definition",
            max_vcpus=2,
            shares={"a": 1, "b": 2} if is_fair else None,
            consumable_resources={"licence": 1},
        )
        client = shared_client()
        if has_limit:
            limit = {"state": "RUNNABLE", "maxTimeSeconds": 600, "action": "CANCEL"}
            limit["reason"] = "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE"
            client.update_job_queue(jobQueue="queue", jobStateTimeLimitActions=[limit])
        mock._simulation.jobs.listeners.append(look)
        mock._simulation.jobs.blocked_listeners.append(look_again)
        for number, (vcpus, outcome, share, is_licensed, size, stop, after) in enumerate(plans):
            mock.script(f"job-{number}", OUTCOMES[outcome], succeed(after=3))
            needed = [{"type": "VCPU", "value": str(vcpus)}]
            members: dict[str, Any] = {
                "containerOverrides": {"resourceRequirements": needed},
                "retryStrategy": {"attempts": 2},
                "timeout": {"attemptDurationSeconds": 60},
            }
            if is_fair:
                members["shareIdentifier"] = share
            if is_licensed:
                licence = {"consumableResource": "licence", "quantity": 1}
                members["consumableResourcePropertiesOverride"] = {
                    "consumableResourceList": [licence]
                }
            if size >= 2:
                members["arrayProperties"] = {"size": size}
            job_id = submit(client, f"job-{number}", **members)
            mock.tick(after)
            if stop is not None:
                getattr(client, stop)(jobId=job_id, reason="because")
        mock.run()
        events = list(mock.events)
    assert len(events) == len(shown)
    for event, (kind, detail) in zip(events, shown, strict=True):
        told = {name: value for name, value in event["detail"].items() if name != "tags"}
        del detail["tags"]
        assert (event["detail-type"], told) == (kind, detail)


class TestSubscribe:
    def test_each_matching_event_as_it_happens(self, batch_mock: BatchMock, client: Any) -> None:
        """A handler receives matching events at their time, after the transition."""
        seen: list[tuple[str, str, int]] = []

        def handler(event: Any) -> None:
            status = described(client, event["detail"]["jobId"])["status"]
            seen.append((event["detail"]["status"], status, batch_mock.clock.epoch_ms - START_MS))

        batch_mock.subscribe(handler, {"detail": {"status": ["RUNNING", "SUCCEEDED"]}})
        submit(client)
        batch_mock.run()
        assert seen == [("RUNNING", "RUNNING", 3000), ("SUCCEEDED", "SUCCEEDED", 4000)]

    def test_all_events_without_a_pattern(self, batch_mock: BatchMock, client: Any) -> None:
        """Without a pattern, every event from the subscription on is delivered."""
        job_id = submit(client)
        batch_mock.run_until(job_id, "STARTING")
        seen: list[Any] = []
        batch_mock.subscribe(seen.append)
        batch_mock.run()
        assert seen == list(batch_mock.events[2:])

    def test_duplicates(self, batch_mock: BatchMock, client: Any) -> None:
        """With duplicates, each event is delivered twice in a row with the same id."""
        seen: list[Any] = []
        batch_mock.subscribe(seen.append, {"detail": {"status": ["RUNNING", "SUCCEEDED"]}}, True)
        submit(client)
        batch_mock.run()
        assert statuses(seen) == ["RUNNING", "RUNNING", "SUCCEEDED", "SUCCEEDED"]
        assert seen[0] == seen[1]
        assert seen[0] is not seen[1]

    def test_run_until_includes_the_event(self, batch_mock: BatchMock, client: Any) -> None:
        """`run_until` returns after the delivery of the status's event."""
        seen: list[Any] = []
        batch_mock.subscribe(seen.append)
        batch_mock.run_until(submit(client), "STARTING")
        assert statuses(seen) == ["RUNNABLE", "STARTING"]

    def test_a_handler_may_submit(self, batch_mock: BatchMock, client: Any) -> None:
        """A handler can submit a failed job again."""
        batch_mock.script("job", fail(1))

        def resubmit(event: Any) -> None:
            submit(client, "again")

        batch_mock.subscribe(resubmit, {"detail": {"status": ["FAILED"], "jobName": ["job"]}})
        submit(client)
        batch_mock.run()
        assert [(job.name, job.status) for job in batch_mock.jobs] == [
            ("job", "FAILED"),
            ("again", "SUCCEEDED"),
        ]

    def test_a_handler_may_stop_what_it_hears_of(self, batch_mock: BatchMock, client: Any) -> None:
        """A handler can terminate every job once it is placed, and nothing is left running."""
        batch_mock.subscribe(
            lambda event: client.terminate_job(jobId=event["detail"]["jobId"], reason="no"),
            {"detail": {"status": ["STARTING"]}},
        )
        job_id = submit(client)
        batch_mock.run()
        assert batch_mock.job(job_id).status_reason == "no"
        assert statuses(batch_mock.events) == ["RUNNABLE", "STARTING", "FAILED"]

    @pytest.mark.parametrize("name", ["run", "tick", "step"])
    def test_a_handler_may_not_move_time(
        self, batch_mock: BatchMock, client: Any, name: str
    ) -> None:
        """A handler that moves time gets an error, and the job continues when time moves again."""
        subscription = batch_mock.subscribe(lambda event: getattr(batch_mock, name)())
        job_id = submit(client)
        with pytest.raises(BatchMockError, match=f"{name}\\(\\) was called while time is being"):
            batch_mock.run()
        subscription.cancel()
        batch_mock.run()
        assert batch_mock.job(job_id).status == "SUCCEEDED"

    def test_an_error_reaches_the_test_once(self, batch_mock: BatchMock, client: Any) -> None:
        """An exception of a handler propagates to the code that moved time, and the simulation can continue."""
        first, second = [], []

        def fails(event: Any) -> None:
            first.append(event["detail"]["status"])
            if event["detail"]["status"] == "RUNNING":
                raise ValueError("no such table")

        batch_mock.subscribe(fails)
        batch_mock.subscribe(lambda event: second.append(event["detail"]["status"]))
        job_id = submit(client)
        with pytest.raises(ValueError, match="no such table"):
            batch_mock.run()
        assert batch_mock.job(job_id).status == "RUNNING"
        assert second == ["RUNNABLE", "STARTING"]
        batch_mock.run()
        assert first == second == ["RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]
        assert batch_mock.job(job_id).status == "SUCCEEDED"

    def test_what_is_left_comes_with_the_next_move_of_time(
        self, batch_mock: BatchMock, client: Any
    ) -> None:
        """Deliveries after a failed one happen when time moves, even if nothing else is due."""
        calls: list[str] = []

        def fails_once(event: Any) -> None:
            calls.append(event["id"])
            if len(calls) == 1:
                raise ValueError("first")

        batch_mock.subscribe(fails_once, {"detail": {"status": ["SUCCEEDED"]}}, duplicates=True)
        submit(client)
        with pytest.raises(ValueError, match="first"):
            batch_mock.run()
        assert len(calls) == 1
        batch_mock.tick(0)
        assert len(calls) == 2
        assert calls[0] == calls[1]

    def test_nothing_is_lost_to_a_function_that_fails(
        self, batch_mock: BatchMock, client: Any
    ) -> None:
        """An event is delivered later if a job's function raised an error through to the test."""
        seen: list[Any] = []
        batch_mock.subscribe(seen.append)
        batch_mock.script("job", call(lambda context: batch_mock.run()))
        submit(client)
        with pytest.raises(BatchMockError, match=r"run\(\) was called while time is being moved"):
            batch_mock.run()
        assert statuses(seen) == ["RUNNABLE", "STARTING"]
        batch_mock.run()
        assert statuses(seen) == ["RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]

    def test_moves_without_time(self, batch_mock: BatchMock, client: Any) -> None:
        """Events of a request that ends jobs at once are delivered when time next moves."""
        seen: list[Any] = []
        submit(client)
        batch_mock.subscribe(seen.append)
        client.update_job_queue(jobQueue="queue", state="DISABLED")
        client.delete_job_queue(jobQueue="queue")
        assert (statuses(batch_mock.events), seen) == (["FAILED"], [])
        batch_mock.step()
        assert statuses(seen) == ["FAILED"]

    def test_a_handler_may_wait_for_threads(self, batch_mock: BatchMock, client: Any) -> None:
        """Threads that a handler starts and joins can call Batch, and see the job of the event."""
        seen: list[tuple[str, list[str]]] = []

        def handler(event: Any) -> None:
            job_id = event["detail"]["jobId"]
            with ThreadPoolExecutor(max_workers=2) as pool:
                found = list(pool.map(lambda job: described(client, job), [job_id, job_id]))
            seen.append((event["detail"]["status"], [job["status"] for job in found]))

        batch_mock.subscribe(handler)
        submit(client)
        batch_mock.run()
        assert seen == [(status, [status] * 2) for status in statuses(batch_mock.events)]
        assert len(seen) == 4

    def test_a_thread_of_a_handler_may_submit(self, batch_mock: BatchMock, client: Any) -> None:
        """A job submitted by a handler has the time of the event and runs like any other."""

        def resubmit(event: Any) -> None:
            worker = Thread(target=submit, args=(client, "again"))
            worker.start()
            worker.join()

        batch_mock.script("job", fail(1))
        batch_mock.subscribe(resubmit, {"detail": {"status": ["FAILED"]}})
        submit(client)
        batch_mock.run()
        again = batch_mock.jobs.named("again").only()
        assert again.status == "SUCCEEDED"
        assert again.created_at == batch_mock.jobs.named("job").only().stopped_at

    def test_cancel(self, batch_mock: BatchMock, client: Any) -> None:
        """A cancelled subscription receives no more events, and can be cancelled again."""
        seen: list[Any] = []
        with batch_mock.subscribe(seen.append) as subscription:
            batch_mock.run_until(submit(client), "STARTING")
        batch_mock.run()
        subscription.cancel()
        assert statuses(seen) == ["RUNNABLE", "STARTING"]
        assert repr(subscription).endswith(", cancelled>")

    def test_cancel_from_inside(self, batch_mock: BatchMock, client: Any) -> None:
        """A handler that cancels its subscription does not receive the duplicate either."""
        seen: list[Any] = []

        def once(event: Any) -> None:
            seen.append(event)
            subscription.cancel()

        subscription = batch_mock.subscribe(once, duplicates=True)
        assert repr(subscription).endswith(", active>")
        submit(client)
        batch_mock.run()
        assert statuses(seen) == ["RUNNABLE"]

    def test_handlers_share_nothing(self, batch_mock: BatchMock, client: Any) -> None:
        """A handler that changes its event does not affect other handlers."""
        seen: list[Any] = []
        batch_mock.subscribe(lambda event: event.clear())
        batch_mock.subscribe(seen.append)
        submit(client)
        batch_mock.run()
        assert len(statuses(seen)) == 4

    def test_pattern_beyond_what_is_cheap_to_tell(self, batch_mock: BatchMock, client: Any) -> None:
        """A pattern can match any field of the detail."""
        seen: list[Any] = []
        batch_mock.script("job", fail(3), array_index=1)
        pattern = {"detail": {"container": {"exitCode": [{"numeric": [">", 0]}]}}}
        batch_mock.subscribe(seen.append, pattern)
        submit(client, arrayProperties={"size": 2})
        batch_mock.run()
        assert [event["detail"]["arrayProperties"]["index"] for event in seen] == [1]

    async def _coroutine(self, event: Any) -> None:
        """Stand in for an async handler that is never awaited."""

    @pytest.mark.parametrize("handler", [None, "handler", _coroutine])
    def test_no_function(self, batch_mock: BatchMock, handler: Any) -> None:
        """A handler that is not an ordinary function is refused at once."""
        with pytest.raises(BatchMockError) as caught:
            batch_mock.subscribe(handler)
        assert str(caught.value).startswith(f"batchmock: subscribe() got {handler!r}, which is not")

    def test_a_coroutine_is_told(self, batch_mock: BatchMock, client: Any) -> None:
        """A handler that returns a coroutine is an error."""
        batch_mock.subscribe(lambda event: self._coroutine(event))
        submit(client)
        with pytest.raises(BatchMockError, match=r"which nothing would await\. Run the coroutine"):
            batch_mock.run()

    def test_bad_pattern(self, batch_mock: BatchMock) -> None:
        """A pattern that EventBridge refuses is refused."""
        with pytest.raises(BatchMockError, match='"detail-type" must be an object or an array'):
            batch_mock.subscribe(print, {"detail-type": STATE_CHANGE})
