"""
Measure whether work that could grow out of hand is linear, from a quarter of the size to the full size.

The work is a chain of jobs that each depend on the previous one, jobs that use all of their attempts, and
DescribeJobs of the parent of an array, which should cost as much as for a plain job.
"""

from __future__ import annotations

from functools import partial
from statistics import median
from typing import Any

from lifecycle import Submit, lived
from measure import Effort, bounded, compared, exponent, grown, medians, print_table, readable
from mocks import SUBMIT, anew, provided, submit

from batchmock import BatchMock, fail, hang

ROUNDS = 5
CALL_ROUNDS = 51
CHAIN = 5_000
RETRIED = 1_000
ATTEMPTS = 10
CHILDREN = 10_000


def chain(jobs: int) -> Submit:
    """Return a function that submits a chain of dependencies."""

    def submit_all(client: Any) -> None:
        more: dict[str, Any] = {}
        for _ in range(jobs):
            job_id = client.submit_job(**SUBMIT, **more)["jobId"]
            more = {"dependsOn": [{"jobId": job_id}]}

    return submit_all


def retried(jobs: int) -> Submit:
    """Return a function that submits jobs with many attempts."""
    return lambda client: submit(client, jobs, retryStrategy={"attempts": ATTEMPTS})


def let_all_fail(mock: BatchMock) -> None:
    """Script every attempt of every job to fail."""
    mock.script("*", fail(1))


def print_lives(effort: Effort) -> None:
    """Print how the time to run jobs grows, and the cost of a transition in the larger run."""
    rounds = effort.rounds_or(ROUNDS)
    rows = []
    for name, usual, submitting, prepare in (
        ("a chain of {:,} dependencies", CHAIN, chain, None),
        (f"{{:,}} jobs of {ATTEMPTS} attempts", RETRIED, retried, let_all_fail),
    ):
        size = effort.size(usual)
        sizes = (size // 4, size)
        runs = [[lived(submitting(jobs), prepare) for jobs in sizes] for _ in range(rounds)]
        quarter, whole = (median(each[place][0] for each in runs) for place in (0, 1))
        moves = runs[0][1][1]
        row = grown(name.format(size), whole, exponent((quarter, whole), sizes))
        rows.append(row)
        rows.append(bounded("  each transition of it", whole / moves))
    print_table(f"lines: jobs run until they have ended, medians of {rounds} rounds", rows)


def print_descriptions(effort: Effort) -> None:
    """Print the cost of DescribeJobs for a parent with running children, and for a plain job."""
    rounds = effort.rounds_or(CALL_ROUNDS)
    whole = effort.size(CHILDREN)
    sizes = (whole // 4, whole)
    with provided() as (mock, client):
        mock.script("*", hang())
        ids = submit(client, 1)
        for size in sizes:
            ids += submit(client, 1, arrayProperties={"size": size})
        mock.run()
        works = [anew(mock, partial(client.describe_jobs, jobs=[job_id])) for job_id in ids]
        alone, quarter, taken = medians(works, rounds=rounds, times=10)
    growth = exponent((quarter, taken), sizes)
    rows = [
        compared(f"a parent with {size:,} running children", alone, seconds)
        for size, seconds in zip(sizes, (quarter, taken), strict=True)
    ]
    rows.append(grown(f"from {sizes[0]:,} to {sizes[1]:,} children", taken, growth))
    print_table(
        f"lines: DescribeJobs of a parent; the floor is that of a plain job, {readable(alone)}; "
        f"medians of {rounds} rounds",
        rows,
    )


def run(effort: Effort) -> None:
    """Run the section."""
    print_lives(effort)
    print_descriptions(effort)
