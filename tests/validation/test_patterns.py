"""Patterns match the same in Python's `re` and in JSON Schema."""

from __future__ import annotations

import re
import unicodedata

import jsonschema_rs
import pytest

from batchmock.validation import report
from batchmock.validation.constraints import constraints
from batchmock.validation.patterns import category_ranges, compiled, translated

TAG = constraints()["TagValue"]["pattern"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("^[a-z]+$", r"^[a-z]+\Z"),
        (r"^(|[0-9]+|\$Latest)$", r"^(|[0-9]+|\$Latest)\Z"),
        ("[$]", "[$]"),
        (r"[\]$]", r"[\]$]"),
        (r"[\p{Zl}]", r"[\U00002028-\U00002028]"),
    ],
)
def test_translated(pattern: str, expected: str) -> None:
    """A category is expanded to its characters, and `$` matches only at the very end."""
    assert translated(pattern) == expected


def test_category_ranges() -> None:
    """Decimal digits include those of every script."""
    assert category_ranges("Nd").startswith(r"\U00000030-\U00000039\U00000660-\U00000669")


@pytest.mark.slow
def test_all_characters_of_a_category() -> None:
    """The letters of all planes match, and nothing else does."""
    category = {
        character: unicodedata.category(character) for character in map(chr, range(0x110000))
    }
    letters = re.compile(f"[{category_ranges('L')}]")
    assert letters.sub("", "".join(name for name, of in category.items() if of[0] == "L")) == ""
    assert not letters.search("".join(name for name, of in category.items() if of[0] != "L"))


@pytest.mark.parametrize(
    "value",
    [
        *["", "team", "größe", "日本語", "١٢٣", "½", "a b", "a\u00a0b", "a\u3000b", "_.:/=+-@"],
        *["😀", "a?b", "a\n", "\n", "a\tb", "#", "e\u0301", "\u0000"],
    ],
)
def test_engines_agree(value: str) -> None:
    """Both engines accept the same letters, digits and spaces in a tag and refuse all others."""
    schema = {"type": "string", "pattern": TAG}
    expected = jsonschema_rs.Draft202012Validator(schema).is_valid(value)
    assert (compiled(TAG).search(value) is not None) is expected
    assert report.decision({"properties": {"tag": schema}})({"tag": value}) is expected
