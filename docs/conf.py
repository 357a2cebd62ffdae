"""How Sphinx builds the documentation. Needs no network."""

from importlib.metadata import version as version_of
from typing import Any

project = "batchmock"
author = "The batchmock authors"
copyright = author
release = version_of("batchmock")
version = release

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
]
exclude_patterns = ["_build"]
# Docstrings mark code with single backticks, as the pages do.
default_role = "code"
html_theme = "furo"
html_title = "batchmock"
html_static_path = ["_static"]
html_css_files = ["wide.css"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
# The section of a docstring that says where a behaviour was learnt.
napoleon_custom_sections = ["Source"]

# Short names of types, as signatures have them; docs/reference/api.md says what they are.
nitpick_ignore = [
    ("py:class", "CallResult"),
    ("py:class", "Duration"),
    ("py:class", "EventPattern"),
    ("py:class", "Handler"),
    ("py:class", "Instant"),
    ("py:class", "Job"),
    ("py:class", "LogEntry"),
    ("py:class", "batchmock.decorator.Decorated"),
]
# A reference into batchmock must resolve. Those into other packages cannot: that would take their
# inventories, which are fetched from the network.
nitpick_ignore_regex = [(r"py:.*", r"(?!batchmock\b)\w+\..*")]

# Classes whose objects are given and never made: what they are made of is left out.
GIVEN = (
    "batchmock.decorator.MockBatch",
    "batchmock.BatchMock",
    "batchmock.observe.timeline.Timeline",
)


def leave_out_arguments(
    app: Any, what: str, name: str, given: Any, options: Any, lines: list[str]
) -> None:
    """Cut the section of arguments from the docstrings of such classes."""
    if name in GIVEN and "Args:" in lines:
        begin = lines.index("Args:")
        end = lines.index("", begin) if "" in lines[begin:] else len(lines)
        del lines[begin:end]


def setup(app: Any) -> None:
    """Have docstrings cut before napoleon, whose priority is 500, reads them."""
    app.connect("autodoc-process-docstring", leave_out_arguments, priority=400)
