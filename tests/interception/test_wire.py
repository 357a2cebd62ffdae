"""Requests with parameters in the path, query string and body."""

from __future__ import annotations

import json
from typing import Any

import botocore.session
import pytest
from botocore.model import ServiceModel

from batchmock.interception.wire import all_in_body, as_bytes, decoded, gathered

BATCH = botocore.session.get_session().get_service_model("batch")
ARN = "arn:aws:batch:us-east-1:123456789012:job/a b%2F+é#1"
PATH = "/v1/tags/arn%3Aaws%3Abatch%3Aus-east-1%3A123456789012%3Ajob%2Fa%20b%252F%2B%C3%A9%231"


def request(path: str = PATH, body: bytes = b"", **query: Any) -> dict[str, Any]:
    """Return a request in the form in which botocore passes it on."""
    return {"url_path": path, "query_string": query, "body": body}


def test_only_tag_calls_have_parameters_elsewhere() -> None:
    """All operations but three have their parameters in the body."""
    elsewhere = {
        name for name in BATCH.operation_names if not all_in_body(BATCH.operation_model(name))
    }
    assert elsewhere == {"TagResource", "UntagResource", "ListTagsForResource"}


@pytest.mark.parametrize(
    ("operation", "sent", "params"),
    [
        (
            "TagResource",
            request(body=b'{"tags": {"a": "b"}}'),
            {"resourceArn": ARN, "tags": {"a": "b"}},
        ),
        (
            "UntagResource",
            request(tagKeys=["a", "b c"]),
            {"resourceArn": ARN, "tagKeys": ["a", "b c"]},
        ),
        ("UntagResource", request(), {"resourceArn": ARN}),
        ("ListTagsForResource", request(), {"resourceArn": ARN}),
        ("ListTagsForResource", request("/elsewhere"), {}),
    ],
)
def test_gathered(operation: str, sent: dict[str, Any], params: dict[str, Any]) -> None:
    """Path labels are decoded, and values in the query string are taken unchanged."""
    assert json.loads(gathered(BATCH.operation_model(operation), sent)) == params


def test_an_operation_without_input() -> None:
    """An operation without input has no parameters."""
    model = ServiceModel(
        {"metadata": {}, "operations": {"Ping": {"name": "Ping", "http": {}}}, "shapes": {}},
        "batch",
    )
    assert all_in_body(model.operation_model("Ping"))


@pytest.mark.parametrize(
    ("body", "params"),
    [
        (b'{"jobs":["a"]}', {"jobs": ["a"]}),
        (b' {"jobs": ["a"]}\n', {"jobs": ["a"]}),
        ('{"jobs": ["\N{SNOWMAN}"]}', {"jobs": ["\N{SNOWMAN}"]}),
        (bytearray(b"{}"), {}),
        (b"", {}),
        (None, {}),
    ],
)
def test_bodies(body: Any, params: dict[str, Any]) -> None:
    """A body can be text or bytes and can contain white space, and an empty body has no parameters."""
    assert decoded(as_bytes(body)) == params
