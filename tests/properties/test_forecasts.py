"""When a waiting job starts at the earliest, as `explain()` says, with any mixture of jobs."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchmock import BatchMock, Policies, call, fail, hang, mock_batch, reclaim_spot, succeed

from ..builders import needs_todays_model
from ..operations.service_requests import create_quota_queue, create_share
from ..simulation.placement.builders import asks, make_environment, make_queue
from . import test_hosts, test_service_capacity
from .test_hosts import Step, client

STATED = re.compile(r"starts at the earliest at (\S+ \S+) ")
SETTINGS = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def stated(explanation: str) -> int | None:
    """Return the instant that an explanation states, in milliseconds since the epoch."""
    found = STATED.search(explanation)
    if found is None:
        return None
    moment = datetime.fromisoformat(found[1]).replace(tzinfo=timezone.utc)
    return round(moment.timestamp() * 1000)


def check(mock: BatchMock, *, is_all_known: bool = True) -> None:
    """Compare what is stated about each RUNNABLE job with what happens when nothing else does."""
    simulation = mock._simulation
    said = {}
    for job in (*simulation.jobs.values(), *simulation.service_jobs.values()):
        if job.status == "RUNNABLE" and (job.waits_for_capacity or getattr(job, "is_ready", False)):
            views: Any = mock.job if job.id in simulation.jobs else mock.service_job
            said[job.id] = stated(views(job.id).explain())
    seen = len(simulation.transitions)
    mock.run()
    starts: dict[str, int] = {}
    for move in simulation.transitions[seen:]:
        if move.to_status in ("STARTING", "SCHEDULED"):
            starts.setdefault(move.job_id, move.at_ms)
    for job_id, instant in said.items():
        if instant is not None or is_all_known:
            assert starts.get(job_id) == instant


@SETTINGS
@given(test_hosts.STEPS, st.sampled_from([0, 45]), st.booleans())
def test_hosts_shared(steps: list[Step], launch_seconds: int, head_of_line_blocks: bool) -> None:
    """A job on shared hosts starts at the stated time, and not at all if none is stated."""
    with mock_batch(
        region="us-east-1",
        start="2026-01-02T03:04:05Z",
        launch_seconds=launch_seconds,
        policies=Policies(head_of_line_blocks=head_of_line_blocks),
    ) as mock:
        test_hosts.prepare(mock)
        test_hosts.carry_out(mock, steps)
        mock.tick(5)
        check(mock)


JOBS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        st.integers(1, 4),
        st.sampled_from([0, 0, 2, 4]),
        st.sampled_from(["good", "flaky", "late", "stuck"]),
        st.sampled_from([None, None, 0, 1]),
        st.sampled_from([0.0, 0.5, 7.0]),
    ),
    min_size=2,
    max_size=14,
)


@SETTINGS
@given(JOBS, st.booleans(), st.booleans())
def test_shares_and_dependencies(jobs: list[Any], is_fair: bool, has_limit: bool) -> None:
    """So it is with shares, arrays, dependencies, consumable resources and time limits."""
    with mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z") as mock:
        mock.script("good", succeed(after=20))
        mock.script("flaky", fail(1, after=5), reclaim_spot(after=3, runnable=4), succeed(after=7))
        mock.script("late", succeed(after=90, starting=6))
        mock.script("stuck", hang())
        members: dict[str, Any] = {}
        if is_fair:
            policy = client().create_scheduling_policy(
                name="fair", fairsharePolicy={"computeReservation": 20}
            )
            members["schedulingPolicyArn"] = policy["arn"]
        if has_limit:
            members["jobStateTimeLimitActions"] = [
                {
                    "reason": "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE",
                    "state": "RUNNABLE",
                    "maxTimeSeconds": 600,
                    "action": "CANCEL",
                }
            ]
        make_environment(client(), "ce", 3, instance_types=("m5.large", "z9"))
        make_environment(client(), "fargate", 2, resource_type="FARGATE")
        make_queue(client(), "ce", **members)
        mock.provision("other", "definition", "ce")
        resource = client().create_consumable_resource(
            consumableResourceName="licence", totalQuantity=2
        )["consumableResourceArn"]
        ids: list[str] = []
        for share, vcpus, size, name, earlier, seconds in jobs:
            request: dict[str, Any] = {"containerOverrides": asks(vcpus)}
            if is_fair:
                request |= {"shareIdentifier": share, "schedulingPriorityOverride": vcpus}
            if size:
                request["arrayProperties"] = {"size": size}
            if earlier is not None and len(ids) > earlier:
                request["dependsOn"] = [{"jobId": ids[earlier]}]
            if share == "c":
                request["consumableResourcePropertiesOverride"] = {
                    "consumableResourceList": [
                        {"consumableResource": resource, "quantity": min(vcpus, 2)}
                    ]
                }
            reply = client().submit_job(
                jobName=name,
                jobQueue="queue",
                jobDefinition="definition",
                retryStrategy={"attempts": 3},
                timeout={"attemptDurationSeconds": 60},
                **request,
            )
            ids.append(reply["jobId"])
            mock.tick(seconds)
        mock.tick(3)
        check(mock)


@needs_todays_model
@SETTINGS
@given(test_service_capacity.SHARES, test_service_capacity.JOBS)
def test_service_jobs(shares: dict[str, Any], jobs: list[Any]) -> None:
    """Service jobs with quota shares and preemptions start at the stated time too."""
    with mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z") as mock:
        create_quota_queue(client(), m5=test_service_capacity.CAPACITY)
        for name, (strategy, quota, borrow_limit, in_share) in shares.items():
            limit = borrow_limit if strategy == "LEND_AND_BORROW" else None
            create_share(client(), name, strategy, borrow_limit=limit, in_share=in_share, m5=quota)
        test_service_capacity.submit_all(mock, client(), jobs, "quotaShareName")
        mock.tick(2)
        check(mock)


@SETTINGS
@given(JOBS)
def test_functions_of_the_test(jobs: list[Any]) -> None:
    """What a function of the test decides is not foreseen: it is not called, and no wrong time is stated."""
    calls: list[str] = []

    def decide(context: Any) -> int:
        calls.append(context.job_id)
        return len(calls) % 2

    with mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z") as mock:
        mock.provision("queue", "definition", max_vcpus=4)
        mock.script("late", call(decide, after=30))
        for _, vcpus, _, name, _, seconds in jobs:
            client().submit_job(
                jobName=name,
                jobQueue="queue",
                jobDefinition="definition",
                containerOverrides=asks(vcpus),
                retryStrategy={"attempts": 2},
            )
            mock.tick(seconds)
        before = list(calls)
        assert all(job.explain() for job in mock.jobs)
        assert calls == before
        check(mock, is_all_known=False)
