"""
The event hooks through which every Batch client reaches the innermost active mock.

The handlers are registered once in a process, when the first mock starts, and stay registered: on every session
created from then on (through botocore's built-in handlers), and on existing sessions and Batch clients. Without
an active mock they pass every request through.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Iterator, MutableMapping
from threading import Lock
from typing import Any, Final
from weakref import WeakValueDictionary

import botocore
import botocore.client
import botocore.endpoint
import botocore.handlers
import botocore.session

from batchmock.errors import BatchMockError
from batchmock.interception.environment import Environment
from batchmock.interception.exchanges import Exchange, Responder
from batchmock.interception.existing_clients import existing_emitters, is_batch_client
from batchmock.interception.forks import ForkedResponder, after_fork_in_child, stands_for
from batchmock.interception.neighbours import calls
from batchmock.interception.neighbours.services import NEIGHBOURS
from batchmock.interception.rate_limits import RateLimits
from batchmock.interception.replies import HttpResponse, Reply
from batchmock.interception.service import SERVICE
from batchmock.interception.wire import all_in_body, gathered

#: Registered for all services and last, so that other handlers run first.
BEFORE_CALL: Final = "before-call"
CHOOSE_SIGNER: Final = "choose-signer.batch"
BEFORE_SEND: Final = "before-send.batch"
#: Registered for all services and last, so that other mocks answer first.
BEFORE_ANY_SEND: Final = "before-send"

#: The botocore header that is the same for all tries of one call.
INVOCATION_ID: Final = "amz-sdk-invocation-id"
_EXCHANGE: Final = "batchmock_exchange"
#: The endpoint of a request that has already been answered.
ANSWERED: Final = "batchmock:answered"


_active: list[Responder] = []
#: By invocation id. The context of a call keeps its exchange alive until the call ends.
_exchanges: WeakValueDictionary[str, Exchange] = WeakValueDictionary()
_environment = Environment()
#: The replies and errors for requests to services beside AWS Batch that nothing else answers, by invocation id.
_held: dict[str, HttpResponse | BatchMockError] = {}
#: Whether an operation has all its parameters in the body, by operation; filled on first call.
_whole_bodies: dict[str, bool] = {}
_rate_limits = RateLimits()
_installed = False
_lock = Lock()


def activate(responder: Responder, region: str) -> None:
    """
    Route all Batch requests to a responder until it is deactivated or another is activated.

    Args:
        responder: answers the requests.
        region: the default region of clients while the responder is active.
    """
    _install_once()
    with _lock:
        _environment.enter(responder, region)
        _active.append(responder)


def deactivate(responder: Responder) -> None:
    """Remove a responder; the one activated before it, if any, answers again."""
    with _lock:
        _active[:] = [each for each in _active if stands_for(each) is not responder]
        _environment.leave(responder)
        if not _active:
            _rate_limits.put_back()
            _held.clear()


def put_back_region(at_start: str | None) -> None:
    """Restore the region of the environment at the end of a test; see `Environment.put_back_region`."""
    with _lock:
        _environment.put_back_region(at_start)


def is_active() -> bool:
    """Return whether a mock is active."""
    return bool(_active)


def answer_call(
    model: Any,
    params: MutableMapping[str, Any],
    request_signer: Any,
    context: MutableMapping[str, Any],
    **_: Any,
) -> Reply | None:
    """
    Answer a request before it is signed or sent.

    Return None to pass it on: without an active mock it is sent; with one, a fault is applied at `before-send`.
    """
    # Read once as a slice: another thread may stop the mock in between.
    for responder in _active[-1:]:
        if model.service_model.service_name != SERVICE:
            return None
        body = params["body"] if _whole_bodies.get(model.name) else _body_of(model, params)
        region, account_id = context["client_region"], _account_of(request_signer)
        reply = responder.answer(model, body, region, account_id)
        if reply is None:
            context[_EXCHANGE] = Exchange(responder, (model, body, region, account_id))
            _rate_limits.sleep_for_them()
        return reply
    return None


def answer_neighbour_call(
    model: Any,
    params: MutableMapping[str, Any],
    request_signer: Any,
    context: MutableMapping[str, Any],
    **_: Any,
) -> Reply | None:
    """Answer a request to a service beside AWS Batch about jobs; return None to pass on any other."""
    for responder in _active[-1:]:
        region, account_id = context["client_region"], _account_of(request_signer)
        return calls.answer_call(responder, model, params, region, account_id, context)
    return None


def leave_held_unsigned(context: MutableMapping[str, Any], **_: Any) -> object:
    """Skip signing, which needs credentials, for a request that does not leave the process."""
    held = calls.held_in(context)
    if held is None:
        return None
    _held[context["retries"]["invocation-id"]] = held
    return botocore.UNSIGNED


def end_send(request: Any, **_: Any) -> HttpResponse | None:
    """
    Raise the error of a try, or answer a request to another service, after all other handlers.

    Requests to services beside AWS Batch that nothing else has answered are answered or refused here.

    Raises:
        BatchMockError: the request would reach AWS.
        botocore.exceptions.BotoCoreError: the fault of the try is a broken connection.
        ProgramKilled: the fault is the end of the program.
    """
    exchange = _exchange_of(request)
    if exchange is not None:
        exchange.raise_error()
    held = _held.pop(_invocation_id(request), None) if _held else None
    if isinstance(held, BatchMockError):
        raise held
    return held


def _body_of(model: Any, params: MutableMapping[str, Any]) -> bytes | str | None:
    """Return the body of a request, including its parameters in path and query string."""
    whole = _whole_bodies.get(model.name)
    if whole is None:
        whole = _whole_bodies[model.name] = all_in_body(model)
    return params["body"] if whole else gathered(model, params)


def leave_unsigned(context: MutableMapping[str, Any], **_: Any) -> object:
    """Skip signing, which needs credentials, for a request that batchmock will answer."""
    exchange = context.get(_EXCHANGE)
    # A request of a second import of this module is answered by its own handlers, which are called as well.
    if not isinstance(exchange, Exchange):
        return None
    _exchanges[context["retries"]["invocation-id"]] = exchange
    return botocore.UNSIGNED


def answer_send(request: Any, **_: Any) -> HttpResponse | None:
    """
    Answer a request that is about to be sent if it has a pending fault; refuse any other.

    Raises:
        BatchMockError: a mock is active, and the request got past `answer_call`.
    """
    exchange = _exchange_of(request)
    if exchange is not None:
        response = exchange.answer(request)
        if "moto" in sys.modules:
            # Its handler is called regardless of what this one returns, and must find nothing to do.
            request.url = ANSWERED
        return response
    if _active:
        raise BatchMockError(
            f"batchmock: a request to AWS Batch was about to leave the process: {request.url}. "
            "Its client answers 'before-call' events with a handler of its own, or has lost "
            "batchmock's. Pass the client to batch_mock.attach(client)."
        )
    return None


def _exchange_of(request: Any) -> Exchange | None:
    return _exchanges.get(_invocation_id(request)) if _exchanges else None


def _invocation_id(request: Any) -> str:
    header = request.headers.get(INVOCATION_ID, b"")
    return header.decode() if isinstance(header, bytes) else str(header)


def attach(client: Any) -> None:
    """
    Register the handlers on a client.

    Raises:
        BatchMockError: the client belongs to a service that batchmock does not answer.
    """
    if not isinstance(client, botocore.client.BaseClient) or not is_batch_client(client):
        raise BatchMockError(
            f"batchmock: attach() was given {client!r}, which is a client of neither AWS Batch nor "
            'CloudWatch Logs, Amazon ECS or Amazon EC2. Give what boto3.client("batch") returned.'
        )
    _register(client.meta.events)


def _account_of(request_signer: Any) -> str | None:
    """Return the account id passed to a session with its keys (`aws_account_id=`), if any."""
    credentials = getattr(request_signer, "_credentials", None)
    if credentials is None or getattr(credentials, "method", None) != "explicit":
        return None
    account_id: str | None = getattr(credentials, "account_id", None)
    return account_id


def _handlers() -> Iterator[tuple[str, Any, object]]:
    """Yield each event, its handler, and where the handler stands among those of others."""
    first, last = botocore.handlers.REGISTER_FIRST, botocore.handlers.REGISTER_LAST
    yield BEFORE_CALL, answer_call, last
    yield CHOOSE_SIGNER, leave_unsigned, first
    yield BEFORE_SEND, answer_send, None
    for neighbour in NEIGHBOURS.values():
        yield f"before-call.{neighbour.hook}", answer_neighbour_call, None
        yield f"choose-signer.{neighbour.hook}", leave_held_unsigned, first
    yield BEFORE_ANY_SEND, end_send, last


def _register(events: Any) -> None:
    register = {
        botocore.handlers.REGISTER_FIRST: events.register_first,
        botocore.handlers.REGISTER_LAST: events.register_last,
    }
    for event, handler, place in _handlers():
        # The unique ids contain the handlers, so that those of a second import of this module (pytester drops
        # modules and imports them again in one process) are registered separately.
        register.get(place, events.register)(event, handler, unique_id=(event, handler))


def _install_once() -> None:
    global _installed
    with _lock:
        if _installed:
            return
        botocore.handlers.BUILTIN_HANDLERS.extend(
            (event, handler) if place is None else (event, handler, place)
            for event, handler, place in _handlers()
        )
        for events in existing_emitters():
            _register(events)
        botocore.endpoint.Endpoint.make_request = _answered_before(
            botocore.endpoint.Endpoint.make_request
        )
        after_fork_in_child(_begin_in_child)
        _installed = True


def _answered_before(make_request: Any) -> Any:
    """Wrap `make_request`: answer for clients that have lost the handlers, and delegate all other calls."""

    @functools.wraps(make_request)
    def make_request_unless_answered(self: Any, operation_model: Any, request_dict: Any) -> Any:
        context = request_dict["context"]
        if _active and _EXCHANGE not in context:
            reply = answer_call(operation_model, request_dict, None, context)
            if reply is not None:
                return _awaitable(reply) if _is_async(self) else reply
        exchange = context.get(_EXCHANGE)
        if isinstance(exchange, Exchange):
            exchange.is_async = _is_async(self)
        return make_request(self, operation_model, request_dict)

    return make_request_unless_answered


def _is_async(endpoint: Any) -> bool:
    """Return whether the client of an endpoint is one of aiobotocore."""
    return inspect.iscoroutinefunction(endpoint._send_request)


async def _awaitable(reply: Reply) -> Reply:
    return reply


def _begin_in_child() -> None:
    """Detach a forked child process from the mocks of its parent."""
    global _lock
    # Another thread of the parent may have held the lock.
    _lock = Lock()
    _active[:] = [ForkedResponder(stands_for(each)) for each in _active]
