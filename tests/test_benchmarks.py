from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


def test_the_benchmarks_run() -> None:
    """`python benchmarks` runs the named sections and prints a row for each measurement."""
    program = [sys.executable, str(BENCHMARKS), "--quick", "--rounds", "1", "calls"]
    done = subprocess.run(program, capture_output=True, text=True, encoding="utf-8")

    assert done.stderr == ""
    assert done.stdout.startswith(f"Python {sys.version.split()[0]}, ")
    assert "\n  SubmitJob, minimal " in done.stdout
    assert "\n  ListJobs, 100 of 100,000" in done.stdout


def test_a_section_that_there_is_not() -> None:
    """The error for an unknown section lists the existing ones."""
    program = [sys.executable, str(BENCHMARKS), "cals"]
    done = subprocess.run(program, capture_output=True, text=True, encoding="utf-8")

    assert done.returncode == 2
    assert "no section cals; there are calls, lifecycle, " in done.stderr
