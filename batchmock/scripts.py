"""Scripts: the outcomes of attempts, by job."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from batchmock.globs import is_glob, matches_definition, matches_resource, name_matcher
from batchmock.outcomes import UNSCRIPTED, Outcome

#: The key of the scripts for globs, which is the name of no job.
_GLOBS: Final = "*"

_CONDITIONS: Final = (
    "job_queue",
    "job_definition",
    "array_index",
    "node_index",
    "compute_environment",
)


class Queue(Protocol):
    """The queue of a job or of a service job."""

    name: str
    arn: str


class Placement(Protocol):
    """Where an attempt is placed."""

    name: str
    arn: str
    #: Whether it has no Spot capacity that could be reclaimed.
    is_on_demand: bool


def _may_happen(outcome: Outcome, placement: Placement | None) -> bool:
    """Return whether an outcome can happen where an attempt is placed, as far as that is known."""
    return not (outcome.needs_spot and placement is not None and placement.is_on_demand)


def _is_settled(outcome: Outcome, placement: Placement | None) -> bool:
    """Return whether an outcome that may happen no longer depends on where the attempt is placed."""
    return placement is not None or not outcome.needs_spot


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
    compute_environment: str | None = None
    met: set[int] = field(default_factory=set)
    #: Whether it is for all members of a job, wherever they are placed.
    is_for_all: bool = field(init=False)

    def __post_init__(self) -> None:
        self.is_for_all = (
            self.array_index is None
            and self.node_index is None
            and self.compute_environment is None
        )

    def __repr__(self) -> str:
        outcomes = ", ".join(outcome.description for outcome in self.outcomes)
        limits = "".join(
            f", {name}={value!r}"
            for name in _CONDITIONS
            if (value := getattr(self, name)) is not None
        )
        return f"script({self.job_name!r}, {outcomes}{limits})"

    def covers(self, job_name: str, queue: Queue, job_definition: str) -> bool:
        """Return whether the script matches a job by name, queue and definition (`name:revision`)."""
        wanted = self.job_definition
        return (
            name_matcher(self.job_name)(job_name)
            and (self.job_queue is None or matches_resource(self.job_queue, queue.name, queue.arn))
            and (wanted is None or matches_definition(wanted, job_definition, queue.arn))
        )

    def covers_member(self, array_index: int | None, node_index: int | None) -> bool:
        """Return whether the script matches the array child or node."""
        return (self.array_index is None or self.array_index == array_index) and (
            self.node_index is None or self.node_index == node_index
        )

    def covers_placement(self, placement: Placement | None) -> bool:
        """Return whether the script matches an attempt placed there; None if it is not placed yet."""
        wanted = self.compute_environment
        if wanted is None or placement is None:
            return wanted is None
        return matches_resource(wanted, placement.name, placement.arn)


@dataclass(eq=False, repr=False)
class Override:
    """The outcome of matching jobs in one attempt, or in all of them, whatever the scripts say."""

    job_name: str
    outcome: Outcome
    attempt: int | None = None
    is_met: bool = False

    def __repr__(self) -> str:
        attempt = "" if self.attempt is None else f", attempt={self.attempt}"
        return f"override({self.job_name!r}, {self.outcome.description}{attempt})"

    def covers(self, attempt: int, job_name: str) -> bool:
        """Return whether the override applies to an attempt of a job."""
        return self.attempt in (None, attempt) and name_matcher(self.job_name)(job_name)


class Scripts:
    """All scripts and overrides of one mock, newest first."""

    def __init__(self) -> None:
        #: Whether nothing is scripted, so that trackers need not ask, and whether any host is lost.
        self.are_empty = True
        self.lose_hosts = False
        self.newest_first: list[Script] = []
        self.overrides: list[Override] = []
        self._candidates: dict[tuple[str, str, str], list[Script]] = {}
        #: The scripts for one job name each, and those for globs, each with its number; newest last.
        self._by_name: dict[str, list[tuple[int, Script]]] = {}

    def add(self, script: Script) -> None:
        """Add a script, which takes precedence over older ones."""
        key = _GLOBS if is_glob(script.job_name) else script.job_name
        self._by_name.setdefault(key, []).append((len(self.newest_first), script))
        self.newest_first.insert(0, script)
        self._candidates.clear()
        self._note(*script.outcomes)

    def override(self, override: Override) -> None:
        """Add an override, which takes precedence over all scripts and older overrides."""
        self.overrides.insert(0, override)
        self._note(override.outcome)

    def _note(self, *outcomes: Outcome) -> None:
        self.are_empty = False
        if any(outcome.kind == "host_lost" for outcome in outcomes):
            self.lose_hosts = True

    def unrecorded(self) -> Scripts:
        """Return a copy whose use is not recorded here."""
        scripts = copy(self)
        for name, rules in self._rules().items():
            setattr(scripts, name, list(map(copy, rules)))
        scripts._candidates, scripts._by_name = {}, {}
        newest_first, scripts.newest_first = scripts.newest_first, []
        for script in reversed(newest_first):
            script.met = set()
            scripts.add(script)
        return scripts

    @property
    def size(self) -> int:
        """The number of rules, which never decreases."""
        return sum(map(len, self._rules().values()))

    def _rules(self) -> dict[str, list[Any]]:
        return {name: rules for name, rules in vars(self).items() if isinstance(rules, list)}

    def _find_candidates(self, job_name: str, queue: Queue, job_definition: str) -> list[Script]:
        """Return the scripts that match a job, newest first, without a look at those of other names."""
        numbered = [*self._by_name.get(job_name, ()), *self._by_name.get(_GLOBS, ())]
        numbered.sort(key=lambda item: -item[0])
        return [script for _, script in numbered if script.covers(job_name, queue, job_definition)]

    @property
    def unused(self) -> list[Script]:
        """The scripts that no attempt has matched so far, oldest first."""
        return [script for script in reversed(self.newest_first) if not script.met]

    def outcome(
        self,
        attempt: int,
        job_name: str,
        queue: Queue,
        job_definition: str,
        array_index: int | None = None,
        node_index: int | None = None,
        placement: Placement | None = None,
        *,
        is_met: bool = True,
    ) -> Outcome:
        """
        Return the outcome of an attempt.

        The newest override that matches decides, then the newest script. The outcome of a script that is
        overridden counts as met.

        Args:
            attempt: 1 for the first.
            job_name, queue, job_definition, array_index, node_index: the job.
            placement: where the attempt is placed; None before that.
            is_met: whether the attempt meets the outcome, rather than would meet it if it was placed there.
        """
        key = (job_name, queue.arn, job_definition)
        candidates = self._candidates.get(key)
        if candidates is None:
            candidates = self._find_candidates(job_name, queue, job_definition)
            self._candidates[key] = candidates
        found = UNSCRIPTED
        for script in candidates:
            if script.is_for_all or (
                script.covers_member(array_index, node_index) and script.covers_placement(placement)
            ):
                outcomes = script.outcomes
                last = len(outcomes)
                index = (attempt if attempt < last else last) - 1
                outcome = outcomes[index]
                # Any other outcome may happen everywhere, and is settled from the start.
                needs_spot = outcome.needs_spot
                if not needs_spot or _may_happen(outcome, placement):
                    if is_met and (not needs_spot or _is_settled(outcome, placement)):
                        script.met.add(index)
                    found = outcome
                    break
        if self.overrides:
            return self._overridden(attempt, job_name, placement, is_met=is_met) or found
        return found

    def _overridden(
        self, attempt: int, job_name: str, placement: Placement | None, *, is_met: bool
    ) -> Outcome | None:
        for override in self.overrides:
            if override.covers(attempt, job_name) and _may_happen(override.outcome, placement):
                if is_met and _is_settled(override.outcome, placement):
                    override.is_met = True
                return override.outcome
        return None
