"""Generate Python code for learned outcomes, by job definition."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import ceil
from typing import Final

from batchmock.learning.attempts import EndedAttempt
from batchmock.outcomes import SIGKILL_EXIT_CODE

_QUANTILES: Final = ((0.1, "10%"), (0.5, "50%"), (0.9, "90%"), (1.0, "longest"))
_TIMED_OUT: Final = "Job attempt duration exceeded timeout"
_HOST: Final = "Host EC2"
#: The exit codes that `fail` takes.
_EXIT_CODES: Final = range(1, 256)

_HEADER: Final = '''\
"""
Outcomes of attempts in production, written by `python -m batchmock learn`.

Use one with `batch_mock.script("train-*", OUTCOMES["definition-1"]["succeeds, 50%"])`, or run a test with each:
`@pytest.mark.parametrize("outcome", OUTCOMES["definition-1"].values(), ids=OUTCOMES["definition-1"])`.
"""

from batchmock import Outcome, cannot_start, fail, hang, succeed, terminate_host

OUTCOMES: dict[str, dict[str, Outcome]] = {
'''

#: The key of a failure: exit code, reason, statusReason, and whether it ran.
_Failure = tuple[int | None, str | None, str | None, bool]


def script_of(attempts: Iterable[EndedAttempt], *, keep_names: bool) -> str:
    """Return a Python module with the outcomes, by job definition in alphabetical order."""
    by_definition: dict[str, list[EndedAttempt]] = defaultdict(list)
    for attempt in attempts:
        by_definition[attempt.definition].append(attempt)
    lines: list[str] = []
    for number, name in enumerate(sorted(by_definition), start=1):
        shown = name if keep_names else f"definition-{number}"
        lines += _definition(shown, by_definition[name])
    return _HEADER + "\n".join(lines) + "\n}\n"


def _definition(name: str, attempts: Sequence[EndedAttempt]) -> Iterator[str]:
    stopped = sum(attempt.was_stopped for attempt in attempts)
    also = f", of which {stopped} ended by CancelJob or TerminateJob" if stopped else ""
    yield f"    # {_counted(len(attempts))}{also}."
    yield f"    {name!r}: {{"
    ended = [attempt for attempt in attempts if not attempt.was_stopped]
    succeeded = [attempt for attempt in ended if attempt.succeeded]
    yield from _successes([one.seconds for one in succeeded if one.seconds is not None])
    yield from _failures([attempt for attempt in ended if not attempt.succeeded])
    yield "    },"


def _successes(seconds: list[float]) -> Iterator[str]:
    if not seconds:
        return
    yield f"        # {_counted(len(seconds))}: the seconds that this share of them stayed within."
    for share, label in _QUANTILES:
        yield f"        {f'succeeds, {label}'!r}: succeed(after={quantile(seconds, share)!r}),"


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that a given share of the values does not exceed."""
    return sorted(values)[max(0, ceil(share * len(values)) - 1)]


def _failures(attempts: Sequence[EndedAttempt]) -> Iterator[str]:
    """Yield the distinct failures, the most frequent first."""
    found: dict[_Failure, list[float]] = defaultdict(list)
    counts: dict[_Failure, int] = defaultdict(int)
    for one in attempts:
        key = (one.exit_code, one.reason, one.status_reason, one.seconds is not None)
        counts[key] += 1
        if one.seconds is not None:
            found[key].append(one.seconds)
    order = sorted(counts, key=lambda key: (-counts[key], repr(key)))
    for number, key in enumerate(order, start=1):
        yield f"        # {_counted(counts[key])}{_deviation(key)}."
        yield f"        'fails {number}': {_outcome(key, found[key])},"


def _outcome(failure: _Failure, seconds: list[float]) -> str:
    """Return the call that makes an attempt fail in this way, after the median of its durations."""
    exit_code, reason, status_reason, has_run = failure
    if status_reason == _TIMED_OUT:
        return _hang(exit_code)
    words = [f"status_reason={status_reason!r}"] if status_reason else []
    if not has_run:
        return f"cannot_start({', '.join([repr(reason or ''), *words])})"
    after = f"after={quantile(seconds, 0.5)!r}"
    if not exit_code and (status_reason or "").startswith(_HOST):
        return f"terminate_host({after})"
    reasons = [f"reason={reason!r}"] if reason else []
    return f"fail({', '.join([_possible(exit_code), *reasons, *words, after])})"


def _deviation(failure: _Failure) -> str:
    """Return what the outcome of a failure lacks: an exit code that `fail` does not take."""
    exit_code, _, status_reason, _ = failure
    if exit_code is None or exit_code in _EXIT_CODES or status_reason == _TIMED_OUT:
        return ""
    return f", with exit code {exit_code}, which fail() does not have"


def _hang(exit_code: int | None) -> str:
    """Return the call for an attempt that a timeout ended."""
    is_usual = exit_code is None or exit_code == SIGKILL_EXIT_CODE
    is_possible = exit_code == 0 or exit_code in _EXIT_CODES
    return "hang()" if is_usual or not is_possible else f"hang(on_sigterm={exit_code})"


def _possible(exit_code: int | None) -> str:
    """Return the exit code that `fail` takes for one: Windows has others, and 0 is none that fails."""
    if not exit_code:
        return "None"
    return str(exit_code if exit_code in _EXIT_CODES else _EXIT_CODES[-1])


def _counted(count: int) -> str:
    return f"{count} attempt" if count == 1 else f"{count} attempts"
