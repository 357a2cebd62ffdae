"""
`retryStrategy`: as the service shows it, and as the simulation decides by it.

Source: RetryStrategy and EvaluateOnExit (documented); lower-case actions and the empty list as
captured from DescribeJobs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from batchmock.simulation.retry import ExitRule, RetryStrategy

NO_RETRY: Final = RetryStrategy()


def shown_strategy(strategy: Mapping[str, Any]) -> dict[str, Any]:
    """Give a retry strategy as the service shows it: its rules a list, their actions in lower case."""
    rules = strategy.get("evaluateOnExit", [])
    return {
        "attempts": strategy["attempts"],
        "evaluateOnExit": [{**rule, "action": rule["action"].lower()} for rule in rules],
    }


def simulated_strategy(strategy: Mapping[str, Any] | None) -> RetryStrategy:
    """Give a retry strategy as the simulation uses it; none is one attempt."""
    if strategy is None:
        return NO_RETRY
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
