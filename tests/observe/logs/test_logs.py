"""The lines of a job's log, by time, attempt and container."""

from __future__ import annotations

from typing import Any

import pytest

from batchmock import (
    BatchMock,
    BatchMockError,
    Outcome,
    call,
    fail,
    hang,
    in_containers,
    out_of_memory,
    succeed,
)

from ...builders import register, submit


@pytest.fixture(autouse=True)
def _resources(batch_mock: BatchMock) -> None:
    batch_mock.provision(job_queue="queue", job_definition="definition")


def written_by(batch_mock: BatchMock, client: Any, outcome: Outcome, *seconds: float) -> list[Any]:
    """Return the lines that a job has written some seconds after its start."""
    batch_mock.script("job", outcome)
    job_id = submit(client)
    batch_mock.run_until(job_id, "RUNNING")
    passed, lines = 0.0, []
    for second in seconds:
        batch_mock.tick(second - passed)
        passed = second
        lines.append(batch_mock.logs(job_id))
    return lines


class TestWhen:
    def test_spread_over_the_run(self, batch_mock: BatchMock, client: Any) -> None:
        """Lines are spread evenly, the first at the start."""
        outcome = succeed(after=20, logs=["one", "two"])
        lines = written_by(batch_mock, client, outcome, 0, 9.9, 10, 30)
        assert lines == [["one"], ["one"], ["one", "two"], ["one", "two"]]

    def test_at_given_times(self, batch_mock: BatchMock, client: Any) -> None:
        """A line can have a time, and one without is written with the line before it."""
        outcome = succeed(after=20, logs=["zero", (5, "five"), "also five", (20, "end")])
        lines = written_by(batch_mock, client, outcome, 0, 5, 19, 20)
        five = ["zero", "five", "also five"]
        assert lines == [["zero"], five, five, [*five, "end"]]

    def test_hanging(self, batch_mock: BatchMock, client: Any) -> None:
        """A hanging container writes lines without times when it starts."""
        assert written_by(batch_mock, client, hang(logs="one\ntwo"), 0) == [["one", "two"]]

    def test_stopped_early(self, batch_mock: BatchMock, client: Any) -> None:
        """A stopped container does not write its remaining lines."""
        batch_mock.script("job", succeed(after=20, logs=["one", "two"]))
        job_id = submit(client)
        batch_mock.run_until(job_id, "RUNNING")
        client.terminate_job(jobId=job_id, reason="enough")
        batch_mock.run()
        assert batch_mock.logs(job_id) == ["one"]

    def test_behind_the_end(self, batch_mock: BatchMock, client: Any) -> None:
        """A line whose time is after the end of the run is never written."""
        outcome = out_of_memory(after=3, logs=[(1, "one"), (4, "four")])
        assert written_by(batch_mock, client, outcome, 10) == [["one"]]

    def test_held_at_running(self, batch_mock: BatchMock, client: Any) -> None:
        """A job held at RUNNING writes no additional lines."""
        batch_mock.hold("job", at="RUNNING")
        outcome = succeed(after=2, logs=["one", (9, "nine")])
        assert written_by(batch_mock, client, outcome, 20) == [["one"]]

    def test_of_a_function(self, batch_mock: BatchMock, client: Any) -> None:
        """A function's output is written when it runs, and its outcome's lines at their own times."""

        def work(context: Any) -> Outcome:
            print("printed")  # noqa: T201
            return fail(3, after=10, logs=["one", "two"])

        lines = written_by(batch_mock, client, call(work), 0, 5)
        assert lines == [["printed", "one"], ["printed", "one", "two"]]

    def test_before_it_starts(self, batch_mock: BatchMock, client: Any) -> None:
        """A job that has not started has no lines."""
        batch_mock.script("job", succeed(logs=["one"]))
        job_id = submit(client)
        assert batch_mock.logs(job_id) == []
        batch_mock.run_until(job_id, "STARTING")
        assert batch_mock.logs(job_id) == []


@pytest.mark.parametrize(
    ("logs", "message"),
    [
        (
            [(1, "one", "two")],
            "batchmock: logs has (1, 'one', 'two'), which is not a line of text. Pass strings: "
            'logs=["first line", "second line"], or with the seconds after the start: '
            'logs=[(0, "first line"), (10, "second line")].',
        ),
        (
            [(5, "one"), (4, "two")],
            "batchmock: logs has (4, 'two') after a line with a later time. "
            "Pass the lines in the order in which they are written.",
        ),
        (
            [("soon", "one")],
            "batchmock: the time of a line in logs is 'soon', which is not a length of time. "
            "Pass seconds (a number) or a datetime.timedelta.",
        ),
    ],
)
def test_no_lines(logs: Any, message: str) -> None:
    """Invalid lines and times are refused."""
    with pytest.raises(BatchMockError) as caught:
        succeed(logs=logs)
    assert str(caught.value) == message


class TestSeveralContainers:
    def submit(self, batch_mock: BatchMock, client: Any) -> str:
        """Submit a job whose second container waits for the first to end."""
        container = {
            "image": "busybox",
            "resourceRequirements": [
                {"type": "VCPU", "value": "1"},
                {"type": "MEMORY", "value": "128"},
            ],
        }
        containers = [
            {**container, "name": "app", "dependsOn": [{"containerName": "init"}]},
            {**container, "name": "init", "essential": False},
        ]
        containers[0]["dependsOn"][0]["condition"] = "SUCCESS"
        client.register_job_definition(
            jobDefinitionName="pair",
            type="container",
            ecsProperties={"taskProperties": [{"containers": containers}]},
        )
        outcomes = {
            "app": fail(3, after=10, logs=["app one", "app two"]),
            "init": succeed(after=4, logs=["init one", "init two"]),
        }
        batch_mock.script("job", in_containers(outcomes))
        return submit(client, jobDefinition="pair")

    def test_each_has_its_own(self, batch_mock: BatchMock, client: Any) -> None:
        """The default log is that of the deciding container."""
        job_id = self.submit(batch_mock, client)
        batch_mock.run()
        assert batch_mock.logs(job_id) == ["app one", "app two"]
        assert batch_mock.logs(job_id, container="init") == ["init one", "init two"]
        attempt = batch_mock.job(job_id).attempts[0]
        assert attempt.logs == ["app one", "app two"]
        assert attempt.containers["init"].logs == ("init one", "init two")

    def test_from_its_own_start(self, batch_mock: BatchMock, client: Any) -> None:
        """A container writes from its own start on."""
        job_id = self.submit(batch_mock, client)
        batch_mock.run_until(job_id, "RUNNING")
        seen = []
        for _ in range(4):
            view = batch_mock.job(job_id).current_attempt
            assert view is not None
            seen.append((batch_mock.logs(job_id, container="init"), view.logs))
            batch_mock.tick(3)
        assert seen == [
            (["init one"], []),
            (["init one", "init two"], []),
            (["init one", "init two"], ["app one"]),
            (["init one", "init two"], ["app one", "app two"]),
        ]

    def test_unknown_container(self, batch_mock: BatchMock, client: Any) -> None:
        """An unknown container is refused, and the message names the existing ones."""
        job_id = self.submit(batch_mock, client)
        with pytest.raises(BatchMockError) as caught:
            batch_mock.logs(job_id, container="web")
        assert str(caught.value) == (
            f"batchmock: job 'job' ({job_id}) has no container 'web'. It has 'app', 'init'."
        )

    def test_the_only_container(self, batch_mock: BatchMock, client: Any) -> None:
        """A single container is called `default`, as in its log stream."""
        register(client)
        batch_mock.script("job", succeed(logs=["one"]))
        job_id = submit(client)
        batch_mock.run()
        assert batch_mock.logs(job_id, 1, "default") == ["one"]
        with pytest.raises(BatchMockError, match=r"has no container 'app'\. It has 'default'"):
            batch_mock.logs(job_id, container="app")
