"""An index of hosts by free amount, to find the fullest host that holds a job without a full scan."""

from __future__ import annotations

from bisect import bisect_left, insort
from heapq import heappop, heappush
from typing import Final

from batchmock.simulation.placement.hosts import Host, Resources

#: Empty buckets are dropped when there are so many buckets, or twice as many as were left the last time.
_FEWEST_DROPPED: Final = 128
#: The number of empty buckets that a search may pass without dropping them.
_MOST_PASSED: Final = 8


class _Bucket:
    """Hosts with the same amount free, oldest first. Stale serials are dropped when they come up."""

    __slots__ = ("_heap", "_queued", "members")

    def __init__(self) -> None:
        self.members: dict[int, Host] = {}
        self._heap: list[int] = []
        self._queued: set[int] = set()

    def add(self, host: Host) -> None:
        serial = host.serial
        self.members[serial] = host
        if serial not in self._queued:
            self._queued.add(serial)
            heappush(self._heap, serial)

    def oldest(self) -> Host:
        heap, members = self._heap, self.members
        while heap[0] not in members:
            self._queued.discard(heappop(heap))
        return members[heap[0]]


class FreeIndex:
    """
    The hosts that accept jobs.

    A search begins at the amount that is wanted, and visits one host for each number of vCPUs at most.
    """

    __slots__ = ("_buckets", "_groups", "_most", "_order")

    def __init__(self) -> None:
        self._buckets: dict[Resources, _Bucket] = {}
        #: The amounts with the same GPUs and vCPUs, in order; and these GPUs and vCPUs, in order.
        self._groups: dict[tuple[int, int], list[Resources]] = {}
        self._order: list[tuple[int, int]] = []
        #: The number of buckets at which empty ones are dropped.
        self._most = _FEWEST_DROPPED

    def add(self, host: Host) -> None:
        """Add a host under its free amount."""
        free = host.free
        bucket = self._buckets.get(free)
        if bucket is None:
            bucket = self._open(free)
        bucket.add(host)

    def remove(self, host: Host) -> None:
        """Remove a host, before what it has free changes."""
        # An empty bucket stays: hosts come back to the same amounts again and again.
        del self._buckets[host.free].members[host.serial]

    def _open(self, free: Resources) -> _Bucket:
        if len(self._buckets) >= self._most:
            self._drop_empty()
        bucket = self._buckets[free] = _Bucket()
        self._insert(free)
        return bucket

    def _insert(self, free: Resources) -> None:
        key = (free.gpus, free.milli_vcpus)
        if key not in self._groups:
            self._groups[key] = []
            insort(self._order, key)
        insort(self._groups[key], free)

    def _drop_empty(self) -> None:
        self._buckets = {free: bucket for free, bucket in self._buckets.items() if bucket.members}
        self._groups, self._order = {}, []
        for free in sorted(self._buckets):
            self._insert(free)
        self._most = max(2 * len(self._buckets), _FEWEST_DROPPED)

    def fullest(self, wanted: Resources) -> Host | None:
        """Return the host with the least free that holds an amount, the oldest of equal ones."""
        gpus, milli_vcpus, memory_mib = wanted
        keys, buckets = self._order, self._buckets
        for place in range(bisect_left(keys, (gpus, milli_vcpus)), len(keys)):
            key = keys[place]
            if key[1] >= milli_vcpus:
                group = self._groups[key]
                first = bisect_left(group, (*key, memory_mib))
                for index in range(first, len(group)):
                    bucket = buckets[group[index]]
                    if bucket.members:
                        if index > first + _MOST_PASSED:
                            self._drop(group, first, index)
                        return bucket.oldest()
                if len(group) > first + _MOST_PASSED:
                    self._drop(group, first, len(group))
        return None

    def _drop(self, group: list[Resources], first: int, after: int) -> None:
        """Drop the many empty buckets that a search has passed, so that no other search passes them."""
        for free in group[first:after]:
            del self._buckets[free]
        del group[first:after]
