"""What an attempt is made of: the outcome that its functions stand for, and what its containers leave."""

from __future__ import annotations

from batchmock.outcomes import SIGKILL_EXIT_CODE, UNSCRIPTED, Outcome
from batchmock.simulation.jobs.calling import context_of, run_function
from batchmock.simulation.jobs.job import Attempt, ContainerRun, Job, TaskContainer
from batchmock.simulation.jobs.tasks import first_essential


def outcome_of_call(
    job: Job, attempt: Attempt, container: TaskContainer, called: Outcome
) -> Outcome:
    """Run the function of one of several containers, and give the outcome that it stands for."""
    if called.function is None:
        raise AssertionError(f"{called!r} has no function")
    ending, logs = run_function(called.function, context_of(job, attempt, container.container))
    return as_called(called, ending)._replace(logs=logs)


def outcome_without_call(container: TaskContainer, called: Outcome) -> Outcome:
    """Give the outcome of a container whose function has not come to its end."""
    return as_called(called, UNSCRIPTED)


def as_called(called: Outcome, ending: Outcome) -> Outcome:
    """Give what a function stands for: length and answer to SIGTERM as `call` says, or as it says itself."""
    own_answer = ending.on_sigterm != SIGKILL_EXIT_CODE
    return ending._replace(
        after_ms=called.after_ms if ending.after_ms is None else ending.after_ms,
        on_sigterm=ending.on_sigterm if own_answer else called.on_sigterm,
    )


def container_runs(job: Job, attempt: Attempt) -> tuple[ContainerRun, ...]:
    """Give what has become of each of several containers when the attempt ended."""
    plan, started_ms = attempt.plan, attempt.started_at_ms
    if plan is None or started_ms is None:
        first = first_essential(job.containers)
        return tuple(
            ContainerRun(item.name, None, attempt.reason if item is first else None)
            for item in job.containers
        )
    host_is_lost = attempt.outcome is not None and attempt.outcome.kind == "host_lost"
    elapsed_ms = (attempt.stopped_at_ms or 0) - started_ms
    return tuple(run.after(elapsed_ms, host_is_lost=host_is_lost) for run in plan.runs)


def live_attempt(job: Job) -> Attempt:
    """Give the attempt under way; there must be one."""
    if job.attempt is None:
        raise AssertionError(f"{job!r} has no attempt under way")
    return job.attempt


def fill_in(text: str, job: Job, attempt: Attempt) -> str:
    """Put the job's image and its host's instance id into a text of the catalogue."""
    if "{" not in text:
        return text
    return text.replace("{image}", job.container.image).replace("{instance}", attempt.instance_id)
