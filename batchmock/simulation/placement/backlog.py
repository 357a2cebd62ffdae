"""
The line of the jobs of one queue that wait for capacity.

A line has lanes: one for a queue that is first in, first out, one for each share identifier under a
fair-share policy. Within a lane the order is fixed; whose turn it is among lanes, the scheduler knows.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from heapq import heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchmock.simulation.jobs.job import Job

#: Where a job stands: the first of what is compared comes first, and no two jobs have the same.
Place = tuple[int, int, int]


class Lane:
    """Jobs that start in the order of their places. Those that have left are dropped as they come up."""

    __slots__ = ("_heap", "share")

    def __init__(self, share: str | None) -> None:
        self.share = share
        self._heap: list[tuple[Place, Job]] = []

    def add(self, place: Place, job: Job) -> None:
        """Let a job wait."""
        heappush(self._heap, (place, job))

    def head(self) -> tuple[Place, Job] | None:
        """Give the first that still waits, and its place."""
        heap = self._heap
        while heap and not heap[0][1].waits_for_capacity:
            heappop(heap)
        return heap[0] if heap else None

    def drop_head(self) -> None:
        """Forget the first, who is about to leave the line."""
        heappop(self._heap)

    def jobs(self) -> Iterator[tuple[Place, Job]]:
        """Give all that still wait, in no order."""
        return (entry for entry in self._heap if entry[1].waits_for_capacity)


class Line:
    """The lanes of a queue; `count` is how many jobs wait in all."""

    __slots__ = ("_lanes", "count")

    def __init__(self) -> None:
        self._lanes: dict[Hashable, Lane] = {}
        self.count = 0

    def join(self, job: Job, key: Hashable, place: Place) -> None:
        """Let a job wait in the lane with a key, at its place."""
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = Lane(job.share_identifier)
        job.waits_for_capacity = True
        self.count += 1
        lane.add(place, job)

    def leave(self, job: Job) -> None:
        """Let a job go that waits."""
        job.waits_for_capacity = False
        self.count -= 1

    def lanes(self) -> list[Lane]:
        """Give the lanes in which somebody waits; those in which nobody does are given up."""
        self._lanes = {key: lane for key, lane in self._lanes.items() if lane.head() is not None}
        return list(self._lanes.values())

    def first(self) -> Job | None:
        """Give the job with the first place of all, if any waits."""
        heads = [head for lane in self._lanes.values() if (head := lane.head()) is not None]
        return min(heads)[1] if heads else None

    def jobs(self) -> list[tuple[Place, Job]]:
        """Give all jobs that wait, and their places, in no order."""
        return [entry for lane in self._lanes.values() for entry in lane.jobs()]
