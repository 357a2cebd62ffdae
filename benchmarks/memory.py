"""
Measure with `tracemalloc` the memory that is kept for a job, including the record of its call.

A job is submitted and ends before the measurement, so that imports and compiled schemas do not count.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from typing import Any

from many_mocks import print_many
from measure import HEAD, Effort, print_table
from mocks import provided, submit

from batchmock import BatchMock

CHILDREN = 10_000
JOBS = 5_000
KIB = 1024
CHILD_TARGET = 1.0
JOB_TARGET = 3.0


def kept(work: Callable[[BatchMock, Any], object], jobs: int) -> float:
    """Return the KiB that are kept for each job after some work."""
    with provided() as (mock, client):
        submit(client, 1)
        mock.run()
        gc.collect()
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            work(mock, client)
            gc.collect()
            after, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        return (after - before) / jobs / KIB


def row_of(work: str, kib: float, target: float | None = None) -> list[str]:
    """Return the row of a size."""
    if target is None:
        return [work, "", f"{kib:.2f} KiB", "", "", ""]
    return [work, "", f"{kib:.2f} KiB", "", f"{target:g} KiB", "yes" if kib <= target else "NO"]


def run(effort: Effort) -> None:
    """Run the section."""
    children, jobs = effort.size(CHILDREN, least=1_000), effort.size(JOBS, least=200)

    def submit_array(mock: BatchMock, client: Any) -> None:
        mock.hold("*", at="RUNNABLE")
        submit(client, 1, arrayProperties={"size": children})

    def let_array_wait(mock: BatchMock, client: Any) -> None:
        submit_array(mock, client)
        mock.run()

    def let_array_live(mock: BatchMock, client: Any) -> None:
        submit(client, 1, arrayProperties={"size": children})
        mock.run()

    def let_wait(mock: BatchMock, client: Any) -> None:
        mock.hold("*", at="RUNNABLE")
        submit(client, jobs)
        mock.run()

    def let_live(mock: BatchMock, client: Any) -> None:
        submit(client, jobs)
        mock.run()

    rows = [
        row_of("a child after SubmitJob", kept(submit_array, children)),
        row_of("a child that waits", kept(let_array_wait, children), CHILD_TARGET),
        row_of("a child that has ended", kept(let_array_live, children)),
        row_of("a plain job that waits", kept(let_wait, jobs)),
        row_of("a plain job that has ended, one attempt", kept(let_live, jobs), JOB_TARGET),
    ]
    print_table(f"memory: for each of {children:,} children or {jobs:,} plain jobs", rows, HEAD)
    print_many(effort)
