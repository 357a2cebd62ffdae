"""
Filters of List calls by name: upper and lower case alike, a trailing `*` for any ending.

Source: KeyValuesPair of ListJobs and its kin (documented).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from batchmock.simulation.jobs.job import Job

Item = TypeVar("Item")


def name_test(value: str) -> Callable[[str], bool]:
    """Give the test whether a name is meant by the value of a filter."""
    wanted = value.lower()
    if wanted.endswith("*"):
        return lambda name: name.lower().startswith(wanted[:-1])
    return lambda name: name.lower() == wanted


def any_of(tests: Iterable[Callable[[Item], bool]]) -> Callable[[Item], bool]:
    """Give the test whether one of several passes."""
    listed = list(tests)
    return lambda item: any(test(item) for test in listed)


def is_named(values: Iterable[str]) -> Callable[[Job], bool]:
    """Give the test whether a job's name is meant by one of the values of a filter."""
    test = any_of(map(name_test, values))
    return lambda job: test(job.name)
