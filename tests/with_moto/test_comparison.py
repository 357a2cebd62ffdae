"""The script behind docs/explanation/comparison.md gives what the page says."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("moto")

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "explanation" / "comparison.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def script() -> Any:
    """Import the script, which is no module of a package."""
    folder = ROOT / "benchmarks"
    spec = importlib.util.spec_from_file_location("beside_moto", folder / "beside_moto.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(folder))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(folder))
    return module


def rows_of(page: str) -> list[list[str]]:
    """Give the rows of the stories: the story, what moto makes of it, and what batchmock does."""
    table = page.partition("| story | moto | batchmock |\n| --- | --- | --- |\n")[2]
    return [line.strip("| ").split(" | ") for line in table.partition("\n\n")[0].splitlines()]


def test_each_story_has_its_row(script: Any) -> None:
    """The page tells of every story."""
    assert len(rows_of(PAGE)) == len(script.STORIES)


def test_batchmock_does_what_the_page_says(script: Any) -> None:
    """What the page marks as code is in what the story comes to."""
    for story, (_, _, ours) in zip(script.STORIES, rows_of(PAGE), strict=True):
        told = script.told(story, script.batchmock_world)
        assert [code for code in re.findall(r"`([^`]+)`", ours) if code not in told] == [], story


def test_moto_is_asked_too(script: Any) -> None:
    """A story runs with moto as well, and moto has operations to be asked for."""
    assert script.told(script.just_submitted, script.lean_moto_world) == "SUCCEEDED"
    assert "SubmitJob" in script.operations_of_moto()
