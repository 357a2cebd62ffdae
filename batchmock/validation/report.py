"""
The first violation of the schema by a request, in the words of AWS Batch.

Only this module imports jsonschema, on the first refusal, because the import takes some 130 ms. The
service reports one problem at a time (captured): the first in the order of the model (assumed).
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from batchmock.errors import ServiceError
from batchmock.validation import texts
from batchmock.validation.patterns import compiled
from batchmock.validation.schema import Schema

# By keyword of JSON Schema: the fallback text.
_TEXT_BY_KEYWORD = {
    "enum": texts.ENUM,
    "maxLength": texts.TOO_LONG,
    "minLength": texts.TOO_SHORT,
    "minItems": texts.TOO_SHORT,
    "maxItems": texts.TOO_MANY_ITEMS,
    "maxProperties": texts.TOO_MANY_ENTRIES,
    "minimum": texts.OUT_OF_RANGE,
    "maximum": texts.OUT_OF_RANGE,
    "pattern": texts.PATTERN,
    "type": texts.WRONG_TYPE,
    "required": texts.MISSING_MEMBER,
}
_PLACEHOLDER = re.compile(r"<(\w+)>")
_OWN_VALUE = frozenset({"v", "n", "value", "k", "p", "driver"})


def first_problem(schema: Schema, params: dict[str, Any]) -> ServiceError | None:
    """
    Return the error for the first violation of `schema`, or None when jsonschema finds none.

    Args:
        schema: the schema with its annotations, which contain the service's texts.
        params: the request.
    """
    errors = list(_validator(schema).iter_errors(params))
    if not errors:
        return None
    first = min(errors, key=lambda error: _position(error, schema, params))
    return ServiceError(_text(first, params), wrapped=not first.schema.get("x-bare", False))


def decision(plain: Schema) -> Callable[[dict[str, Any]], bool]:
    """Return jsonschema's predicate, used where jsonschema_rs is not installed."""
    is_valid: Callable[[dict[str, Any]], bool] = _validator(plain).is_valid
    return is_valid


def _validator(schema: Schema) -> Any:
    return _validator_class()(schema)


@lru_cache(maxsize=1)
def _validator_class() -> Any:
    """Return jsonschema's validator, with patterns in the syntax of JSON Schema."""
    validators: Any = importlib.import_module("jsonschema.validators")
    return validators.extend(validators.Draft202012Validator, {"pattern": _pattern})


def _pattern(validator: Any, pattern: str, instance: Any, schema: Schema) -> Iterator[Any]:
    """Apply the keyword `pattern`; Python's `re` has no Unicode categories."""
    if isinstance(instance, str) and not compiled(pattern).search(instance):
        error: Any = importlib.import_module("jsonschema.exceptions").ValidationError
        yield error(f"{instance!r} does not match {pattern!r}")


def _position(error: Any, schema: Schema, params: Any) -> list[int]:
    """Return the position of the violation: the index at each level, in the model's order."""
    position: list[int] = []
    node: Any = schema
    instance = params
    for step in error.absolute_path:
        properties = node.get("properties", {})
        if isinstance(step, int):
            position.append(step)
            node = node["items"]
        elif step in properties:
            position.append(list(properties).index(step))
            node = properties[step]
        else:
            position.append(list(instance).index(step))
            node = node["additionalProperties"]
        instance = instance[step]
    if error.validator == "required":
        position.append(list(node["properties"]).index(_missing_member(error)))
    elif "propertyNames" in error.schema_path:
        position.append(list(instance).index(error.instance))
    return position


def _missing_member(error: Any) -> str:
    """Return the first required member that is missing."""
    missing: str = next(name for name in error.validator_value if name not in error.instance)
    return missing


def _text(error: Any, params: dict[str, Any]) -> str:
    """Return the text for a violation: the service's if it is known, otherwise an assumed one."""
    captured = _captured_text(error, params)
    if captured is not None:
        return _filled(captured, error, params)
    assumed = error.schema.get("x-assumed", {}).get(error.validator)
    template = getattr(texts, assumed) if assumed else _kind_text(error)
    return str(template).format(**_fields(error))


def _kind_text(error: Any) -> str:
    if "x-enum" in error.schema and error.validator == "pattern":
        return texts.ENUM
    return _TEXT_BY_KEYWORD.get(error.validator, texts.INVALID_VALUE)


def _captured_text(error: Any, params: dict[str, Any]) -> str | None:
    """Return the service's text in constraints.json for this member and keyword."""
    entry = error.schema
    if error.validator == "type":
        return None
    if error.validator == "required" and "properties" in entry:
        member = entry["properties"][_missing_member(error)]
        return _optional(member.get("x-missingMessage"))
    if params.get("platformCapabilities") == ["FARGATE"] and "x-fargateMessage" in entry:
        return _optional(entry["x-fargateMessage"])
    if error.validator in ("minItems", "minLength") and "x-emptyMessage" in entry:
        return _optional(entry["x-emptyMessage"])
    if error.validator in entry.get("x-assumed", {}):
        return None
    return _optional(entry.get("x-messages", {}).get(error.validator, entry.get("x-message")))


def _optional(text: Any) -> str | None:
    return None if text is None else str(text)


def _filled(text: str, error: Any, params: dict[str, Any]) -> str:
    """Fill values into a captured text: the offending value, or a member of an enclosing structure."""

    def value_of(placeholder: re.Match[str]) -> str:
        name = placeholder.group(1)
        return shown(error.instance if name in _OWN_VALUE else _around(error, params, name))

    return _PLACEHOLDER.sub(value_of, text)


def _around(error: Any, params: dict[str, Any], name: str) -> Any:
    """Return the member `name` of the innermost enclosing structure that has it."""
    found: Any = None
    instance: Any = params
    for step in error.absolute_path:
        if isinstance(instance, dict):
            found = instance.get(name, found)
        instance = instance[step]
    return found


def _fields(error: Any) -> dict[str, Any]:
    """Return all fields that an assumed text may contain."""
    path = list(error.absolute_path)
    if error.validator == "required":
        path.append(_missing_member(error))
    instance = error.instance
    return {
        "path": dotted(path),
        "value": shown(instance),
        "limit": error.validator_value,
        "count": len(instance) if isinstance(instance, (str, list, dict)) else 0,
        "allowed": ", ".join(error.schema.get("enum") or error.schema.get("x-enum") or ()),
        "minimum": error.schema.get("minimum"),
        "maximum": error.schema.get("maximum"),
    }


def dotted(path: Sequence[str | int]) -> str:
    """Return a path as botocore writes it, e.g. `dependsOn[0].jobId`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def shown(value: Any) -> str:
    """Format a value for a text: a string unchanged, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
