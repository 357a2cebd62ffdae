"""
Measure the cost of hosts, relative to a provisioned environment with room for all jobs.

The same jobs, of one size or of many sizes, run in a full environment of 200 hosts, and in environments with
room for all of them. The growth exponent relates the total time to the number of jobs.
"""

from __future__ import annotations

from statistics import median
from typing import Any

from measure import Effort, compared, exponent, grown, print_table, seconds_alone
from mocks import SUBMIT, provided

SIZES = (5_000, 20_000)
HOSTS = 200
INSTANCE_TYPE, VCPUS = "m5.xlarge", 4
ROUNDS = 3
#: The limit of the time in a full environment, relative to room for all jobs.
MOST = 3.0


def asks(number: int) -> dict[str, Any]:
    """Return what a job of many sizes asks for."""
    sizes = {"VCPU": number % VCPUS + 1, "MEMORY": 256 + number * 37 % 61 * 100}
    wanted = [{"type": name, "value": str(value)} for name, value in sizes.items()]
    return {"containerOverrides": {"resourceRequirements": wanted}}


def seconds_to_run(jobs: int, *, many_sizes: bool, **members: Any) -> float:
    """Return the seconds to run jobs in a provisioned environment."""
    with provided(**members) as (mock, client):
        for number in range(jobs):
            client.submit_job(**SUBMIT, **(asks(number) if many_sizes else {}))
        return seconds_alone(mock.run)


def run(effort: Effort) -> None:
    """Run the section."""
    rounds = effort.rounds_or(ROUNDS)
    sizes = [effort.size(jobs, least) for jobs, least in zip(SIZES, (200, 800), strict=True)]
    types = {"instance_types": [INSTANCE_TYPE]}
    rows = []
    for many_sizes in (False, True):
        fulls = []
        for jobs in sizes:
            taken = [
                (
                    seconds_to_run(jobs, many_sizes=many_sizes),
                    seconds_to_run(jobs, many_sizes=many_sizes, **types),
                    seconds_to_run(jobs, many_sizes=many_sizes, max_vcpus=HOSTS * VCPUS, **types),
                )
                for _ in range(rounds)
            ]
            free, typed, full = (median(column) for column in zip(*taken, strict=True))
            fulls.append(full)
            what = f"{jobs:,} jobs of {'many sizes' if many_sizes else 'one size'}"
            rows.append(compared(f"{what}, {INSTANCE_TYPE} without limit", free, typed))
            rows.append(compared(f"{what}, {HOSTS} full hosts", free, full, MOST))
        growth = exponent((fulls[0], fulls[1]), (sizes[0], sizes[1]))
        rows.append(grown(f"{HOSTS} full hosts, {sizes[0]:,} to {sizes[1]:,}", full, growth))
    print_table(
        f"hosts: the floor is room for all in provision(); medians of {rounds} rounds", rows
    )
