"""The pictures on the pages about clusters."""

from __future__ import annotations

import pytest

from .documentation import DOCS, script

CLUSTERS = script("generate_clusters")


@pytest.mark.parametrize("page", CLUSTERS.PAGES)
def test_picture_is_up_to_date(page: str) -> None:
    """The picture on a page is the one that the code on the page draws."""
    assert CLUSTERS.path_of(page).read_text(encoding="utf-8") == CLUSTERS.draw(page), (
        "run python docs/generate_clusters.py"
    )


@pytest.mark.parametrize("page", CLUSTERS.PAGES)
def test_picture_is_shown(page: str) -> None:
    """A page shows its picture, with a description."""
    text = (DOCS / "how-to" / f"{page}.md").read_text(encoding="utf-8")
    before, _, _ = text.partition(f"](../_static/{page}.svg)")
    assert before.rpartition("![")[2].count(" ") > 5
