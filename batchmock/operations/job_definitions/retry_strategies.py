"""
`retryStrategy`: as the service shows it, and as the simulation uses it.

Source: RetryStrategy and EvaluateOnExit (documented); lower-case actions and the empty list as
captured from DescribeJobs.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from marshal import dumps
from typing import Any, Final

from batchmock.caller import depth_of_caller
from batchmock.errors import BatchMockWarning
from batchmock.simulation.jobs.retry import ExitRule, RetryStrategy

NO_RETRY: Final = RetryStrategy()

#: Retry strategies without doubtful patterns, by their packed requests: many jobs have the same one.
_known: Final[dict[bytes, RetryStrategy]] = {}
_MOST_KNOWN: Final = 64

NEVER_MATCHES: Final = (
    "batchmock: the {name} pattern {pattern!r} of evaluateOnExit can never match: AWS Batch reads an "
    "asterisk as a wildcard at the end of a pattern only. Write the beginning of the text and one asterisk "
    "behind it."
)


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


def simulated_strategy(strategy: dict[str, Any]) -> RetryStrategy:
    """Return a retry strategy of a request as the simulation uses it; equal ones are the same object."""
    packed = dumps(strategy)
    simulated = _known.get(packed)
    if simulated is None:
        rules = [
            ExitRule(
                rule["action"].lower() == "retry",
                rule.get("onStatusReason"),
                rule.get("onReason"),
                rule.get("onExitCode"),
            )
            for rule in strategy.get("evaluateOnExit", ())
        ]
        simulated = RetryStrategy(strategy["attempts"], tuple(rules))
        if warn_of_patterns(rules):
            # Not kept, so that the next request with these rules is warned of as well.
            return simulated
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[packed] = simulated
    return simulated


def warn_of_patterns(rules: Iterable[ExitRule]) -> bool:
    """
    Warn of patterns that can never match: those with an asterisk that is not the last character.

    Returns:
        Whether there are any.

    Source: EvaluateOnExit (documented: a pattern can end with an asterisk). Whether the service refuses such a
    pattern is not known, so it is accepted.
    """
    found = False
    for rule in rules:
        for name, pattern in (
            ("onStatusReason", rule.on_status_reason),
            ("onReason", rule.on_reason),
            ("onExitCode", rule.on_exit_code),
        ):
            if pattern is not None and "*" in pattern[:-1]:
                found = True
                warnings.warn(
                    NEVER_MATCHES.format(name=name, pattern=pattern),
                    BatchMockWarning,
                    stacklevel=depth_of_caller(),
                )
    return found
