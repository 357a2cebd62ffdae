from __future__ import annotations

import pytest

HEAD = """
import boto3, pytest
from batchmock import mock_batch

def look(batch_mock, times=1):
    batch_mock.provision(job_queue="queue", job_definition="train")
    client = boto3.client("batch")
    job_id = client.submit_job(jobName="job", jobQueue="queue", jobDefinition="train")["jobId"]
    for _ in range(times):
        client.describe_jobs(jobs=[job_id])
"""
ADVICE = "The clock has not moved since jobs were last asked for, and nobody moves it:"
TIMEOUT = 'pytest.fail("Timeout (>5.0s) from pytest-timeout.")'


def printed_by(pytester: pytest.Pytester, test: str, *args: str) -> str:
    """Run a test file, and return the output of pytest."""
    pytester.makepyfile(HEAD + test)
    # By default, a KeyboardInterrupt of the inner run interrupts the outer one as well.
    result = pytester.runpytest_inprocess("-p", "no:hypothesispytest", *args, no_reraise_ctrlc=True)
    return str(result.stdout)


def section_of(printed: str) -> str:
    """Return the section of batchmock in the output, on one line."""
    return " ".join(printed.partition(" batchmock")[2].split())


@pytest.mark.parametrize("interrupt", ["raise KeyboardInterrupt", TIMEOUT])
def test_while_polling(pytester: pytest.Pytester, interrupt: str) -> None:
    """The report of a test that was interrupted while it polled says that nobody moves the clock."""
    section = section_of(
        printed_by(pytester, f"def test_it(batch_mock):\n    look(batch_mock)\n    {interrupt}\n")
    )
    assert ADVICE in section
    assert 'With mock_batch(advance="sleep") its own time.sleep' in section
    assert "1 job, " in section
    assert section.index(ADVICE) < section.index("Calls:")


def test_with_a_mock_of_its_own(pytester: pytest.Pytester) -> None:
    """A mock that the interrupt has already ended is reported too."""
    test = """
def test_it():
    with mock_batch(region="us-east-1") as batch_mock:
        look(batch_mock)
        raise KeyboardInterrupt
"""
    assert ADVICE in section_of(printed_by(pytester, test))


@pytest.mark.parametrize(
    "body",
    [
        "look(batch_mock, times=0)",
        "look(batch_mock)\n    batch_mock.tick()",
    ],
    ids=["has not asked", "has moved the clock"],
)
def test_without_polling(pytester: pytest.Pytester, body: str) -> None:
    """A test that does not wait for a job is reported without the advice."""
    section = section_of(
        printed_by(pytester, f"def test_it(batch_mock):\n    {body}\n    raise KeyboardInterrupt\n")
    )
    assert "SubmitJob(" in section
    assert ADVICE not in section


def test_failed_test(pytester: pytest.Pytester) -> None:
    """A test that fails by itself is reported without the advice."""
    section = section_of(
        printed_by(pytester, "def test_it(batch_mock):\n    look(batch_mock)\n    assert 0\n")
    )
    assert "SubmitJob(" in section
    assert ADVICE not in section


def test_without_a_mock(pytester: pytest.Pytester) -> None:
    """The interrupt of a test without a mock has no section."""
    assert ", interrupted" not in printed_by(
        pytester, "def test_it():\n    raise KeyboardInterrupt\n"
    )


def test_page(pytester: pytest.Pytester) -> None:
    """With `--batchmock-report` an interrupted test has a page as well."""
    test = "def test_it(batch_mock):\n    look(batch_mock)\n    raise KeyboardInterrupt\n"
    printed = printed_by(pytester, test, "--batchmock-report", "pages")
    assert "Page: pages" in printed
    (page,) = (pytester.path / "pages").iterdir()
    assert "SubmitJob" in page.read_text()
