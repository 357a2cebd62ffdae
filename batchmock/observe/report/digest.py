"""The digest of a report: jobs that failed, that have not finished, or were retried, grouped by reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import datetime, timezone
from typing import Final

from batchmock.observe.jobs.explain import explain
from batchmock.observe.report.reasons import (
    label_of,
    last_log_line,
    reason_to_fail,
    retried_attempts,
    state_of,
)
from batchmock.observe.styled import Line, styled, wrapped
from batchmock.observe.timeline.interest import is_stuck
from batchmock.observe.timeline.phrases import ending, named
from batchmock.observe.times import elapsed
from batchmock.simulation.jobs.families import ArrayJob
from batchmock.simulation.jobs.lifecycle import FAILED
from batchmock.simulation.tracking.records import TrackedJob

_LONGEST_NAME: Final = 40
_CLOCK_TIME: Final = re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{3})?\b")
_ID: Final = re.compile(r"\bi-[0-9a-f]{17}\b")


class _Group:
    """Jobs that are alike, in the order of submission."""

    def __init__(self, reason: str, rank: int) -> None:
        self.reason = reason
        self.rank = rank
        self.jobs: list[TrackedJob] = []


class Digest:
    """
    The parts of a digest.

    Args:
        jobs: jobs and service jobs, in the order of submission.
        start_ms: the mock's first instant.
        now_ms: the current time.
        width: the longest line, in columns.
        groups: the most groups of a part.
        explanations: the most unfinished jobs to explain.
        names: the most names of a group.
        each: whether each unfinished job is explained, instead of the first of each group.
    """

    def __init__(
        self,
        jobs: Sequence[TrackedJob],
        start_ms: int,
        now_ms: int,
        width: int,
        *,
        groups: int,
        explanations: int,
        names: int,
        each: bool,
    ) -> None:
        self._jobs = list(_leaves(jobs))
        self._start_ms = start_ms
        self._now_ms = now_ms
        self._width = width
        self._most_groups = groups
        self._explanations = explanations
        self._most_names = names
        self._each = each
        #: False once something was left out.
        self.is_whole = True

    def parts(self) -> Iterator[list[Line]]:
        """Yield the parts that are not empty."""
        failed = _grouped((job for job in self._jobs if job.status == FAILED), self._key_of_failure)
        unfinished = _grouped(
            (job for job in self._jobs if not job.is_terminal), self._key_of_state
        )
        retried = _grouped(
            (job for job in self._jobs if job.status != FAILED and retried_attempts(job)),
            _key_of_retry,
        )
        for head, groups, more in (
            ("Failed:", failed, self._about_failure),
            ("Not finished:", unfinished, self._about_unfinished),
            ("Retried:", retried, self._nothing),
        ):
            if groups:
                yield [
                    styled(head, "FAILED" if head == "Failed:" else "head"),
                    *self._lines_of(groups, more),
                ]

    def _lines_of(
        self, groups: list[_Group], about: Callable[[_Group], Iterator[Line]]
    ) -> Iterator[Line]:
        shown = groups[: self._most_groups]
        digits = max(len(f"{len(group.jobs):,}") for group in shown)
        for group in shown:
            names = named([label_of(job) for job in group.jobs], self._most_names, _LONGEST_NAME)
            count = f"  {len(group.jobs):>{digits},} × "
            yield from wrapped(f"{count}{group.reason}: {names}", self._width, len(count))
            yield from about(group)
            self._leave_out(len(group.jobs) > self._most_names)
        rest = groups[self._most_groups :]
        if rest:
            self._leave_out(True)
            yield Line(f"  and {sum(len(group.jobs) for group in rest):,} more")

    def _leave_out(self, left_out: bool) -> None:
        self.is_whole = self.is_whole and not left_out

    # Failed

    def _key_of_failure(self, job: TrackedJob) -> tuple[Hashable, str, int]:
        reason = reason_to_fail(job)
        return _ID.sub("*", reason), reason, int(job.last_attempt is None)

    def _about_failure(self, group: _Group) -> Iterator[Line]:
        first = group.jobs[0]
        if group.rank:
            return
        parts = [f"at {elapsed(first.history[-1].at_ms - self._start_ms)}"]
        if first.last_attempt is not None and first.retry.attempts > 1:
            parts.append(f"attempt {first.last_attempt.number} of {first.retry.attempts}")
        line = last_log_line(first, self._now_ms)
        which = f"{label_of(first)} " if len(group.jobs) > 1 else ""
        yield from wrapped(f"      {which}{', '.join(parts)}", self._width, 8)
        if line:
            yield from wrapped(f"      last log line: {line}", self._width, 8)

    # Not finished

    def _key_of_state(self, job: TrackedJob) -> tuple[Hashable, str, int]:
        key, text = state_of(job, lambda at_ms: elapsed(at_ms - self._start_ms))
        return key, text, int(not is_stuck(job))

    def _about_unfinished(self, group: _Group) -> Iterator[Line]:
        explained = group.jobs if self._each else group.jobs[:1]
        shown = explained[: max(self._explanations, 0)]
        self._explanations -= len(shown)
        self._leave_out(len(shown) < len(explained))
        for job in shown:
            for sentence in self._since_start(explain(job)).split("\n"):
                yield from wrapped(f"      {sentence}", self._width, 8)

    def _since_start(self, text: str) -> str:
        """Replace the clock times of an explanation by times since the start."""
        return _CLOCK_TIME.sub(self._elapsed_at, text)

    def _elapsed_at(self, found: re.Match[str]) -> str:
        try:
            moment = datetime.fromisoformat(found[0]).replace(tzinfo=timezone.utc)
        except ValueError:
            return found[0]
        passed_ms = round(moment.timestamp() * 1000) - self._start_ms
        return elapsed(passed_ms) if passed_ms >= 0 else found[0]

    # Retried

    def _nothing(self, group: _Group) -> Iterator[Line]:
        yield from ()


def _key_of_retry(job: TrackedJob) -> tuple[Hashable, str, int]:
    reason = ending(retried_attempts(job)[-1])
    return _ID.sub("*", reason), reason, 0


def _grouped(
    jobs: Iterable[TrackedJob], key_of: Callable[[TrackedJob], tuple[Hashable, str, int]]
) -> list[_Group]:
    """Group jobs by key, lower ranks first, then in the order of submission."""
    groups: dict[Hashable, _Group] = {}
    for job in jobs:
        key, reason, rank = key_of(job)
        groups.setdefault(key, _Group(reason, rank)).jobs.append(job)
    return sorted(groups.values(), key=lambda group: group.rank)


def _leaves(jobs: Iterable[TrackedJob]) -> Iterator[TrackedJob]:
    """Yield jobs, and for an array job those of its children that failed, were retried, or are unfinished."""
    for job in jobs:
        if not isinstance(job, ArrayJob) or not job.children:
            yield job
            continue
        told = [child for child in job.children if child.status == FAILED or not child.is_terminal]
        yield from told
        yield from (child for child in job.children if child.is_terminal and child.status != FAILED)
        if job.status == FAILED and not told:
            yield job
