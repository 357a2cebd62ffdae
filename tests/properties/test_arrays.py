"""Invariants of array jobs with any dependencies, scripts, stops and holds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from batchmock import BatchMock, Outcome, cannot_pull_image, fail, hang, mock_batch, succeed

from ..builders import shared_client

STATUSES = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED")
ENDED = {"SUCCEEDED", "FAILED"}
NAMES = ("first", "second", "third")

outcomes = st.one_of(
    st.builds(succeed, after=st.integers(0, 9), runnable=st.integers(0, 5)),
    st.builds(fail, st.integers(1, 255), after=st.integers(0, 9)),
    st.builds(hang),
    st.builds(cannot_pull_image),
)


@dataclass
class Plan:
    """Three arrays of one size that depend on earlier ones, and the operations on them."""

    size: int
    attempts: int
    timeout: int | None
    grace: int
    #: For each array: whether it is SEQUENTIAL, and for later ones, how they depend on an earlier one.
    sequential: list[bool]
    kinds: list[tuple[str, int]]
    scripts: list[tuple[str, int | None, list[Outcome]]] = field(default_factory=list)
    #: The operation in each second, with its array, and its child or None for the whole array.
    deeds: list[tuple[str, int, int | None]] = field(default_factory=list)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Draw a plan."""
    size = draw(st.integers(2, 5))
    child = st.one_of(st.none(), st.integers(0, size - 1))
    script = st.tuples(st.sampled_from(NAMES), child, st.lists(outcomes, min_size=1, max_size=3))
    operations = ("tick", "cancel", "terminate", "hold", "release")
    return Plan(
        size=size,
        attempts=draw(st.integers(1, 3)),
        timeout=draw(st.sampled_from([None, 60])),
        grace=draw(st.sampled_from([0, 3])),
        sequential=draw(st.lists(st.booleans(), min_size=3, max_size=3)),
        kinds=[
            (draw(st.sampled_from(["none", "plain", "N_TO_N", "child"])), draw(st.integers(0, i)))
            for i in range(2)
        ],
        scripts=draw(st.lists(script, max_size=4)),
        deeds=draw(
            st.lists(st.tuples(st.sampled_from(operations), st.integers(0, 2), child), max_size=25)
        ),
    )


class Run:
    """The execution of a plan, with the invariants checked after every step."""

    def __init__(self, mock: BatchMock, plan: Plan) -> None:
        self.mock = mock
        self.plan = plan
        self.client = shared_client()
        mock.provision()
        for name, index, given_outcomes in plan.scripts:
            mock.script(name, *given_outcomes, array_index=index)
        self.arrays: list[str] = []
        self.held: set[str] = set()
        for number in range(3):
            self.arrays.append(self._submit(number))

    def _submit(self, number: int) -> str:
        depends_on: list[dict[str, str]] = []
        if self.plan.sequential[number]:
            depends_on.append({"type": "SEQUENTIAL"})
        kind, other = self.plan.kinds[number - 1] if number else ("none", 0)
        if kind == "child":
            depends_on.append({"jobId": f"{self.arrays[other]}:1"})
        elif kind != "none":
            type_ = {"type": "N_TO_N"} if kind == "N_TO_N" else {}
            depends_on.append({"jobId": self.arrays[other], **type_})
        members: dict[str, Any] = {"dependsOn": depends_on} if depends_on else {}
        if self.plan.timeout:
            members["timeout"] = {"attemptDurationSeconds": self.plan.timeout}
        job_id: str = self.client.submit_job(
            jobName=NAMES[number],
            jobQueue="job-queue",
            jobDefinition="job-definition",
            arrayProperties={"size": self.plan.size},
            retryStrategy={"attempts": self.plan.attempts},
            **members,
        )["jobId"]
        return job_id

    def carry_out(self, check: Callable[[], None]) -> None:
        """Execute one operation per second, and then run until nothing is left to happen."""
        for operation, number, child in self.plan.deeds:
            self._do(operation, self.arrays[number], child)
            check()
            self.mock.tick(1)
            check()
        idle = 0
        # A step without transitions is not necessarily the last: its entry may have been handled already.
        while idle < 50:
            idle = 0 if self.mock.step() else idle + 1
            check()

    def _do(self, operation: str, job_id: str, child: int | None) -> None:
        if child is not None:
            job_id = f"{job_id}:{child}"
        if operation == "cancel":
            self.client.cancel_job(jobId=job_id, reason="cancelled")
        elif operation == "terminate":
            self.client.terminate_job(jobId=job_id, reason="terminated")
        elif operation == "hold" and self.mock.job(job_id).status == "SUBMITTED":
            self.mock.hold(job_id, at="RUNNABLE")
            self.held.add(job_id)
        elif operation == "release" and job_id in self.held:
            self.mock.release(job_id)
            self.held.remove(job_id)

    def check(self) -> None:
        """Summaries are correct, and a parent has ended exactly if all of its children have."""
        for parent in self.arrays:
            job = self.mock.job(parent)
            counted = Counter(child.status for child in job.children)
            assert job.status_summary == {status: counted[status] for status in STATUSES}
            assert sum(job.status_summary.values()) == self.plan.size
            assert (job.status in ENDED) == all(child.status in ENDED for child in job.children)

    def summaries_as_shown(self) -> None:
        """DescribeJobs shows the counts of ListJobs."""
        for job in self.client.describe_jobs(jobs=self.arrays)["jobs"]:
            shown = job["arrayProperties"]["statusSummary"]
            for status in STATUSES:
                request = {"arrayJobId": job["jobId"], "jobStatus": status}
                assert shown[status] == len(self.client.list_jobs(**request)["jobSummaryList"])


def start_mock(plan: Plan) -> BatchMock:
    """Yield the mock for a plan."""
    return mock_batch(
        region="us-east-1", start="2026-01-02T03:04:05Z", stop_grace_seconds=plan.grace
    )


@settings(max_examples=60, deadline=None)
@given(plans())
def test_summary_and_end(plan: Plan) -> None:
    """A summary always equals the actual counts, and a parent ends together with its last child."""
    with start_mock(plan) as mock:
        run = Run(mock, plan)
        run.carry_out(run.check)
        run.summaries_as_shown()
        for parent in run.arrays:
            job = mock.job(parent)
            if job.status in ENDED:
                last = max(child.history[-1].at for child in job.children)
                assert job.history[-1].at == last
                failed = job.status_summary["FAILED"] > 0
                assert (job.status == "FAILED") == failed


@settings(max_examples=60, deadline=None)
@given(plans())
def test_no_start_before_dependency(plan: Plan) -> None:
    """No child becomes RUNNABLE before all of its dependencies have SUCCEEDED."""
    with start_mock(plan) as mock:
        run = Run(mock, plan)
        run.carry_out(lambda: None)
        succeeded: set[str] = set()
        for move in mock.transitions:
            if move.to_status == "SUCCEEDED":
                succeeded.add(move.job_id)
            if move.to_status in ("RUNNABLE", "STARTING", "RUNNING"):
                assert dependencies_of(run, move.job_id) <= succeeded


def dependencies_of(run: Run, child: str) -> set[str]:
    """Return the ids of all dependencies of a child in the plan."""
    parent, _, index = child.partition(":")
    number = run.arrays.index(parent)
    found = set()
    if run.plan.sequential[number] and int(index):
        found.add(f"{parent}:{int(index) - 1}")
    kind, other = run.plan.kinds[number - 1] if number else ("none", 0)
    if kind != "none":
        suffix = {"plain": "", "child": ":1", "N_TO_N": f":{index}"}[kind]
        found.add(run.arrays[other] + suffix)
    return found


@settings(max_examples=60, deadline=None)
@given(plans())
def test_nobody_waits_for_nothing(plan: Plan) -> None:
    """When nothing is left to happen, each child has ended, hangs, is held, or depends on an unfinished job."""
    with start_mock(plan) as mock:
        run = Run(mock, plan)
        run.carry_out(lambda: None)
        for parent in run.arrays:
            for child in mock.job(parent).children:
                if child.status in ENDED:
                    continue
                reasons = ("hangs", "It is held at", "It waits for job")
                assert any(reason in child.explain() for reason in reasons)


@settings(max_examples=60, deadline=None)
@given(plans())
def test_stopped_is_never_retried(plan: Plan) -> None:
    """A stopped child starts no attempt after the request."""
    with start_mock(plan) as mock:
        run = Run(mock, plan)
        stopped: dict[str, int] = {}

        def note() -> None:
            for parent in run.arrays:
                for child in mock.job(parent).children:
                    if child.is_cancelled or child.is_terminated:
                        stopped.setdefault(child.id, len(mock.transitions))

        run.carry_out(note)
        for position, move in enumerate(mock.transitions):
            if move.to_status == "STARTING" and move.job_id in stopped:
                assert position < stopped[move.job_id]


@settings(max_examples=30, deadline=None)
@given(plans())
def test_same_bytes(plan: Plan) -> None:
    """The same plan produces the same transitions and byte-identical replies."""
    assert recorded(plan) == recorded(plan)


def recorded(plan: Plan) -> bytes:
    """Execute a plan and return everything that it showed."""
    with start_mock(plan) as mock:
        run = Run(mock, plan)
        run.carry_out(lambda: None)
        children = [f"{parent}:{i}" for parent in run.arrays for i in range(plan.size)]
        jobs = run.client.describe_jobs(jobs=[*run.arrays, *children])["jobs"]
        moves = [str(move) for move in mock.transitions]
    return json.dumps([jobs, moves], sort_keys=True).encode()
