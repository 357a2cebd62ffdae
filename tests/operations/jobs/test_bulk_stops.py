"""CancelJobs and TerminateJobs: up to fifty jobs with one reason."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ParamValidationError

from batchmock import BatchMock, hang

from ..family_requests import (
    child_statuses,
    describe,
    register_nodes,
    status,
    submit,
    submit_array,
)

UNKNOWN = "00000000-0000-4000-8000-000000000000"

both = pytest.mark.parametrize("operation", ["cancel_jobs", "terminate_jobs"])


@pytest.fixture(autouse=True)
def _resources(batch_mock: BatchMock) -> None:
    batch_mock.provision()


@both
class TestBoth:
    def test_stops_each(self, batch_mock: BatchMock, client: Any, operation: str) -> None:
        """Each job is stopped with the same reason, and its id is among the successful ones."""
        jobs = [submit(client) for _ in range(3)]
        reply = getattr(client, operation)(jobs=jobs[:2], reason="not needed")
        batch_mock.run()
        assert (reply["successful"], reply["errors"]) == (jobs[:2], [])
        ends = [status(client, job)[0] for job in jobs]
        assert ends == ["FAILED", "FAILED", "SUCCEEDED"]
        assert status(client, jobs[1])[1] == "not needed"

    def test_empty_id(self, batch_mock: BatchMock, client: Any, operation: str) -> None:
        """An empty id is a separate error, and the others are stopped nevertheless."""
        job = submit(client)
        reply = getattr(client, operation)(jobs=["", job], reason="not needed")
        batch_mock.run()
        assert reply["ResponseMetadata"]["HTTPStatusCode"] == 200
        assert reply["successful"] == [job]
        message = "jobs must not contain an empty job id."
        assert reply["errors"] == [{"job": "", "code": "ValidationException", "message": message}]
        assert status(client, job)[0] == "FAILED"

    def test_arn(self, batch_mock: BatchMock, client: Any, operation: str) -> None:
        """A job can be named by its ARN, as torchx 0.7.0 names the jobs that it lists."""
        job = submit(client)
        arn = f"arn:aws:batch:us-east-1:123456789012:job/{job}"
        assert getattr(client, operation)(jobs=[arn], reason="late")["successful"] == [arn]
        batch_mock.run()
        assert status(client, job) == ("FAILED", "late")

    @pytest.mark.parametrize(
        "unknown",
        [UNKNOWN, f"{UNKNOWN}:3", f"{UNKNOWN}#1", f"arn:aws:batch:us-east-1:1:job/{UNKNOWN}"],
    )
    def test_unknown_id(
        self, batch_mock: BatchMock, client: Any, operation: str, unknown: str
    ) -> None:
        """An unknown id counts as successful."""
        reply = getattr(client, operation)(jobs=[unknown], reason="not needed")
        assert (reply["successful"], reply["errors"]) == ([unknown], [])

    @pytest.mark.parametrize("malformed", ["nonexisting_job", f"{UNKNOWN}:x", " "])
    def test_malformed_id(
        self, batch_mock: BatchMock, client: Any, operation: str, malformed: str
    ) -> None:
        """
        An id that is not a UUID is reported, though CancelJob and TerminateJob accept it.

        Source: TerminateJobsErrorDetail.code (documented); the text is assumed.
        """
        reply = getattr(client, operation)(jobs=[malformed], reason="not needed")
        assert reply["successful"] == []
        assert reply["errors"] == [
            {
                "job": malformed,
                "code": "ValidationException",
                "message": f"Job id {malformed} is not valid.",
            }
        ]

    def test_node(self, batch_mock: BatchMock, client: Any, operation: str) -> None:
        """A node cannot be stopped by itself: the id is accepted, and the node continues to run (assumed)."""
        register_nodes(client)
        batch_mock.script("nodes", hang())
        job = submit(client, "nodes", "nodes")
        batch_mock.run()
        node = f"{job}#1"
        assert getattr(client, operation)(jobs=[node], reason="bad node")["successful"] == [node]
        assert status(client, node)[0] == "RUNNING"

    def test_children(self, batch_mock: BatchMock, client: Any, operation: str) -> None:
        """Single children of an array job can be stopped."""
        parent = submit_array(client, 3)
        ids = [f"{parent}:0", f"{parent}:2"]
        reply = getattr(client, operation)(jobs=ids, reason="bad shards")
        batch_mock.run()
        assert reply["successful"] == ids
        assert child_statuses(client, parent) == ["FAILED", "SUCCEEDED", "FAILED"]

    def test_parent(self, batch_mock: BatchMock, client: Any, operation: str) -> None:
        """An array job is stopped with all its children."""
        parent = submit_array(client, 2)
        getattr(client, operation)(jobs=[parent], reason="not needed")
        batch_mock.run()
        assert child_statuses(client, parent) == ["FAILED", "FAILED"]
        assert status(client, parent) == ("FAILED", "not needed")

    def test_ended_job(self, batch_mock: BatchMock, client: Any, operation: str) -> None:
        """A job that has ended counts as successful and is unchanged."""
        job = submit(client)
        batch_mock.run()
        reply = getattr(client, operation)(jobs=[job], reason="late")
        batch_mock.run()
        assert reply["successful"] == [job]
        assert status(client, job)[0] == "SUCCEEDED"

    def test_fifty(self, batch_mock: BatchMock, client: Any, operation: str) -> None:
        """Fifty jobs can be stopped with one request."""
        jobs = [submit(client) for _ in range(50)]
        assert getattr(client, operation)(jobs=jobs, reason="not needed")["successful"] == jobs
        batch_mock.run()
        assert {status(client, job)[0] for job in jobs} == {"FAILED"}

    def test_more_than_fifty(self, batch_mock: BatchMock, client: Any, operation: str) -> None:
        """More than fifty are refused as a whole: none is stopped (assumed)."""
        job = submit(client)
        with pytest.raises(client.exceptions.ClientException, match="50"):
            getattr(client, operation)(jobs=[job, *[UNKNOWN] * 50], reason="not needed")
        batch_mock.run()
        assert status(client, job)[0] == "SUCCEEDED"

    def test_none(self, batch_mock: BatchMock, client: Any, operation: str) -> None:
        """An empty list of jobs is accepted and stops none (assumed)."""
        reply = getattr(client, operation)(jobs=[], reason="not needed")
        assert (reply["successful"], reply["errors"]) == ([], [])

    @pytest.mark.parametrize("reason", ["", "x" * 1025], ids=["empty", "too long"])
    def test_reason_refused(
        self, batch_mock: BatchMock, client: Any, operation: str, reason: str
    ) -> None:
        """A reason must have 1 to 1,024 characters, and otherwise nothing is stopped."""
        job = submit(client)
        with pytest.raises(client.exceptions.ClientException, match="reason"):
            getattr(client, operation)(jobs=[job], reason=reason)
        batch_mock.run()
        assert status(client, job)[0] == "SUCCEEDED"

    def test_longest_reason(self, batch_mock: BatchMock, client: Any, operation: str) -> None:
        """A reason of 1,024 characters is shown in full."""
        job = submit(client)
        getattr(client, operation)(jobs=[job], reason="x" * 1024)
        batch_mock.run()
        assert status(client, job) == ("FAILED", "x" * 1024)

    def test_without_reason(self, batch_mock: BatchMock, client: Any, operation: str) -> None:
        """A missing reason is refused by botocore itself."""
        with pytest.raises(ParamValidationError, match="reason"):
            getattr(client, operation)(jobs=[UNKNOWN])

    def test_same_job_twice(self, batch_mock: BatchMock, client: Any, operation: str) -> None:
        """An id given twice is answered twice and stopped once (assumed)."""
        job = submit(client)
        reply = getattr(client, operation)(jobs=[job, job], reason="not needed")
        batch_mock.run()
        assert reply["successful"] == [job, job]
        assert status(client, job) == ("FAILED", "not needed")


def test_cancel_running(batch_mock: BatchMock, client: Any) -> None:
    """CancelJobs has no effect on a RUNNING job and counts it as successful."""
    job = submit(client)
    batch_mock.tick(3)
    assert client.cancel_jobs(jobs=[job], reason="late")["successful"] == [job]
    batch_mock.run()
    assert status(client, job)[0] == "SUCCEEDED"


def test_terminate_running(batch_mock: BatchMock, client: Any) -> None:
    """TerminateJobs ends a RUNNING job with exit code 137 and the reason on job and attempt."""
    batch_mock.script("job", hang())
    job = submit(client)
    batch_mock.run()
    client.terminate_jobs(jobs=[job], reason="enough")
    batch_mock.run()
    shown = describe(client, job)
    assert (shown["status"], shown["statusReason"]) == ("FAILED", "enough")
    assert shown["container"]["exitCode"] == 137
    assert shown["attempts"][0]["statusReason"] == "enough"


def test_flags(batch_mock: BatchMock, client: Any) -> None:
    """Cancelled jobs have `isCancelled` and terminated ones `isTerminated` from the request on."""
    cancelled, terminated = submit(client), submit(client)
    client.cancel_jobs(jobs=[cancelled], reason="not needed")
    client.terminate_jobs(jobs=[terminated], reason="enough")
    flags = [
        (shown.get("isCancelled"), shown.get("isTerminated"))
        for shown in (describe(client, cancelled), describe(client, terminated))
    ]
    assert flags == [(True, None), (None, True)]
