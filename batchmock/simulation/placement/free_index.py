"""An index of hosts by free amount, to find the fullest host that holds a job without a full scan."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Final

from batchmock.simulation.placement.hosts import Host, Resources

#: Empty buckets are dropped when there are so many.
_MOST_BUCKETS: Final = 128


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
    """The hosts that accept jobs. A search visits the few distinct amounts instead of all hosts."""

    __slots__ = ("_buckets",)

    def __init__(self) -> None:
        self._buckets: dict[Resources, _Bucket] = {}

    def add(self, host: Host) -> None:
        """Add a host under its free amount."""
        bucket = self._buckets.get(host.free)
        if bucket is None:
            if len(self._buckets) >= _MOST_BUCKETS:
                self._buckets = {key: item for key, item in self._buckets.items() if item.members}
            bucket = self._buckets[host.free] = _Bucket()
        bucket.add(host)

    def remove(self, host: Host) -> None:
        """Remove a host, before what it has free changes."""
        # An empty bucket stays: hosts come back to the same amounts again and again.
        del self._buckets[host.free].members[host.serial]

    def fullest(self, wanted: Resources) -> Host | None:
        """Return the host with the least free that holds an amount, the oldest of equal ones."""
        gpus, milli_vcpus, memory_mib = wanted
        best: Resources | None = None
        fullest: _Bucket | None = None
        for free, bucket in self._buckets.items():
            if (
                bucket.members
                and free[1] >= milli_vcpus
                and free[2] >= memory_mib
                and free[0] >= gpus
                and (best is None or free < best)
            ):
                best, fullest = free, bucket
        return None if fullest is None else fullest.oldest()
