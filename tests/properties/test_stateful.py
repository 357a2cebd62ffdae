"""
Random programs of calls and ticks through a boto3 client, with invariants checked after each step.

The machine has no model of the whole service. It records its requests and compares the service's
replies, the views and the simulation with them and with one another.
"""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from batchmock import (
    BatchMockError,
    CallContext,
    Outcome,
    StuckError,
    call,
    cannot_create_container,
    cannot_initialize_resources,
    cannot_pull_image,
    cannot_start,
    docker_timeout,
    fail,
    hang,
    mock_batch,
    out_of_memory,
    reclaim_spot,
    succeed,
    terminate_host,
)
from batchmock.operations.jobs.describe import job_detail
from batchmock.simulation.jobs.lifecycle import JOB_STATUSES, LEGAL_MOVES, TERMINAL

from ..builders import shared_client

QUEUES = ("q1", "q2")
DEFINITIONS = ("a", "b")
NAMES = ("x-1", "x-2", "y")
GLOBS = st.sampled_from([*NAMES, "x-*", "*"])
RETENTION = 1000
MOST_JOBS = 25


def _raise(_: CallContext) -> None:
    raise ValueError("the container's own bug")


OUTCOMES: list[Outcome] = [
    succeed(),
    succeed(after=0, runnable=0, starting=0),
    succeed(after=100, logs=["one", "two"]),
    succeed(runnable=30, starting=3.5),
    fail(3),
    fail(1, after=61, reason="Own reason"),
    fail(2, status_reason="Own status reason", logs="a line"),
    out_of_memory(),
    cannot_pull_image(),
    cannot_create_container(),
    cannot_initialize_resources(starting=10),
    cannot_start("No reason"),
    docker_timeout(),
    reclaim_spot(after=5),
    terminate_host(),
    hang(),
    hang(on_sigterm=0),
    call(lambda context: context.attempt - 2),
    call(lambda _: hang()),
    call(_raise, after=2),
]

OUTCOME_LISTS = st.lists(st.sampled_from(OUTCOMES), min_size=1, max_size=4)

RULES = st.fixed_dictionaries(
    {"action": st.sampled_from(["RETRY", "EXIT", "retry", "exit"])},
    optional={
        "onReason": st.sampled_from(["*", "OutOfMemory*", "Own reason"]),
        "onStatusReason": st.sampled_from(["Host EC2*", "Task failed*", "*"]),
        "onExitCode": st.sampled_from(["1", "13*", "*"]),
    },
).filter(lambda exit_rule: len(exit_rule) > 1)
ATTEMPTS = st.sampled_from([3, 2, 10, 1])
RETRY_STRATEGIES = st.one_of(
    st.none(),
    st.fixed_dictionaries({"attempts": ATTEMPTS}),
    st.fixed_dictionaries(
        {"attempts": ATTEMPTS, "evaluateOnExit": st.lists(RULES, min_size=1, max_size=3)}
    ),
)
TIMEOUTS = st.none() | st.sampled_from([60, 100])
OVERRIDES = st.fixed_dictionaries(
    {},
    optional={
        "command": st.just(["run", "Ref::size", "it"]),
        "environment": st.just([{"name": "MODE", "value": "fast"}]),
        "resourceRequirements": st.just([{"type": "MEMORY", "value": "256"}]),
    },
)
SECONDS = st.sampled_from([0, 0.5, 1, 7, 60, 700])
STATES = st.sampled_from(["ENABLED", "ENABLED", "DISABLED"])
INDEX = st.integers(min_value=0, max_value=MOST_JOBS)


SUBMITS = st.fixed_dictionaries(
    {
        "queue": st.sampled_from(QUEUES),
        "definition": st.sampled_from(DEFINITIONS),
        "retry": RETRY_STRATEGIES,
        "timeout": TIMEOUTS,
        "after": st.just([]) | st.lists(INDEX, max_size=2),
        "request": st.fixed_dictionaries(
            {
                "jobName": st.sampled_from(NAMES),
                "containerOverrides": OVERRIDES,
                "parameters": st.just({"size": "large"}),
            },
            optional={"tags": st.just({"team": "blue"})},
        ),
    }
)


@cache
def client() -> Any:
    """Return one client for the mocks of all runs."""
    return shared_client()


def given(**members: Any) -> dict[str, Any]:
    """Return the members that are not None."""
    return {name: value for name, value in members.items() if value is not None}


def retry_and_timeout(retry: dict[str, Any] | None, timeout: int | None) -> dict[str, Any]:
    """Return the members that RegisterJobDefinition and SubmitJob share."""
    limit = None if timeout is None else {"attemptDurationSeconds": timeout}
    return given(retryStrategy=retry, timeout=limit)


class Asked:
    """The SubmitJob request, and the previously described states of the job."""

    def __init__(self, job_id: str, queue: str, attempts: int, after: list[str]) -> None:
        self.job_id = job_id
        self.queue: str | None = queue
        self.attempts = attempts
        self.after = after
        self.moves_at_cancel: int | None = None
        #: The DescribeJobs entry from when the job was first seen to have ended.
        self.at_end: dict[str, Any] | None = None


class BatchMachine(RuleBasedStateMachine):
    """All operations of a test on a mock, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Asked] = []
        self.states = dict.fromkeys(QUEUES, "ENABLED")
        self.environment = "ENABLED"
        #: The active revisions of each definition, with their requirements by number.
        self.active: dict[str, dict[int, int]] = {name: {} for name in DEFINITIONS}
        self.revisions = dict.fromkeys(DEFINITIONS, 0)

    @initialize(
        stage_seconds=st.sampled_from([1, 0, 0.25, 20]),
        stop_grace_seconds=st.sampled_from([0, 3]),
        scripts=st.lists(st.tuples(GLOBS, OUTCOME_LISTS), max_size=3),
        submits=st.lists(SUBMITS, min_size=1, max_size=6),
    )
    def begin(
        self,
        stage_seconds: float,
        stop_grace_seconds: float,
        scripts: list[tuple[str, list[Outcome]]],
        submits: list[dict[str, Any]],
    ) -> None:
        """Start a mock with two queues on one environment, a definition, scripts and some jobs."""
        self.stop_grace_seconds = stop_grace_seconds
        self.starter = mock_batch(
            region="us-east-1",
            start="2026-01-02T03:04:05Z",
            stage_seconds=stage_seconds,
            stop_grace_seconds=stop_grace_seconds,
            retention=RETENTION,
        )
        self.mock = self.starter.start()
        for queue in QUEUES:
            self.mock.provision(job_queue=queue, job_definition="a", compute_environment="ce")
        self.mock.provision(job_queue="q1", job_definition="b", compute_environment="ce")
        self.active = {name: {1: 1} for name in DEFINITIONS}
        self.revisions = dict.fromkeys(DEFINITIONS, 1)
        for glob, outcomes in scripts:
            self.script(glob, outcomes)
        self.submit(submits)

    def teardown(self) -> None:
        """Run until nothing is left to happen, check everything once more, and stop the mock."""
        if not hasattr(self, "starter"):
            return
        try:
            self.mock.run()
            self.nothing_waits_without_a_reason()
            self.described_jobs_are_as_asked_for()
            self.lists_agree_with_descriptions(size=3)
        finally:
            self.starter.stop()

    # Operations

    @rule(name=st.sampled_from(DEFINITIONS), retry=RETRY_STRATEGIES, timeout=TIMEOUTS)
    def register(self, name: str, retry: dict[str, Any] | None, timeout: int | None) -> None:
        """Register the next revision of a definition."""
        reply = client().register_job_definition(
            jobDefinitionName=name,
            type="container",
            parameters={"size": "small"},
            containerProperties={
                "image": "busybox",
                "command": ["run", "Ref::size"],
                "resourceRequirements": [
                    {"type": "VCPU", "value": "1"},
                    {"type": "MEMORY", "value": "128"},
                ],
            },
            **retry_and_timeout(retry, timeout),
        )
        self.revisions[name] += 1
        assert reply["revision"] == self.revisions[name]
        self.active[name][reply["revision"]] = retry["attempts"] if retry else 1

    @precondition(lambda self: any(self.active.values()))
    @rule(index=INDEX)
    def deregister(self, index: int) -> None:
        """Deregister one of the active revisions."""
        active = [(name, revision) for name, known in self.active.items() for revision in known]
        name, revision = active[index % len(active)]
        client().deregister_job_definition(jobDefinition=f"{name}:{revision}")
        del self.active[name][revision]

    @precondition(lambda self: len(self.asked) < MOST_JOBS)
    @rule(submits=st.lists(SUBMITS, min_size=1, max_size=3))
    def submit(self, submits: list[dict[str, Any]]) -> None:
        """Submit some jobs."""
        for submit in submits:
            self.submit_one(**submit)

    def submit_one(
        self,
        queue: str,
        definition: str,
        retry: dict[str, Any] | None,
        timeout: int | None,
        after: list[int],
        request: dict[str, Any],
    ) -> None:
        """Submit a job, which a disabled queue or a definition without an active revision refuses."""
        visible = self.visible()
        depends_on = [visible[index % len(visible)].job_id for index in after] if visible else []
        request = {
            **request,
            **retry_and_timeout(retry, timeout),
            "jobQueue": queue,
            "jobDefinition": definition,
            "dependsOn": [{"jobId": job_id} for job_id in depends_on],
        }
        if self.states[queue] == "DISABLED" or not self.active[definition]:
            known = len(self.mock.jobs)
            with pytest.raises(ClientError, match="ClientException"):
                client().submit_job(**request)
            assert len(self.mock.jobs) == known
            return
        job_id = client().submit_job(**request)["jobId"]
        attempts = self.active[definition][max(self.active[definition])]
        if retry is not None:
            attempts = retry["attempts"]
        self.asked.append(Asked(job_id, queue, attempts, depends_on))

    @precondition(lambda self: self.asked)
    @rule(index=INDEX)
    def cancel(self, index: int) -> None:
        """Cancel any job, which has no effect after it has started or ended."""
        self.cancel_one(self.asked[index % len(self.asked)])

    @rule(index=INDEX)
    def cancel_before_placing(self, index: int) -> None:
        """Cancel a RUNNABLE job right after a step; its own next step may be due at the same instant."""
        self.mock.step()
        runnable = [
            asked for asked in self.asked if self.mock.job(asked.job_id).status == "RUNNABLE"
        ]
        if runnable:
            self.cancel_one(runnable[index % len(runnable)])

    def cancel_one(self, asked: Asked) -> None:
        """Cancel a job, and record that it must not start, or that nothing must change."""
        job = self.mock.job(asked.job_id)
        planned = len(self.mock._simulation.agenda)
        terminated = job.is_terminated
        client().cancel_job(jobId=asked.job_id, reason="cancelled by a rule")
        if job.status in ("SUBMITTED", "PENDING", "RUNNABLE"):
            assert job.is_cancelled or job.is_terminated
            if asked.moves_at_cancel is None:
                asked.moves_at_cancel = len(job.history)
        else:
            assert (job.is_terminated, planned) == (
                terminated,
                len(self.mock._simulation.agenda),
            )

    @precondition(lambda self: self.asked)
    @rule(index=INDEX)
    def terminate(self, index: int) -> None:
        """Terminate any job."""
        job_id = self.asked[index % len(self.asked)].job_id
        client().terminate_job(jobId=job_id, reason="terminated by a rule")

    @rule(glob=GLOBS, outcomes=OUTCOME_LISTS)
    def script(self, glob: str, outcomes: list[Outcome]) -> None:
        """Script outcomes from the catalogue, also for running attempts."""
        self.mock.script(glob, *outcomes)

    @rule(glob=GLOBS, at=st.sampled_from(JOB_STATUSES[:5]))
    def hold(self, glob: str, at: str) -> None:
        """Hold jobs, including future ones."""
        self.mock.hold(glob, at)

    @rule(glob=GLOBS)
    def release(self, glob: str) -> None:
        """Release jobs, if any are held."""
        with suppress(BatchMockError):
            self.mock.release(glob)

    @rule(state=STATES, queue=st.sampled_from(QUEUES))
    def switch_queue(self, state: str, queue: str) -> None:
        """Enable or disable a queue."""
        client().update_job_queue(jobQueue=queue, state=state)
        self.states[queue] = state

    @rule(state=STATES)
    def switch_environment(self, state: str) -> None:
        """Enable or disable the environment of both queues."""
        client().update_compute_environment(computeEnvironment="ce", state=state)
        self.environment = state

    @precondition(lambda self: any(asked.queue == "q2" for asked in self.asked))
    @rule()
    def delete_queue(self) -> None:
        """Disable and delete a queue, which ends its jobs, and create it again."""
        client().update_job_queue(jobQueue="q2", state="DISABLED")
        client().delete_job_queue(jobQueue="q2")
        for asked in self.asked:
            if asked.queue == "q2":
                asked.queue = None
                assert self.mock.job(asked.job_id).status in TERMINAL
        self.mock.provision(job_queue="q2", job_definition="a", compute_environment="ce")
        self.states["q2"] = "ENABLED"
        if not self.active["a"]:
            self.revisions["a"] += 1
            self.active["a"][self.revisions["a"]] = 1

    @rule(seconds=SECONDS)
    def tick(self, seconds: float) -> None:
        """Move time; a move of 0 seconds handles the entries that are due now."""
        before = self.mock.clock.epoch_ms
        self.mock.tick(seconds)
        assert self.mock.clock.epoch_ms == before + seconds * 1000

    @rule()
    def step(self) -> None:
        """Perform one step."""
        before = len(self.mock.transitions)
        assert self.mock.step() == self.mock.transitions[before:]

    @rule()
    def run_to_the_end(self) -> None:
        """Run until nothing is left to happen."""
        self.mock.run()
        assert self.mock.step() == []
        self.nothing_waits_without_a_reason()

    @precondition(lambda self: self.asked)
    @rule(index=INDEX, status=st.sampled_from(JOB_STATUSES))
    def run_until(self, index: int, status: str) -> None:
        """Run until a job has a status, or until an error explains why it never will."""
        job_id = self.asked[index % len(self.asked)].job_id
        with suppress(StuckError):
            self.mock.run_until(job_id, status)
            assert self.mock.job(job_id).status == status
            return
        assert self.mock.job(job_id).status != status

    # Invariants

    def nothing_waits_without_a_reason(self) -> None:
        """When nothing is left to happen, each job has ended or its explanation names an obstacle."""
        for job in self.mock._simulation.jobs.values():
            if job.is_terminal or job.parked:
                continue
            if job.status == "PENDING":
                assert not all(dependency.is_terminal for dependency in job.dependencies)
            elif job.status == "RUNNABLE":
                assert self.environment == "DISABLED"
            else:
                assert job.status == "RUNNING"
                assert job.timeout_ms is None

    def visible(self) -> list[Asked]:
        """Return the jobs that are still retained."""
        now_ms = self.mock.clock.epoch_ms
        return [
            asked
            for asked in self.asked
            if self.mock.job(asked.job_id).status not in TERMINAL
            or self.mock.job(asked.job_id).history[-1].at_ms > now_ms - RETENTION * 1000
        ]

    def described(self) -> dict[str, dict[str, Any]]:
        """Return the DescribeJobs entries of all jobs, by id."""
        reply = client().describe_jobs(jobs=[asked.job_id for asked in self.asked])
        json.dumps(reply)
        return {job["jobId"]: job for job in reply["jobs"]}

    @precondition(lambda self: self.asked)
    @invariant()
    def described_jobs_are_as_asked_for(self) -> None:
        """DescribeJobs shows visible jobs within bounds and like their views, and ended jobs do not change."""
        if not self.asked:
            return
        described = self.described()
        assert list(described) == [asked.job_id for asked in self.visible()]
        # Ask twice: the second reply comes from the cache.
        anew = [job_detail(self.mock._simulation.jobs[job_id]) for job_id in described]
        assert list(described.values()) == anew
        for asked in self.asked:
            if asked.job_id in described:
                self.check_detail(asked, described[asked.job_id])

    def check_detail(self, asked: Asked, detail: dict[str, Any]) -> None:
        """Compare a job of DescribeJobs with its view and with its earlier state."""
        job = self.mock.job(asked.job_id)
        assert detail["status"] == job.status
        assert detail.get("statusReason") == job.status_reason
        assert detail["createdAt"] == milliseconds(job.created_at)
        assert detail.get("startedAt") == milliseconds(job.started_at)
        assert detail.get("stoppedAt") == milliseconds(job.stopped_at)
        assert detail["container"]["command"] == job.command
        assert detail.get("isCancelled", False) == job.is_cancelled
        assert detail.get("isTerminated", False) == job.is_terminated
        shown = [
            (item["container"].get("exitCode"), item["container"].get("reason"))
            for item in detail["attempts"]
        ]
        assert shown == [(attempt.exit_code, attempt.reason) for attempt in job.attempts]
        times = [detail[key] for key in ("createdAt", "startedAt", "stoppedAt") if key in detail]
        assert times == sorted(times)
        assert ("stoppedAt" in detail) == (job.status in TERMINAL)
        if job.status == "FAILED":
            assert detail["statusReason"]
        if asked.at_end is not None:
            assert detail == asked.at_end
        elif job.status in TERMINAL:
            asked.at_end = detail

    @invariant()
    def attempts_are_within_bounds(self) -> None:
        """Attempts are sequential, within their number and their timeout."""
        for asked in self.asked:
            job = self.mock.job(asked.job_id)
            tries = sum(move.to_status == "RUNNABLE" for move in job.history)
            assert len(job.attempts) <= tries <= asked.attempts == job.max_attempts
            times = [
                moment
                for attempt in job.attempts
                for moment in (attempt.started_at, attempt.stopped_at)
                if moment is not None
            ]
            assert times == sorted(times)
            for attempt in job.attempts:
                assert attempt.status_reason
                if attempt.started_at is None:
                    assert attempt.exit_code is None
                elif job.timeout_seconds is not None:
                    assert attempt.stopped_at is not None
                    ran = (attempt.stopped_at - attempt.started_at).total_seconds()
                    assert ran <= job.timeout_seconds + self.stop_grace_seconds
            if job.status == "SUCCEEDED":
                assert job.attempts[-1].exit_code == 0

    @invariant()
    def histories_are_legal(self) -> None:
        """Jobs make only legal transitions, in order of time, and only the final one after a cancellation."""
        for asked in self.asked:
            job = self.mock.job(asked.job_id)
            status, at_ms = "SUBMITTED", milliseconds(job.created_at) or 0
            for move in job.history:
                assert move.from_status == status
                assert move.to_status in LEGAL_MOVES[status]
                assert at_ms <= move.at_ms <= self.mock.clock.epoch_ms
                status, at_ms = move.to_status, move.at_ms
            assert job.status == status
            if asked.moves_at_cancel is not None:
                later = job.history[asked.moves_at_cancel :]
                assert "STARTING" not in [move.to_status for move in later]

    @invariant()
    def all_transitions_are_in_order(self) -> None:
        """The transitions of the mock are those of its jobs, in order of time."""
        moves = self.mock.transitions if hasattr(self, "mock") else []
        assert all(one.at_ms <= other.at_ms for one, other in pairwise(moves))
        for asked in self.asked:
            own = [move for move in moves if move.job_id == asked.job_id]
            assert own == self.mock.job(asked.job_id).history

    @invariant()
    def dependents_wait(self) -> None:
        """A job becomes RUNNABLE only when all of its dependencies have SUCCEEDED."""
        for asked in self.asked:
            job = self.mock.job(asked.job_id)
            runnable = [move.at_ms for move in job.history if move.to_status == "RUNNABLE"]
            if not runnable:
                continue
            for dependency in (self.mock.job(job_id) for job_id in asked.after):
                assert dependency.status == "SUCCEEDED"
                assert dependency.history[-1].at_ms <= runnable[0]

    @invariant()
    def nothing_is_planned_for_ended_jobs(self) -> None:
        """An ended job has no next stage, no timeout and no current attempt."""
        if not self.asked:
            return
        for job in self.mock._simulation.jobs.values():
            if job.is_terminal:
                assert (job.entry, job.timeout_entry, job.attempt) == (None, None, None)
                assert not job.parked
                assert not job.waits_for_capacity
                assert not job.dependents

    @rule(size=st.integers(min_value=1, max_value=4))
    def lists_agree_with_descriptions(self, size: int) -> None:
        """The pages of ListJobs partition the jobs of each queue and status, oldest first."""
        if not self.asked:
            return
        described = self.described()
        for queue in QUEUES:
            expected = [
                asked.job_id
                for asked in self.asked
                if asked.queue == queue and asked.job_id in described
            ]
            for status in JOB_STATUSES:
                listed = self.listed(size, jobQueue=queue, jobStatus=status)
                of_status = [each for each in expected if described[each]["status"] == status]
                assert [summary["jobId"] for summary in listed] == of_status
                for summary in listed:
                    check_summary(summary, described[summary["jobId"]])
                if status == "RUNNING":
                    assert self.listed(size, jobQueue=queue) == listed
            by_name = [{"name": "JOB_NAME", "values": ["*"]}]
            listed = self.listed(size, jobQueue=queue, filters=by_name)
            assert [summary["jobId"] for summary in listed] == expected[::-1]

    @staticmethod
    def listed(size: int, **selection: Any) -> list[dict[str, Any]]:
        """Return the summaries from all pages, of which all but the last must be full."""
        summaries: list[dict[str, Any]] = []
        page = client().list_jobs(maxResults=size, **selection)
        while "nextToken" in page:
            assert len(page["jobSummaryList"]) == size
            assert page["jobSummaryList"][-1] not in summaries  # or the pages would never end
            summaries += page["jobSummaryList"]
            page = client().list_jobs(maxResults=size, nextToken=page["nextToken"], **selection)
            assert page["jobSummaryList"]
        assert len(page["jobSummaryList"]) <= size
        return summaries + page["jobSummaryList"]


def milliseconds(moment: Any) -> int | None:
    """Return an instant in the format of the service."""
    return None if moment is None else round(moment.timestamp() * 1000)


def check_summary(summary: dict[str, Any], detail: dict[str, Any]) -> None:
    """Compare a ListJobs entry with the DescribeJobs entry of the same job."""
    for member in ("status", "jobName", "createdAt", "startedAt", "stoppedAt", "statusReason"):
        assert summary.get(member) == detail.get(member), member
    if detail["status"] in TERMINAL:
        container = summary.get("container", {})
        for member in ("exitCode", "reason"):
            assert container.get(member) == detail["container"].get(member), member


TestBatchMachine = pytest.mark.filterwarnings("error")(BatchMachine.TestCase)
TestBatchMachine.settings = settings(
    max_examples=80,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
