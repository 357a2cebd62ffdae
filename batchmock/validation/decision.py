"""
A fast check whether a request is valid; `report` then finds the problem.

Only this module imports jsonschema_rs, on the first check. On platforms without a wheel it falls back to
jsonschema, with the same result and about a hundred times slower.
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
    """Return a predicate for requests that are valid under `schema`; cached."""
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
