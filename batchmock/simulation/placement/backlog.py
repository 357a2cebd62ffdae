"""
The backlog of one job queue: its RUNNABLE jobs that wait for capacity.

A backlog consists of heaps: one for a first-in-first-out queue, one per share identifier under a fair-share
policy. Within a heap the order is fixed. The scheduler decides which heap comes next.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from heapq import heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchmock.simulation.jobs.job import Job

#: The sort key of a job: smaller starts earlier, and no two jobs share a key.
Place = tuple[int, int, int]


class JobHeap:
    """Jobs ordered by place. Stale entries, of jobs that no longer wait, are dropped when they come up."""

    __slots__ = ("_heap", "share")

    def __init__(self, share: str | None) -> None:
        self.share = share
        self._heap: list[tuple[Place, Job]] = []

    def push(self, place: Place, job: Job) -> None:
        """Add a job."""
        heappush(self._heap, (place, job))

    def head(self) -> tuple[Place, Job] | None:
        """Return the first waiting job and its place, or None."""
        heap = self._heap
        while heap and not heap[0][1].waits_for_capacity:
            heappop(heap)
        return heap[0] if heap else None

    def pop(self) -> None:
        """Drop the head, which is about to leave the backlog."""
        heappop(self._heap)

    def jobs(self) -> Iterator[tuple[Place, Job]]:
        """Yield all waiting jobs with their places, in no particular order."""
        return (entry for entry in self._heap if entry[1].waits_for_capacity)


class Backlog:
    """The heaps of a queue. `count` is the number of waiting jobs."""

    __slots__ = ("_heaps", "count")

    def __init__(self) -> None:
        self._heaps: dict[Hashable, JobHeap] = {}
        self.count = 0

    def add(self, job: Job, key: Hashable, place: Place) -> None:
        """Add a job to the heap with a key."""
        heap = self._heaps.get(key)
        if heap is None:
            heap = self._heaps[key] = JobHeap(job.share_identifier)
        job.waits_for_capacity = True
        self.count += 1
        heap.push(place, job)

    def remove(self, job: Job) -> None:
        """Remove a job; its heap drops the stale entry later."""
        job.waits_for_capacity = False
        self.count -= 1

    def heaps(self) -> list[JobHeap]:
        """Return the heaps that have waiting jobs, and drop the others."""
        self._heaps = {key: heap for key, heap in self._heaps.items() if heap.head() is not None}
        return list(self._heaps.values())

    def jobs(self) -> list[tuple[Place, Job]]:
        """Return all waiting jobs with their places, in no particular order."""
        return [entry for heap in self._heaps.values() for entry in heap.jobs()]
