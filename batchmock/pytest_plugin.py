"""
The pytest plugin: fixtures, the marker, the ini options, and the report of a failed test.

It is loaded in every pytest run of an environment that has batchmock, so what is heavy (botocore,
boto3, the validators) is imported by the first test that asks for a fixture.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from batchmock.observe.started import STARTED, Reportable

if TYPE_CHECKING:
    from batchmock.mock import BatchMock

MARKER = "batch_mock"
#: The mocks that may have been used by a test, from its set-up to its teardown.
MOCKS = pytest.StashKey[list[Reportable]]()
INI_OPTIONS = {
    "batchmock_region": ("region", "region of the batch_mock fixture's clients that name none"),
    "batchmock_account_id": ("account_id", "account in the ARNs of the batch_mock fixture"),
    "batchmock_advance": (
        "advance",
        "who moves the clock of the batch_mock fixture: manual, poll, sleep or wall",
    ),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the ini options."""
    for name, (_, help_text) in INI_OPTIONS.items():
        parser.addini(name, help_text)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, so that `pytest --markers` explains it."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(**options): options of mock_batch for the batch_mock fixture of this test, "
        "e.g. region, account_id, start, stage_seconds, advance, speed, freeze, retention.",
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Keep track of the mocks that a test uses, however they are started."""
    with STARTED.keep_track() as mocks:
        item.stash[MOCKS] = mocks
        try:
            return (yield)
        finally:
            del item.stash[MOCKS]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to the report of a failed set-up, test, subtest or teardown what happened in its mocks."""
    report = yield
    mocks = item.stash.get(MOCKS, None)
    if mocks and report.failed:
        whole = item.config.get_verbosity() >= 2
        report.sections += _sections(mocks, whole=whole)
    return report


def _sections(mocks: list[Reportable], *, whole: bool) -> Iterator[tuple[str, str]]:
    for number, mock in enumerate(mocks, 1):
        name = "batchmock" if len(mocks) == 1 else f"batchmock {number} of {len(mocks)}"
        more = "" if whole else " (all of it with -vv)"
        yield f"{name}{more}", _told(mock, whole=whole)


def _told(mock: Reportable, *, whole: bool) -> str:
    """Ask a mock what happened; whatever state a test has left it in, the test's own report goes on."""
    try:
        return mock.report(whole=whole)
    except Exception as error:
        return f"batchmock: what happened can't be told: {error!r}"


def _options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Give the options for a test: ini options, then markers from the module's to the test's own."""
    options = {}
    for ini_name, (name, _) in INI_OPTIONS.items():
        value = request.config.getini(ini_name)
        if value:
            options[name] = value
    for marker in reversed(list(request.node.iter_markers(MARKER))):
        if marker.args:
            pytest.fail(
                f"batchmock: the marker {MARKER} takes options by name, and was given "
                f"{marker.args!r}: @pytest.mark.{MARKER}(region='eu-west-1')",
                pytrace=False,
            )
        options.update(marker.kwargs)
    return options


@pytest.fixture
def batch_mock(request: pytest.FixtureRequest) -> Iterator[BatchMock]:
    """A started `BatchMock`, with the options of the `batch_mock` marker and the ini file."""
    from batchmock import BatchMockError, mock_batch

    try:
        mock = mock_batch(**_options(request))
    except BatchMockError as error:
        pytest.fail(str(error), pytrace=False)
    with mock as started:
        yield started


@pytest.fixture
def batch_client(batch_mock: BatchMock) -> Any:
    """A boto3 client of AWS Batch, answered by the `batch_mock` of the same test."""
    import boto3

    return boto3.client("batch")
