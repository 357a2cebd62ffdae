"""
Requests to Amazon CloudWatch Logs: batchmock answers those about the logs of jobs.

Other requests pass to another mock, such as moto, a Stubber or another endpoint. A request that would reach AWS
is refused, unless the mock allows it.
"""

from __future__ import annotations

import sys
from json import loads
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from batchmock.errors import ServiceError
from batchmock.interception.older_models import without_unknown
from batchmock.interception.replies import Reply, body_length, failure, success

#: The service name in botocore's events.
BEFORE_CALL: Final = "before-call.cloudwatch-logs"
CHOOSE_SIGNER: Final = "choose-signer.cloudwatch-logs"
#: The service name in a client's model.
SERVICE: Final = "logs"


class LogsResponder(Protocol):
    """An object that serves the logs of jobs."""

    def answer_logs(
        self, operation: str, request: dict[str, Any], region: str, account_id: str | None
    ) -> tuple[dict[str, Any] | ServiceError, str, int] | None:
        """Return reply or refusal, request id and simulated time; None if the request is not about jobs."""

    def answer_refused_logs(
        self, operation: str, request: dict[str, Any], region: str, account_id: str | None
    ) -> str | None:
        """Return why an unanswered request may not go to AWS; None if it may."""


def would_reach_aws(url: str) -> bool:
    """Return whether a request would be sent to AWS rather than to moto or another endpoint."""
    host = urlsplit(url).hostname or ""
    if not host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws")):
        return False
    moto = sys.modules.get("moto.core.models")
    stubber = getattr(moto, "botocore_stubber", None)
    return not getattr(stubber, "enabled", False)


def answer(
    responder: LogsResponder,
    model: Any,
    body: bytes | str | None,
    region: str,
    account_id: str | None,
) -> Reply | None:
    """
    Answer a request, or return None to pass it on.

    Args:
        responder: serves the logs.
        model: botocore's model of the operation.
        body: the JSON text that would go over the wire.
        region: the client's region.
        account_id: the account named by the client's credentials, if any.
    """
    answered = responder.answer_logs(model.name, loads(body or "{}"), region, account_id)
    if answered is None:
        return None
    reply, request_id, now_ms = answered
    if isinstance(reply, ServiceError):
        return failure(reply, request_id, now_ms)
    known = without_unknown(reply, model.output_shape)
    return success(known, request_id, now_ms, body_length(known))
