"""Event patterns of EventBridge rules, moved to the region and the account of the mock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from batchmock.operations.region import Region

#: An ARN of Batch, its beginning, or a pattern for ARNs.
_ARN: Final = re.compile(r"arn:[\w*-]+:batch:([\w*-]*):([\d*]*):(.*)", re.ASCII)


class Homes(NamedTuple):
    """The regions and accounts of the resources in a file."""

    regions: frozenset[str]
    accounts: frozenset[str]


def homes_of(arns: Iterable[Any]) -> Homes:
    """Return the regions and accounts in the ARNs of a file's resources."""
    found = [_ARN.fullmatch(arn) for arn in arns if isinstance(arn, str)]
    return Homes(
        frozenset(match[1] for match in found if match),
        frozenset(match[2] for match in found if match),
    )


def moved_pattern(pattern: Any, homes: Homes, region: Region) -> Any:
    """Return a pattern that matches the mock's events where the original matches those of the account."""
    if not isinstance(pattern, Mapping):
        return pattern
    moved = {name: _moved(item, region) for name, item in pattern.items()}
    for member, known, new in (
        ("region", homes.regions, region.name),
        ("account", homes.accounts, region.account_id),
    ):
        if isinstance(moved.get(member), list):
            moved[member] = [
                new if isinstance(item, str) and item in known else item for item in moved[member]
            ]
    return moved


def _moved(value: Any, region: Region) -> Any:
    if isinstance(value, Mapping):
        return {name: _moved(item, region) for name, item in value.items()}
    if isinstance(value, list):
        return [_moved(item, region) for item in value]
    found = _ARN.fullmatch(value) if isinstance(value, str) else None
    return value if found is None else region.foreign_arn("batch", found[3])
