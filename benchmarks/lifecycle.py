"""
Measure the cost of a transition, relative to a push and a pop on a heap with the same number of entries.

The total time is that of `run()`, from the submitted jobs to the end of the last one. The growth exponent
relates this total time to the number of jobs.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from statistics import median
from typing import Any

from measure import Effort, compared, exponent, grown, print_table, readable, seconds_alone
from mocks import provided, submit

from batchmock import BatchMock

ROUNDS = 3
#: The limits of a transition of an array, and of plain jobs, in multiples of a push and a pop.
ARRAY_TARGET, PLAIN_TARGET = 6, 5
PLAIN = (5_000, 20_000, 80_000)
ARRAY = 10_000
TICKS = 1_000

Submit = Callable[[Any], object]


def lived(submit_all: Submit, prepare: Callable[[BatchMock], object] | None = None) -> Any:
    """Submit jobs to a new mock and run them; return the seconds and the number of transitions."""
    with provided() as (mock, client):
        if prepare is not None:
            prepare(mock)
        submit_all(client)
        seconds = seconds_alone(mock.run)
        return seconds, len(mock.transitions)


def heap_seconds(entries: int, moves: int) -> float:
    """Return the seconds of `moves` pushes and pops on a heap of constant size."""
    heap = [(number // 100, number, None) for number in range(entries)]
    heapify(heap)

    def push_and_pop() -> None:
        for number in range(entries, entries + moves):
            heappop(heap)
            heappush(heap, (number // 100, number, None))

    return seconds_alone(push_and_pop)


def transitions(jobs: int, submit_all: Submit, rounds: int) -> tuple[float, float, float]:
    """Return the medians of the total time, of a transition, and of a push and a pop."""
    whole, floor, moves = [], [], 0
    for _ in range(rounds):
        seconds, moves = lived(submit_all)
        whole.append(seconds)
        floor.append(heap_seconds(jobs, moves))
    return median(whole), median(whole) / moves, median(floor) / moves


def array_of(size: int) -> Submit:
    """Return a function that submits an array job."""
    return lambda client: submit(client, 1, arrayProperties={"size": size})


def plain(jobs: int) -> Submit:
    """Return a function that submits plain jobs."""
    return lambda client: submit(client, jobs)


def print_transitions(effort: Effort) -> None:
    """Print the cost of a transition among many jobs, and the growth of the total time."""
    rounds = effort.rounds_or(ROUNDS)
    size = effort.size(ARRAY)
    _, each, floor = transitions(size, array_of(size), rounds)
    rows = [compared(f"a transition, array of {size:,}", floor, each, ARRAY_TARGET)]
    sizes = [effort.size(jobs) for jobs in PLAIN]
    wholes = []
    for jobs in sizes:
        whole, each, floor = transitions(jobs, plain(jobs), rounds)
        wholes.append(whole)
        target = PLAIN_TARGET if jobs == sizes[1] else None
        rows.append(compared(f"a transition, {jobs:,} plain jobs", floor, each, target))
    growth = exponent((wholes[0], wholes[-1]), (sizes[0], sizes[-1]))
    rows.append(grown(f"all of it, {sizes[0]:,} to {sizes[-1]:,} jobs", wholes[-1], growth))
    print_table(f"lifecycle: transitions, medians of {rounds} rounds", rows)


def tick_seconds(jobs: int, rounds: int) -> float:
    """Return the seconds of a tick with nothing due while many jobs wait."""
    with provided() as (mock, client):
        mock.hold("*", at="RUNNABLE")
        submit(client, jobs)
        mock.run()

        def tick() -> None:
            for _ in range(TICKS):
                mock.tick(1)

        return median(seconds_alone(tick) / TICKS for _ in range(rounds))


def run(effort: Effort) -> None:
    """Run the section."""
    print_transitions(effort)
    rounds = effort.rounds_or(ROUNDS)
    rows = [
        [f"{jobs:,}", readable(tick_seconds(jobs, rounds))] for jobs in (1, effort.size(PLAIN[1]))
    ]
    print_table(
        f"lifecycle: a tick with nothing due, medians of {rounds} rounds",
        rows,
        ["waiting jobs", "batchmock"],
    )
