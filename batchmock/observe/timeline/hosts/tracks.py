"""The tracks of vCPUs in the text and the SVG image, for environments that were at least half full."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from batchmock.observe.timeline.hosts import Level, environments_of
from batchmock.observe.timeline.record import Record
from batchmock.simulation.jobs.job import Job


class Track(NamedTuple):
    """
    The vCPUs of an environment over time, in thousandths.

    Args:
        name: the name of the environment.
        limit: its maxvCpus.
        most: the most vCPUs in use at a time.
        used: the vCPUs in use.
    """

    name: str
    limit: int
    most: int
    used: tuple[Level, ...]

    def peaks(self, slices: int, slice_of: Callable[[int], int]) -> list[int]:
        """
        Return the most vCPUs in use in each of several equal slices of time.

        Args:
            slices: the number of slices.
            slice_of: returns the slice of a time since the start.
        """
        peaks, now, done = [0] * slices, 0, 0
        for at_ms, used in self.used:
            index = min(slice_of(at_ms), slices - 1)
            for passed in range(done, index + 1):
                peaks[passed] = max(peaks[passed], now)
            peaks[index] = max(peaks[index], used)
            now, done = used, index + 1
        for passed in range(done, slices):
            peaks[passed] = now
        return peaks


def limits_of(record: Record) -> dict[str, int]:
    """Return the maxvCpus of each environment that jobs can run in, in thousandths."""
    queues = {job.queue: None for job in record.jobs if isinstance(job, Job)}
    return {
        environment.name: environment.capacity.max_milli_vcpus
        for queue in queues
        for environment in queue.environments
        if environment.capacity.max_milli_vcpus is not None
    }


def tracks_of(record: Record) -> list[Track]:
    """Return the tracks of the environments that have had at least half of their maxvCpus in use."""
    limits = limits_of(record)
    tracks = []
    for use in environments_of(record) if limits else ():
        limit = limits.get(use.name)
        most = max((used for _, used in use.used), default=0)
        if limit and most * 2 >= limit:
            tracks.append(Track(use.name, limit, most, use.used))
    return tracks
