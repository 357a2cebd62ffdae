"""
Route a request to its reply: decode, validate, call the operation, record the call.

Each mock has one router, which uses the mock's lock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from batchmock.errors import ServiceError, UnsupportedError
from batchmock.faults import Fault, Faults
from batchmock.interception.answers import Answers
from batchmock.interception.known_operations import known_operation
from batchmock.interception.older_models import without_unknown
from batchmock.interception.replies import (
    HttpResponse,
    Lengths,
    Reply,
    broken,
    failure,
    on_the_wire,
    success,
)
from batchmock.interception.wire import as_bytes
from batchmock.monitor import Monitor
from batchmock.operations import HANDLERS
from batchmock.operations.region import Region, Regions
from batchmock.simulation.engine import Simulation

#: Receives each call: operation, request body, reply (packed by `marshal`), error, request id, time
#: (milliseconds), injected fault, and the number of the client's try.
CallListener = Callable[
    [
        str,
        bytes,
        "bytes | None",
        "ServiceError | None",
        "str | None",
        int,
        "Fault | None",
        int,
    ],
    None,
]
#: Receives each call afterwards: operation and request body.
RequestListener = Callable[[str, bytes], None]


#: Returns notes for the author of a test on a refused request in a region.
NoteWriter = Callable[[bytes, Region], tuple[str, ...]]


class Router:
    """
    Answers the requests to one mock.

    Args:
        simulation: the mock's time and jobs.
        regions: its resources.
        account_id: the account of clients whose credentials name none.
        monitor: whose lock is held while a request is handled.
        faults: the faults to inject.
        on_call: callback for each answered call.
        on_request: callback after `on_call`, if any.
        note_on: callback for a refused request and its region.
        whole_way: whether each request passes through all of botocore and is answered at `before-send`.
    """

    def __init__(
        self,
        simulation: Simulation,
        regions: Regions,
        account_id: str,
        monitor: Monitor,
        faults: Faults,
        on_call: CallListener,
        on_request: RequestListener | None,
        note_on: NoteWriter,
        *,
        whole_way: bool = False,
    ) -> None:
        self._simulation = simulation
        self._regions = regions
        self._answers = Answers(simulation)
        self._lengths = Lengths()
        self._account_id = account_id
        self._lock = monitor.lock
        self._faults = faults
        self._on_call = on_call
        self._on_request = on_request
        self._note_on = note_on
        self._whole_way = whole_way

    def answer(
        self, operation_model: Any, body: bytes | str | None, region: str, account_id: str | None
    ) -> Reply | None:
        """
        Answer one request, unless it has a pending fault.

        Args:
            operation_model: botocore's model of the operation, from the client that sends the request.
            body: the JSON text that would go over the wire.
            region: the client's region.
            account_id: the account named by the client's credentials, if any.

        Returns:
            The reply as botocore's parser would return it; None if the request must be sent and fail on the
            way.

        Raises:
            UnsupportedError: this version does not simulate the operation.
        """
        if self._whole_way:
            return None
        if self._faults.pending:
            with self._lock:
                name = operation_model.name
                if self._faults.are_for(name) and not self._faults.pass_on(name):
                    return None
        return self._carry_out(operation_model, body, region, account_id)

    def answer_try(
        self,
        try_number: int,
        url: str,
        operation_model: Any,
        body: bytes | str | None,
        region: str,
        account_id: str | None,
    ) -> HttpResponse:
        """
        Answer one try of a request that is sent: with the next fault, or normally if there is none.

        Args:
            try_number: 1 for the first time that the request is sent, 2 for the first retry of the client.
            url: where it is sent.
            operation_model, body, region, account_id: as for `answer`.

        Raises:
            botocore.exceptions.HTTPClientError: the fault is a broken connection.
            ProgramKilled: the fault is the end of the program.
            UnsupportedError: this version does not simulate the operation.
        """
        operation: str = operation_model.name
        request = (operation_model, body, region, account_id)
        with self._lock:
            fault = self._faults.take(operation)
            if fault is None:
                return on_the_wire(self._carry_out(*request, None, try_number), url)
            if fault.kind == "error":
                return on_the_wire(self._refuse(operation, body, fault, try_number), url)
            if not fault.is_carried_out:
                self._lose(operation, body, fault, try_number)
                raise broken(fault, operation, url)
            reply = self._carry_out(*request, fault, try_number)
            if fault.is_answered:
                return on_the_wire(reply, url, fault.delay_ms)
        raise broken(fault, operation, url)

    def _carry_out(
        self,
        operation_model: Any,
        body: bytes | str | None,
        region: str,
        account_id: str | None,
        fault: Fault | None = None,
        try_number: int = 1,
    ) -> Reply:
        known = known_operation(operation_model)
        handler = HANDLERS.get(known.name)
        if handler is None:
            raise UnsupportedError(unsupported_operation(known.name))
        sent = as_bytes(body)
        with self._lock:
            simulation = self._simulation
            simulation.forget_expired()
            request_id = simulation.identifiers.uuid("request")
            now_ms = simulation.now_ms
            parsed, packed, error = None, None, None
            try:
                asked_of = self._regions.of(account_id or self._account_id, region)
                parsed, sent, packed = self._answers.to(known, handler, asked_of, sent)
            except ServiceError as refusal:
                error = refusal
                error.notes = self._note_on(sent, asked_of)
            finally:
                # Recorded even if the handler raised: then with neither response nor error.
                self._on_call(
                    known.name, sent, packed, error, request_id, now_ms, fault, try_number
                )
                if self._on_request is not None:
                    self._on_request(known.name, sent)
        if error is not None:
            return failure(error, request_id, now_ms)
        if parsed and known.is_older:
            # The header counts what this client is sent, not the members that its model lacks.
            parsed, packed = without_unknown(parsed, operation_model.output_shape), None
        length = self._lengths.of(parsed or {}, packed)
        return success(parsed or {}, request_id, now_ms, length)

    def _refuse(
        self, operation: str, body: bytes | str | None, fault: Fault, try_number: int
    ) -> Reply:
        """Refuse a request with the service error of a fault."""
        error = ServiceError(fault.message, code=fault.code, http_status=fault.http_status)
        request_id = self._simulation.identifiers.uuid("request")
        self._note_unanswered(operation, body, error, request_id, fault, try_number)
        return failure(error, request_id, self._simulation.clock.epoch_ms)

    def _lose(
        self, operation: str, body: bytes | str | None, fault: Fault, try_number: int
    ) -> None:
        """Record a request that does not reach the service."""
        self._note_unanswered(operation, body, None, None, fault, try_number)

    def _note_unanswered(
        self,
        operation: str,
        body: bytes | str | None,
        error: ServiceError | None,
        request_id: str | None,
        fault: Fault,
        try_number: int,
    ) -> None:
        now_ms, sent = self._simulation.clock.epoch_ms, as_bytes(body)
        self._on_call(operation, sent, None, error, request_id, now_ms, fault, try_number)
        if self._on_request is not None:
            self._on_request(operation, sent)


def unsupported_operation(operation: str) -> str:
    """Return the message for an unsupported operation, which lists the supported ones."""
    from batchmock.version import version

    return (
        f"batchmock: {operation} is not simulated by batchmock {version()}, so the request goes nowhere. "
        f"It simulates {', '.join(sorted(HANDLERS))}. "
        "Stub this one call with botocore.stub.Stubber, or take a newer batchmock."
    )
