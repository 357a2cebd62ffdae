"""
Traces: what a run has asked for, and what its jobs have done.

A trace is plain data with times relative to the start of the mock, so that the traces of two runs compare equal
if the code behaved alike, and a forked process can send its trace to its parent.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from itertools import zip_longest
from typing import Any, Final, NamedTuple

from batchmock.exploring.stacks import Boundary, Place
from batchmock.mock import BatchMock
from batchmock.observe.calls import Call
from batchmock.simulation.tracking.records import TrackedJob
from batchmock.walltime.sleepers import sleepers

#: The requests whose replies show jobs.
LOOKS: Final = frozenset({"DescribeJobs", "ListJobs", "DescribeServiceJob", "ListServiceJobs"})
SUBMISSIONS: Final = frozenset({"SubmitJob", "SubmitServiceJob"})
_IDS: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: What differs in each run, and does not come from the code: botocore's tokens, pytest's temporary folders.
_CHANCE: Final = (
    re.compile(r'"clientToken": ?"[^"]*"'),
    re.compile(r"pytest-of-[^/\"]+/pytest-\d+/(?:popen-gw\d+/)?[\w.-]+"),
)
#: A run with so many more requests than the undisturbed one does not end by itself.
MOST_MORE_REQUESTS: Final = 5_000
#: An undisturbed run with so many requests does not end by itself.
MOST_REQUESTS: Final = 100_000
#: The number of requests at a line that has made too many in another run.
MOST_AGAIN: Final = 500
#: The number of errors that code which waits in vain may drop.
MOST_DROPPED: Final = 1_000


class Endless(BaseException):
    """The code goes on and on, whatever is raised: ends a run that `StuckError` has not ended."""


class TracedCall(NamedTuple):
    """
    One request.

    `stack` has the lines of the test and the code that made it, innermost first. `shown` are the jobs in the
    reply with their statuses, by id, and `submitted` is the id of a submitted job. `stood_ms` is how long event
    handlers and the functions of jobs had slept by then while time stood still.
    """

    operation: str
    body: str
    at_ms: int
    stack: tuple[Place, ...]
    fault: str = ""
    try_number: int = 1
    has_failed: bool = False
    shown: tuple[tuple[str, str], ...] = ()
    submitted: str = ""
    stood_ms: int = 0

    @property
    def is_look(self) -> bool:
        """Whether it asks for jobs."""
        return self.operation in LOOKS


class TracedJob(NamedTuple):
    """One submitted job. `moves` are its statuses, each with its time; `is_scripted` if a script covers it."""

    id: str
    name: str
    is_service: bool
    submitted_ms: int
    status: str
    attempts: int
    is_scripted: bool
    moves: tuple[tuple[int, str], ...]

    @property
    def has_ended(self) -> bool:
        """Whether the job has ended."""
        return self.status in ("SUCCEEDED", "FAILED")

    def status_at(self, at_ms: int) -> str:
        """Return the status that it had at a time."""
        return next((status for when, status in reversed(self.moves) if when <= at_ms), "SUBMITTED")


class Trace(NamedTuple):
    """
    What happened in one run.

    `events` are the job names and statuses of which a subscriber has received an event. `advance` is what moves
    the clock, `start` its first instant if the test leaves it open, and `freezes` whether the code reads it.
    `due_ms` is when something would have happened next.
    """

    calls: tuple[TracedCall, ...] = ()
    jobs: tuple[TracedJob, ...] = ()
    events: tuple[tuple[str, str], ...] = ()
    advance: str = "manual"
    start: float | None = None
    freezes: bool = False
    due_ms: int | None = None

    @property
    def submitted(self) -> Counter[str]:
        """The number of jobs of each name."""
        return Counter(job.name for job in self.jobs)

    @property
    def left(self) -> Counter[str]:
        """The number of unfinished jobs of each name."""
        return Counter(job.name for job in self.jobs if not job.has_ended)


class Watch:
    """
    Records the requests of one run, each with its stack.

    Args:
        boundary: assigns frames to the test or to the code under test.
        most_requests: the number of requests after which the run is ended.
        stuck_after: the number of moves of time in vain that is an error; None for that of the mock.
        endless: the lines of the code that have made too many requests in other runs, which get fewer.
    """

    def __init__(
        self,
        boundary: Boundary,
        most_requests: int,
        stuck_after: int | None = None,
        endless: Container[Place] = frozenset(),
    ) -> None:
        self._boundary = boundary
        self._most_requests = most_requests
        self._stuck_after = stuck_after
        self._endless = endless
        self._again: Counter[Place] = Counter()
        self._stuck = 0
        self._stacks: list[tuple[Place, ...]] = []
        self._stood: list[int] = []
        self.mock: BatchMock | None = None

    def begin(self, mock: BatchMock) -> bool:
        """Record the requests to a mock that has started; return False for any mock but the first."""
        if self.mock is not None:
            return False
        self.mock = mock
        if self._stuck_after is not None:
            mock._be_stuck_after(self._stuck_after)
        mock._time.waits.on_stuck = self._note_stuck
        calls = mock.calls
        note = calls.note
        stacks, most, boundary = self._stacks, self._most_requests, self._boundary
        stood = self._stood
        begun_ms = sleepers.stood_ms

        def note_with_stack(*call: Any) -> None:
            note(*call)
            stacks.append(boundary.stack(sys._getframe(1)))
            stood.append(sleepers.stood_ms - begun_ms)
            if len(stacks) > most or self._goes_on_again(stacks[-1]):
                raise Endless

        # Before the first request, which is when the router asks for the method.
        vars(calls)["note"] = note_with_stack
        return True

    def _note_stuck(self) -> None:
        """End code that drops one `StuckError` after the other, perhaps without a request in between."""
        self._stuck += 1
        if self._stuck > MOST_DROPPED:
            raise Endless

    def _goes_on_again(self, stack: tuple[Place, ...]) -> bool:
        """Count a request of a line that has gone on and on before, and return whether it does again."""
        line = next(iter(self._boundary.code_in(stack)), None)
        if line is None or line not in self._endless:
            return False
        self._again[line] += 1
        return self._again[line] > MOST_AGAIN

    def trace(self) -> Trace:
        """Return what has happened so far."""
        mock = self.mock
        if mock is None:
            return Trace()
        start_ms = mock._simulation.start_ms
        # A mock that was reset has begun another list.
        calls = zip(mock.calls, self._stacks, self._stood, strict=False)
        simulation = mock._simulation
        due_ms = simulation.agenda.next_due_ms()
        jobs: list[TrackedJob] = [
            *simulation.jobs.submitted,
            *simulation.service_jobs.submitted,
        ]
        shown: dict[bytes, tuple[tuple[str, str], ...]] = {}
        return Trace(
            tuple(
                _traced_call(call, stack, start_ms, shown)._replace(stood_ms=stood_ms)
                for call, stack, stood_ms in calls
            ),
            tuple(_traced_job(mock, job, start_ms) for job in jobs),
            tuple(_delivered(mock)),
            mock._options.advance,
            _start_of(mock),
            mock._options.freezes_time,
            None if due_ms is None else due_ms - start_ms,
        )


def _start_of(mock: BatchMock) -> float | None:
    """Return the start of a mock, unless an option or a frozen time has set it."""
    start_ms = mock._simulation.start_ms
    if mock._options.start is not None or start_ms != mock._start_ms:
        return None
    return start_ms / 1000


def _traced_call(
    call: Call,
    stack: tuple[Place, ...],
    start_ms: int,
    shown_before: dict[bytes, tuple[tuple[str, str], ...]],
) -> TracedCall:
    shown: tuple[tuple[str, str], ...] = ()
    submitted = ""
    if call.operation in LOOKS:
        # Code that polls gets equal replies, which are unpacked once.
        reply = call._response or b""
        if reply not in shown_before:
            shown_before[reply] = tuple(_shown(call.response or {}))
        shown = shown_before[reply]
    elif call.operation in SUBMISSIONS:
        submitted = (call.response or {}).get("jobId", "")
    return TracedCall(
        call.operation,
        call.body,
        call.at_ms - start_ms,
        stack,
        "" if call.fault is None else call.fault.description,
        call.try_number,
        call.has_failed,
        shown,
        submitted,
    )


def _shown(response: dict[str, Any]) -> Iterator[tuple[str, str]]:
    lists = [response.get("jobs"), response.get("jobSummaryList"), [response]]
    for job in (job for jobs in lists for job in jobs or ()):
        if "jobId" in job and "status" in job:
            yield job["jobId"], job["status"]


def _traced_job(mock: BatchMock, job: TrackedJob, start_ms: int) -> TracedJob:
    definition = str(getattr(job, "definition", ""))
    scripts = mock._simulation.scripts.newest_first
    covers = any(script.covers(job.name, job.queue, definition) for script in scripts)
    created_ms = job.created_at_ms - start_ms
    return TracedJob(
        job.id,
        job.name,
        job in mock._simulation.service_jobs.submitted,
        created_ms,
        job.status,
        job.attempt_number,
        covers,
        (
            (created_ms, "SUBMITTED"),
            *((move.at_ms - start_ms, move.to_status) for move in job.history),
        ),
    )


def _delivered(mock: BatchMock) -> Iterator[tuple[str, str]]:
    """Yield the name and status of each job of which a subscriber has received an event."""
    subscriptions = mock._events.given
    if not subscriptions:
        return
    for event in mock.events:
        if any(subscription.wants(event) for subscription in subscriptions):
            detail = event["detail"]
            if "jobName" in detail and "status" in detail:
                yield detail["jobName"], detail["status"]


class Difference(NamedTuple):
    """The first request in which two undisturbed runs differ; None for a run that made no more."""

    number: int
    first: TracedCall | None
    second: TracedCall | None

    def __str__(self) -> str:
        return (
            f"not deterministic from call {self.number} on: the first run made {_told(self.first)}, the second "
            f"{_told(self.second)}"
        )


def difference(first: Trace, second: Trace) -> Difference | None:
    """
    Return the first request in which two runs differ.

    The order of the requests of several threads within an instant is free.
    """
    if _in_any_order(first) == _in_any_order(second):
        return None
    for number, pair in enumerate(zip_longest(first.calls, second.calls), 1):
        calls = [_in_any_order(Trace(tuple(filter(None, [call])))) for call in pair]
        if calls[0] != calls[1]:
            return Difference(number, *pair)
    # The same requests, and jobs that ended otherwise.
    return Difference(len(first.calls), first.calls[-1], second.calls[-1])


def _in_any_order(trace: Trace) -> tuple[Sequence[object], Sequence[object]]:
    """Return the requests and jobs of a run with names in place of ids, sorted within each instant."""
    names = {job.id: job.name for job in trace.jobs}

    def named(body: str) -> str:
        for pattern in _CHANCE:
            body = pattern.sub("", body)
        for job_id in _IDS.findall(body):
            body = body.replace(job_id, names.get(job_id, job_id))
        return body

    calls = sorted(
        (call.at_ms, call.operation, named(call.body), call.stack, call.fault)
        for call in trace.calls
    )
    jobs = sorted((job.submitted_ms, job.name, job.moves) for job in trace.jobs)
    return calls, jobs


def _told(call: TracedCall | None) -> str:
    if call is None:
        return "no further call"
    where = f" at {call.stack[0]}" if call.stack else ""
    return f"{call.operation}({call.body}){where}, {call.at_ms / 1000:g} s after the start"
