"""How long the bodies of replies are, for the header `content-length`."""

from __future__ import annotations

from typing import Any, Final

from batchmock.interception.replies import body_length

#: In bytes packed. Writing a longer reply as JSON would take as long as making it.
_EXACT: Final = 4096


class Lengths:
    """
    The lengths of bodies: exact for short replies, those of their packed form for long ones.

    Code that polls gets the same reply again and again, so the last length is kept.
    """

    __slots__ = ("_last", "_packed")

    def __init__(self) -> None:
        self._packed: bytes | None = None
        self._last = 0

    def of(self, reply: dict[str, Any], packed: bytes | None) -> int:
        """
        Return the bytes of the body of a reply.

        Args:
            reply: its members.
            packed: the same, packed by `marshal`; the same object for the same reply.
        """
        if packed is not None and len(packed) > _EXACT:
            return len(packed)
        if packed is None or packed is not self._packed:
            self._packed, self._last = packed, body_length(reply)
        return self._last
