"""
The event hooks through which every Batch client reaches the innermost active mock.

The handlers are registered once in a process, when the first mock starts, and stay: on every session
made from then on (through botocore's built-in handlers), and on the sessions and Batch clients that
exist already. Without an active mock they let each request pass.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from threading import Lock
from typing import Any, Final, Protocol

import botocore.client
import botocore.handlers
import botocore.session

from batchmock.errors import BatchMockError
from batchmock.interception import logs_client
from batchmock.interception.replies import Reply
from batchmock.interception.surroundings import Surroundings

BEFORE_CALL: Final = "before-call.batch"
BEFORE_SEND: Final = "before-send.batch"


class Responder(logs_client.LogsResponder, Protocol):
    """What answers requests while it is active."""

    def answer(
        self, operation_model: Any, body: bytes | str | None, region: str, account_id: str | None
    ) -> Reply:
        """Answer one request."""


_active: list[Responder] = []
_surroundings = Surroundings()
_installed = False
_lock = Lock()


def activate(responder: Responder, region: str) -> None:
    """
    Let a responder answer all Batch requests, until it is deactivated or another is activated.

    Args:
        responder: what answers.
        region: the region of clients that name none, for as long as it is active.
    """
    _install_once()
    with _lock:
        _surroundings.enter(responder, region)
        _active.append(responder)


def deactivate(responder: Responder) -> None:
    """Take a responder out; the one activated before it, if any, answers again."""
    with _lock:
        _active.remove(responder)
        _surroundings.leave(responder)


def answer_call(
    model: Any,
    params: Mapping[str, Any],
    request_signer: Any,
    context: Mapping[str, Any],
    **_: Any,
) -> Reply | None:
    """Answer a request before it is signed or sent; None, which lets it pass, without an active mock."""
    # A slice, read once: another thread may stop the mock meanwhile.
    for responder in _active[-1:]:
        return responder.answer(
            model, params["body"], context["client_region"], _account_of(request_signer)
        )
    return None


def answer_logs_call(
    model: Any,
    params: Mapping[str, Any],
    request_signer: Any,
    context: Mapping[str, Any],
    **_: Any,
) -> Reply | None:
    """Answer a request to CloudWatch Logs about what jobs write; None lets it pass, as any other."""
    for responder in _active[-1:]:
        account_id = _account_of(request_signer)
        return logs_client.answer(
            responder, model, params["body"], context["client_region"], account_id
        )
    return None


def refuse_to_send(request: Any, **_: Any) -> None:
    """
    Stop a Batch request that got past `answer_call`: none may leave the process while a mock is active.

    Raises:
        BatchMockError: always, while a mock is active.
    """
    if _active:
        raise BatchMockError(
            f"batchmock: a request to AWS Batch was about to leave the process: {request.url}. "
            "Its client answers 'before-call' events with a handler of its own, or has lost "
            "batchmock's. Pass the client to batch_mock.attach(client)."
        )


def attach(client: Any) -> None:
    """
    Register the handlers on a client.

    Raises:
        BatchMockError: it is a client of neither AWS Batch nor CloudWatch Logs.
    """
    if not isinstance(client, botocore.client.BaseClient) or not _is_ours(client):
        raise BatchMockError(
            f"batchmock: attach() was given {client!r}, which is a client of neither AWS Batch nor "
            'CloudWatch Logs. Give what boto3.client("batch") returned.'
        )
    _register(client.meta.events)


def _is_ours(client: Any) -> bool:
    return client.meta.service_model.service_name in ("batch", logs_client.SERVICE)


def _account_of(request_signer: Any) -> str | None:
    """Give the account that a session was told with its keys (`aws_account_id=`), if it was."""
    credentials = getattr(request_signer, "_credentials", None)
    if credentials is None or getattr(credentials, "method", None) != "explicit":
        return None
    account_id: str | None = getattr(credentials, "account_id", None)
    return account_id


_HANDLERS: Final = (
    (BEFORE_CALL, answer_call),
    (BEFORE_SEND, refuse_to_send),
    (logs_client.BEFORE_CALL, answer_logs_call),
)


def _register(events: Any) -> None:
    # The handlers are their own ids: those of a second import of this module (pytester runs tests in
    # a process whose modules it forgets) are not taken for the first one's.
    for event, handler in _HANDLERS:
        events.register(event, handler, unique_id=handler)


def _install_once() -> None:
    global _installed
    with _lock:
        if _installed:
            return
        botocore.handlers.BUILTIN_HANDLERS.extend(_HANDLERS)
        for events in _emitters_that_exist():
            _register(events)
        _installed = True


def _emitters_that_exist() -> list[Any]:
    """Find the event emitters of all sessions, and of all clients of ours, made before now."""
    emitters = []
    for candidate in gc.get_objects():
        # type() and not isinstance(): lazy proxies answer the latter by doing their work.
        kind = type(candidate)
        if issubclass(kind, botocore.session.Session):
            emitters.append(candidate.get_component("event_emitter"))
        elif issubclass(kind, botocore.client.BaseClient) and _is_ours(candidate):
            emitters.append(candidate.meta.events)
    return emitters
