"""
The live hosts of one compute environment, and the amounts in use.

`host_pool` decides which are launched and which take a job.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from batchmock.simulation.placement.capacity import Capacity
from batchmock.simulation.placement.free_index import FreeIndex
from batchmock.simulation.placement.hosts import Host, HostRegistry, Resources
from batchmock.simulation.placement.launches import Launches

if TYPE_CHECKING:
    from batchmock.simulation.jobs.job import Job


class HostStock(Launches):
    """The live hosts of one compute environment."""

    def __init__(self, name: str, registry: HostRegistry, capacity: Capacity) -> None:
        super().__init__(capacity)
        self.name = name
        #: A number of its own, and how many hosts it has launched: the ids of hosts derive from both.
        self.number = registry.number_of_new_pool()
        self.launched = 0
        #: Called when the last retiring host is gone.
        self.on_replaced: Callable[[], None] | None = None
        self._hosts: dict[Host, None] = {}
        self._registry = registry
        self._index = FreeIndex()
        #: The empty hosts, idle for longest first.
        self._idle: OrderedDict[Host, None] = OrderedDict()
        #: The vCPUs of the empty hosts.
        self._idle_milli_vcpus = 0
        self._retiring = 0
        #: When a host was last launched, or the capacity last changed.
        self._changed_ms = 0

    def _add(self, host: Host, now_ms: int) -> None:
        """Add a host that is launched now."""
        self._hosts[host] = None
        self._idle[host] = None
        self._idle_milli_vcpus += host.total.milli_vcpus
        self.total_milli_vcpus += host.total.milli_vcpus
        self.note_offer(now_ms, host.total.milli_vcpus)
        self._changed_ms = now_ms
        self._index.add(host)

    def _cut_to_size(self, milli_vcpus: int, now_ms: int) -> None:
        """Shrink hosts to their use if a new host of so many vCPUs would exceed maxvCpus."""
        most = self.capacity.max_milli_vcpus or 0
        if self.total_milli_vcpus + milli_vcpus <= most:
            return
        for host in list(self._hosts):
            if host.is_retiring or not host.free.milli_vcpus:
                continue
            if not host.jobs:
                self._terminate(host, now_ms)
            else:
                self._index.remove(host)
                self.total_milli_vcpus -= host.free.milli_vcpus
                self.note_offer(now_ms, -host.free.milli_vcpus)
                cut = Resources(0, host.free.milli_vcpus, 0)
                host.total, host.free = host.total.minus(cut), host.free.minus(cut)
                self._index.add(host)

    def _occupy(self, host: Host, job: Job, amount: Resources) -> None:
        self._index.remove(host)
        if not host.jobs:
            del self._idle[host]
            self._idle_milli_vcpus -= host.total.milli_vcpus
        host.jobs[job] = amount
        host.free = host.free.minus(amount)
        self.used_milli_vcpus += amount.milli_vcpus
        self._index.add(host)

    def _release(self, host: Host, job: Job, now_ms: int) -> None:
        """Remove a job from a host; a host that is lost has none any more."""
        amount = host.jobs.pop(job)
        if host.terminated_at_ms is not None:
            return
        if host.is_retiring:
            host.free = host.free.plus(amount)
            if not host.jobs:
                self._terminate(host, now_ms)
            return
        self._index.remove(host)
        host.free = host.free.plus(amount)
        self._index.add(host)
        self.used_milli_vcpus -= amount.milli_vcpus
        if not host.jobs:
            host.idle_since_ms = now_ms
            self._idle[host] = None
            self._idle_milli_vcpus += host.total.milli_vcpus
            if host.is_made_to_measure:
                self._terminate(host, now_ms)

    def _terminate(self, host: Host, at_ms: int) -> None:
        del self._hosts[host]
        host.terminated_at_ms = at_ms
        self.note_offer(at_ms, -host.total.milli_vcpus)
        if not host.is_retiring:
            self._forget(host)
            return
        self._retiring -= 1
        if not self._retiring and self.on_replaced is not None:
            on_replaced, self.on_replaced = self.on_replaced, None
            on_replaced()

    def _forget(self, host: Host) -> None:
        """Stop counting a host, and place no more jobs on it."""
        self._index.remove(host)
        if host in self._idle:
            del self._idle[host]
            self._idle_milli_vcpus -= host.total.milli_vcpus
        self.total_milli_vcpus -= host.total.milli_vcpus
        self.used_milli_vcpus -= host.total.milli_vcpus - host.free.milli_vcpus
