"""The positions of waiting jobs in their queues."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import RUNNABLE
from batchmock.simulation.service_jobs.job import ServiceJob
from batchmock.simulation.tracking.records import TrackedJob

_JobT = TypeVar("_JobT", bound=TrackedJob)


@dataclass(frozen=True)
class Ahead(Generic[_JobT]):
    """The jobs ahead of a waiting job: their number, and the first of them."""

    number: int
    first: _JobT | None


class Positions:
    """
    The positions of waiting jobs in their queues, or in their shares.

    The first question about a queue sorts its jobs, and further ones search the result. Use one instance for
    all the jobs that are explained at the same instant, and drop it before anything changes.
    """

    __slots__ = ("_lines",)

    def __init__(self) -> None:
        self._lines: Final[dict[Any, dict[str | None, tuple[list[Any], Any]]]] = {}

    def ahead_of(self, job: Job) -> Ahead[Job]:
        """Return the jobs ahead of a job in the backlog of its queue, or in its share."""
        queue = job.queue
        return self._ahead(
            queue,
            queue.place_of(job),
            job.share_identifier,
            lambda: (
                (entry[0], entry[1].share_identifier, entry[1]) for entry in queue.backlog.jobs()
            ),
        )

    def ahead_of_service_job(self, job: ServiceJob) -> Ahead[ServiceJob]:
        """Return the RUNNABLE service jobs ahead of a job in its queue, or in its share."""
        queue = job.queue
        return self._ahead(
            queue,
            queue.key_of(job),
            job.share,
            lambda: (
                (queue.key_of(other), other.share, other)
                for other in queue.with_status(RUNNABLE).newest_first()
            ),
        )

    def _ahead(
        self,
        queue: object,
        place: Any,
        share: str | None,
        entries: Callable[[], Iterable[tuple[Any, str | None, _JobT]]],
    ) -> Ahead[_JobT]:
        lines = self._lines.get(queue)
        if lines is None:
            lines = self._lines[queue] = _lines_of(entries())
        if share not in lines:
            return Ahead(0, None)
        places, first = lines[share]
        count = bisect_left(places, place)
        return Ahead(count, first if count else None)


def _lines_of(
    entries: Iterable[tuple[Any, str | None, TrackedJob]],
) -> dict[str | None, tuple[list[Any], Any]]:
    """Return the sorted places of each share, and its first job."""
    places: dict[str | None, list[Any]] = {}
    first: dict[str | None, tuple[Any, TrackedJob]] = {}
    for place, share, job in entries:
        places.setdefault(share, []).append(place)
        if share not in first or place < first[share][0]:
            first[share] = (place, job)
    return {share: (sorted(found), first[share][1]) for share, found in places.items()}
