"""
The pytest plugin: fixtures, the marker, the ini options, and the report of a failed test.

Every pytest run in an environment with batchmock loads this module, so heavy imports (botocore, boto3, the
validators) wait for the first test that uses a fixture.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest

from batchmock.observe.started import STARTED
from batchmock.pytest_imports import OwnModules
from batchmock.pytest_report import (
    EXPLORE_MARKER,
    EXPLORED,
    MOCKS,
    START,
    TITLE,
    WORLD,
    FailureReports,
    add_options,
)

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient

    from batchmock.mock import BatchMock
    from batchmock.serving import Server

MARKER: Final = "batch_mock"
#: Misspellings of the marker, unless a project registers them itself.
MISTAKEN_MARKERS: Final = ("batchmock", "mock_batch", "batch_mocks")
#: The attribute that `mock_batch` sets on decorated functions and classes.
DECORATED: Final = "__batchmock_decorated__"
#: Whether the body of a test has passed.
HAS_PASSED = pytest.StashKey[bool]()
#: The misspelt markers rejected in this run.
MISTAKEN = pytest.StashKey[frozenset[str]]()

#: Every option that can be written as text, with its help.
INI_OPTIONS: Final = {
    "batchmock_region": "region of clients that name none",
    "batchmock_account_id": "account in the ARNs, twelve digits",
    "batchmock_start": "first instant of the clock: ISO 8601 or Unix seconds",
    "batchmock_stage_seconds": "duration of each lifecycle stage, in seconds",
    "batchmock_resource_seconds": "how long resources are CREATING, UPDATING and DELETING",
    "batchmock_advance": "who moves the clock: manual, poll, sleep or wall",
    "batchmock_speed": "simulated seconds per real second, with advance = wall",
    "batchmock_freeze": "whether time.time() and datetime.now() agree with the clock",
    "batchmock_seed": "seed of the ids, a whole number",
    "batchmock_retention": "how long finished jobs stay visible, in seconds",
    "batchmock_visibility_lag": "how long after SubmitJob a job is not shown yet, in seconds",
    "batchmock_stop_grace_seconds": "time from SIGTERM to SIGKILL, in seconds",
    "batchmock_launch_seconds": "how long a new EC2 instance takes until it takes jobs, in seconds",
    "batchmock_strict": "whether what a test prepared and never used is an error",
    "batchmock_pass_logs": "whether requests to CloudWatch Logs that are not answered go to AWS",
    "batchmock_stuck_after": "how many moves of time in vain raise StuckError, a whole number",
    "batchmock_whole_way": "whether every call goes through botocore's sending",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the ini options."""
    add_options(parser)
    _add_options_of_explore(parser)
    for name, help_text in INI_OPTIONS.items():
        parser.addini(name, f"batch_mock fixture: {help_text}")


def _add_options_of_explore(parser: pytest.Parser) -> None:
    """Declare the options of explored tests."""
    group = parser.getgroup("batchmock")
    group.addoption(
        "--batch-explore",
        action="store_true",
        help="explore every test that uses batch_mock: run it again with one thing going wrong at a time",
    )
    group.addoption(
        "--batch-explore-tiers",
        metavar="TIERS",
        help="the tiers to explore, such as weather,losses,deaths,crashes (default: weather,losses)",
    )
    group.addoption(
        "--batch-explore-seconds",
        metavar="SECONDS",
        help="the longest time for each explored test, in seconds (default: 10)",
    )
    group.addoption(
        "--batch-explore-fork",
        action="store_true",
        help="run each run of an explored test in a process of its own, on POSIX",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, so that `pytest --markers` explains it, and add reports to failed tests."""
    own_modules = OwnModules()
    own_modules.install()
    config.add_cleanup(own_modules.uninstall)
    config.pluginmanager.register(FailureReports(config), "batchmock reports")
    config.pluginmanager.register(Explorations(config), "batchmock explorations")
    registered = {line.split(":")[0].split("(")[0].strip() for line in config.getini("markers")}
    config.stash[MISTAKEN] = mistaken = frozenset(MISTAKEN_MARKERS) - registered
    config.addinivalue_line(
        "markers",
        f"{MARKER}(**options): options of mock_batch for the batch_mock fixture of this test, "
        "e.g. region, account_id, start, stage_seconds, advance, speed, freeze, retention. A marked test "
        "uses the fixture, whether it has it as an argument or not.",
    )
    config.addinivalue_line(
        "markers",
        f"{EXPLORE_MARKER}(tiers=('weather', 'losses'), expected=(), seconds=10, depth=2, without=(), "
        "runs=None, fork=False): run the test again and again, with one thing going wrong at a time.",
    )
    for name in sorted(mistaken):
        # Registered with pytest, so that our error, which names the right marker, is raised instead of
        # pytest's.
        config.addinivalue_line("markers", f"{name}: an error; the marker is named {MARKER}.")


class Explorations:
    """
    The pytest plugin that explores tests.

    Args:
        config: pytest's configuration.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._explores_all = config.getoption("batch_explore")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> object | None:
        """Explore a marked test, or one that uses a mock under `--batch-explore`."""
        is_marked = item.get_closest_marker(EXPLORE_MARKER) is not None
        if not is_marked and not (self._explores_all and _uses_mock(item)):
            return None
        from batchmock.pytest_explore import ExploredTests

        explored = ExploredTests(self._config, HAS_PASSED)
        return explored.explore(item, nextitem, is_marked=is_marked)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """List the explored tests, and how far each exploration got."""
        reports = [report for kind in terminalreporter.stats.values() for report in kind]
        explored = [vars(report)[EXPLORED] for report in reports if EXPLORED in vars(report)]
        if explored:
            terminalreporter.section(TITLE)
            for line in dict.fromkeys(explored):
                terminalreporter.write_line(line)


def _uses_mock(item: pytest.Item) -> bool:
    """Return whether a test uses the fixture, or is decorated."""
    decorated = (getattr(item, "function", None), getattr(item, "cls", None))
    return MARKER in getattr(item, "fixturenames", ()) or any(
        getattr(one, DECORATED, None) is not None for one in decorated
    )


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Fail the collection of tests with a misspelt marker, and guard the set-up of marked classes."""
    if isinstance(collector, pytest.Class):
        _guard_class_set_ups(collector)
    report = yield
    mistaken = collector.config.stash[MISTAKEN]
    for node in report.result or ():
        for marker in node.own_markers:
            if marker.name in mistaken:
                report.outcome = "failed"
                report.longrepr = (
                    f"batchmock: {node.nodeid} has the marker {marker.name!r}, which does nothing. "
                    f"Write @pytest.mark.{MARKER}, with options if any: "
                    f"@pytest.mark.{MARKER}(region='eu-west-1')."
                )
                report.result = []
                return report
    return report


def _guard_class_set_ups(collector: pytest.Class) -> None:
    """Refuse requests in `setup_class` of a marked class, because its mocks start later."""
    test_class = collector.obj  # pytest adds the markers of a class when this is read
    marker = collector.get_closest_marker(MARKER)
    if marker is not None:
        from batchmock.decorator.class_set_ups import guard_class_set_ups

        region = marker.kwargs.get("region") or collector.config.getini("batchmock_region")
        guard_class_set_ups(test_class, lambda: region)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Add the fixture to tests with the marker, like `usefixtures`."""
    for item in items:
        names = getattr(item, "fixturenames", None)
        if names is None or MARKER in names or item.get_closest_marker(MARKER) is None:
            continue
        # A new list, because parametrized tests of one function share theirs.
        vars(item)["fixturenames"] = _with_fixture(item, names)


def _with_fixture(item: pytest.Item, names: list[str]) -> list[str]:
    """Insert the fixture before the first other function-scoped one."""
    known = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    for index, name in enumerate(names):
        if known.get(name) and known[name][-1].scope == "function":
            return [*names[:index], MARKER, *names[index:]]
    return [*names, MARKER]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a test that would have two mocks: by the decorator, and by the fixture."""
    if MARKER not in getattr(item, "fixturenames", ()):
        return
    for decorated in (getattr(item, "function", None), getattr(item, "cls", None)):
        mock = getattr(decorated, DECORATED, None)
        if mock is not None:
            kind = "marker" if item.get_closest_marker(MARKER) else "fixture"
            pytest.fail(_two_mocks(item.name, repr(mock), kind), pytrace=False)


def _two_mocks(test: str, decorator: str, kind: str) -> str:
    marker = decorator.replace("mock_batch", f"pytest.mark.{MARKER}", 1).removesuffix("()")
    return (
        f"batchmock: {test} is decorated with {decorator} and uses the {kind} {MARKER} as well, directly or "
        "through batch_client or another fixture: that makes two mocks, and the client would belong to "
        f"one and the test to the other. Remove the decorator and write @{marker} for its options."
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Keep track of the mocks that a test uses, however they are started, and restore the region after them."""
    region = os.environ.get("AWS_DEFAULT_REGION")
    with STARTED.keep_track() as mocks:
        item.stash[MOCKS] = mocks
        item.stash[HAS_PASSED] = False
        try:
            return (yield)
        finally:
            del item.stash[MOCKS]
            if mocks:
                from batchmock.interception import hooks

                hooks.put_back_region(region)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Record whether the body of a test has passed, for the check of `strict`."""
    report = yield
    if call.when == "call":
        item.stash[HAS_PASSED] = report.passed
    return report


def _options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return the options for a test: ini options, then markers from the module's to the test's own."""
    from batchmock.options import option_of_ini

    options = {}
    for ini_name in INI_OPTIONS:
        text = request.config.getini(ini_name)
        if text:
            name = ini_name.removeprefix("batchmock_")
            options[name] = option_of_ini(name, text)
    for marker in reversed(list(request.node.iter_markers(MARKER))):
        if marker.args:
            pytest.fail(
                f"batchmock: the marker {MARKER} got {', '.join(map(repr, marker.args))}. Pass options by "
                f"name: @pytest.mark.{MARKER}(region='eu-west-1').",
                pytrace=False,
            )
        options.update(marker.kwargs)
    return options


@pytest.fixture
def batch_mock(request: pytest.FixtureRequest) -> Iterator[BatchMock]:
    """A started `BatchMock`, with the options of the `batch_mock` marker and the ini file."""
    from batchmock import BatchMockError, mock_batch

    stash = request.node.stash
    world = stash.get(WORLD, None)
    if world is None:
        start = stash.get(START, None)
        try:
            options = _options(request)
            if start is not None and options.get("start") is None:
                options["start"] = start
            starter = mock_batch(**options)
        except BatchMockError as error:
            pytest.fail(str(error), pytrace=False)
    started = starter.start_apart() if world is None else world.start()
    try:
        yield started
    finally:
        _stop(started, quiet=not request.node.stash.get(HAS_PASSED, False))


def _stop(mock: BatchMock, *, quiet: bool) -> None:
    from batchmock import BatchMockError

    try:
        mock.stop(quiet=quiet)
    except BatchMockError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def batch_client(batch_mock: BatchMock) -> BatchClient:
    """A boto3 client of AWS Batch, answered by the `batch_mock` of the same test."""
    import boto3

    from batchmock.interception.client_recipes.clients import quick_clients

    with quick_clients.in_force():
        client: BatchClient = boto3.client("batch")
    return client


@pytest.fixture
def batch_server(batch_mock: BatchMock) -> Iterator[Server]:
    """A server on 127.0.0.1 for programs in other processes, answered by the `batch_mock` of the test."""
    with batch_mock.serve() as server:
        yield server
