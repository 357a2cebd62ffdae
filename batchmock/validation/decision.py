"""
Whether a request is valid: yes or no, and fast. What is wrong with it, `report` says.

The only importer of jsonschema_rs, at the first decision; where it cannot be imported (no wheel for
the platform), jsonschema decides, which gives the same answers some hundred times slower.
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
    """Return the function that tells whether a request is valid under `schema`, compiled once."""
    plain = without_annotations(schema)
    text = json.dumps(plain, sort_keys=True)
    with _lock:
        if text not in _decisions:
            _decisions[text] = compiled_decision(plain)
        return _decisions[text]


def compiled_decision(plain: Schema) -> Decision:
    """Return a new decision for a schema that holds nothing but words of JSON Schema."""
    try:
        import jsonschema_rs
    except ImportError:
        return report.decision(plain)
    return jsonschema_rs.Draft202012Validator(plain).is_valid
