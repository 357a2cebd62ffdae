from __future__ import annotations

import pytest

#: What the tests in these files begin with.
HEAD = """
import boto3, pytest, unittest
from batchmock import fail, mock_batch

def submit(batch_mock, name="train-1"):
    batch_mock.provision(job_queue="queue", job_definition="train")
    return boto3.client("batch").submit_job(
        jobName=name, jobQueue="queue", jobDefinition="train")["jobId"]
"""


def report(pytester: pytest.Pytester, test: str, *args: str, **outcomes: int) -> str:
    """Run a test file, check its outcomes, and return pytest's output."""
    lines = test.split("\n")
    indent = len(lines[1]) - len(lines[1].lstrip())
    pytester.makepyfile(HEAD + "\n".join(line[indent:] for line in lines))
    result = pytester.runpytest("-p", "no:hypothesispytest", *args)
    result.assert_outcomes(**(outcomes or {"failed": 1}))
    return str(result.stdout)


def test_failed_test(pytester: pytest.Pytester) -> None:
    """The report of a failed test has the timeline, the calls, unfinished jobs and unused scripts."""
    printed = report(
        pytester,
        """
        @pytest.mark.batch_mock(start="2026-01-02T03:04:05Z")
        def test_it(batch_mock):
            batch_mock.script("tarin-*", fail())
            job_id = submit(batch_mock)
            batch_mock.tick(1.5)
            assert batch_mock.job(job_id).status == "SUCCEEDED"
        """,
    )
    section = printed.partition(" batchmock (all of it with -vv) ")[2]
    section = section.partition("=== short test")[0]
    first, axis, *calls, job = section.strip("-\n=").split("\n")[:5]
    assert first == "1 job, 1.5s from 2026-01-02 03:04:05 on"
    assert axis.split() == [
        "job",
        *(f"|{n}s" for n in (0, 0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4)),
        "status",
        "ended",
    ]
    assert calls == ["calls    1", "  1 SubmitJob"]
    assert job.split() == ["train-1", "," * 45 + "." * 24, "RUNNABLE"]
    assert (
        "\n\nCalls:\n       0s  SubmitJob(jobName='train-1', jobQueue='queue', jobDefinition='train')\n\n"
        "Not finished:\njob 'train-1' ("
    ) in section
    assert "It waits to be placed as attempt 1, at 2026-01-02 03:04:07.\n" in section
    assert (
        "\n\nNever used:\n  script('tarin-*', fail(1)): no attempt of any job matched it. "
        "Did you mean 'train-1'?\n" in section
    )


def test_passed_test(pytester: pytest.Pytester) -> None:
    """Tests that pass, are skipped, or fail as expected have no report."""
    printed = report(
        pytester,
        """
        def test_passes(batch_mock):
            submit(batch_mock)

        def test_skips(batch_mock):
            pytest.skip("not today")

        @pytest.mark.xfail
        def test_fails_as_expected(batch_mock):
            assert False
        """,
        "-rA",
        passed=1,
        skipped=1,
        xfailed=1,
    )
    assert "batchmock (" not in printed


def test_failed_test_without_a_mock(pytester: pytest.Pytester) -> None:
    """A test without a mock has no report, even after a test with one."""
    printed = report(
        pytester,
        """
        def test_it(batch_mock):
            submit(batch_mock)

        def test_other():
            assert False
        """,
        failed=1,
        passed=1,
    )
    assert "batchmock (" not in printed


@pytest.mark.parametrize(
    "test",
    [
        """
        def test_it():
            with mock_batch() as batch_mock:
                submit(batch_mock)
                assert False
        """,
        """
        def test_it():
            with mock_batch() as batch_mock:
                submit(batch_mock)
            assert False
        """,
        """
        @mock_batch
        def test_it(batch_mock):
            submit(batch_mock)
            assert False
        """,
        """
        @mock_batch
        class TestIt:
            def test_it(self):
                submit(self.batch_mock)
                assert False
        """,
        """
        @mock_batch
        class TestIt(unittest.TestCase):
            def test_it(self):
                submit(self.batch_mock)
                self.fail()
        """,
        """
        @pytest.fixture(scope="module")
        def shared():
            with mock_batch() as batch_mock:
                yield batch_mock

        def test_it(shared):
            submit(shared)
            assert False
        """,
    ],
    ids=["within", "behind", "decorator", "class", "TestCase", "module"],
)
def test_however_the_mock_is_started(pytester: pytest.Pytester, test: str) -> None:
    """The report covers a mock however it was started, even if it was stopped before."""
    printed = report(pytester, test)
    assert printed.count(" batchmock (all of it with -vv) ") == 1
    assert "\ntrain-1  ," in printed


def test_mock_shared_with_an_earlier_test(pytester: pytest.Pytester) -> None:
    """The report covers an active mock that an earlier test has started."""
    printed = report(
        pytester,
        """
        @pytest.fixture(scope="module", autouse=True)
        def shared():
            with mock_batch() as batch_mock:
                yield batch_mock

        def test_first(shared):
            submit(shared, "from-the-first")

        def test_second():
            assert False
        """,
        failed=1,
        passed=1,
    )
    assert "\nfrom-the-first  ," in printed


def test_nested_mocks(pytester: pytest.Pytester) -> None:
    """Each of several mocks has a section, in the order in which they were started."""
    printed = report(
        pytester,
        """
        def test_it(batch_mock):
            submit(batch_mock, "outer")
            with mock_batch() as inner:
                submit(inner, "inner")
                assert False
        """,
    )
    first, second = printed.partition(" batchmock 2 of 2 (all of it with -vv) ")[::2]
    assert "\nouter  ," in first.partition(" batchmock 1 of 2 ")[2]
    assert "\ninner  ," in second


@pytest.mark.parametrize(
    ("failing", "message"),
    [
        ("batch_mock.run_until(job_id, 'FAILED')", "StuckError: batchmock: job 'train-1' ("),
        (
            "batch_mock.assert_submitted('other')",
            "AssertionError: batchmock: expected to be submitted",
        ),
        ("batch_mock.assert_scripts_used()", "AssertionError: batchmock: no attempt of any job"),
        (
            "batch_mock.assert_polite(calls_per_minute={'SubmitJob': 0})",
            "AssertionError: batchmock: the",
        ),
    ],
    ids=["stuck", "submitted", "scripts", "polite"],
)
def test_whatever_has_failed(pytester: pytest.Pytester, failing: str, message: str) -> None:
    """Errors of batchmock have the same report; its assertions hide their internals."""
    printed = report(
        pytester,
        f"""
        def test_it(batch_mock):
            batch_mock.script("none", fail())
            job_id = submit(batch_mock)
            {failing}
        """,
    )
    assert message in printed
    assert "\ntrain-1  ," in printed
    assert ("def assert_" in printed) is False


def test_set_up_and_teardown(pytester: pytest.Pytester) -> None:
    """An error in set-up or teardown has a report too."""
    printed = report(
        pytester,
        """
        @pytest.fixture
        def before(batch_mock):
            submit(batch_mock, "before")
            raise RuntimeError

        @pytest.fixture
        def after(batch_mock):
            submit(batch_mock, "after")
            yield
            raise RuntimeError

        def test_set_up(before): ...

        def test_teardown(after): ...
        """,
        errors=2,
        passed=1,
    )
    assert printed.count(" batchmock (all of it with -vv) ") == 2
    assert "\nbefore  ," in printed
    assert "\nafter  ," in printed


def test_subtests(pytester: pytest.Pytester) -> None:
    """A failed subtest has a report."""
    pytest.importorskip("_pytest.subtests")
    printed = report(
        pytester,
        """
        def test_it(batch_mock, subtests):
            submit(batch_mock)
            with subtests.test("first"):
                assert False
            with subtests.test("second"):
                pass
        """,
        failed=2,
    )
    assert printed.count(" batchmock (all of it with -vv) ") == 1


@pytest.mark.slow
def test_whole_report(pytester: pytest.Pytester) -> None:
    """With `-vv` the report is whole."""
    test = """
        def test_it(batch_mock):
            for number in range(20):
                submit(batch_mock, f"job-{number}")
            assert False
        """
    short = report(pytester, test)
    whole = report(pytester, test, "-vv")
    assert "\nLast 8 of 20 calls:\n" in short
    assert "\nCalls:\n" in whole
    assert whole.count("has been SUBMITTED since") == 20
    assert "-- batchmock --" in whole


@pytest.mark.slow
def test_several_processes(pytester: pytest.Pytester) -> None:
    """The report works under pytest-xdist."""
    printed = report(
        pytester,
        """
        def test_it(batch_mock):
            submit(batch_mock)
            assert False
        """,
        "-n",
        "1",
    )
    assert "\ntrain-1  ," in printed


def test_mock_that_can_not_tell(pytester: pytest.Pytester) -> None:
    """A mock that cannot report does not hide why the test has failed."""
    printed = report(
        pytester,
        """
        def test_it(batch_mock):
            batch_mock._calls = None
            assert 1 == 2
        """,
    )
    assert "assert 1 == 2" in printed
    assert "\nbatchmock: the report of this mock failed: TypeError(" in printed
