"""
Compare batchmock with moto, without Docker: stories, calls, a whole test, imports, the first call.

Skipped if moto is not installed. docs/explanation/comparison.md has the results.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from statistics import median
from typing import Any

from measure import Effort, print_table, readable, seconds_of
from processes import timed_part
from worlds import SUBMIT, World, batchmock_world, lean_moto_world, moto_world

ROUNDS = 7
PROCESS_ROUNDS = 7
TIMES = 50
TESTS = 3
WORLDS = (lean_moto_world, batchmock_world)
CALLS = ("SubmitJob", "DescribeJobs of one job", "ListJobs of 100 jobs")
TEST = "a whole test: start, create a queue, submit a job, let it end, describe it, stop"
FIRST_CALL = "with {world}() as world:\n    world.submit()"

#: The seconds of moto and of batchmock.
Pair = tuple[float, float]


def describe_one(world: World) -> Callable[[], Any]:
    """Return a function that describes one job."""
    ids = [world.submit()]
    world.run()
    return world.anew(lambda: world.client.describe_jobs(jobs=ids))


def list_hundred(world: World) -> Callable[[], Any]:
    """Return a function that lists a hundred jobs."""
    for _ in range(100):
        world.submit()
    world.run()
    return world.anew(lambda: world.client.list_jobs(jobQueue="queue", jobStatus="SUCCEEDED"))


def submit_one(world: World) -> Callable[[], Any]:
    """Return a function that submits a job."""
    return lambda: world.client.submit_job(**SUBMIT)


def whole_test(world: Callable[[], Any]) -> None:
    """Start, set up, submit a job, run it, describe it, and stop."""
    with world() as entered:
        job_id = entered.submit()
        entered.run()
        assert entered.job(job_id)["status"] == "SUCCEEDED"


@contextmanager
def without_collections() -> Iterator[None]:
    """Run the garbage collector, and disable it inside the block."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def times_of(world: Callable[[], Any], times: int) -> list[float]:
    """Return the seconds of each call and of a whole test in one round."""
    taken = []
    for prepare in (submit_one, describe_one, list_hundred):
        with world() as entered:
            work = prepare(entered)
            work()
            with without_collections():
                taken.append(seconds_of(work, times))
    with without_collections():
        return [*taken, seconds_of(partial(whole_test, world), TESTS)]


def calls(effort: Effort) -> Iterator[tuple[str, Pair]]:
    """Yield the medians of calls in a process that has made calls before."""
    rounds, times = effort.rounds_or(ROUNDS), effort.size(TIMES, least=2)
    both = [[times_of(world, times) for world in WORLDS] for _ in range(rounds)]
    for place, name in enumerate((*CALLS, TEST)):
        theirs, ours = (median(each[side][place] for each in both) for side in (0, 1))
        yield name, (theirs, ours)


def processes(effort: Effort) -> Iterator[tuple[str, Pair]]:
    """Yield the medians of what happens once in a process."""
    works = {
        "import, beyond that of boto3": [
            timed_part("from moto import mock_aws", "import boto3"),
            timed_part("from batchmock import mock_batch, succeed, fail", "import boto3"),
        ],
        "the first SubmitJob of a process: import, start, create a queue, submit": [
            timed_part(
                FIRST_CALL.format(world=world.__name__), f"from worlds import {world.__name__}"
            )
            for world in WORLDS
        ],
    }
    for name, sides in works.items():
        for side in sides:
            side()  # compiles the modules it imports
        taken = [[side() for side in sides] for _ in range(effort.rounds_or(PROCESS_ROUNDS))]
        theirs, ours = (median(each[side] for each in taken) for side in (0, 1))
        yield name, (theirs, ours)


def print_stories() -> None:
    """Print the operations that moto implements, and the results of each story."""
    from stories import STORIES, operations_of_moto, told

    operations = operations_of_moto()
    print(f"moto implements {len(operations)} operations: {', '.join(sorted(operations))}\n")
    for story in STORIES:
        print(story.__doc__)
        print(f"  moto       {told(story, moto_world)}")
        print(f"  batchmock  {told(story, batchmock_world)}")
    print()


def run(effort: Effort) -> None:
    """Print the stories and the times."""
    if find_spec("moto") is None:
        print("moto: skipped, because it is not installed: pip install --group moto\n")
        return
    print_stories()
    rows = [
        [name, readable(theirs), readable(ours), f"{theirs / ours:.1f}"]
        for name, (theirs, ours) in (*calls(effort), *processes(effort))
    ]
    print_table(
        f"moto: medians of {effort.rounds_or(ROUNDS)} rounds",
        rows,
        ["work", "moto", "batchmock", "moto / batchmock"],
    )
