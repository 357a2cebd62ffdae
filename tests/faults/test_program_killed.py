from __future__ import annotations

from typing import Any

import pytest

from batchmock import BatchMock, BatchMockError, ProgramKilled, program_killed

from ..builders import submit
from .conftest import MakeClient


@pytest.mark.parametrize(("when", "jobs"), [("before", 0), ("after", 1)])
def test_when_the_program_is_killed(
    batch_mock: BatchMock, make_client: MakeClient, when: Any, jobs: int
) -> None:
    """The service has carried out the request if the program is killed after it."""
    batch_mock.inject("SubmitJob", program_killed(when))
    with pytest.raises(ProgramKilled, match=f"was killed {when} SubmitJob was carried out"):
        submit(make_client())
    assert len(batch_mock.jobs) == jobs


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_nothing_catches_it(batch_mock: BatchMock, make_client: MakeClient, mode: str) -> None:
    """Neither the retries of a client nor `except Exception` catch it."""
    batch_mock.inject("SubmitJob", program_killed())
    client = make_client(mode)

    def program() -> None:
        try:
            submit(client)
        except Exception:
            pytest.fail("the program went on")

    with pytest.raises(ProgramKilled):
        program()
    assert batch_mock.calls.count("SubmitJob") == 1


def test_the_program_starts_again(batch_mock: BatchMock, make_client: MakeClient) -> None:
    """The mock goes on, so that the program can run again on the same jobs."""
    batch_mock.inject("SubmitJob", program_killed())
    client = make_client()
    with pytest.raises(ProgramKilled):
        submit(client)
    submit(client)
    batch_mock.run()
    assert [job.status for job in batch_mock.jobs] == ["SUCCEEDED", "SUCCEEDED"]


def test_what_the_call_shows(batch_mock: BatchMock, make_client: MakeClient) -> None:
    """The call keeps the reply that the program did not live to see, and counts as failed."""
    batch_mock.inject("SubmitJob", program_killed())
    with pytest.raises(ProgramKilled):
        submit(make_client())
    (killed,) = batch_mock.calls.of("SubmitJob")
    assert killed.fault == program_killed("after")
    assert killed.has_failed
    assert killed.response is not None
    assert killed.response["jobId"] == batch_mock.jobs.only().id


def test_neither_before_nor_after() -> None:
    """Any other time is an error."""
    when: Any = "during"
    with pytest.raises(BatchMockError) as caught:
        program_killed(when)
    assert str(caught.value) == (
        "batchmock: program_killed() got when='during'. A program is killed before or after the service "
        'carries out its request: pass "before" or "after".'
    )
