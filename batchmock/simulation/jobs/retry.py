"""
Whether a failed attempt is retried: attempts and evaluateOnExit.

Source: AWS Batch user guide, "Automated job retries", and EvaluateOnExit (documented): every condition
of a rule must match, a failure that no rule matches is retried, `*` is a wildcard at the end only. That the
first rule that matches decides is assumed. Whether patterns are case-sensitive is a policy.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple


class Failure(NamedTuple):
    """The values of a failed attempt that rules match; None where the attempt has none."""

    status_reason: str | None = None
    reason: str | None = None
    exit_code: int | None = None


class ExitRule(NamedTuple):
    """One `evaluateOnExit` entry; None for a condition that was not given."""

    retries: bool
    on_status_reason: str | None = None
    on_reason: str | None = None
    on_exit_code: str | None = None

    def matches(self, failure: Failure, *, case_sensitive: bool = True) -> bool:
        """Return whether every condition of the rule matches a failed attempt."""
        code = None if failure.exit_code is None else str(failure.exit_code)
        return all(
            pattern_matches(pattern, value, case_sensitive=case_sensitive)
            for pattern, value in (
                (self.on_status_reason, failure.status_reason),
                (self.on_reason, failure.reason),
                (self.on_exit_code, code),
            )
        )

    def __str__(self) -> str:
        conditions = {
            "onStatusReason": self.on_status_reason,
            "onReason": self.on_reason,
            "onExitCode": self.on_exit_code,
        }
        given = ", ".join(f"{name} {value!r}" for name, value in conditions.items() if value)
        return f"{'RETRY' if self.retries else 'EXIT'} on {given}"


def pattern_matches(pattern: str | None, value: str | None, *, case_sensitive: bool = True) -> bool:
    """
    Return whether a condition matches: None always does, `x*` matches a prefix, other text the whole value.

    A bare `*` also matches a missing value: AWS describes its own catch-all, `onReason: *`, as matching any
    reason, while ordinary exits have no reason (inferred).
    """
    if pattern is None:
        return True
    if not case_sensitive:
        pattern, value = pattern.lower(), None if value is None else value.lower()
    if pattern.endswith("*"):
        return (value or "").startswith(pattern[:-1])
    return value is not None and value == pattern


class RetryStrategy(NamedTuple):
    """How often a job may become RUNNABLE (1 to 10, the first time included), and its rules."""

    attempts: int = 1
    rules: tuple[ExitRule, ...] = ()


class RetryDecision(NamedTuple):
    """A decision after a failed attempt, and its cause: the number of the rule that matched, if any."""

    retry: bool
    why: str
    rule_number: int | None = None


def decide(
    strategy: RetryStrategy, attempt: int, failure: Failure, *, case_sensitive: bool = True
) -> RetryDecision:
    """Decide whether a job is retried after its failed attempt with this number."""
    if attempt >= strategy.attempts or not strategy.rules:
        return _decide_by_number(strategy.attempts, attempt)
    for number, rule in enumerate(strategy.rules, start=1):
        if rule.matches(failure, case_sensitive=case_sensitive):
            return RetryDecision(rule.retries, f"evaluateOnExit rule {number} ({rule})", number)
    return _retry("no evaluateOnExit rule matched", strategy.attempts, attempt)


@lru_cache(maxsize=128)
def _decide_by_number(attempts: int, attempt: int) -> RetryDecision:
    """Decide by the number of an attempt alone: the same decision for all jobs."""
    if attempt >= attempts:
        return RetryDecision(False, f"attempt {attempt} of {attempts} was the last")
    return _retry("no evaluateOnExit rules", attempts, attempt)


def _retry(why: str, attempts: int, attempt: int) -> RetryDecision:
    return RetryDecision(True, f"{why} and {attempts - attempt} of {attempts} attempts were left")
