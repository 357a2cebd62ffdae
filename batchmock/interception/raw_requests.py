"""
Raw HTTP requests, as any AWS SDK sends them, and raw replies.

Region and account come from the signature, which is not verified. An access key id of twelve digits is an
account, by the convention of moto.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from json import dumps, loads
from threading import Lock
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs

from botocore.exceptions import HTTPClientError
from botocore.validate import ParamValidator

from batchmock.errors import BatchMockError, BatchMockWarning, ProgramKilled, ServiceError
from batchmock.interception.exchanges import Responder
from batchmock.interception.hooks import INVOCATION_ID
from batchmock.interception.older_models import without_unknown
from batchmock.interception.service import service_model
from batchmock.interception.wire import all_in_body, gathered

_CREDENTIAL: Final = re.compile(r"Credential=([^/,]+)/\d*/([\w-]+)/([\w-]+)/aws4_request")
_ACCOUNT: Final = re.compile(r"\d{12}", re.ASCII)
_LOGS_TARGET: Final = "Logs_20140328."
_MOST_INVOCATIONS: Final = 1000

# Assumed.
NOT_JSON: Final = "The body of the request is not a JSON object."
NO_OPERATION: Final = "AWS Batch has no operation {method} {path}."
NO_LOG_GROUP: Final = "The specified log group does not exist."

_JSON: Final = "application/json"
_LOGS_JSON: Final = "application/x-amz-json-1.1"


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
        region, account_id = _signed_for(headers, self._region)
        target = headers.get("x-amz-target", "")
        is_for_logs = target.startswith(_LOGS_TARGET)
        try:
            if is_for_logs:
                operation = target.removeprefix(_LOGS_TARGET)
                return self._answer_logs(operation, request.body, region, account_id)
            return self._answer_batch(request, headers, region, account_id)
        except ServiceError as error:
            return _error(error.http_status, error.code, error.message, is_for_logs)
        except (BatchMockError, BatchMockWarning) as error:
            # A status that SDKs do not retry: the same request would fail again.
            return _error(501, type(error).__name__, str(error), is_for_logs)

    def _answer_batch(
        self, request: RawRequest, headers: Mapping[str, str], region: str, account_id: str | None
    ) -> RawReply | None:
        path, _, query = request.target.partition("?")
        model = _operation(request.method, path)
        if model is None:
            text = NO_OPERATION.format(method=request.method, path=path)
            raise ServiceError(text, code="UnknownOperationException", http_status=404)
        _object_in(request.body)
        body = request.body
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
            self._responder.wait_for_reply(reply.delay_ms)
        return RawReply(reply.status_code, dict(reply.headers), bytes(reply.content))

    def _answer_logs(
        self, operation: str, body: bytes, region: str, account_id: str | None
    ) -> RawReply:
        logs = service_model("logs")
        answered = None
        if operation in logs.operation_names:
            request = _checked_for_logs(logs.operation_model(operation), _object_in(body))
            answered = self._responder.answer_logs(operation, request, region, account_id)
        if answered is None:
            code = "ResourceNotFoundException"
            raise ServiceError(f"{NO_LOG_GROUP} batchmock has the logs of jobs only.", code=code)
        reply = answered[0]
        if isinstance(reply, ServiceError):
            raise reply
        known = without_unknown(reply, logs.operation_model(operation).output_shape)
        headers = {"content-type": _LOGS_JSON, "x-amzn-requestid": answered[1]}
        return RawReply(200, headers, dumps(known).encode())

    def _count(self, invocation_id: str | None) -> int:
        """Return the number of this try of a call; 1 for clients that send no id."""
        if invocation_id is None:
            return 1
        with self._lock:
            tries = self._tries[invocation_id] = self._tries.pop(invocation_id, 0) + 1
            if len(self._tries) > _MOST_INVOCATIONS:
                self._tries.popitem(last=False)
        return tries


def _signed_for(headers: Mapping[str, str], default_region: str) -> tuple[str, str | None]:
    """Return the region and the account in a signature."""
    found = _CREDENTIAL.search(headers.get("authorization", ""))
    if found is None:
        return default_region, None
    return found[2], found[1] if _ACCOUNT.fullmatch(found[1]) else None


def _operation(method: str, path: str) -> Any:
    """Return the model of the requested operation; None if the path matches none."""
    model = service_model()
    for name in model.operation_names:
        operation = model.operation_model(name)
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(operation.http["requestUri"]))
        if operation.http["method"] == method and re.fullmatch(pattern, path):
            return operation
    return None


def _object_in(body: bytes) -> dict[str, Any]:
    """
    Parse a body as a JSON object.

    Raises:
        ServiceError: the body is not UTF-8, not JSON, or not an object.
    """
    try:
        content = loads(body.decode() or "{}")
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise ServiceError(NOT_JSON, code="SerializationException")
    return content


def _checked_for_logs(model: Any, content: dict[str, Any]) -> dict[str, Any]:
    """
    Return the members that a request to CloudWatch Logs has.

    Raises:
        ServiceError: one is missing or of another type (the text is botocore's).
    """
    request = {name: item for name, item in content.items() if item is not None}
    report = ParamValidator().validate(request, model.input_shape)
    if report.has_errors():
        raise ServiceError(report.generate_report(), code="InvalidParameterException")
    return request


def _error(status: int, code: str, message: str, is_for_logs: bool) -> RawReply:
    if is_for_logs:
        body = dumps({"__type": code, "message": message}).encode()
        return RawReply(status, {"content-type": _LOGS_JSON}, body)
    headers = {"content-type": _JSON, "x-amzn-errortype": code}
    return RawReply(status, headers, dumps({"message": message}).encode())
