"""
Event patterns of Amazon EventBridge rules.

Source: Amazon EventBridge user guide, "Event patterns" and "Comparison operators" (documented). Further
restrictions on patterns, and how arrays of objects match, are inferred from AWS's own open
implementation, aws/event-ruler.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network
from json import JSONDecodeError, dumps, loads
from operator import eq, ge, gt, le, lt
from typing import Any, Final, Protocol, TypeAlias

from batchmock.errors import BatchMockError

#: A dict as in the JSON of a rule, or that JSON as text.
EventPattern: TypeAlias = "Mapping[str, Any] | str"
Test = Callable[[Any], bool]

#: Larger numbers can't be compared (documented).
LARGEST_NUMBER: Final = 5.0e9

_COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": eq,
    ">": gt,
    ">=": ge,
    "<": lt,
    "<=": le,
}


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
        _check_names(pattern, pattern)
        #: The pattern in JSON.
        self.text = dumps(pattern, default=repr)
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
        Return whether the value at this place of an event matches; `_ABSENT` means no value.

        The missing fields of a `partial` value count as matching.
        """

    def reads_only(self, part: Any) -> bool:
        """Return whether all fields that are read below this place are in `part`."""


class _Absent:
    """The type of `_ABSENT`."""


_ABSENT: Final = _Absent()


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
            item = event.get(name, _ABSENT)
            if not (item is _ABSENT and partial) and not node.matches(item, partial=partial):
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
        for item in (value,) if isinstance(value, str) else _leaves(value) or (_ABSENT,):
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
    return [] if value is _ABSENT or isinstance(value, dict) else [value]


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
        return _Values([_test(item) for item in value])
    except ValueError as error:
        raise _invalid(f'{error}, at "{path}"', whole) from None


def _test(item: Any) -> Test:
    """Return the test for one element of an array; raise ValueError if the element is not valid."""
    if not isinstance(item, dict):
        return _equals(item)
    if len(item) != 1:
        raise ValueError("Only one key allowed in match expression")
    ((operator, operand),) = item.items()
    if operator not in _OPERATORS:
        raise ValueError(
            f"Unrecognized match type {operator} (there are {', '.join(sorted(_OPERATORS))})"
        )
    return _OPERATORS[operator](operand)


def _equals(expected: Any) -> Test:
    if expected is not None and not isinstance(expected, (str, int, float)):
        raise ValueError("Match value must be String, number, true, false, or null")
    # 1, 1.0 and true are three different values to EventBridge (documented for numbers).
    return lambda value: type(value) is type(expected) and value == expected


def _text(operand: Any, operator: str) -> str:
    if not isinstance(operand, str):
        raise ValueError(f"{operator} match pattern must be a string")
    return operand


def _of_text(test: Callable[[str], bool]) -> Test:
    return lambda value: isinstance(value, str) and test(value)


def _equals_ignore_case(operand: Any) -> Test:
    expected = _text(operand, "equals-ignore-case").lower()
    return _of_text(lambda value: value.lower() == expected)


def _prefix(operand: Any) -> Test:
    if isinstance(operand, dict):
        folded = _ignoring_case(operand, "prefix")
        return _of_text(lambda value: value.lower().startswith(folded))
    expected = _text(operand, "prefix")
    return _of_text(lambda value: value.startswith(expected))


def _suffix(operand: Any) -> Test:
    if isinstance(operand, dict):
        folded = _ignoring_case(operand, "suffix")
        return _of_text(lambda value: value.lower().endswith(folded))
    expected = _text(operand, "suffix")
    return _of_text(lambda value: value.endswith(expected))


def _ignoring_case(operand: Mapping[str, Any], operator: str) -> str:
    if list(operand) != ["equals-ignore-case"]:
        raise ValueError(f"{operator} takes a string or equals-ignore-case")
    return _text(operand["equals-ignore-case"], operator).lower()


def _wildcard(operand: Any) -> Test:
    r"""Return a test for a string with `*` for any characters; `\*` is an asterisk, and `\\` a backslash."""
    parts = re.findall(r"\\.|.", _text(operand, "wildcard"), re.DOTALL)
    for part, following in zip(parts, [*parts[1:], ""], strict=True):
        if part == following == "*":
            raise ValueError("Consecutive wildcard characters")
        if part[0] == "\\" and part not in ("\\*", "\\\\"):
            raise ValueError(r"Invalid escape character, only \* and \\ are known")
    pattern = "".join(".*" if part == "*" else re.escape(part[-1]) for part in parts)
    expression = re.compile(pattern, re.DOTALL)
    return _of_text(lambda value: expression.fullmatch(value) is not None)


def _anything_but(operand: Any) -> Test:
    if isinstance(operand, dict):
        tests = _anything_but_tests(operand)
    else:
        tests = [_equals(item) for item in _excluded(operand)]
    return lambda value: value is not _ABSENT and not any(test(value) for test in tests)


def _excluded(operand: Any) -> list[Any]:
    """Return the values that anything-but excludes: strings only, or numbers only."""
    items = list(operand) if isinstance(operand, (list, tuple)) else [operand]
    texts = [item for item in items if isinstance(item, str)]
    numbers = [item for item in items if _is_number(item)]
    if not items or len(items) not in (len(texts), len(numbers)):
        raise ValueError("Inside anything-but, either all values are numbers or all are strings")
    return items


def _anything_but_tests(operand: Mapping[str, Any]) -> list[Test]:
    known = ("prefix", "suffix", "wildcard", "equals-ignore-case")
    if len(operand) != 1 or not operand.keys() <= set(known):
        raise ValueError(f"anything-but takes values or one of {', '.join(known)}")
    ((operator, values),) = operand.items()
    items = list(values) if isinstance(values, (list, tuple)) else [values]
    if not items:
        raise ValueError("Empty arrays are not allowed")
    return [_OPERATORS[operator](_text(item, operator)) for item in items]


def _numeric(operand: Any) -> Test:
    """Return a test for one comparison, or for a lower and an upper limit."""
    steps = list(operand) if isinstance(operand, (list, tuple)) else []
    operators, limits = steps[::2], steps[1::2]
    if not steps or len(operators) != len(limits):
        raise ValueError('numeric takes an operator and a number: ["<", 10] or [">", 0, "<=", 5]')
    for operator, limit in zip(operators, limits, strict=True):
        if not isinstance(operator, str) or operator not in _COMPARISONS:
            raise ValueError(f"Unrecognized numeric range operator: {operator}")
        if not _is_number(limit) or abs(limit) > LARGEST_NUMBER:
            raise ValueError("Value must be a number between -5.0E9 and 5.0E9, inclusive")
    is_range = len(operators) == 2 and operators[0][0] == ">" and operators[1][0] == "<"
    if len(operators) > 1 and not is_range:
        raise ValueError("Bad numeric range operator: a lower limit comes first, then an upper one")
    comparisons = [_COMPARISONS[operator] for operator in operators]
    return lambda value: (
        _is_number(value)
        and abs(value) <= LARGEST_NUMBER
        and all(compare(value, limit) for compare, limit in zip(comparisons, limits, strict=True))
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _exists(operand: Any) -> Test:
    if not isinstance(operand, bool):
        raise ValueError("exists match pattern must be either true or false")
    return lambda value: (value is not _ABSENT) is operand


def _cidr(operand: Any) -> Test:
    try:
        network = ip_network(_text(operand, "cidr"), strict=False)
    except ValueError:
        raise ValueError(f"Malformed CIDR: {operand!r} is not a network") from None
    return _of_text(lambda value: _lies_in(value, network))


def _lies_in(value: str, network: Any) -> bool:
    try:
        return ip_address(value) in network
    except ValueError:
        return False


_OPERATORS: Final[dict[str, Callable[[Any], Test]]] = {
    "anything-but": _anything_but,
    "cidr": _cidr,
    "equals-ignore-case": _equals_ignore_case,
    "exists": _exists,
    "numeric": _numeric,
    "prefix": _prefix,
    "suffix": _suffix,
    "wildcard": _wildcard,
}
