"""The digest of a report: failed, unfinished and retried jobs, grouped by reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from batchmock.observe.jobs.positions import Positions
from batchmock.observe.styled import Line, styled, wrapped
from batchmock.observe.timeline.alike import (
    Group,
    failed_groups,
    leaves,
    retried_groups,
    unfinished_groups,
)
from batchmock.observe.timeline.phrases import named
from batchmock.observe.timeline.reasons import explained, label_of, last_log_line
from batchmock.observe.times import elapsed
from batchmock.simulation.jobs.families import most_attempts
from batchmock.simulation.tracking.records import TrackedJob

_LONGEST_NAME: Final = 40


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
        self._jobs = list(leaves(jobs))
        self._start_ms = start_ms
        self._now_ms = now_ms
        self._width = width
        self._most_groups = groups
        self._explanations = explanations
        self._most_names = names
        self._each = each
        self._positions = Positions()
        #: False once something was left out.
        self.is_whole = True

    def parts(self) -> Iterator[list[Line]]:
        """Yield the parts that are not empty."""
        failed = failed_groups(self._jobs)
        unfinished = unfinished_groups(self._jobs, self._start_ms)
        retried = retried_groups(self._jobs)
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
        self, groups: list[Group], about: Callable[[Group], Iterator[Line]]
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

    def _about_failure(self, group: Group) -> Iterator[Line]:
        first = group.jobs[0]
        if group.rank:
            return
        parts = [f"at {elapsed(first.history[-1].at_ms - self._start_ms)}"]
        most = most_attempts(first)
        if first.last_attempt is not None and most > 1:
            parts.append(f"attempt {first.last_attempt.number} of {most}")
        line = last_log_line(first, self._now_ms)
        which = f"{label_of(first)} " if len(group.jobs) > 1 else ""
        yield from wrapped(f"      {which}{', '.join(parts)}", self._width, 8)
        if line:
            yield from wrapped(f"      last log line: {line}", self._width, 8)

    # Not finished

    def _about_unfinished(self, group: Group) -> Iterator[Line]:
        candidates = group.jobs if self._each else group.jobs[:1]
        shown = candidates[: max(self._explanations, 0)]
        self._explanations -= len(shown)
        self._leave_out(len(shown) < len(candidates))
        for job in shown:
            for sentence in explained(job, self._start_ms, self._positions).split("\n"):
                yield from wrapped(f"      {sentence}", self._width, 8)

    # Retried

    def _nothing(self, group: Group) -> Iterator[Line]:
        yield from ()
