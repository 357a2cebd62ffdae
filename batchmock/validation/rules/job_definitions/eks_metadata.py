"""Labels and annotations of a pod; its namespace is checked by the schema."""

from __future__ import annotations

import re
from typing import Any

from batchmock.validation import texts

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_PREFIX = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_PREFIX_LENGTH = 253
_RESERVED = ("kubernetes.io", "k8s.io", "batch.amazonaws.com")
_ANNOTATION_LENGTH = 255


def bad_labels(metadata: dict[str, Any]) -> str | None:
    """Refuse labels that Kubernetes or AWS Batch does not accept."""
    for key, value in metadata.get("labels", {}).items():
        text = _key_problem(key, "label")
        if text is not None:
            return text
        if value and not _NAME.fullmatch(value):
            return f"The pod label value {value} does not match a valid pattern."
    return None


def bad_annotations(metadata: dict[str, Any]) -> str | None:
    """Refuse annotations that Kubernetes or AWS Batch does not accept."""
    for key, value in metadata.get("annotations", {}).items():
        text = _key_problem(key, "annotation")
        if text is not None:
            return text
        if len(value) > _ANNOTATION_LENGTH:
            return f"Metadata annotation value {value} cannot be longer than 255 characters."
    return None


def _key_problem(key: str, kind: str) -> str | None:
    """Return the text for a key that is not `name` or `prefix/name`, or whose prefix is reserved."""
    prefix, slash, name = key.rpartition("/")
    if any(term in prefix for term in _RESERVED):
        return (
            f"The prefix {prefix} of the pod {kind} key cannot contain terms from the following "
            f"[{', '.join(_RESERVED)}]."
        )
    if slash and (len(prefix) > _PREFIX_LENGTH or not _PREFIX.fullmatch(prefix)):
        return texts.POD_KEY_PREFIX.format(value=prefix, kind=kind)
    if not _NAME.fullmatch(name):
        return f"The name {name} of the pod {kind} key does not match a valid pattern."
    return None
