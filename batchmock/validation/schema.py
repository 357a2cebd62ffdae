"""
JSON Schema (draft 2020-12) for the request of an operation, derived from the client's own model.

Types, required members, enumerations and lengths come from the shapes of the model. Other constraints
are merged from constraints.json. The schema keeps the `x-*` annotations of those entries for the
report; `without_annotations` removes them. Nothing is cached.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from batchmock.copies import copy_of
from batchmock.validation.constraints import Entry

Schema = dict[str, Any]

_BITS = {"integer": 31, "long": 63}
_SCALARS = {"string": "string", "boolean": "boolean", "float": "number", "double": "number"}
_LIMITS = {
    "string": ("minLength", "maxLength"),
    "list": ("minItems", "maxItems"),
    "map": ("minProperties", "maxProperties"),
}
_MODEL_WORDS = frozenset(
    {"enum", "minimum", "maximum", *(word for words in _LIMITS.values() for word in words)}
)
_NOT_LAID_OVER = frozenset({"type", "source", "deprecated", "contentMediaType"})


def request_schema(operation_model: Any, constraints: Mapping[str, Entry]) -> Schema:
    """
    Return the schema for the request of an operation.

    Args:
        operation_model: the operation in the client's model: `name` and `input_shape` are read.
        constraints: the entries to merge, by key.

    Returns:
        One inlined schema. Unknown members are not refused: the service
        ignores them, and botocore refuses them before they are sent (observed).
    """
    name = operation_model.name
    shape = operation_model.input_shape
    if shape is None:
        return {"type": "object"}
    return _derived(shape, [name], name, constraints)


def without_annotations(schema: Any) -> Any:
    """Return a copy of the schema without `x-*` keywords."""
    if isinstance(schema, dict):
        return {
            word: without_annotations(value)
            for word, value in schema.items()
            if not word.startswith("x-")
        }
    if isinstance(schema, list):
        return [without_annotations(item) for item in schema]
    return schema


def _derived(shape: Any, keys: list[str], place: str, constraints: Mapping[str, Entry]) -> Schema:
    """Return the schema for a shape at `place`, merged with the entries `keys`."""
    if shape.type_name == "structure":
        schema = _structure(shape, place, constraints)
    elif shape.type_name == "list":
        items = _derived(shape.member, [shape.member.name], f"{place}[]", constraints)
        schema = {"type": "array", **_limits(shape), "items": items}
    elif shape.type_name == "map":
        schema = _map(shape, place, constraints)
    else:
        schema = _scalar(shape)
    for key in dict.fromkeys((shape.name, *keys)):
        if key in constraints:
            _lay_over(schema, constraints[key])
    return schema


def _structure(shape: Any, place: str, constraints: Mapping[str, Entry]) -> Schema:
    """Return the schema for a structure; members keep the model's order, which the report follows."""
    properties = {
        name: _derived(
            member, [f"{shape.name}.{name}", f"{place}.{name}"], f"{place}.{name}", constraints
        )
        for name, member in shape.members.items()
    }
    model_required = frozenset(shape.required_members)
    required = [
        name
        for name, member in properties.items()
        if name in model_required or member.get("x-required")
    ]
    return {"type": "object", "required": required, "properties": properties}


def _map(shape: Any, place: str, constraints: Mapping[str, Entry]) -> Schema:
    """Return the schema for a map, whose keys and values have their own shapes."""
    return {
        "type": "object",
        **_limits(shape),
        "propertyNames": _derived(shape.key, [], f"{place}.key", constraints),
        "additionalProperties": _derived(shape.value, [], f"{place}.value", constraints),
    }


def _scalar(shape: Any) -> Schema:
    """Return the schema for a number, string or boolean; a whole number is bounded by its bits."""
    if shape.type_name in _BITS:
        edge = 1 << _BITS[shape.type_name]
        schema = {
            "type": "integer",
            "minimum": shape.metadata.get("min", -edge),
            "maximum": shape.metadata.get("max", edge - 1),
        }
    else:
        schema = {"type": _SCALARS[shape.type_name], **_limits(shape)}
    if enum := shape.metadata.get("enum"):
        schema["enum"] = list(enum)
    return schema


def _limits(shape: Any) -> Schema:
    """Return the model's `min` and `max` as keywords for this kind of shape."""
    words = _LIMITS.get(shape.type_name, ())
    return {
        word: shape.metadata[limit]
        for limit, word in zip(("min", "max"), words, strict=False)
        if limit in shape.metadata
    }


def _lay_over(schema: Schema, entry: Entry) -> None:
    """Merge an entry of constraints.json into the schema."""
    for word, value in _laid_over_words(schema, entry):
        if word == "items":
            schema["items"].update(value)
        else:
            schema[word] = copy_of(value)
    for word in entry.get("x-notInSchema", ()):
        dropped = schema.pop(word, None)
        if word == "enum" and dropped is not None:
            schema["x-enum"] = dropped
    if entry.get("x-caseInsensitive"):
        schema["x-enum"] = schema.pop("enum")
        schema["pattern"] = any_case_pattern(schema["x-enum"])


def _laid_over_words(schema: Schema, entry: Entry) -> Iterator[tuple[str, Any]]:
    """
    Return the keywords of an entry that take effect.

    Keywords that repeat the model are left to the model, whose version may differ. Values that the service has
    added since an older model remain valid.
    """
    repeats_model = entry["source"].startswith("model")
    for word, value in entry.items():
        if word in _NOT_LAID_OVER:
            continue
        if not (repeats_model and word in _MODEL_WORDS and word in schema):
            yield word, value
        elif word == "enum":
            yield word, [*schema[word], *(item for item in value if item not in schema[word])]


def any_case_pattern(values: list[str]) -> str:
    """Return a pattern that matches each of the values in any letter case."""
    spelled = (
        "".join(f"[{letter.lower()}{letter.upper()}]" for letter in value) for value in values
    )
    return f"^({'|'.join(spelled)})$"
