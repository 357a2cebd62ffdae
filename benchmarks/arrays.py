"""
Measure how the time for array jobs grows with the number of children, which should be linear.

Each value is the median of several rounds, each with a new mock. The last columns are the time per child,
and its ratio to the first row: growth is linear if all ratios are about 1.0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from statistics import median
from typing import Any

from measure import Effort, print_table, readable, seconds_alone
from mocks import provided, submit

from batchmock import BatchMock

#: The number of arrays, and the size of each.
SHAPES = ((1, 1_000), (1, 10_000), (10, 10_000))
ROUNDS = 3
HEAD = ("work", "arrays", "children of each", "batchmock", "per child", "ratio")

Times = dict[str, float]


def submit_arrays(client: Any, arrays: int, size: int, **members: Any) -> list[str]:
    """Submit array jobs and return their ids."""
    return submit(client, arrays, arrayProperties={"size": size}, **members)


def list_all(client: Any, parents: list[str]) -> int:
    """Page through the children that SUCCEEDED and count them."""
    pages_of = client.get_paginator("list_jobs").paginate
    return sum(
        len(page["jobSummaryList"])
        for parent in parents
        for page in pages_of(arrayJobId=parent, jobStatus="SUCCEEDED")
    )


def lives(arrays: int, size: int) -> Times:
    """Submit arrays, run them until they have ended, and list their children."""
    times: Times = {}
    with provided() as (mock, client):
        parents: list[str] = []
        times["submit"] = seconds_alone(lambda: parents.extend(submit_arrays(client, arrays, size)))
        times["run"] = seconds_alone(mock.run)
        counts: list[int] = []
        times["list"] = seconds_alone(lambda: counts.append(list_all(client, parents)))
        assert counts == [arrays * size]
    return times


def chains(arrays: int, size: int) -> Times:
    """Run arrays with sequential children until they have ended."""
    with provided() as (mock, client):
        submit_arrays(client, arrays, size, dependsOn=[{"type": "SEQUENTIAL"}])
        return {"run SEQUENTIAL": seconds_alone(mock.run)}


def stops(arrays: int, size: int) -> Times:
    """Cancel RUNNABLE arrays, and terminate RUNNING arrays."""
    times: Times = {}
    for operation, seconds in (("cancel_job", 1), ("terminate_job", 3)):
        with provided() as (mock, client):
            parents = submit_arrays(client, arrays, size)
            mock.tick(seconds)
            times[operation] = seconds_alone(stop_all(mock, client, operation, parents))
            assert {mock.job(parent).status for parent in parents} == {"FAILED"}
    return times


def stop_all(
    mock: BatchMock, client: Any, operation: str, parents: list[str]
) -> Callable[[], None]:
    """Return a function that stops jobs and runs until they have ended."""

    def work() -> None:
        for parent in parents:
            getattr(client, operation)(jobId=parent, reason="not needed")
        mock.run()

    return work


def deletions(arrays: int, size: int) -> Times:
    """Delete a queue that has arrays with running children."""
    with provided() as (mock, client):
        submit_arrays(client, arrays, size)
        mock.tick(3)
        client.update_job_queue(jobQueue="queue", state="DISABLED")
        taken = seconds_alone(lambda: client.delete_job_queue(jobQueue="queue"))
        return {"delete queue": taken}


def measured(effort: Effort, rounds: int) -> dict[tuple[int, int], Times]:
    """Measure all shapes in each round, so that a slow moment does not affect only one of them."""
    found: dict[tuple[int, int], list[Times]] = defaultdict(list)
    shapes = [(arrays, effort.size(size)) for arrays, size in SHAPES]
    lives(1, effort.size(1_000))  # imports and caches of the first calls should not count
    for _ in range(rounds):
        for arrays, size in shapes:
            times: Times = {}
            for part in (lives, chains, stops, deletions):
                times |= part(arrays, size)
            found[arrays, size].append(times)
    return {
        shape: {what: median(times[what] for times in all_times) for what in all_times[0]}
        for shape, all_times in found.items()
    }


def run(effort: Effort) -> None:
    """Run the section."""
    rounds = effort.rounds_or(ROUNDS)
    found = measured(effort, rounds)
    (first_arrays, first_size), first = next(iter(found.items()))
    rows = []
    for what in first:
        base = first[what] / (first_arrays * first_size)
        for (arrays, size), times in found.items():
            each = times[what] / (arrays * size)
            shape = [what, str(arrays), f"{size:,}"]
            rows.append([*shape, readable(times[what]), readable(each), f"{each / base:.2f}"])
    print_table(f"arrays: medians of {rounds} rounds", rows, HEAD)
