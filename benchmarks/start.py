"""
Measure the cost before anything is simulated: imports, the pytest plugin, a mock that is not used.

Each import, each pytest run and each first call runs in its own process. The pytest runs disable the installed
plugins, whose cost varies more than the cost of this plugin.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

from measure import Effort, bounded, medians, print_table
from mocks import REGION, SUBMIT, batch_client
from processes import pytest_seconds, timed_part

from batchmock import mock_batch

ROUNDS = 15
MOCK_ROUNDS = 51
IMPORT_TARGET = 0.030
PLUGIN_TARGET = 0.015
MOCK_TARGET = 100e-6
TESTS = 100

RUN = ("-q", "-p", "no:cacheprovider")
COLLECT = (*RUN, "--collect-only")
PLUGIN = "batchmock.pytest_plugin"
#: The cost of any plugin: pytest prepares assertion rewriting for the first one.
EMPTY_PLUGIN = "empty_plugin"
IMPORT_ONE = "from batchmock import mock_batch"
IMPORT_SOME = "from batchmock import mock_batch, succeed, fail"
IMPORT_ALL = "from batchmock import *"
FIRST_CALL = """
with mock_batch(region="us-east-1") as mock:
    mock.provision(job_queue="queue", job_definition="definition")
    client.submit_job(jobName="job", jobQueue="queue", jobDefinition="definition")
    mock.run()
"""
CLIENT = """
import boto3
client = boto3.client(
    "batch", region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none"
)
"""
#: The name of the work, the timed code, the code before it, and the target in seconds.
PARTS = (
    (IMPORT_SOME, IMPORT_SOME, "import boto3", IMPORT_TARGET),
    (IMPORT_ALL, IMPORT_ALL, "import boto3", IMPORT_TARGET),
    (
        "the first mock: start, provision, SubmitJob, run, stop",
        FIRST_CALL,
        CLIENT + IMPORT_ALL,
        None,
    ),
    ("both: mock_batch imported, and the first mock", IMPORT_ONE + FIRST_CALL, CLIENT, None),
    ("for comparison: import boto3", "import boto3", "", None),
    ("for comparison: the first client", CLIENT, "import boto3", None),
)


def beyond(folder: Path, arguments: tuple[str, ...], plugin: str) -> Callable[[], float]:
    """Return a function that measures by how many seconds a plugin prolongs a pytest run."""
    with_plugin = (*arguments, "-p", plugin)
    return lambda: pytest_seconds(folder, with_plugin) - pytest_seconds(folder, arguments)


def write_tests(folder: Path) -> None:
    """Write tests that do not use batchmock, and a plugin that does nothing."""
    tests = "".join(f"def test_{number}():\n    pass\n\n\n" for number in range(TESTS))
    folder.joinpath("test_some.py").write_text(tests)
    folder.joinpath(f"{EMPTY_PLUGIN}.py").write_text("")


def print_processes(effort: Effort) -> None:
    """Print the cost of the plugin, of imports, and of the first mock in a process."""
    rounds = effort.rounds_or(ROUNDS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_tests(folder)
        collect, run_all = (partial(beyond, folder, arguments) for arguments in (COLLECT, RUN))
        works = [
            (f"pytest --collect-only of {TESTS} tests", collect(PLUGIN), PLUGIN_TARGET),
            (f"pytest of {TESTS} tests", run_all(PLUGIN), PLUGIN_TARGET),
            ("for comparison: pytest, a plugin that is empty", run_all(EMPTY_PLUGIN), None),
            *((work, timed_part(timed, before), target) for work, timed, before, target in PARTS),
        ]
        taken: list[list[float]] = [[] for _ in works]
        for _, measure, _ in works:
            measure()  # compiles the modules it imports
        for _ in range(rounds):
            for (_, measure, _), seconds in zip(works, taken, strict=True):
                seconds.append(measure())
    rows = [
        bounded(work, median(seconds), target)
        for (work, _, target), seconds in zip(works, taken, strict=True)
    ]
    print_table(
        f"start: in separate processes; pytest with the plugin minus pytest without it; "
        f"medians of {rounds} rounds",
        rows,
    )


def print_mocks(effort: Effort) -> None:
    """Print the cost of a mock that is not used, and of a mock that runs one job."""
    client = batch_client()

    def unused() -> None:
        with mock_batch(region=REGION):
            pass

    def used() -> None:
        with mock_batch(region=REGION) as mock:
            mock.provision(job_queue="queue", job_definition="definition")
            client.submit_job(**SUBMIT)
            mock.run()

    rounds = effort.rounds_or(MOCK_ROUNDS)
    empty, full = medians([unused, used], rounds=rounds, times=20)
    rows = [
        bounded("enter and leave", empty, MOCK_TARGET),
        bounded("the same, with provision, one job and its life", full),
    ]
    print_table(f"start: a mock, later in a process; medians of {rounds} rounds", rows)


def run(effort: Effort) -> None:
    """Run the section."""
    print_processes(effort)
    print_mocks(effort)
