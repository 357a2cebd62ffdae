"""
From a request on the wire to its reply: decode, validate, hand to the operation, note the call.

One router belongs to one mock; its lock is the mock's.
"""

from __future__ import annotations

from collections.abc import Callable
from json import JSONDecoder
from threading import RLock
from typing import Any, Final

from batchmock.errors import ServiceError, UnsupportedError
from batchmock.interception.older_models import is_older, without_unknown
from batchmock.interception.replies import Reply, failure, success
from batchmock.operations import HANDLERS
from batchmock.operations.region import Regions
from batchmock.simulation.engine import Simulation
from batchmock.validation import validators_for

#: What is told of each call: operation, request body, reply, error, and the instant (milliseconds).
CallListener = Callable[
    [str, bytes, "dict[str, Any] | None", "ServiceError | None", str, int], None
]

_NO_BODY: Final = b"{}"
_decode: Final = JSONDecoder().decode


class Router:
    """
    Answers the requests to one mock.

    Args:
        simulation: the mock's time and jobs.
        regions: its resources.
        account_id: the account of clients whose credentials name none.
        lock: held while a request is handled.
        on_call: told of each call that was answered.
    """

    def __init__(
        self,
        simulation: Simulation,
        regions: Regions,
        account_id: str,
        lock: RLock,
        on_call: CallListener,
    ) -> None:
        self._simulation = simulation
        self._regions = regions
        self._account_id = account_id
        self._lock = lock
        self._on_call = on_call
        #: By id, with the metadata of the model, so that the id is not used again.
        self._older: dict[int, tuple[Any, bool]] = {}

    def answer(
        self, operation_model: Any, body: bytes | str | None, region: str, account_id: str | None
    ) -> Reply:
        """
        Answer one request.

        Args:
            operation_model: botocore's model of the operation, from the client that sends the request.
            body: the JSON text that would go over the wire.
            region: the client's region.
            account_id: the account that the client's credentials name, if they do.

        Raises:
            UnsupportedError: this version does not simulate the operation.
        """
        operation: str = operation_model.name
        handler = HANDLERS.get(operation)
        if handler is None:
            raise UnsupportedError(unsupported_operation(operation))
        body = _as_bytes(body)
        params = _decode(body.decode())
        with self._lock:
            simulation = self._simulation
            simulation.forget_expired()
            request_id = simulation.identifiers.uuid("request")
            parsed, error = None, None
            try:
                validators_for(operation_model.service_model).check(operation, params, len(body))
                parsed = handler(self._regions.of(account_id or self._account_id, region), params)
            except ServiceError as refusal:
                error = refusal
            now_ms = simulation.clock.epoch_ms
            self._on_call(operation, body, parsed, error, request_id, now_ms)
        if parsed is not None and self._is_older(operation_model.service_model):
            parsed = without_unknown(parsed, operation_model.output_shape)
        if error is not None:
            return failure(error, request_id)
        return success(parsed or {}, request_id)

    def _is_older(self, service_model: Any) -> bool:
        metadata = service_model.metadata
        known = self._older.get(id(metadata))
        if known is None:
            known = self._older[id(metadata)] = (metadata, is_older(service_model))
        return known[1]


def _as_bytes(body: bytes | str | None) -> bytes:
    if not body:
        return _NO_BODY
    return body.encode() if isinstance(body, str) else bytes(body)


def unsupported_operation(operation: str) -> str:
    """Say that an operation is not simulated, and which ones are."""
    from batchmock.version import version

    return (
        f"batchmock: {operation} is not simulated by batchmock {version()}, so the request goes nowhere. "
        f"It simulates {', '.join(sorted(HANDLERS))}. "
        "Stub this one call with botocore.stub.Stubber, or take a newer batchmock."
    )
