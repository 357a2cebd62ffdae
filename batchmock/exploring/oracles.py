"""What must hold in a disturbed run, relative to the undisturbed one."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from batchmock.errors import StuckError
from batchmock.exploring.adversities import Plan, literal, tier_of
from batchmock.exploring.assertions import is_about_records
from batchmock.exploring.groups import Member, members
from batchmock.exploring.kinds import (
    BROKE_THE_TEST,
    CRASHED,
    IMPOLITE,
    LEFT_RUNNING,
    NEVER_SUBMITTED,
    OF_ERRORS,
    RAISED,
    SUBMITTED_TWICE,
    SWALLOWED,
    WAITS,
)
from batchmock.exploring.settings import Settings
from batchmock.exploring.stacks import Boundary, Place
from batchmock.exploring.traces import SUBMISSIONS, Endless, Trace, TracedCall
from batchmock.globs import is_glob

#: Errors of code that expects something else in a reply.
CRASHES: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NameError,
    StopAsyncIteration,
    StopIteration,
    TypeError,
)
#: Throttled requests in a row without a pause that are impolite.
_IMPATIENT: Final = 3


class Run(NamedTuple):
    """How one run has ended. `for_good` are the names of the jobs that would never end."""

    trace: Trace
    error: BaseException | None = None
    value: object = None
    for_good: tuple[str, ...] = ()


class Verdict(NamedTuple):
    """
    A rule that a run has broken.

    `check` is the source of what a plain test asserts after the call, if the call raises nothing.
    `is_tentative` if the result of the code must still be compared.
    """

    kind: str
    place: Place | None
    words: str
    error: BaseException | None = None
    check: str = ""
    is_tentative: bool = False


def judge(
    run: Run, undisturbed: Trace, plan: Plan, boundary: Boundary, settings: Settings
) -> Verdict | None:
    """Return the rule that a disturbed run has broken, or None."""
    verdict = _judge(run, undisturbed, plan, boundary, settings)
    for item in plan:
        if verdict and item.judged_for is not None and verdict.kind not in item.judged_for:
            return None
    return verdict


def _judge(
    run: Run, undisturbed: Trace, plan: Plan, boundary: Boundary, settings: Settings
) -> Verdict | None:
    tier = tier_of(plan)
    if impolite := _impolite(run.trace, boundary):
        return impolite
    if tier != "deaths" and (more := _submitted_twice(run.trace, undisturbed, boundary)):
        return more._replace(error=run.error)
    if tier == "crashes":
        return _left_for_good(run, undisturbed, boundary) or _never_submitted(
            run, undisturbed, boundary
        )
    if run.error is None:
        return _left_for_good(run, undisturbed, boundary) or (
            _swallowed(run.trace, undisturbed, boundary) if tier == "deaths" else None
        )
    verdicts = [
        verdict
        for member in members(run.error, settings.expected)
        if (verdict := _judge_error(run, member, undisturbed, boundary, settings, tier))
    ]
    return min(verdicts, key=lambda verdict: OF_ERRORS.index(verdict.kind), default=None)


def _judge_error(
    run: Run,
    member: Member,
    undisturbed: Trace,
    boundary: Boundary,
    settings: Settings,
    tier: str,
) -> Verdict | None:
    error = member.error
    innermost, of_code = _broken_at(member, boundary)
    if innermost is None and not isinstance(error, (Endless, StuckError)):
        # It comes from a tool, such as the end of a fixture of pytest.
        return None
    is_the_codes = innermost is not None and boundary.is_code(innermost)
    place = of_code or innermost
    words = f"{type(error).__name__}: {error}"
    if isinstance(error, Endless):
        words = "the code goes on and on, and drops the StuckError that ends it"
        return Verdict(WAITS, _last_line(run.trace, boundary), words, error)
    if is_the_codes and not isinstance(error, AssertionError):
        if isinstance(error, StuckError):
            return Verdict(WAITS, place, words, error)
        is_expected = isinstance(error, settings.expected)
        if isinstance(error, CRASHES) and not is_expected:
            return Verdict(CRASHED, place, words, error)
        if left := _left(run.trace, undisturbed):
            return Verdict(LEFT_RUNNING, place, f"{words}, while {left} had not ended", error)
        if is_expected or (tier == "deaths" and not settings.expected):
            return None
        return Verdict(RAISED, place, words, error)
    if tier == "deaths" or isinstance(error, settings.expected):
        return None
    if is_about_records(error, innermost):
        return None
    if isinstance(error, StuckError):
        return Verdict(WAITS, place, words, error)
    if isinstance(error, CRASHES):
        return Verdict(CRASHED, place, words, error)
    is_assertion = isinstance(error, AssertionError) or not isinstance(error, Exception)
    return Verdict(BROKE_THE_TEST if is_assertion else RAISED, place, words, error)


def _broken_at(member: Member, boundary: Boundary) -> tuple[Place | None, Place | None]:
    """Return where an error was raised; a member of a group that never was, where the group was."""
    for error in (member.error, *member.groups):
        innermost, of_code = boundary.broken_at(error.__traceback__)
        if innermost is not None:
            return innermost, of_code
    return None, None


def _last_line(trace: Trace, boundary: Boundary) -> Place | None:
    return _line_of(trace.calls[-1], boundary) if trace.calls else None


def _line_of(call: TracedCall, boundary: Boundary) -> Place | None:
    return next((place for place in call.stack if boundary.is_code(place)), None)


def _submitted_twice(trace: Trace, undisturbed: Trace, boundary: Boundary) -> Verdict | None:
    if len(trace.jobs) <= len(undisturbed.jobs):
        return None
    before = undisturbed.submitted
    name = next(iter(trace.submitted - before))
    ids = {job.id for job in trace.jobs if job.name == name}
    calls = [
        call for call in trace.calls if call.operation in SUBMISSIONS and call.submitted in ids
    ]
    place = _line_of(calls[-1], boundary) if calls else None
    is_service = any(job.is_service for job in trace.jobs if job.name == name)
    check = f"batch_mock.assert_submitted({literal(name)}, times={before[name]})"
    if is_service or is_glob(name) or not before[name]:
        jobs = "service_jobs" if is_service else "jobs"
        count = sum(job.is_service == is_service for job in undisturbed.jobs)
        check = f"assert len(batch_mock.{jobs}) == {count}"
    times = f"{trace.submitted[name]:,} jobs {name!r} were submitted instead of {before[name]:,}"
    return Verdict(SUBMITTED_TWICE, place, times, check=check)


def _never_submitted(run: Run, undisturbed: Trace, boundary: Boundary) -> Verdict | None:
    """Find a job that a program which was killed and has ended well since has not submitted."""
    missing = undisturbed.submitted - run.trace.submitted
    if run.error is not None or len(run.trace.jobs) >= len(undisturbed.jobs) or not missing:
        return None
    name = next(iter(missing))
    calls = [call for call in run.trace.calls if call.fault]
    place = _line_of(calls[-1], boundary) if calls else None
    words = f"the program has run again, and {name!r} was never submitted"
    check = f"batch_mock.assert_submitted({literal(name)}, times={undisturbed.submitted[name]})"
    if any(job.is_service for job in undisturbed.jobs if job.name == name) or is_glob(name):
        check = f"assert {literal(name)} in [job.name for job in [*batch_mock.jobs, *batch_mock.service_jobs]]"
    return Verdict(NEVER_SUBMITTED, place, words, check=check)


def _left(trace: Trace, undisturbed: Trace) -> str:
    return ", ".join(map(repr, trace.left - undisturbed.left))


def _left_for_good(run: Run, undisturbed: Trace, boundary: Boundary) -> Verdict | None:
    names = [name for name in dict.fromkeys(run.for_good) if not undisturbed.left[name]]
    if not names:
        return None
    ids = {job.id for job in run.trace.jobs if job.name in names}
    calls = [call for call in run.trace.calls if call.submitted in ids]
    place = _line_of(calls[0], boundary) if calls else None
    words = f"{', '.join(map(repr, names))} will never end"
    check = "assert all(job.has_ended for job in batch_mock.jobs)"
    return Verdict(LEFT_RUNNING, place, words, check=check)


def _swallowed(trace: Trace, undisturbed: Trace, boundary: Boundary) -> Verdict | None:
    """Find a failed job that the code has seen, and after which it has done what it does after a success."""
    succeeded = {job.name for job in undisturbed.jobs if job.status == "SUCCEEDED"}
    failed = {
        job.id: job.name for job in trace.jobs if job.status == "FAILED" and job.name in succeeded
    }
    seen = [
        (call, failed[job_id])
        for call in trace.calls
        for job_id, status in call.shown
        if status == "FAILED" and job_id in failed and _line_of(call, boundary)
    ]
    if not seen or _changes(trace) != _changes(undisturbed):
        return None
    call, name = seen[-1]
    words = f"{name!r} has FAILED, and the code goes on as if it had SUCCEEDED"
    return Verdict(SWALLOWED, _line_of(call, boundary), words, is_tentative=True)


def _changes(trace: Trace) -> list[str]:
    return [call.operation for call in trace.calls if not call.operation.startswith(_READS)]


_READS: Final = ("Describe", "List", "Get")


def _impolite(trace: Trace, boundary: Boundary) -> Verdict | None:
    """Find requests that are repeated at once, again and again, after they were throttled."""
    rows: dict[Any, list[TracedCall]] = {}
    for call in trace.calls:
        if call.fault == "throttled()" and call.try_number == 1:
            rows.setdefault((call.operation, call.at_ms, call.stood_ms), []).append(call)
    for (operation, *_), calls in rows.items():
        if len(calls) >= _IMPATIENT:
            words = (
                f"{len(calls)} {operation} in a row, each throttled, without a pause between them"
            )
            check = (
                "refused = [call.at for call in batch_mock.calls if call.fault and call.try_number == 1]\n"
                f"assert max(map(refused.count, refused)) < {_IMPATIENT}"
            )
            return Verdict(IMPOLITE, _line_of(calls[0], boundary), words, check=check)
    return None
