"""
The data of the HTML page: jobs, calls and their details, as compact JSON for the page's script.

Most jobs of a page differ in little more than their names and ids. What they have in common is written once,
in tables of kinds, attempts, histories and texts, and a job has only indices of these.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from batchmock.observe.calls import Call, failure_of
from batchmock.observe.jobs.positions import Positions
from batchmock.observe.printable import printable
from batchmock.observe.timeline.hosts.page import for_page
from batchmock.observe.timeline.interest import OTHER, interest_of
from batchmock.observe.timeline.reasons import Failures, explained, is_after_failure
from batchmock.observe.timeline.record import Record
from batchmock.observe.timeline.rows import share_of
from batchmock.observe.timeline.usage import milli_vcpus
from batchmock.simulation.jobs.attempts import Attempt
from batchmock.simulation.jobs.families import ArrayChild, ArrayJob, dependencies_of
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import FAILED, RUNNABLE, SUBMITTED, SUCCEEDED
from batchmock.simulation.jobs.logs import lines_of
from batchmock.simulation.service_jobs.job import DISPATCHED, SERVICE_JOB_STATUSES, ServiceJob
from batchmock.simulation.tracking.records import TrackedAttempt, TrackedJob

#: The most calls on a page; failed calls are always included.
MOST_CALLS: Final = 5000
#: The values that each job has; the others are left out from the last one that is 0 on.
LEAST_VALUES: Final = 4
#: The most jobs with an explanation, by interest, and the most lines of an attempt's log.
MOST_EXPLANATIONS: Final = 300
MOST_LINES: Final = 50
_STATUS: Final = {status: index for index, status in enumerate(SERVICE_JOB_STATUSES)}
_RETRY: Final = 1
_FAILS: Final = 2


class _Table:
    """Distinct values with their indices, from the given ones on."""

    def __init__(self, *first: Any) -> None:
        self._indices: dict[Any, int] = {value: index for index, value in enumerate(first)}

    def index(self, value: Any) -> int:
        """Return the index of a value, adding it if it is new."""
        return self._indices.setdefault(value, len(self._indices))

    def values(self) -> list[Any]:
        """Return the values, in the order of their indices."""
        return list(self._indices)


class PageData:
    """
    Builds the data of a page.

    Args:
        record: the contents of the timeline.
        calls: the API calls.
    """

    def __init__(self, record: Record, calls: Sequence[Call]) -> None:
        self._record = record
        self._calls = calls
        self._start_ms = record.start_ms
        # Index 0 of these is what most jobs have, and is left out at the end of a job.
        self._texts = _Table("")
        self._attempts = _Table(())
        self._kinds = _Table()
        self._histories = _Table()
        self._jobs: list[TrackedJob] = []
        #: The positions of the jobs, by id.
        self._places: dict[str, int] = {}
        self._definitions: dict[tuple[str, int], tuple[int, ...]] = {}
        self._failures = Failures()
        self._positions = Positions()

    def json(self) -> str:
        """Return the data as JSON that is safe inside a `<script>`."""
        groups = [*self._groups()]
        explained = self._explained()
        texts = self._texts
        data = {
            "start": self._start_ms,
            "span": self._record.span_ms,
            "statuses": SERVICE_JOB_STATUSES,
            "jobs": [self._job(job, place in explained) for place, job in enumerate(self._jobs)],
            "groups": groups,
            "calls": [*self._call_records()],
            "allCalls": len(self._calls),
            "environments": for_page(self._record, texts.index, self._place_of),
            "kinds": self._kinds.values(),
            "attempts": self._attempts.values(),
            "histories": self._histories.values(),
            "texts": texts.values(),
        }
        text = json.dumps(data, separators=(",", ":"))
        return text.replace("<", "\\u003c")

    def _groups(self) -> Iterator[list[Any]]:
        """Yield the rows: a label, the place of an array job or -1, and the first and number of the members."""
        for row in self._record.rows:
            parent = row.jobs[0] if isinstance(row.jobs[0], ArrayJob) else None
            at = -1 if parent is None else self._place(parent)
            members = [] if row.members is row.jobs and parent is not None else row.members
            yield [row.label, at, len(self._jobs), len(members)]
            for job in members:
                self._place(job)

    def _place(self, job: TrackedJob) -> int:
        self._places[job.id] = len(self._jobs)
        self._jobs.append(job)
        return len(self._jobs) - 1

    def _place_of(self, job_id: str) -> int:
        return self._places.get(job_id, -1)

    def _explained(self) -> set[int]:
        """Return the positions of the jobs to explain: the most interesting ones."""
        ranked = sorted(
            (interest_of(job), place)
            for place, job in enumerate(self._jobs)
            if job.status != SUCCEEDED or len(job.attempts) > 1
        )
        return {place for rank, place in ranked[:MOST_EXPLANATIONS] if rank != OTHER}

    def _job(self, job: TrackedJob, is_explained: bool) -> list[Any]:
        """
        Return a name, an id, a kind, a time, and whatever differs from most jobs.

        The child of an array job has the place of its parent instead of a name, and its index instead of an
        id. Without an explanation, its attempts and definition are left out.
        """
        is_brief = job.array_index is not None and not is_explained
        latest = _latest(job)
        host = latest.host if isinstance(latest, Attempt) else None
        record: list[Any] = [job.name, job.id]
        if isinstance(job, ArrayChild):
            record = [self._places[job.parent.id], job.array_index]
        record += (
            self._kinds.index(self._kind(job, latest, () if is_brief else self._definition(job))),
            job.created_at_ms - self._start_ms,
            0 if is_brief else self._attempts_of(job),
            0 if host is None else self._texts.index(host.instance_id),
            self._explanation(job) if is_explained else 0,
            [self._places[item.id] for item in dependencies_of(job) if item.id in self._places],
        )
        while len(record) > LEAST_VALUES and not record[-1]:
            record.pop()
        return record

    def _kind(
        self, job: TrackedJob, latest: TrackedAttempt | None, definition: tuple[int, ...]
    ) -> tuple[int, ...]:
        """Return what many jobs have in common."""
        text = self._texts.index
        return (
            _STATUS[job.status],
            text(job.queue.name),
            text(share_of(job)),
            0 if latest is None else text(latest.environment.name),
            self._histories.index(self._history(job)),
            self._reason(job) if job.status == FAILED else 0,
            milli_vcpus(job),
            *definition,
        )

    def _reason(self, job: TrackedJob) -> int:
        """Return the text of why a job failed, negative if another job is the reason."""
        reason = self._text(self._failures.reason(job))
        return -reason if is_after_failure(job) and job.last_attempt is None else reason

    def _history(self, job: TrackedJob) -> tuple[int, ...]:
        """Return the stages of a job: time since its submission, status, attempt and flags of each."""
        flat = [0, _STATUS[SUBMITTED], 0, 0]
        born = job.created_at_ms
        for move in job.history:
            from_status, to_status = move.from_status, move.to_status
            flags = 0
            if from_status in DISPATCHED and to_status in (RUNNABLE, FAILED):
                flat[-1] |= _FAILS
                flags = _RETRY if to_status == RUNNABLE else 0
            flat += (move.at_ms - born, _STATUS[to_status], move.attempt, flags)
        return tuple(flat)

    def _explanation(self, job: TrackedJob) -> int:
        return self._text(explained(job, self._start_ms, self._positions))

    def _text(self, text: str) -> int:
        return self._texts.index(printable(text))

    def _definition(self, job: TrackedJob) -> tuple[int, ...]:
        """Return texts: the definition, the container or instances, the command, and the variables."""
        if isinstance(job, ServiceJob):
            command, environment = job.payload.command, job.payload.environment
            instances = ", ".join(f"{count} × {kind}" for kind, count in job.instances)
            return self._texts_of("", instances, command, environment)
        if not isinstance(job, Job):
            return ()
        container = job.container
        # Jobs of one definition share a container, unless they override it.
        key = (job.definition, id(container))
        if key not in self._definitions:
            size = f"{container.memory_mib} MiB"
            if container.gpus:
                size += f", {container.gpus} GPU"
            self._definitions[key] = self._texts_of(
                job.definition,
                f"{container.image}, {size}",
                container.command,
                container.environment,
            )
        return self._definitions[key]

    def _texts_of(
        self, definition: str, container: str, command: Iterable[str], environment: Any
    ) -> tuple[int, ...]:
        index = self._text
        variables = (index(f"{name}={value}") for name, value in environment.items())
        return (index(definition), index(container), index(json.dumps([*command])), *variables)

    def _attempts_of(self, job: TrackedJob) -> int:
        attempts = [*job.attempts, *([job.attempt] if job.attempt is not None else [])]
        return self._attempts.index(tuple(self._attempt(job, attempt) for attempt in attempts))

    def _attempt(self, job: TrackedJob, attempt: TrackedAttempt) -> tuple[Any, ...]:
        """Return the values of an attempt, with times since the job was submitted."""
        index, born = self._text, job.created_at_ms
        lines = [line.text for line in lines_of(attempt, None, self._record.end_ms)]
        decision = attempt.decision
        because = "; ".join(text for text in (attempt.status_reason, attempt.reason) if text)
        return (
            attempt.number,
            None if attempt.started_at_ms is None else attempt.started_at_ms - born,
            None if attempt.stopped_at_ms is None else attempt.stopped_at_ms - born,
            attempt.exit_code,
            index(because),
            index(attempt.environment.name),
            int(decision is not None),
            index("" if decision is None else decision.why),
            tuple(index(line) for line in lines[-MOST_LINES:]),
            len(lines),
        )

    def _call_records(self) -> Iterator[list[Any]]:
        """Yield time, operation, request, error, and the id of the job that a call submitted."""
        first = len(self._calls) - MOST_CALLS
        for number, call in enumerate(self._calls):
            if number < first and not call.has_failed:
                continue
            place, body = -1, call.shown_body
            if call.operation.startswith("Submit") and not call.has_failed:
                place = self._place_of((call.response or {}).get("jobId", ""))
            if place >= 0:
                # The script puts the job's name back, so that requests that differ in the name share a text.
                body = body.replace(f'"{self._jobs[place].name}"', '"\0"', 1)
            yield [
                call.at_ms - self._start_ms,
                self._texts.index(call.operation),
                self._texts.index(body),
                self._texts.index(failure_of(call)) if call.has_failed else -1,
                place,
            ]


def _latest(job: TrackedJob) -> TrackedAttempt | None:
    if job.attempt is not None:
        return job.attempt
    return job.attempts[-1] if job.attempts else None
