"""
Messages of services beside AWS Batch: requests as botocore sends them, and replies with their times.

Handlers return times in milliseconds since the epoch. A client gets them as `datetime`. The wire has seconds in
JSON, and ISO 8601 in XML.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from json import dumps, loads
from typing import Any, Final, NamedTuple

from botocore.utils import parse_timestamp

from batchmock.errors import ServiceError
from batchmock.interception.neighbours.query import error_xml, parsed_query, reply_xml
from batchmock.interception.neighbours.services import Neighbour
from batchmock.interception.wire import number

JSON_TYPE: Final = "application/x-amz-json-1.1"
XML_TYPE: Final = "text/xml;charset=UTF-8"


class Wire(NamedTuple):
    """The body of a reply and its content type."""

    body: bytes
    content_type: str


def request_of(neighbour: Neighbour, model: Any, body: Any) -> dict[str, Any]:
    """
    Return the parameters of a request that botocore is about to send.

    Args:
        neighbour: the service.
        model: botocore's model of the operation.
        body: the JSON text, or the fields of the query.
    """
    if neighbour.target:
        content: dict[str, Any] = loads(body or "{}", parse_float=number)
        return {name: item for name, item in content.items() if item is not None}
    return parsed_query(body, model.input_shape)


def as_parsed(neighbour: Neighbour, model: Any, reply: dict[str, Any]) -> dict[str, Any]:
    """Return a reply as botocore's parser would, without what an older model lacks."""
    when = _seconds if neighbour.target else iso_time
    parsed: dict[str, Any] = _shaped(
        reply, model.output_shape, lambda at_ms: parse_timestamp(when(at_ms))
    )
    return parsed


def on_the_wire(
    neighbour: Neighbour, model: Any, reply: dict[str, Any] | ServiceError, request_id: str
) -> Wire:
    """Return the body of a reply or refusal."""
    if not neighbour.target:
        if isinstance(reply, ServiceError):
            return Wire(error_xml(reply, request_id), XML_TYPE)
        shape = model.output_shape
        return Wire(reply_xml(model, _shaped(reply, shape, iso_time), request_id), XML_TYPE)
    if isinstance(reply, ServiceError):
        content: Any = {"__type": reply.code, "message": reply.message}
    else:
        content = _shaped(reply, model.output_shape, _seconds)
    return Wire(dumps(content).encode(), JSON_TYPE)


def _seconds(at_ms: int) -> float:
    return at_ms / 1000


def iso_time(at_ms: int) -> str:
    """Return an instant as EC2 writes it, e.g. `2026-01-02T03:04:05.000Z`."""
    at = datetime.fromtimestamp(at_ms / 1000, timezone.utc)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"


def _shaped(value: Any, shape: Any, time: Callable[[int], Any]) -> Any:
    """Return a value reduced to the members of a shape, in their order, with its times converted."""
    kind = shape.type_name
    if kind == "structure":
        members: Mapping[str, Any] = shape.members
        return {
            name: _shaped(value[name], member, time)
            for name, member in members.items()
            if name in value
        }
    if kind == "list":
        return [_shaped(item, shape.member, time) for item in value]
    return time(value) if kind == "timestamp" else value
