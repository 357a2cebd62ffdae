"""Replies to programs in other processes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from batchmock.arguments import checked_mapping, checked_text
from batchmock.errors import BatchMockError
from batchmock.mock.answering import Answering
from batchmock.options import Options

if TYPE_CHECKING:
    from batchmock.interception.raw_requests import RawReply, RawRequests
    from batchmock.serving import Server
    from batchmock.serving.server import Served


class Serving(Answering):
    """Raw requests, and the server that receives them."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._made_raw_requests: RawRequests | None = None
        self._servers: list[Server] = []

    def serve(self, port: int = 0) -> Server:
        """
        Serve AWS Batch and the logs of its jobs on 127.0.0.1 to programs in other processes.

        Use it as `with batch_mock.serve() as server:`, and pass `server.environment` to the other program.
        The test moves the clock, unless it moves by itself under `advance="poll"` or `"wall"`. The server ends
        with its block, and at the latest with the mock.

        Args:
            port: the port; 0 for a free one.

        Raises:
            BatchMockError: the port is not free.
        """
        from batchmock.serving import Server

        if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port <= 65535:
            raise BatchMockError(
                f"batchmock: serve() was called with port={port!r}. Pass a number from 0 to 65535."
            )
        server = Server(cast("Served", self), self._options.region, port)
        self._servers.append(server)
        return server

    def _stop_servers(self) -> None:
        while self._servers:
            self._servers.pop().stop()

    def reply_to(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes = b""
    ) -> RawReply | None:
        """
        Answer a raw HTTP request of any AWS SDK, for a server of your own.

        Args:
            method: the HTTP method, e.g. `POST`.
            target: the path with its query string, e.g. `/v1/submitjob`.
            headers: the headers; region and account come from `Authorization`.
            body: the body as sent.

        Returns:
            Status, headers and body of the reply; None if a fault breaks the connection.

        Raises:
            BatchMockError: an argument is of another kind, such as a body that is text.
        """
        from batchmock.interception.raw_requests import RawRequest, RawRequests

        _check_request(method, target, headers, body)
        with self._lock:
            if self._made_raw_requests is None:
                self._made_raw_requests = RawRequests(self, self._options.region)
        return self._made_raw_requests.answer(RawRequest(method, target, headers, body))


def _check_request(
    method: object, target: object, headers: Mapping[str, object], body: object
) -> None:
    checked_text(method, "reply_to(method)", 'Pass the HTTP method, such as "POST".')
    checked_text(target, "reply_to(target)", 'Pass the path, such as "/v1/submitjob".')
    advice = 'Pass text by name: {"Authorization": "AWS4-HMAC-SHA256 Credential=..."}.'
    checked_mapping(headers, "reply_to(headers)", advice)
    for name, value in headers.items():
        checked_text(name, "a header of reply_to()", advice)
        checked_text(value, f"the header {name!r} of reply_to()", advice)
    if not isinstance(body, (bytes, bytearray)):
        raise BatchMockError(
            f"batchmock: reply_to(body) is {body!r}, which is not bytes. Pass the body as it was sent, such as "
            'b"{}".'
        )
