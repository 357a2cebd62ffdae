"""The outcomes of explored tests: passed, failed, or failed as the marker xfail expects."""

from __future__ import annotations

from typing import Any

import pytest
from _pytest.skipping import xfailed_key


def have_passed(reports: list[pytest.TestReport]) -> bool:
    """Return whether a test has passed, expectedly or not."""
    return all(report.passed or _has_strictly_passed(report) for report in reports)


def _has_strictly_passed(report: pytest.TestReport) -> bool:
    return str(report.longrepr).startswith("[XPASS(strict)]")


def fail(reports: list[pytest.TestReport], text: str) -> None:
    """Turn the report of a test's body, or of its set-up, into a failure."""
    called = [report for report in reports if report.when == "call"] or reports[:1]
    called[0].outcome = "failed"
    called[0].longrepr = text


def expect(
    reports: list[pytest.TestReport], item: pytest.Item, errors: list[BaseException | None]
) -> None:
    """Turn the failure of an explored test into an expected one, if its marker xfail expects these errors."""
    expected = item.stash.get(xfailed_key, None)
    if expected is None or item.config.option.runxfail:
        return
    raises: Any = expected.raises
    for error in errors if raises is not None else ():
        is_type = isinstance(raises, (type, tuple))
        if error is None or not (isinstance(error, raises) if is_type else raises.matches(error)):
            return
    for report in reports:
        if report.failed:
            report.outcome = "skipped"
            vars(report)["wasxfail"] = expected.reason
