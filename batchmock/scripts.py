"""Scripts: the outcomes of attempts, by job."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field, replace
from fnmatch import translate
from typing import Any

from batchmock.errors import BatchMockError
from batchmock.outcomes import UNSCRIPTED, Outcome


def is_glob(pattern: str) -> bool:
    """Return whether a name is a glob (`*`, `?`, `[...]`)."""
    return any(mark in pattern for mark in "*?[")


def name_matcher(pattern: str) -> Callable[[str], bool]:
    """Return a predicate for names: equal to `pattern`, or matching it as a case-sensitive glob."""
    if not is_glob(pattern):
        return pattern.__eq__
    matches = re.compile(translate(pattern)).match
    return lambda name: matches(name) is not None


@dataclass(eq=False, repr=False)
class Script:
    """
    The outcomes of the attempts of matching jobs; the last outcome is for all later attempts.

    None matches everything. `met` holds the indexes of the outcomes used so far.
    """

    job_name: str
    outcomes: tuple[Outcome, ...]
    job_queue: str | None = None
    job_definition: str | None = None
    array_index: int | None = None
    node_index: int | None = None
    met: set[int] = field(default_factory=set)

    def __repr__(self) -> str:
        outcomes = ", ".join(outcome.description for outcome in self.outcomes)
        limits = "".join(
            f", {name}={value!r}"
            for name in ("job_queue", "job_definition", "array_index", "node_index")
            if (value := getattr(self, name)) is not None
        )
        return f"script({self.job_name!r}, {outcomes}{limits})"

    def covers(self, job_name: str, job_queue: str, job_definition: str) -> bool:
        """Return whether the script matches a job by name, queue and definition (`name:revision`)."""
        return (
            name_matcher(self.job_name)(job_name)
            and (self.job_queue is None or name_matcher(self.job_queue)(job_queue))
            and (self.job_definition is None or self._covers_definition(job_definition))
        )

    def _covers_definition(self, job_definition: str) -> bool:
        matches = name_matcher(self.job_definition or "")
        return matches(job_definition) or matches(job_definition.rpartition(":")[0])

    def covers_member(self, array_index: int | None, node_index: int | None) -> bool:
        """Return whether the script matches the array child or node."""
        return (self.array_index is None or self.array_index == array_index) and (
            self.node_index is None or self.node_index == node_index
        )


class Scripts:
    """All scripts of one mock, newest first."""

    def __init__(self) -> None:
        self.newest_first: list[Script] = []
        self._candidates: dict[tuple[str, str, str], list[Script]] = {}

    def add(self, script: Script) -> None:
        """Add a script, which takes precedence over older ones."""
        self.newest_first.insert(0, script)
        self._candidates.clear()

    def unrecorded(self) -> Scripts:
        """Return a copy whose use is not recorded here."""
        scripts = copy(self)
        scripts.newest_first = [replace(script, met=set()) for script in self.newest_first]
        scripts._candidates = {}
        return scripts

    @property
    def unused(self) -> list[Script]:
        """The scripts that no attempt has matched so far, oldest first."""
        return [script for script in reversed(self.newest_first) if not script.met]

    def outcome(
        self,
        attempt: int,
        job_name: str,
        job_queue: str,
        job_definition: str,
        array_index: int | None = None,
        node_index: int | None = None,
    ) -> Outcome:
        """Return the outcome of an attempt (1 for the first) from the newest script that matches the job."""
        key = (job_name, job_queue, job_definition)
        candidates = self._candidates.get(key)
        if candidates is None:
            candidates = [script for script in self.newest_first if script.covers(*key)]
            self._candidates[key] = candidates
        for script in candidates:
            if script.covers_member(array_index, node_index):
                outcomes = script.outcomes
                index = min(attempt, len(outcomes)) - 1
                script.met.add(index)
                return outcomes[index]
        return UNSCRIPTED


def make_script(
    job_name: object,
    outcomes: tuple[Any, ...],
    job_queue: str | None = None,
    job_definition: str | None = None,
    array_index: int | None = None,
    node_index: int | None = None,
) -> Script:
    """
    Build a `Script` from the arguments of `BatchMock.script`.

    Raises:
        BatchMockError: an argument is not valid.
    """
    if isinstance(job_name, Outcome):
        outcomes, job_name = (job_name, *outcomes), "*"
    if not isinstance(job_name, str):
        raise BatchMockError(
            f"batchmock: script() got {job_name!r} as the job name. "
            'Pass a name or glob first, then outcomes: script("train-*", fail(1), succeed()).'
        )
    if not outcomes:
        raise BatchMockError(
            f"batchmock: script({job_name!r}) has no outcome, so nothing would change. "
            f'Pass one for each attempt: script("{job_name}", fail(1), succeed(after=30)).'
        )
    for outcome in outcomes:
        if not isinstance(outcome, Outcome):
            raise BatchMockError(
                f"batchmock: script({job_name!r}) got {outcome!r}, which is not an outcome. "
                "Make outcomes with succeed(), fail(), hang(), call(function), cannot_start(reason), "
                "in_containers({name: outcome}), out_of_memory(), reclaim_spot() and the others of "
                "batchmock."
            )
    if outcomes[-1].kind == "no_capacity":
        raise BatchMockError(
            f"batchmock: script({job_name!r}) ends with no_service_capacity(), so the job would be tried "
            "again forever. Add the outcome of the next try after it, or keep the job with "
            'hold("train-*", at="SCHEDULED").'
        )
    return Script(job_name, outcomes, job_queue, job_definition, array_index, node_index)
