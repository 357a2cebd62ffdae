"""The points of a run at which something could go wrong: requests, jobs, attempts and events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from batchmock.exploring.stacks import Boundary
from batchmock.exploring.traces import Trace, TracedCall, TracedJob


class Request(NamedTuple):
    """
    A request of the code under test.

    Args:
        call: the request.
        position: its index among all requests of the run.
        skip: how many requests of its operation come before it, without those that a plan disturbs.
        number: 1 for the first request of its operation.
        meaning: the operation, the lines of the code, and the statuses in the reply: requests of equal
            meaning are alike.
        is_repeated: whether an earlier request has the same meaning.
    """

    call: TracedCall
    position: int
    skip: int
    number: int
    meaning: tuple[object, ...]
    is_repeated: bool

    @property
    def words(self) -> str:
        """The request in words: `the 2nd DescribeJobs`."""
        return f"{ordinal(self.number)} {self.call.operation}"


def ordinal(number: int) -> str:
    """Return a number as an ordinal: `1st`, `2nd`, `11th`."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if 10 < number % 100 < 14 else ending}"


def requests(trace: Trace, boundary: Boundary) -> Iterator[Request]:
    """Yield the requests of the code under test; not those that failed, nor the retries of a client."""
    numbers: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    met: set[tuple[object, ...]] = set()
    for position, call in enumerate(trace.calls):
        operation = call.operation
        numbers[operation] += 1
        lines = boundary.code_in(call.stack)
        if lines and not call.fault and call.try_number == 1:
            meaning = (operation, lines, tuple(status for _, status in call.shown))
            skip = numbers[operation] - 1 - taken[operation]
            yield Request(call, position, skip, numbers[operation], meaning, meaning in met)
            met.add(meaning)
        taken[operation] += bool(call.fault)


class Showing(NamedTuple):
    """The first reply to the code under test that describes a job, before the job has started."""

    job: TracedJob
    call: TracedCall


def first_showings(trace: Trace, boundary: Boundary) -> Iterator[Showing]:
    """
    Yield the first showing of each name of jobs, if the code has asked for the job by its id.

    Code that lists jobs cannot miss one that is not listed yet, and what the test itself sees is not disturbed.
    """
    jobs = {job.id: job for job in trace.jobs}
    met: set[str] = set()
    for call in trace.calls:
        for job_id, status in call.shown:
            job = jobs.get(job_id)
            if job is None or job.name in met:
                continue
            met.add(job.name)
            is_seen_by_code = any(boundary.is_code(place) for place in call.stack)
            is_described = call.operation.startswith("Describe")
            has_not_started = status in ("SUBMITTED", "PENDING", "RUNNABLE")
            if is_seen_by_code and is_described and has_not_started:
                yield Showing(job, call)


def looks_of_the_test(trace: Trace, boundary: Boundary, name: str) -> Iterator[int]:
    """Yield the times at which the test itself sees the jobs of a name."""
    ids = {job.id for job in trace.jobs if job.name == name}
    for call in trace.calls:
        is_seen = not ids.isdisjoint(job_id for job_id, _ in call.shown)
        if is_seen and not any(boundary.is_code(place) for place in call.stack):
            yield call.at_ms


def next_move_after(trace: Trace, at_ms: int) -> int | None:
    """Return the time of the next move of any job after a time."""
    moves = [when for job in trace.jobs for when, _ in job.moves if when > at_ms]
    return min(moves, default=trace.due_ms)
