"""
The compute environments of a trace: a process for each, with counters of its vCPUs and tracks for its hosts.

A host has a track for each of the attempts that run on it at the same time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from batchmock.observe.timeline.hosts import EnvironmentUse, HostLine, HostRun
from batchmock.observe.timeline.hosts.slots import slots_of
from batchmock.observe.timeline.reasons import label_of

_MICROSECONDS: Final = 1000

_Event = dict[str, Any]


def trace_of(use: EnvironmentUse, process: int) -> Iterator[_Event]:
    """
    Yield the events of an environment.

    Args:
        use: the environment.
        process: the id of its process.
    """
    name = {"name": f"compute environment {use.name}"}
    yield {"name": "process_name", "ph": "M", "pid": process, "tid": 0, "args": name}
    yield from _counters(use, process)
    thread = 0
    for host in use.hosts:
        for number, runs in enumerate(slots_of(host.runs) or [[]]):
            thread += 1
            place = {"pid": process, "tid": thread}
            name = {"name": f"{host.instance_id} {host.instance_type}"}
            yield {"name": "thread_name", "ph": "M", **place, "args": name}
            if not number:
                yield from _life(host, place)
            for run in runs:
                yield _attempt(run, place)


def _counters(use: EnvironmentUse, process: int) -> Iterator[_Event]:
    """Yield a counter at each time at which the vCPUs in use or on offer change."""
    used, offered = dict(use.used), dict(use.offered)
    now = {"in use": 0, "offered": 0}
    for at_ms in sorted({*used, *offered}):
        now = {
            "in use": used.get(at_ms, now["in use"]),
            "offered": offered.get(at_ms, now["offered"]),
        }
        shown = {name: milli_vcpus / 1000 for name, milli_vcpus in now.items()}
        if not use.offered:
            del shown["offered"]
        yield {
            "name": "vCPUs",
            "ph": "C",
            "pid": process,
            "ts": at_ms * _MICROSECONDS,
            "args": shown,
        }


def _life(host: HostLine, place: dict[str, int]) -> Iterator[_Event]:
    """Yield the launch and the end of a host, as instants."""
    moments = [("launched", host.launched_ms), ("ready", host.ready_ms), ("gone", host.left_ms)]
    for name, at_ms in moments:
        if at_ms is not None and (name != "ready" or at_ms > host.launched_ms):
            yield {
                "name": name,
                "cat": "host",
                "ph": "i",
                "s": "t",
                **place,
                "ts": at_ms * _MICROSECONDS,
                "args": {"vCPUs": host.milli_vcpus / 1000},
            }


def _attempt(run: HostRun, place: dict[str, int]) -> _Event:
    colour = {"cname": "terrible"} if run.has_failed else {}
    return {
        "name": label_of(run.job),
        "cat": "failed attempt" if run.has_failed else "attempt",
        "ph": "X",
        **place,
        "ts": run.from_ms * _MICROSECONDS,
        "dur": (run.to_ms - run.from_ms) * _MICROSECONDS,
        "args": {
            "job id": run.job.id,
            "attempt": run.attempt,
            "vCPUs": run.milli_vcpus / 1000,
        },
        **colour,
    }
