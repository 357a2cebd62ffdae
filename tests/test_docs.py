"""
Run the code in the documentation, and compare its tables with the package.

The rules for fenced blocks in README.md and docs/**/*.md:

- a block whose first line is a comment with a file name (`# pipeline.py`) is that file;
- a `json` block below a paragraph that ends with a file name (`stack.json`:) is that file;
- another Python block that contains a test is a test module;
- the other Python blocks of a page run in order, in one namespace;
- a `text` block after one of those is its output;
- a page that imports a package of `BESIDE`, or needs pytest-asyncio, runs only if that is installed.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import re
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import botocore.session
import pytest

import batchmock

# pytester unloads modules imported inside it, but modules with registered botocore hooks must stay loaded.
import batchmock.interception.hooks
import batchmock.interception.router
import batchmock.provisioning.for_jobs
import batchmock.provisioning.for_service_jobs
from batchmock import BatchMock, Outcome, Policies, errors, mock_batch, outcomes
from batchmock.operations import HANDLERS
from batchmock.options import Options
from batchmock.pytest_plugin import INI_OPTIONS
from batchmock.simulation.jobs.lifecycle import (
    ARRAY_CHILD_JOB_FAILED,
    ARRAY_PARENT_MOVES,
    ATTEMPT_TIMED_OUT,
    DEPENDENT_JOB_FAILED,
    JOB_QUEUE_DELETED,
    JOB_STATUSES,
    LEGAL_MOVES,
    NODE_MOVES,
    TERMINAL,
)
from batchmock.simulation.jobs.multinode import MAIN_NODE_ENDED
from batchmock.simulation.service_jobs.job import SERVICE_JOB_MOVES

from .builders import KNOWS_ALL_MEMBERS, needs_todays_model
from .documentation import script

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PACKAGE = Path(str(batchmock.__file__)).parent
README = ROOT / "README.md"
PAGES = [README, *sorted(DOCS.glob("**/*.md"))]

#: The oldest supported boto3 has no argument for the account of the credentials.
SESSIONS_KNOW_ACCOUNTS = "aws_account_id" in inspect.signature(boto3.Session).parameters
#: The oldest supported botocore does not know operations that contain one of these.
NEWER_CALLS = ("TerminateJobs", "consumable", "service_job", "quota_share")

MODEL = botocore.session.get_session().get_service_model("batch")


#: Optional packages that a page may need.
BESIDE = ("aiobotocore", "anyio", "moto", "pytest_asyncio", "trio")
#: Plugins that inner runs load only for a page that contains this text.
PLUGINS = {"asyncio": "mark.asyncio", "anyio": "mark.anyio"}

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE_NAME = re.compile(r"\A# ([\w.]+\.\w+)\n")
ANNOUNCED = re.compile(r"`([\w./]+\.json)`:\n\n\Z")
A_TEST = re.compile(r"^ *(async )?def test_|^class \w*Test", re.MULTILINE)


class Block(NamedTuple):
    """A fenced block: its language, its text, and its first line number."""

    language: str
    text: str
    line: int
    announced: str | None = None

    @property
    def file_name(self) -> str | None:
        """The file name in the first line, or above JSON, if there is one."""
        if self.language == "json":
            return self.announced
        named = FILE_NAME.match(self.text)
        return named[1] if named else None

    @property
    def is_test(self) -> bool:
        """Whether pytest runs the block."""
        return self.language == "python" and A_TEST.search(self.text) is not None

    @property
    def is_session(self) -> bool:
        """Whether the block runs outside of pytest."""
        return self.language == "python" and not self.is_test and self.file_name is None


def blocks_of(page: Path) -> list[Block]:
    """Return the fenced blocks of a page."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            found[1],
            found[2],
            text.count("\n", 0, found.start()) + 1,
            _announced(text[: found.start()]),
        )
        for found in FENCE.finditer(text)
    ]


def _announced(before: str) -> str | None:
    named = ANNOUNCED.search(before)
    return named[1] if named else None


def page_id(page: Path) -> str:
    """Return the path of a page within the project."""
    return page.relative_to(ROOT).as_posix()


def with_block(wanted: str) -> list[Path]:
    """Return the pages that have a block with this property."""
    return [page for page in PAGES if any(getattr(block, wanted) for block in blocks_of(page))]


def _has_ini_file(page: Path) -> bool:
    return any(block.file_name == "pyproject.toml" for block in blocks_of(page))


def _packages_beside(page: Path) -> list[str]:
    text = "".join(block.text for block in blocks_of(page))
    imported = re.findall(rf"^ *(?:from|import) ({'|'.join(BESIDE)})\b", text, re.MULTILINE)
    return [*imported, *(["pytest_asyncio"] if PLUGINS["asyncio"] in text else [])]


def _stands_alone(page: Path) -> bool:
    return _has_ini_file(page) or bool(_packages_beside(page))


def _skip_without_packages(page: Path) -> None:
    for package in _packages_beside(page):
        pytest.importorskip(package)


def doc(name: str) -> str:
    """Return the text of a page."""
    return (DOCS / name).read_text(encoding="utf-8")


def rows(page: str, columns: int, section: str = "") -> list[list[str]]:
    """Return the rows, without headings, of all tables with this number of columns in a page or section."""
    found: list[list[str]] = []
    text = doc(page)
    if section:
        text = text.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line[:1] == "|" else []
        if len(cells) == columns and not set(cells[0]) <= set("-: "):
            found.append(cells)
        elif len(cells) == columns:
            found.pop()
    return found


def names_in(text: str) -> set[str]:
    """Return the inline code in a text."""
    return set(re.findall(r"`([^`]+)`", text))


def test_the_tests_on_the_pages_pass(pytester: pytest.Pytester) -> None:
    """Each test on a page passes, together with the files on the page."""
    shown = [page for page in with_block("is_test") if not _stands_alone(page)]

    _run_tests_of(shown, pytester)


@pytest.mark.parametrize(
    "page", [page for page in with_block("is_test") if _stands_alone(page)], ids=page_id
)
def test_the_tests_on_a_page_that_stands_alone_pass(
    page: Path, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests of a page that has an ini file or needs another package pass with it."""
    _skip_without_packages(page)
    text = page.read_text(encoding="utf-8")
    unused = [f"-p no:{name}" for name, says in PLUGINS.items() if says not in text]
    monkeypatch.setenv("PYTEST_ADDOPTS", " ".join(unused))

    _run_tests_of([page], pytester)


def _run_tests_of(pages: list[Path], pytester: pytest.Pytester) -> None:
    """Write the files and test modules of some pages into one folder and run them together."""
    files: dict[str, str] = {}
    for page in pages:
        for block in blocks_of(page):
            name = block.file_name
            if "aws_account_id" in block.text and not SESSIONS_KNOW_ACCOUNTS:
                continue
            if not KNOWS_ALL_MEMBERS and any(word in block.text for word in NEWER_CALLS):
                continue
            if name is None and block.is_test:
                name = f"test_{page.stem.replace('-', '_')}_line_{block.line}.py"
            if name is not None:
                assert files.setdefault(name, block.text) == block.text, f"{name} is two files"
                assert name.startswith("test_") or not block.is_test, f"pytest does not find {name}"
    if "pyproject.toml" not in files:
        files["pytest.ini"] = "[pytest]\nfilterwarnings = error\n"
    for name, text in files.items():
        path = pytester.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    pytester.syspathinsert()

    # Without file names: pytest would search the folder again for each name.
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-q")

    assert result.ret == 0
    assert result.parseoutcomes().keys() == {"passed"}


@pytest.mark.parametrize("page", with_block("is_session"), ids=page_id)
def test_the_code_on_a_page_runs_and_prints_what_is_shown(page: Path) -> None:
    """Code outside of tests runs from top to bottom, and prints the text block below it."""
    _skip_without_packages(page)
    namespace: dict[str, Any] = {"__name__": "page"}
    printed = None
    for block in blocks_of(page):
        if block.is_session:
            output = io.StringIO()
            code = compile("\n" * block.line + block.text, str(page), "exec")
            with contextlib.redirect_stdout(output):
                exec(code, namespace)
            printed = output.getvalue()
        elif block.language == "text" and printed is not None:
            assert printed == block.text
            printed = None
        else:
            printed = None


def test_readme_shows_the_timeline_of_its_first_test() -> None:
    """The first timeline in the README is that of its first test."""
    code, picture = blocks_of(README)[:2]
    namespace: dict[str, Any] = {"__name__": "readme"}
    exec(compile(code.text, "README.md", "exec"), namespace)
    test = namespace["test_a_failed_attempt_is_retried"]
    with mock_batch(**test.pytestmark[0].kwargs) as mock:
        test(mock)
        printed = f"{mock.timeline()}\n"
    start = re.compile(r"from \S+ \S+ on")

    assert picture.language == "text"
    assert start.sub("", printed) == start.sub("", picture.text)


def test_index_has_six_groups_of_guides() -> None:
    """The how-to guides are in six groups."""
    guides = doc("index.md").partition("\n## How-to guides\n")[2].partition("\n## ")[0]

    assert guides.count("\n### ") == 6


def test_index_links_to_each_page_once() -> None:
    """The index has one place for each page."""
    linked = re.findall(r"\]\(([\w/.-]+)\)", doc("index.md"))

    assert sorted(set(linked)) == sorted(linked)


def test_readme_stays_short() -> None:
    """The README has fewer than 110 lines."""
    assert len(README.read_text(encoding="utf-8").splitlines()) < 110


def test_changelog_names_the_version_that_it_is_about() -> None:
    """The first section of the changelog has the version in pyproject.toml."""
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    version = re.search(r'^version = "(.+)"$', pyproject, re.MULTILINE)
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    section = re.search(r"^## \[(.+)\] - (?:Unreleased|\d{4}-\d\d-\d\d)$", changelog, re.MULTILINE)

    assert version is not None
    assert section is not None
    assert section[1] == version[1]


def test_every_page_is_reached_from_the_index() -> None:
    """The index links to each page; docs/conf.py makes the table of contents from these links."""
    linked = {DOCS / target for target in re.findall(r"\]\(([\w/-]+\.md)", doc("index.md"))}

    assert linked == set(DOCS.glob("**/*.md")) - {
        DOCS / name for name in ("index.md", "changelog.md", "contributing.md")
    }


def test_pages_are_plain_markdown() -> None:
    """No page has a directive that only Sphinx can render, except the two that include files."""
    pages = set(PAGES) - {DOCS / "changelog.md", DOCS / "contributing.md"}

    assert [
        page_id(page)
        for page in sorted(pages)
        if re.search(r"^[`:]{3,}\{", page.read_text(encoding="utf-8"), re.M)
    ] == []


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """A relative link names a file that exists."""
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", FENCE.sub("", text)):
        assert (page.parent / target).exists(), target


def test_operations_are_those_that_there_are() -> None:
    """The page of operations has a row for each handler, in order."""
    assert [row[0] for row in rows("reference/operations.md", 4)] == [
        f"`{name}`" for name in sorted(HANDLERS)
    ]


@needs_todays_model
def test_the_table_of_operations_is_that_of_its_generator() -> None:
    """The table is up to date: `python docs/generate_operations.py` writes it."""
    generator, page = script("generate_operations"), doc("reference/operations.md")

    assert generator.page_with(generator.table(), page) == page


def test_operations_that_the_oldest_boto3_does_not_have() -> None:
    """The oldest supported model has exactly the operations that are not marked as newer."""
    known = set(MODEL.operation_names)
    if known >= set(HANDLERS):
        pytest.skip("this botocore is not the oldest")
    assert set(HANDLERS) - known <= script("generate_operations").NEWER


def test_every_operation_of_the_newest_botocore_has_a_handler() -> None:
    """Every operation of the installed model has a handler, and every handler is one of its operations."""
    assert not set(MODEL.operation_names) - set(HANDLERS)
    if KNOWS_ALL_MEMBERS:
        assert not set(HANDLERS) - set(MODEL.operation_names)


def test_moves_are_those_of_the_table() -> None:
    """The page of statuses has exactly the transitions of the simulation."""
    shown = {row[0].strip("`"): names_in(row[2]) for row in rows("reference/statuses.md", 3)}

    assert list(shown) == list(JOB_STATUSES)
    assert shown == {status: set(moves) for status, moves in LEGAL_MOVES.items()}
    assert {status for status, moves in shown.items() if not moves} == TERMINAL


@pytest.mark.parametrize(
    ("section", "table"),
    [
        ("Array jobs", ARRAY_PARENT_MOVES),
        ("Multi-node jobs", NODE_MOVES),
        ("Service jobs", SERVICE_JOB_MOVES),
    ],
    ids=["array", "node", "service"],
)
def test_moves_of_families_are_those_of_their_tables(
    section: str, table: dict[str, frozenset[str]]
) -> None:
    """The page of statuses has exactly the transitions of array jobs, nodes and service jobs."""
    shown = {
        row[0].strip("`"): names_in(row[1]) for row in rows("reference/statuses.md", 2, section)
    }

    assert list(shown) == list(table)
    assert shown == {status: set(moves) for status, moves in table.items()}


def test_reasons_are_those_of_the_simulation() -> None:
    """The page of statuses has every reason that the simulation sets."""
    page = doc("reference/statuses.md")
    reasons = (
        ARRAY_CHILD_JOB_FAILED,
        ATTEMPT_TIMED_OUT,
        DEPENDENT_JOB_FAILED,
        JOB_QUEUE_DELETED,
        MAIN_NODE_ENDED,
    )

    assert [reason for reason in reasons if f"`{reason}`" not in page] == []


def test_options_and_policies_are_those_that_there_are() -> None:
    """The page of options has each option and each policy."""
    page = rows("reference/options.md", 3)

    assert [row[0] for row in page] == [
        f"`{item.name}`" for item in (*fields(Options), *fields(Policies))
    ]


def test_ini_options_are_those_that_there_are() -> None:
    """The page of the pytest plugin has each ini option."""
    assert {row[0] for row in rows("reference/pytest.md", 2)} == {
        f"`{name}`" for name in INI_OPTIONS
    }


CATALOGUE: dict[str, Outcome] = {
    "succeed()": outcomes.succeed(),
    "fail(3)": outcomes.fail(3),
    "out_of_memory()": outcomes.out_of_memory(),
    "cannot_inspect()": outcomes.cannot_inspect(),
    "fail(None)": outcomes.fail(None),
    "terminate_host()": outcomes.terminate_host(),
    "reclaim_spot()": outcomes.reclaim_spot(),
    "cannot_pull_image()": outcomes.cannot_pull_image(),
    "cannot_create_container()": outcomes.cannot_create_container(),
    "cannot_initialize_resources()": outcomes.cannot_initialize_resources(),
    "docker_timeout()": outcomes.docker_timeout(),
    "hang()": outcomes.hang(),
}


def test_catalogue_shows_what_describe_jobs_does() -> None:
    """Each row of the catalogue matches DescribeJobs for a job with that outcome."""
    shown = {row[0].strip("`"): row[1:] for row in rows("reference/outcomes.md", 5)}

    assert shown.keys() == CATALOGUE.keys()
    for name, outcome in CATALOGUE.items():
        assert shown[name] == _described(outcome), name


def _described(outcome: Outcome) -> list[str]:
    with mock_batch() as mock:
        mock.provision(job_queue="queue", job_definition="definition")
        mock.script("*", outcome)
        client = boto3.client("batch")
        client.submit_job(
            jobName="job",
            jobQueue="queue",
            jobDefinition="definition",
            timeout={"attemptDurationSeconds": 60},
        )
        mock.run()
        (job,) = client.describe_jobs(jobs=[mock.jobs.only().id])["jobs"]
    container = job["attempts"][0]["container"]
    status_reason = re.sub(r"i-\w+", "i-...", job["statusReason"])
    cells = (container.get("exitCode"), status_reason, container.get("reason"))
    started = "yes" if "startedAt" in job else "no"
    return [*("" if cell is None else f"`{cell}`" for cell in cells), started]


def test_catalogue_names_every_outcome() -> None:
    """The page of outcomes names every public outcome."""
    page = doc("reference/outcomes.md")
    makers = [
        name
        for name in batchmock.__all__
        if getattr(getattr(batchmock, name), "__module__", "").startswith("batchmock.outcomes")
        and name.islower()
    ]

    assert len(makers) > 10
    assert [name for name in makers if f"`{name}(" not in page] == []


def test_api_is_that_of_its_generator() -> None:
    """The page of the API is up to date: `python docs/generate_api.py` writes it."""
    assert doc("reference/api.md") == script("generate_api").page()


def test_public_names_are_documented() -> None:
    """Every name that batchmock exports has an entry in the reference."""
    headings = re.findall(r"^### `batchmock\.(\w+)`$", doc("reference/api.md"), re.MULTILINE)

    assert sorted(headings) == sorted(batchmock.__all__)


def test_errors_are_those_that_there_are() -> None:
    """The page of errors has each exception of batchmock."""
    kinds = [
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.BatchMockError)
    ]

    assert [row[0] for row in rows("reference/errors.md", 2)] == [f"`{name}`" for name in kinds]


def test_members_of_the_mock_exist() -> None:
    """Every member of `batch_mock` on a page exists."""
    members = {
        name
        for page in PAGES
        for name in re.findall(r"\bbatch_mock\.([a-z_]+)\b", page.read_text(encoding="utf-8"))
    }

    assert [name for name in sorted(members) if not hasattr(BatchMock, name)] == []


def test_members_of_the_mock_are_on_the_page_of_names() -> None:
    """The reference has each public member of `BatchMock` exactly once."""
    section = doc("reference/api.md").partition("\n## BatchMock\n")[2].partition("\n## ")[0]
    listed = re.findall(r"^(?:#### |- )`(\w+)`(?:$| \()", section, re.MULTILINE)
    offered = [name for name in dir(BatchMock) if not name.startswith(("_", "answer"))]

    assert sorted(listed) == offered


def test_layers_names_modules_that_exist() -> None:
    """Each module named on the page of layers is in the package."""
    text = FENCE.sub("", doc("explanation/layers.md"))
    named = {name for name in names_in(text) if re.match(r"^[a-z_/]+$", name)}
    missing = {
        name
        for name in named - {"max_vcpus", "timedelta"}
        if not any([*PACKAGE.rglob(f"{name}.py"), *PACKAGE.rglob(name)])
    }

    assert len(named) > 50
    assert missing == set()


def test_pages_begin_with_something_to_read() -> None:
    """Each page begins with a title followed by a sentence or code."""
    for page in set(PAGES) - {DOCS / "changelog.md", DOCS / "contributing.md"}:
        title, nothing, first = page.read_text(encoding="utf-8").splitlines()[:3]
        assert title.startswith("# "), page
        assert nothing == "", page
        assert re.match(r"[A-Z`\[]", first), page
