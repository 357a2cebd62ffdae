"""
The rows of a timeline: a job each, or like-named jobs together.

A row is one job; or an array job with its children; or many jobs whose names differ in their numbers only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from batchmock.observe.jobs.any_job import AnyJob
from batchmock.observe.timeline.words import in_order
from batchmock.simulation.jobs.families import ArrayJob, MultiNodeJob
from batchmock.simulation.jobs.lifecycle import FAILED

#: So many like-named jobs are worth a row of their own together.
LEAST_ALIKE: Final = 4

#: What makes the names of like jobs differ: a number, or the beginning of an id.
_VARYING: Final = re.compile(r"\b[0-9a-f]{8}(?:-?[0-9a-f]{4,})*\b|\d+")


class Row:
    """
    One row: a job, or several that are shown together.

    Args:
        label: what it is called.
        jobs: its jobs; of an array job, that one alone.
    """

    __slots__ = ("jobs", "label")

    def __init__(self, label: str, jobs: Sequence[AnyJob]) -> None:
        self.label = label
        self.jobs = jobs

    @property
    def members(self) -> Sequence[AnyJob]:
        """The jobs whose stages are drawn: the children of an array job, from when there are any."""
        job = self.jobs[0]
        if len(self.jobs) == 1 and isinstance(job, ArrayJob) and job.children:
            return job.children
        return self.jobs

    @property
    def is_folded(self) -> bool:
        """Whether several jobs are drawn in one bar."""
        return self.members is not self.jobs or len(self.jobs) > 1

    @property
    def noun(self) -> str:
        """What its members are."""
        return "children" if isinstance(self.jobs[0], ArrayJob) else "jobs"

    @property
    def counts(self) -> dict[str, int]:
        """How many of its members have each status, in the order of life; none that nobody has."""
        job = self.jobs[0]
        if len(self.jobs) == 1 and isinstance(job, ArrayJob):
            found: dict[str, int] = job.summary
        else:
            found = Counter(job.status for job in self.jobs)
        return in_order(found)

    @property
    def status(self) -> str:
        """The status of the job; of several, the one worth knowing and how many have it."""
        if len(self.jobs) == 1:
            return self.jobs[0].status
        counts = self.counts
        if len(counts) == 1:
            return next(iter(counts))
        telling = FAILED if FAILED in counts else next(iter(counts))
        return f"{counts[telling]:,} {telling}"

    @property
    def is_terminal(self) -> bool:
        """Whether all of it has ended."""
        return all(job.is_terminal for job in self.jobs)

    @property
    def last_move_ms(self) -> int:
        """The instant (since the epoch) at which something last happened to one of its jobs."""
        return max(job.history[-1].at_ms if job.history else job.created_at_ms for job in self.jobs)


def a_row_each(jobs: Sequence[AnyJob]) -> list[Row]:
    """Give each job a row."""
    return [Row(job.name, (job,)) for job in jobs]


def folded(jobs: Sequence[AnyJob]) -> list[Row]:
    """Put like-named jobs of one queue together, each group where its first job stands."""
    groups: dict[tuple[str, str], list[AnyJob]] = {}
    for job in jobs:
        if isinstance(job, (ArrayJob, MultiNodeJob)):
            groups[job.id, ""] = [job]
        else:
            key = (_VARYING.sub("*", job.name), job.queue.name)
            groups.setdefault(key, []).append(job)
    rows: list[Row] = []
    for (pattern, _), group in groups.items():
        if len(group) < LEAST_ALIKE:
            rows += a_row_each(group)
        else:
            differ = any(job.name != group[0].name for job in group)
            rows.append(Row(pattern if differ else group[0].name, group))
    return rows
