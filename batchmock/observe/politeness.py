"""
Check whether calls would also work in production: without throttling, with every page read.

Sources: at most 100 ids in a DescribeJobs (API_DescribeJobs, documented); 50 SubmitJob and 5 SubmitServiceJob
per second and account (user guide, "Service quotas", documented). Other rates are not
published; one reading call per second is assumed to be acceptable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from batchmock.errors import BatchMockError
from batchmock.observe.calls import Call, check_operation, format_call
from batchmock.observe.times import elapsed

MAX_IDS: Final = 100
MINUTE_MS: Final = 60_000
#: The default budget of each reading operation, per minute of simulated time.
READING_BUDGET: Final = 60
BUDGETS: Final[Mapping[str, int]] = {"SubmitJob": 50 * 60, "SubmitServiceJob": 5 * 60}
#: Fewer consecutive DescribeJobs calls may be a coincidence.
MIN_LOOP: Final = 3
_READING: Final = ("Describe", "List", "Get")
_MAX_SHOWN: Final = 5


class Problem(NamedTuple):
    """A problem, and the calls that cause it."""

    text: str
    calls: Sequence[Call]


def impoliteness(
    calls: Sequence[Call],
    start_ms: int,
    *,
    calls_per_minute: int | Mapping[str, int] | None,
    within_ms: int,
    unread_pages: bool,
) -> str:
    """
    Return the message of an AssertionError about impolite calls; empty if there are none.

    Args:
        calls: oldest first.
        start_ms: the mock's first instant.
        calls_per_minute: the budget of each reading operation, or budgets by operation.
        within_ms: the longest pause between two calls of one loop.
        unread_pages: whether pages may stay unread.

    Raises:
        BatchMockError: a budget is not a whole number of calls, or is for no operation.
    """
    _check_budgets(calls_per_minute)
    problems = [*_loops(calls, start_ms, within_ms)]
    if not unread_pages:
        problems += _unread_pages(calls, start_ms)
    problems += _crowded_minutes(calls, start_ms, calls_per_minute)
    if not problems:
        return ""
    count = f"{len(problems)} problem{'' if len(problems) == 1 else 's'}"
    head = f"batchmock: the calls are not polite: they would cause {count} in production."
    numbered = [
        f"{number}. {problem.text}{_shown(problem.calls, start_ms)}"
        for number, problem in enumerate(problems, 1)
    ]
    return "\n".join([head, *numbered])


def _shown(calls: Sequence[Call], start_ms: int) -> str:
    lines = [f"\n   {format_call(call, start_ms)}" for call in calls[:_MAX_SHOWN]]
    more = len(calls) - len(lines)
    return "".join(lines) + (f"\n   {'':>9}  and {more:,} more" if more > 0 else "")


# DescribeJobs calls with fewer ids than possible


def _loops(calls: Sequence[Call], start_ms: int, within_ms: int) -> Iterator[Problem]:
    described = [call for call in calls if call.operation == "DescribeJobs" and not call.has_failed]
    wasteful = [
        loop
        for loop in _rounds(described, within_ms)
        if len(loop) >= MIN_LOOP and len(loop) > -(-sum(map(_ids, loop)) // MAX_IDS)
    ]
    if not wasteful:
        return
    worst = max(wasteful, key=len)
    again = f" There are {len(wasteful):,} such loops." if len(wasteful) > 1 else ""
    needed = -(-sum(map(_ids, worst)) // MAX_IDS)
    yield Problem(
        f"{len(worst):,} DescribeJobs in a row, from {elapsed(worst[0].at_ms - start_ms)} on, for "
        f"{sum(map(_ids, worst)):,} jobs. A call takes {MAX_IDS} ids: {needed:,} "
        f"{'call' if needed == 1 else 'calls'} would do.{again}",
        worst,
    )


def _ids(call: Call) -> int:
    return len(_jobs(call))


def _jobs(call: Call) -> list[str]:
    """Return the ids that a call passes; a refused one may have passed anything."""
    ids = call.params.get("jobs")
    return [item for item in ids if isinstance(item, str)] if isinstance(ids, list) else []


def _token(call: Call) -> str:
    """Return the token that a call passes; null and the empty text are none."""
    token = call.params.get("nextToken")
    return token if isinstance(token, str) else ""


def _rounds(calls: Sequence[Call], within_ms: int) -> Iterator[list[Call]]:
    """Split calls into loops: runs of calls that are close in time and repeat no id."""
    loop: list[Call] = []
    seen: set[str] = set()
    for call in calls:
        ids = _jobs(call)
        if loop and (call.at_ms - loop[-1].at_ms > within_ms or not seen.isdisjoint(ids)):
            yield loop
            loop, seen = [], set()
        loop.append(call)
        seen.update(ids)
    yield loop


# Pages that were not read


def _unread_pages(calls: Sequence[Call], start_ms: int) -> Iterator[Problem]:
    """Find replies with a `nextToken` that no later call of the operation passes."""
    waiting: dict[tuple[str, str], Call] = {}
    for call in calls:
        if not call.operation.startswith(_READING):
            continue
        waiting.pop((call.operation, _token(call)), None)
        token = (call.response or {}).get("nextToken")
        if token:
            waiting[call.operation, token] = call
    for operation in dict.fromkeys(call.operation for call in waiting.values()):
        unread = [call for call in waiting.values() if call.operation == operation]
        yield Problem(
            f"{operation} returned a nextToken that no later call passed, "
            f"{len(unread):,} time{'' if len(unread) == 1 else 's'}: the next page was not read. "
            "Use the client's paginator, or allow it with unread_pages=True.",
            unread,
        )


# Calls beyond the budget of a minute


def _check_budgets(budgets: int | Mapping[str, int] | None) -> None:
    if isinstance(budgets, Mapping):
        for operation in budgets:
            check_operation(operation, 'calls_per_minute={"DescribeJobs": 6}')
    for budget in budgets.values() if isinstance(budgets, Mapping) else (budgets,):
        if budget is not None and (
            isinstance(budget, bool) or not isinstance(budget, int) or budget < 0
        ):
            raise BatchMockError(
                f"batchmock: assert_polite() was given the budget {budget!r}. Pass a whole number of "
                'calls, or one for each operation: calls_per_minute={"DescribeJobs": 6}.'
            )


def _crowded_minutes(
    calls: Sequence[Call], start_ms: int, budgets: int | Mapping[str, int] | None
) -> Iterator[Problem]:
    by_operation: dict[str, list[Call]] = {}
    for call in calls:
        by_operation.setdefault(call.operation, []).append(call)
    for operation, made in by_operation.items():
        budget, counted = _budget(operation, made, budgets)
        crowd = [] if budget is None else _most_crowded(counted)
        if budget is not None and len(crowd) > budget:
            first, last = (elapsed(call.at_ms - start_ms) for call in (crowd[0], crowd[-1]))
            yield Problem(
                f"{len(crowd):,} {operation} in one minute of simulated time, from {first} to {last}; "
                f"the budget is {budget:,}. Wait longer between calls, request more in each call, or "
                "pass calls_per_minute.",
                crowd,
            )


def _budget(
    operation: str, calls: list[Call], budgets: int | Mapping[str, int] | None
) -> tuple[int | None, list[Call]]:
    """Return an operation's budget and the calls that count towards it; by default polling calls."""
    reads = operation.startswith(_READING)
    if isinstance(budgets, Mapping) and operation in budgets:
        return budgets[operation], calls
    if isinstance(budgets, int) and reads:
        return budgets, calls
    if reads:
        return READING_BUDGET, [call for call in calls if not _reads_on(call)]
    return BUDGETS.get(operation), calls


def _reads_on(call: Call) -> bool:
    """Return whether a call is part of a large read: a later page, or the maximum number of ids."""
    return _token(call) != "" or _ids(call) == MAX_IDS


def _most_crowded(calls: Sequence[Call]) -> Sequence[Call]:
    """Return the calls of the busiest minute."""
    best = (0, 0)
    first = 0
    for last, call in enumerate(calls):
        while call.at_ms - calls[first].at_ms >= MINUTE_MS:
            first += 1
        if last + 1 - first > best[1] - best[0]:
            best = (first, last + 1)
    return calls[slice(*best)]
