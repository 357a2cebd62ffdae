from __future__ import annotations

from .documentation import script

PICTURES = script("generate_pictures")


def test_picture_is_up_to_date() -> None:
    """The picture in the README and on the start page is what its script draws."""
    drawn = PICTURES.picture()

    assert PICTURES.PICTURE.read_text(encoding="utf-8") == drawn, (
        "run python docs/generate_pictures.py"
    )


def test_live_page_shows_what_happened() -> None:
    """The live page of the site is the page of the same night."""
    page = PICTURES.page()

    assert page.startswith("<!DOCTYPE html>")
    assert "A night of jobs" in page
    assert "Essential container in task exited" in page
