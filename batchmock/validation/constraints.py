"""
The entries of constraints.json: constraints missing from the AWS Batch service model.

Its `_meta` explains the keys and words. Each entry names its `source`.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pkgutil import get_data
from typing import Any

Entry = dict[str, Any]


@lru_cache(maxsize=1)
def constraints() -> dict[str, Entry]:
    """Return the entries by key: `Shape`, `Shape.member`, `Operation.member` or `Operation`."""
    # Not importlib.resources: importing it takes longer than reading the file.
    content = get_data(__package__, "constraints.json")
    if content is None:
        raise AssertionError(f"the loader of {__package__} gives no files")
    entries: dict[str, Entry] = json.loads(content)
    del entries["_meta"]
    return entries
