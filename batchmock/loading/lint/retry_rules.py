"""Unreachable rules of evaluateOnExit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

_CONDITIONS: Final = ("onStatusReason", "onReason", "onExitCode")
_HIGHEST_EXIT_CODE: Final = 255


def unreachable_rules(strategy: Mapping[str, Any]) -> Iterator[str]:
    """Yield a message for each rule that can never decide a retry."""
    rules = strategy.get("evaluateOnExit", [])
    if rules and strategy.get("attempts", 1) == 1:
        yield "its rules of evaluateOnExit have no effect, because attempts is 1. Set attempts to 2 or more."
        return
    for number, rule in enumerate(rules, start=1):
        obstacle = next(_obstacles(rule), None)
        if obstacle is not None:
            yield f"rule {number} of evaluateOnExit never matches: {obstacle}."
            continue
        for earlier, other in enumerate(rules[: number - 1], start=1):
            if _covers(other, rule):
                yield (
                    f"rule {number} of evaluateOnExit never decides, because rule {earlier} matches "
                    "everything that it matches. Move it before that rule, or remove it."
                )
                break


def _obstacles(rule: Mapping[str, Any]) -> Iterator[str]:
    """Yield why a rule matches no failed attempt, whatever the rules before it."""
    for name in _CONDITIONS:
        pattern = rule.get(name, "")
        if "*" in pattern[:-1]:
            yield f"in {name} {pattern!r} an asterisk is a wildcard at the end only"
    code = rule.get("onExitCode")
    if code == "0":
        yield "onExitCode is '0', and a job that exits with 0 has succeeded"
    elif code is not None and not _is_possible(code):
        yield f"exit codes are 0 to {_HIGHEST_EXIT_CODE}, and onExitCode is {code!r}"


def _is_possible(pattern: str) -> bool:
    """Return whether an exit code can match a pattern."""
    if pattern.endswith("*"):
        return any(str(code).startswith(pattern[:-1]) for code in range(_HIGHEST_EXIT_CODE + 1))
    return pattern.isdecimal() and int(pattern) <= _HIGHEST_EXIT_CODE


def _covers(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> bool:
    """Return whether the earlier rule matches everything that the later one matches."""
    return all(
        _pattern_covers(earlier[name], later.get(name)) for name in _CONDITIONS if name in earlier
    )


def _pattern_covers(earlier: str, later: str | None) -> bool:
    if earlier == "*":
        return True
    if later is None:
        return False
    if earlier.endswith("*"):
        return later.removesuffix("*").startswith(earlier[:-1])
    return earlier == later
