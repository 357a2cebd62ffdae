"""The compute environments of the HTML page: their vCPUs over time, their hosts, and what ran on these."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from batchmock.observe.timeline.hosts import HostLine, HostRun, environments_of
from batchmock.observe.timeline.hosts.tracks import limits_of
from batchmock.observe.timeline.record import Record

_UNDER_WAY: Final = 1
_FAILED: Final = 2


def for_page(
    record: Record, text: Callable[[str], int], place_of: Callable[[str], int]
) -> list[list[Any]]:
    """
    Return the environments as lists of plain values.

    Args:
        record: the contents of the timeline.
        text: returns the index of a text in the texts of the page.
        place_of: returns the position of a job on the page, given its id; -1 if the page leaves it out.
    """
    limits = limits_of(record)
    return [
        [
            use.name,
            limits.get(use.name),
            use.used,
            use.offered,
            [_host(host, text, place_of) for host in use.hosts],
        ]
        for use in environments_of(record)
    ]


def _host(host: HostLine, text: Callable[[str], int], place_of: Callable[[str], int]) -> list[Any]:
    return [
        text(host.instance_id),
        text(host.instance_type),
        host.milli_vcpus,
        host.launched_ms,
        host.ready_ms,
        host.left_ms,
        [[*_run(run, place_of)] for run in host.runs],
    ]


def _run(run: HostRun, place_of: Callable[[str], int]) -> Iterator[int]:
    """Yield the values of an attempt; that of a node belongs to its multi-node job."""
    yield place_of(run.job.id.partition("#")[0])
    yield run.attempt
    yield run.from_ms
    yield run.to_ms
    yield run.milli_vcpus
    yield run.is_under_way * _UNDER_WAY + run.has_failed * _FAILED
