"""
The pytest plugin: fixtures, the marker, the ini options, and the report of a failed test.

It is loaded in every pytest run of an environment that has batchmock, so what is heavy (botocore,
boto3, the validators) is imported by the first test that asks for a fixture.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from batchmock.observe.started import STARTED
from batchmock.pytest_report import MOCKS, FailureReports, add_options

if TYPE_CHECKING:
    from batchmock.mock import BatchMock

MARKER = "batch_mock"
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
    add_options(parser)
    for name, (_, help_text) in INI_OPTIONS.items():
        parser.addini(name, help_text)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, so that `pytest --markers` explains it, and add reports to failed tests."""
    config.pluginmanager.register(FailureReports(config), "batchmock reports")
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
