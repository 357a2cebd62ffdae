"""An index of hosts by free amount, to find the fullest host that holds a job without a full scan."""

from __future__ import annotations

from bisect import bisect_left, insort
from heapq import heappop, heappush
from typing import Final

from batchmock.simulation.placement.hosts import Host, Resources

#: Empty buckets are dropped when there are so many buckets, or twice as many as were left the last time.
_FEWEST_DROPPED: Final = 128


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
    """The hosts that accept jobs. A search begins at the amount that is wanted, and visits no host but one."""

    __slots__ = ("_buckets", "_most", "_order")

    def __init__(self) -> None:
        self._buckets: dict[Resources, _Bucket] = {}
        #: The amounts of all buckets, in order.
        self._order: list[Resources] = []
        #: The number of buckets at which empty ones are dropped.
        self._most = _FEWEST_DROPPED

    def add(self, host: Host) -> None:
        """Add a host under its free amount."""
        free = host.free
        bucket = self._buckets.get(free)
        if bucket is None:
            if len(self._order) >= self._most:
                self._drop_empty()
            bucket = self._buckets[free] = _Bucket()
            insort(self._order, free)
        bucket.add(host)

    def remove(self, host: Host) -> None:
        """Remove a host, before what it has free changes."""
        # An empty bucket stays: hosts come back to the same amounts again and again.
        del self._buckets[host.free].members[host.serial]

    def _drop_empty(self) -> None:
        self._buckets = {free: bucket for free, bucket in self._buckets.items() if bucket.members}
        self._order = sorted(self._buckets)
        self._most = max(2 * len(self._order), _FEWEST_DROPPED)

    def fullest(self, wanted: Resources) -> Host | None:
        """Return the host with the least free that holds an amount, the oldest of equal ones."""
        gpus, milli_vcpus, memory_mib = wanted
        order, buckets = self._order, self._buckets
        for index in range(bisect_left(order, wanted), len(order)):
            free = order[index]
            if free[1] >= milli_vcpus and free[2] >= memory_mib and free[0] >= gpus:
                bucket = buckets[free]
                if bucket.members:
                    return bucket.oldest()
        return None
