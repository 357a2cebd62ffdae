"""The built documentation in a browser."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Shown

DOCS = Path(__file__).parents[2] / "docs"

Show = Callable[..., Shown]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the documentation that tox has built, or build it; skip the test if Sphinx is missing."""
    built = os.environ.get("BATCHMOCK_TEST_SITE")
    if built:
        return Path(built)
    for name in ("sphinx", "furo", "myst_parser", "sphinx_copybutton"):
        pytest.importorskip(name)
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", str(DOCS), str(folder)]
    subprocess.run(command, check=True, timeout=300)
    return folder


def test_no_page_scrolls_sideways(show: Show, site: Path) -> None:
    """Each page fits a wide and a narrow window; wide code and tables scroll on their own."""
    page = show("timeline.html")
    paths = sorted(site.rglob("*.html"))
    assert len(paths) > 50
    wide = []
    for path in paths:
        # Most of the time goes into loading a page, so that each is loaded once and resized.
        page.driver.get(path.as_uri())
        for width in (1366, 400):
            page.resize(width)
            if page.run("return document.documentElement.scrollWidth > window.innerWidth"):
                wide.append((path.relative_to(site).as_posix(), width))
    assert wide == []


def test_start_page(show: Show, site: Path) -> None:
    """The start page has the picture, and the live page in which a job can be opened."""
    page = show(site / "index.html", width=1366)
    assert (
        page.run("return document.querySelector('img[src$=\"timeline.svg\"]').naturalWidth") == 900
    )
    frame = page.run("return document.querySelector('iframe.live')")
    page.run("arguments[0].scrollIntoView()", frame)
    page.driver.switch_to.frame(frame)
    try:
        page.run("document.querySelector('.why button').click()")
        assert "score:17" in page.run("return document.querySelector('.panel h2').textContent")
    finally:
        page.driver.switch_to.default_content()


def test_groups_of_guides(show: Show, site: Path) -> None:
    """The sidebar has a caption for each of the six groups of how-to guides."""
    page = show(site / "index.html", width=1366)
    captions = page.run(
        "return [...document.querySelectorAll('.sidebar-tree .caption-text')].map((it) => it.textContent)"
    )
    first = captions.index("Set up a test")
    assert captions.index("Reference") - first == 6


def test_copy_buttons(show: Show, site: Path) -> None:
    """Code has a button that copies it; output has none."""
    page = show(site / "tutorial.html", width=1366)
    code = "return document.querySelectorAll('.highlight-python button.copybtn').length"
    assert page.run(code) > 0
    assert (
        page.run("return document.querySelectorAll('.highlight-text button.copybtn').length") == 0
    )


def shown_grades(page: Shown) -> list[str]:
    """Return the grades of the rows that are shown."""
    found: list[str] = page.run(
        "return [...document.querySelectorAll('td .grade')].filter((it) => it.checkVisibility()"
        " && it.closest('tr').cells.length > 2).map((it) => it.textContent)"
    )
    return found


def test_filter_of_grades(show: Show, site: Path) -> None:
    """The page about fidelity marks grades, and filters its rows by grade and by words."""
    page = show(site / "fidelity.html", width=1366)
    everything = shown_grades(page)
    assert set(everything) == {"captured", "documented", "inferred", "assumed"}
    colours = page.run(
        "return ['captured', 'documented', 'inferred', 'assumed'].map((grade) =>"
        " getComputedStyle(document.querySelector(`td .grade-${grade}`)).color)"
    )
    assert len(set(colours)) == 4
    for grade in ("captured", "documented", "inferred"):
        page.run(f"document.querySelector('button.grade-{grade}').click()")
    assert set(shown_grades(page)) == {"assumed"}
    told = page.run("return document.querySelector('.grade-filter output').textContent")
    assert told == f"{everything.count('assumed')} of {len(everything)} behaviours"
    page.run(
        "const words = document.querySelector('.grade-filter input'); words.value = 'retention';"
        "words.dispatchEvent(new Event('input'))"
    )
    assert len(shown_grades(page)) < 10


def test_quiet(show: Show, site: Path) -> None:
    """The pages with scripts of their own load without errors, and without the network."""
    for name in ("index.html", "fidelity.html"):
        page: Any = show(site / name, width=1366)
        assert [
            entry for entry in page.driver.get_log("browser") if entry["level"] == "SEVERE"
        ] == []
        assert [url for url in page.requests() if not url.startswith(("file:", "data:"))] == []
