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


class _Group:
    """Hosts with the same number of GPUs and vCPUs free, by the memory that they have free."""

    __slots__ = ("_most", "_order", "buckets")

    def __init__(self) -> None:
        self.buckets: dict[int, _Bucket] = {}
        #: The amounts of all buckets, in order.
        self._order: list[int] = []
        #: The number of buckets at which empty ones are dropped.
        self._most = _FEWEST_DROPPED

    def open(self, memory_mib: int) -> _Bucket:
        """Add a bucket, and drop empty ones if there are many."""
        if len(self._order) >= self._most:
            self.buckets = {free: bucket for free, bucket in self.buckets.items() if bucket.members}
            self._order = sorted(self.buckets)
            self._most = max(2 * len(self._order), _FEWEST_DROPPED)
        bucket = self.buckets[memory_mib] = _Bucket()
        insort(self._order, memory_mib)
        return bucket

    def fullest(self, memory_mib: int) -> Host | None:
        """Return the host with the least memory free that has so much, the oldest of equal ones."""
        order, buckets = self._order, self.buckets
        first = bisect_left(order, memory_mib)
        for place in range(first, len(order)):
            bucket = buckets[order[place]]
            if bucket.members:
                if place > first + _MOST_PASSED:
                    self._drop(first, place)
                return bucket.oldest()
        if len(order) > first + _MOST_PASSED:
            self._drop(first, len(order))
        return None

    def _drop(self, first: int, after: int) -> None:
        """Drop empty buckets between two places, so that no search passes them again."""
        for memory_mib in self._order[first:after]:
            del self.buckets[memory_mib]
        del self._order[first:after]


class FreeIndex:
    """
    The hosts that accept jobs.

    A search begins at the amount that is wanted, and visits one host of each number of vCPUs at most.
    """

    __slots__ = ("_groups", "_order")

    def __init__(self) -> None:
        self._groups: dict[tuple[int, ...], _Group] = {}
        #: The GPUs and vCPUs of all groups, in order.
        self._order: list[tuple[int, ...]] = []

    def add(self, host: Host) -> None:
        """Add a host under its free amount."""
        free = host.free
        group = self._groups.get(free[:2])
        if group is None:
            group = self._groups[free[:2]] = _Group()
            insort(self._order, free[:2])
        (group.buckets.get(free[2]) or group.open(free[2])).add(host)

    def remove(self, host: Host) -> None:
        """Remove a host, before what it has free changes."""
        # An empty bucket stays: hosts come back to the same amounts again and again.
        free = host.free
        del self._groups[free[:2]].buckets[free[2]].members[host.serial]

    def fullest(self, wanted: Resources) -> Host | None:
        """Return the host with the least free that holds an amount, the oldest of equal ones."""
        order, groups, milli_vcpus = self._order, self._groups, wanted[1]
        for place in range(bisect_left(order, wanted[:2]), len(order)):
            if order[place][1] >= milli_vcpus:
                host = groups[order[place]].fullest(wanted[2])
                if host is not None:
                    return host
        return None
