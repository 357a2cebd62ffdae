"""
The tests in `remembered_places`, in a process of their own.

These tests search the heap a hundred times. In a process that has run thousands of tests, each search takes
most of a second.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).with_name("remembered_places.py")


@pytest.mark.slow
def test_remembered_places() -> None:
    """Each mock finds what holds a sleep or a clock, and searches the heap only if something is new."""
    # Without the conftest, which imports much that a search would go through.
    options = ("--noconftest", "-p", "no:cacheprovider", "-q")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(TESTS)],
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
