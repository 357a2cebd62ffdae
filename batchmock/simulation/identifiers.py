"""Ids as a function of a seed and the order in which they are asked for: never `uuid4`, never chance."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

#: The digit of a UUID that tells its variant, by the digit that chance would have there.
_VARIANTS: Final = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
#: A kind that so many ids were asked of gets as many ahead; a few at first, this many at the most.
_MOST_AHEAD: Final = 64
_FEWEST_AHEAD: Final = 2


class Identifiers:
    """The source of every id that one mock gives out. Each kind of id counts for itself."""

    __slots__ = ("_ahead", "_counts", "_seed")

    def __init__(self, seed: int) -> None:
        self._seed = f"{seed}:"
        self._counts: dict[str, int] = {}
        #: The UUIDs of each kind that come next, the last of them first: many at once take less time.
        self._ahead: dict[str, list[str]] = {}

    def snapshot(self) -> tuple[dict[str, int], dict[str, list[str]]]:
        """Return what `restore` needs to give the same ids again."""
        return dict(self._counts), {kind: list(ids) for kind, ids in self._ahead.items()}

    def restore(self, snapshot: tuple[dict[str, int], dict[str, list[str]]]) -> None:
        """Go back to a snapshot: the ids that were handed out since come again."""
        self._counts, self._ahead = snapshot

    def hex(self, kind: str, size: int = 16) -> str:
        """Give the next id of a kind as `size` bytes (64 at the most) in lower-case hexadecimal."""
        count = self._counts.get(kind, 0)
        self._counts[kind] = count + 1
        return blake2b(f"{self._seed}{kind}:{count}".encode(), digest_size=size).hexdigest()

    def hex_of(self, kind: str, number: int, size: int) -> str:
        """Give the id of one of a kind that is counted elsewhere (0 for the first), in the same form."""
        return blake2b(f"{self._seed}{kind}:{number}".encode(), digest_size=size).hexdigest()

    def uuid(self, kind: str) -> str:
        """Give the next id of a kind (none that `hex` gives) in the form of a random UUID (version 4)."""
        ahead = self._ahead.get(kind)
        if not ahead:
            ahead = self._ahead[kind] = self._next_uuids(kind)
        return ahead.pop()

    def uuid_of(self, kind: str, number: int) -> str:
        """Give the id of one of a kind that is counted elsewhere, in the same form."""
        name = f"{self._seed}{kind}:{number}".encode()
        return uuid_text(blake2b(name, digest_size=16).hexdigest(), "4")

    def _next_uuids(self, kind: str) -> list[str]:
        """Make the ids of a kind that come next, the last of them first."""
        count = self._counts.get(kind, 0)
        then = count + min(max(count, _FEWEST_AHEAD), _MOST_AHEAD)
        self._counts[kind] = then
        # All their names begin alike, and what is hashed of that is hashed once.
        beginning = blake2b(f"{self._seed}{kind}:".encode(), digest_size=16)
        ids = []
        for number in reversed(range(count, then)):
            whole = beginning.copy()
            whole.update(b"%d" % number)
            ids.append(uuid_text(whole.hexdigest(), "4"))
        return ids


def uuid_text(digits: str, version: str) -> str:
    """Write 32 hexadecimal digits as a UUID of a version: the version and variant digits are set."""
    variant = _VARIANTS[digits[16]]
    return f"{digits[:8]}-{digits[8:12]}-{version}{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def name_based_uuid(name: str) -> str:
    """Give the UUID (version 3 in form, as live compute environments show) that belongs to a name."""
    return uuid_text(blake2b(name.encode(), digest_size=16).hexdigest(), "3")
