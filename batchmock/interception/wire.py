"""
Requests as sent over the wire: parameters in the body, path and query string.

In AWS Batch, only the three operations on tags have parameters outside the body. Source: the model's
`requestUri`
and the `location` of each member.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from json import JSONDecoder, dumps, loads
from typing import Any, Final
from urllib.parse import unquote

_NO_BODY: Final = b"{}"


def number(text: str) -> float:
    """Return a number with a decimal point or exponent; a whole number is an integer, whatever its spelling."""
    value = float(text)
    return int(value) if value.is_integer() else value


_decode_beginning: Final = JSONDecoder(parse_float=number).raw_decode


def as_bytes(body: bytes | str | None) -> bytes:
    """Return the body of a request as bytes; an empty JSON object if there is none."""
    if type(body) is bytes and body:
        return body
    if not body:
        return _NO_BODY
    return body.encode() if isinstance(body, str) else bytes(body)


def decoded(body: bytes) -> dict[str, Any]:
    """Decode the parameters in a body."""
    text = body.decode()
    params: dict[str, Any]
    # botocore adds no surrounding white space, and checking for it costs more than decoding a short body.
    if text.startswith("{"):
        params, end = _decode_beginning(text)
        if end == len(text):
            return params
    params = loads(text, parse_float=number)
    return params


def all_in_body(operation_model: Any) -> bool:
    """Return whether an operation has all its parameters in the body, as most have."""
    shape = operation_model.input_shape
    return shape is None or not any("location" in m.serialization for m in shape.members.values())


def gathered(operation_model: Any, request: Mapping[str, Any]) -> bytes:
    """
    Return all parameters of a request as one body.

    Args:
        operation_model: botocore's model of the operation.
        request: the request as it would go over the wire: `url_path`, `query_string`, `body`.
    """
    labels = _labels(operation_model.http["requestUri"], request["url_path"])
    query = request["query_string"]
    params: dict[str, Any] = loads(request["body"] or b"{}")
    for name, member in operation_model.input_shape.members.items():
        location = member.serialization.get("location")
        wire_name = member.serialization.get("name", name)
        if location == "uri" and wire_name in labels:
            params[name] = labels[wire_name]
        elif location == "querystring" and wire_name in query:
            params[name] = query[wire_name]
    return dumps(params).encode()


def _labels(template: str, path: str) -> dict[str, str]:
    """Return the decoded labels of a path, e.g. of `/v1/tags/{resourceArn}`."""
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]*)", re.escape(template.partition("?")[0]))
    found = re.fullmatch(pattern, path)
    return (
        {} if found is None else {name: unquote(text) for name, text in found.groupdict().items()}
    )
