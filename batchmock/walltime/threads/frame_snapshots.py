"""
Snapshots of the frames of all threads, which show whether any has moved since the last one.

They are taken where the platform does not report the states of threads.

A thread that was woken, but does not run yet, is still where it waited. It was woken by a thread that ran, and
so is somewhere else: as long as anything changes, no thread is known to be at rest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from types import FrameType
from typing import Final

from batchmock.walltime.threads.tools import hands_on_items_of_a_pool, is_thread_of_a_server
from batchmock.walltime.threads.unfinished_work import WorkState
from batchmock.walltime.threads.waiting_frames import Spot, is_waiting, spot_of

#: A thread of unknown state counts as waiting for a lock if nothing has changed for this many checks.
CHECKS_UNTIL_AT_REST: Final = 200


class FrameSnapshots:
    """The last snapshot of all threads, and how many before it in a row were equal."""

    def __init__(self) -> None:
        self._last: tuple[dict[int, Spot], frozenset[int], WorkState | None] | None = None
        self._equal = 0

    def add(
        self,
        frames: Mapping[int, FrameType],
        asleep: Set[int],
        excused: Collection[int],
        work: WorkState | None,
    ) -> None:
        """
        Compare a new snapshot with the last one.

        Args:
            frames: the innermost frame of each thread.
            asleep: the threads that sleep in simulated time.
            excused: the threads that may run.
            work: the work of thread pools, read before the frames; None if it does not matter.
        """
        spots = {
            thread: spot_of(frame)
            for thread, frame in frames.items()
            if thread not in asleep
            and thread not in excused
            and (not is_thread_of_a_server(thread) or hands_on_items_of_a_pool(thread))
        }
        snapshot = spots, frozenset(asleep), work
        self._equal = self._equal + 1 if snapshot == self._last else 0
        self._last = snapshot

    @property
    def shows_threads(self) -> bool:
        """Whether there are threads that do not sleep in simulated time."""
        return self._last is not None and bool(self._last[0])

    def is_at_rest(self, frame: FrameType, alive: Collection[int]) -> bool:
        """
        Return whether a thread is at rest.

        Args:
            frame: its innermost frame.
            alive: the idents of all threads.
        """
        return self._equal >= (1 if is_waiting(frame, alive) else CHECKS_UNTIL_AT_REST)
