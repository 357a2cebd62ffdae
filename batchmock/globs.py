"""Names that tests write as text: a name, a glob of names, or an ARN."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import translate
from functools import lru_cache


def is_glob(pattern: str) -> bool:
    """Return whether a name is a glob (`*`, `?`, `[...]`)."""
    return any(mark in pattern for mark in "*?[")


def is_arn(pattern: str) -> bool:
    """Return whether a name is an ARN, which may be a glob too."""
    return pattern.startswith("arn:")


@lru_cache(maxsize=1024)
def name_matcher(pattern: str) -> Callable[[str], bool]:
    """Return a predicate for names: equal to `pattern`, or matching it as a case-sensitive glob."""
    if not is_glob(pattern):
        return pattern.__eq__
    matches = re.compile(translate(pattern)).match
    return lambda name: name == pattern or matches(name) is not None


def matches_resource(pattern: str, name: str, arn: str) -> bool:
    """Return whether a name, an ARN, or a glob of either matches a resource."""
    return name_matcher(pattern)(arn if is_arn(pattern) else name)


def matches_definition(pattern: str, definition: str, queue_arn: str) -> bool:
    """
    Return whether a name, a name with a revision, an ARN of either, or a glob matches a job definition.

    Args:
        pattern: the name, ARN or glob.
        definition: the `name:revision` of the definition.
        queue_arn: the ARN of a job queue of the same account and region.
    """
    matches = name_matcher(pattern)
    found = definition_arn(definition, queue_arn) if is_arn(pattern) else definition
    return matches(found) or matches(found.rpartition(":")[0])


def definition_arn(definition: str, queue_arn: str) -> str:
    """Return the ARN of the `name:revision` of a job definition, from that of a queue in the same region."""
    return f"{queue_arn.rpartition(':')[0]}:job-definition/{definition}"
