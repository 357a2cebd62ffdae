"""
Client tokens: a repeated update gets the first one's reply and changes nothing.

Source: clientToken of UpdateConsumableResource (documented: two requests with one token and one
payload both succeed, the update happens once; a token is valid for 8 hours).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from batchmock.errors import ServiceError

#: How long a clientToken is valid (documented: 8 hours).
TOKEN_VALID_MS: Final = 8 * 3_600_000

# Documented: a token identifies one request. The text is assumed.
TOKEN_USED: Final = "clientToken {token} was used with another request."


class UpdatesByToken:
    """A cache of replies to updates by clientToken; entries expire with the token."""

    __slots__ = ("_updates",)

    def __init__(self) -> None:
        self._updates: dict[str, tuple[int, dict[str, Any], dict[str, Any]]] = {}

    def reply_to(self, request: Mapping[str, Any], now_ms: int) -> dict[str, Any] | None:
        """
        Return the reply to an earlier request with the same token; None for a new token.

        Raises:
            ServiceError: the token belongs to a different request (the refusal is assumed).
        """
        while self._updates:
            token, (at_ms, _, _) = next(iter(self._updates.items()))
            if now_ms - at_ms < TOKEN_VALID_MS:
                break
            del self._updates[token]
        token = request.get("clientToken", "")
        if token not in self._updates:
            return None
        _, earlier, reply = self._updates[token]
        if earlier != request:
            raise ServiceError(TOKEN_USED.format(token=token))
        return dict(reply)

    def keep(self, request: Mapping[str, Any], reply: dict[str, Any], now_ms: int) -> None:
        """Cache the reply to an update."""
        if "clientToken" in request:
            self._updates[request["clientToken"]] = (now_ms, dict(request), dict(reply))
