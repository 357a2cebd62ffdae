"""Pages of what CloudWatch Logs answers: their limits, tokens, and what is on them."""

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
# Assumed: formed like the one above.
TOO_SMALL: Final = (
    "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: "
    "Member must have value greater than or equal to 1"
)
# Assumed: the service refuses it; its words are not known.
BAD_TOKEN: Final = "The specified nextToken is invalid."

MOST_EVENTS: Final = 10_000
#: How many digits the ids of events and the tokens of GetLogEvents have, and their part for the place.
DIGITS: Final = 56
_PLACE_DIGITS: Final = 20

_PAGING: Final = ("nextToken", "limit")

Request = Mapping[str, Any]
Answer = dict[str, Any]


def question_of(request: Request) -> Answer:
    """Give all that was asked but the page."""
    return {name: item for name, item in request.items() if name not in _PAGING}


def check_limit(request: Request, largest: int) -> None:
    """
    Check how many items a page is to have.

    Raises:
        ServiceError: more than it can have, or none.
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
    Give the page of a request, and `nextToken` if there are more.

    A token holds the place of the last item of its page, so that what is new meanwhile moves nothing.

    Args:
        items: what there is, sorted by place.
        place: gives the place of an item.
        question: what the token belongs to.
        request: with `nextToken` and `limit`, if there are any.
        size: how many items a page has otherwise.
        descending: whether the last item comes first.

    Raises:
        ServiceError: the token is none of this question's.
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
    """Give the places of the lines from an instant on and before another one."""
    least = sum(start_ms is not None and line.at_ms < start_ms for line in lines)
    most = sum(end_ms is None or line.at_ms < end_ms for line in lines)
    return least, max(least, most)


def page_of_stream(stream: LogStream, request: Request, least: int, most: int) -> tuple[int, int]:
    """
    Give the places at which a page of GetLogEvents begins and ends.

    Raises:
        ServiceError: the token is none of this stream's.
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
    """Give a token in the form of the service's: it belongs to a stream, and to a place there."""
    stem = digits(stream.name, DIGITS - _PLACE_DIGITS)
    return f"{direction}/{stem}{place:0{_PLACE_DIGITS}}/s"


def _read_token(token: str, stream: LogStream) -> tuple[str, int]:
    direction, _, rest = token.partition("/")
    place = rest.removesuffix("/s")[-_PLACE_DIGITS:]
    is_ours = place.isdecimal() and token == token_of_stream(direction, stream, int(place))
    if not is_ours or direction not in ("f", "b"):
        raise refused(BAD_TOKEN)
    return direction, int(place)


def digits(name: str, count: int) -> str:
    """Give so many decimal digits that belong to a name."""
    number = int.from_bytes(blake2b(name.encode(), digest_size=32).digest(), "big")
    return f"3{number % 10 ** (count - 1):0{count - 1}}"
