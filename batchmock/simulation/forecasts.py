"""
When waiting jobs will start if nothing else happens: a copy of the simulation that runs ahead.

The copy has every unfinished job, with its queue, environment, hosts and scheduled steps, and copies of the
trackers move it. It shares what never changes: finished jobs, ended attempts, requests and outcomes.
"""

from __future__ import annotations

from copy import copy, deepcopy
from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, NoReturn

from batchmock.errors import BatchMockError
from batchmock.simulation.jobs.families import Node
from batchmock.simulation.jobs.lifecycle import RUNNABLE, STARTING, Transition
from batchmock.simulation.jobs.runs import JobRuns
from batchmock.simulation.service_jobs.job import SCHEDULED
from batchmock.simulation.service_jobs.runs import ServiceJobRuns
from batchmock.simulation.time.agenda import Entry, Moment
from batchmock.simulation.tracking.records import TrackedAttempt, TrackedJob

if TYPE_CHECKING:
    from batchmock.simulation.engine import Simulation

#: With more unfinished jobs, or after more steps, a forecast would take too long.
_MOST_JOBS: Final = 2_500
_MOST_STEPS: Final = 25_000

#: The attributes of jobs that never change.
_SHARED: Final = frozenset(
    {
        "ask",
        "attempts",
        "container",
        "containers",
        "contents",
        "history",
        "holds",
        "instances",
        "kind",
        "last_attempt",
        "latest_attempt",
        "parameters",
        "payload",
        "request",
        "retry",
    }
)


#: The types of values that need no copy.
_PLAIN: Final = frozenset({int, str, float, bool, NoneType})


class UnforeseeableError(Exception):
    """What happens next depends on a function of the test, or on something besides jobs."""


class Forecast:
    """
    The starts of the waiting jobs, computed as far as they are asked for.

    Args:
        simulation: the simulation; it does not change.
        ahead: an empty simulation with the same settings, at the same instant.
    """

    def __init__(self, simulation: Simulation, ahead: Simulation) -> None:
        self._ahead = ahead
        self._starts: dict[str, int] = {}
        self._steps = 0
        jobs = [*simulation.jobs.values(), *simulation.service_jobs.values()]
        moving = [job for job in jobs if _may_move(job)]
        self._is_over = len(moving) > _MOST_JOBS or simulation.is_busy
        if not self._is_over:
            _copy(simulation, ahead, jobs, moving)
            ahead.jobs.listeners.append(self._note)
            ahead.service_jobs.listeners.append(self._note)

    def start_of(self, job: TrackedJob) -> int | None:
        """Return when a RUNNABLE job begins its next attempt; None if that is not known."""
        while job.id not in self._starts and not self._is_over:
            self._steps += 1
            try:
                self._is_over = not self._ahead.step() or self._steps > _MOST_STEPS
            except (UnforeseeableError, BatchMockError):
                self._is_over = True
        return self._starts.get(job.id)

    def _note(self, job: TrackedJob, move: Transition) -> None:
        if move.from_status == RUNNABLE and move.to_status in (STARTING, SCHEDULED):
            self._starts.setdefault(job.id, move.at_ms)


def _may_move(job: TrackedJob) -> bool:
    """Return whether a job has not ended; the nodes of a job run again with its next attempt."""
    return not job.is_terminal or (isinstance(job, Node) and not job.parent.is_terminal)


def _copy(
    simulation: Simulation, ahead: Simulation, jobs: list[TrackedJob], moving: list[TrackedJob]
) -> None:
    """Copy the jobs that may move, the trackers and the agenda to another simulation."""
    # The memo of `deepcopy` maps the id of each object to its copy.
    memo: dict[int, Any] = {id(job): job for job in jobs}
    memo.update((id(job), copy(job)) for job in moving)
    memo.update(_counterparts(simulation, ahead))
    for job in moving:
        if job.attempt is not None:
            memo.update((id(value), value) for value in _unchanging(job.attempt))
            # A function that runs as a job belongs to the real attempt; its next step is unforeseeable.
            memo[id(job.attempt.functions)] = ()
    for pool in simulation.hosts.pools:
        pool.settle()
        memo[id(pool.on_replaced)] = None
    planned = _copy_agenda(simulation, ahead, memo)
    for job in moving:
        _fill_in(memo[id(job)], job, memo)
    ahead.jobs = deepcopy(simulation.jobs, memo)
    ahead.jobs.runs = _ForeseenRuns(ahead.jobs, ahead.jobs.stops)
    ahead.service_jobs = deepcopy(simulation.service_jobs, memo)
    ahead.service_jobs.runs = _ForeseenServiceRuns(ahead.service_jobs, ahead.service_jobs.stops)
    for entry, copied in planned:
        copied.action = deepcopy(entry.action, memo)
        copied.subject = deepcopy(entry.subject, memo)


def _counterparts(simulation: Simulation, ahead: Simulation) -> dict[int, Any]:
    """Return what takes the place of the parts that are not copied."""
    jobs, service_jobs = simulation.jobs, simulation.service_jobs
    counterparts: dict[int, Any] = {
        id(simulation): ahead,
        id(simulation.agenda): ahead.agenda,
        id(simulation.clock): ahead.clock,
        id(simulation.hosts): ahead.hosts,
        id(simulation.identifiers): ahead.identifiers,
        id(simulation.policies): ahead.policies,
    }
    for listeners in (
        jobs.listeners,
        jobs.blocked_listeners,
        service_jobs.listeners,
        service_jobs.blocked_listeners,
        service_jobs.preemptions.listeners,
        service_jobs.preemptions.completed_listeners,
    ):
        counterparts[id(listeners)] = []
    return counterparts


def _unchanging(attempt: TrackedAttempt) -> list[object]:
    """Return the values of an attempt under way that never change."""
    values = [attempt.outcome, attempt.logs, getattr(attempt, "plan", None), *attempt.functions]
    return [value for value in values if value is not None]


def _copy_agenda(
    simulation: Simulation, ahead: Simulation, memo: dict[int, Any]
) -> list[tuple[Entry, Entry]]:
    """Schedule a copy of each step of a job, still without its action; return the entries and copies."""
    planned = []
    for entry, is_last in simulation.agenda.pending():
        add = ahead.agenda.add_last if is_last else ahead.agenda.add
        copied = add(entry.due_ms, _stop, None)
        part = getattr(entry.action, "__self__", None)
        if type(part).__module__.startswith("batchmock.simulation."):
            memo[id(entry)] = copied
            planned.append((entry, copied))
    return planned


def _stop(subject: object) -> None:
    raise UnforeseeableError


def _fill_in(copied: TrackedJob, job: TrackedJob, memo: dict[int, Any]) -> None:
    """Copy the attributes of a job that may change."""
    for entry in (job.entry, job.timeout_entry):
        if entry is not None and id(entry) not in memo:
            # It has run, and the job keeps it only to schedule its next step with it.
            memo[id(entry)] = run = Entry(Moment(entry.due_ms), _stop, None)
            run.action = None
    for part in (job.queue, getattr(job, "consumes", None)):
        deepcopy(part, memo)
    kind: Any = type(job)
    for name in _changing(kind):
        value: Any = getattr(job, name, None)
        # The shallow copy has plain values already, and most values are plain.
        if type(value) in _PLAIN or value == ():
            continue
        if name == "submission":
            # It refers to the queue, and to consumable resources.
            setattr(copied, name, type(value)(*(_shallow(item, memo) for item in value)))
        else:
            setattr(copied, name, deepcopy(value, memo))


def _shallow(value: object, memo: dict[int, Any]) -> Any:
    """Return the copy of a member of a submission, if there is one, or else the member itself."""
    return memo.get(id(value), value)


@cache
def _changing(kind: type[TrackedJob]) -> tuple[str, ...]:
    """Return the attributes of a class of jobs, except for those that never change."""
    names = (name for base in kind.__mro__ for name in getattr(base, "__slots__", ()))
    return tuple(name for name in names if name not in _SHARED)


class _ForeseenRuns(JobRuns):
    """Runs the attempts of jobs, without the functions of the test."""

    def _call(self, *_: object) -> NoReturn:
        raise UnforeseeableError

    def _call_of_container(self, *_: object) -> NoReturn:
        raise UnforeseeableError

    def _report(self, misfit: str, key: tuple[str, str]) -> None:
        """Drop the report: the real attempt makes it."""


class _ForeseenServiceRuns(ServiceJobRuns):
    """Runs the attempts of service jobs, without the functions of the test."""

    def _call(self, *_: object) -> NoReturn:
        raise UnforeseeableError

    def _report(self, misfit: str, key: tuple[str, str]) -> None:
        """Drop the report: the real attempt makes it."""
