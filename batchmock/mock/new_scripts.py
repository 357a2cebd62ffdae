"""Scripts and overrides made of the arguments of `script` and `override`, which are checked here."""

from __future__ import annotations

from typing import Any

from batchmock.arguments import checked_text
from batchmock.errors import BatchMockError
from batchmock.outcomes import Outcome
from batchmock.scripts import Override, Script


def make_script(
    job_name: object,
    outcomes: tuple[Any, ...],
    job_queue: str | None = None,
    job_definition: str | None = None,
    array_index: int | None = None,
    node_index: int | None = None,
    compute_environment: str | None = None,
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
    _check_conditions(
        job_queue=job_queue,
        job_definition=job_definition,
        compute_environment=compute_environment,
    )
    for outcome in outcomes:
        _check_outcome(outcome, f"script({job_name!r})")
        if compute_environment is not None:
            _check_known_when_placed(outcome, job_name, compute_environment)
    if outcomes[-1].kind == "no_capacity":
        raise BatchMockError(
            f"batchmock: script({job_name!r}) ends with no_service_capacity(), so the job would be tried "
            "again forever. Add the outcome of the next try after it, or keep the job with "
            'hold("train-*", at="SCHEDULED").'
        )
    return Script(
        job_name,
        outcomes,
        job_queue,
        job_definition,
        array_index,
        node_index,
        compute_environment,
    )


def _check_conditions(**conditions: object) -> None:
    for name, value in conditions.items():
        if value is not None:
            checked_text(
                value,
                f"script({name}=)",
                "Pass a name, a glob of names, or an ARN, and call script() once for each of several.",
            )


def _check_known_when_placed(outcome: Outcome, job_name: str, compute_environment: str) -> None:
    """Check that an outcome for one compute environment sets nothing that is needed before the placement."""
    if outcome.runnable_ms is not None:
        raise BatchMockError(
            f"batchmock: script({job_name!r}) got runnable= for {outcome.description} together with "
            f"compute_environment={compute_environment!r}. An attempt is placed in a compute environment "
            "when it leaves RUNNABLE, so the script cannot decide how long it is RUNNABLE. Remove "
            "runnable=, or script it without compute_environment=."
        )


def make_override(job_name: object, outcome: Any, attempt: object) -> Override:
    """
    Build an `Override` from the arguments of `BatchMock.override`.

    Raises:
        BatchMockError: an argument is not valid.
    """
    if not isinstance(job_name, str):
        raise BatchMockError(
            f"batchmock: override() got {job_name!r} as the job name. "
            'Pass a name or glob first, then the outcome: override("train-*", out_of_memory()).'
        )
    _check_outcome(outcome, f"override({job_name!r})")
    if attempt is None:
        if outcome.kind == "no_capacity":
            raise BatchMockError(
                f"batchmock: override({job_name!r}) got no_service_capacity() for every attempt, so the job "
                "would be tried again forever. Pass the number of one try: "
                f"override({job_name!r}, no_service_capacity(), attempt=1)."
            )
        return Override(job_name, outcome)
    if not isinstance(attempt, int) or isinstance(attempt, bool) or attempt < 1:
        raise BatchMockError(
            f"batchmock: override({job_name!r}) got attempt={attempt!r}. Pass the number of an attempt, 1 for "
            "the first, or leave it out for every attempt."
        )
    return Override(job_name, outcome, attempt)


def _check_outcome(outcome: object, verb: str) -> None:
    if not isinstance(outcome, Outcome):
        raise BatchMockError(
            f"batchmock: {verb} got {outcome!r}, which is not an outcome. "
            "Make outcomes with succeed(), fail(), hang(), call(function), cannot_start(reason), "
            "in_containers({name: outcome}), out_of_memory(), reclaim_spot() and the others of "
            "batchmock."
        )
