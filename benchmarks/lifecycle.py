"""
What a transition costs, as a ratio to a heap's push and pop: `python benchmarks/lifecycle.py`.

The growth exponent is that of the whole time over the number of jobs: 1.0 is linear.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from heapq import heappop, heappush
from math import log
from statistics import median
from time import perf_counter
from typing import Any

import boto3
from measure import REGION, print_table, readable

from batchmock import BatchMock, mock_batch

SIZES = (5_000, 20_000, 80_000)
ROUNDS = 3
CHAIN = 5_000
SUBMIT = {"jobName": "job", "jobQueue": "queue", "jobDefinition": "definition"}


def submitted(jobs: int, *, chained: bool = False) -> BatchMock:
    """Start a mock and submit jobs; chained, each depends on the one before it."""
    mock = mock_batch(region=REGION).start()
    mock.provision(job_queue="queue", job_definition="definition")
    client = boto3.client("batch", region_name=REGION)
    more: dict[str, Any] = {}
    for _ in range(jobs):
        job_id = client.submit_job(**SUBMIT, **more)["jobId"]
        if chained:
            more = {"dependsOn": [{"jobId": job_id}]}
    return mock


def seconds_of(work: Callable[[], Any]) -> float:
    """Give what one run takes, with the garbage collector off."""
    gc.collect()
    gc.disable()
    try:
        began = perf_counter()
        work()
        return perf_counter() - began
    finally:
        gc.enable()


def seconds_to_run(mock: BatchMock) -> tuple[float, int]:
    """Let all jobs live, and stop the mock; give the seconds and the number of transitions."""
    seconds = seconds_of(mock.run)
    moves = len(mock.transitions)
    mock.stop()
    return seconds, moves


def heap_seconds(entries: int, moves: int) -> float:
    """Give what `moves` pushes and pops take on a heap that holds so many entries all the time."""
    heap = [(number // 100, number, None) for number in range(entries)]

    def push_and_pop() -> None:
        for number in range(entries, entries + moves):
            heappop(heap)
            heappush(heap, (number // 100, number, None))

    return seconds_of(push_and_pop)


def transitions() -> None:
    """Print what a transition costs among many jobs."""
    rows = []
    last: tuple[int, float] | None = None
    for jobs in SIZES:
        taken, floor, moves = [], [], 0
        for _ in range(ROUNDS):
            seconds, moves = seconds_to_run(submitted(jobs))
            taken.append(seconds / moves)
            floor.append(heap_seconds(jobs, moves) / moves)
        each, least = median(taken), median(floor)
        growth = "" if last is None else f"{1 + log(each / last[1]) / log(jobs / last[0]):.2f}"
        last = (jobs, each)
        rows.append((f"{jobs:,}", readable(each), readable(least), f"{each / least:.1f}", growth))
    print_table(
        f"A transition, {moves // jobs} for each job, medians of {ROUNDS} rounds",
        ["jobs", "transition", "push and pop", "ratio", "growth exponent"],
        rows,
    )


def chain() -> None:
    """Print what a chain of dependencies costs."""
    runs = [seconds_to_run(submitted(CHAIN, chained=True)) for _ in range(ROUNDS)]
    seconds = median(seconds for seconds, _ in runs)
    moves = runs[0][1]
    print_table(
        f"A chain of {CHAIN:,} jobs, median of {ROUNDS} rounds",
        ["", "all of it", "a transition"],
        [("succeeding one by one", readable(seconds), readable(seconds / moves))],
    )


def idle_tick() -> None:
    """Print what a tick costs when nothing is due, and what a waiting job holds in memory."""
    rows = []
    for jobs in (1, 20_000):
        tracemalloc.start()
        mock = submitted(0)
        before, _ = tracemalloc.get_traced_memory()
        mock.hold("*", at="RUNNABLE")
        client = boto3.client("batch", region_name=REGION)
        for _ in range(jobs):
            client.submit_job(**SUBMIT)
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        mock.run()

        def tick(mock: BatchMock = mock) -> None:
            for _ in range(1000):
                mock.tick(1)

        tick_seconds = median(seconds_of(tick) / 1000 for _ in range(ROUNDS))
        kib = (after - before) / jobs / 1024 if jobs > 1 else 0
        rows.append((f"{jobs:,}", readable(tick_seconds), f"{kib:.1f} KiB" if kib else ""))
        mock.stop()
    print_table(
        "Jobs that wait: a tick with nothing due; memory of one, its call's record included",
        ["jobs", "tick", "memory of a job"],
        rows,
    )


if __name__ == "__main__":
    transitions()
    chain()
    idle_tick()
