"""The style of the SVG image and the HTML page: colours for light and dark, a pattern for each stage."""

from __future__ import annotations

from typing import Final

from batchmock.simulation.jobs.lifecycle import (
    FAILED,
    PENDING,
    RUNNABLE,
    RUNNING,
    STARTING,
    SUBMITTED,
    SUCCEEDED,
)

#: Colours by name: in light, in dark. Text on `paper` has a contrast of 4.5 to 1 or more in both.
_COLOURS: Final = {
    "paper": ("#ffffff", "#10151b"),
    "raised": ("#f5f7f9", "#19212a"),
    "line": ("#dfe3e8", "#2b3541"),
    "ink": ("#1c2530", "#e4e9ee"),
    "muted": ("#5a6673", "#9ba8b5"),
    "focus": ("#1d5fc4", "#7db3ff"),
    "submitted": ("#66717d", "#94a0ac"),
    "pending": ("#8a63a8", "#b794d1"),
    "runnable": ("#8f5d12", "#d9a648"),
    "scheduled": ("#7d5a1e", "#e0b872"),
    "starting": ("#3b74c4", "#5b95e0"),
    "running": ("#3b74c4", "#5b95e0"),
    "succeeded": ("#1c7a4a", "#48b883"),
    "failed": ("#c03535", "#f07f78"),
}

#: The stages in the order of a job's life, with the thickness of their bars: waiting stages are thin.
THICKNESS: Final = {
    SUBMITTED: 5,
    PENDING: 8,
    RUNNABLE: 8,
    "SCHEDULED": 8,
    STARTING: 10,
    RUNNING: 16,
    SUCCEEDED: 0,
    FAILED: 0,
}

#: The fill of each stage, so that no two differ in colour alone.
_PATTERNS: Final = {
    SUBMITTED: (5, '<circle cx="2.5" cy="2.5" r="1.5" class="ink"/>'),
    PENDING: (6, '<path d="M-1 7 7-1M-1 1 1-1M5 7 7 5" class="stroke"/>'),
    RUNNABLE: (4, '<rect width="4" height="4" class="wash"/><path d="M0 2H4" class="stroke"/>'),
    "SCHEDULED": (6, '<path d="M0 3H6M3 0V6" class="stroke"/>'),
    STARTING: (5, '<rect width="5" height="5" class="wash"/><path d="M1 0V5" class="stroke"/>'),
    RUNNING: (8, '<rect width="8" height="8" class="ink"/>'),
    SUCCEEDED: (8, '<rect width="8" height="8" class="wash"/>'),
    FAILED: (6, '<rect width="6" height="6" class="ink"/><path d="M0 6 6 0" class="scratch"/>'),
}

_MARKS: Final = (
    '<symbol id="SUCCEEDED-mark" overflow="visible"><g class="SUCCEEDED"><circle r="7" class="ink"/>'
    '<path d="M-3.2 .2-1 2.6 3.4-2.4" class="sign"/></g></symbol>'
    '<symbol id="FAILED-mark" overflow="visible"><g class="FAILED"><rect x="-6.5" y="-6.5" width="13" '
    'height="13" rx="2" class="ink"/><path d="M-2.8-2.8 2.8 2.8M2.8-2.8-2.8 2.8" class="sign"/></g>'
    "</symbol>"
    '<symbol id="retry-mark" overflow="visible"><path d="M0-11V11" class="cut"/>'
    '<path d="M-4-12H4L0-6.5Z" class="flag"/></symbol>'
)


def pattern_id(status: str) -> str:
    """Return the id of a stage's pattern; an unknown stage gets the pattern of PENDING."""
    return f"fill-{status if status in _PATTERNS else PENDING}"


def definitions() -> str:
    """Return the `<defs>` element with patterns and marks."""
    patterns = "".join(
        f'<pattern id="{pattern_id(status)}" class="{status}" width="{size}" height="{size}" '
        f'patternUnits="userSpaceOnUse">{content}</pattern>'
        for status, (size, content) in _PATTERNS.items()
    )
    return f"<defs>{patterns}{_MARKS}</defs>"


def style_sheet(root: str) -> str:
    """Return the CSS that SVG and HTML share; `root` is the selector of the container."""
    light, dark = (
        ";".join(f"--{name}:{shades[which]}" for name, shades in _COLOURS.items())
        for which in (0, 1)
    )
    stages = "".join(f".{status}{{--stage:var(--{status.lower()})}}" for status in _PATTERNS)
    return (
        f"{root}{{{light};color-scheme:light dark}}"
        f"@media (prefers-color-scheme:dark){{{root}{{{dark}}}}}"
        f"{stages}"
        ".ink{fill:var(--stage)}.wash{fill:var(--stage);fill-opacity:.28}"
        ".stroke{stroke:var(--stage);stroke-width:1.6;fill:none}"
        ".sign{stroke:var(--paper);stroke-width:1.9;fill:none;stroke-linecap:round;"
        "stroke-linejoin:round}"
        ".scratch{stroke:var(--paper);stroke-width:.9}"
        ".cut{stroke:var(--paper);stroke-width:2}.flag{fill:var(--ink)}"
        ".grid{stroke:var(--line);stroke-width:1}.tick{stroke:var(--failed);stroke-width:2}"
        ".call{stroke:var(--muted);stroke-width:2}.call.error{stroke:var(--failed)}"
    )
