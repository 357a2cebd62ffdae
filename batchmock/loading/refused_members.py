"""Find the member of a request that the text of a refusal is about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

#: The length from which the value of a member identifies it.
_LONG_ENOUGH: Final = 8

#: The path at the beginning of the texts about types, whose other words are common, and about missing members.
_PATH: Final = re.compile(r"(\w+)(?:\[\d+\]|\.\w+)*(?= must be of type | is required\.?$)")

_CAPITAL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


def member_in(text: str, request: Mapping[str, Any], shape: Any) -> str | None:
    """
    Return the path of the member that most likely caused a refusal, if its text names one.

    Args:
        text: the text of the refusal.
        request: the request.
        shape: its shape in botocore's model. Keys of maps are no members, because users choose them.
    """
    written = _PATH.match(text)
    if written is not None and written[1] in shape.members:
        return written[0]
    words = _words(text)
    best, found = 0, None
    for path, names, value in _members(request, shape):
        score = sum(len(name) for name in names if _is_named(name, words))
        if isinstance(value, str) and len(value) >= _LONG_ENOUGH and value in text:
            score += len(value)
        if score > best:
            best, found = score, path
    return found


def _words(text: str) -> str:
    """Return the words of a text in lower case, and again with names such as `RetryAttempts` split."""
    written = re.findall(r"[A-Za-z0-9]+", text)
    split = _CAPITAL.sub(" ", " ".join(written))
    return f" {' '.join(written)} . {split} ".lower()


def _is_named(name: str, words: str) -> bool:
    """Return whether a text names a member: `jobQueueName`, or `job queue name`, or its plural."""
    spelled = (name.lower(), _CAPITAL.sub(" ", name).lower())
    forms = {form.removesuffix("s") for form in spelled}
    return any(f" {form}{ending} " in words for form in forms for ending in ("", "s"))


def _members(
    value: Any, shape: Any, path: str = "", names: tuple[str, ...] = ()
) -> Iterator[tuple[str, tuple[str, ...], Any]]:
    """Yield the path, the names in it, and the value of each member."""
    kind = shape.type_name
    inside: list[tuple[str, tuple[str, ...], Any, Any]] = []
    if kind == "structure" and isinstance(value, Mapping):
        for name in value:
            if name in shape.members:
                at = f"{path}.{name}" if path else name
                parts = (*names, name, *_named_by_type(name, value))
                inside.append((at, parts, value[name], shape.members[name]))
    elif kind == "map" and isinstance(value, Mapping):
        for key, item in value.items():
            inside.append((f"{path}.{key}", names, item, shape.value))
    elif kind == "list" and isinstance(value, list):
        for index, item in enumerate(value):
            inside.append((f"{path}[{index}]", names, item, shape.member))
    for at, found, item, of_item in inside:
        yield at, found, item
        yield from _members(item, of_item, at, found)


def _named_by_type(name: str, siblings: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the other name of a `value`: in a resource requirement, texts call it by its type, as `vCPU`."""
    kind = siblings.get("type")
    return (kind,) if name == "value" and isinstance(kind, str) else ()
