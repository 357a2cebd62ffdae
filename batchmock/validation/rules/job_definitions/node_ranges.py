"""
Ranges of nodes of a multi-node parallel job: `a:b`, `:b`, `a:`, `:` and `a`, both ends included.

Pure functions for the rules and for `operations`. Their arguments are well-formed: the schema has checked them
(`targetNodes` in constraints.json).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from batchmock.validation import texts

# A longer number is beyond every node, and may be too long for `int`.
_DIGITS = 9


def parse_range(text: str, num_nodes: int) -> range:
    """
    Return the indexes of the nodes in the range `text` for a job of `num_nodes` nodes.

    An explicit end may lie beyond the last node, and a backward range is empty; `range_problem` reports both.
    """
    first, colon, last = text.partition(":")
    start = _index(first) if first else 0
    if last:
        return range(start, _index(last) + 1)
    return range(start, num_nodes if colon else start + 1)


def has_open_end(text: str) -> bool:
    """Return whether the range grows with the number of nodes, as `a:` and `:` do."""
    return text.endswith(":")


def ranges_at(ranges: Sequence[range], node: int) -> list[int]:
    """
    Return the indexes in `ranges` of the ranges that contain a node; the first one applies to it.

    The narrower of nested ranges applies (documented), and the later of equally wide ones (assumed).
    """
    places = (place for place, nodes in enumerate(ranges) if node in nodes)
    return sorted(places, key=lambda place: (len(ranges[place]), -place))


def range_problem(text: str, num_nodes: int) -> str | None:
    """Return the text for a range that exceeds the nodes of the job, or runs backward."""
    nodes = parse_range(text, num_nodes)
    if max(nodes.start, nodes.stop - 1) >= num_nodes:
        return f"Node range error {text}. Node range should be smaller than number of nodes"
    return None if nodes else texts.NODE_RANGE_BACKWARDS.format(value=text)


def covers_all(ranges: Iterable[range], num_nodes: int) -> bool:
    """Return whether each node of the job is in a range."""
    return len(set().union(*ranges)) == num_nodes


def _index(digits: str) -> int:
    return int(digits) if len(digits) <= _DIGITS else int("9" * _DIGITS)
