"""The Sphinx configuration of the HTML documentation. The build needs no network."""

import re
from importlib.metadata import version as version_of
from typing import Any

project = "batchmock"
author = "The batchmock authors"
copyright = author
release = version_of("batchmock")
version = release

extensions = ["myst_parser"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "batchmock"
html_static_path = ["_static"]
html_css_files = ["wide.css"]

myst_heading_anchors = 3

#: Files outside this folder that the index links to, and the pages that include them.
INCLUDED = {"../CHANGELOG.md": "changelog.md", "../CONTRIBUTING.md": "contributing.md"}


def add_tables_of_contents(app: Any, docname: str, source: list[str]) -> None:
    """Append a hidden table of contents for the links in each section of the index."""
    if docname != "index":
        return
    for file, page in INCLUDED.items():
        source[0] = source[0].replace(f"]({file})", f"]({page})")
    for section in source[0].split("\n## ")[1:]:
        caption, _, text = section.partition("\n")
        pages = re.findall(r"\]\(([\w/-]+)\.md\)", text)
        options = f":caption: {caption}\n:maxdepth: 1\n:hidden:"
        unique = [page for page in dict.fromkeys(pages) if f"\n{page}\n" not in source[0]]
        toctree = "\n".join(["", "```{toctree}", options, "", *unique, "```", ""])
        source[0] += toctree


def setup(app: Any) -> None:
    """Register the handler."""
    app.connect("source-read", add_tables_of_contents)
