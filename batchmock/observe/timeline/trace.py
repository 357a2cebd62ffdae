"""
The timeline in the trace event format of Chrome, for Perfetto and chrome://tracing.

A job queue is a process, a job a thread, and a stage a slice. A compute environment is a process, too, with
tracks for its hosts. Flows connect dependencies, and counters show the vCPUs in use and on offer.
Source: "Trace Event Format", the Chromium project (documented).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from batchmock.observe.calls import Call, failure_of
from batchmock.observe.printable import printable
from batchmock.observe.timeline.alike import leaves
from batchmock.observe.timeline.hosts import environments_of
from batchmock.observe.timeline.hosts.trace import trace_of
from batchmock.observe.timeline.reasons import Failures, label_of
from batchmock.observe.timeline.record import Record, Stage
from batchmock.observe.timeline.usage import milli_vcpus, usage
from batchmock.simulation.jobs.families import dependencies_of
from batchmock.simulation.jobs.lifecycle import FAILED, TERMINAL
from batchmock.simulation.tracking.records import TrackedJob

_CALLS_PROCESS: Final = 1
_FIRST_QUEUE: Final = 2
_MICROSECONDS: Final = 1000

_Event = dict[str, Any]


def draw_trace(record: Record, calls: Sequence[Call]) -> str:
    """Return a record and the API calls as JSON in the trace event format."""
    events = [*_Trace(record).events(calls)]
    return json.dumps({"traceEvents": events, "displayTimeUnit": "ms"}, separators=(",", ":"))


class _Trace:
    def __init__(self, record: Record) -> None:
        self._record = record
        self._jobs = [*leaves(record.jobs)]
        queues = dict.fromkeys(job.queue.name for job in self._jobs)
        self._processes = {name: number for number, name in enumerate(queues, _FIRST_QUEUE)}
        self._threads = {job.id: number for number, job in enumerate(self._jobs, 1)}
        self._failures = Failures()
        self._by_id = {job.id: job for job in self._jobs}

    def events(self, calls: Sequence[Call]) -> Iterator[_Event]:
        if calls:
            yield _named("process_name", _CALLS_PROCESS, 0, "API calls")
            yield from (_call(call, self._record.start_ms) for call in calls)
        for name, process in self._processes.items():
            yield _named("process_name", process, 0, f"job queue {name}")
            yield from self._counters(name, process)
        for job in self._jobs:
            yield _named("thread_name", *self._place(job), label_of(job))
            yield from self._slices(job)
        yield from self._flows()
        first = _FIRST_QUEUE + len(self._processes)
        for process, use in enumerate(environments_of(self._record), first):
            yield from trace_of(use, process)

    def _place(self, job: TrackedJob) -> tuple[int, int]:
        return self._processes[job.queue.name], self._threads[job.id]

    def _counters(self, queue: str, process: int) -> Iterator[_Event]:
        jobs = [job for job in self._jobs if job.queue.name == queue]
        for at_ms, used in usage(self._record, jobs):
            yield {
                "name": "vCPUs",
                "ph": "C",
                "pid": process,
                "ts": at_ms * _MICROSECONDS,
                "args": {"in use": used / 1000},
            }

    def _slices(self, job: TrackedJob) -> Iterator[_Event]:
        process, thread = self._place(job)
        for stage in self._record.stages(job):
            event: _Event = {
                "name": stage.status,
                "cat": "failed attempt" if stage.has_failed else "stage",
                "pid": process,
                "tid": thread,
                "ts": stage.from_ms * _MICROSECONDS,
                "args": self._arguments(job, stage),
            }
            if stage.status in TERMINAL:
                yield {**event, "ph": "i", "s": "t"}
            else:
                colour = {"cname": "terrible"} if stage.has_failed else {}
                yield {**event, "ph": "X", "dur": _length(stage), **colour}

    def _arguments(self, job: TrackedJob, stage: Stage) -> dict[str, Any]:
        arguments: dict[str, Any] = {"job id": job.id}
        if stage.attempt:
            arguments["attempt"] = stage.attempt
        if stage.status == FAILED:
            arguments["reason"] = printable(self._failures.reason(job))
        if milli_vcpus(job):
            arguments["vCPUs"] = milli_vcpus(job) / 1000
        return arguments

    def _flows(self) -> Iterator[_Event]:
        """Connect the last slice of a dependency with the slice of the dependent that follows it."""
        number = 0
        for job in self._jobs:
            for dependency in dependencies_of(job):
                earlier = self._by_id.get(dependency.id)
                if earlier is None or not earlier.is_terminal:
                    continue
                number += 1
                end_ms = earlier.history[-1].at_ms - self._record.start_ms
                following = [item for item in self._record.stages(job) if item.from_ms >= end_ms]
                if not following:
                    continue
                last = [item for item in self._record.stages(earlier) if item.to_ms > item.from_ms]
                begin_ms = last[-1].from_ms if last else end_ms
                yield self._flow("s", number, earlier, begin_ms)
                yield {**self._flow("f", number, job, following[0].from_ms), "bp": "e"}

    def _flow(self, phase: str, number: int, job: TrackedJob, at_ms: int) -> _Event:
        process, thread = self._place(job)
        return {
            "name": "dependency",
            "cat": "dependency",
            "ph": phase,
            "id": number,
            "pid": process,
            "tid": thread,
            "ts": at_ms * _MICROSECONDS,
        }


def _length(stage: Stage) -> int:
    return (stage.to_ms - stage.from_ms) * _MICROSECONDS


def _named(kind: str, process: int, thread: int, name: str) -> _Event:
    return {"name": kind, "ph": "M", "pid": process, "tid": thread, "args": {"name": name}}


def _call(call: Call, start_ms: int) -> _Event:
    arguments: dict[str, Any] = {"request": call.shown_params}
    if call.has_failed:
        arguments["error"] = failure_of(call)
    return {
        "name": call.operation,
        "cat": "failed call" if call.has_failed else "call",
        "ph": "i",
        "s": "t",
        "pid": _CALLS_PROCESS,
        "tid": 0,
        "ts": (call.at_ms - start_ms) * _MICROSECONDS,
        "args": arguments,
    }
