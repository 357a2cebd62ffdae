"""The memory of many mocks in one test, as of the examples of a property: what is kept for its report."""

from __future__ import annotations

import tracemalloc

from measure import HEAD, Effort, print_table
from mocks import REGION, batch_client, submit

from batchmock import mock_batch
from batchmock.observe.started import STARTED

MOCKS = 200
JOBS = 10
TARGET_MB = 20.0


def grown_by(mocks: int, advance: str) -> float:
    """Return the megabytes that more mocks of one test add, with the garbage that is not collected yet."""
    client = batch_client()

    def use() -> None:
        with mock_batch(region=REGION, advance=advance) as mock:
            mock.provision(job_queue="queue", job_definition="definition")
            submit(client, JOBS)
            mock.run()

    with STARTED.keep_track():
        use()
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            for _ in range(mocks):
                use()
            after, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    return (after - before) / 1e6


def print_many(effort: Effort) -> None:
    """Print the memory of many mocks."""
    mocks = effort.size(MOCKS)
    rows = []
    for advance in ("manual", "sleep"):
        grown = grown_by(mocks, advance)
        met = "yes" if grown <= TARGET_MB else "NO"
        work = f'{mocks} mocks of one test, {JOBS} jobs each, advance="{advance}"'
        rows.append([work, "", f"{grown:.1f} MB", "", f"{TARGET_MB:g} MB", met])
    print_table("memory: of many mocks in one test, beyond the first", rows, HEAD)
