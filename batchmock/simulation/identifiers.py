"""Ids as a function of a seed and the order in which they are asked for: never `uuid4`, never chance."""

from __future__ import annotations

from hashlib import blake2b


class Identifiers:
    """The source of every id that one mock gives out. Each kind of id counts for itself."""

    __slots__ = ("_counts", "_seed")

    def __init__(self, seed: int) -> None:
        self._seed = f"{seed}:"
        self._counts: dict[str, int] = {}

    def hex(self, kind: str, size: int = 16) -> str:
        """Give the next id of a kind as `size` bytes (64 at the most) in lower-case hexadecimal."""
        count = self._counts.get(kind, 0)
        self._counts[kind] = count + 1
        return blake2b(f"{self._seed}{kind}:{count}".encode(), digest_size=size).hexdigest()

    def hex_of(self, kind: str, number: int, size: int) -> str:
        """Give the id of one of a kind that is counted elsewhere (0 for the first), in the same form."""
        return blake2b(f"{self._seed}{kind}:{number}".encode(), digest_size=size).hexdigest()

    def uuid(self, kind: str) -> str:
        """Give the next id of a kind in the form of a random UUID (version 4)."""
        return uuid_text(self.hex(kind), "4")

    def uuid_of(self, kind: str, number: int) -> str:
        """Give the id of one of a kind that is counted elsewhere, in the same form."""
        name = f"{self._seed}{kind}:{number}".encode()
        return uuid_text(blake2b(name, digest_size=16).hexdigest(), "4")


def uuid_text(digits: str, version: str) -> str:
    """Write 32 hexadecimal digits as a UUID of a version: the version and variant digits are set."""
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-{version}{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def name_based_uuid(name: str) -> str:
    """Give the UUID (version 3 in form, as live compute environments show) that belongs to a name."""
    return uuid_text(blake2b(name.encode(), digest_size=16).hexdigest(), "3")
