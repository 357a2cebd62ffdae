"""The child processes and process-pool work started by the code under test."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from typing import Any

from batchmock.walltime.threads.thread_states import ThreadStates


class Children:
    """
    The child processes started since `begin`.

    Args:
        states: the states of the threads of this process, each of which has its own children.
    """

    def __init__(self, states: ThreadStates) -> None:
        self._states = states
        self._before: set[int] = set()

    def begin(self) -> None:
        """Ignore the children that exist already, such as servers shared by many tests."""
        self._before = self._all() if _has_children() else set()

    def live(self) -> set[int]:
        """Return the process ids of the children that have not exited."""
        if not _has_children():
            return set()
        new = self._all() - self._before - _of_multiprocessing()
        return {child for child in new if not _is_zombie(child)}

    def _all(self) -> set[int]:
        children: set[int] = set()
        for thread in self._states.native_ids():
            # A thread may end meanwhile.
            with suppress(OSError), open(f"/proc/self/task/{thread}/children", "rb") as file:
                children.update(map(int, file.read().split()))
        return children


def have_process_pools_work() -> bool:
    """Return whether a process pool has unfinished work items."""
    modules = sys.modules
    if "concurrent.futures.process" not in modules and "multiprocessing.pool" not in modules:
        return False
    return any(map(_manages_work, threading.enumerate()))


def _manages_work(thread: threading.Thread) -> bool:
    """Return whether a thread manages a pool of processes that has unfinished work items."""
    if getattr(thread, "pending_work_items", None):
        return True
    pool = sys.modules.get("multiprocessing.pool")
    if pool is None or getattr(thread, "_target", None) is not pool.Pool._handle_tasks:
        return False
    # A thread that ends deletes its arguments. Those of this one end with the workers and the results awaited.
    *_, workers, results = getattr(thread, "_args", None) or ((), {})
    return bool(results) and not any(isinstance(each, threading.Thread) for each in workers)


def _has_children() -> bool:
    if not hasattr(os, "waitid"):
        return False
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _is_zombie(child: int) -> bool:
    try:
        with open(f"/proc/{child}/stat", "rb") as file:
            return file.read().rpartition(b") ")[2][:1] in b"ZX"
    except OSError:
        return True


def _of_multiprocessing() -> set[int]:
    """Return the workers and helpers of multiprocessing, which idle until they exit."""
    modules: dict[str, Any] = dict(sys.modules)
    process = modules.get("multiprocessing.process")
    tracker = modules.get("multiprocessing.resource_tracker")
    server = modules.get("multiprocessing.forkserver")
    pids = {child.pid for child in list(getattr(process, "_children", ()))}
    pids.add(getattr(getattr(tracker, "_resource_tracker", None), "_pid", None))
    pids.add(getattr(getattr(server, "_forkserver", None), "_forkserver_pid", None))
    return {pid for pid in pids if pid is not None}
