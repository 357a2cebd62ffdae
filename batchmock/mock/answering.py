"""The answers of a mock to the event hooks of botocore."""

from __future__ import annotations

from json import loads
from typing import TYPE_CHECKING, Any

from batchmock.errors import ServiceError
from batchmock.mock.parts import Parts
from batchmock.walltime.programs.current import check_may_go_on

if TYPE_CHECKING:
    from batchmock.interception.replies import HttpResponse, Reply
    from batchmock.interception.router import Router
    from batchmock.observe.logs.requests import LogRequests
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

    def wait_for_reply(self, delay_ms: int) -> None:
        """Return when a reply has taken simulated time; called by the event hooks."""
        self._time.pass_by(delay_ms)

    async def wait_for_reply_async(self, delay_ms: int) -> None:
        """Return when a reply to an asynchronous client has taken simulated time; called by the event hooks."""
        await self._time.pass_by_async(delay_ms)

    def answer_logs(
        self, operation: str, request: dict[str, Any], region: str, account_id: str | None
    ) -> tuple[dict[str, Any] | ServiceError, str, int] | None:
        """Answer a request to CloudWatch Logs about the logs of jobs; called by the event hooks."""
        check_may_go_on()
        self._time.catch_up()
        self._time.note_asked()
        with self._lock:
            account_id = account_id or self._options.account_id
            reply: dict[str, Any] | ServiceError | None
            try:
                reply = self._log_requests().answer(operation, request, account_id, region)
            except ServiceError as refusal:
                reply = refusal
            if reply is None:
                return None
            request_id = self._simulation.identifiers.uuid("logs request")
            return reply, request_id, self._simulation.clock.epoch_ms

    def answer_refused_logs(
        self, operation: str, request: dict[str, Any], region: str, account_id: str | None
    ) -> str | None:
        """Return why a request to CloudWatch Logs may not go to AWS; called by the event hooks."""
        if self._options.pass_logs:
            return None
        with self._lock:
            return self._log_requests().refusal(
                operation, request, account_id or self._options.account_id, region
            )

    def _log_requests(self) -> LogRequests:
        if self._made_log_requests is None:
            from batchmock.observe.logs.requests import LogRequests

            self._made_log_requests = LogRequests(self._simulation, self._simulation.start_ms)
        return self._made_log_requests

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
