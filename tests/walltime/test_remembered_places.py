"""
The tests of what holds a sleep, a clock or a date, in a process of their own.

These tests search the heap, or read all modules, hundreds of times. In a process that has run thousands of
tests, each search takes most of a second.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MODULES = ("remembered_places.py", "random_holders.py", "dates_in_modules.py")


@pytest.mark.slow
def test_remembered_places() -> None:
    """Each mock finds what holds a sleep or a clock, and searches the heap only if something is new."""
    # Without the conftest and other plugins, which import much that a search would go through.
    options = ("--noconftest", "-p", "no:cacheprovider", "-q")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *MODULES],
        cwd=Path(__file__).parent,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
