"""
Separate Python processes, for what happens once in each: imports, the first call, a run of pytest.

Each process measures its own CPU time. The garbage collector stays on, as it would for a user. A run that does
not count compiles the modules first, even if PYTHONDONTWRITEBYTECODE is set.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from measure import now

FOLDER = Path(__file__).parent

#: A program that prints the seconds of `timed`. It imports no module that `timed` might import.
TIMED = """
from time import {clock} as now
{before}
began = now()
{timed}
print(now() - began)
"""
#: A program that runs pytest, and prints the seconds since the start of the process.
PYTEST = """
import sys, time, pytest
pytest.main(sys.argv[1:])
print(time.process_time())
"""


def printed(*arguments: str, folder: Path = FOLDER, **more: str) -> float:
    """Run Python in a folder with extra environment variables, and return the last number that it prints."""
    environment = {**os.environ, **more}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    return float(done.stdout.split()[-1])


def timed_part(timed: str, before: str = "") -> Callable[[], float]:
    """Return a function that runs a program in a new process and returns the seconds of `timed`."""
    program = TIMED.format(clock=now.__name__, before=before, timed=timed)
    return lambda: printed("-c", program)


def pytest_seconds(folder: Path, arguments: Sequence[str]) -> float:
    """Return the seconds of a process that runs pytest without the installed plugins."""
    return printed("-c", PYTEST, *arguments, folder=folder, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
