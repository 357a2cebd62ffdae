"""
The rows of a timeline.

A row is one job, an array job with its children, or several jobs whose names differ only in numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from batchmock.observe.timeline.phrases import in_order
from batchmock.simulation.jobs.families import ArrayJob, MultiNodeJob
from batchmock.simulation.jobs.lifecycle import FAILED
from batchmock.simulation.service_jobs.job import ServiceJob
from batchmock.simulation.tracking.records import TrackedJob

#: The minimum number of similarly named jobs that share a row.
LEAST_ALIKE: Final = 4

#: The varying part of similar names: a number, or the start of an id.
_VARYING: Final = re.compile(r"\b[0-9a-f]{8}(?:-?[0-9a-f]{4,})*\b|\d+")


class Row:
    """
    One row: a job, or several jobs that share a bar.

    Args:
        label: the name shown.
        jobs: the jobs; for an array job, the parent alone.

    `lane` names the queue and the share of the row, if the timeline has several.
    """

    __slots__ = ("jobs", "label", "lane")

    def __init__(self, label: str, jobs: Sequence[TrackedJob]) -> None:
        self.label = label
        self.jobs = jobs
        self.lane = ""

    @property
    def members(self) -> Sequence[TrackedJob]:
        """The jobs whose stages are drawn: the children of an array job once they exist."""
        job = self.jobs[0]
        if len(self.jobs) == 1 and isinstance(job, ArrayJob) and job.children:
            return job.children
        return self.jobs

    @property
    def is_folded(self) -> bool:
        """Whether several jobs share the bar."""
        return self.members is not self.jobs or len(self.jobs) > 1

    @property
    def noun(self) -> str:
        """The noun for its members."""
        return "children" if isinstance(self.jobs[0], ArrayJob) else "jobs"

    @property
    def counts(self) -> dict[str, int]:
        """The number of members in each status, in the order of a job's life, without zeros."""
        job = self.jobs[0]
        if len(self.jobs) == 1 and isinstance(job, ArrayJob):
            found: dict[str, int] = job.summary
        else:
            found = Counter(job.status for job in self.jobs)
        return in_order(found)

    @property
    def status(self) -> str:
        """The status of the job; for several, the most telling status and its count."""
        if len(self.jobs) == 1:
            return self.jobs[0].status
        counts = self.counts
        if len(counts) == 1:
            return next(iter(counts))
        telling = FAILED if FAILED in counts else next(iter(counts))
        return f"{counts[telling]:,} {telling}"

    @property
    def is_terminal(self) -> bool:
        """Whether all jobs have ended."""
        return all(job.is_terminal for job in self.jobs)

    @property
    def last_move_ms(self) -> int:
        """The time of the latest transition of its jobs, in milliseconds since the epoch."""
        return max(job.history[-1].at_ms if job.history else job.created_at_ms for job in self.jobs)


def a_row_each(jobs: Sequence[TrackedJob]) -> list[Row]:
    """Return a row for each job."""
    return [Row(job.name, (job,)) for job in jobs]


def folded(jobs: Sequence[TrackedJob]) -> list[Row]:
    """Group similarly named jobs of one queue and share, each group at the position of its first job."""
    groups: dict[tuple[str, str, str], list[TrackedJob]] = {}
    for job in jobs:
        if isinstance(job, (ArrayJob, MultiNodeJob)):
            groups[job.id, "", ""] = [job]
        else:
            key = (_VARYING.sub("*", job.name), job.queue.name, share_of(job))
            groups.setdefault(key, []).append(job)
    rows: list[Row] = []
    for (pattern, _, _), group in groups.items():
        if len(group) < LEAST_ALIKE:
            rows += a_row_each(group)
        else:
            differ = any(job.name != group[0].name for job in group)
            rows.append(Row(pattern if differ else group[0].name, group))
    return rows


def in_lanes(rows: list[Row]) -> list[Row]:
    """Keep the rows of each queue and share together and name their lanes, if there are several."""
    lanes: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        lanes.setdefault((row.jobs[0].queue.name, share_of(row.jobs[0])), []).append(row)
    if len(lanes) < 2:
        return rows
    order = list(dict.fromkeys(queue for queue, _ in lanes))
    for (queue, share), members in lanes.items():
        for row in members:
            row.lane = ", ".join(
                part
                for part in (
                    f"queue {queue}" if len(order) > 1 else "",
                    f"share {share}" if share else "",
                )
                if part
            )
    return [row for queue in order for lane in lanes if lane[0] == queue for row in lanes[lane]]


def share_of(job: TrackedJob) -> str:
    """Return the share identifier or quota share of a job; empty if it has none."""
    share = job.share if isinstance(job, ServiceJob) else job.share_identifier
    return share or ""
