"""Distinguish assertions about the result of the code from those about the mock's own records."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

from batchmock.errors import StuckError
from batchmock.exploring.stacks import Place

#: The members of a mock and its jobs that show how something was done and when: a retry changes them.
RECORDS: Final = frozenset(
    {
        "assert_polite",
        "calls",
        "clock",
        "created_at",
        "duration",
        "ended_at",
        "events",
        "report",
        "sleeps",
        "started_at",
        "stopped_at",
        "summary",
        "timeline",
        "transitions",
    }
)


def is_about_records(error: BaseException, place: Place | None) -> bool:
    """
    Return whether an assertion is about requests, pauses or times instead of a result.

    A test may count the requests of an undisturbed run; in a disturbed run there are more.
    """
    if place is None or isinstance(error, StuckError):
        return False
    tree = _parsed(place.file)
    if tree is None:
        return False
    functions = [
        item for item in ast.walk(tree) if isinstance(item, _FUNCTIONS) and _has(item, place)
    ]
    scope: ast.AST = functions[-1] if functions else tree
    statements = [item for item in ast.walk(scope) if _is_innermost(item, place)]
    names = frozenset(_names_of_records(scope))
    return any(_reads_records(item, names) for item in statements)


_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


@lru_cache(maxsize=16)
def _parsed(file: str) -> ast.Module | None:
    try:
        return ast.parse(Path(file).read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return None


def _has(item: ast.stmt, place: Place) -> bool:
    return item.lineno <= place.line <= (item.end_lineno or item.lineno)


def _is_innermost(item: ast.AST, place: Place) -> bool:
    """Return whether a node is the statement on the line; one with a body only if the line is its head."""
    if not isinstance(item, ast.stmt) or not _has(item, place):
        return False
    if isinstance(item, (ast.With, ast.AsyncWith)):
        return place.line < item.body[0].lineno
    return not hasattr(item, "body")


def _reads_records(item: ast.AST, names: frozenset[str]) -> bool:
    for node in ast.walk(item):
        if isinstance(node, ast.Attribute) and node.attr in RECORDS:
            return True
        if isinstance(node, ast.Name) and node.id in names:
            return True
    return False


def _names_of_records(scope: ast.AST) -> Iterator[str]:
    """Yield the names of variables that are computed from records."""
    for item in ast.walk(scope):
        if isinstance(item, ast.Assign) and _reads_records(item.value, frozenset()):
            for target in item.targets:
                yield from (node.id for node in ast.walk(target) if isinstance(node, ast.Name))
