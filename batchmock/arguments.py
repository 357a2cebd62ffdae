"""Checks of the kinds of arguments, so that a wrong one is named where it is passed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TextIO, TypeVar

from batchmock.errors import BatchMockError

#: The longest line of a picture or report; no terminal or log is wider.
MOST_COLUMNS: Final = 10_000

MappingT = TypeVar("MappingT", bound=Mapping[Any, Any])


def checked_text(value: object, what: str, advice: str) -> str:
    """
    Return an argument that is text.

    Args:
        value: the argument.
        what: its name, for the message.
        advice: what to write instead.

    Raises:
        BatchMockError: the argument is not a string.
    """
    if isinstance(value, str):
        return value
    raise _of_another_kind(value, what, "text", advice)


def checked_file(file: TextIO, what: str) -> TextIO:
    """
    Return an argument that is an open file.

    Args:
        file: the argument.
        what: its name, for the message.

    Raises:
        BatchMockError: nothing can be written to the argument, such as a path.
    """
    if hasattr(file, "write"):
        return file
    raise _of_another_kind(
        file,
        what,
        "an open file",
        "Pass a file that is open for text, or write the text yourself: Path(path).write_text(str(timeline)).",
    )


def checked_mapping(value: MappingT, what: str, advice: str) -> MappingT:
    """
    Return an argument that is a mapping.

    Args:
        value: the argument.
        what: its name, for the message.
        advice: what to write instead.

    Raises:
        BatchMockError: the argument is not a mapping.
    """
    if isinstance(value, Mapping):
        return value
    raise _of_another_kind(value, what, "a mapping", advice)


def checked_items(value: object, what: str, advice: str) -> tuple[Any, ...]:
    """
    Return the items of an argument that has them in an order: a list, a tuple, a generator.

    Args:
        value: the argument.
        what: its name, for the message.
        advice: what to write instead.

    Raises:
        BatchMockError: the argument is text, a mapping or a set, or has no items.
    """
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping, set, frozenset)):
        return tuple(value)
    raise _of_another_kind(value, what, "a list", advice)


def checked_size(value: object, what: str, largest: int = 1_000_000) -> int:
    """
    Return a number of columns, pixels or rows.

    Args:
        value: the argument.
        what: its name, for the message.
        largest: the largest number.

    Raises:
        BatchMockError: the argument is not a number from 0 to the largest.
    """
    if isinstance(value, (int, float)) and type(value) is not bool and 0 <= value <= largest:
        return int(value)
    raise BatchMockError(
        f"batchmock: {what} is {value!r}. Pass a whole number from 0 to {largest:,}."
    )


def no_index(index: object, what: str, advice: str) -> BatchMockError:
    """
    Return the error of an index that is not a number, such as a name.

    Args:
        index: the index.
        what: the sequence, for the message.
        advice: what to write instead.
    """
    return BatchMockError(f"batchmock: {what}[{index!r}] needs a number, as a list does. {advice}")


def _of_another_kind(value: object, what: str, kind: str, advice: str) -> BatchMockError:
    return BatchMockError(f"batchmock: {what} is {value!r}, which is not {kind}. {advice}")
