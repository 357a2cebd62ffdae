"""
A fast decision whether a request is valid; `report` finds out what is wrong with it.

This module alone imports jsonschema_rs, at the first decision. Without a wheel for the platform,
jsonschema decides: with the same result, some hundred times slower.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

from batchmock.validation import report
from batchmock.validation.schema import Schema, without_annotations

Decision = Callable[[dict[str, Any]], bool]

# Sessions with the same model derive the same schema: they share one compiled validator.
_decisions: dict[str, Decision] = {}
_lock = threading.Lock()


def decision_for(schema: Schema) -> Decision:
    """Return a predicate for requests that are valid under `schema`; it is compiled once."""
    plain = without_annotations(schema)
    text = json.dumps(plain, sort_keys=True)
    with _lock:
        if text not in _decisions:
            _decisions[text] = compiled_decision(plain)
        return _decisions[text]


def compiled_decision(plain: Schema) -> Decision:
    """Compile a predicate for a schema without annotations."""
    try:
        import jsonschema_rs
    except ImportError:
        return report.decision(plain)
    return jsonschema_rs.Draft202012Validator(plain).is_valid
