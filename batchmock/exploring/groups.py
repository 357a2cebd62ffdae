"""The errors in exception groups, which the task groups of asyncio, trio and anyio raise."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple


class Member(NamedTuple):
    """An error, and the groups around it, innermost first."""

    error: BaseException
    groups: tuple[BaseException, ...] = ()


def members(
    error: BaseException,
    whole: tuple[type[BaseException], ...] = (),
    groups: tuple[BaseException, ...] = (),
) -> Iterator[Member]:
    """
    Yield the errors in a group, at any depth; an error that is no group is its only member.

    Args:
        error: the error or group.
        whole: types of groups that are not taken apart.
        groups: the groups around it, innermost first.
    """
    if not isinstance(error, (*_group_types(),)) or isinstance(error, whole):
        yield Member(error, groups)
        return
    group: Any = error
    for item in group.exceptions:
        yield from members(item, whole, (error, *groups))


def has_raised(error: BaseException | None, kind: type[BaseException]) -> bool:
    """Return whether an error is of a type, or is a group with such an error in it."""
    return error is not None and any(isinstance(item.error, kind) for item in members(error))


def _group_types() -> Iterator[type[BaseException]]:
    """Yield the type of groups; on Python 3.10 that of the backport, once somebody has imported it."""
    for module in (builtins, sys.modules.get("exceptiongroup")):
        kind = getattr(module, "BaseExceptionGroup", None)
        if kind is not None:
            yield kind
