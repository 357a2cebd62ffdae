"""The classes of rules, and functions that rules share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

Params = dict[str, Any]

# The source of captured texts; a rule's source adds the name of the page or folder.
PREFLIGHT = "captured: github.com/badmintoncryer/cdk-preflight rules/batch/pf-batch-"


@dataclass(frozen=True, slots=True)
class Rule:
    """
    One row: a combination of members that is refused.

    Args:
        operations: the operations that it applies to.
        name: the rule in a few words.
        violated_by: returns the service's text if the request violates the rule, otherwise None.
        source: where the rule and its text come from, with their grade.
        wrapped: whether the text is sent with the wrapper of checks on the body.
        needs: a member of the request; the rule is tried only if it is present.
    """

    operations: tuple[str, ...]
    name: str
    violated_by: Callable[[Params], str | None]
    source: str
    wrapped: bool = True
    needs: str | None = None


@dataclass(frozen=True, slots=True)
class BlockRule:
    """
    One row: a combination of members of a block (a container, a task, a pod) that is refused.

    Args:
        name: the rule in a few words.
        violated_by: takes the block and the platform of its job definition; returns the text or None.
        source: where the rule and its text come from, with their grade.
        needs: a member of the block; the rule is tried only if it is present.
        platform: the only platform on which the rule is tried.
    """

    name: str
    violated_by: Callable[[Params, str], str | None]
    source: str
    needs: str | None = None
    platform: str | None = None


class BlockRules(tuple[BlockRule, ...]):
    """A table of rules for one kind of block, in the order in which they are tried."""

    # By platform: the members that consecutive rules need, with the predicates of the rules.
    _tried_on: dict[str, list[tuple[str | None, list[Callable[[Params, str], str | None]]]]]

    def __init__(self, rules: Iterable[BlockRule]) -> None:
        self._tried_on = {}

    def problem(self, block: Params, platform: str) -> str | None:
        """Return the text for the first rule that the block violates, or None."""
        tried = self._tried_on.get(platform)
        if tried is None:
            rules = [rule for rule in self if rule.platform in (None, platform)]
            tried = self._tried_on[platform] = [
                (needs, [rule.violated_by for rule in neighbours])
                for needs, neighbours in groupby(rules, key=lambda rule: rule.needs)
            ]
        for needs, tests in tried:
            if needs is None or needs in block:
                for violated_by in tests:
                    text = violated_by(block, platform)
                    if text is not None:
                        return text
        return None


def repeated(values: Iterable[Hashable]) -> bool:
    """Return whether a value occurs more than once."""
    listed = list(values)
    return len(set(listed)) < len(listed)


def text_if(violated: object, text: str) -> str | None:
    """Return the text when the rule is violated."""
    return text if violated else None
