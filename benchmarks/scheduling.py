"""
What a full queue costs, first in, first out and by shares, in relation to one with room for everything.

All three run the same jobs. The growth exponent is that of the whole time over the number of jobs.
"""

from __future__ import annotations

from statistics import median
from typing import Any

from measure import Effort, compared, exponent, grown, print_table, seconds_alone
from mocks import SUBMIT, provided

SIZES = (5_000, 20_000)
ROOM = 100
SHARES = 50
ROUNDS = 3


def make_queue(client: Any, shares: int) -> None:
    """Make the queue of the jobs, with a fair-share policy if there are shares."""
    members: dict[str, Any] = {}
    if shares:
        arn = client.create_scheduling_policy(name="fair", fairsharePolicy={})["arn"]
        members["schedulingPolicyArn"] = arn
    order = [{"order": 1, "computeEnvironment": "compute-environment"}]
    client.create_job_queue(
        jobQueueName="measured", priority=1, computeEnvironmentOrder=order, **members
    )


def seconds_to_run(jobs: int, max_vcpus: int, shares: int = 0) -> float:
    """Give what it takes to let jobs live, with room for so many at a time, of so many shares in turn."""
    with provided(max_vcpus=max_vcpus) as (mock, client):
        make_queue(client, shares)
        share: dict[str, Any] = {}
        for number in range(jobs):
            if shares:
                share = {"shareIdentifier": f"s{number % shares}", "schedulingPriorityOverride": 1}
            client.submit_job(**{**SUBMIT, "jobQueue": "measured", **share})
        return seconds_alone(mock.run)


def run(effort: Effort) -> None:
    """Measure and print."""
    rounds = effort.rounds_or(ROUNDS)
    sizes = [effort.size(jobs, least) for jobs, least in zip(SIZES, (200, 800), strict=True)]
    rows, fulls = [], []
    for jobs in sizes:
        taken = [
            (
                seconds_to_run(jobs, jobs),
                seconds_to_run(jobs, ROOM),
                seconds_to_run(jobs, ROOM, SHARES),
            )
            for _ in range(rounds)
        ]
        free, full, shared = (median(column) for column in zip(*taken, strict=True))
        fulls.append(full)
        rows.append(compared(f"{jobs:,} jobs, room for {ROOM}", free, full))
        rows.append(compared(f"{jobs:,} jobs of {SHARES} shares, room for {ROOM}", free, shared))
    growth = exponent((fulls[0], fulls[1]), (sizes[0], sizes[1]))
    rows.append(grown(f"room for {ROOM}, {sizes[0]:,} to {sizes[1]:,} jobs", fulls[1], growth))
    print_table(
        f"scheduling: a full queue; the floor is room for all; medians of {rounds} rounds", rows
    )
