"""
How the time for array jobs grows with their number of children: it must be a straight line.

Run it with `python benchmarks/arrays.py`, on a quiet machine. Each figure is the median of some rounds,
each on a mock of its own; the columns behind it are the time per child, and that time in relation to
the first row's: about 1.0 everywhere is a straight line. Python's garbage collector goes through all live
objects time and again, which makes the line bend a little; `--no-gc` shows it without.
"""

from __future__ import annotations

import argparse
import gc
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter
from typing import Any

import boto3

from batchmock import BatchMock, mock_batch

Times = dict[str, float]

#: Rows of the table: how many arrays, and the size of each.
SHAPES = ((1, 1_000), (1, 10_000), (10, 10_000))
DESCRIPTIONS = 200
REASON = "not needed"


@contextmanager
def timed(times: Times, what: str) -> Iterator[None]:
    """Add how long the block takes."""
    start = perf_counter()
    yield
    times[what] += perf_counter() - start


@contextmanager
def fresh() -> Iterator[tuple[BatchMock, Any]]:
    """Give a mock with a queue and a job definition, and a client; the garbage of others is gone."""
    gc.collect()
    with mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z") as mock:
        mock.provision()
        yield mock, boto3.client("batch", region_name="us-east-1")


def submit(client: Any, size: int | None = None, **members: Any) -> str:
    """Submit an array job, or a plain one, and give its id."""
    if size is not None:
        members["arrayProperties"] = {"size": size}
    job_id: str = client.submit_job(
        jobName="job", jobQueue="job-queue", jobDefinition="job-definition", **members
    )["jobId"]
    return job_id


def list_all(client: Any, parent: str) -> int:
    """Page through the children that SUCCEEDED and count them."""
    pages = client.get_paginator("list_jobs").paginate(arrayJobId=parent, jobStatus="SUCCEEDED")
    return sum(len(page["jobSummaryList"]) for page in pages)


def describe(client: Any, job_id: str) -> None:
    """Describe a job many times."""
    for _ in range(DESCRIPTIONS):
        client.describe_jobs(jobs=[job_id])


def lives(arrays: int, size: int, **members: Any) -> Times:
    """Submit arrays, run them to their end, and list their children."""
    times: Times = defaultdict(float)
    with fresh() as (mock, client):
        with timed(times, "submit"):
            parents = [submit(client, size, **members) for _ in range(arrays)]
        with timed(times, "run"):
            mock.run()
        with timed(times, "list"):
            count = sum(list_all(client, parent) for parent in parents)
        assert count == arrays * size
    return times


def stops(arrays: int, size: int) -> Times:
    """Cancel arrays that are RUNNABLE, and terminate arrays that are RUNNING."""
    times: Times = defaultdict(float)
    for operation, seconds in (("cancel_job", 1), ("terminate_job", 3)):
        with fresh() as (mock, client):
            parents = [submit(client, size) for _ in range(arrays)]
            mock.tick(seconds)
            with timed(times, operation):
                for parent in parents:
                    getattr(client, operation)(jobId=parent, reason=REASON)
                mock.run()
            assert {mock.job(parent).status for parent in parents} == {"FAILED"}
    return times


def deletions(arrays: int, size: int) -> Times:
    """Delete a queue with arrays whose children run."""
    times: Times = defaultdict(float)
    with fresh() as (mock, client):
        for _ in range(arrays):
            submit(client, size)
        mock.tick(3)
        client.update_job_queue(jobQueue="job-queue", state="DISABLED")
        with timed(times, "delete queue"):
            client.delete_job_queue(jobQueue="job-queue")
    return times


def chains(arrays: int, size: int) -> Times:
    """Run arrays to their end whose children wait for one another."""
    lived = lives(arrays, size, dependsOn=[{"type": "SEQUENTIAL"}])
    return {"run SEQUENTIAL": lived["run"]}


def descriptions(size: int) -> Times:
    """Describe a parent while its children run, and a plain RUNNING job."""
    times: Times = defaultdict(float)
    with fresh() as (mock, client):
        parent, plain = submit(client, size), submit(client)
        mock.tick(3)
        describe(client, plain)
        with timed(times, "parent"):
            describe(client, parent)
        with timed(times, "plain job"):
            describe(client, plain)
    return times


def medians(rounds: list[Times]) -> Times:
    """Give the median of each figure."""
    return {what: median(times[what] for times in rounds) for what in rounds[0]}


def measure(rounds: int) -> dict[tuple[int, int], Times]:
    """Measure all shapes, one round after another so that a slow moment is not one shape's."""
    found: dict[tuple[int, int], list[Times]] = defaultdict(list)
    lives(1, 1_000)  # what is loaded with the first calls is nobody's
    for _ in range(rounds):
        for arrays, size in SHAPES:
            times: Times = {}
            for part in (lives, stops, deletions, chains):
                times |= part(arrays, size)
            found[arrays, size].append(times)
    return {shape: medians(all_times) for shape, all_times in found.items()}


def print_growth(found: dict[tuple[int, int], Times]) -> None:
    """Print a table: time, time per child, growth of the time per child from the first row on."""
    print(f"{'':16}{'arrays':>8}{'children':>10}{'seconds':>10}{'us/child':>10}{'growth':>8}")
    (arrays, size), first = next(iter(found.items()))
    for what in first:
        base = first[what] / (arrays * size)
        for shape, times in found.items():
            children = shape[0] * shape[1]
            each = times[what] / children
            print(
                f"{what:16}{shape[0]:>8}{children:>10,}{times[what]:>10.3f}"
                f"{each * 1e6:>10.1f}{each / base:>8.2f}"
            )


def print_descriptions(rounds: int) -> None:
    """Print what DescribeJobs of a parent takes, in relation to that of a plain job."""
    print(f"\n{'DescribeJobs of':16}{'children':>18}{'us/call':>10}{'to plain':>10}")
    for size in (2, 1_000, 10_000):
        times = medians([descriptions(size) for _ in range(rounds)])
        for what, taken in times.items():
            each = taken / DESCRIPTIONS * 1e6
            print(f"{what:16}{size:>18,}{each:>10.1f}{taken / times['plain job']:>10.2f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="rounds for each figure")
    parser.add_argument("--no-gc", action="store_true", help="without Python's garbage collector")
    given = parser.parse_args()
    if given.no_gc:
        gc.disable()
    rounds = given.rounds
    print_growth(measure(rounds))
    print_descriptions(rounds)


if __name__ == "__main__":
    main()
