"""Prepared items that were never used: scripts, holds, faults, mishaps, subscriptions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from batchmock.errors import BatchMockError
from batchmock.globs import name_matcher
from batchmock.mock.finding import Finding
from batchmock.mock.parts import Mishap
from batchmock.nearest import counted, did_you_mean, listed
from batchmock.observe.events.events import impossible_in
from batchmock.observe.events.subscriptions import Disturbance, Subscription
from batchmock.scripts import Override, Script
from batchmock.simulation.jobs.holds import Hold
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import RUNNABLE
from batchmock.simulation.service_jobs.job import ServiceJob
from batchmock.simulation.tracking.visibility import Expiry, Lag

#: Why a scripted loss of a Spot host never happened.
_ON_DEMAND: Final = (
    " No attempt of its jobs was placed on Spot capacity, and nothing else is reclaimed. Use a compute "
    "environment of the type SPOT or FARGATE_SPOT, or terminate_host()."
)


class Unused(Finding):
    """The check of `strict`, which also appears in the report of a failed test."""

    def check_all_used(self) -> None:
        """
        Check that everything the test prepared was used, as `strict=True` does at the end.

        Raises:
            BatchMockError: an outcome of a script, a hold, a fault, a mishap or a subscription was never used.
        """
        __tracebackhide__ = True
        self._time.catch_up()
        with self._lock:
            unused = self._unused()
            if not unused:
                return
            names = listed(job.name for job in self._all_jobs())
        items = "".join(f"\n  {item}" for item in unused)
        jobs = f"The submitted jobs are {names}." if names else "No job was submitted."
        was = "thing was" if len(unused) == 1 else "things were"
        raise BatchMockError(
            f"batchmock: {len(unused):,} {was} prepared and never used:{items}\n{jobs} Correct the names, "
            "remove what is not needed, or leave out strict=True."
        )

    def _unused(self) -> list[str]:
        """Return a line for each prepared item that was never used."""
        # Jobs are forgotten at the next request, which a test need not make.
        self._simulation.forget_expired()
        jobs = self._all_jobs()
        return [
            *_unused_scripts(reversed(self._scripts.newest_first), jobs),
            *_unused_overrides(reversed(self._scripts.overrides), jobs),
            *_unused_holds(self._given_holds, jobs),
            *(f"{item!r}: no request met it." for item in self._faults.pending if not item.is_met),
            *_unused_mishaps(self._mishaps, self._simulation.jobs.values()),
            *self._unused_subscriptions(),
            *(
                f"{item.description}: no event was delivered that matches it.{self._hint(item)}"
                for item in self._events.disturbances
                if not item.is_met
            ),
            *_unused_lags(reversed(self._simulation.visibility.lags), jobs),
            *_unused_expiries(self._simulation.visibility.expiries, jobs),
        ]

    def _all_jobs(self) -> list[Job | ServiceJob]:
        return [*self._simulation.jobs.values(), *self._simulation.service_jobs.values()]

    def _unused_subscriptions(self) -> Iterator[str]:
        for item in self._events.given:
            if item.has_seen and not item.has_matched:
                yield f"{item.description}: no event matched it.{self._hint(item)}"

    def _hint(self, item: Subscription | Disturbance) -> str:
        """Return a hint: an unknown value in the pattern, or else the events that happened."""
        found = None if item.pattern is None else impossible_in(item.pattern)
        if found is not None:
            return (
                f" No event has the {found.field} {found.value!r}."
                f"{did_you_mean(found.value, found.known)}"
            )
        if not self._events.given:
            return " Nothing subscribes to events."
        kinds = Counter(str(event["detail-type"]) for event in self._events.events)
        happened = ", ".join(f"{count:,} {kind!r}" for kind, count in kinds.items())
        return f" The events were {happened}." if happened else " No event happened."


def _unused_scripts(scripts: Iterable[Script], jobs: list[Job | ServiceJob]) -> Iterator[str]:
    for script in scripts:
        if not script.met:
            yield f"{script!r}: no attempt of any job matched it.{_why_unmatched(script, jobs)}"
            continue
        for index, outcome in enumerate(script.outcomes):
            if index not in script.met:
                yield (
                    f"{script!r}: no attempt met outcome {index + 1}, {outcome.description}."
                    f"{_why_unmet(script, index, jobs)}"
                )


def _why_unmatched(script: Script, jobs: list[Job | ServiceJob]) -> str:
    covered = [job for job in jobs if _is_covered(script, job)]
    if covered:
        if script.compute_environment is not None:
            return (
                f" Job {covered[0].name!r} matches, but none of its attempts was placed in that compute "
                "environment."
            )
        if script.outcomes[0].needs_spot and any(job.attempts for job in covered):
            return _ON_DEMAND
        return (
            f" Job {covered[0].name!r} matches, but none of its attempts became RUNNABLE, or a newer script "
            "matched them."
        )
    named = [job for job in jobs if name_matcher(script.job_name)(job.name)]
    if named:
        return f" Job {named[0].name!r} matches the name, but not the other conditions."
    return did_you_mean(script.job_name, [job.name for job in jobs])


def _why_unmet(script: Script, index: int, jobs: list[Job | ServiceJob]) -> str:
    covered = [job for job in jobs if _is_covered(script, job)]
    if script.outcomes[index].needs_spot and any(job.attempt_number > index for job in covered):
        return _ON_DEMAND
    most = max((job.retry.attempts for job in covered), default=0)
    if most and most <= index:
        return (
            f" Its jobs may have {counted(most, 'attempt')}: submit them with retryStrategy="
            f"{{'attempts': {index + 1}}}, or remove the outcome."
        )
    return " Its jobs did not have so many attempts."


def _unused_overrides(overrides: Iterable[Override], jobs: list[Job | ServiceJob]) -> Iterator[str]:
    for override in overrides:
        if override.is_met:
            continue
        matching = [job for job in jobs if name_matcher(override.job_name)(job.name)]
        if not matching:
            why = did_you_mean(override.job_name, [job.name for job in jobs])
        elif override.outcome.needs_spot:
            why = _ON_DEMAND
        else:
            most = max(job.attempt_number for job in matching)
            why = f" Its jobs had {counted(most, 'attempt')}."
        yield f"{override!r}: no attempt of any job met it.{why}"


def _is_covered(script: Script, job: Job | ServiceJob) -> bool:
    definition = job.definition if isinstance(job, Job) else ""
    if not script.covers(job.name, job.queue, definition):
        return False
    if isinstance(job, ServiceJob):
        return True
    return script.covers_member(job.array_index, job.node_index)


def _unused_holds(holds: Iterable[Hold], jobs: list[Job | ServiceJob]) -> Iterator[str]:
    for hold in holds:
        if hold.is_met:
            continue
        covered = next((job for job in jobs if hold.covers(job)), None)
        if covered is None:
            why = f"no job matched it.{did_you_mean(hold.pattern, [job.name for job in jobs])}"
        elif covered.has_children:
            # An array job is not held itself.
            why = f"array job {covered.name!r} matches, but no child was {hold.status} meanwhile."
        else:
            why = f"job {covered.name!r} matches, but was not {hold.status} meanwhile."
        yield f"hold({hold.pattern!r}, at={hold.status!r}): {why}"


def _unused_lags(lags: Iterable[Lag], jobs: list[Job | ServiceJob]) -> Iterator[str]:
    for lag in lags:
        if lag.is_met:
            continue
        covered = next((job for job in jobs if lag.covers(job)), None)
        why = (
            f"no job matched it.{did_you_mean(lag.pattern, [job.name for job in jobs])}"
            if covered is None
            else f"job {covered.name!r} matches, but it hid the job from no request."
        )
        yield f"lag({lag.pattern!r}, {lag.lag_ms / 1000:g}): {why}"


def _unused_expiries(expiries: Iterable[Expiry], jobs: list[Job | ServiceJob]) -> Iterator[str]:
    for expiry in expiries:
        if expiry.is_met:
            continue
        after = f", after={expiry.after_ms / 1000:g}" if expiry.after_ms else ""
        covered = [job for job in jobs if expiry.covers(job)]
        if not covered:
            near = did_you_mean(expiry.pattern, [job.name for job in jobs])
            why = f"no finished job matched it.{near}"
        elif ended := [job for job in covered if job.is_terminal and not _is_forgotten(job)]:
            why = f"job {ended[0].name!r} has ended, but has not been forgotten yet."
        elif gone := [job for job in covered if _is_forgotten(job)]:
            why = f"job {gone[0].name!r} matches, but was forgotten before."
        else:
            why = f"no finished job matched it. Job {covered[0].name!r} matches, but has not ended."
        yield f"expire({expiry.pattern!r}{after}): {why}"


def _is_forgotten(job: Job | ServiceJob) -> bool:
    return (job.parent or job).expired


def _unused_mishaps(mishaps: Iterable[Mishap], jobs: Iterable[Job]) -> Iterator[str]:
    waits = [(job, wait) for job in jobs for wait in _waits(job)] if mishaps else []
    for item in mishaps:
        if not any(_is_met(item, job, *wait) for job, wait in waits):
            yield (
                f"{item.verb}({item.environment!r}): no job waited for that compute environment "
                "meanwhile."
            )


def _waits(job: Job) -> Iterator[tuple[int, int | None]]:
    """Yield the periods in which a job was RUNNABLE, in milliseconds; the end is None while it still is."""
    history = job.history
    for index, move in enumerate(history):
        if move.to_status == RUNNABLE:
            yield move.at_ms, history[index + 1].at_ms if index + 1 < len(history) else None


def _is_met(mishap: Mishap, job: Job, from_ms: int, to_ms: int | None) -> bool:
    return (
        any(item.name == mishap.environment for item in job.queue.environments)
        and (to_ms is None or to_ms > mishap.from_ms)
        and (mishap.to_ms is None or from_ms < mishap.to_ms)
    )
