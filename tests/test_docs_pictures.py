from __future__ import annotations

import os
from pathlib import Path

from .observe.timeline.pictures import busy_mock

PICTURE = Path(__file__).parent.parent / "docs" / "_static" / "timeline.svg"
#: Set this variable to update the picture: `DRAW_PICTURES=1 pytest tests/test_docs_pictures.py`.
DRAW = "DRAW_PICTURES"


def test_picture_in_the_documentation() -> None:
    """The picture in the documentation is up to date."""
    with busy_mock() as mock:
        drawn = mock.timeline().to_svg(width=900)
    if DRAW in os.environ:
        PICTURE.write_text(drawn, encoding="utf-8")

    assert PICTURE.read_text(encoding="utf-8") == drawn, f"set {DRAW}=1 to update it"
