"""
Whether a failed attempt is followed by another: attempts and evaluateOnExit.

Source: AWS Batch user guide, "Automated job retries", and EvaluateOnExit (documented): every condition
of a rule must match, no match means retry, `*` only at the end. Rules in order, first match decides
(assumed). Whether patterns mind case is a policy.
"""

from __future__ import annotations

from typing import NamedTuple


class Failure(NamedTuple):
    """What the rules see of a failed attempt; None where the attempt has no such thing."""

    status_reason: str | None = None
    reason: str | None = None
    exit_code: int | None = None


class ExitRule(NamedTuple):
    """One `evaluateOnExit` entry; None where a condition was not given."""

    retries: bool
    on_status_reason: str | None = None
    on_reason: str | None = None
    on_exit_code: str | None = None

    def matches(self, failure: Failure, *, case_sensitive: bool = True) -> bool:
        """Say whether every condition of the rule holds for a failed attempt."""
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
    Match one condition: absent always holds; `x*` is a prefix; otherwise the whole text.

    A bare `*` also matches a value that is absent, since AWS's own catch-all, `onReason: *`, is
    described as matching any reason while ordinary exits carry none (inferred).
    """
    if pattern is None:
        return True
    if not case_sensitive:
        pattern, value = pattern.lower(), None if value is None else value.lower()
    if pattern.endswith("*"):
        return (value or "").startswith(pattern[:-1])
    return value is not None and value == pattern


class RetryStrategy(NamedTuple):
    """How often a job may become RUNNABLE (1 to 10, the first time included), and the rules."""

    attempts: int = 1
    rules: tuple[ExitRule, ...] = ()


class RetryDecision(NamedTuple):
    """What was decided after a failed attempt, and why: the rule (1 for the first) that matched, if any."""

    retry: bool
    why: str
    rule_number: int | None = None


def decide(
    strategy: RetryStrategy, attempt: int, failure: Failure, *, case_sensitive: bool = True
) -> RetryDecision:
    """Decide whether the job is retried after failed attempt number `attempt`."""
    if attempt >= strategy.attempts:
        return RetryDecision(False, f"attempt {attempt} of {strategy.attempts} was the last")
    for number, rule in enumerate(strategy.rules, start=1):
        if rule.matches(failure, case_sensitive=case_sensitive):
            return RetryDecision(rule.retries, f"evaluateOnExit rule {number} ({rule})", number)
    left = strategy.attempts - attempt
    why = "no evaluateOnExit rule matched" if strategy.rules else "no evaluateOnExit rules"
    return RetryDecision(True, f"{why} and {left} of {strategy.attempts} attempts were left")
