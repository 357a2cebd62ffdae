"""
`retryStrategy`: as the service shows it, and as the simulation uses it.

Source: RetryStrategy and EvaluateOnExit (documented); lower-case actions and the empty list as
captured from DescribeJobs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from batchmock.simulation.jobs.retry import ExitRule, RetryStrategy

NO_RETRY: Final = RetryStrategy()


def shown_strategy(strategy: RetryStrategy) -> dict[str, Any]:
    """Return a retry strategy as the service shows it: always with rules, actions in lower case."""
    return {
        "attempts": strategy.attempts,
        "evaluateOnExit": [_shown_rule(rule) for rule in strategy.rules],
    }


def _shown_rule(rule: ExitRule) -> dict[str, str]:
    shown = {
        name: condition
        for name, condition in (
            ("onStatusReason", rule.on_status_reason),
            ("onReason", rule.on_reason),
            ("onExitCode", rule.on_exit_code),
        )
        if condition is not None
    }
    shown["action"] = "retry" if rule.retries else "exit"
    return shown


def simulated_strategy(strategy: Mapping[str, Any]) -> RetryStrategy:
    """Return a retry strategy of a request as the simulation uses it."""
    rules = [
        ExitRule(
            rule["action"].lower() == "retry",
            rule.get("onStatusReason"),
            rule.get("onReason"),
            rule.get("onExitCode"),
        )
        for rule in strategy.get("evaluateOnExit", ())
    ]
    return RetryStrategy(strategy["attempts"], tuple(rules))
