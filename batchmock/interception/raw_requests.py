"""
Raw HTTP requests, as any AWS SDK sends them, and raw replies.

Region and account come from the signature, which is not verified. An access key id of twelve digits is an
account, by the convention of moto.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from json import dumps
from threading import Lock
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs

from botocore.exceptions import HTTPClientError

from batchmock.errors import BatchMockError, BatchMockWarning, ProgramKilled, ServiceError
from batchmock.interception.exchanges import Responder
from batchmock.interception.hooks import INVOCATION_ID
from batchmock.interception.neighbours.formats import on_the_wire
from batchmock.interception.neighbours.raw import answer_raw, neighbour_of, object_in
from batchmock.interception.neighbours.services import Neighbour
from batchmock.interception.service import service_model
from batchmock.interception.wire import all_in_body, gathered

_CREDENTIAL: Final = re.compile(r"Credential=([^/,]+)/\d*/([\w-]+)/([\w-]+)/aws4_request")
_ACCOUNT: Final = re.compile(r"\d{12}", re.ASCII)
_MOST_INVOCATIONS: Final = 1000

# Assumed.
NO_OPERATION: Final = "AWS Batch has no operation {method} {path}."

_JSON: Final = "application/json"
#: The request id of errors of services beside AWS Batch.
_NO_REQUEST_ID: Final = "00000000-0000-4000-8000-000000000000"


class RawRequest(NamedTuple):
    """An HTTP request: its method, its path with the query string, its headers and its body."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


class RawReply(NamedTuple):
    """An HTTP reply: its status, its headers and its body."""

    status: int
    headers: dict[str, str]
    body: bytes


class RawRequests:
    """
    Answers the raw requests to one mock.

    Args:
        responder: the mock.
        region: the region of requests without a signature.
    """

    def __init__(self, responder: Responder, region: str) -> None:
        self._responder = responder
        self._region = region
        self._lock = Lock()
        #: The number of tries of each call by invocation id, oldest first.
        self._tries: OrderedDict[str, int] = OrderedDict()

    def answer(self, request: RawRequest) -> RawReply | None:
        """Answer a request; return None if a fault breaks its connection."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        region, account_id, service = _signed_for(headers, self._region)
        neighbour = neighbour_of(request.target, headers, service)
        try:
            if neighbour is None:
                return self._answer_batch(request, headers, region, account_id)
            wire, request_id = answer_raw(
                self._responder, neighbour, headers, request.body, region, account_id
            )
        except ServiceError as error:
            return _error(error, neighbour)
        except (BatchMockError, BatchMockWarning) as error:
            # A status that SDKs do not retry: the same request would fail again.
            refusal = ServiceError(str(error), code=type(error).__name__, http_status=501)
            return _error(refusal, neighbour)
        headers = {"content-type": wire.content_type, "x-amzn-requestid": request_id}
        return RawReply(200, headers, wire.body)

    def _answer_batch(
        self, request: RawRequest, headers: Mapping[str, str], region: str, account_id: str | None
    ) -> RawReply | None:
        path, _, query = request.target.partition("?")
        model = _operation(request.method, path)
        if model is None:
            text = NO_OPERATION.format(method=request.method, path=path)
            raise ServiceError(text, code="UnknownOperationException", http_status=404)
        body = dumps(object_in(request.body)).encode()
        if not all_in_body(model):
            sent = {"url_path": path, "query_string": parse_qs(query, True), "body": body}
            body = gathered(model, sent)
        try_number = self._count(headers.get(INVOCATION_ID))
        try:
            reply = self._responder.answer_try(
                try_number, request.target, model, body, region, account_id
            )
        except (HTTPClientError, ProgramKilled):
            # A program in another process cannot be killed from here: it loses its connection.
            return None
        if reply.delay_ms:
            self._responder.answer_after(reply.delay_ms)
        return RawReply(reply.status_code, dict(reply.headers), bytes(reply.content))

    def _count(self, invocation_id: str | None) -> int:
        """Return the number of this try of a call; 1 for clients that send no id."""
        if invocation_id is None:
            return 1
        with self._lock:
            tries = self._tries[invocation_id] = self._tries.pop(invocation_id, 0) + 1
            if len(self._tries) > _MOST_INVOCATIONS:
                self._tries.popitem(last=False)
        return tries


def _signed_for(
    headers: Mapping[str, str], default_region: str
) -> tuple[str, str | None, str | None]:
    """Return the region, the account and the service in a signature."""
    found = _CREDENTIAL.search(headers.get("authorization", ""))
    if found is None:
        return default_region, None, None
    return found[2], found[1] if _ACCOUNT.fullmatch(found[1]) else None, found[3]


def _operation(method: str, path: str) -> Any:
    """Return the model of the requested operation; None if the path matches none."""
    model = service_model()
    for name in model.operation_names:
        operation = model.operation_model(name)
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(operation.http["requestUri"]))
        if operation.http["method"] == method and re.fullmatch(pattern, path):
            return operation
    return None


def _error(error: ServiceError, neighbour: Neighbour | None) -> RawReply:
    if neighbour is not None:
        wire = on_the_wire(neighbour, None, error, _NO_REQUEST_ID)
        return RawReply(error.http_status, {"content-type": wire.content_type}, wire.body)
    headers = {"content-type": _JSON, "x-amzn-errortype": error.code}
    return RawReply(error.http_status, headers, dumps({"message": error.message}).encode())
