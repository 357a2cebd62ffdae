"""The pages of lists of Amazon ECS and Amazon EC2."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from batchmock.errors import ServiceError
from batchmock.operations.pagination import make_token, position_of, take_page

Item = TypeVar("Item")
Request = Mapping[str, Any]


class PageMembers(NamedTuple):
    """The names of the paging members, and the error for a bad token."""

    size: str
    token: str
    bad_token: ServiceError


def paged(
    operation: str,
    request: Request,
    items: Iterable[Item],
    *,
    place: Callable[[Item], Any],
    members: PageMembers,
    default_size: int,
) -> tuple[list[Item], dict[str, str]]:
    """
    Return the page of a request, and its token if there are more items.

    A token holds the place of its page's last item, so that new items do not shift the next page.

    Args:
        operation: the operation's name.
        request: the request.
        items: all items in ascending order of place.
        place: returns the cursor of an item, a JSON value.
        members: the paging members.
        default_size: the size of a page by default.

    Raises:
        ServiceError: the token belongs to another request.
    """
    paging = (members.size, members.token)
    question = [operation, {name: item for name, item in request.items() if name not in paging}]
    try:
        behind = position_of(request.get(members.token), question)
    except ServiceError:
        raise members.bad_token from None
    rest = (item for item in items if behind is None or list(place(item)) > behind)
    page, more = take_page(rest, request.get(members.size, default_size))
    token = {members.token: make_token(question, list(place(page[-1])))} if more else {}
    return page, token
