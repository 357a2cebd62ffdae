"""
Filters of ListContainerInstances, in the cluster query language.

Comparisons of `ec2InstanceId`, `agentConnected` and `attribute:NAME` by ==, !=, =~, in and !in are supported,
and several of them joined by `and`.
Source: "Cluster query language" in the developer guide of Amazon ECS (documented).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from batchmock.errors import UnsupportedError
from batchmock.observe.neighbours.container_instances import attributes
from batchmock.operations.region import Region
from batchmock.simulation.placement.hosts import Host

_COMPARISON: Final = re.compile(
    r"\s*(?P<subject>ec2InstanceId|agentConnected|attribute:[\w.-]+)\s*"
    r"(?P<operator>==|!=|=~|!?in\b|(?:not_equals|equals|matches)\b)\s*(?P<value>\[[^]]*\]|\S+)\s*"
)
_AND: Final = re.compile(r"\band\b|&&")

Predicate = Callable[[Host], bool]


def instance_filter(expression: str, region: Region, cluster: str) -> Predicate:
    """
    Return the predicate of a filter; an empty one matches every instance.

    Raises:
        UnsupportedError: the expression is more than comparisons joined by `and`.
    """
    if not expression.strip():
        return lambda _: True
    tests = []
    for part in _AND.split(expression):
        found = _COMPARISON.fullmatch(part)
        if found is None:
            raise UnsupportedError(
                f"batchmock: ListContainerInstances of cluster {cluster!r} has filter={expression!r}, and "
                f"{part.strip()!r} is not simulated. Compare ec2InstanceId or attribute:NAME by ==, !=, =~ or "
                "in, and join comparisons with `and`."
            )
        tests.append(_comparison(region, found["subject"], found["operator"], found["value"]))
    return lambda host: all(test(host) for test in tests)


def _comparison(region: Region, subject: str, operator: str, value: str) -> Predicate:
    values = [item.strip().strip("'\"") for item in value.strip("[]").split(",")]

    def matches(host: Host) -> bool:
        actual = _actual(region, host, subject)
        if operator in ("=~", "matches"):
            return actual is not None and re.fullmatch(values[0], actual) is not None
        return (actual in values) != operator.startswith(("!", "not"))

    return matches


def _actual(region: Region, host: Host, subject: str) -> str | None:
    if subject == "ec2InstanceId":
        return host.instance_id
    if subject == "agentConnected":
        return "true"
    return attributes(region, host).get(subject.partition(":")[2])
