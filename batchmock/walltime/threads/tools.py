"""
The tools around a test: pytest and its plugins, debuggers, and modules that wait for other processes.

Their sleeps and clocks stay real, and their threads never hold simulated time up.
"""

from __future__ import annotations

import threading
from types import FrameType
from typing import Final

#: Top-level modules that sleep and read clocks in real time.
TOOLS: Final = frozenset(
    {
        "_pydevd_bundle",
        "_pytest",
        "coverage",
        "debugpy",
        "execnet",
        "filelock",
        "hypothesis",
        "multiprocessing",
        "pydevd",
        "pytest_timeout",
        "subprocess",
        "xdist",
    }
)
#: Top-level modules whose threads serve others: an idle one never has anything to do by itself.
SERVERS: Final = frozenset(
    {
        "_pydevd_bundle",
        "coverage",
        "debugpy",
        "execnet",
        "ipykernel",
        "multiprocessing",
        "pydevd",
        "pytest_timeout",
        "socketserver",
        "tqdm",
        "xdist",
    }
)


def module_of(frame: FrameType) -> str:
    """Return the top-level module of a frame's code."""
    return str(frame.f_globals.get("__name__")).partition(".")[0]


def is_tool(frame: FrameType) -> bool:
    """Return whether the code of a frame belongs to a tool, whose sleeps and clocks are real."""
    return module_of(frame) in TOOLS


def is_thread_of_a_server(thread: int, frame: FrameType) -> bool:
    """Return whether a thread, given its innermost frame, was started by a tool or serves requests."""
    if thread == threading.main_thread().ident:
        return False
    outermost = None
    current: FrameType | None = frame
    while current is not None:
        if module_of(current) != "threading":
            outermost = current
        current = current.f_back
    return outermost is not None and module_of(outermost) in SERVERS
