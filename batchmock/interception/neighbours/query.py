"""
The query protocol of Amazon EC2: requests are form fields, and replies are XML.

Source: "Amazon EC2 query protocol" of Smithy (documented); names of elements from botocore's service model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from batchmock.errors import ServiceError

_NAMES_OF_TRUE = ("true", "1")


def parsed_query(fields: Mapping[str, Any], shape: Any) -> dict[str, Any]:
    """
    Return the parameters in the fields of a query, such as `InstanceId.1` and `Filter.1.Value.2`.

    Args:
        fields: the fields, decoded.
        shape: botocore's shape of the request.

    Raises:
        ServiceError: a number is none (text assumed).
    """
    request: dict[str, Any] = _structure(fields, shape, "")
    return request


def _structure(fields: Mapping[str, Any], shape: Any, prefix: str) -> dict[str, Any]:
    found = {}
    for name, member in shape.members.items():
        value = _value(fields, member, f"{prefix}{_field_name(name, member)}")
        if value is not None:
            found[name] = value
    return found


def _field_name(name: str, member: Any) -> str:
    query_name: str | None = member.serialization.get("queryName")
    if query_name is not None:
        return query_name
    given: str = member.serialization.get("name", name)
    return given[0].upper() + given[1:]


def _value(fields: Mapping[str, Any], shape: Any, name: str) -> Any:
    """Return the value of a field or of the fields below it; None if there is none."""
    kind = shape.type_name
    if kind == "list":
        items: list[Any] = []
        while True:
            item = _value(fields, shape.member, f"{name}.{len(items) + 1}")
            if item is None:
                return items or None
            items.append(item)
    if kind == "structure":
        return _structure(fields, shape, f"{name}.") or None
    if name not in fields:
        return None
    text = str(fields[name])
    if kind == "boolean":
        return text.lower() in _NAMES_OF_TRUE
    return _integer(text) if kind in ("integer", "long") else text


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        code = "InvalidParameterValue"
        raise ServiceError(f"Invalid integer value {text}", code=code) from error


def reply_xml(model: Any, reply: Mapping[str, Any], request_id: str) -> bytes:
    """Return a reply as XML; its times are text already."""
    namespace = model.service_model.metadata["xmlNamespace"]
    content = _members(reply, model.output_shape)
    name = f"{model.name}Response"
    text = f'<{name} xmlns="{namespace}"><requestId>{request_id}</requestId>{content}</{name}>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def error_xml(error: ServiceError, request_id: str) -> bytes:
    """Return a refusal as XML."""
    code, message = escape(error.code), escape(error.message)
    text = (
        f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
        f"<RequestID>{request_id}</RequestID></Response>"
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def _members(value: Mapping[str, Any], shape: Any) -> str:
    return "".join(
        _element(shape.members[name].serialization.get("name", name), item, shape.members[name])
        for name, item in value.items()
    )


def _element(name: str, value: Any, shape: Any) -> str:
    kind = shape.type_name
    if kind == "structure":
        content = _members(value, shape)
    elif kind == "list":
        of_item = shape.member.serialization.get("name", "item")
        content = "".join(_element(of_item, item, shape.member) for item in value)
    elif kind == "boolean":
        content = "true" if value else "false"
    else:
        content = escape(str(value))
    return f"<{name}>{content}</{name}>"
