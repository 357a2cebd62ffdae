from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

from batchmock import BatchMock, fail

from .pictures import busy_mock

Submit = Callable[..., str]
VOID = {"meta", "input"}


class Page(HTMLParser):
    """The contents of a page: its elements, closed in order, and its text by row."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: list[str] = []
        self.links: list[str] = []
        self.rows: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record an element."""
        self.names.append(tag)
        self.links += [f"{value}" for name, value in attrs if name in ("href", "src")]
        if tag not in VOID:
            self.open.append(tag)
        if tag == "details":
            self.rows.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record an empty element."""
        self.names.append(tag)
        self.links += [f"{value}" for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        """Check that the innermost element is closed."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Record text."""
        if "details" in self.open and self.open[-1] != "title":
            self.rows[-1] += f"{data}|"


def test_same_bytes() -> None:
    """Equal runs yield equal bytes."""
    pages = []
    for _ in range(2):
        with busy_mock() as mock:
            pages.append(mock.timeline().to_html())
    assert pages[0] == pages[1]


def test_needs_nothing_else() -> None:
    """All elements are closed, links stay on the page, and its policy forbids all fetches."""
    with busy_mock() as mock:
        text = mock.timeline().to_html()
    page = Page(text)
    assert page.open == []
    assert {link[0] for link in page.links} == {"#"}
    assert re.findall(r"https?://", text) == []
    assert "default-src 'none'" in text


def test_each_row_opens_to_its_details() -> None:
    """A row opens, without a script, to reasons, stages and explanation."""
    with busy_mock() as mock:
        page = Page(mock.timeline().to_html())
    assert page.names.count("details") == page.names.count("summary") == 10
    (audit,) = (row for row in page.rows if row.startswith("audit"))
    assert audit == (
        "audit|FAILED|31m|"
        "attempt 1, 1m to 31m: exit code 137, Job attempt duration exceeded timeout|"
        f"{audit.split('|')[4]}|"
        "stage|attempt|from|to|length|SUBMITTED|0s|20s|20s|RUNNABLE|1|20s|40s|20s|"
        "STARTING|1|40s|1m|20s|RUNNING|1|1m|31m|30m|FAILED|1|31m|"
    )
    assert "It was not retried: the attempt timed out" in audit


def test_members_of_a_row(submit: Submit, batch_mock: BatchMock) -> None:
    """The row of an array job opens to its children, failed ones first, up to 200."""
    batch_mock.script("map", fail(3), array_index=1)
    submit("map", arrayProperties={"size": 250})
    batch_mock.run()
    page = Page(batch_mock.timeline().to_html())
    row = page.rows[1]
    assert (
        "|last attempt|map, index 1|FAILED|4s|exit code 3, Essential container in task exited|"
        "map, index 0|SUCCEEDED|4s|exit code 0|map, index 2|SUCCEEDED|"
    ) in row
    assert "|map, index 199|" in row
    assert row.endswith("|and 50 more|")


def test_calls(submit: Submit, batch_mock: BatchMock) -> None:
    """The row of calls opens to the calls, up to 200."""
    for number in range(210):
        submit(f"job-{number}")
    page = Page(batch_mock.timeline().to_html())
    assert page.rows[0].startswith(
        "API calls|210 calls|210 SubmitJob|at|operation|answer|0s|SubmitJob|"
    )
    assert page.rows[0].endswith("|and 10 more|")


def test_many_rows(submit: Submit, batch_mock: BatchMock) -> None:
    """The first rows are drawn up to the limit, and the rest is counted."""
    for number in range(30):
        submit(f"job-{number}")
    page = batch_mock.timeline().to_html(limit=5, fold=False)
    assert len(Page(page).rows) == 1 + 5
    assert "<p>and 25 more: 25 SUBMITTED</p>" in page


def test_what_users_wrote_is_escaped() -> None:
    """Markup in reasons is escaped."""
    with busy_mock() as mock:
        page = mock.timeline().to_html()
    assert "<b>" not in page
    assert "&lt;b&gt;&quot;no&quot; &amp; " in page
