"""
Event patterns of Amazon EventBridge rules.

Source: Amazon EventBridge user guide, "Event patterns" and "Comparison operators" (documented). Further
restrictions on patterns, and how arrays of objects match, are inferred from AWS's own open
implementation, aws/event-ruler.
"""

from __future__ import annotations

from collections.abc import Mapping
from json import JSONDecodeError, dumps, loads
from typing import Any, Protocol, TypeAlias

from batchmock.errors import BatchMockError
from batchmock.observe.events.value_tests import ABSENT, Test, value_test

#: A dict as in the JSON of a rule, or that JSON as text.
EventPattern: TypeAlias = "Mapping[str, Any] | str"


class Pattern:
    """
    A valid event pattern.

    Args:
        given: a dict as in the JSON of a rule, or that JSON as text.

    Raises:
        BatchMockError: EventBridge would refuse the pattern; the message gives the reason.
    """

    def __init__(self, given: EventPattern) -> None:
        pattern = _decoded(given)
        if not isinstance(pattern, dict):
            raise _invalid("Filter is not an object", given)
        try:
            _check_names(pattern, pattern)
            #: The pattern in JSON.
            self.text = dumps(pattern, default=repr)
        except (RecursionError, ValueError):
            raise _invalid("Filter contains itself, or is nested too deeply", "{...}") from None
        self._fields = _fields(pattern, "", self.text)

    def matches(self, event: Mapping[str, Any]) -> bool:
        """Return whether the pattern matches an event."""
        return self._fields.matches(event)

    def may_match(self, part: Mapping[str, Any]) -> bool:
        """Return whether the pattern may match an event of which only some fields are known."""
        return self._fields.matches(part, partial=True)

    def is_decided_by(self, part: Mapping[str, Any]) -> bool:
        """Return whether the pattern reads known fields only, so that `may_match` knows whether it matches."""
        return self._fields.reads_only(part)

    def __repr__(self) -> str:
        return f"<Pattern {self.text}>"


class _Node(Protocol):
    def matches(self, value: Any, *, partial: bool = False) -> bool:
        """
        Return whether the value at this place of an event matches; `ABSENT` means no value.

        The missing fields of a `partial` value count as matching.
        """

    def reads_only(self, part: Any) -> bool:
        """Return whether all fields that are read below this place are in `part`."""


class _Fields:
    """An object of a pattern: all of its fields must match, and one alternative of each `$or`."""

    def __init__(self, fields: dict[str, _Node], either: list[_Node]) -> None:
        self._fields = fields
        self._either = either

    def matches(self, value: Any, *, partial: bool = False) -> bool:
        if isinstance(value, list) and value:
            return any(self.matches(item, partial=partial) for item in value)
        event = value if isinstance(value, dict) else {}
        # A loop, because this runs for each event, and a generator would take as long as the rest.
        for name, node in self._fields.items():
            item = event.get(name, ABSENT)
            if not (item is ABSENT and partial) and not node.matches(item, partial=partial):
                return False
        return not self._either or all(
            node.matches(event, partial=partial) for node in self._either
        )

    def reads_only(self, part: Any) -> bool:
        return (
            isinstance(part, dict)
            and all(
                name in part and node.reads_only(part[name]) for name, node in self._fields.items()
            )
            and all(node.reads_only(part) for node in self._either)
        )


class _Either:
    """The alternatives of a `$or`."""

    def __init__(self, alternatives: list[_Fields]) -> None:
        self._alternatives = alternatives

    def matches(self, value: Any, *, partial: bool = False) -> bool:
        return any(fields.matches(value, partial=partial) for fields in self._alternatives)

    def reads_only(self, part: Any) -> bool:
        return all(fields.reads_only(part) for fields in self._alternatives)


class _Values:
    """An array of a pattern: the value, or one item of an array, must pass one of its tests."""

    def __init__(self, tests: list[Test]) -> None:
        self._tests = tests

    def matches(self, value: Any, *, partial: bool = False) -> bool:
        for item in (value,) if isinstance(value, str) else _leaves(value) or (ABSENT,):
            for test in self._tests:
                if test(item):
                    return True
        return False

    def reads_only(self, part: Any) -> bool:
        return True


def _leaves(value: Any) -> list[Any]:
    """Return the scalar values at a place of an event; none for an object or an absent value."""
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [] if value is ABSENT or isinstance(value, dict) else [value]


def _decoded(given: EventPattern) -> Any:
    if not isinstance(given, str):
        return given
    try:
        return loads(given)
    except JSONDecodeError as error:
        raise _invalid(f"Filter is not valid JSON: {error}", given) from None


def _check_names(value: object, pattern: object) -> None:
    """
    Check that all fields have names that JSON can have.

    Raises:
        BatchMockError: a name is not text.
    """
    if isinstance(value, dict):
        for name in value:
            if not isinstance(name, str):
                raise _invalid(f"Field name {name!r} is not text", pattern)
    if isinstance(value, (dict, list, tuple)):
        for item in value.values() if isinstance(value, dict) else value:
            _check_names(item, pattern)


def _invalid(reason: str, pattern: object) -> BatchMockError:
    return BatchMockError(
        f"batchmock: the event pattern is not valid. Reason: {reason}. EventBridge would answer with "
        f"InvalidEventPatternException. The pattern is {pattern}."
    )


# Compile the JSON of a pattern to tests


def _fields(pattern: Mapping[str, Any], path: str, whole: str) -> _Fields:
    if not pattern:
        raise _invalid("Empty objects are not allowed", whole)
    fields: dict[str, _Node] = {}
    either: list[_Node] = []
    for name, value in pattern.items():
        if name == "$or":
            either.append(_either(value, path, whole))
        else:
            fields[name] = _field(value, f"{path}.{name}" if path else str(name), whole)
    return _Fields(fields, either)


def _either(alternatives: Any, path: str, whole: str) -> _Either:
    is_list = isinstance(alternatives, (list, tuple)) and len(alternatives) > 1
    if not is_list or not all(isinstance(item, dict) for item in alternatives):
        raise _invalid('"$or" must be an array of at least two objects', whole)
    return _Either([_fields(item, path, whole) for item in alternatives])


def _field(value: Any, path: str, whole: str) -> _Node:
    if isinstance(value, dict):
        return _fields(value, path, whole)
    if not isinstance(value, (list, tuple)):
        raise _invalid(f'"{path}" must be an object or an array', whole)
    if not value:
        raise _invalid(f'Empty arrays are not allowed, but "{path}" is one', whole)
    try:
        return _Values([value_test(item) for item in value])
    except ValueError as error:
        raise _invalid(f'{error}, at "{path}"', whole) from None
