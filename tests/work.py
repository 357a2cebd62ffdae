"""Counts of executed lines: a measure of work that is the same in each run, unlike time."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def lines_of(work: Callable[[], object]) -> int:
    """Return the number of calls and lines of Python that work executes in this thread."""
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        if event in ("call", "line"):
            count += 1
        return trace

    before = sys.gettrace()
    # The callbacks of what a collection finds would count too: objects of earlier tests.
    was_enabled = gc.isenabled()
    gc.disable()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
        if was_enabled:
            gc.enable()
    return count
