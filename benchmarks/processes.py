"""
Python processes of their own, for what happens once in each: imports, the first call, a run of pytest.

Each tells its own processor time. The garbage collector is left as it is: a user has it on. Modules are
compiled beforehand, by a run that does not count, whether or not this process is told to keep that.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from measure import now

FOLDER = Path(__file__).parent

#: A program that prints the seconds of what stands in place of `timed`. It imports nothing that could be
#: a part of that.
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
    """Run Python in a folder, with more variables in its environment; give the number that it prints last."""
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
    """Give what runs a program in a process of its own, and returns the seconds of a part of it."""
    program = TIMED.format(clock=now.__name__, before=before, timed=timed)
    return lambda: printed("-c", program)


def pytest_seconds(folder: Path, arguments: Sequence[str]) -> float:
    """Give the seconds of a process that runs pytest without the plugins that are installed."""
    return printed("-c", PYTEST, *arguments, folder=folder, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
