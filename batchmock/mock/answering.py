"""The answers of a mock to the event hooks of botocore."""

from __future__ import annotations

from json import loads
from typing import TYPE_CHECKING, Any

from batchmock.errors import ServiceError
from batchmock.mock.parts import Parts
from batchmock.walltime.programs.current import check_may_go_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from batchmock.interception.neighbours.services import Answered
    from batchmock.interception.replies import HttpResponse, Reply
    from batchmock.interception.router import Router
    from batchmock.observe.neighbours.requests import NeighbourRequests
    from batchmock.operations.region import Region


class Answering(Parts):
    """The answers to requests."""

    def answer(
        self, operation_model: Any, body: bytes | str | None, region: str, account_id: str | None
    ) -> Reply | None:
        """Answer a request, or return None to have it sent; called by the event hooks."""
        check_may_go_on()
        self._time.catch_up()
        router = self._made_router or self._router()
        return router.answer(operation_model, body, region, account_id)

    def answer_try(
        self,
        try_number: int,
        url: str,
        operation_model: Any,
        body: bytes | str | None,
        region: str,
        account_id: str | None,
    ) -> HttpResponse:
        """Answer one try of a request that is sent; called by the event hooks."""
        check_may_go_on()
        self._time.catch_up()
        return self._router().answer_try(try_number, url, operation_model, body, region, account_id)

    def answer_after(self, delay_ms: int) -> None:
        """Return when a reply has taken simulated time; called by the event hooks."""
        self._time.pass_by(delay_ms)

    async def answer_after_async(self, delay_ms: int) -> None:
        """Return when a reply to an asynchronous client has taken simulated time; called by the event hooks."""
        await self._time.pass_by_async(delay_ms)

    def answer_neighbour(
        self,
        service: str,
        operation: str,
        request: dict[str, Any],
        region: str,
        account_id: str | None,
    ) -> Answered | None:
        """Answer a request to a service beside AWS Batch about jobs; called by the event hooks."""
        check_may_go_on()
        self._time.catch_up()
        self._time.note_asked()
        with self._lock:
            asked_of = self._regions().of(account_id or self._options.account_id, region)
            neighbour = self._neighbour(service)
            answered = self._answered(
                service, lambda: neighbour.answer(operation, request, asked_of)
            )
        return None if isinstance(answered, str) else answered

    def answer_neighbour_alone(
        self,
        service: str,
        operation: str,
        request: dict[str, Any],
        region: str,
        account_id: str | None,
    ) -> Answered | str | None:
        """Answer a request that `answer_neighbour` did not, or return why it may not go to AWS."""
        if service == "logs" and self._options.pass_logs:
            return None
        with self._lock:
            asked_of = self._regions().of(account_id or self._options.account_id, region)
            neighbour = self._neighbour(service)
            return self._answered(
                service, lambda: neighbour.answer_alone(operation, request, asked_of)
            )

    def _answered(
        self, service: str, answer: Callable[[], dict[str, Any] | str | None]
    ) -> Answered | str | None:
        """Return a reply or refusal with its request id and the time; anything else as it is."""
        reply: dict[str, Any] | ServiceError | str | None
        try:
            reply = answer()
        except ServiceError as refusal:
            reply = refusal
        if reply is None or isinstance(reply, str):
            return reply
        request_id = self._simulation.identifiers.uuid(f"{service} request")
        return reply, request_id, self._simulation.clock.epoch_ms

    def _neighbour(self, service: str) -> NeighbourRequests:
        if self._made_neighbours is None:
            from batchmock.observe.neighbours.requests import neighbours_of

            self._made_neighbours = neighbours_of(self._simulation)
        return self._made_neighbours[service]

    def _router(self) -> Router:
        with self._lock:
            if self._made_router is None:
                from batchmock.interception.router import Router

                self._made_router = Router(
                    self._simulation,
                    self._regions(),
                    self._options.account_id,
                    self._lock,
                    self._faults,
                    self._calls.note,
                    self._polls.note,
                    self._notes_on,
                    whole_way=self._options.whole_way,
                )
            return self._made_router

    def _notes_on(self, body: bytes, region: Region) -> tuple[str, ...]:
        from batchmock.mock.notes import notes_on

        return notes_on(loads(body), region, self._regions())
