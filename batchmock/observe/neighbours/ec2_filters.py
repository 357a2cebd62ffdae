"""
The filters of DescribeInstances.

Source: DescribeInstances (documented: filters are joined by AND and their values by OR; `*` and `?` are
wildcards, and values are case-sensitive).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

from batchmock.observe.neighbours import ec2_instances as shown
from batchmock.observe.neighbours.instances import Instance

#: Returns the values of an instance that a filter is compared with.
Values = Callable[[Instance, int], Iterable[str]]

_TAG: Final = "tag:"

#: The filters, except `tag:<key>`.
FILTERS: Final[Mapping[str, Values]] = {
    "architecture": lambda instance, _: [shown.architecture(instance)],
    "availability-zone": lambda instance, _: [shown.availability_zone(instance)],
    "image-id": lambda instance, _: [shown.image_id(instance)],
    "instance-id": lambda instance, _: [instance.host.instance_id],
    "instance-lifecycle": lambda instance, _: ["spot"] if shown.is_spot(instance) else [],
    "instance-state-code": lambda instance, now_ms: [str(shown.state(instance, now_ms)[0])],
    "instance-state-name": lambda instance, now_ms: [shown.state(instance, now_ms)[1]],
    "instance-type": lambda instance, _: [instance.host.instance_type],
    "owner-id": lambda instance, _: [instance.region.account_id],
    "private-dns-name": lambda instance, _: [shown.private_dns_name(instance)],
    "private-ip-address": lambda instance, _: [shown.private_ip(instance)],
    "subnet-id": lambda instance, _: [shown.subnet_id(instance)],
    "tag-key": lambda instance, _: shown.tags(instance),
    "vpc-id": lambda instance, _: [shown.vpc_id(instance)],
}


def are_about(filters: Iterable[Mapping[str, Any]], ids: Collection[str]) -> bool:
    """
    Return whether filters select none but instances of AWS Batch: by id, or by the tag of the service.

    Args:
        filters: the filters.
        ids: the ids of these instances.
    """
    for item in filters:
        name, values = item.get("Name", ""), item.get("Values", [])
        if name == "instance-id" and values and all(value in ids for value in values):
            return True
        if name == f"{_TAG}{shown.SERVICE_TAG}" or (
            name == "tag-key" and list(values) == [shown.SERVICE_TAG]
        ):
            return True
    return False


def matches_all(instance: Instance, filters: Iterable[Mapping[str, Any]], now_ms: int) -> bool:
    """Return whether an instance matches every filter; all of them are simulated."""
    return all(_matches(instance, item, now_ms) for item in filters)


def unsupported(filters: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the names of the filters that are not simulated."""
    names = [item.get("Name", "") for item in filters]
    return [name for name in names if name not in FILTERS and not name.startswith(_TAG)]


def _matches(instance: Instance, wanted: Mapping[str, Any], now_ms: int) -> bool:
    name = wanted.get("Name", "")
    if name.startswith(_TAG):
        tags = shown.tags(instance)
        key = name.removeprefix(_TAG)
        actual: Iterable[str] = [tags[key]] if key in tags else []
    else:
        actual = FILTERS[name](instance, now_ms)
    patterns = [_pattern(value) for value in wanted.get("Values", ())]
    return any(pattern.fullmatch(value) for value in actual for pattern in patterns)


def _pattern(value: str) -> re.Pattern[str]:
    parts = (
        {"*": ".*", "?": "."}.get(part, re.escape(part)) for part in re.split(r"([*?])", value)
    )
    return re.compile("".join(parts), re.DOTALL)
