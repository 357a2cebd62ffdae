"""
Retry rules of service jobs, which match the status reason.

Source: AWS Batch user guide, "Service job retry strategies" (documented: `*CapacityError*` is a common
pattern, so that an asterisk is a wildcard anywhere).
"""

from __future__ import annotations

from batchmock.simulation.jobs.retry import ExitRule, Failure


class ServiceExitRule(ExitRule):
    """One `evaluateOnExit` entry of a service job."""

    __slots__ = ()

    def matches(self, failure: Failure, *, case_sensitive: bool = True) -> bool:
        """Return whether the rule matches a failed attempt."""
        if self.on_status_reason is None:
            return True
        pattern, value = self.on_status_reason, failure.status_reason or ""
        if not case_sensitive:
            pattern, value = pattern.lower(), value.lower()
        return wildcard_matches(pattern, value)


def wildcard_matches(pattern: str, value: str) -> bool:
    """Return whether a text matches a pattern in which each asterisk matches any text."""
    first, *others = pattern.split("*")
    if not others:
        return value == pattern
    if not value.startswith(first):
        return False
    position = len(first)
    for part in others[:-1]:
        found = value.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    return value.endswith(others[-1]) and len(value) - len(others[-1]) >= position
