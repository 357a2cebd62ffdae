from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from http.client import HTTPConnection, RemoteDisconnected
from typing import Any

import pytest

from batchmock import BatchMock, BatchMockError, lost_reply, mock_batch
from batchmock.serving import Server

SUBMISSION = {"jobName": "job", "jobQueue": "queue", "jobDefinition": "definition"}


@pytest.fixture
def mock() -> Iterator[BatchMock]:
    """A mock with `queue` and `definition`."""
    with mock_batch(region="us-east-1", start="2026-01-02T03:04:05Z") as mock:
        mock.provision(job_queue="queue", job_definition="definition")
        yield mock


@pytest.fixture
def server(mock: BatchMock) -> Iterator[Server]:
    """A server of the mock."""
    with mock.serve() as server:
        yield server


@pytest.fixture
def connection(server: Server) -> Iterator[HTTPConnection]:
    """A connection to the server."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    connection = HTTPConnection(host, int(port), timeout=30)
    yield connection
    connection.close()


def post(connection: HTTPConnection, path: str, body: Any = None) -> tuple[int, Any]:
    """Post JSON and return the status and the decoded reply."""
    connection.request("POST", path, json.dumps(body or {}))
    reply = connection.getresponse()
    return reply.status, json.loads(reply.read())


def test_one_connection_for_several_requests(connection: HTTPConnection, mock: BatchMock) -> None:
    """A connection stays open, and the test moves the clock between its requests."""
    _, submitted = post(connection, "/v1/submitjob", SUBMISSION)
    kept = connection.sock
    mock.run()
    _, described = post(connection, "/v1/describejobs", {"jobs": [submitted["jobId"]]})
    assert described["jobs"][0]["status"] == "SUCCEEDED"
    assert connection.sock is kept


def test_a_lost_reply_closes_the_connection(connection: HTTPConnection, mock: BatchMock) -> None:
    """A client whose reply is lost sees its connection close and can send again."""
    mock.inject("SubmitJob", lost_reply())
    with pytest.raises(RemoteDisconnected):
        post(connection, "/v1/submitjob", SUBMISSION)
    connection.close()
    assert post(connection, "/v1/submitjob", SUBMISSION)[0] == 200
    assert len(mock.jobs) == 2


def test_one_packet(server: Server, mock: BatchMock) -> None:
    """The head and body of a reply are sent together."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as client:
        client.sendall(b"POST /v1/describejobqueues HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
        packet = client.recv(65536)
    head, _, body = packet.partition(b"\r\n\r\n")
    assert f"content-length: {len(body)}".encode() in head


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Content-Length": "x"}, 411), ({"Content-Length": "99999999999"}, 413)],
)
def test_bodies_without_a_sensible_length(
    connection: HTTPConnection, headers: dict[str, str], status: int
) -> None:
    """A body whose length is unknown or too long is refused."""
    connection.request("POST", "/v1/submitjob", headers=headers)
    assert connection.getresponse().status == status


def refuse(_: Any) -> None:
    """Raise an exception for every event."""
    raise LookupError("no such row")


def tick_of(server: Server) -> tuple[int, Any]:
    """Submit a job and move the clock from another program; return status and reply of the latter."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    connection = HTTPConnection(host, int(port), timeout=30)
    post(connection, "/v1/submitjob", SUBMISSION)
    reply = post(connection, "/_batchmock/tick", {"delta": 60})
    connection.close()
    return reply


def test_a_subscriber_that_raises(mock: BatchMock) -> None:
    """What a subscriber raises is an error for the other program, and is raised at the end of the block."""
    mock.subscribe(refuse)
    with pytest.raises(LookupError, match="no such row"), mock.serve() as server:
        assert tick_of(server) == (501, {"message": "LookupError: no such row"})


def test_the_error_of_the_block_wins(mock: BatchMock) -> None:
    """An error of the block itself is raised rather than one of a subscriber."""
    mock.subscribe(refuse)
    with pytest.raises(pytest.fail.Exception, match="of the block"), mock.serve() as server:
        pytest.fail(f"of the block {tick_of(server)}")


def test_nothing_listens_afterwards(mock: BatchMock) -> None:
    """At the end of the block the port is closed, and a second stop is a no-op."""
    with mock.serve() as server:
        port = int(server.url.rpartition(":")[2])
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=30)


def test_the_end_of_the_mock_ends_its_servers() -> None:
    """A server that was never stopped ends with its mock."""
    with mock_batch() as mock:
        port = int(mock.serve().url.rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=30)


def test_a_mock_that_is_not_started() -> None:
    """A mock that has ended serves nothing, because nothing would end its server."""
    with mock_batch() as mock:
        pass
    with pytest.raises(BatchMockError, match=r"serve\(\) was called on a mock that is not started"):
        mock.serve()


def test_a_port_that_is_taken(server: Server, mock: BatchMock) -> None:
    """A port that is in use is an error that says what to do."""
    port = int(server.url.rpartition(":")[2])
    with pytest.raises(BatchMockError, match=r"cannot listen on port \d+ .* Leave out port="):
        mock.serve(port)


@pytest.mark.parametrize("port", [-1, 65536, "80", True])
def test_no_port(mock: BatchMock, port: Any) -> None:
    """An invalid port is refused."""
    with pytest.raises(BatchMockError, match="Pass a number from 0 to 65535"):
        mock.serve(port)


def test_environment(server: Server) -> None:
    """The environment variables point an SDK to the server, with dummy credentials."""
    assert server.environment["AWS_ENDPOINT_URL_BATCH"] == server.url
    assert server.environment["AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"] == server.url
    assert server.environment["AWS_REGION"] == "us-east-1"
    assert repr(server) == f"<Server {server.url}>"


class TestSteering:
    def test_the_clock(self, connection: HTTPConnection, mock: BatchMock) -> None:
        """Another process moves the clock and gets the transitions."""
        post(connection, "/v1/submitjob", SUBMISSION)
        assert post(connection, "/_batchmock/tick", {"delta": 60})[1]["now"] == (
            "2026-01-02T03:05:05+00:00"
        )
        post(connection, "/v1/submitjob", SUBMISSION)
        _, reply = post(connection, "/_batchmock/run")
        assert [move["to_status"] for move in reply["transitions"]] == [
            "RUNNABLE",
            "STARTING",
            "RUNNING",
            "SUCCEEDED",
        ]

    def test_scripts(self, connection: HTTPConnection, mock: BatchMock) -> None:
        """A script is JSON: a name, and outcomes with their arguments."""
        script = {"job_name": "jo*", "outcomes": [{"fail": {"exit_code": 3}}], "job_queue": "queue"}
        assert post(connection, "/_batchmock/script", script)[0] == 200
        post(connection, "/v1/submitjob", SUBMISSION)
        mock.run()
        assert mock.jobs.only().attempts[0].exit_code == 3

    def test_overrides(self, connection: HTTPConnection, mock: BatchMock) -> None:
        """An override is JSON with one outcome."""
        override = {"job_name": "jo*", "outcome": {"fail": {"exit_code": 3}}, "attempt": 1}
        assert post(connection, "/_batchmock/override", override)[0] == 200
        post(connection, "/v1/submitjob", SUBMISSION)
        mock.run()
        assert mock.jobs.only().attempts[0].exit_code == 3

    @pytest.mark.parametrize(
        ("fault", "status", "jobs"),
        [
            ({"throttled": {}}, 429, 0),
            ({"server_error": {"message": "no", "http_status": 503}}, 503, 0),
            ({"slow_reply": {"seconds": 30}}, 200, 1),
        ],
    )
    def test_faults(
        self, connection: HTTPConnection, mock: BatchMock, fault: Any, status: int, jobs: int
    ) -> None:
        """A fault is JSON with its arguments."""
        before = mock.clock.epoch_ms
        injection = {"operation": "SubmitJob", "fault": fault}
        assert post(connection, "/_batchmock/inject", injection)[0] == 200
        assert post(connection, "/v1/submitjob", SUBMISSION)[0] == status
        assert len(mock.jobs) == jobs
        assert mock.clock.epoch_ms - before == (30_000 if jobs else 0)

    @pytest.mark.parametrize(("when", "jobs"), [("before", 0), ("after", 1)])
    def test_a_program_that_is_killed(
        self, connection: HTTPConnection, mock: BatchMock, when: str, jobs: int
    ) -> None:
        """A program in another process loses its connection instead."""
        injection = {"operation": "SubmitJob", "fault": {"program_killed": {"when": when}}}
        post(connection, "/_batchmock/inject", injection)
        with pytest.raises(RemoteDisconnected):
            post(connection, "/v1/submitjob", SUBMISSION)
        assert len(mock.jobs) == jobs

    def test_jobs_that_are_not_shown(self, connection: HTTPConnection, mock: BatchMock) -> None:
        """Another process sets lags and expiries."""
        post(connection, "/_batchmock/lag", {"job": "*", "seconds": 10})
        post(connection, "/_batchmock/expire", {"job": "*", "after": 60})
        job_id = post(connection, "/v1/submitjob", SUBMISSION)[1]["jobId"]
        shown = []
        for delta in (0, 10, 60):
            mock.tick(delta)
            reply = post(connection, "/v1/describejobs", {"jobs": [job_id]})[1]
            shown.append(len(reply["jobs"]))
        assert shown == [0, 1, 0]

    def test_events(self, connection: HTTPConnection, mock: BatchMock) -> None:
        """Another process makes events late."""
        seen: list[int] = []
        mock.subscribe(lambda event: seen.append(1))
        body = {"pattern": {"detail": {"status": ["RUNNABLE"]}}, "delay": 3600, "duplicates": True}
        assert post(connection, "/_batchmock/disturb_events", body)[0] == 200
        post(connection, "/v1/submitjob", SUBMISSION)
        mock.tick(3000)
        assert len(seen) == 3
        mock.run()
        assert len(seen) == 5

    def test_outages(self, connection: HTTPConnection, mock: BatchMock) -> None:
        """Another process exhausts and restores a compute environment, and ends a host."""
        environment = {"compute_environment": "compute-environment"}
        assert post(connection, "/_batchmock/exhaust", environment)[0] == 200
        assert post(connection, "/_batchmock/restore", environment)[0] == 200
        mock.hold("*", at="RUNNING")
        job_id = post(connection, "/v1/submitjob", SUBMISSION)[1]["jobId"]
        mock.run()
        assert post(connection, "/_batchmock/lose_host", {"host": job_id})[0] == 200
        assert mock.jobs.only().status == "FAILED"

    def test_reset(self, connection: HTTPConnection, mock: BatchMock) -> None:
        """A reset removes the jobs."""
        post(connection, "/v1/submitjob", SUBMISSION)
        post(connection, "/_batchmock/reset")
        assert len(mock.jobs) == 0

    @pytest.mark.parametrize(
        ("accept", "kind", "start"),
        [("*/*", "text/plain; charset=utf-8", "1 job"), ("image/svg+xml", "image/svg+xml", "<svg")],
    )
    def test_timeline(self, connection: HTTPConnection, accept: str, kind: str, start: str) -> None:
        """The timeline is text, or SVG on request."""
        post(connection, "/v1/submitjob", SUBMISSION)
        connection.request("GET", "/_batchmock/timeline", headers={"Accept": accept})
        reply = connection.getresponse()
        assert reply.getheader("Content-Type") == kind
        assert reply.read().decode().startswith(start)

    @pytest.mark.parametrize(
        ("verb", "body", "message"),
        [
            ("tick", {"dela": 1}, "unexpected keyword argument 'dela'. Its members are: delta."),
            ("tick", {"delta": -1}, "batchmock: delta is -1"),
            ("script", {"job_name": "a"}, 'A script needs "outcomes"'),
            ("script", {"outcomes": ["fail(3)"]}, '"fail(3)" is no outcome.'),
            (
                "script",
                {"outcomes": [{"call": {}}]},
                "There is no outcome 'call'. There are succeed,",
            ),
            ("script", {"outcomes": [{"fail": {"code": 3}}]}, "fail() has no parameter 'code'"),
            ("override", {"job_name": "a", "outcome": "fail"}, '"fail" is no outcome.'),
            ("override", {"job_name": "a"}, "missing a required argument: 'outcome'"),
            (
                "inject",
                {"operation": "SubmitJob", "fault": {"slow": {}}},
                "There is no fault 'slow'",
            ),
            ("inject", {"operation": "SubmitJob", "fault": {"slow_reply": {}}}, "seconds"),
            ("lag", {"job": "a", "seconds": -1}, "batchmock: lag(seconds=) is -1"),
            ("lose_host", {"host": "i-0"}, "batchmock: "),
            ("run_until", {"job_id": "x", "status": "RUNNING"}, "batchmock: "),
            ("release", {"job": "x"}, "batchmock: "),
            ("script", {"outcomes": [{"fail": 3}]}, "The arguments of fail are 3, and go by name."),
            (
                "exhaust",
                {"compute_environment": 5},
                "exhaust(compute_environment) is 5, which is not",
            ),
        ],
    )
    def test_mistakes(self, connection: HTTPConnection, verb: str, body: Any, message: str) -> None:
        """A request that cannot be carried out is a 400 that says why."""
        status, reply = post(connection, f"/_batchmock/{verb}", body)
        assert status == 400
        assert message in reply["message"]

    @pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
    def test_a_body_that_is_not_json(self, connection: HTTPConnection, body: bytes) -> None:
        """A body that is not a JSON object is a 400."""
        connection.request("POST", "/_batchmock/tick", body)
        assert connection.getresponse().status == 400

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("POST", "/_batchmock/nothing", 404),
            ("GET", "/_batchmock/tick", 405),
            ("POST", "/_batchmock/timeline", 405),
        ],
    )
    def test_wrong_paths(
        self, connection: HTTPConnection, method: str, path: str, status: int
    ) -> None:
        """An unknown path is not found, and a wrong method is refused."""
        connection.request(method, path)
        assert connection.getresponse().status == status


def test_the_fixture(pytester: pytest.Pytester) -> None:
    """`batch_server` serves the mock of the test."""
    pytester.makepyfile(
        """
        from urllib.request import urlopen

        def test_it(batch_server, batch_mock):
            timeline = urlopen(batch_server.url + "/_batchmock/timeline").read()
            assert timeline.startswith(b"0 jobs")
        """
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
