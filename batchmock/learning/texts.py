"""Remove private names from the texts of failures."""

from __future__ import annotations

import re
from typing import Final

_REPLACED: Final = (
    (re.compile(r"\b\d{12}\b"), "123456789012"),
    (re.compile(r"\bi-[0-9a-f]{8,17}\b"), "i-0123456789abcdef0"),
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"), "id"),
    (re.compile(r"\b[0-9a-f]{32,64}\b"), "id"),
    (re.compile(r"\barn:[^\s,;\"']+"), "arn"),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b"), "192.0.2.1"),
    (re.compile(r"\b[\w.-]+\.amazonaws\.com(?:/[\w./:@-]*[\w/])?"), "registry"),
)


def neutral(text: str | None, image: str | None) -> str | None:
    """Return a text without accounts, instances, ids, addresses, ARNs, registries, and the job's image."""
    if text is None:
        return None
    if image:
        text = _image_in(image).sub("image", text)
    for pattern, replacement in _REPLACED:
        text = pattern.sub(replacement, text)
    return text


def _image_in(image: str) -> re.Pattern[str]:
    """Return a pattern for an image, with its digest, its tag, or neither."""
    name = image.partition("@")[0]
    bare = name.rpartition(":")[0] if ":" in name.rpartition("/")[2] else name
    forms = "|".join(map(re.escape, (image, name, bare)))
    return re.compile(rf"(?<![\w-])(?:{forms})(?![\w-])")
