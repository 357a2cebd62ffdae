from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


#: Sections that start no process and need no other package, with the beginning of their last row.
LAST_ROWS = {
    "calls": "ListJobs, 100 of 100,000, uncached",
    "lifecycle": "400",
    "lines": "from 50 to 200 children",
    "arrays": "delete queue",
    "scheduling": "capacity for 100, 200 to 800 jobs",
    "hosts": "200 full hosts, 200 to 800",
    "keeping": "all of these",
    "events": "a transition with its delivery to a subscription",
    "memory": "a plain job that has ended, one attempt",
}


def test_the_benchmarks_run() -> None:
    """`python benchmarks` runs the named sections and prints a row for each measurement."""
    program = [sys.executable, str(BENCHMARKS), "--quick", "--rounds", "1", *LAST_ROWS]
    done = subprocess.run(program, capture_output=True, text=True, encoding="utf-8")

    assert done.stderr == ""
    assert done.stdout.startswith(f"Python {sys.version.split()[0]}, ")
    assert "\n  SubmitJob, minimal " in done.stdout
    for section, row in LAST_ROWS.items():
        assert f"\n{section}: " in done.stdout
        assert f"\n  {row} " in done.stdout


def test_a_request_anew_is_no_poll_of_a_still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """`anew` repeats a request more often than a still clock may be polled."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    mocks = import_module("mocks")
    with mocks.provided() as (mock, client):
        ids = mocks.submit(client, 1)
        describe = mocks.anew(mock, lambda: client.describe_jobs(jobs=ids))
        for _ in range(1_100):
            describe()

        assert mock.calls.count("DescribeJobs") == 1_100


def test_a_section_that_there_is_not() -> None:
    """The error for an unknown section lists the existing ones."""
    program = [sys.executable, str(BENCHMARKS), "cals"]
    done = subprocess.run(program, capture_output=True, text=True, encoding="utf-8")

    assert done.returncode == 2
    assert "no section cals; there are calls, lifecycle, " in done.stderr
