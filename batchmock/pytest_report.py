"""
The reports of failed tests: sections in the terminal, system-out in JUnit XML, and HTML pages.

Every pytest run loads this module, so it imports nothing of batchmock except the list of started mocks.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from shutil import get_terminal_size
from textwrap import fill
from typing import Any, Final, NamedTuple
from xml.etree.ElementTree import Element

import pytest

from batchmock.observe.started import Reportable

#: The mocks that a test may have used, from its set-up to its teardown.
MOCKS: Final = pytest.StashKey[list[Reportable]]()

#: The marker of tests to explore.
EXPLORE_MARKER: Final = "batch_explore"
#: The mock that the fixture starts again instead of a new one, in an explored test.
WORLD: Final = pytest.StashKey[Any]()
#: The first instant of the fixture's mock in an explored test, unless an option sets it.
START: Final = pytest.StashKey[float]()
#: The attribute of a report with the heading of an exploration, and the title of its section.
EXPLORED: Final = "batchmock_explored"
TITLE: Final = "batchmock explore"

INI_NAME: Final = "batchmock_report"
INI_VALUES: Final = ("short", "whole", "none")
#: The attribute of a test report with its sections in colour, by title.
_COLOURED: Final = "batchmock_coloured"
_TITLE: Final = "batchmock"
_LONGEST_FILE_NAME: Final = 120
#: What the failure of a test has that pytest-timeout has ended.
_TIMED_OUT: Final = "from pytest-timeout"
#: The keys with which pytest-xdist passes the terminal's width to its workers.
_WIDTH: Final = "batchmock_width"
#: Compiled on first use: this module is part of every pytest run.
_NOT_IN_XML: Final = "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"


class Section(NamedTuple):
    """A section of a test report: the report of one mock."""

    title: str
    text: str
    coloured: str


def add_options(parser: pytest.Parser) -> None:
    """Declare the options about reports."""
    group = parser.getgroup("batchmock")
    group.addoption(
        "--batchmock-report",
        metavar="DIR",
        dest="batchmock_report_dir",
        help="write an HTML page about each failed test that used a mock into this folder",
    )
    group.addoption(
        "--batchmock-report-when",
        choices=("failed", "always"),
        default="failed",
        help="which tests have a page in the folder of --batchmock-report (default: failed)",
    )
    parser.addini(
        INI_NAME,
        "how much the report of a failed test has about its mocks: short (whole with -vv), whole or none",
        default="short",
    )


class FailureReports:
    """
    The pytest plugin that adds reports to failed tests.

    Args:
        config: pytest's configuration.

    Raises:
        pytest.UsageError: the ini option has an unknown value.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._extent = config.getini(INI_NAME)
        if self._extent not in INI_VALUES:
            raise pytest.UsageError(
                f"batchmock: the ini option {INI_NAME} is {self._extent!r}. It takes one of "
                f"{', '.join(INI_VALUES)}."
            )
        folder = config.getoption("batchmock_report_dir")
        self._folder = None if folder is None else config.invocation_params.dir / folder
        self._always = config.getoption("batchmock_report_when") == "always"
        #: The sections of a test that was interrupted from the keyboard.
        self._interrupted: list[Section] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add the reports of mocks to a failed set-up, test, subtest or teardown."""
        report = yield
        mocks = item.stash.get(MOCKS, None)
        if not mocks:
            return report
        if report.failed:
            pages = self._write_pages(item.nodeid, mocks)
            timed_out = call.excinfo is not None and _TIMED_OUT in str(call.excinfo.value)
            sections = [*self._sections(mocks, pages, interrupted=timed_out)]
            report.sections += [(section.title, section.text) for section in sections]
            setattr(report, _COLOURED, {item.title: item.coloured for item in sections})
        elif self._always and report.when == "teardown":
            self._write_pages(item.nodeid, mocks)
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Keep the report of a test that is interrupted: pytest makes none of its own."""
        try:
            return (yield)
        except KeyboardInterrupt:
            mocks = item.stash.get(MOCKS, [])
            pages = self._write_pages(item.nodeid, mocks)
            self._interrupted = [*self._sections(mocks, pages, interrupted=True)]
            raise

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Show what happened in the mocks of the test that was interrupted."""
        markup = self._config.get_terminal_writer().hasmarkup
        for section in self._interrupted:
            terminalreporter.section(f"{section.title}, interrupted")
            terminalreporter.write_line(section.coloured if markup else section.text)

    def _sections(
        self, mocks: list[Reportable], pages: list[str], *, interrupted: bool
    ) -> Iterator[Section]:
        if self._extent == "none":
            if pages:
                yield Section(_TITLE, _named(pages), _named(pages))
            return
        whole = self._extent == "whole" or self._config.get_verbosity() >= 2
        for number, mock in enumerate(mocks, 1):
            title = _TITLE if len(mocks) == 1 else f"{_TITLE} {number} of {len(mocks)}"
            text, coloured, is_whole = _report_of(
                mock, whole=whole, width=self._width(), interrupted=interrupted
            )
            if not is_whole and not whole:
                title = f"{title} (all of it with -vv)"
            page = f"\n\n{_named(pages[number - 1 : number])}" if pages else ""
            yield Section(title, _writable(f"{text}{page}"), _writable(f"{coloured}{page}"))

    def _width(self) -> int:
        """Return the width of the terminal; a worker of pytest-xdist gets it from its controller."""
        given = getattr(self._config, "workerinput", {}).get(_WIDTH)
        if given is None and self._config.pluginmanager.has_plugin("terminalreporter"):
            given = self._config.get_terminal_writer().fullwidth
        return int(given or get_terminal_size().columns)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Pass the terminal's width to a worker of pytest-xdist."""
        node.workerinput[_WIDTH] = self._width()

    # Pages

    def _write_pages(self, nodeid: str, mocks: list[Reportable]) -> list[str]:
        """Write a page for each mock, and return the pages' paths."""
        if self._folder is None:
            return []
        paths = []
        for number, mock in enumerate(mocks, 1):
            suffix = f"-{number}" if len(mocks) > 1 else ""
            path = self._folder / f"{_file_name(nodeid)}{suffix}.html"
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                path.write_text(mock.timeline().to_html(title=nodeid), encoding="utf-8")
            except Exception as error:
                paths.append(f"{path} could not be written: {error!r}")
            else:
                paths.append(self._relative(path))
        return paths

    def _relative(self, path: Path) -> str:
        try:
            return str(path.relative_to(self._config.invocation_params.dir))
        except ValueError:
            return str(path)

    # In the process that has the terminal and the JUnit file

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_logreport(
        self, report: pytest.TestReport
    ) -> Generator[None, object, object]:
        """Add the sections to JUnit's system-out; after teardown, pytest has closed the test case."""
        sections = [item for item in report.sections if item[0].startswith(_TITLE)]
        if sections and report.when == "teardown":
            self._add_to_junit(report, sections)
        result = yield
        if sections and report.when != "teardown":
            self._add_to_junit(report, sections)
        return result

    def _add_to_junit(self, report: pytest.TestReport, sections: Iterable[tuple[str, str]]) -> None:
        for plugin in self._config.pluginmanager.get_plugins():
            if type(plugin).__name__ == "LogXML":
                element = Element("system-out")
                text = "\n\n".join(f"{title}\n{text}" for title, text in sections)
                element.text = re.sub(_NOT_IN_XML, "?", text)
                plugin.node_reporter(report).append(element)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Replace the sections by coloured ones, if the terminal shows colours."""
        reporter: Any = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None or not self._config.get_terminal_writer().hasmarkup:
            return
        for report in [item for reports in reporter.stats.values() for item in reports]:
            coloured = getattr(report, _COLOURED, {})
            if coloured:
                report.sections = [
                    (title, coloured.get(title, text)) for title, text in report.sections
                ]


def _report_of(
    mock: Reportable, *, whole: bool, width: int, interrupted: bool
) -> tuple[str, str, bool]:
    """Return a mock's report as plain and as coloured text, and whether it is whole."""
    try:
        report = mock.report(whole=whole, width=width)
        advice = (
            f"{fill(report.standstill, width)}\n\n" if interrupted and report.standstill else ""
        )
        return f"{advice}{report}", f"{advice}{report.coloured}", report.is_whole
    # A mock may be left in any state; the test's own report must go on.
    except Exception as error:
        text = f"batchmock: the report failed: {error!r}"
        return text, text, True


def _writable(text: str) -> str:
    """Return a text with lone surrogates escaped, which neither a terminal nor pytest-xdist can write."""
    return text.encode(errors="backslashreplace").decode()


def _named(pages: list[str]) -> str:
    return "\n".join(f"Page: {page}" for page in pages)


def _file_name(nodeid: str) -> str:
    """Return a file name for a test, unique even where characters had to be replaced."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", nodeid).strip("-.")
    if name == nodeid.replace("/", "-").replace("::", "-") and len(name) <= _LONGEST_FILE_NAME:
        return name
    digest = sha256(nodeid.encode(errors="surrogatepass")).hexdigest()[:8]
    return f"{name[:_LONGEST_FILE_NAME]}-{digest}"
