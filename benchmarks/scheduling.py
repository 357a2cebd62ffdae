"""
What a full queue costs, as a ratio to one with room for everything: `python benchmarks/scheduling.py`.

Both run the same jobs. The growth exponent is that of the whole time over the number of jobs: 1.0 is linear.
"""

from __future__ import annotations

import gc
from math import log
from statistics import median
from time import process_time
from typing import Any

import boto3
from measure import REGION, print_table, readable

from batchmock import BatchMock, mock_batch

SIZES = (5_000, 20_000)
ROOM = 100
SHARES = 50
ROUNDS = 3
SUBMIT = {"jobName": "job", "jobQueue": "queue", "jobDefinition": "definition"}


def submitted(jobs: int, max_vcpus: int, shares: int) -> BatchMock:
    """Start a mock with room for so many jobs at a time, and submit jobs, of so many shares in turn."""
    mock = mock_batch(region=REGION).start()
    mock.provision(job_queue="plain", job_definition="definition", max_vcpus=max_vcpus)
    client = boto3.client("batch", region_name=REGION)
    order = [{"order": 1, "computeEnvironment": "compute-environment"}]
    members: dict[str, Any] = {}
    if shares:
        arn = client.create_scheduling_policy(name="fair", fairsharePolicy={})["arn"]
        members["schedulingPolicyArn"] = arn
    client.create_job_queue(
        jobQueueName="queue", priority=1, computeEnvironmentOrder=order, **members
    )
    for number in range(jobs):
        share: dict[str, Any] = {}
        if shares:
            share = {"shareIdentifier": f"s{number % shares}", "schedulingPriorityOverride": 1}
        client.submit_job(**SUBMIT, **share)
    return mock


def seconds_to_run(jobs: int, max_vcpus: int, shares: int = 0) -> float:
    """Give the processor time to let all jobs live, with the garbage collector off."""
    mock = submitted(jobs, max_vcpus, shares)
    gc.collect()
    gc.disable()
    try:
        began = process_time()
        mock.run()
        return process_time() - began
    finally:
        gc.enable()
        mock.stop()


def full_queues() -> None:
    """Print what jobs cost that have to wait for room, first in, first out and by shares."""
    rows = []
    last: tuple[int, float] | None = None
    for jobs in SIZES:
        free, full, shared = [], [], []
        for _ in range(ROUNDS):
            free.append(seconds_to_run(jobs, jobs))
            full.append(seconds_to_run(jobs, ROOM))
            shared.append(seconds_to_run(jobs, ROOM, SHARES))
        least, waiting, by_share = median(free), median(full), median(shared)
        growth = "" if last is None else f"{log(waiting / last[1]) / log(jobs / last[0]):.2f}"
        last = (jobs, waiting)
        rows.append(
            (
                f"{jobs:,}",
                readable(least),
                readable(waiting),
                f"{waiting / least:.2f}",
                growth,
                readable(by_share),
                f"{by_share / least:.2f}",
            )
        )
    print_table(
        f"Jobs through a queue with room for {ROOM} at a time, medians of {ROUNDS} rounds",
        [
            "jobs",
            "room for all",
            f"room for {ROOM}",
            "ratio",
            "growth exponent",
            f"{SHARES} shares",
            "ratio",
        ],
        rows,
    )


if __name__ == "__main__":
    full_queues()
