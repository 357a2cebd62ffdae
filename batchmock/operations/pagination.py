"""
Pages and their tokens.

A `nextToken` is opaque: base64 of where the page ended and of what was asked, so that it is refused
when it comes back with another request. Source: pagination of AWS Batch (documented); texts assumed.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable
from itertools import islice
from json import JSONDecodeError, dumps, loads
from typing import Any, Final, TypeVar

from batchmock.errors import ServiceError

INVALID_NEXT_TOKEN: Final = "Invalid nextToken"

Item = TypeVar("Item")


def make_token(question: object, position: object) -> str:
    """Make the token that goes on behind `position` in the answer to `question`; both JSON values."""
    return urlsafe_b64encode(dumps([question, position]).encode()).decode()


def position_of(token: str | None, question: object) -> Any:
    """
    Give the position that a token holds, None without a token.

    Raises:
        ServiceError: the token is none of ours, or belongs to another question.
    """
    if token is None:
        return None
    try:
        asked, position = loads(urlsafe_b64decode(token.encode()))
    except (Base64Error, JSONDecodeError, UnicodeError, ValueError, TypeError):
        raise ServiceError(INVALID_NEXT_TOKEN) from None
    if asked != question:
        raise ServiceError(INVALID_NEXT_TOKEN)
    return position


def take_page(items: Iterable[Item], size: int) -> tuple[list[Item], bool]:
    """Take up to `size` items, and say whether there are more."""
    page = list(islice(items, size + 1))
    return page[:size], len(page) > size
