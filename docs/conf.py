"""The Sphinx configuration of the HTML documentation. The build needs no network."""

import re
import sys
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

from docutils import nodes

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS))  # for the scripts that generate pages

project = "batchmock"
author = "The batchmock authors"
copyright = author
release = version_of("batchmock")
version = release

extensions = ["myst_parser", "sphinx_copybutton"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "batchmock"
html_static_path = ["_static"]
html_css_files = ["site.css"]

# Copy the code of a console or a prompt without its prompts; output has no button.
copybutton_selector = "div:not(.highlight-text) > div.highlight > pre"
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

myst_heading_anchors = 3

#: Files outside this folder that the index links to, and the pages that include them.
INCLUDED = {"../CHANGELOG.md": "changelog.md", "../CONTRIBUTING.md": "contributing.md"}

#: The comment in the index that the live page replaces, and the file of the live page.
LIVE = "<!-- live page -->"
LIVE_PAGE = "_static/night.html"

#: The grades of the page about fidelity.
GRADES = {"captured", "documented", "inferred", "assumed"}


def add_tables_of_contents(app: Any, docname: str, source: list[str]) -> None:
    """Append a hidden table of contents for the links in each section of the index."""
    if docname != "index":
        return
    for file, page in INCLUDED.items():
        source[0] = source[0].replace(f"]({file})", f"]({page})")
    for section in re.split(r"\n###? ", source[0])[1:]:
        caption, _, text = section.partition("\n")
        pages = re.findall(r"\]\(([\w/-]+)\.md\)", text)
        if pages:
            options = f":caption: {caption}\n:maxdepth: 1\n:hidden:"
            toctree = "\n".join(["", "```{toctree}", options, "", *pages, "```", ""])
            source[0] += toctree


def embed_live_page(app: Any, docname: str, source: list[str]) -> None:
    """Embed the live page in the index: hover, zoom, filter, and open jobs."""
    if docname == "index":
        source[0] = source[0].replace(
            LIVE,
            f"Here is the same night as a page. Zoom with the buttons, a drag or Ctrl and the wheel, and click "
            f'a job to open it. It also opens in <a href="{LIVE_PAGE}">a window of its own</a>.\n\n'
            f'<iframe class="live" src="{LIVE_PAGE}" title="The timeline of a night of jobs" '
            'loading="lazy"></iframe>',
        )


def write_live_page(app: Any, exception: Exception | None) -> None:
    """Write the live page into the built site."""
    if exception is None and app.builder.format == "html":
        from generate_pictures import page

        app.outdir.joinpath(LIVE_PAGE).write_text(page(), encoding="utf-8")


def mark_grades(app: Any, doctree: nodes.document) -> None:
    """Turn the grades in the tables of a page into coloured marks."""
    for entry in doctree.findall(nodes.entry):
        text = entry.astext()
        if text in GRADES:
            mark = nodes.inline(text, text, classes=["grade", f"grade-{text}"])
            entry.children[0].children[:] = [mark]


def add_filter(app: Any, pagename: str, templatename: str, context: Any, doctree: Any) -> None:
    """Add the filter of grades to the page about fidelity."""
    if pagename == "fidelity":
        app.add_js_file("grades.js", loading_method="defer")


def setup(app: Any) -> None:
    """Register the handlers."""
    app.connect("source-read", embed_live_page)
    app.connect("source-read", add_tables_of_contents)
    app.connect("doctree-read", mark_grades)
    app.connect("html-page-context", add_filter)
    app.connect("build-finished", write_live_page)
