"""
The filters of List operations: by name, and by the time of creation.

Names match in any letter case, and a trailing `*` matches any ending.

Source: KeyValuesPair of ListJobs, ListServiceJobs and ListConsumableResources (documented).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Protocol, TypeVar

from batchmock.errors import ServiceError

# Documented: the value is a number of milliseconds since the epoch as text. The text is assumed.
BAD_TIME: Final = "Filter {name} must be a time in milliseconds since the epoch, got {value}."
# Documented: the names of the filters. The text is assumed.
UNKNOWN_FILTER: Final = "Filter {name} is not one of {names}."

#: The digits of the largest number of 64 bits.
_MOST_DIGITS: Final = 19

Item = TypeVar("Item")


class Listed(Protocol):
    """The members of a job or service job that filters read."""

    name: str
    created_at_ms: int


def filter_test(
    filters: Mapping[str, Callable[[list[str]], Callable[[Item], bool]]], sent: Mapping[str, Any]
) -> Callable[[Item], bool]:
    """
    Return the test for a filter of a request; without values nothing passes (assumed).

    Args:
        filters: the operation's filters: from name to a factory of tests.
        sent: `{"name": ..., "values": [...]}`.

    Raises:
        ServiceError: the operation has no such filter, or a value is not a time.
    """
    name: str = sent["name"]
    if name not in filters:
        raise ServiceError(UNKNOWN_FILTER.format(name=name, names=", ".join(filters)))
    values = sent.get("values")
    return filters[name](values) if values else _nothing


def _nothing(_: object) -> bool:
    return False


def named_filters(request: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the filters of a request that have a name; others match everything (assumed)."""
    return [item for item in request.get("filters", ()) if "name" in item]


def name_test(value: str) -> Callable[[str], bool]:
    """Return a test whether a name matches one value of a filter."""
    wanted = value.lower()
    if wanted.endswith("*"):
        return lambda name: name.lower().startswith(wanted[:-1])
    return lambda name: name.lower() == wanted


def any_of(tests: Iterable[Callable[[Item], bool]]) -> Callable[[Item], bool]:
    """Return a test whether any of several tests passes."""
    listed = list(tests)
    return lambda item: any(test(item) for test in listed)


def is_named(values: Iterable[str]) -> Callable[[Listed], bool]:
    """Return a test whether a job's name matches one of several values."""
    test = any_of(map(name_test, values))
    return lambda job: test(job.name)


def created_before(values: Iterable[str]) -> Callable[[Listed], bool]:
    """Return a test whether a job was created before all of several instants."""
    first_ms = min(_instant("BEFORE_CREATED_AT", value) for value in values)
    return lambda job: job.created_at_ms < first_ms


def created_after(values: Iterable[str]) -> Callable[[Listed], bool]:
    """Return a test whether a job was created after all of several instants."""
    last_ms = max(_instant("AFTER_CREATED_AT", value) for value in values)
    return lambda job: job.created_at_ms > last_ms


def _instant(name: str, value: str) -> int:
    if not value.isdecimal() or len(value) > _MOST_DIGITS:
        raise ServiceError(BAD_TIME.format(name=name, value=value))
    return int(value)
