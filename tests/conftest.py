"""Fixtures for all tests, and a check of every reply against its output shape in botocore."""

from __future__ import annotations

import contextlib
import functools
import importlib
import pkgutil
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import botocore
import botocore.handlers
import botocore.session
import botocore.validate
import pytest
from botocore.exceptions import ParamValidationError

import batchmock
from batchmock import BatchMock, mock_batch
from batchmock.operations import STATES
from batchmock.operations.jobs.describe import describe_jobs, described_state
from batchmock.operations.region import Region

from .builders import KNOWS_ALL_MEMBERS, assert_in_order, shared_client

# pytester unloads what is first imported inside it. Modules with the state of the process, such as the patched
# sleeps, would then exist twice.
for module in pkgutil.walk_packages(batchmock.__path__, "batchmock."):
    if module.name not in ("batchmock.__main__", "batchmock.pytest_plugin"):
        with contextlib.suppress(ImportError):
            importlib.import_module(module.name)

START = "2026-01-02T03:04:05Z"

#: Folders and modules of slow tests: property tests, other packages, pages, and child processes.
SLOW = (
    "exploring",
    "plugins",
    "properties",
    "with_aiobotocore",
    "with_moto",
    "test_benchmarks.py",
    "test_docs.py",
    "test_engine_beside_moto.py",
    "test_examples.py",
    "test_layers.py",
    "test_main.py",
    "test_programs.py",
)


def _check_shape(parsed: dict[str, Any], model: Any, **_: Any) -> None:
    if "Error" in parsed or model.output_shape is None:
        return
    reply = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
    report = botocore.validate.ParamValidator().validate(reply, model.output_shape)
    # The shapes of JobDetail and DescribeServiceJob require startedAt, but the real service omits it before
    # RUNNING.
    left_out = ("Missing required parameter in jobs[", 'parameter in input: "startedAt"')
    found = [
        line
        for line in report.generate_report().splitlines()
        if line and not any(text in line for text in left_out)
    ]
    assert not found, f"{model.name} replied outside its output shape: {found}"
    if model.service_model.service_name == "batch":
        assert_in_order(model.output_shape, reply)


# botocore has no other way to reach the clients of every session that a test may create.
botocore.handlers.BUILTIN_HANDLERS.extend(
    [
        ("after-call.batch", _check_shape),
        ("after-call.cloudwatch-logs", _check_shape),
        ("after-call.ecs", _check_shape),
        ("after-call.ec2", _check_shape),
    ]
)


def _checked_state(region: Region, request: Mapping[str, Any]) -> object:
    """Read what a reply depends on, and check that it differs from an earlier one if the reply does."""
    state, reply = described_state(region, request), describe_jobs(region, request)
    # Kept by the region, so that both are freed together.
    of_region = vars(region).setdefault("described", {})
    earlier = of_region.get(str(request))
    if state is not None and earlier is not None and earlier[0] == state:
        assert earlier[1] == reply, "the cached reply would be stale"
    of_region[str(request)] = (state, reply)
    return state


STATES["DescribeJobs"] = _checked_state

# Share the loader: each session would read the service models again, and many tests create a session.
botocore.session.create_loader = functools.cache(botocore.session.create_loader)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out slow folders and modules, rather than import them, if the user wants no slow test."""
    return True if config.option.markexpr == "not slow" and _is_slow(collection_path) else None


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options of these tests."""
    parser.addoption(
        "--first-cases",
        action="store_true",
        help="run only the first case of each parametrized test",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests in slow folders and modules, and keep only first cases if the user wants that."""
    for item in items:
        if _is_slow(item.path):
            item.add_marker(pytest.mark.slow)
    if config.option.first_cases:
        first = {item.nodeid.split("[")[0]: item for item in reversed(items)}
        config.hook.pytest_deselected(
            items=[item for item in items if first[item.nodeid.split("[")[0]] is not item]
        )
        items[:] = [item for item in items if first[item.nodeid.split("[")[0]] is item]


@functools.cache
def _is_slow(path: Path) -> bool:
    folder = Path(__file__).parent
    if not path.is_relative_to(folder):
        return False
    return not {path.relative_to(folder).parts[0], path.name}.isdisjoint(SLOW)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    """Skip a test that needs a newer botocore than the installed one."""
    try:
        return (yield)
    except (AttributeError, ParamValidationError) as error:
        unknown = ("Unknown parameter in", "'Batch' object has no attribute")
        if KNOWS_ALL_MEMBERS or not any(text in str(error) for text in unknown):
            raise
        return pytest.skip(f"botocore {botocore.__version__}: {error}")


@pytest.fixture
def batch_mock() -> Iterator[BatchMock]:
    """A started mock whose clock begins at a fixed instant."""
    with mock_batch(region="us-east-1", start=START) as mock:
        yield mock


@pytest.fixture
def client(batch_mock: BatchMock) -> Any:
    """A boto3 client of AWS Batch on the mock, shared by all tests."""
    return shared_client()


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A pytester whose runs load a plugin for async tests only with `-p`."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:asyncio -p no:anyio")
    return pytester
