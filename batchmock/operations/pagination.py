"""
Pages and their tokens.

A `nextToken` is opaque: base64 of the cursor, of the request, so that another request cannot use it, and
of a digest, so that it cannot be forged.
Source: pagination of AWS Batch (documented); texts assumed.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from itertools import islice
from json import dumps, loads
from typing import Any, Final, TypeVar

from batchmock.errors import ServiceError

# Documented: a token belongs to one request. The text is assumed.
INVALID_NEXT_TOKEN: Final = "Invalid nextToken"
_DIGEST_SIZE: Final = 8
_BASE64: Final = re.compile(r"(?:[\w-]{4})*(?:[\w-]{2}==|[\w-]{3}=)?", re.ASCII)
_PAGE_MEMBERS: Final = ("maxResults", "nextToken")

#: The default and maximum page size of most operations.
DEFAULT_PAGE_SIZE: Final = 100

Item = TypeVar("Item")


def make_token(question: object, position: object) -> str:
    """Return the token for the items after `position` of the reply to `question`; both are JSON values."""
    content = dumps([question, position]).encode()
    return urlsafe_b64encode(_digest(content) + content).decode()


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=_DIGEST_SIZE).digest()


def position_of(token: str | None, question: object) -> Any:
    """
    Return the cursor in a token; None without a token, or with an empty one.

    Raises:
        ServiceError: the token is malformed or belongs to a different request.

    Source: the ParallelCluster command line starts each listing with an empty token (captured:
    aws-parallelcluster-awsbatch-cli).
    """
    if not token:
        return None
    # Other characters would be ignored, with a warning from Python 3.15 on.
    if not _BASE64.fullmatch(token):
        raise ServiceError(INVALID_NEXT_TOKEN)
    decoded = urlsafe_b64decode(token.encode())
    digest, content = decoded[:_DIGEST_SIZE], decoded[_DIGEST_SIZE:]
    if digest != _digest(content):
        raise ServiceError(INVALID_NEXT_TOKEN)
    asked, position = loads(content)
    if asked != question:
        raise ServiceError(INVALID_NEXT_TOKEN)
    return position


def take_page(items: Iterable[Item], size: int) -> tuple[list[Item], bool]:
    """Return up to `size` items, and whether there are more."""
    page = list(islice(items, size + 1))
    return page[:size], len(page) > size


def question_of(operation: str, request: Mapping[str, Any]) -> list[Any]:
    """Return the part of a request that a token belongs to: everything but the page."""
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
    Return the reply to a List call: a page of items, and a token if there are more.

    Args:
        operation: the operation's name.
        request: the validated request.
        member: the member of the reply that holds the items.
        items: the items after the cursor, or all of them, in ascending order of position.
        position: returns an item's cursor, which stays valid when other items come or go.
        shown: returns the list entry of an item.
    """
    question = question_of(operation, request)
    behind = position_of(request.get("nextToken"), question)
    rest = (item for item in items if behind is None or position(item) > behind)
    page, more = take_page(rest, request.get("maxResults", DEFAULT_PAGE_SIZE))
    reply: dict[str, Any] = {member: [shown(item) for item in page]}
    if more:
        reply["nextToken"] = make_token(question, position(page[-1]))
    return reply
