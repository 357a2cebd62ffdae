"""
Whether the calls would do in production what they do in a test: no throttling, no page left unread.

Sources: at most 100 ids to a DescribeJobs (API_DescribeJobs, documented); 50 SubmitJob and 5
SubmitServiceJob a second for an account (user guide, "Service quotas", documented); other rates are not
published, and one reading call a second is assumed to be what a polite program needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from batchmock.errors import BatchMockError
from batchmock.observe.calls import Call
from batchmock.observe.timeline.times import elapsed
from batchmock.observe.told_calls import told

MOST_IDS: Final = 100
MINUTE_MS: Final = 60_000
#: Calls of any operation that reads, in a minute of simulated time.
READING_BUDGET: Final = 60
BUDGETS: Final[Mapping[str, int]] = {"SubmitJob": 50 * 60, "SubmitServiceJob": 5 * 60}
#: So many DescribeJobs in a row that one call could have done are a habit, fewer may be chance.
LEAST_ROUND: Final = 3
_READING: Final = ("Describe", "List", "Get")
_MOST_SHOWN: Final = 5


class Offence(NamedTuple):
    """Something impolite, and the calls that did it."""

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
    Say what is impolite about the calls, for an AssertionError; empty if nothing is.

    Args:
        calls: oldest first.
        start_ms: the mock's first instant.
        calls_per_minute: a budget for all reading calls of an operation, or one for each operation.
        within_ms: calls that are no further apart belong to the same loop.
        unread_pages: whether pages that nobody asks for are polite.

    Raises:
        BatchMockError: a budget is none.
    """
    offences = [*_loops(calls, start_ms, within_ms)]
    if not unread_pages:
        offences += _unread_pages(calls, start_ms)
    offences += _crowded_minutes(calls, start_ms, calls_per_minute)
    if not offences:
        return ""
    things = f"{len(offences)} thing{'' if len(offences) == 1 else 's'}"
    head = f"batchmock: the calls are not polite; in production {things} would hurt:"
    numbered = [
        f"{number}. {offence.text}{_shown(offence.calls, start_ms)}"
        for number, offence in enumerate(offences, 1)
    ]
    return "\n".join([head, *numbered])


def _shown(calls: Sequence[Call], start_ms: int) -> str:
    lines = [f"\n   {told(call, start_ms)}" for call in calls[:_MOST_SHOWN]]
    more = len(calls) - len(lines)
    return "".join(lines) + (f"\n   {'':>9}  and {more:,} more" if more > 0 else "")


# DescribeJobs that would have fitted into fewer calls


def _loops(calls: Sequence[Call], start_ms: int, within_ms: int) -> Iterator[Offence]:
    described = [call for call in calls if call.operation == "DescribeJobs" and not call.has_failed]
    wasteful = [
        loop
        for loop in _rounds(described, within_ms)
        if len(loop) >= LEAST_ROUND and len(loop) > -(-sum(map(_ids, loop)) // MOST_IDS)
    ]
    if not wasteful:
        return
    worst = max(wasteful, key=len)
    again = f" {len(wasteful):,} such loops in all." if len(wasteful) > 1 else ""
    needed = -(-sum(map(_ids, worst)) // MOST_IDS)
    yield Offence(
        f"{len(worst):,} DescribeJobs in a row, from {elapsed(worst[0].at_ms - start_ms)} on, for "
        f"{sum(map(_ids, worst)):,} jobs. A call takes {MOST_IDS} ids: {needed:,} would do.{again}",
        worst,
    )


def _ids(call: Call) -> int:
    return len(call.params.get("jobs", ()))


def _rounds(calls: Sequence[Call], within_ms: int) -> Iterator[list[Call]]:
    """Split calls into loops: close to one another in time, and no id asked for twice."""
    loop: list[Call] = []
    seen: set[str] = set()
    for call in calls:
        ids = call.params.get("jobs", ())
        if loop and (call.at_ms - loop[-1].at_ms > within_ms or not seen.isdisjoint(ids)):
            yield loop
            loop, seen = [], set()
        loop.append(call)
        seen.update(ids)
    yield loop


# Pages that nobody read


def _unread_pages(calls: Sequence[Call], start_ms: int) -> Iterator[Offence]:
    """Find replies with a `nextToken` that no later call of the operation gives back."""
    waiting: dict[tuple[str, str], Call] = {}
    for call in calls:
        if not call.operation.startswith(_READING):
            continue
        waiting.pop((call.operation, call.params.get("nextToken", "")), None)
        token = (call.response or {}).get("nextToken")
        if token:
            waiting[call.operation, token] = call
    for operation in dict.fromkeys(call.operation for call in waiting.values()):
        unread = [call for call in waiting.values() if call.operation == operation]
        yield Offence(
            f"{operation} answered with a nextToken that no later call gave back, "
            f"{len(unread):,} time{'' if len(unread) == 1 else 's'}: what stands on the next page "
            "was never seen. Use the client's paginator, or allow it with unread_pages=True.",
            unread,
        )


# More calls in a minute than the budget


def _crowded_minutes(
    calls: Sequence[Call], start_ms: int, budgets: int | Mapping[str, int] | None
) -> Iterator[Offence]:
    by_operation: dict[str, list[Call]] = {}
    for call in calls:
        by_operation.setdefault(call.operation, []).append(call)
    for operation, made in by_operation.items():
        budget, counted = _budget(operation, made, budgets)
        crowd = [] if budget is None else _most_crowded(counted)
        if budget is not None and len(crowd) > budget:
            first, last = (elapsed(call.at_ms - start_ms) for call in (crowd[0], crowd[-1]))
            yield Offence(
                f"{len(crowd):,} {operation} in one minute of simulated time, from {first} to {last}; "
                f"the budget is {budget:,}. Wait longer between calls, ask for more at once, or give "
                "calls_per_minute.",
                crowd,
            )


def _budget(
    operation: str, calls: list[Call], budgets: int | Mapping[str, int] | None
) -> tuple[int | None, list[Call]]:
    """Give an operation's budget and the calls that count: without one of its own, those that poll."""
    for budget in budgets.values() if isinstance(budgets, Mapping) else (budgets,):
        if budget is not None and (
            isinstance(budget, bool) or not isinstance(budget, int) or budget < 0
        ):
            raise BatchMockError(
                f"batchmock: assert_polite() was given {budget!r} as budget. Give a whole number of "
                'calls, or one for each operation: calls_per_minute={"DescribeJobs": 6}.'
            )
    reads = operation.startswith(_READING)
    if isinstance(budgets, Mapping) and operation in budgets:
        return budgets[operation], calls
    if isinstance(budgets, int) and reads:
        return budgets, calls
    if reads:
        return READING_BUDGET, [call for call in calls if not _reads_on(call)]
    return BUDGETS.get(operation), calls


def _reads_on(call: Call) -> bool:
    """Whether a call is one of several that a great many jobs take: a next page, or as many ids as fit."""
    params = call.params
    return "nextToken" in params or len(params.get("jobs", ())) == MOST_IDS


def _most_crowded(calls: Sequence[Call]) -> Sequence[Call]:
    """Give the calls of the minute in which there are most."""
    best = (0, 0)
    first = 0
    for last, call in enumerate(calls):
        while call.at_ms - calls[first].at_ms >= MINUTE_MS:
            first += 1
        if last + 1 - first > best[1] - best[0]:
            best = (first, last + 1)
    return calls[slice(*best)]
