"""The lengths of reply bodies, for the header `content-length`."""

from __future__ import annotations

from typing import Any, Final

from batchmock.interception.replies import body_length

#: In packed bytes. Serializing a longer reply as JSON would take as long as building it.
_EXACT: Final = 4096


class Lengths:
    """
    The lengths of bodies: exact for short replies, the packed length for long ones.

    Code that polls gets the same reply again and again, so the last length is kept.
    """

    __slots__ = ("_last", "_packed")

    def __init__(self) -> None:
        self._packed: bytes | None = None
        self._last = 0

    def of(self, reply: dict[str, Any], packed: bytes | None) -> int:
        """
        Return the length of the body of a reply in bytes.

        Args:
            reply: its members.
            packed: the members packed by `marshal`; the same object for an unchanged reply.
        """
        if packed is not None and len(packed) > _EXACT:
            return len(packed)
        if packed is None or packed is not self._packed:
            self._packed, self._last = packed, body_length(reply)
        return self._last
