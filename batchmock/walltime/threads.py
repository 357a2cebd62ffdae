"""
Which threads are waiting, as far as it can be seen from outside.

Time may jump to the next sleeper once all others wait. That a thread sleeps in simulated time is known;
that it waits for another thread is seen from the function that it is in, or from its not getting on.
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from types import FrameType
from typing import Final

#: Real seconds between two looks at the threads.
PAUSE: Final = 0.001
#: After so many looks at which no thread has got on, whatever they are in counts as waiting.
LOOKS_UNTIL_STUCK: Final = 20
#: After so many looks time moves, though a thread is computing all the while.
LOOKS_AT_MOST: Final = 100

#: Where threads wait for others, by module.
WAITING_IN: Final[dict[str, Collection[str]]] = {
    "concurrent.futures.thread": ("_worker",),
    "queue": ("get", "put", "join"),
    "selectors": ("select",),
    "threading": ("acquire", "join", "wait", "wait_for", "_shutdown", "_wait_for_tstate_lock"),
}

#: The tools around a test, and those whose sleeps wait for something real: other processes.
TOOLS: Final = frozenset(
    {
        "_pydevd_bundle",
        "_pytest",
        "coverage",
        "debugpy",
        "execnet",
        "filelock",
        "multiprocessing",
        "pydevd",
        "pytest_timeout",
        "subprocess",
        "xdist",
    }
)

#: Where a thread is: its frame, and the instruction in it.
Spot = tuple[int, int]


def is_tool(frame: FrameType) -> bool:
    """Whether the code of a frame is that of a tool around the test, whose sleeps are real."""
    return str(frame.f_globals.get("__name__")).partition(".")[0] in TOOLS


def is_waiting(frame: FrameType) -> bool:
    """Whether a thread with this frame waits for another thread."""
    module = str(frame.f_globals.get("__name__"))
    if frame.f_code.co_name not in WAITING_IN.get(module, ()):
        return False
    caller = frame.f_back
    while caller is not None and caller.f_globals is frame.f_globals:
        if caller.f_code.co_name == "start":
            # It waits for a thread that has just been made, and that is not to be seen yet.
            return False
        caller = caller.f_back
    return True


class Lookout:
    """
    Looks at the threads again and again, until time may jump.

    Args:
        stuck: where threads were when they had not got on for long; shared, and added to.
    """

    def __init__(self, stuck: dict[int, Spot]) -> None:
        self._stuck = stuck
        self._seen: object = None
        self._unchanged = 0
        self._looks = 0

    def all_wait(self, asleep: Collection[int], *, patiently: bool) -> bool:
        """
        Say whether all threads wait but this one, which asks.

        Args:
            asleep: the threads that sleep in simulated time, and the one that asks.
            patiently: whether one that does not get on may be at work.
        """
        frames = {
            thread: frame
            for thread, frame in sys._current_frames().items()
            if thread not in asleep and not is_tool(frame)
        }
        if not frames:
            return True
        spots = {thread: (id(frame), frame.f_lasti) for thread, frame in frames.items()}
        seen = (spots, set(asleep))
        self._unchanged = self._unchanged + 1 if seen == self._seen else 0
        self._seen = seen
        self._looks += 1
        if self._unchanged >= LOOKS_UNTIL_STUCK:
            self._stuck.update(spots)
        running = any(
            not is_waiting(frame) and (patiently or self._stuck.get(thread) != spots[thread])
            for thread, frame in frames.items()
        )
        # Twice alike: who has been woken a moment ago would have got on meanwhile.
        return (not running and self._unchanged > 0) or self._looks >= LOOKS_AT_MOST
