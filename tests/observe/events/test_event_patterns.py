"""Event patterns: what they match, and which ones EventBridge refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from batchmock import BatchMockError
from batchmock.observe.events.patterns import Pattern

EVENT: dict[str, Any] = {
    "source": "aws.batch",
    "time": "2017-10-02T18:43:48Z",
    "resources": ["arn:aws:batch:us-east-1:123456789012:job/a", "arn:of:the:queue"],
    "detail": {
        "status": "FAILED",
        "fileName": "dir/picture.png",
        "exitCode": 137,
        "share": 0.5,
        "isCancelled": True,
        "nothing": None,
        "empty": "",
        "address": "10.0.0.7",
        "createdAt": 1767323045000,
        "attempts": [
            {"container": {"exitCode": 1, "reason": "Out of memory"}},
            {"container": {"exitCode": 2}},
        ],
        "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
        "dependsOn": [],
    },
}


def of_detail(field: str, *values: Any) -> dict[str, Any]:
    """Return a pattern for one field of the detail."""
    return {"detail": {field: list(values)}}


MATCHING: list[dict[str, Any]] = [
    {"source": ["aws.batch"]},
    {"source": ["aws.ec2", "aws.batch"], "detail": {"status": ["FAILED"]}},
    {"resources": ["arn:of:the:queue"]},
    of_detail("exitCode", 137),
    of_detail("share", 0.5),
    of_detail("isCancelled", True),
    of_detail("nothing", None),
    of_detail("empty", ""),
    of_detail("status", {"prefix": "FAI"}),
    of_detail("status", {"prefix": ""}),
    of_detail("status", {"prefix": {"equals-ignore-case": "fai"}}),
    of_detail("fileName", {"suffix": ".png"}),
    of_detail("fileName", {"suffix": {"equals-ignore-case": ".PNG"}}),
    of_detail("status", {"equals-ignore-case": "failed"}),
    of_detail("fileName", {"wildcard": "dir/*.png"}),
    of_detail("fileName", {"wildcard": "*"}),
    of_detail("fileName", {"wildcard": "dir/picture.png"}),
    of_detail("status", {"anything-but": "SUCCEEDED"}),
    of_detail("status", {"anything-but": ["SUCCEEDED", "RUNNING"]}),
    of_detail("status", {"anything-but": {"prefix": "SUC"}}),
    of_detail("status", {"anything-but": {"prefix": ["SUC", "RUN"]}}),
    of_detail("fileName", {"anything-but": {"suffix": ".jpg"}}),
    of_detail("fileName", {"anything-but": {"wildcard": "*/lib/*"}}),
    of_detail("status", {"anything-but": {"equals-ignore-case": ["succeeded"]}}),
    of_detail("exitCode", {"anything-but": [0, 1]}),
    of_detail("nothing", {"anything-but": "x"}),
    of_detail("exitCode", {"numeric": ["=", 137]}),
    of_detail("exitCode", {"numeric": [">", 0, "<=", 137]}),
    of_detail("share", {"numeric": ["<", 1]}),
    of_detail("exitCode", {"exists": True}),
    of_detail("nothing", {"exists": True}),
    of_detail("statusReason", {"exists": False}),
    of_detail("dependsOn", {"exists": False}),
    of_detail("attempts", {"exists": False}),
    {"detail": {"container": {"exitCode": [{"exists": False}]}}},
    of_detail("address", {"cidr": "10.0.0.0/24"}),
    of_detail("status", "RUNNING", {"prefix": "FAIL"}),
    {"detail": {"attempts": {"container": {"exitCode": [2]}}}},
    {"detail": {"environment": {"name": ["B"], "value": ["2"]}}},
    {"detail": {"$or": [{"status": ["RUNNING"]}, {"exitCode": [{"numeric": [">", 100]}]}]}},
    {"$or": [{"source": ["aws.ec2"]}, {"detail": {"status": ["FAILED"]}}], "source": ["aws.batch"]},
]

NOT_MATCHING: list[dict[str, Any]] = [
    {"source": ["aws"]},
    {"source": ["aws.batch"], "detail": {"status": ["RUNNING"]}},
    {"unknown": {"nested": ["x"]}},
    of_detail("exitCode", "137"),
    of_detail("exitCode", 137.0),
    of_detail("isCancelled", 1),
    of_detail("nothing", ""),
    of_detail("empty", None),
    of_detail("status", "failed"),
    of_detail("exitCode", {"prefix": "1"}),
    of_detail("fileName", {"suffix": ".PNG"}),
    of_detail("fileName", {"wildcard": "dir/*.jpg"}),
    of_detail("fileName", {"wildcard": r"dir/\*.png"}),
    of_detail("fileName", {"wildcard": "dir.picture*"}),
    of_detail("status", {"anything-but": ["FAILED", "RUNNING"]}),
    of_detail("missing", {"anything-but": "x"}),
    of_detail("fileName", {"anything-but": {"suffix": [".png", ".jpg"]}}),
    of_detail("exitCode", {"numeric": [">", 137]}),
    of_detail("isCancelled", {"numeric": ["=", 1]}),
    of_detail("status", {"numeric": [">", 0]}),
    of_detail("createdAt", {"numeric": [">", 0]}),
    of_detail("exitCode", {"exists": False}),
    of_detail("attempts", {"exists": True}),
    of_detail("missing", {"exists": True}),
    of_detail("address", {"cidr": "10.0.1.0/24"}),
    of_detail("status", {"cidr": "10.0.0.0/24"}),
    {"detail": {"environment": {"name": ["A"], "value": ["2"]}}},
    {"detail": {"$or": [{"status": ["RUNNING"]}, {"exitCode": [0]}]}},
    {"detail": {"status": {"nested": ["FAILED"]}}},
]


@pytest.mark.parametrize("pattern", MATCHING, ids=json.dumps)
def test_matches(pattern: dict[str, Any]) -> None:
    """The pattern matches the event and does not rule out any part of it."""
    assert Pattern(pattern).matches(EVENT)
    assert Pattern(json.dumps(pattern)).matches(EVENT)
    assert Pattern(pattern).may_match({"source": "aws.batch", "detail": {"status": "FAILED"}})


@pytest.mark.parametrize("pattern", NOT_MATCHING, ids=json.dumps)
def test_does_not_match(pattern: dict[str, Any]) -> None:
    """The pattern does not match the event."""
    assert not Pattern(pattern).matches(EVENT)


@pytest.mark.parametrize(
    ("value", "pattern", "matches"),
    [
        ("a*b", r"a\*b", True),
        ("axb", r"a\*b", False),
        ("a\\b", r"a\\b", True),
        ("a\nb", "a*b", True),
    ],
)
def test_wildcards(value: str, pattern: str, matches: bool) -> None:
    """An escaped asterisk is literal; a plain one matches anything, line ends included."""
    assert Pattern({"x": [{"wildcard": pattern}]}).matches({"x": value}) == matches


@pytest.mark.parametrize("known", [{}, {"detail": {}}, {"detail": {"exitCode": 1}}])
def test_what_is_not_known_may_match(known: dict[str, Any]) -> None:
    """Only the known fields of a partial event can rule out a match."""
    assert Pattern({"source": ["a"], "detail": {"status": ["b"]}}).may_match(known)
    assert not Pattern({"detail": {"exitCode": [0]}}).may_match({"detail": {"exitCode": 1}})


@pytest.mark.parametrize(
    ("pattern", "is_decided"),
    [
        ({"source": ["a"], "detail": {"status": ["b"]}}, True),
        ({"source": ["a"], "time": [{"exists": False}]}, False),
        ({"detail": {"status": ["b"], "exitCode": [0]}}, False),
        ({"detail": {"status": {"nested": ["b"]}}}, False),
        ({"$or": [{"source": ["a"]}, {"detail": {"status": ["b"]}}]}, True),
        ({"$or": [{"source": ["a"]}, {"time": ["b"]}]}, False),
    ],
)
def test_patterns_that_known_fields_decide(pattern: dict[str, Any], is_decided: bool) -> None:
    """A partial event decides whether a pattern matches if it has all the fields that the pattern reads."""
    known = {"source": "a", "detail": {"status": "b"}}
    assert Pattern(pattern).is_decided_by(known) == is_decided


def test_a_pattern_that_contains_itself() -> None:
    """A pattern that contains itself is refused, because JSON cannot have it."""
    pattern: dict[str, Any] = {}
    pattern["detail"] = pattern
    with pytest.raises(BatchMockError, match="Filter contains itself, or is nested too deeply"):
        Pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ([], "Filter is not an object"),
        ("[]", "Filter is not an object"),
        ("{", "Filter is not valid JSON: Expecting property name enclosed in double quotes"),
        ({}, "Empty objects are not allowed"),
        ({1: ["x"]}, "Field name 1 is not text"),
        ({"detail": {("a",): ["x"]}}, "Field name ('a',) is not text"),
        ({"detail": {"status": [{None: "x"}]}}, "Field name None is not text"),
        ({"detail": {}}, "Empty objects are not allowed"),
        ({"detail": {"status": "FAILED"}}, '"detail.status" must be an object or an array'),
        ({"detail": {"status": []}}, 'Empty arrays are not allowed, but "detail.status" is one'),
        ({"a": [["b"]]}, "Match value must be String, number, true, false, or null"),
        ({"a": [{"starts": "b"}]}, "Unrecognized match type starts"),
        ({"a": [{"prefix": "b", "suffix": "c"}]}, "Only one key allowed in match expression"),
        ({"a": [{"prefix": 1}]}, "prefix match pattern must be a string"),
        ({"a": [{"prefix": {"suffix": "b"}}]}, "prefix takes a string or equals-ignore-case"),
        ({"a": [{"suffix": None}]}, "suffix match pattern must be a string"),
        ({"a": [{"equals-ignore-case": 1}]}, "equals-ignore-case match pattern must be a string"),
        ({"a": [{"wildcard": "b**"}]}, "Consecutive wildcard characters"),
        ({"a": [{"wildcard": "b\\c"}]}, "Invalid escape character"),
        ({"a": [{"wildcard": "b\\"}]}, "Invalid escape character"),
        ({"a": [{"anything-but": ["b", 1]}]}, "Inside anything-but, either all values are numbers"),
        ({"a": [{"anything-but": []}]}, "Inside anything-but, either all values are numbers"),
        ({"a": [{"anything-but": None}]}, "Inside anything-but, either all values are numbers"),
        ({"a": [{"anything-but": {"numeric": ["=", 1]}}]}, "anything-but takes values or one of"),
        ({"a": [{"anything-but": {"prefix": []}}]}, "Empty arrays are not allowed"),
        ({"a": [{"numeric": [">"]}]}, "numeric takes an operator and a number"),
        ({"a": [{"numeric": ">"}]}, "numeric takes an operator and a number"),
        ({"a": [{"numeric": ["!=", 1]}]}, "Unrecognized numeric range operator: !="),
        ({"a": [{"numeric": [">", "1"]}]}, "Value must be a number between -5.0E9 and 5.0E9"),
        ({"a": [{"numeric": [">", 1767323045000]}]}, "Value must be a number between -5.0E9"),
        ({"a": [{"numeric": ["<", 5, ">", 0]}]}, "Bad numeric range operator"),
        ({"a": [{"numeric": [">", 0, ">", 5]}]}, "Bad numeric range operator"),
        ({"a": [{"exists": "true"}]}, "exists match pattern must be either true or false"),
        ({"a": [{"cidr": "10.0.0"}]}, "Malformed CIDR: '10.0.0' is not a network"),
        ({"a": [{"cidr": 10}]}, "Malformed CIDR: 10 is not a network"),
        ({"$or": [{"a": ["b"]}]}, '"$or" must be an array of at least two objects'),
        ({"$or": {"a": ["b"]}}, '"$or" must be an array of at least two objects'),
        ({"$or": [{"a": ["b"]}, "c"]}, '"$or" must be an array of at least two objects'),
    ],
)
def test_is_refused(pattern: Any, reason: str) -> None:
    """An invalid pattern is refused with EventBridge's reason and exception."""
    with pytest.raises(BatchMockError) as caught:
        Pattern(pattern)
    message = str(caught.value)
    assert message.startswith(f"batchmock: the event pattern is not valid. Reason: {reason}")
    assert "InvalidEventPatternException" in message


def test_says_what_it_is() -> None:
    """The repr of a pattern has its JSON."""
    assert repr(Pattern({"a": ["b"]})) == '<Pattern {"a": ["b"]}>'
