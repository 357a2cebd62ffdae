"""
What the AWS Batch service model does not carry: the entries of constraints.json, read once.

The file says what its keys and words mean (`_meta`); each entry names its `source`.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any

Entry = dict[str, Any]


@lru_cache(maxsize=1)
def constraints() -> dict[str, Entry]:
    """Give the entries by key: `Shape`, `Shape.member`, `Operation.member` or `Operation`."""
    text = files(__package__).joinpath("constraints.json").read_text(encoding="utf-8")
    entries: dict[str, Entry] = json.loads(text)
    del entries["_meta"]
    return entries
