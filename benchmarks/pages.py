"""
Measure the HTML page of a timeline, and the explanation of a waiting job.

The floor of a page is the time in which `json.dumps` writes what DescribeJobs returns for the same jobs. An
explanation of one of up to 2,500 unfinished jobs includes a forecast of its start, which later explanations
share until something changes; here, something changes before each.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from measure import Effort, bounded, compared, exponent, grown, medians, print_table
from mocks import SUBMIT, anew, provided

from batchmock import BatchMock

ROUNDS = 7
JOBS = 3_000
CHILDREN = 10_000
#: The limits of a page of 3,000 jobs: its time relative to the floor, and its size.
MOST = 5.0
MOST_KB = 916
#: The sizes of queues, and the limit of the time to explain a job in the larger one, in seconds.
QUEUES = (1_000, 20_000)
MOST_TO_EXPLAIN = 0.15
DESCRIBED = 100


def named_jobs(jobs: int) -> Callable[[Any], None]:
    """Return a function that submits jobs with names of their own."""

    def submit_all(client: Any) -> None:
        for number in range(jobs):
            client.submit_job(**{**SUBMIT, "jobName": f"job-{number}"})

    return submit_all


def array(children: int) -> Callable[[Any], None]:
    """Return a function that submits an array job."""
    return lambda client: client.submit_job(**SUBMIT, arrayProperties={"size": children})


@contextmanager
def ended(submit_all: Callable[[Any], None], **options: Any) -> Iterator[tuple[BatchMock, Any]]:
    """Run jobs to their ends, and yield the mock and what DescribeJobs returns for them."""
    with provided(**options) as (mock, client):
        submit_all(client)
        mock.run()
        ids = [job.id for job in mock.jobs]
        if len(ids) == 1:
            ids = [f"{ids[0]}:{index}" for index in range(len(mock.jobs[0].children))]
        details = [
            detail
            for first in range(0, len(ids), DESCRIBED)
            for detail in client.describe_jobs(jobs=ids[first : first + DESCRIBED])["jobs"]
        ]
        yield mock, details


def print_pages(effort: Effort) -> None:
    """Print the time and the size of pages, and how the time grows."""
    rounds = effort.rounds_or(ROUNDS)
    jobs, children = effort.size(JOBS), effort.size(CHILDREN)
    rows, times = [], []
    for name, submit_all, options, most in (
        (f"{jobs:,} jobs", named_jobs(jobs), {}, MOST),
        (f"{4 * jobs:,} jobs", named_jobs(4 * jobs), {}, None),
        (
            f"{jobs:,} jobs on 100 hosts",
            named_jobs(jobs),
            {"instance_types": ["m5.xlarge"], "max_vcpus": 400},
            MOST,
        ),
        (f"an array of {children:,}", array(children), {}, MOST),
    ):
        with ended(submit_all, **options) as (mock, details):
            page = mock.timeline().to_html
            floor, taken = medians(
                [lambda details=details: json.dumps(details, default=str), page],
                rounds=rounds,
                times=1,
            )
            rows.append(compared(name, floor, taken, most))
            if name == f"{jobs:,} jobs":
                size = len(page().encode()) / 1000
                met = "yes" if size <= MOST_KB else "NO"
                rows.append(["  size", "", f"{size:.0f} KB", "", f"{MOST_KB} KB", met])
        times.append(taken)
    growth = exponent((times[0], times[1]), (jobs, 4 * jobs))
    rows.append(grown(f"from {jobs:,} to {4 * jobs:,} jobs", times[1], growth))
    print_table(
        f"pages: to_html(); the floor writes the same jobs as JSON; medians of {rounds} rounds",
        rows,
    )


def print_explanations(effort: Effort) -> None:
    """Print the time to explain the last job of a queue, and to draw the page of such a queue."""
    rounds = effort.rounds_or(ROUNDS)
    rows = []
    for jobs in (effort.size(waiting) for waiting in QUEUES):
        with provided(max_vcpus=4) as (mock, client):
            named_jobs(jobs)(client)
            mock.tick(10)
            explained, drawn = medians(
                [anew(mock, mock.jobs[-1].explain), anew(mock, mock.timeline().to_html)],
                rounds=rounds,
                times=1,
            )
        rows.append(bounded(f"explain() of the last of {jobs:,} jobs", explained, MOST_TO_EXPLAIN))
        rows.append(bounded("  the page of this queue", drawn))
    print_table(f"pages: waiting jobs; medians of {rounds} rounds", rows)


def run(effort: Effort) -> None:
    """Run the section."""
    print_pages(effort)
    print_explanations(effort)
