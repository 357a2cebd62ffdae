"""Requests of this process to services beside AWS Batch."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any, Final

from batchmock.errors import BatchMockError, ServiceError
from batchmock.interception.neighbours.formats import as_parsed, on_the_wire, request_of
from batchmock.interception.neighbours.services import (
    LOGS,
    NEIGHBOURS,
    Answered,
    Neighbour,
    NeighbourResponder,
    would_reach_aws,
)
from batchmock.interception.replies import HttpResponse, Reply, body_length, failure, success

#: The reply, or the error to raise, for a request that no other handler answers.
_HELD: Final = "batchmock_held"


def answer_call(
    responder: NeighbourResponder,
    model: Any,
    params: Mapping[str, Any],
    region: str,
    account_id: str | None,
    context: MutableMapping[str, Any],
) -> Reply | None:
    """
    Answer a request, or return None to pass it on.

    A request that is passed on, and that would reach AWS, is held in `context`: it is answered or refused if no
    other handler answers it before it is sent.

    Args:
        responder: the mock.
        model: botocore's model of the operation.
        params: the request as it would go over the wire.
        region: the client's region.
        account_id: the account named by the client's credentials, if any.
        context: the context of the call.
    """
    neighbour = NEIGHBOURS[model.service_model.service_name]
    request = request_of(neighbour, model, params["body"])
    asked = (neighbour.service, model.name, request, region, account_id)
    answered = responder.answer_neighbour(*asked)
    if answered is not None:
        return _reply(neighbour, model, answered)
    if would_reach_aws(params["url"]):
        held = _held(responder, neighbour, model, params["url"], asked)
        if held is not None:
            context[_HELD] = held
    return None


def held_in(context: Mapping[str, Any]) -> HttpResponse | BatchMockError | None:
    """Return the reply or error that is held for a call."""
    held: HttpResponse | BatchMockError | None = context.get(_HELD)
    return held


def _held(
    responder: NeighbourResponder, neighbour: Neighbour, model: Any, url: str, asked: Any
) -> HttpResponse | BatchMockError | None:
    try:
        answered = responder.answer_neighbour_alone(*asked)
    except BatchMockError as error:
        return error
    if answered is None or isinstance(answered, str):
        return None if answered is None else BatchMockError(answered)
    reply, request_id, now_ms = answered
    wire = on_the_wire(neighbour, model, reply, request_id)
    status = reply.http_status if isinstance(reply, ServiceError) else 200
    http, _ = success({}, request_id, now_ms, len(wire.body))
    headers = {**http.headers, "content-type": wire.content_type}
    return HttpResponse(url, status, headers, wire.body)


def _reply(neighbour: Neighbour, model: Any, answered: Answered) -> Reply:
    """Return an answer as botocore's parser would return it."""
    reply, request_id, now_ms = answered
    if isinstance(reply, ServiceError):
        http, parsed = failure(reply, request_id, now_ms)
        if not neighbour.target:
            del parsed["message"]
        return http, parsed
    parsed = as_parsed(neighbour, model, reply)
    # Replies about logs can be long, and have no times that JSON could not write.
    if neighbour is LOGS:
        return success(parsed, request_id, now_ms, body_length(parsed))
    wire = on_the_wire(neighbour, model, reply, request_id)
    http, parsed = success(parsed, request_id, now_ms, len(wire.body))
    for headers in (http.headers, parsed["ResponseMetadata"]["HTTPHeaders"]):
        headers["content-type"] = wire.content_type
    return http, parsed
