"""The stories in docs/explanation/comparison.md have the results that the page shows."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("moto")

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "explanation" / "comparison.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def scripts() -> Iterator[Callable[[str], Any]]:
    """Yield a function that imports a script of `benchmarks/`, which is not a package."""
    folder = str(ROOT / "benchmarks")
    sys.path.insert(0, folder)
    yield import_module
    sys.path.remove(folder)


@pytest.fixture(scope="module")
def stories(scripts: Callable[[str], Any]) -> Any:
    """Import the stories."""
    return scripts("stories")


@pytest.fixture(scope="module")
def worlds(scripts: Callable[[str], Any]) -> Any:
    """Import the worlds in which they run."""
    return scripts("worlds")


def rows_of(page: str) -> list[list[str]]:
    """Return the rows of the stories: the story, the result of moto, the result of batchmock."""
    table = page.partition("| story | moto | batchmock |\n| --- | --- | --- |\n")[2]
    return [line.strip("| ").split(" | ") for line in table.partition("\n\n")[0].splitlines()]


def test_each_story_has_its_row(stories: Any) -> None:
    """The page has a row for every story."""
    assert len(rows_of(PAGE)) == len(stories.STORIES)


def test_batchmock_does_what_the_page_says(stories: Any, worlds: Any) -> None:
    """The result of a story contains the inline code in its row."""
    for story, (_, _, ours) in zip(stories.STORIES, rows_of(PAGE), strict=True):
        told = stories.told(story, worlds.batchmock_world)
        assert [code for code in re.findall(r"`([^`]+)`", ours) if code not in told] == [], story


def test_moto_is_asked_too(stories: Any, worlds: Any) -> None:
    """A story also runs with moto, and moto implements some operations."""
    assert stories.told(stories.just_submitted, worlds.lean_moto_world) == "SUCCEEDED"
    assert "SubmitJob" in stories.operations_of_moto()
