r"""
Translate regular expressions of JSON Schema to Python's `re`.

JSON Schema uses ECMA-262 expressions, in which `\p{L}` is a Unicode category and `$` matches only at
the end. This module translates the subset that constraints.json uses.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from itertools import groupby
from typing import Final, NamedTuple

_TOKEN = re.compile(r"\\p\{(?P<category>\w+)\}|\\.|.", re.DOTALL)
#: The planes with assigned characters. The private and the unassigned ones take four times as long.
_BLOCKS: Final = (range(0x40000), range(0xE0000, 0xE1000))


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
    for inside, runs in groupby(_runs(), key=lambda run: run.category.startswith(category)):
        if inside:
            run = list(runs)
            ranges.append(f"\\U{run[0].first:08x}-\\U{run[-1].last:08x}")
    return "".join(ranges)


class _Run(NamedTuple):
    """Adjacent characters of one category."""

    category: str
    first: int
    last: int


@cache
def _runs() -> list[_Run]:
    """Return all characters that are neither private nor unassigned, in order."""
    runs: list[_Run] = []
    for block in _BLOCKS:
        first = block.start
        for category, characters in groupby(map(unicodedata.category, map(chr, block))):
            following = first + sum(1 for _ in characters)
            runs.append(_Run(category, first, following - 1))
            first = following
    return runs
