"""The values of a template's parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from batchmock.errors import BatchMockError
from batchmock.loading.cloudformation.texts import text_of
from batchmock.loading.stand_ins import of_type

_SSM = "AWS::SSM::Parameter::Value<"


def parameter_values(
    declared: Mapping[str, Mapping[str, Any]], given: Mapping[str, Any], file: str
) -> dict[str, Any]:
    """
    Return the value of each parameter: the given one, or its default.

    A default that names an SSM parameter becomes a made-up value; a given value is used as it is.

    Raises:
        BatchMockError: a parameter is unknown, has no value, or has one that the template does not allow.
    """
    unknown = [name for name in given if name not in declared]
    if unknown:
        known = ", ".join(map(repr, declared)) or "none"
        raise BatchMockError(
            f"batchmock: {file} has no parameter {unknown[0]!r}. Its parameters are {known}."
        )
    missing = [
        name for name, content in declared.items() if name not in given and "Default" not in content
    ]
    if missing:
        raise BatchMockError(_missing(missing, declared, file))
    values = {}
    for name, content in declared.items():
        kind = str(content.get("Type", "String"))
        values[name] = _value(name, kind, content, given)
        for problem in _problems(content, given.get(name, content.get("Default"))):
            raise BatchMockError(f"batchmock: {file}: parameter {name!r} {problem}.")
    return values


def _missing(missing: list[str], declared: Mapping[str, Mapping[str, Any]], file: str) -> str:
    plural = "s" if len(missing) > 1 else ""
    listed = ", ".join(f"{name!r} ({declared[name].get('Type', 'String')})" for name in missing)
    pairs = ", ".join(f"{name!r}: ..." for name in missing)
    return (
        f"batchmock: {file} has no default for parameter{plural} {listed}. "
        f"Pass parameters={{{pairs}}} to load()."
    )


def _value(name: str, kind: str, content: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    value = given[name] if name in given else content["Default"]
    is_list = kind == "CommaDelimitedList" or "List<" in kind
    if kind.startswith(_SSM) and name not in given:
        made = of_type(kind, str(value))
        return [made] if is_list else made
    if is_list and not isinstance(value, (list, tuple)):
        return [item.strip() for item in str(value).split(",")] if str(value) else []
    return list(value) if isinstance(value, tuple) else value


def _problems(content: Mapping[str, Any], value: Any) -> Iterator[str]:
    values = value if isinstance(value, (list, tuple)) else [value]
    if content.get("Type") in ("CommaDelimitedList", "List<Number>") and isinstance(value, str):
        values = [item.strip() for item in value.split(",")]
    for item in map(text_of, values):
        allowed = content.get("AllowedValues")
        if allowed is not None and item not in list(map(text_of, allowed)):
            yield f"is {item!r}, and may be {', '.join(map(repr, map(text_of, allowed)))}"
        pattern = content.get("AllowedPattern")
        if pattern is not None and not _matches(pattern, item):
            yield f"is {item!r}, which does not match its AllowedPattern {pattern!r}"
        if content.get("Type") in ("Number", "List<Number>"):
            yield from _problems_of_number(content, item)
        elif content.get("Type", "String") == "String":
            yield from _problems_of_length(content, item)


def _problems_of_number(content: Mapping[str, Any], item: str) -> Iterator[str]:
    number = _number(item)
    if number is None:
        yield f"is {item!r}, which is not a number"
        return
    least, most = _number(content.get("MinValue")), _number(content.get("MaxValue"))
    if least is not None and number < least:
        yield f"is {item}, and its MinValue is {least:g}"
    if most is not None and number > most:
        yield f"is {item}, and its MaxValue is {most:g}"


def _problems_of_length(content: Mapping[str, Any], item: str) -> Iterator[str]:
    least, most = _number(content.get("MinLength")), _number(content.get("MaxLength"))
    if least is not None and len(item) < least:
        yield f"is {item!r}, which is shorter than its MinLength {least:g}"
    if most is not None and len(item) > most:
        yield f"is {item!r}, which is longer than its MaxLength {most:g}"


def _number(value: Any) -> float | None:
    """Return a number that may be written as text; None if it is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _matches(pattern: str, text: str) -> bool:
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:
        # CloudFormation uses Java's patterns, of which Python lacks a few.
        return True
