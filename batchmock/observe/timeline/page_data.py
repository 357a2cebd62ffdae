"""The data of the HTML page: jobs, calls and their details, as compact JSON for the page's script."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from batchmock.observe.calls import Call, failure_of
from batchmock.observe.timeline.hosts.page import for_page
from batchmock.observe.timeline.interest import OTHER, interest_of
from batchmock.observe.timeline.reasons import explained, reason_to_fail
from batchmock.observe.timeline.record import Record
from batchmock.observe.timeline.rows import share_of
from batchmock.observe.timeline.usage import milli_vcpus
from batchmock.simulation.jobs.attempts import Attempt
from batchmock.simulation.jobs.families import ArrayJob
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import FAILED, RUNNABLE, SUBMITTED, SUCCEEDED
from batchmock.simulation.jobs.logs import lines_of
from batchmock.simulation.placement.hosts import Host
from batchmock.simulation.service_jobs.job import DISPATCHED, SERVICE_JOB_STATUSES, ServiceJob
from batchmock.simulation.tracking.records import TrackedAttempt, TrackedJob

#: The most calls on a page; failed calls are always included.
MOST_CALLS: Final = 5000
#: The most jobs with an explanation, by interest, and the most lines of an attempt's log.
MOST_EXPLANATIONS: Final = 300
MOST_LINES: Final = 50
_STATUS: Final = {status: index for index, status in enumerate(SERVICE_JOB_STATUSES)}
_RETRY: Final = 1
_FAILS: Final = 2


class _Table:
    """Distinct values with their indices."""

    def __init__(self) -> None:
        self._indices: dict[Any, int] = {}

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
        self._histories = _Table()
        self._texts = _Table()
        self._jobs: list[TrackedJob] = []
        self._hosts: dict[Host, str] = {}
        #: The positions of the jobs, by id.
        self._places: dict[str, int] = {}

    def json(self) -> str:
        """Return the data as JSON that is safe inside a `<script>`."""
        groups = [*self._groups()]
        explained = self._explained()
        data = {
            "start": self._start_ms,
            "span": self._record.span_ms,
            "statuses": SERVICE_JOB_STATUSES,
            "jobs": [self._job(job, place in explained) for place, job in enumerate(self._jobs)],
            "groups": groups,
            "calls": [*self._call_records()],
            "allCalls": len(self._calls),
            "environments": for_page(self._record, lambda job_id: self._places.get(job_id, -1)),
            "histories": self._histories.values(),
            "texts": self._texts.values(),
        }
        text = json.dumps(data, separators=(",", ":"))
        return text.replace("<", "\\u003c")

    def _groups(self) -> Iterator[list[Any]]:
        """Yield the rows: a label, the index of the parent of an array job or -1, and the members."""
        for row in self._record.rows:
            parent = row.jobs[0] if isinstance(row.jobs[0], ArrayJob) else None
            at = -1 if parent is None else self._place(parent)
            members = [] if row.members is row.jobs and parent is not None else row.members
            yield [row.label, at, [self._place(job) for job in members]]

    def _place(self, job: TrackedJob) -> int:
        self._places[job.id] = len(self._jobs)
        self._jobs.append(job)
        return len(self._jobs) - 1

    def _explained(self) -> set[int]:
        """Return the positions of the jobs to explain: the most interesting ones."""
        ranked = sorted(
            (interest_of(job), place)
            for place, job in enumerate(self._jobs)
            if job.status != SUCCEEDED or len(job.attempts) > 1
        )
        return {place for rank, place in ranked[:MOST_EXPLANATIONS] if rank != OTHER}

    def _job(self, job: TrackedJob, is_explained: bool) -> list[Any]:
        latest = _latest(job)
        return [
            job.name,
            job.id,
            _STATUS[job.status],
            self._texts.index(job.queue.name),
            self._texts.index(share_of(job)),
            self._texts.index("" if latest is None else latest.environment.name),
            self._histories.index(self._history(job)),
            job.created_at_ms - self._start_ms,
            self._texts.index(reason_to_fail(job)) if job.status == FAILED else -1,
            milli_vcpus(job),
            [self._places[item.id] for item in job.dependencies if item.id in self._places],
            -1 if job.array_index is None else job.array_index,
            interest_of(job),
            self._details(job, is_explained),
            self._texts.index(self._host(latest)),
        ]

    def _host(self, attempt: TrackedAttempt | None) -> str:
        """Return the instance id of an attempt's host; empty if it has none."""
        host = attempt.host if isinstance(attempt, Attempt) else None
        if host is None:
            return ""
        if host not in self._hosts:
            self._hosts[host] = host.instance_id
        return self._hosts[host]

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

    def _details(self, job: TrackedJob, is_explained: bool) -> list[Any] | int:
        """Return the details of an opened job; 0 for a child that has none of its own."""
        is_plain = job.array_index is not None and not is_explained
        if is_plain:
            return 0
        why = explained(job, self._start_ms) if is_explained else ""
        attempts = [*job.attempts, *([job.attempt] if job.attempt is not None else [])]
        return [
            self._texts.index(why),
            [self._attempt(job, attempt) for attempt in attempts],
            *self._definition(job),
        ]

    def _definition(self, job: TrackedJob) -> list[Any]:
        if isinstance(job, ServiceJob):
            command, environment = job.payload.command, job.payload.environment
            instances = ", ".join(f"{count} × {kind}" for kind, count in job.instances)
            return [
                "",
                instances,
                self._texts.index(json.dumps(list(command))),
                *self._pairs(environment),
            ]
        if not isinstance(job, Job):
            return []
        container = job.container
        size = f"{container.memory_mib} MiB"
        if container.gpus:
            size += f", {container.gpus} GPU"
        return [
            self._texts.index(job.definition),
            self._texts.index(f"{container.image}, {size}"),
            self._texts.index(json.dumps(list(container.command))),
            *self._pairs(container.environment),
        ]

    def _pairs(self, environment: Any) -> list[int]:
        return [self._texts.index(f"{name}={value}") for name, value in environment.items()]

    def _attempt(self, job: TrackedJob, attempt: TrackedAttempt) -> list[Any]:
        now_ms = self._record.end_ms
        lines = [line.text for line in lines_of(attempt, None, now_ms)]
        decision = attempt.decision
        because = "; ".join(text for text in (attempt.status_reason, attempt.reason) if text)
        return [
            attempt.number,
            self._since_start(attempt.started_at_ms),
            self._since_start(attempt.stopped_at_ms),
            attempt.exit_code,
            self._texts.index(because),
            self._texts.index(attempt.environment.name),
            int(decision is not None),
            self._texts.index("" if decision is None else decision.why),
            [self._texts.index(line) for line in lines[-MOST_LINES:]],
            len(lines),
        ]

    def _since_start(self, epoch_ms: int | None) -> int | None:
        return None if epoch_ms is None else epoch_ms - self._start_ms

    def _call_records(self) -> Iterator[list[Any]]:
        """Yield time, operation, request, error, and the id of the job that a call submitted."""
        first = len(self._calls) - MOST_CALLS
        for number, call in enumerate(self._calls):
            if number < first and not call.has_failed:
                continue
            submitted = ""
            if call.operation.startswith("Submit") and not call.has_failed:
                submitted = (call.response or {}).get("jobId", "")
            yield [
                call.at_ms - self._start_ms,
                self._texts.index(call.operation),
                self._texts.index(call.body),
                self._texts.index(failure_of(call)) if call.has_failed else -1,
                self._places.get(submitted, -1),
            ]


def _latest(job: TrackedJob) -> TrackedAttempt | None:
    if job.attempt is not None:
        return job.attempt
    return job.attempts[-1] if job.attempts else None
