"""Control characters and lone surrogates in what a test or the service says about jobs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from batchmock import BatchMock, client_error, fail

Submit = Callable[..., str]
RED = "\x1b[31mno disk\x1b[0m"
DRAWINGS: dict[str, Callable[[BatchMock], str]] = {
    "text": lambda mock: mock.timeline().text(),
    "svg": lambda mock: mock.timeline().to_svg(),
    "html": lambda mock: mock.timeline().to_html(title=f"{RED}\ud800"),
    "trace": lambda mock: mock.timeline().to_trace(),
    "report": lambda mock: mock.report(whole=True),
    "explanation": lambda mock: "".join(job.explain() for job in mock.jobs),
    "notebook": lambda mock: "".join(job._repr_html_() for job in mock.jobs),
    "calls": lambda mock: repr(mock.calls),
}


@pytest.fixture
def drawn(submit: Submit, client: Any, batch_mock: BatchMock) -> BatchMock:
    """A mock whose reasons, logs and errors have control characters and lone surrogates."""
    batch_mock.inject("ListJobs", client_error("ClientException", f"{RED}\x9b"))
    with pytest.raises(client.exceptions.ClientException):
        client.list_jobs(jobQueue="job-queue")
    batch_mock.script("failing", fail(1, reason=f"{RED}\ud800", logs=[f"{RED}\x00\ufffe"]))
    submit("failing")
    stopped = submit("stopped")
    client.terminate_job(jobId=stopped, reason=RED)
    batch_mock.run()
    return batch_mock


@pytest.mark.parametrize("kind", DRAWINGS)
def test_escaped(drawn: BatchMock, kind: str) -> None:
    """Every drawing shows such characters escaped, and can be written to a file."""
    text = DRAWINGS[kind](drawn)
    assert "x1b[31mno disk" in text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe]", text)


def test_well_formed(drawn: BatchMock) -> None:
    """The image is well-formed, and the page and the trace hold the escaped text."""
    ElementTree.fromstring(drawn.timeline().to_svg())
    data = re.search(r'id="data">(.*?)</script>', drawn.timeline().to_html(), re.DOTALL)
    assert data is not None
    assert r"\x1b[31mno disk\x1b[0m\x00\ufffe" in json.loads(data[1])["texts"]
    reasons = {
        event["args"].get("reason")
        for event in json.loads(drawn.timeline().to_trace())["traceEvents"]
    }
    assert r"exit code 1, \x1b[31mno disk\x1b[0m\ud800" in reasons
