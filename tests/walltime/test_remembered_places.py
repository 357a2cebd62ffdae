"""
The tests in `remembered_places` and `random_holders`, each in a process of its own.

These tests search the heap a hundred times. In a process that has run thousands of tests, each search takes
most of a second.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.slow
@pytest.mark.parametrize("module", ["remembered_places.py", "random_holders.py"])
def test_remembered_places(module: str) -> None:
    """Each mock finds what holds a sleep or a clock, and searches the heap only if something is new."""
    # Without the conftest, which imports much that a search would go through.
    options = ("--noconftest", "-p", "no:cacheprovider", "-q")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, module],
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
