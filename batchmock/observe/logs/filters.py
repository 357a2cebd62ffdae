"""
Filter patterns of Amazon CloudWatch Logs for unstructured log events.

Source: CloudWatch Logs user guide, "Filter pattern syntax", terms in unstructured log events
(documented). That a term matches inside a longer word is assumed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from batchmock.errors import ServiceError, UnsupportedError

# Assumed: the service refuses these; its exact texts are unknown.
BAD_TERM: Final = "Invalid character(s) in term '{term}'"
NO_END_OF_PHRASE: Final = "Invalid filter pattern: a quotation mark is not closed"

_TERM: Final = re.compile(
    r'\s*(?P<mark>[?-]?)(?:"(?P<phrase>(?:\\.|[^"\\])*)"|(?P<word>[^\s"]+))\s*'
)
_WORD: Final = re.compile(r"\w+")


class _Terms(NamedTuple):
    """The required, excluded and optional terms of a line."""

    required: list[str]
    excluded: list[str]
    optional: list[str]


def line_filter(pattern: str) -> Callable[[str], bool]:
    """
    Return a predicate for lines: `error`, `"exact phrase"`, `error -debug`, `?error ?warning`.

    Raises:
        ServiceError: CloudWatch would refuse the pattern.
        UnsupportedError: the pattern is for JSON or space-delimited fields, or a regular expression.
    """
    if pattern.strip()[:1] in ("{", "[") or "%" in re.sub(r'"[^"]*"', "", pattern):
        raise UnsupportedError(
            f'batchmock: filterPattern {pattern!r} is not simulated. Patterns of terms and "phrases" '
            "are; patterns for JSON ({...}), for space-delimited fields ([...]) and regular expressions "
            "(%...%) are not. Filter in the code under test, or stub this call with "
            "botocore.stub.Stubber."
        )
    terms = _terms(pattern)
    # Optional terms are ignored if there are others (documented).
    optional = [] if terms.required or terms.excluded else terms.optional

    def matches(line: str) -> bool:
        return (
            all(term in line for term in terms.required)
            and not any(term in line for term in terms.excluded)
            and (not optional or any(term in line for term in optional))
        )

    return matches


def _terms(pattern: str) -> _Terms:
    terms = _Terms([], [], [])
    kinds = {"": terms.required, "-": terms.excluded, "?": terms.optional}
    position = 0
    while pattern[position:].strip():
        found = _TERM.match(pattern, position)
        if found is None:
            raise refused(NO_END_OF_PHRASE)
        position = found.end()
        kinds[found["mark"]].append(_text(found))
    return terms


def _text(found: re.Match[str]) -> str:
    if found["word"] is None:
        return re.sub(r"\\(.)", r"\1", found["phrase"])
    if not _WORD.fullmatch(found["word"]):
        raise refused(BAD_TERM.format(term=found["word"]))
    return found["word"]


def refused(text: str) -> ServiceError:
    """Return the error with which CloudWatch Logs refuses a request."""
    return ServiceError(text, code="InvalidParameterException")
