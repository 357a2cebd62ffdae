"""
What batchmock costs a test run: `python benchmarks/plugin.py [rounds]`.

The pytest plugin where no test uses it, `import batchmock` beyond `import boto3`, and entering and
leaving a mock. Each start of the interpreter is a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from measure import REGION, medians, print_table, readable

COLLECT = ("-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider")
# Other plugins are left out of both runs: what they take varies more than what ours does.
ALONE = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
WITH = ("-p", "batchmock.pytest_plugin")


def python(folder: Path, *arguments: str) -> Callable[[], None]:
    """Give something that runs Python in a folder."""

    def run() -> None:
        subprocess.run(
            [sys.executable, *arguments],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
            env=ALONE,
        )

    return run


def start_up(rounds: int) -> None:
    """Print what the plugin and the import add to the start of a process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_one.py").write_text("def test_one():\n    pass\n")
        bare, loaded, boto3, both = medians(
            [
                python(folder, *COLLECT),
                python(folder, *COLLECT, *WITH),
                python(folder, "-c", "import boto3"),
                python(folder, "-c", "import boto3, batchmock"),
            ],
            rounds=rounds,
            times=1,
        )
    print_table(
        f"Start-up, medians of {rounds} rounds",
        ["", "without", "with", "batchmock's part"],
        [
            ("pytest --collect-only", readable(bare), readable(loaded), readable_gap(bare, loaded)),
            ("import boto3", readable(boto3), readable(both), readable_gap(boto3, both)),
        ],
    )


def readable_gap(less: float, more: float) -> str:
    """Write a difference, which noise may make negative."""
    return ("-" if more < less else "") + readable(abs(more - less))


def enter_and_leave(rounds: int) -> None:
    """Print what a mock costs that is entered and left, unused, and with one submitted job."""
    began = perf_counter()
    import boto3

    from batchmock import mock_batch

    client = boto3.client("batch", region_name=REGION)
    imported = perf_counter()

    def unused() -> None:
        with mock_batch(region=REGION):
            pass

    def used() -> None:
        with mock_batch(region=REGION) as mock:
            mock.provision(job_queue="q", job_definition="d")
            client.submit_job(jobName="j", jobQueue="q", jobDefinition="d")
            mock.run()

    before_first = perf_counter()
    used()
    first = perf_counter() - before_first
    empty, full = medians([unused, used], rounds=rounds, times=100)
    print_table(
        f"A mock, medians of {rounds} rounds",
        ["", "time"],
        [
            ("enter and leave", readable(empty)),
            ("the same, with provision, one job and its life", readable(full)),
            ("the first of these in a process", readable(first)),
            ("imports and the first client before it", readable(imported - began)),
        ],
    )


if __name__ == "__main__":
    chosen = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    start_up(chosen)
    enter_and_leave(chosen)
