r"""
Translate regular expressions of JSON Schema to Python's `re`.

JSON Schema uses ECMA-262 expressions, in which `\p{L}` is a Unicode category and `$` matches only at
the end. This module translates the subset that constraints.json uses.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import lru_cache
from itertools import groupby

_TOKEN = re.compile(r"\\p\{(?P<category>\w+)\}|\\.|.", re.DOTALL)


@lru_cache(maxsize=256)
def compiled(pattern: str) -> re.Pattern[str]:
    """Return the compiled Python equivalent of the JSON Schema `pattern`."""
    return re.compile(translated(pattern))


def translated(pattern: str) -> str:
    r"""
    Translate `pattern` to the syntax of Python's `re`.

    A category (`\p{L}`), which must be inside a character class, becomes its ranges of characters; a `$`
    outside a class becomes `\Z`, because Python's `$` also matches before a final newline.
    """
    pieces: list[str] = []
    in_class = False
    for token in _TOKEN.finditer(pattern):
        text = token.group()
        if category := token.group("category"):
            text = category_ranges(category)
        elif text == "$" and not in_class:
            text = r"\Z"
        elif text in "[]":
            in_class = text == "["
        pieces.append(text)
    return "".join(pieces)


@lru_cache(maxsize=32)
def category_ranges(category: str) -> str:
    """Return the content of a character class for a Unicode general category, e.g. `L` or `Zs`."""
    ranges: list[str] = []
    for inside, run in groupby(
        range(sys.maxunicode + 1),
        key=lambda point: unicodedata.category(chr(point)).startswith(category),
    ):
        if inside:
            points = list(run)
            ranges.append(f"\\U{points[0]:08x}-\\U{points[-1]:08x}")
    return "".join(ranges)
