"""The pages of CloudWatch Logs' replies: limits, tokens and contents."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any, Final

from batchmock.errors import ServiceError
from batchmock.observe.logs.filters import refused
from batchmock.observe.logs.groups import LogStream
from batchmock.operations.pagination import make_token, position_of
from batchmock.simulation.jobs.logs import WrittenLine

# Captured.
TOO_LARGE: Final = (
    "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: "
    "Member must have value less than or equal to {largest}"
)
# Assumed by analogy with the text above.
TOO_SMALL: Final = (
    "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: "
    "Member must have value greater than or equal to 1"
)
# Assumed: the service refuses it; its exact text is unknown.
BAD_TOKEN: Final = "The specified nextToken is invalid."

MOST_EVENTS: Final = 10_000
#: The number of digits of event ids and of GetLogEvents' tokens, and of the position in a token.
DIGITS: Final = 56
_POSITION_DIGITS: Final = 20

_PAGING: Final = ("nextToken", "limit")

Request = Mapping[str, Any]
Answer = dict[str, Any]


def question_of(request: Request) -> Answer:
    """Return a request without its paging members."""
    return {name: item for name, item in request.items() if name not in _PAGING}


def check_limit(request: Request, largest: int) -> None:
    """
    Check the limit of a request.

    Raises:
        ServiceError: the limit is less than 1 or more than `largest`.
    """
    limit = request.get("limit", 1)
    if limit > largest:
        raise refused(TOO_LARGE.format(value=limit, name="limit", largest=largest))
    if limit < 1:
        raise refused(TOO_SMALL.format(value=limit, name="limit"))


def paged(
    items: list[Any],
    place: Callable[[Any], Any],
    question: Answer,
    request: Request,
    size: int,
    descending: bool,
) -> tuple[list[Any], Answer]:
    """
    Return the page of a request, and `nextToken` if there are more items.

    A token holds the sort key of its page's last item, so that new items do not shift the next page.

    Args:
        items: all items, sorted by `place`.
        place: the sort key of an item.
        question: the request without its paging members, to which the token belongs.
        request: may have `nextToken` and `limit`.
        size: the default limit.
        descending: whether the order is reversed.

    Raises:
        ServiceError: the token belongs to another request.
    """
    try:
        behind = position_of(request.get("nextToken"), question)
    except ServiceError:
        raise refused(BAD_TOKEN) from None
    behind = tuple(behind) if isinstance(behind, list) else behind
    limit = request.get("limit", size)
    if descending:
        end = len(items) if behind is None else bisect_left(items, behind, key=place)
        page, more = items[max(end - limit, 0) : end][::-1], end > limit
    else:
        start = 0 if behind is None else bisect_right(items, behind, key=place)
        page, more = items[start : start + limit], len(items) > start + limit
    return page, {"nextToken": make_token(question, place(page[-1]))} if more else {}


def span(
    lines: tuple[WrittenLine, ...], start_ms: int | None, end_ms: int | None
) -> tuple[int, int]:
    """Return the index range of the lines from `start_ms` on and before `end_ms`."""
    least = sum(start_ms is not None and line.at_ms < start_ms for line in lines)
    most = sum(end_ms is None or line.at_ms < end_ms for line in lines)
    return least, max(least, most)


def page_of_stream(stream: LogStream, request: Request, least: int, most: int) -> tuple[int, int]:
    """
    Return the index range of a page of GetLogEvents.

    Raises:
        ServiceError: the token belongs to another stream.
    """
    size = request.get("limit", MOST_EVENTS)
    token = request.get("nextToken")
    if token is None and request.get("startFromHead"):
        return least, min(least + size, most)
    if token is None:
        return max(least, most - size), most
    direction, place = _read_token(token, stream)
    if direction == "f":
        first = max(place, least)
        return first, max(first, min(first + size, most))
    last = min(place, most)
    return min(last, max(least, last - size)), last


def token_of_stream(direction: str, stream: LogStream, place: int) -> str:
    """Return a token in the service's format, for a position in a stream."""
    stem = digits(stream.name, DIGITS - _POSITION_DIGITS)
    return f"{direction}/{stem}{place:0{_POSITION_DIGITS}}/s"


def _read_token(token: str, stream: LogStream) -> tuple[str, int]:
    direction, _, rest = token.partition("/")
    place = rest.removesuffix("/s")[-_POSITION_DIGITS:]
    is_ours = place.isdecimal() and token == token_of_stream(direction, stream, int(place))
    if not is_ours or direction not in ("f", "b"):
        raise refused(BAD_TOKEN)
    return direction, int(place)


def digits(name: str, count: int) -> str:
    """Return a number of decimal digits derived from a name."""
    number = int.from_bytes(blake2b(name.encode(), digest_size=32).digest(), "big")
    return f"3{number % 10 ** (count - 1):0{count - 1}}"
