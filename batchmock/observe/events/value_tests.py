"""
Tests of single values in event patterns: equality and the comparison operators of EventBridge.

Source: Amazon EventBridge user guide, "Comparison operators" (documented).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network
from operator import eq, ge, gt, le, lt
from typing import Any, Final

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


class Absent:
    """The type of `ABSENT`."""


#: The value at a place of an event where there is none.
ABSENT: Final = Absent()


def value_test(item: Any) -> Test:
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
    return lambda value: value is not ABSENT and not any(test(value) for test in tests)


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
    return lambda value: (value is not ABSENT) is operand


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
