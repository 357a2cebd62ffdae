"""Group similar jobs: by reason for failure, by what they wait for, by reason for retry."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Final

from batchmock.observe.timeline.interest import is_stuck
from batchmock.observe.timeline.phrases import ending
from batchmock.observe.timeline.reasons import (
    Failures,
    retried_attempts,
    state_key,
    state_text,
)
from batchmock.simulation.jobs.families import ArrayJob
from batchmock.simulation.jobs.lifecycle import FAILED
from batchmock.simulation.tracking.records import TrackedJob

_ID: Final = re.compile(r"\bi-[0-9a-f]{17}\b")


class Group:
    """
    Similar jobs, in the order of submission.

    Groups of rank 0 come first: jobs that failed on their own, or that are stuck.
    """

    def __init__(self, reason: str, rank: int) -> None:
        self.reason = reason
        self.rank = rank
        self.jobs: list[TrackedJob] = []


def failed_groups(jobs: Iterable[TrackedJob]) -> list[Group]:
    """Group failed jobs by reason; those that failed because of others come last."""
    reason = Failures().reason

    def key(job: TrackedJob) -> tuple[Hashable, int]:
        return _ID.sub("*", reason(job)), int(job.last_attempt is None)

    groups = _grouped((job for job in jobs if job.status == FAILED), key, reason)
    return _without_ids(groups, reason)


def unfinished_groups(jobs: Iterable[TrackedJob], start_ms: int) -> list[Group]:
    """Group unfinished jobs by what they wait for; stuck ones come first."""

    def key(job: TrackedJob) -> tuple[Hashable, int]:
        return state_key(job), int(not is_stuck(job))

    def text(job: TrackedJob) -> str:
        return state_text(job, start_ms)

    return _grouped((job for job in jobs if not job.is_terminal), key, text)


def retried_groups(jobs: Iterable[TrackedJob]) -> list[Group]:
    """Group jobs that were retried and did not fail, by how their latest failed attempt ended."""

    def text(job: TrackedJob) -> str:
        return ending(retried_attempts(job)[-1])

    def key(job: TrackedJob) -> tuple[Hashable, int]:
        return _ID.sub("*", text(job)), 0

    retried = (job for job in jobs if job.status != FAILED and retried_attempts(job))
    return _without_ids(_grouped(retried, key, text), text)


def _grouped(
    jobs: Iterable[TrackedJob],
    key_of: Callable[[TrackedJob], tuple[Hashable, int]],
    reason_of: Callable[[TrackedJob], str],
) -> list[Group]:
    """Group jobs by key; the first job of a group provides the reason."""
    groups: dict[Hashable, Group] = {}
    for job in jobs:
        key, rank = key_of(job)
        group = groups.get(key)
        if group is None:
            group = groups[key] = Group(reason_of(job).removesuffix("."), rank)
        group.jobs.append(job)
    return sorted(groups.values(), key=lambda group: group.rank)


def _without_ids(groups: list[Group], reason_of: Callable[[TrackedJob], str]) -> list[Group]:
    """Leave out the instance id in the reason of a group whose jobs were on several instances."""
    for group in groups:
        if _ID.search(group.reason) and len({reason_of(job) for job in group.jobs}) > 1:
            group.reason = _ID.sub("i-...", group.reason)
    return groups


def leaves(jobs: Sequence[TrackedJob]) -> Iterator[TrackedJob]:
    """Yield the jobs; an array job is replaced by its children unless it failed without one of them."""
    for job in jobs:
        if not isinstance(job, ArrayJob) or not job.children:
            yield job
            continue
        yield from job.children
        if job.status == FAILED and not job.summary.get(FAILED):
            yield job
