"""Identifiers, derived only from a seed and the order in which they are requested."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import Final

#: The variant digit of a UUID, by the hash digit in its place.
_VARIANTS: Final = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
#: UUIDs are computed in batches, which grow with the number requested so far, between these bounds.
_MOST_AHEAD: Final = 64
_FEWEST_AHEAD: Final = 2
#: Batches kept in a process. The mocks of a test suite mostly have one seed, and need the same first ids.
_MOST_BATCHES: Final = 128


class Identifiers:
    """The source of every identifier of one mock. Each kind is counted separately."""

    __slots__ = ("_ahead", "_counts", "_seed")

    def __init__(self, seed: int) -> None:
        self._seed = f"{seed}:"
        self._counts: dict[str, int] = {}
        #: The next UUIDs of each kind, in reverse: a batch takes less time than single ones.
        self._ahead: dict[str, list[str]] = {}

    def snapshot(self) -> tuple[dict[str, int], dict[str, list[str]]]:
        """Return the state that `restore` needs to issue the same ids again."""
        return dict(self._counts), {kind: list(ids) for kind, ids in self._ahead.items()}

    def restore(self, snapshot: tuple[dict[str, int], dict[str, list[str]]]) -> None:
        """Restore a snapshot: the ids issued since then are issued again."""
        self._counts, self._ahead = snapshot

    def hex(self, kind: str, size: int = 16) -> str:
        """Return the next id of a kind: `size` bytes (at most 64) in lower-case hexadecimal."""
        count = self._counts.get(kind, 0)
        self._counts[kind] = count + 1
        return blake2b(f"{self._seed}{kind}:{count}".encode(), digest_size=size).hexdigest()

    def hex_of(self, kind: str, number: int, size: int) -> str:
        """Return the id with a number (0 for the first) of a kind that the caller counts, in the same form."""
        return blake2b(f"{self._seed}{kind}:{number}".encode(), digest_size=size).hexdigest()

    def uuid(self, kind: str) -> str:
        """Return the next id of a kind in the form of a random UUID (version 4); don't mix with `hex`."""
        ahead = self._ahead.get(kind)
        if not ahead:
            ahead = self._ahead[kind] = self._next_uuids(kind)
        return ahead.pop()

    def uuid_of(self, kind: str, number: int) -> str:
        """Return the UUID with a number of a kind that the caller counts."""
        name = f"{self._seed}{kind}:{number}".encode()
        return uuid_text(blake2b(name, digest_size=16).hexdigest(), "4")

    def _next_uuids(self, kind: str) -> list[str]:
        """Compute the next batch of UUIDs of a kind, in reverse."""
        count = self._counts.get(kind, 0)
        then = count + min(max(count, _FEWEST_AHEAD), _MOST_AHEAD)
        self._counts[kind] = then
        return [*_uuids_of(f"{self._seed}{kind}:", count, then)]


@lru_cache(maxsize=_MOST_BATCHES)
def _uuids_of(prefix: str, first: int, end: int) -> tuple[str, ...]:
    """Return the UUIDs of the names that are a prefix with each number of a range, in reverse."""
    # Hash the common prefix of the names once.
    beginning = blake2b(prefix.encode(), digest_size=16)
    ids = []
    for number in reversed(range(first, end)):
        whole = beginning.copy()
        whole.update(b"%d" % number)
        ids.append(uuid_text(whole.hexdigest(), "4"))
    return tuple(ids)


def uuid_text(digits: str, version: str) -> str:
    """Format 32 hexadecimal digits as a UUID, with its version and variant digits set."""
    variant = _VARIANTS[digits[16]]
    return f"{digits[:8]}-{digits[8:12]}-{version}{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def name_based_uuid(name: str) -> str:
    """Return the UUID of a name (version 3 in form, as live compute environments show)."""
    return uuid_text(blake2b(name.encode(), digest_size=16).hexdigest(), "3")
