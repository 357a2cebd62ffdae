"""Retry rules of service jobs."""

from __future__ import annotations

import pytest

from batchmock.simulation.jobs.retry import Failure
from batchmock.simulation.service_jobs.retry import ServiceExitRule

REASON = "Received status from SageMaker: CapacityError: none left"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*CapacityError*", True),
        ("Received*: none left", True),
        ("*", True),
        ("**", True),
        ("*:*:*", True),
        (REASON, True),
        (f"{REASON}*", True),
        ("*CapacityError", False),
        ("CapacityError*", False),
        ("*:*:*:*", False),
        ("*left*left", False),
        ("*capacityerror*", False),
        ("", False),
        (None, True),
    ],
)
def test_an_asterisk_is_a_wildcard_anywhere(pattern: str | None, expected: bool) -> None:
    """The parts of a pattern follow each other in the status reason, without overlap."""
    assert ServiceExitRule(True, pattern).matches(Failure(REASON)) is expected


def test_letter_case_can_be_ignored() -> None:
    """The policy for patterns covers service jobs."""
    rule = ServiceExitRule(True, "*capacityerror*")

    assert rule.matches(Failure(REASON), case_sensitive=False)


def test_many_asterisks_take_no_time() -> None:
    """A pattern of the greatest length is matched in one pass."""
    rule = ServiceExitRule(True, "*a" * 256 + "b")

    assert not rule.matches(Failure("a" * 100_000))
