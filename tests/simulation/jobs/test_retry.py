from __future__ import annotations

import pytest

from batchmock.simulation.jobs.retry import (
    ExitRule,
    Failure,
    RetryDecision,
    RetryStrategy,
    decide,
    pattern_matches,
)

EXITED = "Essential container in task exited"
HOST = "Host EC2 (instance i-0123456789abcdef0) terminated."


@pytest.mark.parametrize(
    ("pattern", "value", "matches"),
    [
        (None, None, True),
        (None, "x", True),
        ("", None, False),
        ("", "", True),
        ("*", None, True),
        ("*", "", True),
        ("*", "anything", True),
        ("Host*", HOST, True),
        ("Host*", "Host", True),
        ("Host*", "host", False),
        ("Host*", None, False),
        ("Host", HOST, False),
        (HOST, HOST, True),
        ("*terminated.", HOST, False),
        ("Host*terminated.", HOST, False),
        ("Host*terminated.", "Host*terminated.", True),
        ("Host**", "Host*", True),
        ("Host**", "Host", False),
        ("1?", "11", False),
        ("[1]", "1", False),
        ("1", "1", True),
        ("1", "11", False),
    ],
)
def test_patterns(pattern: str | None, value: str | None, matches: bool) -> None:
    """A final `*` matches any rest, an inner one is literal, and a bare `*` also matches a missing value."""
    assert pattern_matches(pattern, value) is matches


@pytest.mark.parametrize(
    ("pattern", "value"), [("HOST*", "host x"), ("host x", "HOST X"), ("*", None)]
)
def test_patterns_without_case(pattern: str, value: str | None) -> None:
    """Patterns are case-sensitive by default."""
    assert pattern_matches(pattern, value, case_sensitive=False) is True


CAUSES = {
    "exit": Failure(EXITED, None, 1),
    "memory": Failure(EXITED, "OutOfMemoryError: Container killed due to memory usage", 137),
    "pull": Failure("Task failed to start", "CannotPullContainerError: no such image", None),
    "host": Failure(HOST, None, None),
}


@pytest.mark.parametrize(
    ("rule", "matched"),
    [
        (ExitRule(True), {"exit", "memory", "pull", "host"}),
        (ExitRule(True, on_exit_code="*"), {"exit", "memory", "pull", "host"}),
        (ExitRule(True, on_exit_code="1"), {"exit"}),
        (ExitRule(True, on_exit_code="1*"), {"exit", "memory"}),
        (ExitRule(True, on_reason="*"), {"exit", "memory", "pull", "host"}),
        (ExitRule(True, on_reason="CannotPull*"), {"pull"}),
        (ExitRule(True, on_status_reason="Host EC2*"), {"host"}),
        (ExitRule(True, on_status_reason=EXITED), {"exit", "memory"}),
        (ExitRule(True, on_status_reason=EXITED, on_exit_code="137"), {"memory"}),
        (ExitRule(True, EXITED, "OutOfMemory*", "1"), set()),
        (ExitRule(True, "*", "*", "*"), {"exit", "memory", "pull", "host"}),
    ],
)
def test_conditions(rule: ExitRule, matched: set[str]) -> None:
    """A rule matches when all of its conditions match."""
    assert {name for name, cause in CAUSES.items() if rule.matches(cause)} == matched


FIRST = ExitRule(True, on_exit_code="1")
SECOND = ExitRule(False, on_reason="*")


@pytest.mark.parametrize(
    ("strategy", "attempt", "failure", "decision"),
    [
        (
            RetryStrategy(),
            1,
            CAUSES["exit"],
            RetryDecision(False, "attempt 1 of 1 was the last"),
        ),
        (
            RetryStrategy(3),
            1,
            CAUSES["exit"],
            RetryDecision(True, "no evaluateOnExit rules and 2 of 3 attempts were left"),
        ),
        (
            RetryStrategy(3),
            3,
            CAUSES["exit"],
            RetryDecision(False, "attempt 3 of 3 was the last"),
        ),
        (
            RetryStrategy(3, (FIRST,)),
            1,
            CAUSES["host"],
            RetryDecision(True, "no evaluateOnExit rule matched and 2 of 3 attempts were left"),
        ),
        (
            RetryStrategy(3, (FIRST, SECOND)),
            2,
            CAUSES["exit"],
            RetryDecision(True, "evaluateOnExit rule 1 (RETRY on onExitCode '1')", 1),
        ),
        (
            RetryStrategy(3, (FIRST, SECOND)),
            1,
            CAUSES["host"],
            RetryDecision(False, "evaluateOnExit rule 2 (EXIT on onReason '*')", 2),
        ),
        (
            RetryStrategy(3, (SECOND, FIRST)),
            1,
            CAUSES["exit"],
            RetryDecision(False, "evaluateOnExit rule 1 (EXIT on onReason '*')", 1),
        ),
        (
            RetryStrategy(2, (FIRST,)),
            2,
            CAUSES["exit"],
            RetryDecision(False, "attempt 2 of 2 was the last"),
        ),
    ],
)
def test_decide(
    strategy: RetryStrategy, attempt: int, failure: Failure, decision: RetryDecision
) -> None:
    """The number of attempts decides first, then the first matching rule, and the default is a retry."""
    assert decide(strategy, attempt, failure) == decision


def test_decide_without_case() -> None:
    """`decide` passes case sensitivity on to the rules."""
    strategy = RetryStrategy(2, (ExitRule(False, on_status_reason=EXITED.upper()),))
    assert decide(strategy, 1, CAUSES["exit"]).retry is True
    assert decide(strategy, 1, CAUSES["exit"], case_sensitive=False).retry is False
