"""
Measure how many runs a second `explore` makes of a test with 13 calls, and the whole test beside it.

The test submits a job and polls it with `time.sleep` under `advance="sleep"`. Its floor is the same test in a
mock of its own, without exploring. Both run while another mock is active, so that neither searches for sleeps.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

from measure import HEAD, Effort, medians, print_table, seconds_alone
from mocks import SUBMIT, batch_client

from batchmock import BatchMock, Exploration, explore, mock_batch, succeed

ROUNDS = 11
RUNS = 87
TARGET = 150.0
OPTIONS = {"advance": "sleep"}
TIERS = ("weather", "losses", "deaths", "crashes")


def poll(batch_mock: BatchMock, client: Any) -> None:
    """Submit a job and wait for its end: 13 calls."""
    batch_mock.provision(job_queue="queue", job_definition="definition")
    batch_mock.script("job", succeed(after=50))
    job_id = client.submit_job(**SUBMIT)["jobId"]
    while client.describe_jobs(jobs=[job_id])["jobs"][0]["status"] not in ("SUCCEEDED", "FAILED"):
        time.sleep(5)


def seconds_of_a_run(test: Callable[[BatchMock], None], runs: int) -> float:
    """Return the mean seconds of the runs of one exploration."""
    explorations: list[Exploration] = []
    taken = seconds_alone(
        lambda: explorations.append(explore(test, options=OPTIONS, tiers=TIERS, runs=runs))
    )
    return taken / explorations[0].runs


def row_of(work: str, floor: float, taken: float) -> list[str]:
    """Return the row of the runs a second."""
    met = "yes" if 1 / taken >= TARGET else "NO"
    per_second = [f"{1 / seconds:.0f} /s" for seconds in (floor, taken)]
    return [work, *per_second, f"{taken / floor:.2f}", f"{TARGET:g} /s", met]


def run(effort: Effort) -> None:
    """Run the section."""
    rounds, runs = effort.rounds_or(ROUNDS), effort.size(RUNS, least=12)
    kept = batch_client()

    def with_kept_client(batch_mock: BatchMock) -> None:
        poll(batch_mock, kept)

    def with_new_client(batch_mock: BatchMock) -> None:
        poll(batch_mock, batch_client())

    rows = []
    with mock_batch(advance="sleep"):
        for work, test in (
            ("a client that is kept", with_kept_client),
            ("a new client in each run", with_new_client),
        ):

            def bare(test: Callable[[BatchMock], None] = test) -> None:
                with mock_batch(advance="sleep") as batch_mock:
                    test(batch_mock)

            (floor,) = medians([bare], rounds=rounds, times=10)
            seconds_of_a_run(test, runs)
            taken = median(seconds_of_a_run(test, runs) for _ in range(rounds))
            rows.append(row_of(work, floor, taken))
    print_table(f"explore: runs of a test with 13 calls, medians of {rounds} rounds", rows, HEAD)
