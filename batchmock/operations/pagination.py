"""
Pages and their tokens.

A `nextToken` is opaque: base64 of where the page ended and of what was asked, so that it is refused
when it comes back with another request, and of a digest, so that none can be made up.
Source: pagination of AWS Batch (documented); texts assumed.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from itertools import islice
from json import dumps, loads
from typing import Any, Final, TypeVar

from batchmock.errors import ServiceError

INVALID_NEXT_TOKEN: Final = "Invalid nextToken"
_DIGEST_SIZE: Final = 8
_PAGE_MEMBERS: Final = ("maxResults", "nextToken")

#: How many items a page has when the caller does not say, and at the most, where nothing else is said.
DEFAULT_PAGE_SIZE: Final = 100

Item = TypeVar("Item")


def make_token(question: object, position: object) -> str:
    """Make the token that goes on behind `position` in the answer to `question`; both JSON values."""
    content = dumps([question, position]).encode()
    return urlsafe_b64encode(_digest(content) + content).decode()


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=_DIGEST_SIZE).digest()


def position_of(token: str | None, question: object) -> Any:
    """
    Return the position that a token holds, or None without a token; an empty one is none.

    Raises:
        ServiceError: the token is unknown, or belongs to another question.

    Source: the ParallelCluster command line starts each listing with an empty token (captured:
    aws-parallelcluster-awsbatch-cli).
    """
    if not token:
        return None
    try:
        decoded = urlsafe_b64decode(token.encode())
    except (Base64Error, ValueError):
        raise ServiceError(INVALID_NEXT_TOKEN) from None
    digest, content = decoded[:_DIGEST_SIZE], decoded[_DIGEST_SIZE:]
    if digest != _digest(content):
        raise ServiceError(INVALID_NEXT_TOKEN)
    asked, position = loads(content)
    if asked != question:
        raise ServiceError(INVALID_NEXT_TOKEN)
    return position


def take_page(items: Iterable[Item], size: int) -> tuple[list[Item], bool]:
    """Take up to `size` items, and say whether there are more."""
    page = list(islice(items, size + 1))
    return page[:size], len(page) > size


def question_of(operation: str, request: Mapping[str, Any]) -> list[Any]:
    """Give the question that a token belongs to: all that was asked but the page."""
    asked = {name: value for name, value in request.items() if name not in _PAGE_MEMBERS}
    return [operation, asked]


def listed(
    operation: str,
    request: Mapping[str, Any],
    member: str,
    items: Iterable[Item],
    *,
    position: Callable[[Item], Any],
    shown: Callable[[Item], dict[str, Any]],
) -> dict[str, Any]:
    """
    Answer a List call: a page of items, and a token if there are more.

    Args:
        operation: the operation's name.
        request: what was asked.
        member: the member of the reply that holds the items.
        items: those behind the token's position, or all of them, in ascending order of position.
        position: an item's place; what is deleted or created between two pages does no harm.
        shown: an item as it is listed.
    """
    question = question_of(operation, request)
    behind = position_of(request.get("nextToken"), question)
    rest = (item for item in items if behind is None or position(item) > behind)
    page, more = take_page(rest, request.get("maxResults", DEFAULT_PAGE_SIZE))
    reply: dict[str, Any] = {member: [shown(item) for item in page]}
    if more:
        reply["nextToken"] = make_token(question, position(page[-1]))
    return reply
