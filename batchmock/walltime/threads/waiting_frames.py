"""
Infer from a thread's Python frames what it waits for.

Frames identify the waiting function, and their locals the lock or queue. Where the operating system reports the
states of threads, frames only identify servers and batchmock's own code.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from types import FrameType
from typing import Any, Final

from batchmock.monitor import WAITING_TO_MOVE_TIME
from batchmock.walltime.threads.tools import module_of

#: The functions in which threads wait for other threads, by module. Semaphores, events and queues wait in
#: `Condition.wait`: a thread that is in a function of theirs runs.
WAITING_IN: Final[dict[str, Collection[str]]] = {
    "concurrent.futures.thread": ("_worker",),
    "selectors": ("select",),
    "threading": ("join", "wait", "_shutdown", "_wait_for_tstate_lock"),
}
_PLUMBING: Final = frozenset({"contextlib", "selectors", "threading"})
#: The module whose functions wrap those of `threading`.
_WRAPPERS: Final = "batchmock.walltime.timed_waits"

#: The module of the thread that manages a pool of processes.
_MANAGER_OF_PROCESSES: Final = "concurrent.futures.process"

#: The modules whose code pauses while a thread sleeps in simulated time, and those that they call to do so.
_SLEEPS: Final = frozenset(
    f"batchmock.walltime.{name}"
    for name in (
        "loops",
        "real",
        "sleep_only_loops",
        "sleepers",
        "slept_times",
        "timed_waits",
        "trio_runs",
    )
)
_IN_A_SLEEP: Final = frozenset({"asyncio", "selectors", "threading", "trio"})

#: The position of a thread: its frame and the instruction in it.
Spot = tuple[int, int]


def spot_of(frame: FrameType) -> Spot:
    """Return the position of a thread."""
    return id(frame), frame.f_lasti


def is_in_batchmock(frame: FrameType) -> bool:
    """
    Return whether a thread is inside batchmock, for instance on its way into a sleep.

    A thread that waits for another one to move time does not count: that can take long.
    """
    current: FrameType | None = frame
    while current is not None and (
        module_of(current) in _PLUMBING or current.f_globals.get("__name__") == _WRAPPERS
    ):
        current = current.f_back
    if current is None or module_of(current) != "batchmock":
        return False
    return current.f_code not in WAITING_TO_MOVE_TIME


def is_paused(frame: FrameType) -> bool:
    """Return whether a thread that sleeps in simulated time runs no handler of a signal at present."""
    current: FrameType | None = frame
    while current is not None and current.f_globals.get("__name__") not in _SLEEPS:
        if module_of(current) not in _IN_A_SLEEP:
            return False
        current = current.f_back
    return True


def is_in_a_selector(frame: FrameType) -> bool:
    """
    Return whether a thread waits for input, which may never come, as servers and event loops do.

    So does the thread that manages a pool of processes. It is known elsewhere whether the pool has work.
    """
    caller = frame.f_back
    if frame.f_globals.get("__name__") != "selectors" or caller is None:
        return False
    if module_of(caller) == "multiprocessing" and caller.f_back is not None:
        return caller.f_back.f_globals.get("__name__") == _MANAGER_OF_PROCESSES
    return module_of(caller) not in ("batchmock", "subprocess")


def is_waiting(frame: FrameType, alive: Collection[int]) -> bool:
    """
    Return whether a thread waits for another thread that has not woken it yet.

    Args:
        frame: the innermost frame of the thread.
        alive: the idents of all threads.
    """
    module, function = str(frame.f_globals.get("__name__")), frame.f_code.co_name
    if function not in WAITING_IN.get(module, ()):
        return False
    if module == "selectors":
        return is_in_a_selector(frame)
    is_still_waiting = _STILL_WAITING.get(function)
    return is_still_waiting is None or is_still_waiting(dict(frame.f_locals), alive)


def _waits_for_notify(found: dict[str, Any], alive: Collection[int]) -> bool:
    waiters = getattr(found.get("self"), "_waiters", None)
    waiter = found.get("waiter")
    # Not a condition, or not waiting yet.
    if waiters is None or waiter is None:
        return False
    return any(each is waiter for each in list(waiters))


def _waits_for_a_thread(found: dict[str, Any], alive: Collection[int]) -> bool:
    ident = getattr(found.get("self"), "ident", None)
    return ident is None or ident in alive


def _waits_for_work(found: dict[str, Any], alive: Collection[int]) -> bool:
    queue, executor_reference = found.get("work_queue"), found.get("executor_reference")
    if executor_reference is not None:
        # After `shutdown` a worker that has received its last item, None, is about to end.
        executor = executor_reference()
        if executor is None or getattr(executor, "_shutdown", False):
            return False
    return queue is None or queue.empty()


_STILL_WAITING: Final[dict[str, Callable[[dict[str, Any], Collection[int]], bool]]] = {
    "_wait_for_tstate_lock": _waits_for_a_thread,
    "_worker": _waits_for_work,
    "join": _waits_for_a_thread,
    "wait": _waits_for_notify,
}
