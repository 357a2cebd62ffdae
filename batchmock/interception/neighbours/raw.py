"""Raw requests to services beside AWS Batch, from programs in other processes."""

from __future__ import annotations

from collections.abc import Mapping
from json import loads
from typing import Any, Final
from urllib.parse import parse_qsl

from botocore.validate import ParamValidator

from batchmock.errors import BatchMockError, ServiceError
from batchmock.interception.neighbours.formats import Wire, on_the_wire
from batchmock.interception.neighbours.query import parsed_query
from batchmock.interception.neighbours.services import EC2, ECS, LOGS, Neighbour, NeighbourResponder
from batchmock.interception.service import service_model
from batchmock.interception.wire import number

# Assumed.
NOT_JSON: Final = "The body of the request is not a JSON object."
NOT_A_QUERY: Final = "The body of the request is not a query with an Action."
NO_LOG_GROUP: Final = "The specified log group does not exist."
NOT_SIMULATED: Final = (
    "batchmock answers {operation} of {name} for what runs jobs of AWS Batch at most."
)

_FORM: Final = "application/x-www-form-urlencoded"


def neighbour_of(path: str, headers: Mapping[str, str], signed_for: str | None) -> Neighbour | None:
    """
    Return the service beside AWS Batch that a request is for, if any.

    Args:
        path: the path of the request.
        headers: the headers, with names in lower case.
        signed_for: the name of the service in the signature, if there is one.
    """
    target = headers.get("x-amz-target", "")
    for neighbour in (LOGS, ECS):
        if target.startswith(neighbour.target):
            return neighbour
    # Some tools send this type with every body.
    is_query = path == "/" and headers.get("content-type", "").startswith(_FORM)
    return EC2 if is_query and signed_for in (EC2.service, None) else None


def object_in(body: bytes) -> dict[str, Any]:
    """
    Parse a body as a JSON object.

    Raises:
        ServiceError: the body is not UTF-8, not JSON, or not an object.
    """
    try:
        content = loads(body.decode() or "{}", parse_float=number)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise ServiceError(NOT_JSON, code="SerializationException")
    return content


def answer_raw(
    responder: NeighbourResponder,
    neighbour: Neighbour,
    headers: Mapping[str, str],
    body: bytes,
    region: str,
    account_id: str | None,
) -> tuple[Wire, str]:
    """
    Answer a request.

    Returns:
        The body of the reply, and the id of the request.

    Raises:
        ServiceError: the service would refuse the request, or it is about something else.
        BatchMockError: the request is not simulated.
    """
    operation, model, request = _read(neighbour, headers, body)
    asked = (neighbour.service, operation, request, region, account_id)
    answered = None
    if model is not None:
        answered = responder.answer_neighbour(*asked)
    if answered is None and model is not None and neighbour is not LOGS:
        alone = responder.answer_neighbour_alone(*asked)
        if isinstance(alone, str):
            raise BatchMockError(alone)
        answered = alone
    if answered is None:
        raise _unanswered(neighbour, operation)
    reply, request_id, _ = answered
    if isinstance(reply, ServiceError):
        raise reply
    return on_the_wire(neighbour, model, reply, request_id), request_id


def _read(
    neighbour: Neighbour, headers: Mapping[str, str], body: bytes
) -> tuple[str, Any, dict[str, Any]]:
    """Return the name of the operation, its model (None if it is unknown) and its checked parameters."""
    models = service_model(neighbour.service)
    if neighbour.target:
        operation = headers["x-amz-target"].removeprefix(neighbour.target)
        content: dict[str, Any] = {}
    else:
        content = _fields(body)
        operation = content["Action"]
    if operation not in models.operation_names:
        return operation, None, {}
    model = models.operation_model(operation)
    request = object_in(body) if neighbour.target else parsed_query(content, model.input_shape)
    return operation, model, _checked(neighbour, model, request)


def _fields(body: bytes) -> dict[str, str]:
    """
    Parse the fields of a query.

    Raises:
        ServiceError: the body is not UTF-8, or has no Action.
    """
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
    except ValueError:
        fields = {}
    if "Action" not in fields:
        raise ServiceError(NOT_A_QUERY, code="MissingAction")
    return fields


def _checked(neighbour: Neighbour, model: Any, content: dict[str, Any]) -> dict[str, Any]:
    """
    Return the members that a request has.

    Raises:
        ServiceError: one is missing or of another type (the text is botocore's).
    """
    request = {name: item for name, item in content.items() if item is not None}
    report = ParamValidator().validate(request, model.input_shape)
    if report.has_errors():
        code = "InvalidParameterException" if neighbour.target else "InvalidParameterValue"
        raise ServiceError(report.generate_report(), code=code)
    return request


def _unanswered(neighbour: Neighbour, operation: str) -> ServiceError:
    if neighbour is LOGS:
        text = f"{NO_LOG_GROUP} batchmock has the logs of jobs only."
        return ServiceError(text, code="ResourceNotFoundException")
    text = NOT_SIMULATED.format(operation=operation, name=neighbour.name)
    code = "UnsupportedOperation" if neighbour.target == "" else "UnsupportedFeatureException"
    return ServiceError(text, code=code)
