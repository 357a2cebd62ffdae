"""Explain PENDING jobs: the dependencies that have not ended, and what lets them end."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from batchmock.observe.jobs.held import is_to_be_held
from batchmock.observe.jobs.remedies import names_of
from batchmock.simulation.jobs.dependencies import failed_dependency_of
from batchmock.simulation.jobs.families import ArrayChild, ArrayJob, Node
from batchmock.simulation.jobs.job import Job
from batchmock.simulation.jobs.lifecycle import FAILED, PENDING, RUNNABLE, RUNNING
from batchmock.simulation.tracking.records import TrackedJob


def why_it_is_pending(job: Job) -> Iterator[str]:
    """Yield sentences that explain what a PENDING job waits for, and the remedy."""
    failed = will_fail_after(job)
    if failed is not None:
        when = "after its release" if PENDING in job.holds else "at this instant, once time moves"
        yield (
            f"It depends on job {failed.name!r} ({failed.id}), which FAILED: {failed.status_reason}. So it "
            f"fails {when}."
        )
        return
    dependencies = list(unfinished_dependencies(job))
    for dependency in dependencies:
        yield f"It waits for job {dependency.name!r} ({dependency.id}), which is {dependency.status}."
    steps = "; ".join(_steps(_roots(dependencies)))
    if steps and job.stop_reason is None:
        yield f"To let it start: {steps}."


def will_fail_after(job: TrackedJob) -> Job | None:
    """Return the FAILED dependency because of which a job fails, or has failed; None if it is stopped."""
    if not isinstance(job, Job) or job.stop_reason is not None:
        return None
    return failed_dependency_of(job)


def unfinished_dependencies(job: Job) -> Iterator[Job]:
    """Yield the dependencies of a job that have not ended; a child has those of its array job, too."""
    parent = (job.parent,) if isinstance(job, ArrayChild) else ()
    for item in (job, *parent):
        for dependency in item.dependencies:
            if not dependency.is_terminal:
                yield dependency


def _roots(jobs: Iterable[Job]) -> list[Job]:
    """
    Return the jobs on which others wait, and which wait for none.

    An array job of which no child can go on is replaced by its children.
    """
    roots: dict[Job, None] = {}
    seen: set[str] = set()
    waiting = deque(jobs)
    while waiting:
        job = waiting.popleft()
        if job.id in seen:
            continue
        seen.add(job.id)
        further = [] if job.parked or _is_to_end(job) else [*unfinished_dependencies(job)]
        if isinstance(job, ArrayJob) and not job.parked and not job.summary.get(FAILED):
            children = [child for child in job.children if not child.is_terminal]
            if all(child.parked or _hangs(child) or is_to_be_held(child) for child in children):
                further += children
        waiting += further
        if not further:
            roots[job] = None
    return list(roots)


def is_being_stopped(job: Job) -> bool:
    """Return whether the containers of a job have been sent SIGTERM."""
    attempt = job.attempt
    return attempt is not None and (job.is_terminated or attempt.timed_out)


def _hangs(job: Job) -> bool:
    if isinstance(job, Node) and job.is_main:
        job = job.parent
    return job.status == RUNNING and job.entry is None and job.timeout_entry is None


def _is_to_end(job: Job) -> bool:
    """Return whether a stop was accepted. A cancelled array job may succeed if its children have started."""
    return job.is_terminated if isinstance(job, ArrayJob) else job.stop_reason is not None


def _may_succeed(job: Job) -> bool:
    """Return whether a job that is being stopped exits with 0 on SIGTERM."""
    attempt = job.attempt
    outcome = None if attempt is None else attempt.outcome
    return job.is_terminated and outcome is not None and outcome.on_sigterm == 0


def _steps(roots: Iterable[Job]) -> Iterator[str]:
    """Yield how the jobs can succeed; one that is terminated would be FAILED."""
    failing: list[Job] = []
    stopped: list[Job] = []
    going: list[Job] = []
    waiting: list[Job] = []
    held: list[Job] = []
    hanging: list[Job] = []
    for job in roots:
        if isinstance(job, ArrayJob) and job.summary.get(FAILED):
            failing.append(job)
        elif is_being_stopped(job) or _is_to_end(job):
            (going if _may_succeed(job) else stopped).append(job)
        elif job.parked:
            held.append(job)
        elif _hangs(job):
            hanging.append(job)
        elif is_to_be_held(job):
            held.append(job)
        else:
            (waiting if job.status == RUNNABLE else going).append(job)
    if failing:
        yield f"nothing does, because children of {names_of(failing)} have FAILED"
        return
    if stopped:
        verb = "is" if len(stopped) == 1 else "are"
        yield f"nothing does, because {names_of(stopped)} {verb} being stopped"
        return
    if going:
        yield f"let {names_of(going)} succeed"
    if waiting:
        verb = "its explain() says" if len(waiting) == 1 else "their explain() says"
        yield f"let {names_of(waiting)} start: {verb} how"
    if held:
        yield f"release {names_of(held)}, which {'is' if len(held) == 1 else 'are'} held"
    if hanging:
        verb = "hangs" if len(hanging) == 1 else "hang"
        yield f"script an outcome that ends for {names_of(hanging)}, which {verb}"
