"""
Draw the pictures of the pages about clusters, from the code on the pages themselves.

Each page has one block of code that sets `picture`. Run `python docs/generate_clusters.py` after a change of a
page or of the drawings; tests/test_docs_clusters.py fails while a picture is stale.
"""

from __future__ import annotations

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, Final

_DOCS: Final = Path(__file__).parent
PAGES: Final = ("plan-a-shared-cluster", "plan-for-spot-losses", "plan-shares-on-fargate")


def path_of(page: str) -> Path:
    """Return the file of the picture of a page."""
    return _DOCS / "_static" / f"{page}.svg"


def draw(page: str) -> str:
    """Run the code on a page, and return its picture."""
    text = (_DOCS / "how-to" / f"{page}.md").read_text(encoding="utf-8")
    for code in re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        values: dict[str, Any] = {}
        if "picture =" in code:
            with redirect_stdout(StringIO()):
                exec(code, values)
            return str(values["picture"])
    raise ValueError(f"no code on {page} sets picture")


if __name__ == "__main__":
    for name in PAGES:
        path_of(name).write_text(draw(name), encoding="utf-8")
