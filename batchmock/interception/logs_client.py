"""
Requests to Amazon CloudWatch Logs: those about the logs of jobs are answered, all others let pass.

Where another library serves CloudWatch Logs, moto for one, the others are answered there.
"""

from __future__ import annotations

from json import loads
from typing import Any, Final, Protocol

from batchmock.errors import ServiceError
from batchmock.interception.older_models import without_unknown
from batchmock.interception.replies import Reply, body_length, failure, success

#: As botocore's events name the service.
BEFORE_CALL: Final = "before-call.cloudwatch-logs"
#: As a client's model does.
SERVICE: Final = "logs"


class LogsResponder(Protocol):
    """What knows the logs of jobs."""

    def answer_logs(
        self, operation: str, request: dict[str, Any], region: str, account_id: str | None
    ) -> tuple[dict[str, Any] | ServiceError, str, int] | None:
        """Return reply or refusal, request id and simulated time; None if another service answers."""


def answer(
    responder: LogsResponder,
    model: Any,
    body: bytes | str | None,
    region: str,
    account_id: str | None,
) -> Reply | None:
    """
    Answer a request, or give None, which lets it pass.

    Args:
        responder: what knows the logs.
        model: botocore's model of the operation.
        body: the JSON text that would go over the wire.
        region: the client's region.
        account_id: the account that the client's credentials name, if they do.
    """
    answered = responder.answer_logs(model.name, loads(body or "{}"), region, account_id)
    if answered is None:
        return None
    reply, request_id, now_ms = answered
    if isinstance(reply, ServiceError):
        return failure(reply, request_id, now_ms)
    known = without_unknown(reply, model.output_shape)
    return success(known, request_id, now_ms, body_length(known))
