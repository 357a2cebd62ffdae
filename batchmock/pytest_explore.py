"""
Exploration of pytest's tests: run an item again and again, with function-scoped fixtures anew.

Loaded when the first test is explored.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.runner import runtestprotocol
from _pytest.tmpdir import tmppath_result_key

from batchmock.observe.started import STARTED
from batchmock.pytest_outcomes import expect, fail, have_passed
from batchmock.pytest_report import EXPLORE_MARKER, EXPLORED, START, TITLE, WORLD

if TYPE_CHECKING:
    from batchmock.exploring.findings import Exploration
    from batchmock.exploring.item_source import ItemSource
    from batchmock.exploring.runner import Runner
    from batchmock.exploring.settings import Settings
    from batchmock.exploring.stacks import Boundary
    from batchmock.mock import BatchMock


class ExploredTests:
    """
    Explores tests, one after the other.

    Args:
        config: pytest's configuration.
        has_passed: the key under which an item has whether its body has passed.
    """

    def __init__(self, config: pytest.Config, has_passed: pytest.StashKey[bool]) -> None:
        self._config = config
        self._has_passed = has_passed

    def explore(
        self, item: pytest.Item, nextitem: pytest.Item | None, *, is_marked: bool
    ) -> object | None:
        """Run, explore and report a test in place of pytest; return None if it cannot run again."""
        if not hasattr(item, "_initrequest") or self._config.getoption("setuponly", False):
            return None
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for report in self._reports(item, nextitem, is_marked=is_marked):
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _reports(
        self, item: pytest.Item, nextitem: pytest.Item | None, *, is_marked: bool
    ) -> list[pytest.TestReport]:
        """Run a test as it is; if it passes, explore it. Fixtures of wider scopes are kept meanwhile."""
        from batchmock.errors import BatchMockError

        reports: list[pytest.TestReport] = []
        try:
            settings = settings_of(item)
        except BatchMockError as error:
            reports += runtestprotocol(item, log=False, nextitem=nextitem)
            fail(reports, str(error))
            return reports
        reports += self._explored_reports(item, nextitem, settings, is_marked=is_marked)
        if any(report.skipped and hasattr(report, "wasxfail") for report in reports):
            vars(reports[-1]).setdefault(
                EXPLORED, f"{item.nodeid}: not explored, because the test fails, as xfail expects"
            )
        return reports

    def _explored_reports(
        self,
        item: pytest.Item,
        nextitem: pytest.Item | None,
        settings: Settings,
        *,
        is_marked: bool,
    ) -> list[pytest.TestReport]:
        from batchmock.exploring.runner import Runner

        reports: list[pytest.TestReport] = []
        draws_pages = self._config.getoption("batchmock_report_dir") is not None
        program = ItemProgram(item, self._has_passed)
        runner = Runner(program, settings, draws_pages=draws_pages)
        if settings.fork:
            return self._forked_reports(item, nextitem, runner, settings, is_marked=is_marked)

        def run_once() -> None:
            reports.extend(runtestprotocol(item, log=False, nextitem=_parent_of(item)))

        trace = runner.watched(run_once)
        if have_passed(reports):
            with STARTED.keep_track():
                self._explore(item, runner, settings, trace, reports, is_marked=is_marked)
        return self._with_last_teardown(item, nextitem, reports)

    def _forked_reports(
        self,
        item: pytest.Item,
        nextitem: pytest.Item | None,
        runner: Runner,
        settings: Settings,
        *,
        is_marked: bool,
    ) -> list[pytest.TestReport]:
        """Explore a test in processes of their own, and then run it as it is in this one."""
        from batchmock.exploring.search import Search

        exploration = None
        # A test that fails undisturbed fails as itself below.
        with suppress(Exception):
            exploration = Search(runner, settings).explore()
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        if exploration is not None and have_passed(reports):
            self._add(item, exploration, reports, is_marked=is_marked)
        return reports

    def _explore(
        self,
        item: pytest.Item,
        runner: Runner,
        settings: Settings,
        trace: Any,
        reports: list[pytest.TestReport],
        *,
        is_marked: bool,
    ) -> None:
        from batchmock.exploring.search import Search

        try:
            exploration = Search(runner, settings).explore(trace)
        except Exception as error:
            fail(reports, f"batchmock: the exploration failed: {error!r}")
            return
        self._add(item, exploration, reports, is_marked=is_marked)

    def _add(
        self,
        item: pytest.Item,
        exploration: Exploration,
        reports: list[pytest.TestReport],
        *,
        is_marked: bool,
    ) -> None:
        """Add an exploration to the reports of a test."""
        vars(reports[-1])[EXPLORED] = f"{item.nodeid}: {exploration.heading}"
        pages = self._write_pages(item, exploration)
        text = "\n".join([str(exploration), *(f"Page: {page}" for page in pages)])
        if exploration.findings or (is_marked and not exploration.is_deterministic):
            fail(reports, text)
            expect(reports, item, [finding.error for finding in exploration.findings])
        else:
            reports[-1].sections.append((TITLE, text))

    def _with_last_teardown(
        self, item: pytest.Item, nextitem: pytest.Item | None, reports: list[pytest.TestReport]
    ) -> list[pytest.TestReport]:
        """Tear down the fixtures of wider scopes that the next test does not use."""
        state = item.session._setupstate
        call = pytest.CallInfo.from_call(lambda: state.teardown_exact(nextitem), when="teardown")
        if call.excinfo is None:
            return reports
        last = pytest.TestReport.from_item_and_call(item, call)
        last.sections += reports[-1].sections
        return [*reports[:-1], last]

    def _write_pages(self, item: pytest.Item, exploration: Exploration) -> list[str]:
        """Write an HTML page for each finding, and return their paths."""
        from html import escape

        folder = self._config.getoption("batchmock_report_dir")
        paths = []
        for number, finding in enumerate(exploration.findings, 1):
            if not finding.page:
                continue
            name = re.sub(r"[^A-Za-z0-9_.-]+", "-", item.nodeid).strip("-.")
            path = self._config.invocation_params.dir / folder / f"{name}-finding-{number}.html"
            text = f"<pre>{escape(str(finding))}</pre>"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(finding.page.replace("</body>", f"{text}</body>"), encoding="utf-8")
            paths.append(str(path))
        return paths


def _parent_of(item: pytest.Item) -> Any:
    """Return the next item for pytest's teardown, so that only function-scoped fixtures end."""
    return item.parent


def settings_of(item: pytest.Item) -> Settings:
    """
    Return the settings for a test: command line, then markers from the module's to the test's own.

    Raises:
        BatchMockError: an argument is wrong.
    """
    from batchmock.errors import BatchMockError
    from batchmock.exploring.settings import make_settings

    given: dict[str, Any] = {}
    config = item.config
    if tiers := config.getoption("batch_explore_tiers"):
        given["tiers"] = tuple(name.strip() for name in tiers.split(","))
    if seconds := config.getoption("batch_explore_seconds"):
        try:
            given["seconds"] = float(seconds)
        except ValueError:
            raise BatchMockError(
                f"batchmock: --batch-explore-seconds is {seconds!r}; write a number of seconds."
            ) from None
    if config.getoption("batch_explore_fork"):
        given["fork"] = True
    for marker in reversed(list(item.iter_markers(EXPLORE_MARKER))):
        if marker.args:
            raise BatchMockError(
                f"batchmock: the marker {EXPLORE_MARKER} got {', '.join(map(repr, marker.args))}. "
                f'Pass arguments by name: @pytest.mark.{EXPLORE_MARKER}(tiers=("weather", "losses")).'
            )
        given.update(marker.kwargs)
    return make_settings(given)


class ItemProgram:
    """
    One test of pytest, with its function-scoped fixtures.

    Args:
        item: the test.
        has_passed: the key under which an item has whether its body has passed.
    """

    def __init__(self, item: pytest.Item, has_passed: pytest.StashKey[bool]) -> None:
        self._item = item
        self._has_passed = has_passed
        self.runs_again = _uses_our_fixture(item)
        self.boundary = _boundary_of(item)

    def run(self, world: BatchMock | None, *, start: float | None, quiet: bool) -> object:
        """Set up, run and tear down the test once."""
        item: Any = self._item
        item.stash[self._has_passed] = False
        # What the report of each phase keeps for the end of tmp_path.
        item.stash[tmppath_result_key] = {}
        _keep(item.stash, WORLD, world)
        _keep(item.stash, START, start)
        sections = len(item._report_sections)
        if item.cls is not None:
            # A new instance of the class for each run.
            vars(item).pop("_instance", None)
            item._obj = None
        item._initrequest()
        try:
            # A test may skip itself, or expect to fail, because of what has gone wrong.
            with (
                warnings.catch_warnings(record=True),
                suppress(pytest.skip.Exception, pytest.xfail.Exception),
            ):
                self._run(item)
        finally:
            _keep(item.stash, WORLD, None)
            _keep(item.stash, START, None)
            del item._report_sections[sections:]
            item._request = False
            item.funcargs = None
        return None

    def _run(self, item: pytest.Item) -> None:
        try:
            item.ihook.pytest_runtest_setup(item=item)
            item.ihook.pytest_runtest_call(item=item)
            # A test case of unittest keeps its errors for the report.
            for caught in vars(item).pop("_excinfo", None) or ():
                raise caught.value
        finally:
            item.ihook.pytest_runtest_teardown(item=item, nextitem=_parent_of(item))

    def source(self) -> ItemSource:
        """Return the source of the call."""
        from batchmock.exploring.item_source import ItemSource

        return ItemSource(self._item)


def _uses_our_fixture(item: Any) -> bool:
    """Return whether the mock of a test comes from batchmock's fixture, which can start a mock again."""
    definitions = item._fixtureinfo.name2fixturedefs.get("batch_mock", ())
    return any(item.func.__module__ == "batchmock.pytest_plugin" for item in definitions)


def _keep(stash: pytest.Stash, key: pytest.StashKey[Any], value: object) -> None:
    if value is None:
        stash.setdefault(key, None)
        del stash[key]
    else:
        stash[key] = value


def _boundary_of(item: pytest.Item) -> Boundary:
    from batchmock.exploring.stacks import Boundary

    functions = [*_functions_of(item)]
    return Boundary(functions, [str(Path(item.path))], may_be_the_code=False)


def _functions_of(item: Any) -> Iterator[Callable[..., object]]:
    """Yield the functions that belong to a test: itself, its fixtures, and the methods of its class."""
    yield item.obj
    for definitions in item._fixtureinfo.name2fixturedefs.values():
        for definition in definitions:
            yield definition.func
    if item.cls is not None:
        for kind in item.cls.__mro__:
            if kind.__module__ == item.cls.__module__:
                yield from (value for value in vars(kind).values() if callable(value))
