"""The HTTP server of one mock."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from threading import Thread
from types import TracebackType
from typing import Final, Protocol

from batchmock.errors import BatchMockError
from batchmock.serving.steering import PREFIX, Steered, steer
from batchmock.version import version

LOCALHOST: Final = "127.0.0.1"
_MOST_BYTES: Final = 16 * 1024 * 1024
_HOW_LONG_TO_CLOSE: Final = 0.05
#: A status that SDKs do not retry.
_NOT_RETRIED: Final = 501


class Raw(Protocol):
    """A raw reply."""

    @property
    def status(self) -> int:
        """Return the HTTP status."""

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers."""

    @property
    def body(self) -> bytes:
        """Return the body."""


class Served(Steered, Protocol):
    """The interface of a `BatchMock` that the server uses."""

    def reply_to(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Raw | None:
        """Answer a raw request."""


class Server:
    """
    A server that answers AWS Batch, and the logs, tasks and instances of its jobs, for other programs.

    It listens on 127.0.0.1 from the moment `BatchMock.serve` returns it until `stop()`, or until the end of
    its `with` block.

    If a function of the test, such as a subscriber, raises an exception while a request is answered, the other
    program gets an error with status 501. The end of the `with` block raises the first such exception.
    """

    def __init__(self, mock: Served, region: str, port: int) -> None:
        self._mock = mock
        self._region = region
        try:
            self._http = _HttpServer(mock, port)
        except (OSError, OverflowError) as error:
            raise BatchMockError(
                f"batchmock: serve() cannot listen on port {port} of {LOCALHOST}: {error}. "
                "Leave out port= to get a free one."
            ) from error
        self._thread = Thread(
            target=self._http.serve_forever,
            args=(_HOW_LONG_TO_CLOSE,),
            name="batchmock server",
            daemon=True,
        )
        self._thread.start()

    def __repr__(self) -> str:
        return f"<Server {self.url}>"

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        if error is None and self._http.errors:
            raise self._http.errors[0]

    @property
    def url(self) -> str:
        """The endpoint, e.g. `http://127.0.0.1:50412`."""
        return f"http://{LOCALHOST}:{self._http.server_address[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """
        The environment variables that direct an AWS SDK or the AWS CLI to this server.

        They contain the endpoints, a region and dummy keys.
        """
        return {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_SESSION_TOKEN": "testing",
            "AWS_REGION": self._region,
            "AWS_DEFAULT_REGION": self._region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
            "AWS_ENDPOINT_URL_BATCH": self.url,
            "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": self.url,
            "AWS_ENDPOINT_URL_EC2": self.url,
            "AWS_ENDPOINT_URL_ECS": self.url,
        }

    def stop(self) -> None:
        """Stop listening; a second call is a no-op."""
        if self._thread.is_alive():
            self._http.shutdown()
            self._thread.join()
        self._http.server_close()


class _HttpServer(ThreadingHTTPServer):
    """The listening socket."""

    daemon_threads = True
    # Threads of clients that keep their connections open end with the process.
    block_on_close = False
    request_queue_size = 128

    def __init__(self, mock: Served, port: int) -> None:
        self.mock = mock
        #: The exceptions of the test's functions.
        self.errors: list[Exception] = []
        super().__init__((LOCALHOST, port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    """One connection, which clients keep open for several requests."""

    protocol_version = "HTTP/1.1"
    server: _HttpServer

    def setup(self) -> None:
        """Send each reply at once."""
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _respond(self) -> None:
        body = self._body()
        if body is None:
            return
        try:
            reply = self._reply(body)
        except Exception as error:
            self.server.errors.append(error)
            text = f"{type(error).__name__}: {error}"
            headers = {"content-type": "application/json", "x-amzn-errortype": "BatchMockError"}
            self._send(_NOT_RETRIED, headers, dumps({"message": text}).encode())
            return
        if reply is None:
            self.close_connection = True
            return
        self._send(reply.status, reply.headers, reply.body)

    def _reply(self, body: bytes) -> Raw | None:
        headers = dict(self.headers.items())
        if self.path.startswith(PREFIX):
            accept = headers.get("Accept", "")
            return steer(self.server.mock, self.command, self.path, accept, body)
        return self.server.mock.reply_to(self.command, self.path, headers, body)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _respond

    def _body(self) -> bytes | None:
        """Return the body of a request; None if it has no length, or is too long, which is answered."""
        length = self.headers.get("Content-Length", "0")
        problem = None
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            problem = HTTPStatus.LENGTH_REQUIRED
        elif int(length) > _MOST_BYTES:
            problem = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        if problem is not None:
            self.close_connection = True
            self._send(problem, {}, b"")
            return None
        return self.rfile.read(int(length))

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Send a reply in one packet."""
        try:
            phrase = HTTPStatus(status).phrase
        except ValueError:
            phrase = "Unknown"
        connection = "close" if self.close_connection else "keep-alive"
        fields = {
            **{name.lower(): value for name, value in headers.items()},
            "server": f"batchmock/{version()}",
            "content-length": str(len(body)),
            "connection": connection,
        }
        head = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {fields[name]}" for name in fields)]
        packet = "\r\n".join([*head, "", ""]).encode("latin-1", "replace") + body
        try:
            self.wfile.write(packet)
        except ConnectionError:
            # The client has given up.
            self.close_connection = True

    def log_message(self, *_: object, **__: object) -> None:
        """Print nothing, since `calls` has every request."""
