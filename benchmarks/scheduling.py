"""
Measure the cost of a full queue, FIFO and fair-share, relative to a queue with capacity for all jobs.

All three queues run the same jobs. The growth exponent relates the total time to the number of jobs.
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
    """Create the queue, with a fair-share policy if there are shares."""
    members: dict[str, Any] = {}
    if shares:
        arn = client.create_scheduling_policy(name="fair", fairsharePolicy={})["arn"]
        members["schedulingPolicyArn"] = arn
    order = [{"order": 1, "computeEnvironment": "compute-environment"}]
    client.create_job_queue(
        jobQueueName="measured", priority=1, computeEnvironmentOrder=order, **members
    )


def seconds_to_run(jobs: int, max_vcpus: int, shares: int = 0) -> float:
    """Return the seconds to run jobs of alternating shares with limited capacity."""
    with provided(max_vcpus=max_vcpus) as (mock, client):
        make_queue(client, shares)
        share: dict[str, Any] = {}
        for number in range(jobs):
            if shares:
                share = {"shareIdentifier": f"s{number % shares}", "schedulingPriorityOverride": 1}
            client.submit_job(**{**SUBMIT, "jobQueue": "measured", **share})
        return seconds_alone(mock.run)


def run(effort: Effort) -> None:
    """Run the section."""
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
        rows.append(compared(f"{jobs:,} jobs, capacity for {ROOM}", free, full))
        rows.append(
            compared(f"{jobs:,} jobs of {SHARES} shares, capacity for {ROOM}", free, shared)
        )
    growth = exponent((fulls[0], fulls[1]), (sizes[0], sizes[1]))
    rows.append(grown(f"capacity for {ROOM}, {sizes[0]:,} to {sizes[1]:,} jobs", fulls[1], growth))
    print_table(
        f"scheduling: a full queue; the floor is capacity for all; medians of {rounds} rounds", rows
    )
